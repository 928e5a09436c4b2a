"""A saved answer against the library of today: is its evidence still there, and does it still bear the sentences out?

An Answer (or the file that `--json` made) comes in; a Verification goes out, which names for each citation what became of
it, for each sentence its old and its new finding, and what got worse. Nothing is changed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from knowledge import Filter, Library, Passage, UnknownSource

from .answer import SCHEMA_VERSION, Answer, Citation, Finding, Sentence
from .checking import NOTES, PASSAGES_PER_KEY, outcome_of
from .edges import Cited, edges
from .errors import AssistantError
from .writing import evidence_texts

Progress = Callable[[str, int, int], None]
State = Literal["same", "moved", "changed", "removed", "source_gone", "withdrawn"]

GONE: tuple[State, ...] = ("removed", "source_gone", "withdrawn")
"""States in which a sentence has lost evidence, whatever else bears it out."""
_RANK = {"supported": 3, "partly": 2, "not_checked": 1, "unsupported": 0}
_WITHDRAWN = re.compile(
    r"\b(?:retracted|retraction|withdrawn by|article withdrawn|expression of concern)\b|^withdrawn\b", re.I
)
_QUOTED = re.compile(r"says: “(.+)”\.?$", re.DOTALL)
_NOTE_ID = re.compile(r"^(.+)-[0-9a-f]{12}$")


class _Value(BaseModel):
    model_config = ConfigDict(extra="forbid")


class CitationState(_Value):
    """What became of one cited passage."""

    passage_id: str
    source_id: str
    state: State
    note: str = ""
    """In words what is different; empty where nothing is."""


class SentenceState(_Value):
    """One sentence that cites something, then and now."""

    number: int
    """From 1, in the order of the answer."""
    text: str
    before: Finding
    now: Finding
    worse: bool
    citations: list[CitationState]


class Verification(_Value):
    """What became of an answer's evidence."""

    schema_version: int = SCHEMA_VERSION
    kind: Literal["verify"] = "verify"
    checked_on: str
    sentences: list[SentenceState]
    worse: list[int] = Field(default_factory=list)
    """Numbers of the sentences that got worse."""
    changed: list[int] = Field(default_factory=list)
    """Numbers of the sentences whose verdict is another one, better or worse."""
    summary: str
    """One sentence."""

    @property
    def holds(self) -> bool:
        """Whether nothing got worse."""
        return not self.worse


def read_answer(path: Path) -> Answer:
    """The Answer in a file made by `--json`.

    Raises:
        AssistantError: the file cannot be read or holds no Answer.
    """
    how = "make one with `attache ask ... --json` or `attache draft ... --json`"
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as exc:
        raise AssistantError(f"{path} cannot be read: {exc.strerror}") from exc
    except ValueError as exc:
        raise AssistantError(f"{path} is no JSON file: {how}") from exc
    if not isinstance(data, dict):
        raise AssistantError(f"{path} holds no answer: {how}")
    # The command adds the files that it wrote.
    data.pop("files", None)
    try:
        return Answer.model_validate(data)
    except ValidationError as exc:
        field = ".".join(str(part) for part in exc.errors()[0]["loc"])
        raise AssistantError(f"{path} holds no answer (its field {field!r} does not fit): {how}") from exc


def verify(answer: Answer, library: Library, *, progress: Progress | None = None) -> Verification:
    """What became of the evidence of an answer; sentences without a citation are passed over.

    A sentence is worse if its verdict fell, or if a passage that it cites was removed or its source withdrawn.
    """
    verifier = _Verifier(answer, library)
    states = []
    for number, sentence in enumerate(answer.sentences, start=1):
        if progress:
            progress("verifying sentences", number - 1, len(answer.sentences))
        if sentence.citations:
            states.append(verifier.state(number, sentence))
    worse = [one.number for one in states if one.worse]
    return Verification(
        checked_on=f"{datetime.now(UTC):%Y-%m-%d}",
        sentences=states,
        worse=worse,
        changed=[one.number for one in states if one.now.verdict != one.before.verdict],
        summary=_summary(states, worse),
    )


