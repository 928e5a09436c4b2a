"""What the commands print: answers and findings as wrapped text, tables, progress on stderr, one JSON object."""

from __future__ import annotations

import json
import sys
import textwrap
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout
from typing import TYPE_CHECKING, Any

import click

from assistant.styles.markup import clean

from .render import Numbers, finding_words, paragraphs, tone, without_marks

if TYPE_CHECKING:
    from assistant.answer import Answer, Citation, PassageView, Sentence
    from assistant.checking import TextCheck
    from assistant.events import Event
    from assistant.verifying import SentenceState, Verification
    from knowledge import SourceRow, Version

SCHEMA_VERSION = 1
WIDTH = 96  # characters
QUOTE_CHARACTERS = 240
MARKS = {"supported": "", "partly": " (partly supported)", "unsupported": " (UNSUPPORTED)", "voice": ""}


def print_json(data: Mapping[str, Any]) -> None:
    """One object with `schema_version` on stdout."""
    click.echo(json.dumps({"schema_version": SCHEMA_VERSION, **data}, ensure_ascii=False, indent=2))


@contextmanager
def stdout_kept_clean() -> Iterator[None]:
    """What libraries print in here goes to stderr, so that stdout holds the result alone."""
    with redirect_stdout(sys.stderr):
        yield


class Progress:
    """Progress on stderr: one moving line with the time left on a terminal, else one line for each kind of stage."""

    def __init__(self) -> None:
        self._stage = ""
        self._moving = sys.stderr.isatty()
        self._clock = _Clock()

    def __call__(self, stage: str, done: int, total: int) -> None:
        kind = stage.partition(",")[0]
        if self._moving:
            share = f" {100 * done // total:3d} %{self._clock.left(kind, done, total)}" if total > 0 else ""
            click.echo(f"\r\x1b[2K{stage} ...{share}", err=True, nl=False)
        elif kind != self._stage:
            click.echo(f"{kind} ...", err=True)
        self._stage = kind

    def end(self) -> None:
        if self._moving and self._stage:
            click.echo("\r\x1b[2K", err=True, nl=False)
        self._stage = ""


class _Clock:
    """The time left, from what was done since the first look at the same work."""

    def __init__(self) -> None:
        self._total = -1
        self._first = (0.0, 0)

    def left(self, kind: str, done: int, total: int) -> str:
        """Such as `, 2 min left`; "" while too little is done to tell."""
        del kind
        now = time.monotonic()
        if total != self._total:
            self._total, self._first = total, (now, done)
        started, before = self._first
        if done <= before or now - started < 2:
            return ""
        seconds = (now - started) * (total - done) / (done - before)
        return f", {seconds / 60:.0f} min left" if seconds >= 90 else f", {seconds:.0f} s left"


def follow(events: Iterable[Event], progress: Callable[[str, int, int], None]) -> Answer:
    """The answer at the end of the events; their stages are shown as progress."""
    answer: Answer | None = None
    for event in events:
        if event.kind == "stage":
            progress(event.text, 0, 0)
        answer = event.answer or answer
    if answer is None:
        raise click.ClickException("the work ended without an answer: try again")
    return answer


def answer_text(answer: Answer) -> str:
    """The answer wrapped, each fact with its numbers, then the numbered sources and the verdicts."""
    numbers = Numbers()
    body = [
        _wrapped(" ".join(_numbered(sentence, numbers) for sentence in group))
        for group in paragraphs(answer.sentences, answer.text)
    ]
    if answer.abstained:
        body.append("The library does not hold an answer to this.")
    by_id = {passage.passage_id: passage for passage in answer.passages}
    sources = [_source(number, by_id[key]) for number, key in enumerate(numbers.order, 1) if key in by_id]
    parts = [
        "\n\n".join(body),
        "\n".join(sources),
        verdict_lines(answer.sentences),
        open_points(answer.open_points),
    ]
    return "\n\n".join(part for part in parts if part)


def open_points(points: Sequence[str]) -> str:
    return "\n".join(_wrapped(f"Open: {point}") for point in points)


