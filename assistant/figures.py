"""Whether the figures and dates of a claim are in the passages, and tied there to the same words.

"CHF 3.1 million in 2023" is wrong where the passage has CHF 2.2 million in 2023 and CHF 3.1 million for a full member:
each figure owns a stretch of its sentence, and the claim's words around it must not fit another figure's stretch better.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache
from itertools import combinations, permutations

from .claims import Evidence, Issue, Text, kept_share
from .quantities import Quantity, approximates, bounds_clash, matches, periods_clash, pooled
from .words import stem

_CUT = re.compile(r"[,;:()]|\b(?:and|but|while|whereas|after|before|when|although)\b")
_WEAK_CUT = re.compile(r"\b(?:against|which|with|than)\b")
_NEAR_WORDS = 4
"""Content words on either side of a figure that count in full towards what it is tied to."""
_MARGIN, _STRICT_MARGIN, _FAR_MARGIN = 0.6, 0.3, 2.0
"""Words by which the context must fit another figure better: in the same sentence, there if strict, in another one."""


def figure_issues(claim: Text, evidence: Evidence, strict: bool) -> list[Issue]:
    """Figures of the claim that no passage has or yields, has with another bound, or ties to something else."""
    known = pooled(evidence.quantities)
    issues = []
    for quantity in claim.quantities:
        found = [other for other in known if matches(quantity, other, rounding=not strict)]
        if not found and not _both_ends(quantity, known):
            if strict or not (
                _elliptical(claim, quantity, known) or _reckoned(claim, quantity, evidence, known)
            ):
                issues.append(Issue(_not_found(quantity), hard=strict or _telling(claim, quantity, evidence)))
        elif found:
            issues += _another_measure(claim, quantity, found, evidence)
    return issues or _misbound(claim, evidence, strict)


def _another_measure(
    claim: Text, quantity: Quantity, found: list[Quantity], evidence: Evidence
) -> list[Issue]:
    """ "More than" for "less than", "a month" for "a year"."""
    if all(bounds_clash(quantity, other) for other in found):
        opposite = all({quantity.bound, other.bound} == {"over", "under"} for other in found)
        words = {"over": "more than", "under": "less than"}[quantity.bound]
        return [Issue(f"the passage does not say ‘{words}’ of {quantity.text}", hard=opposite)]
    if all(periods_clash(quantity, other) for other in found):
        return [Issue(f"the passage does not say {quantity.text} per {quantity.per}")]
    if _MONEY.fullmatch(quantity.unit) and not any(other.per for other in found):
        # Fees and budgets are yearly without saying so; only where the passage has no word of it is it made up.
        unsaid = quantity.per and not _YEARLY.search(evidence.whole.low)
        return [Issue(f"the passage does not say {quantity.text} per {quantity.per}")] if unsaid else []
    total = _TOTAL.match(claim.low, quantity.end) and all(other.per for other in found)
    return [Issue(f"the passage says {quantity.text} per {found[0].per}, not in all")] if total else []


_MONEY = re.compile(r"[A-Z]{3}")
_YEARLY = re.compile(
    r"\b(?:year|annual|annually|yearly|month|monthly|weekly?|day|daily|hour|hourly|budget|fee|contribution|runs on)\b"
)
_TOTAL = re.compile(
    r"(?: \w+){0,2} (?:in all|in total|altogether|all told|once and for all|as a one-off|over (?:the|its|their) (?:whole )?(?:life|lifetime|period))\b"
)
_FEW, _PAIR = 6, 2
"""Up to this many a writer counts for himself ("two reasons") what a passage lists."""


_SUPPOSED = re.compile(
    r"\b(?:if your|if you|if a|suppose|say you|with only|a piece with|for instance|for example)\b[^.;]*$|\bnot $"
)


def _telling(claim: Text, quantity: Quantity, evidence: Evidence) -> bool:
    """Whether a figure that is not in the passage must be wrong, and is no count or repetition of the writer's own."""
    if quantity.kind == "ordinal":
        return quantity.low > 2
    if _SUPPOSED.search(claim.low[: quantity.start]):
        return False
    if quantity.unit == "times":
        return any(other.unit == "times" for other in evidence.quantities) or _has_pair(evidence.quantities)
    if quantity.kind == "date" or quantity.unit or quantity.low > _FEW or quantity.text[0].isdigit():
        return True
    counted = _counted(claim, quantity)
    counts = [
        _counted(sentence, other)
        for sentence in evidence.all
        for other in sentence.quantities
        if other.kind == "number" and not other.unit
    ]
    if any(counted & other for other in counts):
        return True
    return quantity.low > _PAIR and not any(quantity.low in _listed(sentence) for sentence in evidence.all)


