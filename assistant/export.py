"""An Answer as a file to send and a sheet to check it by: Markdown, DOCX, ODT, HTML, PDF.

An Answer comes in, or the check of somebody's text; Markdown with pandoc's citations, rendered documents and fact-check sheets go out. The
text is built from the answer's sentences, each escaped here, never from its ready Markdown: what a model or a
source wrote stays text in every format. Only cited sources are printed, and each of them must have a record.
"""

from __future__ import annotations

import json
import re
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from importlib.resources import files
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

from knowledge.interest import LABELS

from .answer import Answer, Citation, PassageView, Sentence
from .errors import ExportError
from .styles.markup import Item, clean, code, entry, escaped, no_block, record, short
from .styles.office import MADE_STYLE, docx_reference, odt_reference, stamp

if TYPE_CHECKING:
    from .checking import TextCheck

FORMATS = (".md", ".docx", ".odt", ".html", ".pdf")
STYLES = ("numeric", "author-date")
PANDOC_TIMEOUT_S = 120
ERROR_RATES = "error_rates.json"
QUOTE_CHARACTERS = 600

_READER = "markdown-smart-raw_html-raw_tex-raw_attribute-tex_math_dollars-latex_macros-yaml_metadata_block-pandoc_title_block"
_CSL = "{http://purl.org/net/xbiblio/csl}"
_WORDING = {
    "model": "the model's",
    "note": "that of our note on the source",
    "format": "a set phrase of the format",
    "source": "quoted from the source",
    "brief": "that of the author's brief",
    "": "not recorded",
}
_OUTCOMES = {
    "supported": "borne out",
    "contradicted": "contradicted",
    "not_found": "not found",
    "unclear": "unclear",
    "": "not checked",
}
_SUPPORTS = {
    "alone": "bears it out alone",
    "with_others": "bears it out together with others",
    "no": "does not bear it out",
}


def export(answer: Answer, path: Path, *, style: str = "") -> list[Path]:
    """The files written: `path`, in the format of its suffix, and its fact-check sheet beside it.

    `style` is the name of a citation style we ship or the path of a .csl file, empty for `numeric`; a .md
    keeps its citation keys whatever the style. An existing file is replaced, and only by a whole one.

    Raises:
        ExportError: unknown suffix or style, no such folder, a citation without a record, or pandoc failed.
    """
    path = Path(path)
    suffix = _suffix(path)
    csl = _csl(style)
    sheet = path.with_name(f"{path.stem}.factcheck.md")
    try:
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=".export-") as name:
            folder = Path(name).resolve()
            (folder / "sheet.md").write_text(fact_check_sheet(answer), encoding="utf-8")
            if suffix == ".md":
                (folder / "text.md").write_text(markdown(answer), encoding="utf-8")
            else:
                _render(answer, folder, suffix, csl)
            (folder / f"text{suffix}").replace(path)
            (folder / "sheet.md").replace(sheet)
    except OSError as exc:
        raise ExportError(f"{path} cannot be written: {exc.strerror or exc}") from exc
    return [path, sheet]


def export_sheet(checked: Answer | TextCheck, path: Path) -> Path:
    """The fact-check sheet of a draft or of a checked text as a file, in the format of its ending; gives back `path`.

    Raises:
        ExportError: unknown ending, no such folder, a citation without a record, or pandoc failed.
    """
    path = Path(path)
    suffix = _suffix(path)
    text = fact_check_sheet(checked) if isinstance(checked, Answer) else text_sheet(checked)
    try:
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=".export-") as name:
            folder = Path(name).resolve()
            if suffix == ".md":
                (folder / "text.md").write_text(text, encoding="utf-8")
            else:
                _render_sheet(text, folder, suffix)
            (folder / f"text{suffix}").replace(path)
    except OSError as exc:
        raise ExportError(f"{path} cannot be written: {exc.strerror or exc}") from exc
    return path


def _suffix(path: Path) -> str:
    suffix = path.suffix.lower()
    if suffix not in FORMATS:
        raise ExportError(f"{path.name!r} cannot be written: the ending must be one of {', '.join(FORMATS)}")
    if not path.parent.is_dir():
        raise ExportError(f"{path} cannot be written: the folder {path.parent} does not exist, make it first")
    return suffix


