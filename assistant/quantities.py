"""The numbers, dates and units of a text, brought to one form so that they can be compared.

In comes a sentence, out come its quantities in order: "CHF 1,240 million", "1.24 billion francs", "a fifth", "20 %",
"16–17 September 1963", "the 1950s", "twenty-eight", "550+". Values are plain floats in the unit's own size (CHF, per
cent, years); ranges give their two ends. It knows nothing of passages and verdicts beyond `matches`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from math import floor, isclose, log10, prod
from typing import Literal

Kind = Literal["number", "date", "ordinal"]
Bound = Literal["", "about", "over", "under"]

_SCALES = {
    "hundred": 1e2, "thousand": 1e3, "k": 1e3, "million": 1e6, "mn": 1e6, "mio": 1e6, "m": 1e6,
    "billion": 1e9, "bn": 1e9, "b": 1e9, "milliard": 1e9, "trillion": 1e12, "tn": 1e12, "dozen": 12.0, "score": 20.0,
}  # fmt: skip
_CURRENCIES = {
    "€": "EUR", "eur": "EUR", "euro": "EUR", "euros": "EUR",
    "$": "USD", "us$": "USD", "usd": "USD", "dollar": "USD", "dollars": "USD", "us dollars": "USD",
    "£": "GBP", "gbp": "GBP", "pound": "GBP", "pounds": "GBP", "pounds sterling": "GBP",
    "chf": "CHF", "sfr": "CHF", "franc": "CHF", "francs": "CHF", "swiss franc": "CHF", "swiss francs": "CHF",
    "¥": "JPY", "jpy": "JPY", "yen": "JPY", "yuan": "CNY", "renminbi": "CNY", "rmb": "CNY", "rupees": "INR", "roubles": "RUB",
    "rubles": "RUB", "sek": "SEK", "swedish kronor": "SEK", "dkk": "DKK", "danish kroner": "DKK", "nok": "NOK", "cad": "CAD",
    "zloty": "PLN",
}  # fmt: skip
_MEASURES = (
    ("%", 1, "% | percent | per cent | pct"),
    ("pp", 1, "percentage point | percentage points | percent points"),
    ("year", 365.25, "year | years"), ("month", 30.4375, "month | months"), ("week", 7, "week | weeks"), ("day", 1, "day | days"),
    ("hour", 1 / 24, "hour | hours"), ("minute", 1 / 1440, "minute | minutes"), ("decade", 3652.5, "decade | decades"),
    ("century", 36525, "century | centuries"),
    ("TWh", 1e12, "twh | terawatt-hours | terawatt hours"), ("GWh", 1e9, "gwh | gigawatt-hours | gigawatt hours"),
    ("MWh", 1e6, "mwh | megawatt-hours | megawatt hours"), ("kWh", 1e3, "kwh | kilowatt-hours | kilowatt hours"),
    ("GW", 1e9, "gw | gigawatt | gigawatts"), ("MW", 1e6, "mw | megawatt | megawatts"), ("kW", 1e3, "kw | kilowatt | kilowatts"),
    ("km", 1e3, "km | kilometre | kilometres | kilometer | kilometers"), ("m", 1, "metre | metres | meter | meters"),
    ("cm", 0.01, "cm | centimetre | centimetres | centimeters"), ("mm", 1e-3, "mm | millimetre | millimetres | millimeters"),
    ("mile", 1609.344, "mile | miles"),
    ("mg", 1e-6, "mg | milligrams"), ("kg", 1, "kg | kilogram | kilograms | kilo | kilos"),
    ("t", 1e3, "tonne | tonnes | metric tons"), ("g", 1e-3, "gram | grams"),
    ("TeV", 1e12, "tev | teraelectronvolts"), ("GeV", 1e9, "gev | gigaelectronvolts"), ("MeV", 1e6, "mev"),
    ("PB", 1e15, "pb | petabyte | petabytes"), ("TB", 1e12, "tb | terabyte | terabytes"), ("GB", 1e9, "gb | gigabyte | gigabytes"),
    ("EFLOPS", 1e18, "exaflop | exaflops"), ("PFLOPS", 1e15, "petaflop | petaflops"),
    ("times", 1, "times"), ("°C", 1, "°c"),
)  # fmt: skip
"""Unit, its size in the smallest common one, the ways to write it."""
_UNITS = {name: unit for unit, _, names in _MEASURES for name in names.split(" | ")}
_SIZES = {unit: size for unit, size, _ in _MEASURES}
_DIMENSIONS = {
    unit: dimension
    for dimension, units in {
        "time": "year month week day hour minute decade century", "energy": "TWh GWh MWh kWh", "power": "GW MW kW",
        "length": "km m cm mm mile", "mass": "mg kg t g", "electronvolt": "TeV GeV MeV", "bytes": "PB TB GB",
        "flops": "EFLOPS PFLOPS",
    }.items()
    for unit in units.split()
}  # fmt: skip
"""Units that can be brought to one another; any other is a dimension of its own."""
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
_FRACTIONS = {
    "half": 2, "halve": 2, "third": 3, "quarter": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9, "tenth": 10,
    "twelfth": 12, "fifteenth": 15, "sixteenth": 16, "twentieth": 20, "thirtieth": 30, "fortieth": 40, "fiftieth": 50,
    "hundredth": 100, "thousandth": 1000,
}  # fmt: skip
_MULTIPLES = {
    "half": 0.5, "halv": 0.5, "doubl": 2, "twice": 2, "tripl": 3, "trebl": 3, "thrice": 3, "quadrupl": 4, "quintupl": 5,
}  # fmt: skip
_SEASONS = {"spring": (3, 6), "summer": (6, 9), "autumn": (9, 12), "fall": (9, 12), "winter": (12, 15)}
"""First and last month, the broadest reading; 13 to 15 are those of the next year."""
_PARTS_OF_DECADE = {"early": (0, 4), "mid": (3, 7), "late": (6, 9), "": (0, 9)}
_PERIODS = {
    "annual": "year",
    "annually": "year",
    "yearly": "year",
    "monthly": "month",
    "weekly": "week",
    "daily": "day",
    "hourly": "hour",
}
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
    "near": "about", "in the order of": "about", "or so": "about", "close to": "about", "or thereabouts": "about", "give or take": "about",
    "something like": "about", "or thereabout": "about", "almost exactly": "about",
    "more than": "over", "over": "over", "above": "over", "at least": "over", "exceeding": "over", "greater than": "over",
    "upwards of": "over", "not less than": "over", "no less than": "over", "no fewer than": "over", "beyond": "over", ">": "over",
    "a minimum of": "over", "well over": "over", "larger than": "over", "higher than": "over", "in excess of": "over",
    "or more": "over", "and more": "over", "+": "over", "no smaller than": "over", "just over": "over", "slightly over": "over", "a little over": "over",
    "a bit over": "over", "a minimum": "over", "passed": "over", "exceeds": "over", "exceeded": "over", "exceed": "over", "topped": "over", "surpassed": "over",
    "north of": "over", "upward of": "over", "a good": "over",
    "less than": "under", "fewer than": "under", "under": "under", "below": "under", "up to": "under", "at most": "under",
    "no more than": "under", "not more than": "under", "as many as": "under", "as much as": "under", "a maximum of": "under",
    "nearly": "under", "almost": "under", "just under": "under", "<": "under", "or less": "under", "smaller than": "under",
    "lower than": "under", "not quite": "under", "not even": "under", "barely": "under", "short of": "under", "just short of": "under",
    "just below": "under", "at the most": "under", "well under": "under", "no bigger than": "under",
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
    last_month: int = 0
    """Of a season or a quarter of a year; above 12 in the year after."""
    per: str = ""
    """The period that an amount is for: "year" in "€5 million a year"."""

    @property
    def dimension(self) -> str:
        """Money of one currency, length, time ...: what can be compared; empty for a bare count."""
        return _DIMENSIONS.get(self.unit, self.unit)

    @property
    def size(self) -> float:
        """The unit's size in the smallest one of its dimension."""
        return _SIZES.get(self.unit, 1.0)

    @property
    def loose(self) -> bool:
        """Written as people round: with a scale ("1.2bn"), as a fraction or in words."""
        return bool(_LOOSE.search(self.text))

    @property
    def key(self) -> tuple[str, float, float, str, int, int]:
        """What makes two of them say the same thing, the bound aside."""
        return (self.kind, self.low, self.high, self.unit, self.month, self.day)


