"""BibTeX and BibLaTeX <-> raw records and the fields of a Reference.

A raw record keeps every field as it was written, with its braces, in its order; macros of the file (@string) are put in.
It knows the language, not which keys are free nor what was edited: that is `bibliography`'s.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from typing import Any

from ..identity import bare_doi
from ..latex import escape, paragraphs, protect, to_unicode, verbatim
from ..references import CSL_TYPES, Name, Reference, divided, joined

# A broken entry is reported by us; without a handler the parser's own log line would be printed as well.
logging.getLogger("bibtexparser").addHandler(logging.NullHandler())

Raw = dict[str, Any]
Pair = list[str]

TAGS: dict[str, tuple[str, ...]] = {
    "type": ("entrysubtype",),
    "title": ("title", "subtitle"),
    "author": ("author",),
    "editor": ("editor",),
    "issued": ("date", "year", "month", "day"),
    "accessed": ("urldate", "lastchecked", "accessed"),
    "URL": ("url",),
    "DOI": ("doi",),
    "ISBN": ("isbn",),
    "ISSN": ("issn",),
    "container_title": ("journaltitle", "journal", "booktitle"),
    "collection_title": ("series",),
    "publisher": ("publisher", "institution", "school", "organization"),
    "publisher_place": ("address", "location"),
    "edition": ("edition",),
    "volume": ("volume",),
    "issue": ("issue", "number"),
    "number": ("number",),
    "page": ("pages",),
    "genre": ("type",),
    "language": ("language", "langid"),
    "abstract": ("abstract",),
    "keywords": ("keywords", "keyword"),
    "note": ("note", "annotation", "annote"),
    "interest": ("interest",),
}
"""Our field -> the tags that it is read from, the first found wins."""

_TYPES = {
    "article": "article-journal", "periodical": "periodical", "book": "book", "mvbook": "book",
    "collection": "book", "mvcollection": "book", "proceedings": "book", "reference": "book",
    "booklet": "pamphlet", "inbook": "chapter", "incollection": "chapter", "suppbook": "chapter",
    "bookinbook": "chapter", "inreference": "entry-encyclopedia", "inproceedings": "paper-conference",
    "conference": "paper-conference", "techreport": "report", "report": "report", "manual": "report",
    "phdthesis": "thesis", "mastersthesis": "thesis", "thesis": "thesis", "online": "webpage",
    "electronic": "webpage", "www": "webpage", "webpage": "webpage", "unpublished": "manuscript",
    "patent": "patent", "software": "software", "dataset": "dataset", "standard": "standard",
    "legislation": "legislation", "legal": "legislation", "jurisdiction": "legal_case",
    "letter": "personal_communication", "movie": "motion_picture", "video": "motion_picture",
    "audio": "song", "artwork": "graphic", "image": "graphic",
}  # fmt: skip
_ENTRY_TYPES = {
    "article-journal": "article", "article-magazine": "article", "article-newspaper": "article",
    "review": "article", "review-book": "article", "article": "article", "book": "book", "pamphlet": "booklet",
    "chapter": "incollection", "entry": "incollection", "entry-encyclopedia": "incollection",
    "entry-dictionary": "incollection", "paper-conference": "inproceedings", "report": "techreport",
    "thesis": "phdthesis", "manuscript": "unpublished", "webpage": "online", "post-weblog": "online",
    "post": "online",
}  # fmt: skip
"""Other types are @misc; where the entry type does not say all, the exact type goes into `entrysubtype`.

