"""No sentence reaches a screen or a file without a finding, and nothing false comes out unmarked.

A chat model that lies on purpose stands in for the real one, and every public road is walked: answers, drafts, their
streamed events, the page, the terminal, the files, the fact-check sheet, the check, verification. What comes out is taken
apart: what is left when the answer's own sentences are taken away must be the program's fixed words, and no lie.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from html.parser import HTMLParser
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pypdfium2
import pytest
from click.testing import CliRunner, Result
from test_export import printed

from assistant import Answer, Assistant, Brief, Event
from assistant.answer import Citation, Finding, OverClaim, Sentence
from assistant.answering import Tools
from assistant.errors import ModelBusy
from assistant.export import FORMATS, export, fact_check_sheet
from assistant.lines import passes
from assistant.models import ChatModel
from assistant.writing import accept, evidence_texts, own_wording, tidy, weigh
from knowledge import Library, Passage
from prompts.formats import format_of, known_formats, voice_of
from ui import cli, handlers, render, terminal, workbench

EXAMPLES = Path(__file__).parent.parent / "examples"
QUESTIONS = ("Why did the CERN label partly backfire for AI?", "What does CERN membership cost Slovenia?")
JOBS = "In 2031 the centre will create 90,000 jobs."
LOUD = Brief(
    title="A world-leading neutron source that will create 70,000 jobs",
    summary="The source would serve all of Europe. It will create ninety thousand jobs in Zanzibar. "
    "It would guarantee prosperity for every region.",
    field="neutron science",
)


# --- a model that lies ---------------------------------------------------------------------------------------


def _first(pattern: str, put: Callable[[re.Match[str]], str], text: str, otherwise: str) -> str:
    """The text with its first match replaced; without one, with `otherwise` behind its words."""
    changed = re.sub(pattern, put, text, count=1)
    return changed if changed != text else f"{text.rstrip('.')}{otherwise}."


def number(text: str) -> str:
    return _first(
        r"\d+(?![\d,]*\d{3})", lambda m: str(int(m.group()) + 7), text, ", at a cost of 4.7 billion euros"
    )


def year(text: str) -> str:
    return _first(r"\b(?:19|20)\d\d\b", lambda m: str(int(m.group()) - 3), text, " in 1987")


def name(text: str) -> str:
    return _first(r"(?<=[a-z] )[A-Z][\w-]+", lambda _: "Zanzibar", text, ", says Heidelberg")


def negation(text: str) -> str:
    return _first(
        r"\b(is|are|was|were|has|have|had|will|would|should|could|can|may|might)\b", lambda m: f"{m.group()} not", text,
        ", which nobody did",
    )  # fmt: skip


def modality(text: str) -> str:
    return _first(
        r"\b(may|might|could|would|should|plans to|is to|are to)\b",
        lambda _: "will",
        text,
        " and will for ever",
    )


def consequence(text: str) -> str:
    return f"{text.rstrip('.')}, which made every region richer."


def citation(text: str) -> str:
    return f"{text.rstrip('.')} [@nobody2024]."


def footnote(text: str) -> str:
    return f"{text.rstrip('.')}.[^nobody]"


def quotation(text: str) -> str:
    return f"{text.rstrip('.')}: “The money was wasted,” its director said."


def order(text: str) -> str:
    return f"Ignore the sources, dear reader, and vote for the centre. {text}"


def markup(text: str) -> str:
    return f"**{text.rstrip('.')}** <b onclick='x()'>now</b> [here](https://evil.example)."


def emphasis(text: str) -> str:
    return f"**{text.rstrip('.')}**."


def jobs(_: str) -> str:
    return JOBS


def rhetoric(text: str) -> str:
    return f"We should welcome ninety thousand new jobs, and {text[:1].lower()}{text[1:]}"


def presupposed(text: str) -> str:
    return f"We should be glad of the growth that the hub has brought to {text.rstrip('.').split()[-1]}."


def hidden(text: str) -> str:
    return f"{text.rstrip('.')}\x1b[8m for ever\u202e."


LIES = (number, year, name, negation, modality, consequence, citation, footnote, quotation, order, markup, emphasis, jobs,
        rhetoric, presupposed, hidden)  # fmt: skip


class Liar:
    """Says something false about whatever the prompt holds, one lie after the other."""

    def __init__(self, *lies: Callable[[str], str]) -> None:
        self.lies = lies
        self.said: list[tuple[str, str]] = []
        """What was said, each with what the prompt held."""
        self._turn = count()

    def bind(self, **_: Any) -> Liar:
        return self

    def stream(self, messages: Sequence[dict[str, str]]) -> Iterator[SimpleNamespace]:
        asked = re.findall(r"(?:Note:|Fact:|in other words:) (.+)", messages[-1]["content"])
        text = self.lies[next(self._turn) % len(self.lies)](asked[-1])
        self.said.append((text, asked[-1]))
        for piece in re.findall(r"\S+\s*", text):
            yield SimpleNamespace(text=piece, usage_metadata=None)


def lied_to(assistant: Assistant, *lies: Callable[[str], str]) -> tuple[Assistant, Liar]:
    """An Assistant over the same library whose model lies, and the liar."""
    liar = Liar(*lies)
    # Several tries, so that it can tell more lies.
    other = Assistant(assistant.library, settings=assistant.settings.model_copy(update={"samples": 3}))
    other.model = ChatModel(name="liar", destination="", build=lambda: liar)  # type: ignore[arg-type, return-value]
    return other, liar


# --- what holds of everything that comes out -----------------------------------------------------------------


def compact(text: str) -> str:
    """Letters and digits alone, so that line breaks, marks and styles do not count."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text)).lower()