def _summary(states: Sequence[SentenceState], worse: Sequence[int]) -> str:
    if not states:
        return "no sentence of it cites a source, so there is nothing to verify"
    if worse:
        which = ", ".join(map(str, worse))
        return (
            f"{len(worse)} of {len(states)} cited sentences got worse (sentence {which}): "
            "open their sources and revise them before you use the text"
        )
    return f"all {len(states)} cited sentences stand as they did"


class _Verifier:
    """Looks up what one answer cites."""

    def __init__(self, answer: Answer, library: Library) -> None:
        self._library = library
        self._then = {passage.passage_id: passage.text for passage in answer.passages}

    def state(self, number: int, sentence: Sentence) -> SentenceState:
        looked = [self._look(citation, sentence.text) for citation in sentence.citations]
        passages = {passage.id: passage for _, found in looked for passage in found}
        now = self._finding(sentence, list(passages.values()))
        states = [state for state, _ in looked]
        fell = sentence.kind == "fact" and _RANK[now.verdict] < _RANK[sentence.finding.verdict]
        return SentenceState(
            number=number,
            text=sentence.text,
            before=sentence.finding,
            now=now,
            worse=fell or any(state.state in GONE for state in states),
            citations=states,
        )

    def _finding(self, sentence: Sentence, passages: Sequence[Passage]) -> Finding:
        if sentence.kind != "fact" or sentence.finding.verdict == "not_checked":
            return sentence.finding
        quoted = _QUOTED.search(sentence.text) if sentence.written_by == "source" else None
        if quoted and any(_bare(quoted.group(1)) in _bare(passage.text) for passage in passages):
            return Finding(
                verdict="supported", score=1.0, reason="quoted from the source", outcome="supported"
            )
        cited = [
            Cited(passage_id=one.id, source_id=one.source_id, texts=tuple(evidence_texts(one)))
            for one in passages
        ]
        finding = edges(sentence.text, cited).finding
        return finding.model_copy(update={"outcome": outcome_of(finding)})

    def _look(self, citation: Citation, text: str) -> tuple[CitationState, list[Passage]]:
        """What became of a citation, and the passages that stand for it today."""

        def state(kind: State, note: str = "") -> CitationState:
            return CitationState(
                passage_id=citation.passage_id, source_id=citation.source_id, state=kind, note=note
            )

        record = self._library.reference(citation.source_id)
        if record is not None and (
            mark := _WITHDRAWN.search(f"{record.title}\n{record.note}\n{record.genre}")
        ):
            return state("withdrawn", f"the record of ‘{citation.source_id}’ says “{mark.group()}”"), []
        passage = self._library.passage(citation.passage_id)
        then = self._then.get(citation.passage_id, citation.quote)
        if passage is not None:
            if then and then != citation.quote and _bare(then) != _bare(passage.text):
                return state("changed", "the passage has other words now"), [passage]
            return state("same"), [passage]
        if (note := self._note_of_today(citation.passage_id)) is not None:
            return state("changed", "our note was written anew"), [note]
        text_now = self._text_now(citation.source_id)
        if text_now is None:
            gone: State = "source_gone" if record is None else "removed"
            what = "the source is" if record is None else "the text of the source is"
            return state(gone, f"{what} no longer in the library"), []
        near = [
            hit.passage
            for hit in self._library.search(
                text, PASSAGES_PER_KEY, only=Filter(sources=(citation.source_id,))
            )
        ]
        if then and _bare(then) in _bare(text_now):
            return state("moved", "the source has a new version, in which the same words stand"), near
        return state("changed", "the source has a new version, in which these words do not stand"), near

    def _note_of_today(self, passage_id: str) -> Passage | None:
        """The note of ours that has the same name, if it was written anew since."""
        name = _NOTE_ID.match(passage_id)
        notes = (note for kind in NOTES for note in self._library.passages(kind=kind))
        return next((note for note in notes if name and note.id.startswith(f"{name.group(1)}-")), None)

    def _text_now(self, source_id: str) -> str | None:
        try:
            return self._library.source_text(source_id)
        except UnknownSource:
            return None


def _bare(text: str) -> str:
    """Words alone: marks, case of quotation marks and spaces do not count."""
    return " ".join(re.findall(r"\w+", text))