def _numbered(sentence: Sentence, numbers: Numbers) -> str:
    cited = dict.fromkeys(numbers.of(citation.passage_id) for citation in sentence.citations)
    marks = "".join(f"[{number}]" for number in cited)
    text = f"{without_marks(sentence.text)} {marks}".strip()
    loud = "".join(
        f" (OVER-CLAIM: “{one.words}”; {f'write “{one.sober}”' if one.sober else 'leave it out'})"
        for one in sentence.over_claims
    )
    return text + MARKS[tone(sentence)] + loud


def _source(number: int, passage: PassageView) -> str:
    page = f", page {passage.page}" if passage.page is not None else ""
    as_of = f", as of {passage.as_of}" if passage.as_of else ""
    confidence = f", confidence {passage.confidence}" if passage.confidence else ""
    first = "; open the original first" if passage.needs_original else ""
    head = f"[{number}] {passage.title} ({passage.source_id}{page}{as_of}{confidence}{first})"
    return f"{_wrapped(head, hang=4)}\n{_wrapped(passage.text, indent=4)}"


def verdict_lines(sentences: Sequence[Sentence]) -> str:
    """How many facts are supported, and each one that is not fully, with its reason."""
    facts = [sentence for sentence in sentences if sentence.kind == "fact"]
    good = sum(tone(sentence) == "supported" for sentence in facts)
    if not facts:
        return "No sentence states a checkable fact." if sentences else ""
    weak = [f"- {without_marks(one.text)}: {finding_words(one)}" for one in facts if tone(one) != "supported"]
    return "\n".join(
        [
            f"Checked: {good} of {len(facts)} factual sentences supported.",
            *(_wrapped(line, hang=2) for line in weak),
        ]
    )


def hits_text(hits: Sequence[PassageView]) -> str:
    """Passages found, best first."""
    if not hits:
        return "The library holds no passage on this."
    return "\n\n".join(
        f"{_source(hit.rank, hit)}\n    {hit.passage_id}, score {hit.score:.3f}" for hit in hits
    )


def source_text(row: SourceRow, about: Mapping[str, Any], versions: Sequence[Version], text: str) -> str:
    """A source's record, what is known of its text, and the text."""
    guessed = set(about.get("guessed", ()))
    shown = {"author": _people(about.get("author", ())), **{k: about.get(k, "") for k in _SHOWN}}
    lines = [f"{row.title} ({row.id}, {row.passages} passages)"]
    lines += [
        f"  {name}: {value}{' (guessed)' if name in guessed else ''}"
        for name, value in shown.items()
        if value
    ]
    if len(versions) > 1:
        lines.append("  versions: " + ", ".join(f"{one.version} of {one.added_at[:10]}" for one in versions))
    lines += [f"  note: {note}" for note in row.notes]
    return "\n".join([*lines, "", text])


_SHOWN = ("issued", "interest", "publisher", "container-title", "URL", "DOI", "language")


def _people(names: Sequence[Mapping[str, str]]) -> str:
    return "; ".join(
        name.get("literal") or ", ".join(filter(None, (name.get("family"), name.get("given"))))
        for name in names
    )


def check_text(check: TextCheck) -> str:
    """The findings on a text of somebody's: every sentence in order with what was found on it, then the sum in words."""
    shown = {passage.passage_id: passage for passage in check.passages}
    blocks = [_checked(number, one, shown) for number, one in enumerate(check.sentences, start=1)]
    return "\n".join([*blocks, "", _wrapped(_sum(check))])


OUTCOME_WORDS = {
    "supported": "borne out",
    "contradicted": "CONTRADICTED",
    "not_found": "NOT FOUND",
    "unclear": "unclear",
}


