"""RIS <-> raw records and the fields of a Reference.

A raw record keeps every line (tag, value) in its order. Only the line grammar is rispy's: its own records keep one line
of a tag that comes twice, and drop a last record without its end.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ..identity import bare_doi
from ..references import Name, Reference

Raw = dict[str, Any]
Pair = list[str]

TAGS: dict[str, tuple[str, ...]] = {
    "type": ("U2.type",),
    "title": ("TI", "T1", "CT"),
    "author": ("AU", "A1", "U3.body"),
    "editor": ("ED", "A2", "U3.body"),
    "issued": ("DA", "PY", "Y1"),
    "accessed": ("Y2",),
    "URL": ("UR",),
    "DOI": ("DO", "DI"),
    "ISBN": ("SN",),
    "ISSN": ("SN",),
    "container_title": ("T2", "JF", "JO", "BT", "C3", "JA", "J2"),
    "collection_title": ("T3",),
    "publisher": ("PB",),
    "publisher_place": ("CY", "PP"),
    "edition": ("ET",),
    "volume": ("VL",),
    "issue": ("IS",),
    "number": ("M1", "SN"),
    "page": ("SP", "EP"),
    "genre": ("M3",),
    "language": ("LA",),
    "abstract": ("AB", "N2"),
    "keywords": ("KW",),
    "note": ("N1", "RN"),
    "interest": ("U1.interest",),
}
"""Our field -> the tags that it is read from, the first found wins.