def markdown(answer: Answer) -> str:
    """The whole text as Markdown: body with `[@key]`, how it was made, and a list of sources by key.

    Raises:
        ExportError: there is no sentence, or a citation has no record.
    """
    items = _cited(answer)
    parts = [body_markdown(answer), "---", _made(answer)]
    if items:
        parts += ["## Sources", "\n".join(f"- {code(key)}: {entry(item)}" for key, item in items.items())]
    return "\n\n".join(parts) + "\n"


def body_markdown(answer: Answer) -> str:
    """Headline, standfirst and one paragraph for each move, with pandoc's citations; what `Answer.text` holds."""
    parts = []
    if headline := escaped(answer.headline):
        parts.append(f"# {headline}")
    if standfirst := escaped(answer.standfirst):
        parts.append(f"*{standfirst}*")
    return "\n\n".join([*parts, *_paragraphs(answer)])


def _paragraphs(
    answer: Answer, *, names: Mapping[str, str] | None = None, after_stop: bool = False
) -> Iterator[str]:
    for _, sentences in groupby(answer.sentences, key=lambda sentence: sentence.move):
        texts = [_sentence(sentence, names, after_stop) for sentence in sentences]
        if paragraph := " ".join(filter(None, texts)):
            yield no_block(paragraph)


def _sentence(sentence: Sentence, names: Mapping[str, str] | None, after_stop: bool) -> str:
    text = escaped(sentence.text)
    keys = dict.fromkeys(citation.source_id for citation in sentence.citations)
    if text and keys:
        mark = "; ".join(_at(names[key] if names else key) for key in keys)
        if after_stop:
            text = f"{text}[{mark}]"
        elif text.endswith(".") and not text.endswith(".."):
            text = f"{text[:-1]} [{mark}]."
        else:
            text = f"{text} [{mark}]"
    # Nobody should print by oversight what no source bears out.
    return f"~~{text}~~" if text and sentence.finding.verdict == "unsupported" else text


def _at(key: str) -> str:
    plain = re.fullmatch(r"\w+(?:[:.+/-]\w+)*", key)
    return f"@{key}" if plain else "@{" + re.sub(r"[{}\s]", "", key) + "}"


def _cited(answer: Answer) -> dict[str, Item]:
    """Records of the cited sources by key, in the order of first citation."""
    if not any(clean(sentence.text) for sentence in answer.sentences):
        raise ExportError("there is nothing to export: the answer holds no sentence")
    known = {str(item.get("id", "")): item for item in answer.references}
    keys = dict.fromkeys(c.source_id for sentence in answer.sentences for c in sentence.citations)
    if missing := [key for key in keys if key not in known]:
        raise ExportError(
            f"the text cites {', '.join(map(repr, missing))}, but its references hold no record of it: "
            "add the record or take the citation out"
        )
    return {key: record(known[key]) for key in keys}


# --- how this text was made -------------------------------------------------------------------------------


def _made(answer: Answer) -> str:
    """One small paragraph for the reader: machine, audience, age of the evidence, the author's own part."""
    by_model = sum(sentence.written_by == "model" for sentence in answer.sentences)
    said = [f"**How this text was made.** {_machine(answer)}"]
    if answer.model:
        said.append(f"The model worded {by_model} of {len(answer.sentences)} sentences.")
    if answer.audience:
        said.append(f"It was framed for this audience: {_audience(answer)}.")
    evidence = _evidence(answer)
    dates = sorted(passage.as_of for passage in evidence if re.match(r"\d{4}\b", passage.as_of))
    if dates:
        said.append(f"The newest dated evidence is of {escaped(dates[-1])}.")
    elif evidence:
        said.append("The evidence carries no date.")
    own = [f"“{_opening(sentence.text)}”" for sentence in answer.sentences if sentence.written_by == "brief"]
    if own:
        said.append(f"On the author's own brief, not on a source, {_rest(len(own))}: {', '.join(own)}.")
    if any(sentence.finding.verdict == "unsupported" for sentence in answer.sentences):
        said.append("What is struck through is not borne out by its source.")
    half = [
        one
        for one in answer.sentences
        if one.finding.verdict == "partly"
        or (one.kind == "fact" and one.finding.verdict == "not_checked" and one.written_by != "brief")
    ]
    if half:
        said.append(f"Not borne out in full: {', '.join(f'“{_opening(one.text)}”' for one in half)}.")
    loud = dict.fromkeys(one.words for s in (*answer.titles, *answer.sentences) for one in s.over_claims)
    if loud:
        said.append(
            f"Said more strongly than can be known: {', '.join(f'“{escaped(words)}”' for words in loud)}."
        )
    said.append("The author answers for every sentence.")
    return " ".join(said)