@online is BibLaTeX's, but plain BibTeX prints a type that it does not know as @misc.
"""
_SUBTYPES = {"magazine": "article-magazine", "newspaper": "article-newspaper"}
_NUMBERED = {"report", "patent", "legislation", "bill", "standard", "legal_case"}
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_LANGUAGES = {
    "english": "en", "american": "en-US", "usenglish": "en-US", "british": "en-GB", "ukenglish": "en-GB",
    "german": "de", "ngerman": "de", "deutsch": "de", "austrian": "de-AT", "naustrian": "de-AT",
    "french": "fr", "francais": "fr", "spanish": "es", "italian": "it", "portuguese": "pt",
    "brazilian": "pt-BR", "dutch": "nl", "danish": "da", "swedish": "sv", "norwegian": "no", "finnish": "fi",
    "polish": "pl", "czech": "cs", "hungarian": "hu", "greek": "el", "russian": "ru", "turkish": "tr",
    "japanese": "ja", "chinese": "zh", "arabic": "ar",
}  # fmt: skip


def split(text: str) -> tuple[list[Raw], list[tuple[str, str]], list[str]]:
    """The raw records of a file, the entries that could not be read (where, why), and notes for the user."""
    from bibtexparser import model
    from bibtexparser.splitter import Splitter

    library = Splitter(text.replace("\r\n", "\n").replace("\r", "\n")).split()
    macros = {string.key.lower(): string.value for string in library.strings}
    raws, failed, comments = [], [], 0
    for block in library.blocks:
        entry = block if isinstance(block, model.Entry) else getattr(block, "ignore_error_block", None)
        if isinstance(entry, model.Entry):
            if entry.key:
                raws.append(_raw(entry, macros))
            else:
                failed.append((f"line {entry.start_line + 1}", "the entry has no key"))
        elif isinstance(block, model.ParsingFailedBlock):
            failed.append((_where(block), _why(block)))
        elif isinstance(block, model.ImplicitComment) and re.match(r"\s*@\s*\w", block.comment):
            failed.append((f"line {block.start_line + 1}", "it begins like an entry but is none"))
        elif not isinstance(block, model.String):
            comments += 1
    _inherit(raws)
    return raws, failed, [f"{comments} comments outside the entries are not kept"] if comments else []


def _where(block: Any) -> str:
    key = re.match(r"@\s*\w+\s*[{(]\s*([^\s,{}]+)\s*,", block.raw or "")
    return f"{key[1]} (line {block.start_line + 1})" if key else f"line {block.start_line + 1}"


def _why(block: Any) -> str:
    reason = " ".join(str(getattr(block.error, "abort_reason", block.error)).split())
    return f"the entry is broken: {reason}"


def _raw(entry: Any, macros: dict[str, str]) -> Raw:
    # The parser gives the entry type in small letters.
    kind = re.match(r"@\s*(\w+)", entry.raw or "")
    return {
        "type": kind[1] if kind else entry.entry_type,
        "key": entry.key,
        "fields": [[field.key, _resolved(field.value, macros)] for field in entry.fields],
    }


def _resolved(value: str, macros: dict[str, str]) -> str:
    """The value with this file's macros put in; names that BibTeX knows itself (months) stay as they are."""
    if not value or (value[0] in '{"' and "#" not in value) or value.isdigit():
        return value
    parts = _parts(value)
    known = [macros.get(part.lower(), part) for part in parts]
    if known == parts or len(known) == 1:
        return known[0] if len(known) == 1 else value
    if all(part[:1] in ('"', "{") or part.isdigit() for part in known):
        return "{" + "".join(_bare(part) for part in known) + "}"
    return " # ".join(known)


def _parts(value: str) -> list[str]:
    """`"a" # b` -> ['"a"', 'b']; a # inside quotes or braces is text."""
    parts, depth, quoted, start = [], 0, False, 0
    for place, char in enumerate(value):
        if place and value[place - 1] == "\\":
            continue
        depth += (char == "{") - (char == "}")
        if char == '"' and depth == 0:
            quoted = not quoted
        elif char == "#" and depth == 0 and not quoted:
            parts.append(value[start:place].strip())
            start = place + 1
    return [*parts, value[start:].strip()]


def _bare(value: str) -> str:
    """A value without its outer braces or quotes; a concatenation becomes one text."""
    if value[:1] == value[-1:] == '"' or (value[:1], value[-1:]) == ("{", "}"):
        inner = value[1:-1]
        if "#" not in value or len(_parts(value)) == 1:
            return inner
    if "#" in value and len(parts := _parts(value)) > 1:
        return "".join(_bare(part) for part in parts)
    return value


_FROM_PARENT = {
    "title": "booktitle",
    "booktitle": "booktitle",
    "subtitle": "",
    "keywords": "",
    "abstract": "",
}


def _inherit(raws: list[Raw]) -> None:
    """Give children what their `crossref` says; it is kept apart, since it is not written into them."""
    parents = {raw["key"].lower(): raw for raw in raws}
    for raw in raws:
        own = {tag.lower(): value for tag, value in raw["fields"]}
        parent = parents.get(_bare(own["crossref"]).strip().lower()) if "crossref" in own else None
        if parent is None or parent is raw:
            continue
        given = ((_FROM_PARENT.get(tag.lower(), tag.lower()), value) for tag, value in parent["fields"])
        skipped = {*own, "", "note", "interest", "doi", "url", "isbn" if "isbn" in own else ""}
        raw["inherited"] = [[tag, value] for tag, value in given if tag not in skipped]


