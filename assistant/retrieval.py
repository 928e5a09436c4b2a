"""What to look for, and whether the library holds it at all.

In: a question (and the turns before it). Out: its parts, each with the passages that speak to it and a support of
0 to 1 from retrieval scores alone; the chat model is never asked whether it knows.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from knowledge import Hit, Library, Passage

from .answer import PassageView
from .sentences import stem

HITS_PER_PART = 30
EVIDENCE_PER_PART = 5
EVIDENCE_IN_ALL = 8
# How much shared words add to the cosine; measured on evals/data/golden.jsonl.
WORDS_SHARE = 0.3
# Two notes nearer than this say one thing (the dossier's known near-doubles lie above it).
SAME_THING = 0.90
# A documented fact goes before a critic's position that says the same.
VIEW_MALUS = 0.08
# What Germany pays is no answer to what Slovenia pays; more would cost far-worded questions, which name things otherwise.
NAME_MALUS = 0.1
# Support from which a part counts as held. Lower answers more questions that are worded far from the record, and more
# near misses (docs/ask.md has both).
HELD = 0.7
# A passage is kept while its relevance is at least this share of the best one's.
KEEP_SHARE = 0.83

_SPLIT = re.compile(
    r"\?\s+|[,;]?\s+and\s+(?=(?:what|how|who|when|where|which|why|does|do|did|is|are|was|were)\b)",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W_]+(?:[’'-][^\W_]+)*")
_YEAR = re.compile(r"\b(?:1[89]|20)\d\d\b")
_ASKING_WORDS = """
a about all also am an and any are as at be been being between but by can compare compared could describe did do
does done exactly explain for from get give got had happen happened has have hello hi how i if in into is it its
kind know list made make many me mean means much my name of on one ones or other others our out people please
really say says shall should so some take taken tell than that the their them then there there's these they this
those to up us very was we were what what's when where which who whom whose why will with would you your
"""
_ASKING = frozenset(_ASKING_WORDS.split())
_ASKS_NUMBER = re.compile(
    r"\bhow (?:many|much|long|far|high|big|large|old)\b|\bwhat (?:share|percentage|budget|fee|cost|number|amount)\b"
    r"|\b(?:pay|pays|paid|cost|costs)\b",
    re.IGNORECASE,
)
_REFERS_BACK = re.compile(
    r"\b(it|its|they|them|their|that|those|this|these|he|she|there|and)\b", re.IGNORECASE
)


@dataclass(frozen=True, kw_only=True)
class Part:
    """One question out of possibly several in a sentence, with what the library has on it."""

    question: str
    hits: tuple[Hit, ...]
    support: float
    """0 to 1: how sure retrieval is that the passages answer it."""
    unknown_names: tuple[str, ...] = ()
    """Names in the question that no passage of the library contains."""

    @property
    def held(self) -> bool:
        return bool(self.hits) and self.support >= HELD and not self.unknown_names


def parts_of(question: str) -> list[str]:
    """The single questions in a sentence; at least one, with their own words only."""
    pieces = [piece.strip(" ?,;") for piece in _SPLIT.split(question.strip())]
    whole = [piece for piece in pieces if content_words(piece)]
    return [f"{piece}?" for piece in whole] if len(whole) > 1 else [question.strip()]


def in_context(question: str, history: Sequence[str]) -> str:
    """The question with the one before it in front, where it leans on it ("And what did it cost?")."""
    if history and len(content_words(question)) < 4 and _REFERS_BACK.search(question):
        return f"{history[-1]} {question}"
    return question


def look_up(library: Library, question: str) -> Part:
    """What the library has on one question, best first."""
    hits = library.search(question, HITS_PER_PART)
    asked = _Asked(library, question)
    order = sorted(hits, key=lambda hit: -asked.relevance(hit))
    return Part(
        question=question,
        hits=tuple(order),
        support=asked.support(hits),
        unknown_names=tuple(name for name in asked.names if library.frequency(name) == 0),
    )


def choose(library: Library, parts: Sequence[Part]) -> list[Hit]:
    """The evidence for an answer: each part's best passages in turn, none twice, none that repeats another."""
    chosen: list[Hit] = []
    limit = EVIDENCE_PER_PART if len(parts) == 1 else max(2, EVIDENCE_IN_ALL // max(len(parts), 1))
    for part in parts:
        chosen += _unlike(library, _near_the_best(library, part), chosen, limit)
    return chosen[:EVIDENCE_IN_ALL]


def view(hit: Hit, rank: int) -> PassageView:
    """A hit as it leaves the assistant."""
    return view_of(hit.passage, rank, hit.score)


def view_of(passage: Passage, rank: int, score: float = 1.0) -> PassageView:
    """A passage as it leaves the assistant; the score is 1 where it was chosen, not searched for."""
    return PassageView(
        rank=rank,
        score=round(score, 4),
        passage_id=passage.id,
        source_id=passage.source_id,
        title=passage.title,
        text=passage.text,
        start=passage.start,
        end=passage.end,
        page=passage.page,
        confidence=passage.confidence,
        as_of=passage.as_of,
        needs_original=passage.needs_original,
        citekeys=list(passage.citekeys),
        pole=passage.pole,
    )


def content_words(text: str) -> list[str]:
    """Stems of the words that carry a text's matter, each once, in order."""
    return list(_forms(text))


def _forms(text: str) -> dict[str, str]:
    """Stem -> the word as written, of the words that are not merely about asking."""
    words = [re.sub(r"['’]s$", "", word.lower()) for word in _WORD.findall(text)]
    found: dict[str, str] = {}
    for word in words:
        if word not in _ASKING and len(word) > 1:
            found.setdefault(stem(word), word)
    return found


class _Asked:
    """One question measured against passages: which of its words, names and years each holds."""

    def __init__(self, library: Library, question: str) -> None:
        self.question = question
        forms = _forms(question)
        total = library.count()
        self.weights = {
            s: math.log((total + 1) / (library.frequency(word) + 0.5)) for s, word in forms.items()
        }
        self.names = _names(question)
        self.name_stems = {stem(name.lower()) for name in self.names}
        self.years = set(_YEAR.findall(question))

    def coverage(self, passage: Passage) -> float:
        """Share of the question's words in the passage or the questions it answers, rare ones counting for more; 0 to 1."""
        return _share(self.weights, _stems_of(passage) | _asked_stems(passage))

    def relevance(self, hit: Hit) -> float:
        there = self.years & set(_YEAR.findall(hit.passage.text))
        view = VIEW_MALUS * (hit.passage.kind == "opposing_view")
        nearness = (hit.dense or 0.0) + WORDS_SHARE * self.coverage(hit.passage) + 0.15 * len(there)
        return nearness - view - NAME_MALUS * self._unnamed(hit.passage)

    def _unnamed(self, passage: Passage) -> float:
        """Share of the question's names that the passage lacks, 0 to 1."""
        there = self.name_stems & _stems_of(passage)
        return 1 - len(there) / len(self.name_stems) if self.name_stems else 0.0

    def support(self, hits: Sequence[Hit]) -> float:
        """0 to 1, logistic of what the best passages hold; fitted on evals/data/golden.jsonl."""
        if not hits or not self.weights:
            return 0.0
        features = self.features(hits)
        return 1 / (
            1 + math.exp(-(SUPPORT_BIAS + sum(w * f for w, f in zip(SUPPORT, features, strict=True))))
        )

    def features(self, hits: Sequence[Hit]) -> tuple[float, float, float, float]:
        """What speaks for an answer being held, and what the question asks for.

        The best cosine; the best cosine times the share of matter held by a passage that has the names and years; 1 for
        a question with a name in it, which asks for something of its own; 1 for one that asks for a number.
        """
        asks_number = float(_ASKS_NUMBER.search(self.question) is not None)
        matter = max(self._matter(hit) for hit in hits)
        return max(hit.dense or 0.0 for hit in hits), matter, float(bool(self.names)), asks_number

    def _matter(self, hit: Hit) -> float:
        """Cosine times the share of the question's matter in the passage or in the questions that it answers."""
        if self.years and not self.years & set(_YEAR.findall(hit.passage.text)):
            return 0.0
        there = _stems_of(hit.passage)
        named = len(self.name_stems & there) / len(self.name_stems) if self.name_stems else 1.0
        matter = {s: w for s, w in self.weights.items() if s not in self.name_stems}
        return (
            (hit.dense or 0.0)
            * named
            * (_share(matter, there | _asked_stems(hit.passage)) if matter else 1.0)
        )


def _share(weights: dict[str, float], there: set[str]) -> float:
    total = sum(weights.values())
    return sum(weight for s, weight in weights.items() if s in there) / total if total else 0.0


@lru_cache(maxsize=4096)
def _asked_stems(passage: Passage) -> set[str]:
    """Stems of the questions that a note of ours answers; they say what it is about, never what is true."""
    return set(content_words(" ".join(passage.questions)))


@lru_cache(maxsize=4096)
def _stems_of(passage: Passage) -> set[str]:
    return set(content_words(f"{passage.text} {passage.wording} {passage.heading} {passage.title}"))


def _names(question: str) -> list[str]:
    """Capitalised words that do not merely open the sentence, and acronyms."""
    found = []
    for i, token in enumerate(_WORD.findall(question)):
        bare = re.sub(r"[’']s$", "", token)
        acronym = sum(letter.isupper() for letter in bare) >= 2
        if (acronym or (bare[:1].isupper() and i > 0)) and len(bare) > 1 and bare.lower() not in _ASKING:
            found.append(bare)
    return found


# Bias and weights of `_Asked.features`, fitted on evals/data/golden.jsonl (figures in docs/ask.md).
SUPPORT_BIAS, SUPPORT = -3.23, (7.72, 4.81, -1.08, -1.52)


def _near_the_best(library: Library, part: Part) -> list[Hit]:
    asked = _Asked(library, part.question)
    scored = [(hit, asked.relevance(hit)) for hit in part.hits]
    best = max((score for _, score in scored), default=0.0)
    return [hit for hit, score in scored if score >= KEEP_SHARE * best]


def _unlike(library: Library, hits: Sequence[Hit], taken: Sequence[Hit], limit: int) -> list[Hit]:
    vectors = dict(
        zip(
            [h.passage.id for h in (*hits, *taken)],
            library.vectors([h.passage.id for h in (*hits, *taken)]),
            strict=True,
        )
    )
    chosen: list[Hit] = []
    for hit in hits:
        others = [*taken, *chosen]
        near = [float(np.dot(vectors[hit.passage.id], vectors[other.passage.id])) for other in others]
        if len(chosen) < limit and max(near, default=0.0) < SAME_THING:
            chosen.append(hit)
    return chosen
