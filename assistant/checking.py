"""Check any text: each sentence against the library, or against given texts.

A text comes in; every sentence goes out with its kind, its finding, the best passages and what each does for it, what
speaks against it and its over-claims. Where the text cites (`[@key, p. 4]`) that source is asked first. Given texts may be
whole documents: they are cut into passages, and each sentence is held against the few that fit it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, Protocol

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from knowledge import Embedder, Filter, Library, Passage, Reference, Source
from knowledge.passages import split
from knowledge.sources import from_text

from .answer import SCHEMA_VERSION, Balance, Citation, Finding, Outcome, PassageView, Sentence
from .edges import Cited, Edges, contradicts, edges
from .overclaims import over_claims
from .retrieval import content_words, view_of
from .sentences import classify, plain, split_sentences
from .writing import evidence_texts

Progress = Callable[[str, int, int], None]

PASSAGES_PER_CLAIM = 4
PASSAGES_PER_KEY = 4
"""Passages of a cited source that a sentence is held against."""
TOKENS_OF_A_GIVEN_PASSAGE = 160
WORDS_SHARE = 0.5
"""How much shared words add to the cosine when passages of given texts are chosen."""
VERDICTS = ("supported", "partly", "unsupported", "not_checked")
NOTES = ("fact", "opposing_view", "label_case")

_MARK = re.compile(r"\[([^\[\]]*@[^\[\]]*)\]")
_KEY = re.compile(r"-?@(?:\{([^{}]+)\}|(\w(?:[\w:.#$%&+?<>~/-]*\w)?))([^;@]*)")
_PAGES = re.compile(r"\bpp?\.?\s*(\d+)(?:\s*[-–]\s*(\d+))?")
_OUTCOMES: dict[str, Outcome] = {"supported": "supported", "partly": "unclear", "not_checked": ""}


class TextCheck(BaseModel):
    """Findings for a text, sentence by sentence, with the passages and sources behind them."""

    model_config = ConfigDict(extra="forbid")

    schema_version: int = SCHEMA_VERSION
    sentences: list[Sentence]
    counts: dict[str, int]
    """Sentences by verdict; those that state no fact count as not_checked."""
    balance: Balance | None = None
    label: dict[str, Any] | None = None
    title: str = ""
    checked_on: str = ""
    """The day of the check, such as 2026-11-23."""
    outcomes: dict[str, int] = Field(default_factory=dict)
    """Factual sentences by outcome."""
    against: list[str] = Field(default_factory=list)
    """Titles of the texts that it was held against; empty for the library."""
    unknown_keys: list[str] = Field(default_factory=list)
    """Citation keys in the text that the library does not have."""
    passages: list[PassageView] = Field(default_factory=list)
    """Every passage that a sentence names, in order."""
    references: list[dict[str, Any]] = Field(default_factory=list)
    """CSL-JSON of their sources, by key."""


def check_text(
    text: str,
    library: Library,
    against: Sequence[str | Source] | None = None,
    *,
    title: str = "",
    progress: Progress | None = None,
) -> TextCheck:
    """The findings for each sentence of a text, against the library or against given texts.

    Args:
        against: texts, or sources as `knowledge.sources.read` gives them, to check by instead of the library.
        progress: called before each sentence with what is done, how many are done, and how many there are.

    Raises:
        SourceUnreadable: a given text is empty.
    """
    tell = progress or _silent
    checker = _Checker(_shelf(library, against, tell))
    whole = split_sentences(text)
    sentences = []
    for number, sentence in enumerate(whole):
        tell("checking sentences", number, len(whole))
        sentences.append(checker.check(sentence))
    counts: Counter[str] = Counter(sentence.finding.verdict for sentence in sentences)
    outcomes = Counter(sentence.finding.outcome for sentence in sentences if sentence.kind == "fact")
    return TextCheck(
        sentences=sentences,
        counts={verdict: counts[verdict] for verdict in VERDICTS},
        outcomes={outcome: outcomes[outcome] for outcome in outcomes if outcome},
        title=title,
        checked_on=f"{datetime.now(UTC):%Y-%m-%d}",
        against=checker.shelf.titles,
        unknown_keys=list(checker.unknown),
        passages=checker.views(),
        references=[reference.csl() for reference in checker.references()],
    )


def _shelf(library: Library, given: Sequence[str | Source] | None, tell: Progress) -> _Shelf:
    return _LibraryShelf(library) if given is None else _GivenShelf(given, library.embedder, tell)


def _silent(stage: str, done: int, total: int) -> None:
    pass


def outcome_of(finding: Finding) -> Outcome:
    """A finding's outcome, also where the check gave only a verdict."""
    if finding.outcome or finding.verdict != "unsupported":
        return finding.outcome or _OUTCOMES[finding.verdict]
    return "contradicted" if contradicts(finding) else "not_found"