def fields(raw: Raw) -> dict[str, Any]:
    """The fields of a Reference, without its id; only those that the record has."""
    values: dict[str, str] = {}
    for tag, value in [*raw["fields"], *raw.get("inherited", ())]:
        values.setdefault(tag.lower(), _bare(value))
    kind = _type(raw["type"].lower(), values)
    found: dict[str, Any] = {"type": kind, "title": _title(values), "issued": _issued(values)}
    for field in ("collection_title", "container_title", "publisher", "publisher_place", "edition", "volume"):
        found[field] = to_unicode(_first(values, TAGS[field]))
    found |= {role: tuple(names(values.get(role, ""))) for role in ("author", "editor")}
    found |= {tag.upper(): verbatim(values[tag]) for tag in ("url", "isbn", "issn") if values.get(tag)}
    found["accessed"] = _iso(_first(values, TAGS["accessed"]))
    found["DOI"] = bare_doi(verbatim(values.get("doi", "")))
    found["number" if kind in _NUMBERED else "issue"] = to_unicode(_first(values, TAGS["issue"]))
    found["page"] = re.sub(r"(?<=\d)\s*-\s*(?=\d)", "–", to_unicode(values.get("pages", "")))
    found["genre"] = to_unicode(values.get("type", "")) or _THESES.get(raw["type"].lower(), "")
    found["language"] = _language(values)
    found["abstract"] = paragraphs(values.get("abstract", ""))
    found["note"] = paragraphs("\n\n".join(values[tag] for tag in TAGS["note"] if tag in values))
    found["keywords"] = tuple(_keywords(_first(values, TAGS["keywords"])))
    found["interest"] = values.get("interest", "")
    return {field: value for field, value in found.items() if value}


_THESES = {"phdthesis": "PhD thesis", "mastersthesis": "Master’s thesis"}


def _first(values: dict[str, str], tags: tuple[str, ...]) -> str:
    return next((values[tag] for tag in tags if values.get(tag, "").strip()), "")


def _type(entry_type: str, values: dict[str, str]) -> str:
    subtype = values.get("entrysubtype", "").lower()
    if subtype in _SUBTYPES or subtype in CSL_TYPES:
        return _SUBTYPES.get(subtype, subtype)
    if entry_type == "misc" and values.get("url") and not values.get("doi"):
        return "webpage"
    return _TYPES.get(entry_type, "document")


def _title(values: dict[str, str]) -> str:
    parts = [to_unicode(values.get(tag, "")) for tag in ("title", "subtitle")]
    return ": ".join(part for part in parts if part)


def _issued(values: dict[str, str]) -> str:
    if date := _iso(values.get("date", "")):
        return date
    year = re.search(r"(?<!\d)\d{4}(?!\d)", values.get("year", ""))
    if not year:
        return ""
    written = to_unicode(values.get("month", "")).lower()
    named = re.search("|".join(_MONTHS), written)
    number = re.fullmatch(r"0?([1-9]|1[0-2])", written)
    month = _MONTHS.index(named[0]) + 1 if named else int(number[1]) if number else 0
    day = re.search(r"\d{1,2}", values.get("day", "") or (written if named else ""))
    if not month:
        return year[0]
    return f"{year[0]}-{month:02}" + (f"-{int(day[0]):02}" if day and 1 <= int(day[0]) <= 31 else "")


def _iso(text: str) -> str:
    """The first date of a BibLaTeX date or range; "" if it has no year."""
    found = re.match(r"\s*(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?(?!\d)", text)
    if not found:
        return ""
    # Months above 12 are seasons.
    kept = [part for part in found.groups() if part]
    return kept[0] if len(kept) > 1 and not 1 <= int(kept[1]) <= 12 else "-".join(kept)


def _language(values: dict[str, str]) -> str:
    named = to_unicode(_first(values, ("language", "langid", "hyphenation")))
    return _LANGUAGES.get(named.lower(), named)


def _keywords(text: str) -> Iterator[str]:
    return filter(None, map(to_unicode, divided(text)))


def names(text: str) -> Iterator[Name]:
    """The people and bodies of an `author` field."""
    for name in _at_depth_0(" ".join(text.split()), r"\s+and\s+", re.IGNORECASE):
        if not name.strip():
            continue
        if re.fullmatch(r"\{.*\}", name) and _closes_at_end(name):
            yield Name(literal=to_unicode(name))
        else:
            yield _person(_at_depth_0(name, r"\s*,\s*"))


def _person(parts: list[str]) -> Name:
    if len(parts) == 1:
        words = _at_depth_0(parts[0], r"[\s~]+")
        start = len(words) - 1
        # "Ludwig van Beethoven": the family name begins with the first word in small letters.
        small = [i for i, word in enumerate(words[:-1]) if i and to_unicode(word)[:1].islower()]
        start = small[0] if small else start
        given, family = " ".join(words[:start]), " ".join(words[start:])
        return _name(family, given)
    suffix = parts[1] if len(parts) > 2 else ""
    return _name(parts[0], " ".join(parts[2:] if suffix else parts[1:]), suffix)


def _name(family: str, given: str, suffix: str = "") -> Name:
    family, given, suffix = to_unicode(family), to_unicode(given), to_unicode(suffix)
    return Name(family=family, given=given, suffix=suffix)


