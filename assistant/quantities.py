"""The numbers, dates and units of a text, brought to one form so that they can be compared.

In comes a sentence, out come its quantities in order: "CHF 1,240 million", "1.24 billion francs", "a fifth", "20 %",
"16–17 September 1963", "the 1950s", "twenty-eight", "550+". Values are plain floats in the unit's own size (CHF, per
cent, years); ranges give their two ends. It knows nothing of passages and verdicts beyond `matches`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from math import floor, isclose, log10
from typing import Literal

Kind = Literal["number", "date", "ordinal"]
Bound = Literal["", "about", "over", "under"]

_SCALES = {
    "hundred": 1e2, "thousand": 1e3, "k": 1e3, "million": 1e6, "mn": 1e6, "mio": 1e6, "m": 1e6,
    "billion": 1e9, "bn": 1e9, "b": 1e9, "milliard": 1e9, "trillion": 1e12, "tn": 1e12, "dozen": 12.0,
}  # fmt: skip
_CURRENCIES = {
    "€": "EUR", "eur": "EUR", "euro": "EUR", "euros": "EUR",
    "$": "USD", "us$": "USD", "usd": "USD", "dollar": "USD", "dollars": "USD", "us dollars": "USD",
    "£": "GBP", "gbp": "GBP", "pound": "GBP", "pounds": "GBP", "pounds sterling": "GBP",
    "chf": "CHF", "sfr": "CHF", "franc": "CHF", "francs": "CHF", "swiss franc": "CHF", "swiss francs": "CHF",
    "¥": "JPY", "yen": "JPY",
}  # fmt: skip
_UNITS = {
    "%": "%", "percent": "%", "per cent": "%", "percentage point": "%", "percentage points": "%", "pct": "%",
    "year": "year", "years": "year", "month": "month", "months": "month", "week": "week", "weeks": "week", "day": "day",
    "days": "day", "hour": "hour", "hours": "hour", "minute": "minute", "minutes": "minute", "decade": "decade", "decades": "decade",
    "century": "century", "centuries": "century",
    "twh": "TWh", "gwh": "GWh", "mwh": "MWh", "kwh": "kWh", "gw": "GW", "mw": "MW", "megawatt": "MW", "megawatts": "MW",
    "gigawatt": "GW", "gigawatts": "GW", "terawatt-hours": "TWh", "terawatt hours": "TWh",
    "km": "km", "kilometre": "km", "kilometres": "km", "kilometer": "km", "kilometers": "km", "mg": "mg", "kg": "kg",
    "tonne": "t", "tonnes": "t", "exaflop": "EFLOPS", "exaflops": "EFLOPS", "petaflops": "PFLOPS", "petaflop": "PFLOPS",
    "times": "times", "°c": "°C",
}  # fmt: skip
_UP_TO_NINETEEN = """
zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen
"""
_TENS_IN_WORDS = "twenty thirty forty fifty sixty seventy eighty ninety"
_RANKS = """
first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth sixteenth seventeenth
eighteenth nineteenth twentieth
"""
_SMALL = {word: value for value, word in enumerate(_UP_TO_NINETEEN.split())}
_TENS = dict(zip(_TENS_IN_WORDS.split(), range(20, 100, 10), strict=True))
_ORDINALS = {word: value for value, word in enumerate(_RANKS.split(), 1)}
_FRACTIONS = {"half": 2, "third": 3, "quarter": 4, "fifth": 5, "sixth": 6, "eighth": 8, "tenth": 10}
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan", "february feb", "march mar", "april apr", "may", "june jun", "july jul", "august aug",
            "september sept sep", "october oct", "november nov", "december dec",
        ),
        1,
    )
    for name in names.split()
}  # fmt: skip
_BOUNDS: dict[str, Bound] = {
    "about": "about", "around": "about", "roughly": "about", "approximately": "about", "some": "about", "circa": "about",
    "ca.": "about", "ca": "about", "c.": "about", "~": "about", "≈": "about", "an estimated": "about", "estimated": "about",
    "near": "about", "in the order of": "about", "or so": "about", "close to": "about",
    "more than": "over", "over": "over", "above": "over", "at least": "over", "exceeding": "over", "greater than": "over",
    "upwards of": "over", "not less than": "over", "no less than": "over", "no fewer than": "over", "beyond": "over", ">": "over",
    "a minimum of": "over", "well over": "over", "larger than": "over", "higher than": "over", "in excess of": "over",
    "or more": "over", "+": "over", "no smaller than": "over",
    "less than": "under", "fewer than": "under", "under": "under", "below": "under", "up to": "under", "at most": "under",
    "no more than": "under", "not more than": "under", "as many as": "under", "as much as": "under", "a maximum of": "under",
    "nearly": "under", "almost": "under", "just under": "under", "<": "under", "or less": "under", "smaller than": "under",
    "lower than": "under", "not quite": "under",
}  # fmt: skip


_NOT_COUNTED = """
in of to at by on as is it or an if so be no we he up
the and for from with was were are has had have that which who but per each out more less other others under
over against between into than while since until after before per when where its their this these those will
would may
"""
_NO_NOUN = frozenset(_NOT_COUNTED.split())


@dataclass(frozen=True, kw_only=True)
class Quantity:
    """One number, date or rank as a text gives it."""

    kind: Kind
    text: str
    """As written, for messages."""
    start: int
    """Characters into the text; `end` is exclusive."""
    end: int
    low: float = 0.0
    """The value; of a range its lower end. Of a date the year, 0 if none is given."""
    high: float = 0.0
    """The upper end of a range, else the same as `low`; of a decade its last year."""
    unit: str = ""
    """EUR, %, year, TWh ...; empty for a bare count."""
    noun: str = ""
    """The word counted, as written, if one follows directly."""
    bound: Bound = ""
    month: int = 0
    day: int = 0

    @property
    def key(self) -> tuple[str, float, float, str, int, int]:
        """What makes two of them say the same thing, the bound aside."""
        return (self.kind, self.low, self.high, self.unit, self.month, self.day)


def _any(options: object) -> str:
    return "|".join(re.escape(str(option)) for option in sorted(options, key=len, reverse=True))  # type: ignore[call-overload]


_TIGHT = r"\s?[–—‑−-]\s?"
_DIGITS = r"\d{1,3}(?:[,\u00a0\u202f\u2009’' ]\d{3}(?!\d))+(?:\.\d+)?|\d+(?:\.\d+)?"
_WORDS = rf"(?:{_any(_TENS)})(?:[\s-](?:{_any(list(_SMALL)[1:10])}))?|{_any(list(_SMALL)[2:])}"
_SCALE = r"(?:hundred|thousand|million|billion|trillion|milliard|dozen)s?|bn|mn|mio|tn|[mkb](?=[^\w]|$)"
_MONTH = rf"(?:{'|'.join(name.capitalize() for name in sorted(_MONTHS, key=len, reverse=True))})\.?"
_SIGN = r"(?:US)?\$|€|£|¥|(?:EUR|CHF|USD|GBP|SFr|Fr)\.?(?=[\s\d])"
_AFTER = rf"(?i:{_any([name for name in _CURRENCIES if len(name) > 2])})\b|€|(?i:{_any(_UNITS)})(?!\w)"
_YEAR = r"(?:1[5-9]|20)\d\d"

_PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("reference", re.compile(r"\b(?:COM|SWD|JOIN|SEC|C|L)\s?\(\d{4}\)\s?\d+|\((?:EU|EC)\)\s?(?:No\.?\s?)?\d+/\d+|\b\d{4}/\d{2,4}\b")),
    ("iso", re.compile(rf"\b({_YEAR})-(\d\d)(?:-(\d\d))?\b(?![-–]\d)")),
    ("day", re.compile(rf"\b(\d{{1,2}})(?:st|nd|rd|th)?(?:(?:{_TIGHT}|\sand\s|\sto\s)(\d{{1,2}})(?:st|nd|rd|th)?)?\s(?:of\s)?({_MONTH})(?:,?\s({_YEAR}))?\b")),
    ("american", re.compile(rf"\b({_MONTH})\s(\d{{1,2}})(?:st|nd|rd|th)?(?:{_TIGHT}(\d{{1,2}}))?(?:,?\s({_YEAR}))?\b(?![,.]?\d|\s?%)")),
    ("month", re.compile(rf"\b({_MONTH})(?:,?\s(?:of\s)?({_YEAR}))(?!\d)|(?<=\b[Ii]n\s)({_MONTH})\b|(?<=\b[Bb]y\s)({_MONTH})\b|(?<=\b(?:late|from|till)\s)({_MONTH})\b|(?<=\b(?:early|until|since|after)\s)({_MONTH})\b|\b({_MONTH})(?=\sof\sthat\syear)|\b((?!May\b|March\b|Mar\b|Jan\b|Dec\b|Sep\b|Jun\b){_MONTH})(?=\W|$)")),
    ("decade", re.compile(r"(?<![\d.,])((?:1[5-9]|20)\d)0['’]?s\b")),
    ("years", re.compile(rf"(?<![\d.,€$£])({_YEAR})(?:{_TIGHT}|\sto\s|/)(\d\d(?:\d\d)?)(?![\d.,]\d|\d|\s?%)")),
    ("year", re.compile(rf"(?<![\d.,€$£/])(?<!CHF\s)(?<!EUR\s)({_YEAR})(?![\d%]|[.,]\d|\s?(?:%|per cent|million|billion|euros|francs|dollars|people|staff|researchers|scientists|km|TWh|MW)\b)")),
    ("ratio", re.compile(rf"\b({_WORDS}|one|\d+)\s(?:\w+\s)?(?:in|out of)\s(?:every\s)?(two|three|four|five|six|seven|eight|nine|ten|hundred)\b(?!\s(?:years|months|weeks|days|sites|states|countries|cities|places|rounds))", re.I)),
    ("fraction", re.compile(rf"\b((?:a|an|one|{_WORDS})[\s-])(half|thirds?|quarters?|fifths?|sixths?|eighths?|tenths?)\b(?=\s(?:of|in|from|off|more|less|and|or|to|than|as|that|by|at|on|is|are|was|were)\b|\s?[.,;:)]|$)|(?<!first\s)(?<!second\s)(?<!other\s)\b(half)\b(?=\s(?:of|the|its|their|that)\b)", re.I)),
    ("ordinal", re.compile(rf"\b(\d{{1,4}})(?:st|nd|rd|th)\b|\b((?:(?:{_any(_TENS)})-)?(?:{_any(_ORDINALS)}))\b(?!,)(?!-)", re.I)),
    ("number", re.compile(
        rf"(?P<sign>{_SIGN})?\s?(?<![\w.])(?P<low>{_DIGITS}|\b(?:{_WORDS}|one(?=\s(?:million|billion|hundred|thousand))|an?(?=\s(?:hundred|thousand|million|billion|dozen)\b))\b)"
        rf"(?:[\s-]?(?P<lowscale>{_SCALE})\b)?(?P<lowunit>\s?%)?"
        rf"(?:(?:{_TIGHT}(?:{_SIGN})?|\s(?:to|and)\s)(?P<high>{_DIGITS}|\b(?:{_WORDS})\b)(?=\W|[mkb]|$|bn))?(?P<plus>\+)?"
        rf"(?:[\s-]?(?P<scale>{_SCALE})\b)?(?:[\s-]?(?P<after>{_AFTER}))?",
        re.I,
    )),
)  # fmt: skip


@lru_cache(maxsize=8192)
def quantities(text: str) -> tuple[Quantity, ...]:
    """The quantities of a text in the order they are written; a lone "one" is none."""
    left = text
    found: list[Quantity] = []
    for name, pattern in _PATTERNS:
        for match in pattern.finditer(left):
            made = _READERS[name](match)
            found += [_in_context(quantity, text) for quantity in made]
            if made:
                # What one pattern has read is out of sight of those after it; places stay as they are.
                left = left[: match.start()] + "\0" * (match.end() - match.start()) + left[match.end() :]
    return tuple(sorted(found, key=lambda quantity: (quantity.start, quantity.end)))


def _in_context(quantity: Quantity, text: str) -> Quantity:
    if quantity.kind != "number":
        return quantity
    noun = (
        re.match(r"[\s-](?:[a-z]+[\s-]){0,1}?([^\W\d_]{2,})", text[quantity.end :])
        if not quantity.unit
        else None
    )
    bound = quantity.bound or _bound_before(text[: quantity.start]) or _bound_after(text[quantity.end :])
    return replace(
        quantity, bound=bound, noun=noun.group(1) if noun and noun.group(1) not in _NO_NOUN else ""
    )


_BEFORE = re.compile(rf"(?:^|(?<=[\s(]))({_any(_BOUNDS)})\s?(?:(?:the|a|an|its)\s)?$", re.I)


def _bound_before(left: str) -> Bound:
    match = _BEFORE.search(left)
    return _BOUNDS[match.group(1).lower()] if match else ""


def _bound_after(right: str) -> Bound:
    match = re.match(r"\s(or more|or less|or so)\b", right)
    return _BOUNDS[match.group(1)] if match else ""


def _made(
    match: re.Match[str], kind: Kind, low: float, high: float | None = None, **more: object
) -> Quantity:
    text = match.group().strip()
    start = match.start() + len(match.group()) - len(match.group().lstrip())
    quantity = Quantity(
        kind=kind, text=text, start=start, end=start + len(text), low=low, high=low if high is None else high
    )
    return replace(quantity, **more)  # type: ignore[arg-type]


def _read_reference(match: re.Match[str]) -> list[Quantity]:
    digits = re.findall(r"\d+", match.group())
    value = float(f"{digits[0]}.{digits[1]}")
    return [_made(match, "number", value, unit="document")]


def _read_iso(match: re.Match[str]) -> list[Quantity]:
    year, month, day = (int(part or 0) for part in match.groups())
    return [_made(match, "date", year, month=month, day=day)] if month <= 12 else []


def _read_day(match: re.Match[str]) -> list[Quantity]:
    first, last, month, year = match.groups()
    return _days(match, first, last, month, year)


def _read_american(match: re.Match[str]) -> list[Quantity]:
    month, first, last, year = match.groups()
    return _days(match, first, last, month, year)


def _days(match: re.Match[str], first: str, last: str | None, month: str, year: str | None) -> list[Quantity]:
    days = [int(day) for day in (first, last) if day]
    if max(days) > 31:
        return []
    number = _MONTHS[month.lower().rstrip(".")]
    return [_made(match, "date", float(year or 0), month=number, day=day) for day in days]


def _read_month(match: re.Match[str]) -> list[Quantity]:
    name = next(group for index, group in enumerate(match.groups()) if group and index != 1)
    return [_made(match, "date", float(match.group(2) or 0), month=_MONTHS[name.lower().rstrip(".")])]


def _read_decade(match: re.Match[str]) -> list[Quantity]:
    first = int(match.group(1)) * 10
    return [_made(match, "date", first, first + 9)]


def _read_years(match: re.Match[str]) -> list[Quantity]:
    first, last = match.groups()
    last = first[: 4 - len(last)] + last
    if int(last) <= int(first):
        return []
    return [_made(match, "date", float(first)), _made(match, "date", float(last))]


def _read_year(match: re.Match[str]) -> list[Quantity]:
    return [_made(match, "date", float(match.group(1)))]


def _read_ratio(match: re.Match[str]) -> list[Quantity]:
    top, bottom = _value(match.group(1)), _value(match.group(2))
    return [_made(match, "number", round(100 * top / bottom, 4), unit="%")] if top <= bottom else []


def _read_fraction(match: re.Match[str]) -> list[Quantity]:
    top = 1.0 if match.group(3) else _value(match.group(1).strip(" -"))
    bottom = _FRACTIONS[(match.group(3) or match.group(2)).lower().removesuffix("s")]
    return [_made(match, "number", round(100 * top / bottom, 4), unit="%")]


def _read_ordinal(match: re.Match[str]) -> list[Quantity]:
    if match.group(1):
        return [_made(match, "ordinal", float(match.group(1)))]
    tens, _, rest = match.group(2).lower().rpartition("-")
    return [_made(match, "ordinal", float(_TENS.get(tens, 0) + _ORDINALS[rest]))]


def _read_number(match: re.Match[str]) -> list[Quantity]:
    part = match.groupdict()
    scale = _scale(part["scale"]) or _scale(part["lowscale"]) or 1.0
    unit = _unit(part)
    bound = "over" if part["plus"] else ""
    if part["high"] is None:
        return [_made(match, "number", _value(part["low"]) * scale, unit=unit, bound=bound)]
    low = _value(part["low"]) * (_scale(part["lowscale"]) or scale)
    pair = bool(re.search(r"\b(?:and|to)\b", match.group()))
    high = _value(part["high"]) * (_scale(part["scale"]) or (1.0 if pair else scale))
    if pair or high < low:
        return [
            _end(match, "low", low, unit),
            _end(
                match,
                "high",
                high,
                _unit(part | {"sign": None, "lowunit": None}) if part["lowunit"] else unit,
            ),
        ]
    return [_made(match, "number", low, high, unit=unit, bound=bound)]


def _end(match: re.Match[str], part: str, value: float, unit: str) -> Quantity:
    # "from 61% to 55%" are two figures with a direction, no range; each keeps its own place.
    end = match.end() if part == "high" else match.end("lowunit" if match["lowunit"] else part)
    text = match.string[match.start(part) : end].strip()
    return Quantity(
        kind="number", text=text, start=match.start(part), end=end, low=value, high=value, unit=unit
    )


def _unit(part: dict[str, str | None]) -> str:
    if part["sign"]:
        sign = part["sign"].lower().rstrip(".")
        return _CURRENCIES.get(sign, "CHF" if sign == "fr" else sign)
    name = (part["after"] or part["lowunit"] or "").strip().lower()
    return _CURRENCIES.get(name) or _UNITS.get(name, "")


def _scale(name: str | None) -> float | None:
    return None if name is None else _SCALES[name.lower().removesuffix("s")]


def _value(text: str) -> float:
    text = text.lower().strip()
    if text[0].isdigit():
        return float(re.sub(r"[,\u00a0\u202f\u2009’' ]", "", text))
    if text in ("a", "an"):
        return 1.0
    if text == "hundred":
        return 100.0
    parts = re.split(r"[\s-]", text)
    return float(sum(_TENS.get(part, _SMALL.get(part, 0)) for part in parts))


_READERS = {
    "reference": _read_reference, "iso": _read_iso, "day": _read_day, "american": _read_american, "month": _read_month,
    "decade": _read_decade, "years": _read_years, "year": _read_year, "ratio": _read_ratio, "fraction": _read_fraction,
    "ordinal": _read_ordinal, "number": _read_number,
}  # fmt: skip


def matches(claimed: Quantity, found: Quantity, *, rounding: bool = True) -> bool:
    """Whether the passage's quantity `found` bears out the claim's; bounds are compared by `bounds_clash`.

    With `rounding`, a claimed value with fewer significant digits may be the found one rounded ("about 230,000" for 225,631),
    and a rank may stand for a count ("the 25th state" where there are 25).
    """
    if "date" in (claimed.kind, found.kind):
        return claimed.kind == found.kind and _same_date(claimed, found)
    if claimed.kind != found.kind:
        return rounding and claimed.low == found.low and claimed.low > 2 and not (claimed.unit or found.unit)
    if not _same_unit(claimed, found):
        return False
    if _close(claimed.low, found.low) and _close(claimed.high, found.high):
        return True
    if not rounding:
        return False
    is_end = claimed.low == claimed.high and (
        _close(claimed.low, found.low) or _close(claimed.low, found.high)
    )
    return is_end or _rounds(claimed, found)


def _same_date(claimed: Quantity, found: Quantity) -> bool:
    if claimed.low and not claimed.low <= found.low <= found.high <= claimed.high:
        return False
    return claimed.month in (0, found.month) and claimed.day in (0, found.day)


def _same_unit(claimed: Quantity, found: Quantity) -> bool:
    if claimed.unit == found.unit:
        return True
    # A bare number that counts nothing named may stand for one with a unit, and the other way round.
    bare, other = (claimed, found) if not claimed.unit else (found, claimed)
    return not bare.unit and not bare.noun and other.unit != "%"


def _close(one: float, other: float) -> bool:
    return isclose(one, other, rel_tol=1e-9, abs_tol=1e-9)


def _rounds(claimed: Quantity, found: Quantity) -> bool:
    if claimed.low != claimed.high or found.low != found.high or not claimed.bound or not found.low:
        return False
    digits = _significant(claimed.low)
    if digits >= _significant(found.low) or abs(claimed.low - found.low) > 0.05 * found.low:
        return False
    if claimed.bound == "over":
        return claimed.low < found.low
    if claimed.bound == "under":
        return claimed.low > found.low
    return _close(claimed.low, round(found.low, digits - 1 - floor(log10(abs(found.low)))))


def _significant(value: float) -> int:
    return len(f"{value:.10g}".replace(".", "").split("e")[0].strip("0")) or 1


def bounds_clash(claimed: Quantity, found: Quantity) -> bool:
    """Whether "up to" meets "at least", or a bound was put to a figure that the passage gives without one."""
    if not claimed.bound or claimed.bound == found.bound or not _close(claimed.low, found.low):
        return False
    return claimed.bound in ("over", "under")


def pooled(found: tuple[Quantity, ...]) -> tuple[Quantity, ...]:
    """`found` and, for each day or month written without a year, the dates it makes with the years beside it."""
    years = {quantity.low for quantity in found if quantity.kind == "date" and quantity.low}
    partial = [quantity for quantity in found if quantity.kind == "date" and not quantity.low]
    return found + tuple(
        replace(quantity, low=year, high=year) for quantity in partial for year in sorted(years)
    )