# --- where passages come from ------------------------------------------------------------------------------


class _Shelf(Protocol):
    """What a text is held against."""

    name: str
    titles: list[str]

    def found(self, sentence: str) -> list[Passage]:
        """The passages that fit a sentence best, best first, at most `PASSAGES_PER_CLAIM`."""

    def knows(self, key: str) -> bool:
        """Whether there is a record under this citation key."""

    def of_source(self, key: str, sentence: str, pages: range | None) -> list[Passage]:
        """The passages of a source that fit a sentence, those on the pages named first."""

    def reference(self, key: str) -> Reference | None:
        """The record under a key."""


class _LibraryShelf:
    name = "the library"

    def __init__(self, library: Library) -> None:
        self._library = library
        self._notes: list[Passage] | None = None
        self.titles: list[str] = []

    def found(self, sentence: str) -> list[Passage]:
        return [hit.passage for hit in self._library.search(sentence, PASSAGES_PER_CLAIM)]

    def knows(self, key: str) -> bool:
        return self._library.reference(key) is not None

    def reference(self, key: str) -> Reference | None:
        return self._library.reference(key)

    def of_source(self, key: str, sentence: str, pages: range | None) -> list[Passage]:
        only = Filter(sources=(key,))
        spans = [hit.passage for hit in self._library.search(sentence, PASSAGES_PER_KEY, only=only)]
        if pages is not None:
            there = self._library.search(
                sentence, PASSAGES_PER_KEY, only=only, keep=lambda passage: passage.page in pages
            )
            spans = [hit.passage for hit in there] + spans
        notes = self._nearest([note for note in self._all_notes() if key in note.citekeys], sentence)
        return list({passage.id: passage for passage in (*spans, *notes)}.values())[: 2 * PASSAGES_PER_KEY]

    def _all_notes(self) -> list[Passage]:
        if self._notes is None:
            self._notes = [note for kind in NOTES for note in self._library.passages(kind=kind)]
        return self._notes

    def _nearest(self, notes: Sequence[Passage], sentence: str) -> list[Passage]:
        if not notes:
            return []
        vectors = self._library.vectors([note.id for note in notes])
        order = np.argsort(-(vectors @ self._library.embedder.query(sentence)))
        return [notes[int(i)] for i in order[:PASSAGES_PER_KEY]]


class _GivenShelf:
    name = "the given texts"

    def __init__(self, given: Sequence[str | Source], embedder: Embedder, tell: Progress) -> None:
        sources = [
            one if isinstance(one, Source) else from_text(f"given-{number}", f"given text {number}", one)
            for number, one in enumerate(given, start=1)
        ]
        self._embedder = embedder
        self._references = {source.id: source.reference for source in sources}
        self.titles = [source.title for source in sources]
        tell("reading the given texts", 0, 0)
        self._passages = [passage for source in sources for passage in _cut(source, embedder)]
        self._vectors = embedder.documents([passage.text for passage in self._passages])
        self._words = [set(content_words(passage.text)) for passage in self._passages]
        counted = Counter(word for some in self._words for word in some)
        self._weight = {word: float(np.log(1 + len(self._words) / count)) for word, count in counted.items()}

    def found(self, sentence: str) -> list[Passage]:
        wanted = [word for word in content_words(sentence) if word in self._weight]
        total = sum(self._weight[word] for word in wanted) or 1.0
        shares = [
            sum(self._weight[word] for word in wanted if word in there) / total for there in self._words
        ]
        worth = self._vectors @ self._embedder.query(sentence) + WORDS_SHARE * np.array(shares)
        return [self._passages[int(i)] for i in np.argsort(-worth)[:PASSAGES_PER_CLAIM]]

    def knows(self, key: str) -> bool:  # noqa: ARG002 - keys in the text belong to the library, which is not asked here
        return True

    def of_source(self, key: str, sentence: str, pages: range | None) -> list[Passage]:  # noqa: ARG002
        return []

    def reference(self, key: str) -> Reference | None:
        return self._references.get(key)