What RIS has no tag for stands in tags that are free for users, marked (`U1  - interest: rival`), since others may have
written anything there; in a raw record it is kept apart as `U1.interest`.
"""
_OWN = ("U1.interest", "U2.type", "U3.body")

_TYPES = {
    "JOUR": "article-journal", "EJOUR": "article-journal", "JFULL": "periodical", "INPR": "article-journal",
    "ABST": "article-journal", "MGZN": "article-magazine", "NEWS": "article-newspaper", "BOOK": "book",
    "EDBOOK": "book", "EBOOK": "book", "CHAP": "chapter", "ECHAP": "chapter", "CONF": "paper-conference",
    "CPAPER": "paper-conference", "RPRT": "report", "GOVDOC": "report", "THES": "thesis", "ELEC": "webpage",
    "ICOMM": "webpage", "BLOG": "post-weblog", "UNPB": "manuscript", "MANSCPT": "manuscript",
    "STAT": "legislation", "LEGAL": "legislation", "BILL": "bill", "CASE": "legal_case", "HEAR": "hearing",
    "PAT": "patent", "STAND": "standard", "DATA": "dataset", "DBASE": "dataset", "AGGR": "dataset",
    "COMP": "software", "ENCYC": "entry-encyclopedia", "DICT": "entry-dictionary", "MAP": "map",
    "PAMP": "pamphlet", "PCOMM": "personal_communication", "SLIDE": "speech", "SOUND": "song",
    "MPCT": "motion_picture", "VIDEO": "motion_picture", "ART": "graphic", "FIGURE": "figure",
    "SER": "book", "MULTI": "webpage", "CLSWK": "classic", "MUSIC": "musical_score", "GEN": "document",
}  # fmt: skip
_WRITTEN: dict[str, str] = {}
for _tag, _kind in _TYPES.items():
    _WRITTEN.setdefault(_kind, _tag)
_WRITTEN |= {"review": "JOUR", "review-book": "JOUR", "article": "GEN", "post": "BLOG", "treaty": "LEGAL",
             "regulation": "STAT"}  # fmt: skip
_COUNTS_PAGES = frozenset({"book", "report", "thesis"})
"""For these SP alone is the number of pages."""
_NUMBERED = frozenset({"report", "patent", "standard"})
_LINE = re.compile(r"^([A-Z][A-Z0-9]) {1,2}-(?: |$)")


def split(text: str) -> tuple[list[Raw], list[tuple[str, str]], list[str]]:
    """The raw records of a file, what could not be read (where, why), and notes for the user."""
    from rispy import RisParser

    grammar = RisParser()
    raws: list[Raw] = []
    failed: list[tuple[str, str]] = []
    notes, outside, record = [], 0, None
    for number, line in enumerate(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"), 1):
        # Some programs write one space before the hyphen.
        tag, value = grammar.parse_line(_LINE.sub(r"\1  - ", line))
        if tag == "TY":
            if record is not None:
                notes.append(f"the record before line {number} has no end (ER); it was read up to there")
            record = {"type": value, "key": "", "fields": []}
            raws.append(record)
        elif record is None:
            if tag == "ER" or (tag and value):
                failed.append((f"line {number}", f"{tag} stands outside a record"))
            outside += bool(value and not tag)
        elif tag == "ER":
            record = None
        else:
            _add(record, tag, value)
    if record is not None:
        notes.append("the last record has no end (ER); the file may have been cut off")
    for raw in raws:
        _finish(raw)
    return raws, failed, [*notes, *([f"{outside} lines outside the records are not kept"] if outside else [])]


def _add(record: Raw, tag: str | None, value: str) -> None:
    if tag:
        record["fields"].append([tag, value])
    elif record["fields"]:
        record["fields"][-1][1] += f"\n{value}"
    elif value:
        record["type"] = f"{record['type']} {value}".strip()


def _finish(raw: Raw) -> None:
    for pair in raw["fields"]:
        pair[1] = pair[1].strip()
        for own in _OWN:
            tag, _, name = own.partition(".")
            if pair[0] == tag and pair[1].startswith(f"{name}: "):
                pair[:] = [own, pair[1].removeprefix(f"{name}: ")]
        if pair[0] == "ID" and not raw["key"]:
            raw["key"] = pair[1].split("\n")[0]


def fields(raw: Raw) -> dict[str, Any]:
    """The fields of a Reference, without its id; only those that the record has."""
    values: dict[str, list[str]] = {}
    for tag, value in raw["fields"]:
        if value:
            values.setdefault(tag, []).append(value)
    kind = _type(raw["type"], values)
    found: dict[str, Any] = {"type": kind, "issued": _issued(values)}
    for field in ("title", "container_title", "collection_title", "publisher", "publisher_place", "edition",
                  "volume", "issue", "genre", "language"):  # fmt: skip
        found[field] = _line(_first(values, field))
    found["abstract"] = _first(values, "abstract")
    found["note"] = "\n\n".join(value for tag in TAGS["note"] for value in values.get(tag, ()))
    found |= {role: tuple(names(values, role)) for role in ("author", "editor")}
    found["accessed"] = _date(_first(values, "accessed"))
    found["URL"] = "".join(_first(values, "URL").split())
    found["DOI"] = bare_doi(_first(values, "DOI")) or _stray_doi(found)
    found["page"] = _pages(values, kind)
    found |= _serial(values, kind)
    lines = (part for value in values.get("KW", ()) for part in re.split(r"[;\n]", value))
    found["keywords"] = tuple(line.strip() for line in lines if line.strip())
    found["interest"] = _first(values, "interest")
    if kind == "book" and found["container_title"] and not found["collection_title"]:
        found["collection_title"] = found.pop("container_title")
    return {field: value for field, value in found.items() if value}


def _first(values: dict[str, list[str]], field: str) -> str:
    return next((values[tag][0] for tag in TAGS[field] if tag in values), "")


def _line(text: str) -> str:
    return " ".join(text.split())


def _type(written: str, values: dict[str, list[str]]) -> str:
    return _first(values, "type") or _TYPES.get(written.strip().upper(), "document")


def _issued(values: dict[str, list[str]]) -> str:
    dates = [_date(value) for tag in TAGS["issued"] for value in values.get(tag, ())]
    return max(dates, key=len, default="")


def _date(text: str) -> str:
    """`2024/10/16/` and the like as `2024-10-16`; a year alone if the rest is words; "" without a year."""
    found = re.match(r"\s*(\d{4})(?:[/-](\d{1,2}))?(?:[/-](\d{1,2}))?(?!\d)", text)
    if not found:
        loose = re.search(r"(?<!\d)(\d{4})(?!\d)", text)
        return loose[1] if loose else ""
    year, month, day = found.groups()
    if not month or not 1 <= int(month) <= 12:
        return str(year)
    return f"{year}-{int(month):02}" + (f"-{int(day):02}" if day and 1 <= int(day) <= 31 else "")


def names(values: dict[str, list[str]], role: str) -> Iterator[Name]:
    """The people (`Family, Given, Suffix`) and bodies (no comma) of a role."""
    bodies = set(values.get("U3.body", ()))
    for value in (value for tag in TAGS[role][:2] for value in values.get(tag, ())):
        family, comma, rest = _line(value).partition(",")
        given, _, suffix = rest.partition(",")
        if not comma or _line(value) in bodies:
            yield Name(literal=_line(value))
        elif family.strip() or given.strip():
            yield Name(family=family.strip(), given=given.strip(), suffix=suffix.strip())


def _stray_doi(found: dict[str, Any]) -> str:
    """A DOI that older exports put where the type of work belongs."""
    if not re.match(r"(?:doi:?\s*)?10\.\d{4}", found["genre"], re.IGNORECASE):
        return ""
    return bare_doi(found.pop("genre"))


def _pages(values: dict[str, list[str]], kind: str) -> str:
    first, last = (_line(values.get(tag, [""])[0]) for tag in ("SP", "EP"))
    if first and last and first != last:
        return f"{first}–{last}"
    if not last and kind in _COUNTS_PAGES and first.isdigit():
        return ""
    return re.sub(r"(?<=\d)\s*-+\s*(?=\d)", "–", first or last)


def _serial(values: dict[str, list[str]], kind: str) -> dict[str, str]:
    """SN is an ISBN, an ISSN or the number of a report, M1 a number."""
    found = {"number": _line(values["M1"][0])} if "M1" in values else {}
    for serial in map(_line, values.get("SN", ())):
        digits = re.sub(r"[^\dX]", "", serial.upper())
        if re.search(r"(?<!\d)(?:97[89])?\d{9}[\dX](?!\d)", re.sub(r"[\s-]", "", serial.upper())):
            found.setdefault("ISBN", serial)
        elif len(digits) == 8 and re.search(r"\d{4}-?\d{3}[\dXx]", serial):
            found.setdefault("ISSN", serial)
        else:
            found.setdefault("number" if kind in _NUMBERED else "ISSN", serial)
    return found


def build(reference: Reference) -> Raw:
    """A raw record made from the fields of a Reference."""
    written = _WRITTEN.get(reference.type, "GEN")
    pairs: list[Pair] = [["ID", reference.id]]

    def add(tag: str, value: str) -> None:
        # One line each, also for an abstract: not every program reads a value that goes on in the next line.
        if value := _line(value):
            pairs.append([tag, value])

    add("TI", reference.title)
    for tag, people in (("AU", reference.author), ("A2", reference.editor)):
        for name in people:
            add(tag, _written(name))
            if not name.family and "," in name.literal:
                add("U3.body", name.literal)
    for tag, value in zip(("PY", "DA"), _dates(reference.issued), strict=False):
        add(tag, value)
    add("T2", reference.container_title)
    add("T3", reference.collection_title)
    first, _, last = reference.page.partition("–")
    add("SP", first)
    add("EP", last)
    for tag, field in _PLAIN:
        add(tag, getattr(reference, field) or "")
    add("Y2", (reference.accessed or "").replace("-", "/"))
    for keyword in reference.keywords:
        add("KW", keyword.replace(";", ","))
    add("N1", reference.note)
    if reference.interest:
        add("U1.interest", reference.interest)
    if _TYPES[written] != reference.type:
        add("U2.type", reference.type)
    return {"type": written, "key": reference.id, "fields": pairs}


_PLAIN = (
    ("PB", "publisher"), ("CY", "publisher_place"), ("ET", "edition"), ("VL", "volume"), ("IS", "issue"),
    ("M1", "number"), ("M3", "genre"), ("DO", "DOI"), ("UR", "URL"), ("SN", "ISBN"), ("SN", "ISSN"),
    ("LA", "language"), ("AB", "abstract"),
)  # fmt: skip


def _written(name: Name) -> str:
    if not name.family:
        return name.literal or name.given.replace(",", " ")
    parts = [name.family.replace(",", " "), name.given, *([name.suffix] if name.suffix else [])]
    return ", ".join(parts).rstrip(" ") if name.given or name.suffix else f"{parts[0]},"


def _dates(issued: str | None) -> list[str]:
    parts = (issued or "").split("-")
    return [parts[0], "/".join(parts)] if len(parts) > 1 else parts


def dump(raws: list[Raw]) -> str:
    """The file that holds these records."""
    return "\n".join(_record(raw) for raw in raws)


def _record(raw: Raw) -> str:
    lines = [f"TY  - {raw['type']}"]
    for tag, value in raw["fields"]:
        tag, _, own = tag.partition(".")
        lines.append(f"{tag}  - {own}: {value}" if own else f"{tag}  - {value}")
    return "\n".join([*lines, "ER  - ", ""])