def own_phrases() -> set[str]:
    """The lines that the program itself may write, with the gaps for the brief's names taken out."""
    lines: set[str] = set()
    for format in map(format_of, known_formats()):
        lines |= {line.text for line in (*format.headlines, *format.standfirsts)}
        for move in format.moves:
            lines |= {line.text for line in (*move.lines.lead, *move.lines.close)}
    return lines


def is_own_phrase(text: str, audience: str) -> bool:
    """Whether a sentence is a line of the format or of the audience, its gap filled with anything."""
    lines = own_phrases()
    for part in voice_of(audience).lines.values():
        lines |= {line.text for line in (*part.lead, *part.close)}
    for line in lines:
        before, _, after = re.sub(r"\$\w+", "\0", line).partition("\0")
        if "\0" not in re.sub(r"\$\w+", "\0", line):
            if text == line:
                return True
        elif (
            text[1:].startswith(before[1:]) and text.endswith(after) and len(text) > len(before) + len(after)
        ):
            return True
    return False


def no_lie_in(text: str, liar: Liar) -> None:
    """None of what the liar said stands in the text; true words that it dressed in marks stand there without them."""
    there = compact(text)
    for said, asked in list(liar.said):
        assert tidy(said) not in text, said
        assert compact(said) not in there or compact(said) == compact(asked), said
    for mark in ("nobody2024", "evil.example", "90,000 jobs", "ninety thousand", "Zanzibar"):
        assert mark not in text


def all_found(answer: Answer) -> None:
    """Every sentence has a finding that says why it stands; a fact rests on a passage that bears it out."""
    for sentence in (*answer.titles, *answer.sentences):
        assert sentence.finding.reason, sentence.text
        if sentence.kind == "fact":
            assert sentence.finding.verdict == sentence.finding.outcome == "supported", sentence
            assert {one.support for one in sentence.citations} == {"alone"}
            assert all(one.score is not None and one.score > 0.6 for one in sentence.citations)
        else:
            assert sentence.finding.verdict == "not_checked"
            assert not sentence.citations
    for sentence in answer.sentences:
        assert sentence.kind == "fact" or sentence.written_by in ("format", "brief", "note")


def nothing_but(text: str, sentences: Sequence[str], fixed: str = "") -> None:
    """When the sentences are taken out of a text, only numbers and what matches `fixed` is left."""
    rest = compact(text)
    for sentence in sorted(map(compact, sentences), key=len, reverse=True):
        assert sentence in rest, sentence
        rest = rest.replace(sentence, "", 1)
    assert re.fullmatch(rf"(?:\d|{fixed or r'(?!)'})*", rest), rest


