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
from .words import STOP_WORDS, Word, content, fold, likely_name, words

_NEGATION_WORD = re.compile(r"n't$|n’t$")
_NOT_A_NEGATION = re.compile(
    r"\bnot (?:only|just|merely|even|much|once but|always|every\w*|all|enough|on top of|least|surprisingly|less than|more than|fewer than)\b|\bno (?:more|less|fewer|later|earlier|smaller|doubt)\b|\bnothing but\b|\bif not\b"
)
_INSTEAD = re.compile(r"\b(?:rather than|instead of|as opposed to|yet to|ruled out|anything but|far from)\b")
_NEGATED_WORDS = 2
"""Content words after a negator that it is taken to deny."""


_WITHIN_NAME = re.compile(r"(?:\s|-|\b(?:of|for|the|and|on|in|de|und|für)\b)+")

_CLAUSE_WORDS = 8


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
    def full_names(self) -> tuple[tuple[Word, ...], ...]:
        """Runs of capitalised words, small words within them left out, and the parts of such runs."""
        runs: list[list[Word]] = [[]]
        for word in self.words:
            near = runs[-1] and _WITHIN_NAME.fullmatch(self.low[runs[-1][-1].end : word.start])
            if not word.text[0].isupper():
                continue
            if runs[-1] and not near:
                runs.append([])
            runs[-1].append(word)
        return tuple(
            tuple(run[start:end])
            for run in runs
            for start in range(len(run))
            for end in range(start + 2, len(run) + 1)
        )

    @cached_property
    def denied(self) -> frozenset[str]:
        """Stems that stand under a negation."""
        return frozenset(word.stem for scope in self.scopes for word in scope)

    @cached_property
    def denied_widely(self) -> frozenset[str]:
        """Stems that stand in a clause after a negator, however far."""
        return frozenset(word.stem for end in _negations(self) for word in _scope(self, end, _CLAUSE_WORDS))

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


def _scope(text: Text, start: int, length: int = _NEGATED_WORDS) -> tuple[Word, ...]:
    stop = re.search(r"[,;:.]|\bbut\b", text.low[start:])
    end = start + stop.start() if stop else len(text.low)
    after = tuple(word for word in text.content if start <= word.start < end)[:length]
    # "It does not." leaves out what it denies; it stands before.
    return after or tuple(word for word in text.content if word.end < start)[-_NEGATED_WORDS:]


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


def kept_share(claim: Text, evidence: Evidence) -> float:
    """The share of the claim's words that its evidence has: in a free paraphrase a single word's clash proves little."""
    held = sum(any(sentence.holds(word) for sentence in evidence.near) for word in claim.content)
    return held / len(claim.content) if claim.content else 0.0


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
    """Whether the passages have the name in another form: an alias, an adjective, an acronym, a capital for its government."""
    return (
        named_in(word, claim, evidence.whole)
        or _stands_for(word, claim, evidence)
        or _initials(word, claim, evidence)
    )


def _stands_for(word: Word, claim: Text, evidence: Evidence) -> bool:
    if not word.capital:
        return False
    return any(
        any(theirs.search(evidence.whole.low) for theirs in others)
        for ours, others in cues.METONYMS
        if any(match.start() <= word.start < match.end() for one in ours for match in one.finditer(claim.low))
    )


def _initials(word: Word, claim: Text, evidence: Evidence) -> bool:
    """Whether the word is an acronym of a name in the passages, or part of a name that they give as an acronym."""
    if word.acronym:
        return any(_short(name) == word.text.rstrip("s") for name in evidence.whole.full_names)
    shorts = {other.text.rstrip("s") for other in evidence.whole.words if other.acronym}
    return any(
        _short(name) in shorts for name in claim.full_names if any(part.start == word.start for part in name)
    )


def _short(name: tuple[Word, ...]) -> str:
    return "".join(word.text[0] for word in name)


def named_in(word: Word, text: Text, other: Text) -> bool:
    return any(
        start <= word.start < end
        for number, spans in text.aliases.items()
        if number in other.aliases
        for start, end in spans
    )


_LONG_NAME = 5
_SPELT_LETTERS = 4
"""Shorter acronyms turn up in a passage's initials by chance."""
_AFTER_NAME = re.compile(
    r"['’]s?\b|\s(?:[A-Z]|(?:is|was|has|had|will|would|may|might|can|could|did|does|and|said|says|gave|gives|took|paid|pays|wants|asks|told|"
    r"held|led|leads|chose|won|lost|left|went|began|runs|ran|costs?|hosts|[a-z]+ed)\b)|,"
)


def name_issues(claim: Text, evidence: Evidence) -> list[Issue]:
    """Names of the claim that no passage has, in whatever form."""
    absent = [
        word
        for word in claim.words
        if likely_name(word, evidence.whole.low)
        and (not word.first or word.acronym or _acts(claim, word))
        and not any(quantity.start <= word.start < quantity.end for quantity in claim.quantities)
        and not _names_it(word, claim, evidence)
    ]
    return [Issue(f"‘{word.text}’ is not in the passage") for word in absent]


def _acts(text: Text, word: Word) -> bool:
    """Whether a sentence's first word is followed by what follows a name: a verb, a possessive, another name."""
    return _AFTER_NAME.match(text.text[word.end :]) is not None


def _names_it(word: Word, claim: Text, evidence: Evidence) -> bool:
    whole = evidence.whole
    if same_name(word, claim, evidence):
        return True
    if word.acronym and word.text.isupper() and word.fold in STOP_WORDS:
        # WHO is not in a passage that has "who".
        return any(other.text == word.text for other in whole.words)
    if word.fold in whole.folds or word.stem in whole.stems:
        return True
    if re.search(rf"(?<!\w){re.escape(word.fold)}(?!\w)", whole.low) or _derived(word, whole):
        return True
    if word.acronym:
        return _spelt_out(word, evidence)
    return not word.first and word.stem in cues.CONCEPTS and whole.holds(word)


def _derived(word: Word, text: Text) -> bool:
    """Whether the text has a longer form of the name ("congressional" for Congress)."""
    return len(word.fold) >= _LONG_NAME and any(other.startswith(word.fold) for other in text.folds)


def _spelt_out(word: Word, evidence: Evidence) -> bool:
    """Whether words of a passage have the acronym's letters as their initials."""
    letters = word.text.rstrip("s").lower()
    initials = "".join(other.fold[0] for other in evidence.whole.words if other.fold not in _SMALL_WORDS)
    return len(letters) >= _SPELT_LETTERS and letters in initials


_SMALL_WORDS = ("of", "the", "and", "for", "on", "in")


def passive(text: Text, word: Word) -> bool:
    return bool(
        re.search(r"\b(?:is|are|was|were|be|been|being)\s(?:\w+\s)?$", text.low[: word.start])
    ) or bool(re.match(r"\s(?:\w+\s)?by\b", text.low[word.end :]))


def after_by(text: Text, word: Word) -> bool:
    return bool(re.search(r"\bby (?:the |a |an |its |their |some |about )*$", text.low[: word.start]))