def _audience(answer: Answer) -> str:
    return escaped(re.sub("[_-]+", " ", answer.audience))


def _machine(answer: Answer) -> str:
    if not answer.model:
        return "A program put this text together; no language model is on record."
    prompts = f" (instructions: {', '.join(map(escaped, answer.prompts))})" if answer.prompts else ""
    return f"A program helped to write it, with the language model {escaped(answer.model)}{prompts}."


def _rest(count: int) -> str:
    return "rests one sentence" if count == 1 else f"rest {count} sentences"


def _opening(text: str, words: int = 6) -> str:
    parts = clean(text).split(" ")
    return escaped(" ".join(parts[:words])) + (" …" if len(parts) > words else "")


def _evidence(answer: Answer) -> list[PassageView]:
    """The cited passages, in the order of first citation."""
    known = {passage.passage_id: passage for passage in answer.passages}
    ids = dict.fromkeys(c.passage_id for sentence in answer.sentences for c in sentence.citations)
    return [known[passage_id] for passage_id in ids if passage_id in known]


# --- fact-check sheet -------------------------------------------------------------------------------------


def fact_check_sheet(answer: Answer) -> str:
    """Markdown for the desk: what to open first, then each factual sentence with its evidence and verdict.

    Sentences carry their number in the text, so that they can be found there.

    Raises:
        ExportError: there is no sentence, or a citation has no record.
    """
    items = _cited(answer)
    numbered, facts, others = _numbered(answer.sentences)
    passages = {passage.passage_id: passage for passage in answer.passages}
    warnings = [
        *_to_open(numbered, passages, items),
        *_to_settle(facts, passages),
        *_own_loud(answer, others),
    ]
    parts = [
        *_top(answer, facts, others),
        *_body(
            warnings,
            [_fact(number, sentence, passages, items) for number, sentence in facts],
            [_other(number, sentence, items) for number, sentence in others],
        ),
    ]
    if answer.titles:
        parts += [
            "## Headline and standfirst",
            "\n".join(_other(one.move, one, items) for one in answer.titles),
        ]
    if answer.open_points:
        parts += ["## Open points", "\n".join(f"- {_line(point)}" for point in answer.open_points)]
    parts += _trust("strict")
    return "\n\n".join(parts) + "\n"


_Numbered = list[tuple[int, Sentence]]


def _numbered(sentences: Sequence[Sentence]) -> tuple[_Numbered, _Numbered, _Numbered]:
    """All sentences with their place in the text, counted from 1; those that state a fact; the others."""
    numbered = list(enumerate(sentences, start=1))
    facts = [(number, sentence) for number, sentence in numbered if sentence.kind == "fact"]
    others = [(number, sentence) for number, sentence in numbered if sentence.kind != "fact"]
    return numbered, facts, others


def _body(warnings: Sequence[str], facts: Sequence[str], others: Sequence[str]) -> Iterator[str]:
    """The sections that every sheet has: what to do before print, facts, all else."""
    yield "## Before print"
    yield "\n".join(f"- [ ] {line}" for line in warnings) or "Nothing stands out; still read it once."
    yield "## Factual sentences"
    yield from facts or ["None."]
    if others:
        yield "## Opinions, asks and links"
        yield "\n".join(others)


def _line(text: str) -> str:
    return no_block(escaped(text))


def _top(
    answer: Answer, facts: Sequence[tuple[int, Sentence]], others: Sequence[tuple[int, Sentence]]
) -> Iterator[str]:
    yield f"# Fact-check sheet: {escaped(answer.headline) or 'untitled text'}"
    about = [escaped(answer.format or answer.kind)]
    about += [f"for {_audience(answer)}"] if answer.audience else []
    about += [f"{answer.words} words"] if answer.words else []
    about += [f"model {escaped(answer.model) or 'none'}"]
    about += [f"instructions {', '.join(map(code, answer.prompts))}"] if answer.prompts else []
    yield (
        no_block(", ".join(about)) + ". For the desk, not for print. Numbers count the sentences of the text."
    )
    verdicts = [sentence.finding.verdict for _, sentence in facts]
    columns = ["supported", "partly", "unsupported", "not_checked"]
    counts = [len(facts), *(verdicts.count(column) for column in columns), len(others)]  # type: ignore[arg-type]
    head = ["factual", *(column.replace("_", " ") for column in columns), "opinion, ask, link"]
    yield "\n".join(
        [f"| {' | '.join(head)} |", "|" + " ---: |" * len(head), f"| {' | '.join(map(str, counts))} |"]
    )