def _cut(source: Source, embedder: Embedder) -> list[Passage]:
    limit = min(TOKENS_OF_A_GIVEN_PASSAGE, embedder.max_tokens)
    return split(source, embedder.count_tokens, limit, token_starts=embedder.token_starts)


# --- one sentence ------------------------------------------------------------------------------------------


class _Checker:
    """Checks sentence after sentence, and remembers what was named on the way."""

    def __init__(self, shelf: _Shelf) -> None:
        self.shelf = shelf
        self._seen: dict[str, Passage] = {}
        self._named: dict[str, str] = {}
        self.unknown: dict[str, None] = {}

    def check(self, text: str) -> Sentence:
        """One sentence with all that is found on it."""
        kind = classify(text)
        if kind != "fact":
            # Whoever cites for an opinion still has to name a source that is there.
            unknown = [self._unknown(key) for key, _ in cited_keys(text) if not self.shelf.knows(key)]
            finding = Finding(verdict="not_checked", reason="; ".join(("states no fact", *unknown)))
            return Sentence(text=text, kind=kind, finding=finding, over_claims=over_claims(text))
        sentence = self._fact(text)
        cited = [said for one in sentence.citations for said in evidence_texts(self._seen[one.passage_id])]
        sentence.over_claims = over_claims(text, cited)
        for one in (*sentence.citations, *sentence.better, *sentence.against):
            self._named[one.passage_id] = self._named.get(one.passage_id) or one.source_id
        return sentence

    def _fact(self, text: str) -> Sentence:
        found = self.shelf.found(plain(text))
        remarks, cited = [], []
        for key, pages in cited_keys(text):
            if not self.shelf.knows(key):
                remarks.append(self._unknown(key))
                continue
            passages = self.shelf.of_source(key, plain(text), pages)
            if not passages and not self.shelf.titles:
                remarks.append(
                    f"of ‘{key}’ the library holds the record alone: add its text with `attache sources add FILE --as {key}`"
                )
            cited += [self._held(passage, key) for passage in passages]
        if cited:
            return _of_cited(
                text, cited, [self._held(one) for one in found], remarks, self._pages_of(text, cited)
            )
        return _of_found(text, [self._held(one) for one in found], remarks, self.shelf.name)

    def _unknown(self, key: str) -> str:
        """Remembers a key that nobody has a record of, and says so."""
        self.unknown[key] = None
        return f"the source key ‘{key}’ is not in the library"

    def _held(self, passage: Passage, key: str = "") -> Cited:
        self._seen[passage.id] = passage
        return Cited(
            passage_id=passage.id, source_id=key or passage.source_id, texts=tuple(evidence_texts(passage))
        )

    def _pages_of(self, text: str, cited: Sequence[Cited]) -> dict[str, str]:
        """Passage -> what to say if it lies on another page than the one cited."""
        wanted = {key: pages for key, pages in cited_keys(text) if pages is not None}
        remarks = {}
        for one in cited:
            page, pages = self._seen[one.passage_id].page, wanted.get(one.source_id)
            if page is not None and pages is not None and page not in pages:
                named = str(pages.start) if len(pages) == 1 else f"{pages.start}–{pages.stop - 1}"
                remarks[one.passage_id] = f"it stands on page {page}, not on page {named}"
        return remarks

    def views(self) -> list[PassageView]:
        """The passages that were named, in order."""
        views = []
        for rank, (id, key) in enumerate(self._named.items(), start=1):
            reference = self.shelf.reference(key)
            shown = view_of(self._seen[id], rank)
            shown.interest = reference.interest if reference else ""
            views.append(shown)
        return views

    def references(self) -> Iterator[Reference]:
        """The records of the sources that were named, by key."""
        for key in sorted(set(self._named.values())):
            if (reference := self.shelf.reference(key)) is not None:
                yield reference


