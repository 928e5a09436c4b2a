"""Whether the figures and dates of a claim are in the passages, and tied there to the same words.

"CHF 3.1 million in 2023" is wrong where the passage has CHF 2.2 million in 2023 and CHF 3.1 million for a full member:
each figure owns a stretch of its sentence, and the claim's words around it must not fit another figure's stretch better.
"""

from __future__ import annotations

import re
from functools import lru_cache

from .claims import Evidence, Issue, Text
from .quantities import Quantity, bounds_clash, matches, pooled
from .words import stem

_CUT = re.compile(r"[,;:()]|\b(?:and|but|while|whereas|after|before|when|although)\b")
_WEAK_CUT = re.compile(r"\b(?:against|which|with|than)\b")
_NEAR_WORDS = 4
"""Content words on either side of a figure that count in full towards what it is tied to."""
_MARGIN, _STRICT_MARGIN, _FAR_MARGIN = 0.6, 0.3, 2.0
"""Words by which the context must fit another figure better: in the same sentence, there if strict, in another one."""


def figure_issues(claim: Text, evidence: Evidence, strict: bool) -> list[Issue]:
    """Figures of the claim that no passage has, has with another bound, or ties to something else."""
    known = pooled(evidence.quantities)
    issues = []
    for quantity in claim.quantities:
        found = [other for other in known if matches(quantity, other, rounding=not strict)]
        if not found and not _both_ends(quantity, known):
            hard = strict or quantity.kind != "ordinal" or quantity.low > 1
            issues.append(Issue(_not_found(quantity), hard=hard))
        elif found and all(bounds_clash(quantity, other) for other in found):
            opposite = all({quantity.bound, other.bound} == {"over", "under"} for other in found)
            words = {"over": "more than", "under": "less than"}[quantity.bound]
            issues.append(Issue(f"the passage does not say ‘{words}’ of {quantity.text}", hard=opposite))
    return issues or _misbound(claim, evidence, strict)


def _both_ends(quantity: Quantity, known: tuple[Quantity, ...]) -> bool:
    if quantity.low == quantity.high or quantity.kind != "number":
        return False
    ends = {other.low for other in known if other.unit == quantity.unit}
    return {quantity.low, quantity.high} <= ends


def _not_found(quantity: Quantity) -> str:
    if quantity.kind == "ordinal":
        return f"‘{quantity.text}’ is not in the passage"
    if quantity.kind == "number":
        return f"the number {quantity.text} is not in the passage"
    kind = "date" if quantity.month else "years" if quantity.low != quantity.high else "year"
    return f"the {kind} {quantity.text} is not in the passage"


_Place = tuple[Text, Quantity]


def _misbound(claim: Text, evidence: Evidence, strict: bool) -> list[Issue]:
    """Figures that the claim ties to words which the passage ties to another figure of the same kind."""
    issues = []
    for quantity in claim.quantities:
        if quantity.kind == "ordinal" and not strict:
            continue
        here, rivals = _places(claim, quantity, evidence)
        if here and rivals and _tied_elsewhere(claim, quantity, here, rivals, strict):
            issues.append(Issue(f"the passage ties {quantity.text} to something else"))
    return issues


def _tied_elsewhere(
    claim: Text, quantity: Quantity, here: list[_Place], rivals: list[_Place], strict: bool
) -> bool:
    noun = _noun(quantity)
    own_nouns, rival_nouns = {_noun(own) for _, own in here}, {_noun(other) for _, other in rivals}
    telling = noun and (noun in own_nouns) != (noun in rival_nouns)
    if telling and (noun in own_nouns or "" not in own_nouns):
        return noun in rival_nouns
    context = _around(claim, quantity)
    return all(_pulled_away(context, place, rivals, strict) for place in here)


def _noun(quantity: Quantity) -> str:
    return stem(quantity.noun) if quantity.noun else ""


def _places(claim: Text, quantity: Quantity, evidence: Evidence) -> tuple[list[_Place], list[_Place]]:
    """Where the passages have this figure, and where they have others of its kind that it might be mistaken for."""
    here: list[_Place] = []
    rivals: list[_Place] = []
    for sentence in evidence.all:
        for other in sentence.quantities:
            if _family(other) == _family(quantity) and matches(quantity, other):
                here.append((sentence, other))
            elif _family(other) == _family(quantity) and not _beside(claim, quantity, sentence, other):
                rivals.append((sentence, other))
    return here, rivals


def _beside(claim: Text, quantity: Quantity, sentence: Text, other: Quantity) -> bool:
    """Whether the claim has the other figure too, in the same phrase and order ("25 of the 35 billion")."""
    for mine in claim.quantities:
        if mine.key == other.key:
            left, right = sorted((mine, quantity), key=lambda item: item.start)
            before = any(own.start < other.start for own in sentence.quantities if matches(quantity, own))
            return before == (quantity is left) and not _CUT.search(claim.low, left.end, right.start)
    return False