def _to_open(
    numbered: Sequence[tuple[int, Sentence]], passages: Mapping[str, PassageView], items: Mapping[str, Item]
) -> Iterator[str]:
    edges = {(c.passage_id, c.source_id): None for _, sentence in numbered for c in sentence.citations}
    for passage_id, source_id in edges:
        used = [n for n, s in numbered if any(c.passage_id == passage_id for c in s.citations)]
        passage = passages.get(passage_id)
        reasons = (
            _doubts(passage) if passage else ["the passage is not among this text's evidence, find it again"]
        )
        if reasons:
            where = f"{entry(items[source_id])} (passage {code(passage_id)}, {_sentences(used)})"
            yield f"**{'; '.join(reasons)}**: {where}"


def _doubts(passage: PassageView) -> list[str]:
    doubts = ["Open the original"] if passage.needs_original else []
    if passage.confidence not in ("", "high"):
        doubts.append(f"{'confidence' if doubts else 'Confidence'} only {escaped(passage.confidence)}")
    return doubts


def _sentences(numbers: Sequence[int]) -> str:
    return f"sentence{'s' if len(numbers) > 1 else ''} {', '.join(map(str, numbers))}"


def _to_settle(facts: Iterable[tuple[int, Sentence]], passages: Mapping[str, PassageView]) -> Iterator[str]:
    for number, sentence in facts:
        start = f"**Sentence {number}**, “{_opening(sentence.text)}”"
        verdict = sentence.finding.verdict
        if not sentence.citations:
            own = sentence.written_by == "brief"
            yield f"{start}: {'rests on the brief alone, have the papers ready' if own else 'names no source'}"
        elif verdict != "supported":
            reason = escaped(sentence.finding.reason)
            yield f"{start}: {verdict.replace('_', ' ')}{f' ({reason})' if reason else ''}"
        yield from _beside(start, sentence)
        for citation in sentence.citations:
            passage = passages.get(citation.passage_id)
            if passage and not _contains(passage.text, citation.quote):
                yield f"{start}: the quoted words are not in passage {code(citation.passage_id)}"


def _own_loud(answer: Answer, others: Iterable[tuple[int, Sentence]]) -> Iterator[str]:
    """Over-claims in what rests on no source: titles, opinions, asks and links."""
    named = [
        *((one.move, one) for one in answer.titles),
        *((f"sentence {number}", one) for number, one in others),
    ]
    for name, sentence in named:
        yield from _beside(f"**{name[:1].upper()}{name[1:]}**, “{_opening(sentence.text)}”", sentence)


def _contains(text: str, quote: str) -> bool:
    return clean(quote).strip("…. ") in clean(text)


def _fact(
    number: int, sentence: Sentence, passages: Mapping[str, PassageView], items: Mapping[str, Item]
) -> str:
    finding = sentence.finding
    score = "" if finding.score is None else f", {finding.score:.2f}"
    verdict = f"{finding.verdict.replace('_', ' ')}{score}"
    lines = [f"### {number}. {verdict[0].upper()}{verdict[1:]}", "", f"> {_line(sentence.text)}", ""]
    for citation in sentence.citations:
        lines += _evidence_lines(citation, passages.get(citation.passage_id), items[citation.source_id])
    if not sentence.citations:
        lines.append("- **Source:** none named")
    reason = escaped(finding.reason) or "no reason recorded"
    outcome = f" ({_OUTCOMES[finding.outcome]})" if finding.outcome else ""
    lines += [
        f"- **Verdict:** {verdict}{outcome}; {reason}",
        *_doubtful(sentence, passages, items),
        f"- **Wording:** {_WORDING[sentence.written_by]}",
    ]
    if sentence.move:
        lines.append(f"- **Place:** {escaped(sentence.move)}")
    return "\n".join(lines)