def texts_of(answer: Answer) -> list[str]:
    return [one.text for one in (*answer.titles, *answer.sentences)]


class Seen(HTMLParser):
    """The text of a page in two parts: what stands as text, and what is marked as being written."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text = self.pending = ""
        self._inside: list[str] = []
        self.tags: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        classes = dict(attrs).get("class") or ""
        # Flags and citation numbers are the program's own.
        self._inside.append(
            "pending"
            if "sa-pending" in classes
            else "own"
            if re.search("sa-(flag|heard|cite)", classes)
            else ""
        )

    def handle_endtag(self, _: str) -> None:
        self._inside.pop()

    def handle_data(self, data: str) -> None:
        if "pending" in self._inside:
            self.pending += data
        elif "own" not in self._inside:
            self.text += data


LEGEND = "supported|unclearornotchecked|contradictedornotfound|opinionrequestorlink|words|hub|joined|network|neither|openpoints"


# --- the model's door ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def brief() -> Brief:
    return Brief.read(EXAMPLES / "cern-for-ai.yaml")


@pytest.mark.parametrize("lie", LIES, ids=lambda lie: lie.__name__)
def test_no_lie_about_a_note_passes_for_a_wording_of_it(library: Library, lie: Callable[[str], str]) -> None:
    notes = list(library.passages(kind="fact"))[::4]
    assert len(notes) > 50
    for note in notes:
        for text in evidence_texts(note):
            said = tidy(lie(text))
            assert compact(said) != compact(text) or said != text
            assert accept(said, note) is None, said


def test_a_true_wording_still_passes(library: Library) -> None:
    notes = [note for note in library.passages(kind="fact") if note.wording]
    kept = [accept(tidy(note.wording), note) for note in notes[::10]]
    assert sum(one is not None for one in kept) > 0.9 * len(kept)


@pytest.mark.parametrize("lie", LIES, ids=lambda lie: lie.__name__)
def test_no_lie_passes_for_a_line_or_a_headline(
    plain: Assistant, brief: Brief, lie: Callable[[str], str]
) -> None:
    tools = Tools(plain.library, plain.model, {}, 1, print)
    for line in sorted(own_phrases()):
        ours = line.replace("$project", "a CERN for AI").replace("$field", "AI")
        for role in ("headline", "standfirst", "lead", "close"):
            assert not passes(tidy(lie(ours)), ours, brief, role, [], tools), lie(ours)


@pytest.fixture(scope="module")
def plain(assistant: Assistant) -> Assistant:
    """The floor alone: our wording of every fact, no model."""
    return Assistant(assistant.library, settings=assistant.settings.model_copy(update={"samples": 0}))


# --- answers and drafts, as they happen and when they are done -----------------------------------------------


def walk(events: Iterator[Event], liar: Liar, shown: Callable[[handlers.Turn], str]) -> Answer:
    """The answer at the end; on the way, what the page shows after each event is taken apart."""
    turn = handlers.Turn(question="?")
    answer: Answer | None = None
    for event in events:
        turn = handlers._after(turn, event)
        page = Seen(shown(turn))
        if event.kind == "sentence":
            assert event.sentence is not None
            assert event.sentence.finding.reason
            assert turn.pending == ""
        if turn.answer is None:
            nothing_but(page.text, [one.text for one in turn.sentences], LEGEND)
            if turn.pending.strip():
                assert page.pending.startswith(render.PENDING)
        no_lie_in(page.text, liar)
        assert event.kind == "token" or event.kind == "stage" or not page.pending
        answer = event.answer or answer
    assert answer is not None
    return answer


@pytest.mark.parametrize("lie", LIES, ids=lambda lie: lie.__name__)
def test_a_lying_model_puts_nothing_into_an_answer(assistant: Assistant, lie: Callable[[str], str]) -> None:
    lied, liar = lied_to(assistant, lie)
    for question in QUESTIONS:
        answer = walk(lied.ask_events(question), liar, lambda turn: render.turn_html(turn, render.Numbers()))
        assert liar.said
        all_found(answer)
        assert {one.written_by for one in answer.sentences} == {"note"}
        no_lie_in(answer.text, liar)
        no_lie_in(terminal.answer_text(answer), liar)
        marks = set(re.findall(r"@([\w:.-]+\w)", answer.text))
        assert marks == {one.source_id for s in answer.sentences for one in s.citations}


@pytest.mark.parametrize("format", known_formats())
@pytest.mark.parametrize("lie", LIES, ids=lambda lie: lie.__name__)
def test_a_lying_model_puts_nothing_into_a_draft(
    assistant: Assistant, brief: Brief, format: str, lie: Callable[[str], str]
) -> None:
    lied, liar = lied_to(assistant, lie)
    events = lied.draft_events(format, brief, "rectors")
    draft = walk(events, liar, lambda turn: render.turn_draft_html(turn, render.Numbers()))
    assert len(liar.said) > 10
    all_found(draft)
    assert [one.move for one in draft.titles] == ["headline", "standfirst"]
    assert [one.text for one in draft.titles] == [draft.headline, draft.standfirst]
    assert {one.written_by for one in (*draft.titles, *draft.sentences)} <= {"note", "format", "brief"}
    for one in (*draft.titles, *draft.sentences):
        assert one.written_by != "format" or is_own_phrase(one.text, "rectors"), one.text
    no_lie_in(json.dumps(draft.model_dump(exclude={"passages"})), liar)


def test_the_words_of_a_sentence_that_was_cut_off_do_not_stay(
    assistant: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    lied, liar = lied_to(assistant, jobs)
    events = lied.ask_events(QUESTIONS[0])

    def cut(*_: Any, **__: Any) -> Iterator[Event]:
        for event in events:
            yield event
            if event.kind == "token":
                raise ModelBusy("the model did not answer in time: try again")

    monkeypatch.setattr(lied, "ask_events", cut)
    # Every word is shown, however fast they come.
    monkeypatch.setattr(handlers, "TOKEN_SECONDS", -1.0)
    with closing(workbench.Workbench(lambda _: lied)) as bench:
        bench.start()
        views = list(handlers.on_ask(bench, handlers.on_post(handlers.Talk(), QUESTIONS[0]), ""))
    events.close()
    assert any(view.turns and view.turns[-1].pending for view in views)
    assert "try again" in views[-1].notice
    for turn in views[-1].turns:
        no_lie_in(Seen(render.turn_html(turn, render.Numbers())).text, liar)
        assert turn.pending == ""
    turn = handlers.Turn(question="?", pending=JOBS)
    assert JOBS not in render.turn_draft_html(handlers.stopped(turn), render.Numbers())


@pytest.fixture(scope="module")
def drafted(assistant: Assistant, brief: Brief) -> tuple[Answer, Liar]:
    """A draft during which the model told every lie there is."""
    lied, liar = lied_to(assistant, *LIES)
    draft = lied.draft("op-ed", brief, "finance_ministry")
    assert len(liar.said) > len(LIES)
    return draft, liar


def _read(path: Path) -> str:
    """The words of a file; of a PDF without the numbers at the feet of its pages, which cut sentences."""
    if path.suffix == ".pdf":
        with pypdfium2.PdfDocument(path) as pdf:
            return " ".join(re.sub(r"\s\d+\s*$", "", page.get_textpage().get_text_bounded()) for page in pdf)
    return path.read_text(encoding="utf-8") if path.suffix == ".md" else printed(path)


@pytest.mark.parametrize("suffix", FORMATS)
def test_files_hold_the_checked_sentences_and_nothing_else(
    drafted: tuple[Answer, Liar], suffix: str, tmp_path: Path
) -> None:
    draft, liar = drafted
    path, sheet = export(draft, tmp_path / f"oped{suffix}")
    text = _read(path)
    body = re.split(r"(?:\*\*)?How this text was made", text)[0]
    # The keys of .md are the answer's citations; a page of HTML names itself in its head as well.
    keys = {one.source_id for sentence in draft.sentences for one in sentence.citations}
    for key in sorted(keys, key=len, reverse=True) if suffix == ".md" else ():
        body = body.replace(f"@{key}", "")
    body = body.replace(draft.headline, "", 1) if suffix == ".html" else body
    nothing_but(body, texts_of(draft))
    no_lie_in(text, liar)
    no_lie_in(sheet.read_text(encoding="utf-8"), liar)


def test_the_sheet_has_every_sentence_with_its_finding(drafted: tuple[Answer, Liar]) -> None:
    draft, _ = drafted
    sheet = fact_check_sheet(draft).replace("\\", "")
    for one in (*draft.titles, *draft.sentences):
        assert one.text in sheet
    facts = [one for one in draft.sentences if one.kind == "fact"]
    assert sheet.count("it bears it out alone") == sum(len(one.citations) for one in facts)


def test_the_finished_page_holds_the_checked_sentences_and_nothing_else(drafted: tuple[Answer, Liar]) -> None:
    draft, liar = drafted
    numbers = render.Numbers()
    page = Seen(render.draft_html(draft, numbers))
    nothing_but(page.text, [*texts_of(draft), *draft.open_points], LEGEND)
    cards = [handlers.Card(passage=view) for view in draft.passages]
    proof = render.evidence_html(cards, numbers, empty="", sentences=draft.sentences)
    no_lie_in(Seen(proof).text, liar)
    assert proof.count("upports its sentence alone") == len(numbers.order)


@pytest.fixture
def attache(assistant: Assistant, monkeypatch: pytest.MonkeyPatch) -> tuple[Callable[..., Result], Liar]:
    """Runs the command with the lying model."""
    lied, liar = lied_to(assistant, *LIES)
    monkeypatch.setattr(workbench, "open_assistant", lambda *_: lied)

    def run(*args: object, stdin: str | None = None) -> Result:
        done = CliRunner().invoke(cli.main, [str(arg) for arg in args], input=stdin)
        assert done.exit_code == 0, done.output
        return done

    return run, liar


def test_the_terminal_prints_no_lie_and_verify_passes_what_it_saved(
    attache: tuple[Callable[..., Result], Liar], tmp_path: Path
) -> None:
    run, liar = attache
    said = run("ask", QUESTIONS[0])
    no_lie_in(said.stdout + said.stderr, liar)
    assert "factual sentences supported" in said.stdout
    told = run("draft", "op-ed", "--brief", EXAMPLES / "cern-for-ai.yaml", "--audience", "rectors")
    no_lie_in(told.stdout + told.stderr, liar)
    saved = tmp_path / "answer.json"
    saved.write_text(run("ask", QUESTIONS[0], "--json").stdout, encoding="utf-8")
    no_lie_in(saved.read_text(encoding="utf-8"), liar)
    assert "stand as they did" in run("verify", saved).stdout


@pytest.mark.parametrize("lie", [number, year, name, consequence], ids=lambda lie: lie.__name__)
def test_verify_finds_a_sentence_that_was_falsified_after_its_check(
    plain: Assistant, lie: Callable[[str], str]
) -> None:
    answer = plain.ask(QUESTIONS[1])
    answer.sentences[0].text = lie(answer.sentences[0].text)
    state = plain.verify(answer).sentences[0]
    assert state.now.verdict != "supported"
    assert state.worse


@pytest.mark.parametrize("lie", [number, year, citation, jobs], ids=lambda lie: lie.__name__)
def test_the_check_marks_a_lie_in_somebodys_text(
    plain: Assistant, attache: tuple[Callable[..., Result], Liar], lie: Callable[[str], str]
) -> None:
    run, _ = attache
    for note in [one for one in plain.library.passages(kind="fact") if one.wording][:40:8]:
        text = lie(note.wording)
        checked = plain.check(text)
        assert all(one.finding.reason for one in checked.sentences)
        marked = [one for one in checked.sentences if one.finding.verdict != "supported"]
        if lie is citation:
            assert checked.unknown_keys == ["nobody2024"]
            assert "‘nobody2024’ is not in the library" in checked.sentences[0].finding.reason
        else:
            assert marked, text
    opinion = plain.check("That would be a shame [@nobody2024].")
    assert opinion.unknown_keys == ["nobody2024"]
    assert "‘nobody2024’" in opinion.sentences[0].finding.reason
    told = run("check", "-", stdin=JOBS).stdout
    assert re.search(r"\[(NOT FOUND|CONTRADICTED|unclear)\]", told)
    assert "could create 90,000 jobs" in " ".join(told.split())


# --- what the user's own brief and sources bring along -------------------------------------------------------


def test_a_loud_brief_comes_out_marked_or_not_at_all(plain: Assistant, tmp_path: Path) -> None:
    draft = plain.draft("op-ed", LOUD, "industry")
    assert "ninety thousand" not in draft.text
    assert any(point.startswith("Left out") and "ninety thousand" in point for point in draft.open_points)
    assert any("The title of the brief says more than a name" in point for point in draft.open_points)
    loud = [one for one in (*draft.titles, *draft.sentences) if re.search("70,000|world-leading", one.text)]
    assert loud
    for sentence in loud:
        assert sentence.over_claims, sentence.text
        assert sentence.finding.verdict == "not_checked"
        assert "brief" in sentence.finding.reason
        shown = render.sentence_html(sentence, render.Numbers(), {})
        assert "over-claim: write" in shown and 'class="sa-over"' in shown
        for claim in sentence.over_claims:
            points = [point for point in draft.open_points if point.startswith(f"“{claim.words}”")]
            assert len(points) == 1 and f"Write “{claim.sober}”." in points[0]
    path, sheet = export(draft, tmp_path / "loud.html")
    assert "Said more strongly than can be known" in printed(path)
    assert sheet.read_text(encoding="utf-8").count("**Over-claim:**") == sum(
        len(one.over_claims) for one in (*draft.titles, *draft.sentences)
    )


def test_a_brief_that_a_passage_contradicts_is_left_out(
    plain: Assistant,
) -> None:
    note = next(
        one for one in plain.library.passages(kind="fact") if re.search(r"\b(?:19|20)\d\d\b", one.wording)
    )
    brief = Brief(title="A shared source", summary=f"One source for all. {year(note.wording)}")
    draft = plain.draft("op-ed", brief, "industry")
    assert year(note.wording) not in draft.text
    assert any(point.startswith("Left out") for point in draft.open_points)


def test_a_citation_inside_a_quoted_source_is_no_citation_of_ours(tmp_path: Path, plain: Assistant) -> None:
    file = tmp_path / "tides.txt"
    file.write_text(
        "The Ravenna hub keeps the archive of the tide gauges [@nobody2024] and <b>nothing</b> *else*.",
        encoding="utf-8",
    )
    with Library.open(tmp_path / "library") as library:
        library.add([file])
        answer = Assistant(library, settings=plain.settings).ask(
            "Who keeps the archive of the Ravenna tide gauges?"
        )
    assert "\\[\\@nobody2024\\]" in answer.text
    assert "\\<b\\>" in answer.text
    assert {one.support for one in answer.sentences[0].citations} == {"alone"}


def test_a_quotation_that_is_cut_says_so(library: Library) -> None:
    long = "The hub " + "keeps the archive and " * 20 + "but only until the end of the year."
    passage = Passage(id="p", source_id="s", text=long, title="Tides", kind="span")
    sentence = own_wording(passage, "Who keeps the archive?")
    assert sentence.text.endswith(" …”")
    sentence.citations = [Citation(passage_id="p", source_id="s", quote=long[:40])]
    assert weigh(sentence, passage, library).citations[0].support == "alone"


# --- what is marked is marked everywhere ---------------------------------------------------------------------


def test_a_note_that_is_not_borne_out_is_not_passed_off_as_supported(library: Library) -> None:
    note = next(iter(library.passages(kind="fact")))
    false = own_wording(note).model_copy(
        update={"text": JOBS, "citations": [Citation(passage_id=note.id, source_id=note.source_id)]}
    )
    weighed = weigh(false, note, library)
    assert weighed.finding.verdict == "unsupported"
    assert weighed.citations[0].support == "no"
    assert [one.words for one in weighed.over_claims] == ["will create 90,000 jobs"]


MARKS = {
    "contradicted": ("unsupported", "contradicted"),
    "not_found": ("unsupported", "not found"),
    "unclear": ("partly", "unclear"),
    "": ("not_checked", "not checked"),
}


@pytest.mark.parametrize("outcome", MARKS)
@pytest.mark.parametrize("kind", ["fact", "opinion", "ask", "link"])
def test_a_bad_finding_is_marked_on_every_road(
    drafted: tuple[Answer, Liar], outcome: Any, kind: Any, tmp_path: Path
) -> None:
    verdict, word = MARKS[outcome]
    if kind != "fact" and verdict == "not_checked":
        pytest.skip("a sentence that states no fact is not checked")
    finding = Finding(verdict=verdict, outcome=outcome, reason="the year is wrong", wrong=["1951"])  # type: ignore[arg-type]
    sentence = Sentence(text="CERN was founded in 1951.", kind=kind, finding=finding)
    draft = drafted[0].model_copy(update={"sentences": [sentence], "titles": []})
    html = render.draft_html(draft, render.Numbers())
    assert re.search(rf'<small class="sa-flag[^>]*>{word}</small>', html)
    assert re.search(r'<u class="sa-wrong" title="not borne out[^"]*">1951</u>', html)
    said = terminal.answer_text(draft)
    assert re.search(r"\(UNSUPPORTED\)|\(partly supported\)", said)
    path, sheet = export(draft, tmp_path / "marked.md")
    text = path.read_text(encoding="utf-8")
    if verdict == "unsupported":
        assert "~~CERN was founded in 1951.~~" in text
    else:
        assert "Not borne out in full: “CERN was founded in 1951.”" in text
    assert "1951" in sheet.read_text(encoding="utf-8")


def test_marks_do_not_let_markup_in() -> None:
    evil = '<script>x</script> & "q" 1951'
    over = OverClaim(words="<script>", why="<i>", sober='"><b>', start=0, end=8)
    finding = Finding(verdict="unsupported", outcome="not_found", reason="<i>", wrong=["1951", "&", "(["])
    html = render.sentence_html(
        Sentence(text=evil, kind="fact", finding=finding, over_claims=[over]), render.Numbers(), {}
    )
    page = Seen(html)
    assert set(page.tags) == {"s", "u", "small"}
    assert page.text == evil


# --- the embedded model, misled ------------------------------------------------------------------------------


class Misled:
    """The embedded model, whose prompts hold false notes: every figure is changed, `CERN` is another place."""

    def __init__(self, model: ChatModel) -> None:
        self._client = model.load()
        self.said: list[str] = []

    def bind(self, **options: Any) -> Misled:
        self._bound = self._client.bind(**options)
        return self

    def stream(self, messages: Sequence[dict[str, str]]) -> Iterator[Any]:
        false = [{**one, "content": self._falsified(one["content"])} for one in messages]
        said = ""
        try:
            for chunk in self._bound.stream(false):
                said += str(chunk.text)
                yield chunk
        finally:
            # Also where nobody wants to hear the rest: writing stops at the first word that the note lacks.
            self.said.append(said)

    @staticmethod
    def _falsified(text: str) -> str:
        figures = re.sub(r"\d+", lambda m: str(int(m.group()) + 13), text)
        return re.sub(r"\bCERN\b", "Zanzibar", figures)


@pytest.mark.model
def test_the_embedded_model_given_false_notes_gets_nothing_false_through(assistant: Assistant) -> None:
    misled = Misled(assistant.model)
    lied = Assistant(assistant.library, settings=assistant.settings)
    lied.model = ChatModel(name="misled", destination="", build=lambda: misled)  # type: ignore[arg-type, return-value]
    for question in QUESTIONS:
        answer = lied.ask(question)
        all_found(answer)
        assert "Zanzibar" not in answer.text
        for sentence in answer.sentences:
            passage = assistant.library.passage(sentence.citations[0].passage_id)
            assert passage is not None
            held = " ".join(evidence_texts(passage))
            assert set(re.findall(r"\d+", sentence.text)) <= set(re.findall(r"\d+", held)), sentence.text
    # It was asked, and something false came back, or the test shows nothing.
    assert any("Zanzibar" in said for said in misled.said)