def _checked(number: int, sentence: Sentence, shown: Mapping[str, PassageView]) -> str:
    finding = sentence.finding
    factual = sentence.kind == "fact"
    words = OUTCOME_WORDS.get(finding.outcome, finding.verdict) if factual else sentence.kind
    lines = [_wrapped(f"{number}. [{words}] {sentence.text}", hang=3)]
    if factual and finding.verdict != "supported":
        lines.append(_wrapped(f"why: {finding.reason}", indent=3, hang=2))
    if finding.wrong:
        lines.append(_wrapped(f"not borne out: {', '.join(finding.wrong)}", indent=3, hang=2))
    lines += [
        _wrapped(f"source: {_edge(one, shown.get(one.passage_id))}", indent=3, hang=2)
        for one in sentence.citations
    ]
    for name, citations in (("against", sentence.against), ("better", sentence.better)):
        for one in citations:
            bare = one.model_copy(update={"support": ""})
            said = textwrap.shorten(one.quote, QUOTE_CHARACTERS, placeholder=" …")
            edge = _edge(bare, shown.get(one.passage_id))
            lines.append(_wrapped(f"{name}: {edge}: “{said}”", indent=3, hang=2))
    for claim in sentence.over_claims:
        advice = f"write “{claim.sober}”" if claim.sober else "leave it out"
        lines.append(_wrapped(f"over-claim: “{claim.words}” ({claim.why}); {advice}", indent=3, hang=2))
    return "\n".join(lines)


def _edge(citation: Citation, passage: PassageView | None) -> str:
    page = f", page {passage.page}" if passage and passage.page is not None else ""
    first = "; open the original first" if passage and passage.needs_original else ""
    part = {"with_others": ", in part", "no": ", does not bear it out"}.get(citation.support, "")
    return f"{passage.title if passage else 'a passage'} ({citation.source_id}{page}{part}{first})"


def _sum(check: TextCheck) -> str:
    facts = sum(one.kind == "fact" for one in check.sentences)
    if not facts:
        return "No sentence states a checkable fact."
    found = ", ".join(
        f"{check.outcomes[name]} {words.lower()}"
        for name, words in OUTCOME_WORDS.items()
        if check.outcomes.get(name)
    )
    loud = sum(len(one.over_claims) for one in check.sentences)
    parts = [
        f"{_counted(facts, 'factual sentence')} of {len(check.sentences)}: {found or 'none of them checked'}."
    ]
    if loud:
        parts.append(f"{_counted(loud, 'over-claim')}.")
    if check.unknown_keys:
        parts.append(f"Not in the library: {', '.join(check.unknown_keys)}.")
    return " ".join(parts)


def _counted(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"


def verification_text(verification: Verification) -> str:
    """What became of each cited sentence that is not as it was, then the sum."""
    lines = [
        line for one in verification.sentences if (line := _verified(one, one.number in verification.changed))
    ]
    return "\n".join([*lines, _wrapped(verification.summary[:1].upper() + verification.summary[1:] + ".")])


def _verified(state: SentenceState, changed: bool) -> str:
    notes = [f"{one.passage_id}: {one.note}" for one in state.citations if one.note]
    if not (state.worse or changed or notes):
        return ""
    head = "WORSE" if state.worse else "changed" if changed else "note"
    lines = [_wrapped(f"{state.number}. [{head}] {without_marks(state.text)}", hang=3)]
    if changed:
        was, now = (verdict.replace("_", " ") for verdict in (state.before.verdict, state.now.verdict))
        lines.append(_wrapped(f"was {was}, is {now} ({state.now.reason})", indent=3, hang=2))
    return "\n".join([*lines, *(_wrapped(note, indent=3, hang=2) for note in notes)])


def table(rows: Sequence[Sequence[object]]) -> str:
    """Rows in columns; the last column is not padded."""
    texts = [[str(cell) for cell in row] for row in rows]
    if not texts:
        return ""
    widths = [max(len(row[column]) for row in texts) for column in range(len(texts[0]) - 1)] + [0]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in texts
    )


def _wrapped(text: str, *, indent: int = 0, hang: int = 0) -> str:
    first, rest = " " * indent, " " * (indent + hang)
    # Without signs that could move the cursor or colour what others wrote.
    return textwrap.fill(clean(" ".join(text.split())), WIDTH, initial_indent=first, subsequent_indent=rest)