def _evidence_lines(citation: Citation, passage: PassageView | None, item: Item) -> list[str]:
    locator = [f"passage {code(citation.passage_id)}"]
    if passage and passage.page is not None:
        locator.insert(0, f"page {passage.page}")
    if passage and passage.start is not None and passage.end is not None:
        locator.append(f"characters {passage.start}–{passage.end}")
    part = f"; it {_SUPPORTS[citation.support]}" if citation.support else ""
    lines = [f"- **Source:** {entry(item)}; {', '.join(locator)}{part}"]
    if quote := _quote(citation.quote or (passage.text if passage else "")):
        ours = passage is not None and passage.start is None
        lines.append(f"    - **{'Our note on it says' if ours else 'It says'}:** “{quote}”")
    if passage:
        lines.append(f"    - **Standing:** {_standing(passage)}")
    return lines


def _standing(passage: PassageView) -> str:
    rated = f"confidence {escaped(passage.confidence) or 'not rated'}"
    dated = f"as of {escaped(passage.as_of)}" if passage.as_of else "undated"
    voice = f", {LABELS[passage.interest].lower()}" if passage.interest in LABELS else ""
    opened = "; **original not yet opened**" if passage.needs_original else ""
    return f"{rated}, {dated}{voice}{opened}"


def _beside(start: str, sentence: Sentence) -> Iterator[str]:
    """What stands beside the verdict and has to be settled before print."""
    if sentence.against:
        yield f"{start}: a passage speaks against it"
    if sentence.over_claims:
        words = ", ".join(f"“{escaped(one.words)}”" for one in sentence.over_claims)
        yield f"{start}: says more than can be known: {words}"


def _doubtful(
    sentence: Sentence, passages: Mapping[str, PassageView], items: Mapping[str, Item]
) -> Iterator[str]:
    """Words not borne out, passages against and better ones, over-claims: a line of a list each."""
    if sentence.finding.wrong:
        yield f"- **Not borne out:** {', '.join(f'“{escaped(word)}”' for word in sentence.finding.wrong)}"
    for name, citations in (("Against it", sentence.against), ("Better", sentence.better)):
        for citation in citations:
            passage = passages.get(citation.passage_id)
            where = _named(citation, passage, items)
            yield f"- **{name}:** {where}: “{_quote(citation.quote)}”"
    for one in sentence.over_claims:
        advice = f"write “{escaped(one.sober)}”" if one.sober else "leave it out"
        yield f"- **Over-claim:** “{escaped(one.words)}” is {_why(one.why)}; {advice}"


def _why(why: str) -> str:
    """A reason behind “is”; those that are sentences of their own get “too much:” before them."""
    return why if why.startswith(("a ", "praise", "certainty")) else f"too much: {why}"


def _named(citation: Citation, passage: PassageView | None, items: Mapping[str, Item]) -> str:
    """The source in short; the full entry with its address stands in the list of sources."""
    if item := items.get(citation.source_id):
        name = f"{short(item)}, *{escaped(str(item.get('title') or 'untitled'))}*"
    else:
        name = escaped(passage.title if passage else citation.source_id)
    page = f", page {passage.page}" if passage and passage.page is not None else ""
    return f"{name}{page}"


def _quote(text: str) -> str:
    text = clean(text)
    return escaped(
        text if len(text) <= QUOTE_CHARACTERS else text[:QUOTE_CHARACTERS].rsplit(" ", 1)[0] + " …"
    )


def _other(name: int | str, sentence: Sentence, items: Mapping[str, Item]) -> str:
    sources = dict.fromkeys(short(items[citation.source_id]) for citation in sentence.citations)
    cited = f" ({'; '.join(sources)})" if sources else ""
    lines = [f"- **{name}**, {sentence.kind}: {escaped(sentence.text)}{cited}"]
    if sentence.finding.reason not in ("", "states no fact"):
        lines.append(f"    - **Finding:** {escaped(sentence.finding.reason)}")
    return "\n".join([*lines, *(f"    {line}" for line in _doubtful(sentence, {}, items))])


# --- fact-check sheet of somebody's text ------------------------------------------------------------------


def text_sheet(check: TextCheck) -> str:
    """Markdown for the desk on a text of anybody's: counts in words, what to settle, every sentence with its evidence.

    Raises:
        ExportError: the text holds no sentence.
    """
    if not check.sentences:
        raise ExportError("there is nothing to export: the checked text holds no sentence")
    items = {str(item.get("id", "")): record(item) for item in check.references}
    passages = {passage.passage_id: passage for passage in check.passages}
    numbered, facts, others = _numbered(check.sentences)
    settle = [*_unknown(check), *_weak(facts), *_originals(facts, passages, items), *_loud(numbered)]
    parts = [
        *_head(check, facts, others),
        *_body(
            settle,
            [_checked(number, sentence, passages, items) for number, sentence in facts],
            [_unchecked(number, sentence) for number, sentence in others],
        ),
    ]
    if sources := list(_sources(check, items)):
        parts += ["## Sources", "\n".join(sources)]
    parts += _trust("advisory")
    return "\n\n".join(parts) + "\n"