def _pulled_away(context: dict[str, float], place: _Place, rivals: list[_Place], strict: bool) -> bool:
    sentence, _ = place
    own = _around(*place)
    beside = [_around(*rival) for rival in rivals if rival[0] is sentence]
    apart = [_around(*rival) for rival in rivals if rival[0] is not sentence]
    if _elliptic(*place) or _alone(*place):
        return False
    return (
        _pull(context, own, beside) > (_STRICT_MARGIN if strict else _MARGIN)
        or _pull(context, own, apart) > _FAR_MARGIN
    )


def _elliptic(text: Text, quantity: Quantity) -> bool:
    """Whether the figure's clause leans on an earlier one ("only 55% did so for AI")."""
    return bool(re.match(r"[^,;.]{0,25}\b(?:did|do|does|so|said so)\b", text.low[quantity.end :]))


def _alone(text: Text, quantity: Quantity) -> bool:
    """Whether a figure stands between two commas without a word of its own ("a delay of two years, to 2027, and")."""
    before = text.low.rfind(",", 0, quantity.start)
    after = _CUT.search(text.low, quantity.end)
    end = after.start() if after else len(text.low)
    others = [other.start for other in text.quantities if other is not quantity]
    return before >= 0 and not any(
        before <= place < end for place in [*others, *(word.start for word in text.content)]
    )


def _family(quantity: Quantity) -> str:
    return {"date": "date", "ordinal": "rank"}.get(quantity.kind) or quantity.unit or "count"


def _pull(context: dict[str, float], own: dict[str, float], rivals: list[dict[str, float]]) -> float:
    """How much more the context fits the best rival than its own figure, in words."""
    pulls = [0.0]
    for rival in rivals:
        mine = sum(weight for key, weight in own.items() if key in context and key not in rival)
        theirs = sum(weight for key, weight in rival.items() if key in context and key not in own)
        pulls.append(theirs - mine)
    return max(pulls)


def _around(text: Text, quantity: Quantity) -> dict[str, float]:
    """Stems and years in the stretch of the sentence that belongs to this figure, with weights.

    What stands before the clause of a sentence's first figure is the subject of all its figures and weighs nothing.
    """
    start, end, head = _stretch(text, quantity)
    own = _own_start(text, start, quantity) if head else start
    before = [word for word in text.content if start <= word.start < quantity.start][::-1]
    after = [word.stem for word in text.content if quantity.end <= word.start < end]
    weights = {word.stem: 0.25 for word in before[_NEAR_WORDS:]} | dict.fromkeys(after[_NEAR_WORDS:], 0.25)
    weights |= {word.stem: 0.5 if head else 1.0 for word in before[:_NEAR_WORDS]}
    weights |= {
        word.stem: 0.0 for word in before if head and (word.start < own or word.stem in _opening(text))
    }
    weights |= dict.fromkeys(after[:_NEAR_WORDS], 1.0)
    if quantity.kind == "date":
        return weights
    years = [
        other for other in text.quantities if other.kind == "date" and other.low and own <= other.start < end
    ]
    return weights | {f"={year.low:g}": 1.0 for year in years}


def _own_start(text: Text, start: int, quantity: Quantity) -> int:
    """Where the clause of a sentence's first figure begins, if it has a word of its own before the figure."""
    cuts = [match.end() for match in _CUT.finditer(text.low, start, quantity.start)]
    return max(
        (cut for cut in cuts if any(cut <= word.start < quantity.start for word in text.content)),
        default=start,
    )


def _opening(text: Text) -> frozenset[str]:
    return frozenset(word.stem for word in text.content[:3])


@lru_cache(maxsize=8192)
def _stretch(text: Text, quantity: Quantity) -> tuple[int, int, bool]:
    same = sorted({other.start for other in text.quantities if _family(other) == _family(quantity)})
    place = same.index(quantity.start)
    start = _border(text, same[place - 1], quantity.start) if place else 0
    end = _border(text, quantity.start, same[place + 1]) if place + 1 < len(same) else len(text.text)
    return start, end, place == 0


def _border(text: Text, left: int, right: int) -> int:
    for cut in (_CUT, _WEAK_CUT):
        places = [match.start() for match in cut.finditer(text.low, left, right)]
        if places:
            return places[-1]
    prepositions = [
        match.start() for match in _PREPOSITION.finditer(text.low, left, right) if match.start() > left
    ]
    return prepositions[0] if prepositions else right


_PREPOSITION = re.compile(r"\b(?:in|of|to|from|for|at|by|on|as|between)\b")