def _counted(text: Text, quantity: Quantity) -> set[str]:
    """The words that a count may be of: the two that follow."""
    return {
        word.stem
        for word in [word for word in text.content if 0 <= word.start - quantity.end <= _COUNTED_REACH][:2]
    }


_COUNTED_REACH = 24
_LIST = re.compile(r"(?:[^,;:()]{1,45}, )*[^,;:()]{1,45},? (?:and|or) ")


_LAST = re.compile(r",? (?:and|or) $")


def _listed(sentence: Text) -> set[int]:
    """How many things the sentence lists, for each of its lists."""
    return {_LAST.sub("", match.group()).count(", ") + 2 for match in _LIST.finditer(sentence.low)}


def _elliptical(claim: Text, quantity: Quantity, known: tuple[Quantity, ...]) -> bool:
    """Whether a bare number leans on another one's unit or scale ("from 61 to 55 per cent", "150 of the 200 billion")."""
    if quantity.unit or quantity.noun or quantity.kind != "number":
        return False
    others = [other for other in claim.quantities if other.unit or other.low >= _SCALED]
    return any(
        matches(
            replace(quantity, unit=other.unit, low=quantity.low * scale, high=quantity.high * scale), found
        )
        for other in others
        for scale in (1.0, 1e3, 1e6, 1e9)
        if scale == 1.0 or other.low >= scale
        for found in known
    )


_SCALED = 1e6


def _has_pair(found: tuple[Quantity, ...]) -> bool:
    return any(_comparable(one, other) for one, other in combinations(_amounts(found), 2))


def _amounts(found: tuple[Quantity, ...]) -> list[Quantity]:
    return [
        quantity for quantity in found if quantity.kind == "number" and quantity.low == quantity.high != 0
    ]


def _comparable(one: Quantity, other: Quantity) -> bool:
    return one.dimension == other.dimension not in ("document", "times") and one.key != other.key


_SUMMING = re.compile(
    r"\b(?:together|in all|in total|altogether|total|totals|totalling|both|combined|sum|add|adds|added|plus|jointly|between them)\b"
)
_TAKING = re.compile(
    r"\b(?:more|less|fewer|other|others|remaining|remainder|rest|difference|left|extra|not|n't|without|none|gap|later|earlier|apart"
    r"|rose|fell|grew|increased?|up|down|on top|additional|further|missing|short|lost|gained|margin|short|ahead|behind|rise|drop|beyond|larger|smaller|cheaper|dearer)\b"
)


def _reckoned(claim: Text, quantity: Quantity, evidence: Evidence, known: tuple[Quantity, ...]) -> bool:
    """Whether the figure follows from two or three of the passage's: a span of years, a share, a sum, a difference, a multiple."""
    if quantity.kind == "date":
        return bool(quantity.low) and not quantity.month and quantity.low in _years_on(known)
    if quantity.kind != "number" or quantity.low != quantity.high:
        return False
    return any(
        approximates(quantity, quantity.low * quantity.size, value, value) or _equal(quantity, value)
        for value in _results(claim, quantity, evidence, known)
    )


def _equal(quantity: Quantity, value: float) -> bool:
    return abs(quantity.low * quantity.size - value) <= 1e-4 * abs(value)


def _results(claim: Text, quantity: Quantity, evidence: Evidence, known: tuple[Quantity, ...]) -> list[float]:
    """What can be reckoned from the passage's figures, in the smallest unit of the claimed one's dimension."""
    amounts = _amounts(known)
    if quantity.unit == "times":
        return [
            one.low * one.size / (other.low * other.size)
            for one, other in permutations(amounts, 2)
            if _comparable(one, other)
        ]
    results = _spans(known) if quantity.dimension == "time" else []
    if quantity.dimension == "time" and _YEARLY.search(evidence.whole.low):
        results.append(_YEAR_OF_DAYS)
    if quantity.unit == "%":
        results += _shares(amounts)
    if quantity.bound:
        results += [
            share.low / 100 * other.low * other.size
            for share, other in permutations(amounts, 2)
            if share.unit == "%" and _of_kind(quantity, other)
        ]
    if quantity.per == "year" or _AVERAGE.search(claim.low):
        results += _per_year(quantity, known)
    return results + _sums(
        claim, quantity, evidence, [other for other in amounts if _of_kind(quantity, other)]
    )


_AVERAGE = re.compile(r"\b(?:on average|averag\w+|apiece|each)\b")


def _sums(claim: Text, quantity: Quantity, evidence: Evidence, like: list[Quantity]) -> list[float]:
    each = [other.low * other.size for other in like]
    values = sorted(set(each))
    results = []
    if quantity.unit == "%" and _TAKING.search(claim.low):
        results += [100 - value for value in values]
    if _points(quantity) or (_TAKING.search(claim.low) and (quantity.unit or quantity.low > _FEW)):
        results += [larger - smaller for smaller, larger in combinations(values, 2)]
    if _SUMMING.search(claim.low) or (quantity.unit == "%" and " and " in claim.low):
        results += [sum(parts) for count in (2, 3) for parts in combinations(each, count)]
        results += [2 * value for value in values if _EACH.search(evidence.whole.low)]
    return results