def _head(
    check: TextCheck, facts: Sequence[tuple[int, Sentence]], others: Sequence[tuple[int, Sentence]]
) -> Iterator[str]:
    yield f"# Fact-check sheet: {escaped(check.title) or 'untitled text'}"
    by = ", ".join(f"“{escaped(title)}”" for title in check.against) or "the library"
    yield f"Checked on {escaped(check.checked_on)} against {by}. For the desk, not for print. Numbers count the sentences of the text."
    outcomes = [_outcome(sentence) for _, sentence in facts]
    kinds = [name for name in _OUTCOMES.values() if name != "not checked" or name in outcomes]
    loud = sum(len(sentence.over_claims) for _, sentence in (*facts, *others))
    rows = [
        ("factual sentences", len(facts)),
        *((f"… {kind}", outcomes.count(kind)) for kind in kinds),
        ("opinions, asks and links", len(others)),
        ("over-claims", loud),
    ]
    table = [f"| {name} | {count} |" for name, count in rows]
    # The rules' lengths give the columns their widths.
    yield "\n".join(["| what | count |", f"| :{'-' * 30} | {'-' * 10}: |", *table])
    yield (
        "*Borne out*: a passage says so. *Contradicted*: a passage of the same matter says otherwise. *Not found*: no passage "
        "says it, which does not make it false. *Unclear*: a passage says it in part."
    )


def _outcome(sentence: Sentence) -> str:
    outcome = sentence.finding.outcome
    # A check from before there were outcomes has a verdict alone.
    return _OUTCOMES[outcome] if outcome else sentence.finding.verdict.replace("_", " ")


def _unknown(check: TextCheck) -> Iterator[str]:
    for key in check.unknown_keys:
        yield f"**The source key {code(key)} is not in the library**: add the source, or correct the key"


def _weak(facts: Sequence[tuple[int, Sentence]]) -> Iterator[str]:
    """What is not borne out, the contradicted first."""
    order = ("contradicted", "not found", "unclear", "not checked", "unsupported", "partly")
    weak = [(number, one) for number, one in facts if _outcome(one) in order]
    weak.sort(key=lambda pair: order.index(_outcome(pair[1])))
    for number, one in weak:
        yield f"**Sentence {number}, {_outcome(one)}**: “{_opening(one.text)}”"


def _originals(
    facts: Sequence[tuple[int, Sentence]], passages: Mapping[str, PassageView], items: Mapping[str, Item]
) -> Iterator[str]:
    cited = {citation.passage_id: citation for _, one in facts for citation in one.citations}
    for id, citation in cited.items():
        used = [number for number, one in facts if any(c.passage_id == id for c in one.citations)]
        passage = passages.get(id)
        if passage and (doubts := _doubts(passage)):
            yield f"**{'; '.join(doubts)}**: {_named(citation, passage, items)} ({_sentences(used)})"


def _loud(numbered: Sequence[tuple[int, Sentence]]) -> Iterator[str]:
    if used := [number for number, one in numbered if one.over_claims]:
        yield f"**Says more than can be known**: {_sentences(used)}"


def _checked(
    number: int, sentence: Sentence, passages: Mapping[str, PassageView], items: Mapping[str, Item]
) -> str:
    finding = sentence.finding
    score = "" if finding.score is None else f" (score {finding.score:.2f} of 1)"
    outcome = _outcome(sentence)
    lines = [f"### {number}. {outcome[0].upper()}{outcome[1:]}", "", f"> {_line(sentence.text)}", ""]
    lines.append(f"- **Finding:** {escaped(finding.reason) or 'no reason recorded'}{score}")
    for citation in sentence.citations:
        passage = passages.get(citation.passage_id)
        part = f"; it {_SUPPORTS[citation.support]}" if citation.support else ""
        lines.append(f"- **Passage:** {_named(citation, passage, items)}{part}")
        if quote := _quote(citation.quote):
            lines.append(f"    - **It says:** “{quote}”")
        if passage:
            lines.append(f"    - **Standing:** {_standing(passage)}")
    return "\n".join([*lines, *_doubtful(sentence, passages, items)])