def cited_keys(text: str) -> list[tuple[str, range | None]]:
    """The keys of pandoc's citations in a text with the pages that they name, each key once."""
    found: dict[str, range | None] = {}
    for mark in _MARK.finditer(text):
        for braced, bare, locator in _KEY.findall(mark.group(1)):
            pages = _PAGES.search(locator)
            last = int(pages.group(2) or pages.group(1)) if pages else 0
            found[braced or bare] = (
                range(int(pages.group(1)), last + 1) if pages else found.get(braced or bare)
            )
    return list(found.items())


def _of_cited(
    text: str, cited: Sequence[Cited], found: Sequence[Cited], remarks: list[str], pages: dict[str, str]
) -> Sentence:
    """A sentence that names its sources: they answer first, the library may offer better."""
    held = edges(text, cited, found)
    citations = _kept(cited, held)
    remarks = remarks + [pages[one.passage_id] for one in citations if one.passage_id in pages][:1]
    finding = _worded(held, remarks, "the cited source")
    return Sentence(
        text=text, kind="fact", citations=citations, finding=finding, better=held.better, against=held.against
    )


def _kept(cited: Sequence[Cited], held: Edges) -> list[Citation]:
    """Of each source the passages that have a part in bearing the sentence out, or its best one where none has.

    Of gathered passages those after a sure one were not judged and are left out.
    """
    by_source: dict[str, list[Citation]] = {}
    for one, (support, score) in zip(cited, held.supports, strict=False):
        edge = one.citation.model_copy(update={"support": support, "score": score})
        by_source.setdefault(one.source_id, []).append(edge)
    kept: list[Citation] = []
    for edged in by_source.values():
        edged.sort(key=lambda edge: -(edge.score or 0.0))
        parts = [edge for edge in edged if edge.support == "with_others"]
        kept += parts or [next((edge for edge in edged if edge.support == "alone"), edged[0])]
    return kept


def _of_found(text: str, found: Sequence[Cited], remarks: list[str], where: str) -> Sentence:
    """A sentence without a source that can be asked: the best of what a search found answers for it."""
    if not found:
        reason = "; ".join((*remarks, f"{where} holds no passage"))
        finding = Finding(verdict="unsupported", score=0.0, reason=reason, outcome="not_found")
        return Sentence(text=text, kind="fact", finding=finding)
    held = edges(text, found, gathered=True)
    finding = _worded(held, remarks, where)
    citations = []
    if finding.verdict in ("supported", "partly"):
        edged = sorted(_kept(found, held), key=lambda edge: -(edge.score or 0.0))
        parts = [edge for edge in edged if edge.support == "with_others"]
        citations = parts or [next((edge for edge in edged if edge.support == "alone"), edged[0])]
    return Sentence(text=text, kind="fact", citations=citations, finding=finding, against=held.against)


def _worded(held: Edges, remarks: Sequence[str], where: str) -> Finding:
    """The finding with its outcome, and with what there is to say about the sources."""
    finding = held.finding
    outcome = outcome_of(finding)
    if held.contradiction is not None:
        finding, outcome = held.contradiction, "contradicted"
    elif outcome == "contradicted":
        # At odds with a passage about something else is no contradiction.
        outcome = "not_found"
    reason = finding.reason
    if outcome == "not_found":
        reason = f"nothing in {where} says so ({reason})" if reason else f"nothing in {where} says so"
    return finding.model_copy(update={"outcome": outcome, "reason": "; ".join((*remarks, reason))})
