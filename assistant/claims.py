"""A sentence read for checking, the evidence it is held against, and what may be wrong with it.

`read` gives the words, quantities, names, synonyms and negations of a sentence, each found once when first needed.
The checks in `figures`, `contradictions` and `rewording` take a claim and its `Evidence` and give `Issue`s.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from . import cues
from .quantities import Quantity, quantities
from .sentences import plain, split_sentences
from .words import Word, content, fold, words

_NEGATION_WORD = re.compile(r"n't$|n’t$")
_NOT_A_NEGATION = re.compile(
    r"\bnot (?:only|just|merely|least|surprisingly|less than|more than|fewer than)\b|\bno (?:more|less|fewer|later|earlier|smaller|doubt)\b|\bnothing but\b|\bif not\b"
)
_INSTEAD = re.compile(r"\b(?:rather than|instead of|as opposed to)\b")
_NEGATED_WORDS = 2
"""Content words after a negator that it is taken to deny."""


@dataclass(frozen=True)
class Text:
    """A sentence with what the checks look at, each part made once when it is first needed."""

    text: str

    @cached_property
    def low(self) -> str:
        return fold(self.text)

    @cached_property
    def words(self) -> tuple[Word, ...]:
        return words(self.text)

    @cached_property
    def content(self) -> tuple[Word, ...]:
        return tuple(word for word in content(self.text) if not self._in_quantity(word))

    def _in_quantity(self, word: Word) -> bool:
        return any(quantity.start <= word.start < quantity.end for quantity in self.quantities)

    @cached_property
    def stems(self) -> frozenset[str]:
        return frozenset(word.stem for word in self.words)

    @cached_property
    def folds(self) -> frozenset[str]:
        return frozenset(word.fold for word in self.words)

    @cached_property
    def concepts(self) -> frozenset[int]:
        return frozenset(number for word in self.stems for number in cues.CONCEPTS.get(word, ()))

    @cached_property
    def quantities(self) -> tuple[Quantity, ...]:
        return quantities(self.text)

    @cached_property
    def aliases(self) -> dict[int, list[tuple[int, int]]]:
        """Alias group -> where its phrases stand in `low`."""
        found: dict[int, list[tuple[int, int]]] = {}
        for number, phrase in cues.ALIASES:
            for match in phrase.finditer(self.low):
                found.setdefault(number, []).append(match.span())
        return found

    @cached_property
    def denied(self) -> frozenset[str]:
        """Stems that stand under a negation."""
        return frozenset(word.stem for scope in self.scopes for word in scope)

    @cached_property
    def affirmed(self) -> frozenset[str]:
        denied = {word.start for scope in self.scopes for word in scope}
        return frozenset(word.stem for word in self.words if word.start not in denied)

    @cached_property
    def scopes(self) -> tuple[tuple[Word, ...], ...]:
        """The words that each negation denies."""
        return tuple(_scope(self, end) for end in _negations(self))

    def holds(self, word: Word) -> bool:
        """Whether the word, a synonym or an alias of it is in this text."""
        return (
            word.stem in self.stems
            or word.fold in self.folds
            or bool(cues.CONCEPTS.get(word.stem, frozenset()) & self.concepts)
        )


@lru_cache(maxsize=4096)
def read(text: str) -> Text:
    return Text(text)


@lru_cache(maxsize=1024)
def sentences_of(passage: str) -> tuple[Text, ...]:
    return tuple(read(plain(sentence)) for sentence in split_sentences(passage))


def _negations(text: Text) -> list[int]:
    """Where in `text` the negators end."""
    idle = [match.span() for match in _NOT_A_NEGATION.finditer(text.low)]
    ends = [
        word.end
        for word in text.words
        if (
            word.fold in cues.NEGATORS or word.stem in cues.NEGATING_VERBS or _NEGATION_WORD.search(word.fold)
        )
        and not any(start <= word.start < end for start, end in idle)
    ]
    return ends + [match.end() for match in _INSTEAD.finditer(text.low)]


def _scope(text: Text, start: int) -> tuple[Word, ...]:
    stop = re.search(r"[,;:.]|\bbut\b", text.low[start:])
    end = start + stop.start() if stop else len(text.low)
    return tuple(word for word in text.content if start <= word.start < end)[:_NEGATED_WORDS]


@dataclass(frozen=True)
class Issue:
    """Something in the claim that the passages do not bear out; a hard one makes it unsupported."""

    reason: str
    hard: bool = True


@dataclass(frozen=True)
class Evidence:
    """The sentences of the cited passages, and those of them that speak of what the claim says."""

    all: tuple[Text, ...]
    near: tuple[Text, ...]
    whole: Text

    @cached_property
    def near_stems(self) -> frozenset[str]:
        return frozenset().union(*(sentence.stems for sentence in self.near))

    @cached_property
    def quantities(self) -> tuple[Quantity, ...]:
        return tuple(quantity for sentence in self.all for quantity in sentence.quantities)


def as_written(text: Text, stems: Iterable[str]) -> str:
    wanted = frozenset(stems)
    return next((word.text for word in text.words if word.stem in wanted), "")


def written_there(evidence: Evidence, stems: Iterable[str]) -> str:
    wanted = frozenset(stems)
    return next(
        (word.text for sentence in evidence.near for word in sentence.words if word.stem in wanted), ""
    )


def quoted(missing: Sequence[Word]) -> str:
    names = list(dict.fromkeys(f"‘{word.text}’" for word in missing))[:4]
    verb = "is" if len(names) == 1 else "are"
    return f"{', '.join(names[:-1])} and {names[-1]} {verb}" if len(names) > 1 else f"{''.join(names)} {verb}"


def same_name(word: Word, claim: Text, evidence: Evidence) -> bool:
    return any(
        start <= word.start < end
        for number, spans in claim.aliases.items()
        if number in evidence.whole.aliases
        for start, end in spans
    )


def named_in(word: Word, text: Text, other: Text) -> bool:
    return any(
        start <= word.start < end
        for number, spans in text.aliases.items()
        if number in other.aliases
        for start, end in spans
    )


def passive(text: Text, word: Word) -> bool:
    return bool(
        re.search(r"\b(?:is|are|was|were|be|been|being)\s(?:\w+\s)?$", text.low[: word.start])
    ) or bool(re.match(r"\s(?:\w+\s)?by\b", text.low[word.end :]))


def after_by(text: Text, word: Word) -> bool:
    return bool(re.search(r"\bby (?:the |a |an |its |their |some |about )*$", text.low[: word.start]))