def _unchecked(number: int, sentence: Sentence) -> str:
    lines = [f"- **{number}**, {sentence.kind}: {_line(sentence.text)}"]
    return "\n".join([*lines, *(f"    {line}" for line in _doubtful(sentence, {}, {}))])


def _sources(check: TextCheck, items: Mapping[str, Item]) -> Iterator[str]:
    for key, item in items.items():
        used = [one for one in check.passages if key in (one.source_id, *one.citekeys)]
        # Of several passages the one to be most careful with speaks for the source.
        worst = min(
            used, key=lambda one: (not one.needs_original, _TRUST.get(one.confidence, 3)), default=None
        )
        yield f"- {entry(item)}{f' ({_standing(worst)})' if worst else ''}"


_TRUST = {"low": 0, "medium": 1, "high": 2}


# --- how often the check errs ------------------------------------------------------------------------------


def checker_error_rates() -> dict[str, Any] | None:
    """How often the check errs, as measured and shipped in `error_rates.json`; None where nothing was measured."""
    file = files("assistant") / ERROR_RATES
    if not file.is_file():
        return None
    rates: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return rates


def _trust(mode: str) -> list[str]:
    """A section on how far the check can be trusted, for its `strict` or `advisory` form; nothing where not measured."""
    rates = checker_error_rates()
    if rates is None or mode not in rates:
        return []
    false = [
        f"- Of {_rate(rate, f'false claims ({_kind(kind)})')}" for kind, rate in rates[mode]["kinds"].items()
    ]
    faithful = rates[mode].get("faithful", {})
    # One rate for all true claims, or one for each kind of them.
    true = {"": faithful} if "n" in faithful else faithful
    kept = [
        f"- Of {_rate(rate, f'true claims ({_kind(kind)})' if kind else 'true claims')}"
        for kind, rate in true.items()
    ]
    measured = escaped(str(rates.get("measured_on", "claims made for it")))
    said = f"The check errs too. Measured on {measured}, this many claims passed as borne out:"
    return ["## How far to trust this check", said, "\n".join([*false, *kept])]


def _kind(kind: str) -> str:
    return escaped(kind.replace("_", " "))


def _rate(rate: Mapping[str, Any], claims: str) -> str:
    share, low, high = (f"{100 * rate[name]:.1f}" for name in ("rate", "low", "high"))
    return f"{rate['n']} {claims} {rate['passed']} passed: {share} % (95 % interval {low} to {high} %)."


# --- pandoc and typst -------------------------------------------------------------------------------------


def _csl(style: str) -> Path | None:
    """The file of a citation style; None is pandoc's own, Chicago author-date.

    Raises:
        ExportError: no such style, or the file is no CSL style.
    """
    if style in ("", "numeric"):
        return Path(str(files("assistant") / "styles" / "numeric.csl"))
    if style == "author-date":
        return None
    path = Path(style)
    if not path.is_file():
        raise ExportError(
            f"there is no citation style {style!r}: take {' or '.join(STYLES)}, or the path of a .csl file"
        )
    try:
        root = ElementTree.parse(path).getroot()
    except (ElementTree.ParseError, OSError) as exc:
        raise ExportError(f"the citation style {style} cannot be read: {exc}") from exc
    if root.tag != f"{_CSL}style" or root.find(f"{_CSL}citation") is None:
        raise ExportError(f"the citation style {style} is not an independent CSL 1.0 style")
    return path.resolve()


def _superscript(csl: Path | None) -> bool:
    if csl is None:
        return False
    layout = ElementTree.parse(csl).getroot().find(f"{_CSL}citation/{_CSL}layout")
    return layout is not None and layout.get("vertical-align") == "sup"