_EACH = re.compile(r"\beach\b")


def _per_year(quantity: Quantity, known: tuple[Quantity, ...]) -> list[float]:
    """Yearly averages of the passage's amounts over its spans of time."""
    spans = [other.low * other.size for other in _amounts(known) if other.dimension == "time"] + _spans(known)
    return [
        other.low * other.size * _YEAR_OF_DAYS / span
        for other in _amounts(known)
        if _of_kind(quantity, other)
        for span in spans
    ]


def _years_on(known: tuple[Quantity, ...]) -> set[float]:
    """Years that lie a span of the passage before or after a year of the passage."""
    years = [other.low for other in known if other.kind == "date" and other.low == other.high]
    spans = [other.low * other.size / _YEAR_OF_DAYS for other in _amounts(known) if other.dimension == "time"]
    return {year + sign * round(span) for year in years for span in spans for sign in (1, -1) if span >= 1}


def _of_kind(quantity: Quantity, other: Quantity) -> bool:
    return (
        quantity.dimension == other.dimension
        or (other.unit == "%" and _points(quantity))
        or _bare_money(quantity, other)
    )


def _points(quantity: Quantity) -> bool:
    return quantity.unit == "pp" or quantity.noun in ("point", "points")


def _bare_money(quantity: Quantity, other: Quantity) -> bool:
    return not quantity.unit and quantity.low >= _SCALED and _MONEY.fullmatch(other.unit) is not None


def _spans(known: tuple[Quantity, ...]) -> list[float]:
    """Days between two dates; of years written as a range also with both ends counted."""
    dates = [other for other in known if other.kind == "date" and other.low and other.low == other.high]
    spans = []
    for one, other in combinations(dates, 2):
        years = abs(other.low - one.low)
        if one.month and other.month:
            years = abs(years * 12 + (other.month - one.month) * (1 if other.low >= one.low else -1)) / 12
        spans += [years] + ([years + 1] if one.start == other.start and one.text == other.text else [])
    return [years * _YEAR_OF_DAYS for years in spans if years]


_YEAR_OF_DAYS = 365.25


def _shares(amounts: list[Quantity]) -> list[float]:
    """Per cent that one amount is of another, and what is left of it."""
    shares = [
        100 * part.low * part.size / (whole.low * whole.size)
        for part, whole in permutations(amounts, 2)
        if _comparable(part, whole) and part.unit != "%" and part.low * part.size < whole.low * whole.size
    ]
    return shares + [100 - share for share in shares]


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


_TIED_WORDS = 0.6
"""Share of the claim's words that the passages must have, for its figures to be held against the words around them."""
_OWN_WORD = 0.5
"""A word of its own that the claim shares keeps a figure where it is: in "22% studied, 14% worked" the subject is left out."""
_Place = tuple[Text, Quantity]


def _misbound(claim: Text, evidence: Evidence, strict: bool) -> list[Issue]:
    """Figures that the claim ties to words which the passage ties to another figure of the same kind."""
    issues = []
    for quantity in claim.quantities:
        if quantity.kind == "ordinal" and not strict:
            continue
        here, rivals = _places(claim, quantity, evidence)
        if here and rivals and _tied_elsewhere(claim, quantity, here, rivals, strict):
            # A year is said in passing of many things; figures are of one.
            hard = strict or (quantity.kind != "date" and kept_share(claim, evidence) >= _TIED_WORDS)
            issues.append(Issue(f"the passage ties {quantity.text} to something else", hard=hard))
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
    return bool(re.match(r"[^,;.]{0,25}\b(?:did|do|does|so|said so|there)\b", text.low[quantity.end :]))


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
    return {"date": "date", "ordinal": "rank"}.get(quantity.kind) or quantity.dimension or "count"


def _pull(context: dict[str, float], own: dict[str, float], rivals: list[dict[str, float]]) -> float:
    """How much more the context fits the best rival than its own figure, in words."""
    pulls = [0.0]
    for rival in rivals:
        mine, my_share = _shared(context, own, rival)
        theirs, their_share = _shared(context, rival, own)
        if mine < _OWN_WORD or my_share < their_share:
            pulls.append(theirs - mine)
    return max(pulls)


def _shared(context: dict[str, float], own: dict[str, float], rival: dict[str, float]) -> tuple[float, float]:
    """How much of what stands by one figure and not by the other is in the context: in words, and as a share."""
    weights = {key: weight for key, weight in own.items() if key not in rival and weight}
    held = sum(weight for key, weight in weights.items() if key in context)
    return held, held / sum(weights.values()) if weights else 0.0


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