def _any(options: object) -> str:
    return "|".join(re.escape(str(option)) for option in sorted(options, key=len, reverse=True))  # type: ignore[call-overload]


_TIGHT = r"\s?[–—‑−-]\s?"
_DIGITS = r"\d{1,3}(?:[,\u00a0\u202f\u2009’' ]\d{3}(?!\d))+(?:\.\d+)?|\d+(?:\.\d+)?"
_TO_99 = rf"(?:{_any(_TENS)})(?:[\s-](?:{_any(list(_SMALL)[1:10])}))?|{_any(list(_SMALL)[2:])}"
_TO_999 = rf"(?:(?:an?|one|{_TO_99})[\s-])hundred(?:\sand\s(?:one|{_TO_99})|\s(?:{_TO_99}))?\b|{_TO_99}"
_WORDS = rf"(?:(?:an?|one|{_TO_999})[\s-])thousand\s(?:and\s)?(?:{_TO_999})(?!\s(?:thousand|million|billion|hundred))|hundred(?=\s(?:thousand|million|billion))|{_TO_999}"
_LARGE = r"(?:hundred|thousand|million|billion|trillion|milliard|dozen|score)s?"
_SCALE = rf"{_LARGE}(?:[\s-](?:thousand|million|billion)s?)?|bn|mn|mio|tn|[mkb](?=[^\w]|$)"
_LOOSE = re.compile(r"[a-z]{3,}|\d\s?(?:bn|mn|m|tn)\b")
_MONTH = rf"(?:{'|'.join(name.capitalize() for name in sorted(_MONTHS, key=len, reverse=True))})\.?"
_SIGN = r"(?:US)?\$|€|£|¥|(?:EUR|CHF|USD|GBP|SFr|Fr)\.?(?=[\s\d])"
_AFTER = rf"(?i:{_any([name for name in _CURRENCIES if len(name) > 2])})\b|€|(?i:{_any(_UNITS)})(?!\w)"
_YEAR = r"(?:1[5-9]|20)\d\d"
_PART = rf"half|{_any([name + ending for name in _FRACTIONS if name not in ('half', 'halve') for ending in ('', 's')])}|halves"
_SPAN = "year|month|week|day|hour|minute|decade|century"

_PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("reference", re.compile(r"\b(?:COM|SWD|JOIN|SEC|C|L)\s?\(\d{4}\)\s?\d+|\((?:EU|EC)\)\s?(?:No\.?\s?)?\d+/\d+|\b\d{4}/\d{2,4}\b")),
    ("iso", re.compile(rf"\b({_YEAR})-(\d\d)(?:-(\d\d))?\b(?![-–]\d)")),
    ("day", re.compile(rf"\b(\d{{1,2}})(?:st|nd|rd|th)?(?:(?:{_TIGHT}|\sand\s|\sto\s)(\d{{1,2}})(?:st|nd|rd|th)?)?\s(?:of\s)?({_MONTH})(?:,?\s({_YEAR}))?\b")),
    ("american", re.compile(rf"\b({_MONTH})\s(\d{{1,2}})(?:st|nd|rd|th)?(?:{_TIGHT}(\d{{1,2}}))?(?:,?\s({_YEAR}))?\b(?![,.]?\d|\s?%)")),
    ("month", re.compile(rf"\b({_MONTH})(?:,?\s(?:of\s)?({_YEAR}))(?!\d)|(?<=\b[Ii]n\s)({_MONTH})\b|(?<=\b[Bb]y\s)({_MONTH})\b|(?<=\b(?:late|from|till)\s)({_MONTH})\b|(?<=\b(?:early|until|since|after)\s)({_MONTH})\b|\b({_MONTH})(?=\sof\sthat\syear)|\b((?!May\b|March\b|Mar\b|Jan\b|Dec\b|Sep\b|Jun\b){_MONTH})(?=\W|$)")),
    ("quarter", re.compile(rf"\b(?:(first|second|third|fourth|last)\s(?:quarter|three\smonths)\sof|Q([1-4]),?)\s({_YEAR})\b", re.I)),
    ("season", re.compile(rf"\b(spring|summer|autumn|winter|(?<=in the )fall|(?<=in )fall)(?:,?\s(?:of\s)?)({_YEAR})\b", re.I)),
    ("decade", re.compile(r"(?:\b(early|mid|late)(?:[\s-]|\sin\sthe\s)(?:the\s)?)?(?<![\d.,])((?:1[5-9]|20)\d)0['’]?s\b", re.I)),
    ("decade", re.compile(r"\b(?:the\s(?:(early|mid|late)[\s-])?|(mid)-)(?:nineteen[\s-])?(twent|thirt|fort|fift|sixt|sevent|eight|ninet)ies\b", re.I)),
    ("turn", re.compile(r"\bturn of the (?:century|millennium)\b", re.I)),
    ("years", re.compile(rf"(?<![\d.,€$£])({_YEAR})(?:{_TIGHT}|\sto\s|/)(\d\d(?:\d\d)?)(?![\d.,]\d|\d|\s?%)")),
    ("year", re.compile(rf"(?<![\d.,€$£/])(?<!CHF\s)(?<!EUR\s)({_YEAR})(?![\d%]|[.,]\d|\s?(?:%|per cent|million|billion|euros|francs|dollars|people|staff|researchers|scientists|km|TWh|MW)\b)")),
    ("year", re.compile(rf"(?<=\b[Ii]n\s)({_YEAR})(?=\s(?:people|staff|researchers|scientists)\b)")),
    ("ratio", re.compile(rf"\b({_WORDS}|one|an?|\d+)\s(?:in|out\sof|of|from)\s(?:every|each)\s({_WORDS}|hundred|\d+)\b(?!\s?%)", re.I)),
    ("ratio", re.compile(rf"\b({_WORDS}|one|\d+)(?:\s(?:times|cases))?[\s-](?:in|out\sof)[\s-]({_WORDS}|\d+)\b(?!\s?%|[.,]?\d|\s(?:years|months|weeks|days|sites|states|countries|cities|places|rounds|million|billion))", re.I)),
    ("ratio", re.compile(rf"\b({_WORDS}|one|an?|\d+)\s(?!of\b)[a-z’'-]+\s(?:[a-z]+s\s)?(?:in|out\sof)\s(?:every\s|an?\s(?=hundred))?({_WORDS}|hundred|100|\d\d?)\b(?!\s?%|[.,]?\d|\s(?!(?:is|was|has|does|comes|goes|gets|takes|says|wants|works|thinks|sees|lives)\b)\w+s\b|\s(?:million|billion|and\s\d))", re.I)),
    ("mixed", re.compile(rf"\b(an?|one|{_WORDS}|\d+)(?:\s({_SPAN}|thousand|million|billion|dozen)s?)?\sand\s(?:an?|one|three)\s(half|quarter|third|quarters)\b(?:\s({_LARGE})\b)?(?:[\s-]({_AFTER}))?", re.I)),
    ("piece", re.compile(rf"\b(?:((?:an?|one|{_TO_99})[\s-])?({_PART})(?:\sof)?\s(?:an?|one)\s)(thousand|million|billion|trillion|dozen|(?:{_SPAN}|kilometre|metre|tonne|kilo|per\scent|percent)\b)(?:\s({_AFTER}))?", re.I)),
    ("multiple", re.compile(rf"\b(?:((?:doubl|tripl|trebl|quadrupl|quintupl|halv)(?:e|es|ed|ing)|twice|thrice)|({_WORDS}|\d+)[\s-]?fold)\b", re.I)),
    ("fraction", re.compile(rf"(?<!\bin\s)\b((?:a|an|one|{_WORDS})[\s-])({_PART})\b(?=\s(?:of|in|from|off|more|less|and|or|to|than|as|that|by|at|on|is|are|was|were|comes?|went|goes|the|its|their|for)\b|\s?[.,;:)]|$)|(?<!first\s)(?<!second\s)(?<!other\s)\b(half)\b(?=\s(?:of|the|its|their|that|what)\b)|(?<=\bunder\s)(half)\b|(?<=\bthan\s)(half)\b", re.I)),
    ("ordinal", re.compile(rf"\b(\d{{1,4}})(?:st|nd|rd|th)\b|\b((?:(?:{_any(_TENS)})-)?(?:{_any(_ORDINALS)}))\b(?!,)(?!-)", re.I)),
    ("number", re.compile(
        rf"(?P<sign>{_SIGN})?\s?(?<![\w.])(?P<low>{_DIGITS}|\b(?:{_WORDS}|one(?=[\s-](?!days?\b)(?:{_LARGE}\b|{_AFTER}))|an?(?=\s(?:thousand|million|billion|dozen|score\sof|decade|century)\b))\b)"
        rf"(?P<odd>[\s-]odd\b)?(?:[\s-]?(?P<lowscale>{_SCALE})\b)?(?P<lowunit>\s?%)?"
        rf"(?:(?:{_TIGHT}(?:{_SIGN})?|\s(?:to|and|or)\s)(?P<high>{_DIGITS}|\b(?:{_WORDS})\b)(?=\W|[mkb]|$|bn))?(?P<plus>\+)?"
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
    left, right = text[: quantity.start], text[quantity.end :]
    if quantity.kind == "date":
        return replace(quantity, bound="about") if _ABOUT_DATE.search(left) else quantity
    if quantity.kind != "number":
        return quantity
    noun = None if quantity.unit else re.match(r"[\s-](?:[a-z]+[\s-]){0,1}?([^\W\d_]{2,})", right)
    bound = quantity.bound or _bound_before(left) or _bound_after(right)
    if quantity.dimension == "time" and _OVER_TIME.search(left):
        # "Over ten years" says how long, not that it was longer.
        bound = ""
    named = noun.group(1) if noun and noun.group(1) not in _NO_NOUN else ""
    return replace(quantity, bound=bound, noun=named, per=_period(left, right))


_ABOUT_DATE = re.compile(r"\b(?:around|about|circa|roughly|c\.|some time in)\s$", re.I)
_OVER_TIME = re.compile(r"(?<!little )(?<!just )(?<!bit )(?<!slightly )(?<!well )\bover\s(?:the\s)?$", re.I)
_BEFORE = re.compile(
    rf"(?:^|(?<=[\s(]))(?:\w*(not|n['’]t|never|no)\s)?(?:(?:be|even|well)\s|(much|far)\s)*({_any(_BOUNDS)})\s?(?:(?:the|a|an|its)\s)?$",
    re.I,
)
_PER = re.compile(
    rf"\s?(?:\w+\s)?(?:(?:per|a|an|each|every)\s({_SPAN})\b|(annually|yearly|monthly|weekly|daily|hourly)\b)",
    re.I,
)
_PER_BEFORE = re.compile(r"\b(annual|annually|yearly|monthly|weekly|daily|hourly)\b[^,;.\d]{0,30}$", re.I)
_TURNED: dict[Bound, Bound] = {"over": "under", "under": "over", "about": "about", "": ""}


def _bound_before(left: str) -> Bound:
    match = _BEFORE.search(left)
    if match is None:
        return ""
    denied, much, words = match.groups()
    bound = _BOUNDS[words.lower()]
    return bound if not denied else "about" if much else _TURNED[bound]


def _bound_after(right: str) -> Bound:
    match = re.match(r",?\s(or more|and more|or less|or so|or thereabouts?|give or take)\b", right)
    return _BOUNDS[match.group(1)] if match else ""


def _period(left: str, right: str) -> str:
    match = _PER.match(right) or _PER_BEFORE.search(left)
    name = next((group.lower() for group in match.groups() if group), "") if match else ""
    return _PERIODS.get(name, name)


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


def _read_quarter(match: re.Match[str]) -> list[Quantity]:
    word, digit, year = match.groups()
    number = int(digit) if digit else ("first", "second", "third", "fourth", "last").index(word.lower()) + 1
    first = 3 * min(number, 4) - 2
    return [_made(match, "date", float(year), month=first, last_month=first + 2)]


def _read_season(match: re.Match[str]) -> list[Quantity]:
    first, last = _SEASONS[match.group(1).lower()]
    return [_made(match, "date", float(match.group(2)), month=first, last_month=last)]


def _read_decade(match: re.Match[str]) -> list[Quantity]:
    *parts, name = match.groups()
    first = int(name) * 10 if name.isdigit() else 1900 + _TENS[f"{name.lower()}y"]
    start, end = _PARTS_OF_DECADE[next((part.lower() for part in parts if part), "")]
    return [_made(match, "date", first + start, first + end)]


def _read_turn(match: re.Match[str]) -> list[Quantity]:
    return [_made(match, "date", 1998, 2002)]


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
    top = _value(match.group(1).strip(" -")) if match.group(1) else 1.0
    return [_made(match, "number", round(100 * top / _parts(match.group(2) or "half"), 4), unit="%")]


def _parts(name: str) -> int:
    return _FRACTIONS[name.lower().removesuffix("s")]


def _read_mixed(match: re.Match[str]) -> list[Quantity]:
    """ "A year and a half", "two and a half billion euros"."""
    whole, middle, part, scale, unit = match.groups()
    top = 3.0 if part.lower() == "quarters" else 1.0
    value = _value(whole) + top / _parts(part)
    middle = (middle or "").lower()
    value *= (_scale(scale) or 1.0) * _SCALES.get(middle, 1.0)
    return [_made(match, "number", value, unit=_UNITS.get(middle, "") or _unit_named(unit))]


def _read_piece(match: re.Match[str]) -> list[Quantity]:
    """ "Half a century", "three quarters of a billion euros"."""
    top, part, of, unit = match.groups()
    value = (_value(top.strip(" -")) if top else 1.0) / _parts(part)
    of = of.lower()
    return [
        _made(match, "number", value * _SCALES.get(of, 1.0), unit=_UNITS.get(of, "") or _unit_named(unit))
    ]


def _read_multiple(match: re.Match[str]) -> list[Quantity]:
    word, number = match.groups()
    value = (
        _value(number)
        if number
        else next(value for name, value in _MULTIPLES.items() if word.lower().startswith(name))
    )
    return [_made(match, "number", value, unit="times")]


def _read_ordinal(match: re.Match[str]) -> list[Quantity]:
    if match.group(1):
        return [_made(match, "ordinal", float(match.group(1)))]
    tens, _, rest = match.group(2).lower().rpartition("-")
    return [_made(match, "ordinal", float(_TENS.get(tens, 0) + _ORDINALS[rest]))]


def _read_number(match: re.Match[str]) -> list[Quantity]:
    part = match.groupdict()
    scale = _scale(part["scale"]) or _scale(part["lowscale"]) or 1.0
    unit = _unit(part)
    bound = "over" if part["plus"] else "about" if part["odd"] else ""
    if part["high"] is None:
        return [_made(match, "number", _value(part["low"]) * scale, unit=unit, bound=bound)]
    low = _value(part["low"]) * (_scale(part["lowscale"]) or scale)
    pair = bool(re.search(r"\b(?:and|to|or)\b", match.group()))
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
    end = (
        match.end()
        if part == "high"
        else match.end(next(name for name in ("lowunit", "lowscale", part) if match[name]))
    )
    text = match.string[match.start(part) : end].strip()
    return Quantity(
        kind="number", text=text, start=match.start(part), end=end, low=value, high=value, unit=unit
    )


def _unit(part: dict[str, str | None]) -> str:
    if part["sign"]:
        sign = part["sign"].lower().rstrip(".")
        return _CURRENCIES.get(sign, "CHF" if sign == "fr" else sign)
    return _unit_named(part["after"] or part["lowunit"])


def _unit_named(name: str | None) -> str:
    name = (name or "").strip().lower()
    return _CURRENCIES.get(name) or _UNITS.get(name, "")


def _scale(name: str | None) -> float | None:
    """The product of a scale's words: "thousand million" is 1e9."""
    return None if name is None else prod(_SCALES[_one(part)] for part in re.split(r"[\s-]", name.lower()))


def _one(scale: str) -> str:
    return scale.removesuffix("s") if len(scale) > 2 else scale


def _value(text: str) -> float:
    text = text.lower().strip()
    if text[0].isdigit():
        return float(re.sub(r"[,\u00a0\u202f\u2009’' ]", "", text))
    total = last = 0.0
    for part in re.split(r"[\s-]", text):
        if part == "hundred":
            last = 100 * (last or 1.0)
        elif part == "thousand":
            total, last = 1000 * (last or 1.0), 0.0
        else:
            last += _TENS.get(part, _SMALL.get(part, 1.0 if part in ("a", "an") else 0.0))
    return total + last


_READERS = {
    "reference": _read_reference, "iso": _read_iso, "day": _read_day, "american": _read_american, "month": _read_month,
    "quarter": _read_quarter, "season": _read_season, "decade": _read_decade, "turn": _read_turn, "years": _read_years, "year": _read_year, "ratio": _read_ratio, "mixed": _read_mixed, "piece": _read_piece,
    "multiple": _read_multiple, "fraction": _read_fraction, "ordinal": _read_ordinal, "number": _read_number,
}  # fmt: skip


def matches(claimed: Quantity, found: Quantity, *, rounding: bool = True) -> bool:
    """Whether the passage's quantity `found` bears out the claim's; bounds are compared by `bounds_clash`.

    With `rounding`, a claimed value may be the found one rounded ("about 230,000" for 225,631, "more than a million" for
    1.22 million), and a rank may stand for a count ("the 25th state" where there are 25).
    """
    if "date" in (claimed.kind, found.kind):
        return claimed.kind == found.kind and _same_date(claimed, found)
    if claimed.kind != found.kind:
        return rounding and claimed.low == found.low and claimed.low > 2 and not (claimed.unit or found.unit)
    if not _same_unit(claimed, found):
        return False
    low, high = (end * _unit_ratio(claimed, found) for end in (claimed.low, claimed.high))
    if _close(low, found.low) and _close(high, found.high):
        return True
    if not rounding:
        return False
    is_end = claimed.low == claimed.high and (_close(low, found.low) or _close(low, found.high))
    return is_end or _rounds(claimed, low, found)


def _unit_ratio(claimed: Quantity, found: Quantity) -> float:
    return claimed.size / found.size if claimed.unit and found.unit else 1.0


def _same_date(claimed: Quantity, found: Quantity) -> bool:
    slack = _ABOUT_YEARS if claimed.bound == "about" and not claimed.month else 0
    if claimed.low and not claimed.low - slack <= found.low <= found.high <= claimed.high + slack:
        return (
            claimed.last_month > 12
            and found.low == claimed.low + 1
            and found.month + 12 <= claimed.last_month
        )
    if claimed.last_month:
        return claimed.month <= found.month and (found.last_month or found.month) <= claimed.last_month
    return claimed.month in (0, found.month) and claimed.day in (0, found.day)


_ABOUT_YEARS = 2
_POINTS = ("point", "points")


def _same_unit(claimed: Quantity, found: Quantity) -> bool:
    if claimed.dimension == found.dimension:
        return True
    # A bare number that counts nothing named may stand for one with a unit, and the other way round.
    bare, other = (claimed, found) if not claimed.unit else (found, claimed)
    if other.unit == "pp":
        return bare.noun in _POINTS
    if bare.unit or other.unit in ("%", "times"):
        return False
    return not bare.noun or (bare.low >= _SUM_OF_MONEY and other.unit in _CURRENCIES.values())


_SUM_OF_MONEY = 1e6
"""From here on a bare number may be money whatever word follows ("some 800 billion larger")."""


def _close(one: float, other: float) -> bool:
    return isclose(one, other, rel_tol=1e-6, abs_tol=1e-9)


def _rounds(claimed: Quantity, value: float, found: Quantity) -> bool:
    """Whether `value`, the claim's in the passage's unit, is a fair rounding of the passage's."""
    if claimed.low != claimed.high or not found.low:
        return False
    if (
        claimed.unit != found.unit
        and claimed.dimension == "time"
        and abs(value - found.low) <= 0.02 * found.low
    ):
        return True
    if {claimed.bound, found.bound} == {"over", "under"}:
        return False
    return approximates(claimed, value, found.low, found.high)


def approximates(claimed: Quantity, value: float, low: float, high: float) -> bool:
    """Whether "about", "more than" or "nearly" `value`, as `claimed` says it, fits what lies between `low` and `high`."""
    fraction = bool(_FRACTION_WORD.search(claimed.text))
    digits = 1 if fraction else _significant(claimed.low)
    if claimed.bound in ("over", "under") and digits > _significant(low / claimed.size) and digits > 1:
        return False
    if claimed.bound == "over":
        return value <= low <= value * (1.3 if fraction else _reach(claimed.low, digits))
    if claimed.bound == "under":
        return value * (0.75 if digits == 1 else 0.9) <= high <= value
    if low != high:
        return claimed.bound == "about" and low <= value <= high
    if fraction:
        return abs(value - low) <= (0.12 if claimed.bound else 0.04) * low
    rounded = round(low, digits - 1 - floor(log10(abs(low)))) if low else 0.0
    if claimed.bound == "about":
        words = claimed.loose and not claimed.text[0].isdigit() and not re.search(r"\d", claimed.text)
        near = abs(value - low) <= (0.08 if words and digits == 1 else 0.05) * low
        return near and digits < _significant(low) and (words or _close(value, rounded))
    return claimed.loose and digits >= 2 and digits < _significant(low) and _close(value, rounded)


_FRACTION_WORD = re.compile(rf"\b(?:{_PART}|(?:one|two|three|four)\sin)\b", re.I)


def _reach(value: float, digits: int) -> float:
    """How far above itself "more than" a value reaches: to the next one as round."""
    step = 10 ** (floor(log10(value)) + 1 - digits) if value else 0.0
    return max((value + step) / value, 1.1) if value else 1.0


def _significant(value: float) -> int:
    return len(f"{value:.10g}".replace(".", "").split("e")[0].strip("0")) or 1


def bounds_clash(claimed: Quantity, found: Quantity) -> bool:
    """Whether "up to" meets "at least", or a bound was put to a figure that the passage gives without one."""
    if not claimed.bound or claimed.bound == found.bound or claimed.kind != "number":
        return False
    if not _close(claimed.low * _unit_ratio(claimed, found), found.low):
        return False
    return claimed.bound in ("over", "under")


def periods_clash(claimed: Quantity, found: Quantity) -> bool:
    """Whether the same amount is per year here and per month there."""
    return bool(claimed.per and found.per) and claimed.per != found.per


def pooled(found: tuple[Quantity, ...]) -> tuple[Quantity, ...]:
    """`found` and, for each day or month written without a year, the dates it makes with the years beside it."""
    years = {quantity.low for quantity in found if quantity.kind == "date" and quantity.low}
    partial = [quantity for quantity in found if quantity.kind == "date" and not quantity.low]
    return found + tuple(
        replace(quantity, low=year, high=year) for quantity in partial for year in sorted(years)
    )