def _render(answer: Answer, folder: Path, suffix: str, csl: Path | None) -> None:
    """Write `folder`/text`suffix` through pandoc."""
    items = _cited(answer)
    # Keys of our own: a user's key may hold what neither pandoc nor typst takes as a name.
    names = {key: f"s{number}" for number, key in enumerate(items, start=1)}
    records = [{**item, "id": names[key]} for key, item in items.items()]
    (folder / "sources.json").write_text(json.dumps(records), encoding="utf-8")
    (folder / "about.json").write_text(json.dumps(_about(answer, suffix)), encoding="utf-8")
    text = list(_paragraphs(answer, names=names, after_stop=_superscript(csl)))
    text += [f'::: {{#made custom-style="{MADE_STYLE}"}}', _made(answer), ":::"]
    if items:
        text += ["## Sources", "::: {#refs}\n:::"]
    # The typst writer's smart quotes would turn typographic ones into straight ones.
    target = "typst-smart" if suffix == ".pdf" else suffix[1:]
    made = "text.typst" if suffix == ".pdf" else f"text{suffix}"
    options = ["--from", _READER, "--to", target, "--standalone", "--sandbox", "--wrap=none"]
    options += ["--metadata-file=about.json", "--citeproc", "--bibliography=sources.json"]
    options += [f"--csl={csl}"] if csl else []
    options += [f"--lua-filter={_shipped(folder, 'finish.lua')}", *_page(folder, suffix)]
    _pandoc([*options, f"--output={made}"], folder, "\n\n".join(text))
    if suffix in (".docx", ".odt"):
        stamp(folder / made, datetime.now(UTC))
    if suffix == ".pdf":
        _typst(folder / made, folder / "text.pdf")


def _render_sheet(text: str, folder: Path, suffix: str) -> None:
    """Write `folder`/text`suffix` from a sheet's Markdown, its first heading as the title."""
    heading, _, body = text.partition("\n")
    about = {"lang": "en-GB", "title": heading.removeprefix("# ")}
    (folder / "about.json").write_text(json.dumps(about), encoding="utf-8")
    target = "typst-smart" if suffix == ".pdf" else suffix[1:]
    made = "text.typst" if suffix == ".pdf" else f"text{suffix}"
    options = ["--from", _READER, "--to", target, "--standalone", "--sandbox", "--wrap=none"]
    options += ["--metadata-file=about.json", *_page(folder, suffix)]
    options += [f"--lua-filter={_shipped(folder, 'finish.lua')}", f"--output={made}"]
    _pandoc(options, folder, body)
    if suffix in (".docx", ".odt"):
        stamp(folder / made, datetime.now(UTC))
    if suffix == ".pdf":
        _typst(folder / made, folder / "text.pdf")


def _about(answer: Answer, suffix: str) -> dict[str, Any]:
    title, subtitle = escaped(answer.headline), escaped(answer.standfirst)
    about: dict[str, Any] = {"lang": "en-GB"}
    about |= {"title": no_block(title)} if title else {}
    about |= {"subtitle": no_block(subtitle)} if subtitle else {}
    # Only where a link can be drawn without colouring the number.
    about |= {"link-citations": True} if suffix in (".html", ".pdf") else {}
    return about | ({"pagetitle": title or "Draft"} if suffix == ".html" else {})


def _page(folder: Path, suffix: str) -> list[str]:
    if suffix in (".docx", ".odt"):
        name = f"reference{suffix}"
        default = _pandoc(["--print-default-data-file", name], folder)
        (docx_reference if suffix == ".docx" else odt_reference)(default, folder / name)
        return [f"--reference-doc={name}"]
    return [f"--template={_shipped(folder, 'page.typ' if suffix == '.pdf' else 'page.html')}"]


def _shipped(folder: Path, name: str) -> str:
    (folder / name).write_bytes((files("assistant") / "styles" / name).read_bytes())
    return name


def _pandoc(options: Sequence[str], folder: Path, text: str = "") -> bytes:
    import pypandoc

    # A data folder of the user's could change every output; an empty one holds nothing.
    data = folder / "data"
    data.mkdir(exist_ok=True)
    command = [pypandoc.get_pandoc_path(), f"--data-dir={data}", *options]
    try:
        done = subprocess.run(
            command,
            input=text.encode(),
            cwd=folder,
            capture_output=True,
            timeout=PANDOC_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired as exc:
        raise ExportError(f"pandoc took longer than {PANDOC_TIMEOUT_S} seconds; nothing was written") from exc
    said = done.stderr.decode(errors="replace").strip()
    if done.returncode or "Citeproc: citation" in said:
        raise ExportError(f"pandoc could not make the file: {said or f'exit code {done.returncode}'}")
    return done.stdout


def _typst(source: Path, target: Path) -> None:
    import typst

    try:
        typst.compile(str(source), output=str(target), root=str(source.parent))
    except (typst.TypstError, RuntimeError) as exc:
        raise ExportError(f"typst could not make the PDF: {exc}") from exc