def _at_depth_0(text: str, separator: str, flags: int = 0) -> list[str]:
    """The text split where the separator stands outside all braces."""
    if "{" not in text:
        return re.split(separator, text, flags=flags)
    pieces, start = [], 0
    for found in re.finditer(separator, text, flags):
        before = re.sub(r"\\[{}]", "", text[start : found.start()])
        if before.count("{") == before.count("}"):
            pieces.append(text[start : found.start()])
            start = found.end()
    return [*pieces, text[start:]]


def _closes_at_end(text: str) -> bool:
    depth = 0
    bare = re.sub(r"\\.", "xx", text)
    for place, char in enumerate(bare):
        depth += (char == "{") - (char == "}")
        if depth == 0 and place < len(bare) - 1:
            return False
    return True


def build(reference: Reference) -> Raw:
    """A raw record made from the fields of a Reference."""
    entry_type = _ENTRY_TYPES.get(reference.type, "misc")
    pairs: list[Pair] = []

    def add(tag: str, value: str) -> None:
        if value:
            pairs.append([tag, f"{{{value}}}"])

    add("title", protect(reference.title))
    add("author", " and ".join(_written(name) for name in reference.author))
    add("editor", " and ".join(_written(name) for name in reference.editor))
    add(_container_tag(entry_type), escape(reference.container_title))
    add("series", escape(reference.collection_title))
    add(
        {"techreport": "institution", "phdthesis": "school"}.get(entry_type, "publisher"),
        escape(reference.publisher),
    )
    for tag in ("edition", "volume"):
        add(tag, escape(getattr(reference, tag)))
    add("address", escape(reference.publisher_place))
    add("number", escape(reference.number if reference.type in _NUMBERED else reference.issue))
    add("pages", escape(reference.page))
    add("type", escape(reference.genre))
    pairs.extend(_dates(reference))
    add("doi", _plain(reference.DOI))
    add("url", _plain(reference.URL or ""))
    add("isbn", _plain(reference.ISBN))
    add("issn", _plain(reference.ISSN))
    add("language", escape(reference.language))
    add("abstract", _long(reference.abstract))
    add("keywords", _joined(reference.keywords))
    # `note` is printed in bibliographies, ours is meant for the reader of the library.
    add("annote", _long(reference.note))
    add("interest", reference.interest)
    raw: Raw = {"type": entry_type, "key": reference.id, "fields": pairs}
    if _type(entry_type, {pair[0]: pair[1] for pair in pairs}) != reference.type:
        add("entrysubtype", escape(reference.type))
    return raw


def _container_tag(entry_type: str) -> str:
    return "booktitle" if entry_type in ("incollection", "inproceedings", "book") else "journal"


def _written(name: Name) -> str:
    if name.literal == "others":
        return "others"
    if not name.family:
        return f"{{{escape(name.literal or name.given)}}}"
    if not name.given:
        # "Rüland" alone is a family name; of two words the first would be read as a given name.
        return escape(name.family) + ("," if " " in name.family else "")
    parts = [name.family, name.suffix, name.given] if name.suffix else [name.family, name.given]
    return ", ".join(_whole(escape(part)) for part in parts)


def _whole(part: str) -> str:
    return f"{{{part}}}" if re.search(r",|\sand\s", part) else part


def _dates(reference: Reference) -> Iterator[Pair]:
    parts = (reference.issued or "").split("-")
    for tag, value in zip(("year", "month", "day"), parts, strict=False):
        month = tag == "month" and value.isdigit() and 1 <= int(value) <= 12
        if value:
            yield [tag, _MONTHS[int(value) - 1] if month else f"{{{escape(value)}}}"]
    if reference.accessed:
        yield ["urldate", f"{{{escape(reference.accessed)}}}"]


def _plain(address: str) -> str:
    # Braces would end the value; everything else may stand in an address or DOI as it is.
    return address.replace("{", "%7B").replace("}", "%7D").replace("\\", "%5C")


def _long(text: str) -> str:
    # At the start of a line an @ would begin an entry for parsers that recover from broken ones.
    return re.sub(r"^(\s*)@", r"\1{}@", escape(text), flags=re.MULTILINE)


def _joined(keywords: tuple[str, ...]) -> str:
    return joined([escape(keyword) for keyword in keywords])


def dump(raws: list[Raw]) -> str:
    """The file that holds these records."""
    keys = {raw["key"].lower() for raw in raws}
    return "\n".join(_entry(raw, keys) for raw in raws)


def _entry(raw: Raw, keys: set[str]) -> str:
    pairs = raw["fields"]
    parents = [_bare(value).strip().lower() for tag, value in pairs if tag.lower() == "crossref"]
    if parents and parents[0] not in keys:
        # Written without the entry that it takes from, it would lose what it took.
        pairs = [*pairs, *raw.get("inherited", ())]
    lines = [f"\t{tag} = {value}" for tag, value in pairs]
    return f"@{raw['type']}{{{raw['key']},\n" + ",\n".join(lines) + "\n}\n"
