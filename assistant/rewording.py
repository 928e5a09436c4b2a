"""Whether a sentence is no more than a rewording of its passage: nothing new, nothing lost, nothing moved.

For wordings by a weak model of a note of our own. Any doubt turns the wording down; that costs only the wording.
"""

from __future__ import annotations

import re

from . import cues
from .claims import Evidence, Issue, Text, named_in, quoted, same_name
from .quantities import matches
from .words import Word, likely_name

_STRICT_COVERAGE = 0.6
_QUALIFIED_WORDS = 2
"""Content words after a qualifier that it is taken to qualify."""
_TURNING = re.compile(
    r"\b(?:not|no|never|nor|neither|none|nobody|nothing|without|cannot|can|could|may|might|will|would|shall|should|must)\b|n[’']t\b",
    re.IGNORECASE,
)
_CLAUSE = re.compile(r"[,;:()–—]|\b(?:and|but|while|whereas)\b")


def rewording_issues(claim: Text, evidence: Evidence) -> list[Issue]:
    """What keeps the claim from being a plain rewording of the sentences it draws on."""
    return [
        *_new_words(claim, evidence),
        *_lost(claim, evidence),
        *_roles(claim, evidence),
        *_turned(claim, evidence),
    ]


def turns(text: str) -> list[str]:
    """The words that deny or limit what a text says, in order."""
    return [word.lower() for word in _TURNING.findall(text)]


def _turned(claim: Text, evidence: Evidence) -> list[Issue]:
    if turns(claim.text) == turns(" ".join(sentence.text for sentence in evidence.near)):
        return []
    return [Issue("its ‘not’, ‘may’ or ‘will’ is another one than the passage’s")]


def _new_words(claim: Text, evidence: Evidence) -> list[Issue]:
    new = [
        word
        for word in claim.content
        if word.stem not in evidence.whole.stems
        and word.stem not in cues.NEUTRAL
        and not same_name(word, claim, evidence)
    ]
    return [Issue(f"{quoted(new)} not in the passage")] if new else []


def _lost(claim: Text, evidence: Evidence) -> list[Issue]:
    issues = []
    for sentence in evidence.near:
        lost = [
            name
            for name in cues.QUALIFIERS
            if _qualifies(sentence, name, claim) and not _says_alike(claim, name)
        ]
        issues += [Issue(f"the passage’s ‘{name}’ is lost") for name in lost[:1]]
    kept = _kept(claim, evidence)
    if kept < _STRICT_COVERAGE:
        issues.append(Issue(f"only {kept:.0%} of the passage’s words are kept"))
    return issues


def _qualifies(sentence: Text, phrase: str, claim: Text) -> bool:
    """Whether the phrase stands before something that the claim has kept."""
    for match in re.finditer(rf"(?<!\w){phrase}(?!\w)", sentence.low):
        following = [word.stem for word in sentence.content if word.start >= match.end()][:_QUALIFIED_WORDS]
        figures = [other for other in sentence.quantities if 0 <= other.start - match.end() <= 1]
        if any(stem in claim.stems for stem in following) or any(
            matches(mine, other) for mine in claim.quantities for other in figures
        ):
            return True
    return False


def _says_alike(text: Text, phrase: str) -> bool:
    return any(re.search(rf"(?<!\w){other}(?!\w)", text.low) for other in cues.QUALIFIERS[phrase])


def _kept(claim: Text, evidence: Evidence) -> float:
    wanted = [word.stem for sentence in evidence.near for word in sentence.content]
    return sum(word in claim.stems for word in wanted) / len(wanted) if wanted else 1.0


def _roles(claim: Text, evidence: Evidence) -> list[Issue]:
    issues = []
    if not _in_order(claim, evidence):
        issues.append(Issue("the words stand in another order than in the passage"))
    lost = _lost_names(claim, evidence)
    return issues + ([Issue(f"‘{lost[0].text}’ is lost")] if lost else [])


def _in_order(claim: Text, evidence: Evidence) -> bool:
    order = [word.stem for sentence in evidence.near for word in sentence.content]
    clauses: dict[int, list[str]] = {}
    for word in claim.content:
        number = len(_CLAUSE.findall(claim.low, 0, word.start))
        clauses.setdefault(number, []).append(word.stem)
    return all(_follows([word for word in clause if word in order], order) for clause in clauses.values())


def _follows(clause: list[str], order: list[str]) -> bool:
    rest = iter(order)
    return all(word in rest for word in clause)


def _lost_names(claim: Text, evidence: Evidence) -> list[Word]:
    lost = []
    for sentence in evidence.near:
        clauses: dict[int, list[Word]] = {}
        for word in sentence.content:
            clauses.setdefault(len(_CLAUSE.findall(sentence.low, 0, word.start)), []).append(word)
        for clause in clauses.values():
            used = sum(word.stem in claim.stems for word in clause)
            if used * 2 >= len(clause):
                lost += [
                    word
                    for word in clause
                    if likely_name(word, "")
                    and word.stem not in claim.stems
                    and not named_in(word, sentence, claim)
                ]
    return lost
