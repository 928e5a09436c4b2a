"""Bibliographies in BibTeX, RIS and CSL-JSON <-> References.

In: the bytes of a file, or References to write. Out: `Records` (References, what failed and why, notes), or a text.

Every imported Reference carries its record as it came (`raw`), so an export in the same format gives it back unchanged,
unknown fields included; a field that was edited since replaces what it was read from, and nothing else. To another format
the fields of a Reference are mapped. This module knows nothing of libraries: whether a record is already there is for
`identity`.
"""

from __future__ import annotations

import codecs
import hashlib
import json
import re
from collections.abc import Container, Iterable
from dataclasses import dataclass
from itertools import count
from types import ModuleType
from typing import Any, Literal, get_args

from pydantic import ValidationError

from ..identity import citekey
from ..references import Interest, Reference
from . import bibtex, csljson, ris

__all__ = ["Format", "Records", "clean_key", "decode", "read_records", "recognise", "write_records"]

Format = Literal["bibtex", "ris", "csljson"]

_FORMATS: dict[str, ModuleType] = {"bibtex": bibtex, "ris": ris, "csljson": csljson}
_LOOKED_AT = 65_536
"""Bytes in which a bibliography in text says what it is."""


@dataclass(frozen=True, kw_only=True)
class Records:
    """What was read from a file."""

    references: tuple[Reference, ...]
    """In the order of the file; no two with one id."""
    failed: tuple[tuple[str, str], ...] = ()
    """Where (line, entry key) and why a record could not be read."""
    notes: tuple[str, ...] = ()
    """What was changed or left out, each a sentence for the user."""


def recognise(data: bytes, suffix: str) -> Format | None:
    """The format of a bibliography, told by content; None for any other file.

    `suffix` (such as `.bib`) helps only where a document may quote an entry: a text that is not named `.bib` or `.ris`
    has to begin with a record.
    """
    if b"\0" in data[:_LOOKED_AT] and not data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return None
    start = decode(data[:_LOOKED_AT]).lstrip()
    suffix = suffix.lower()
    if start.startswith(("[", "{")):
        return "csljson" if _is_csljson(decode(data), suffix) else None
    if re.search(r"^TY  ?- ?\S", start, re.MULTILINE) and (suffix == ".ris" or _begins_as_ris(start)):
        return "ris"
    entry = re.search(r"^[ \t]*@[a-zA-Z]+[ \t]*[{(]\s*[^\s{}(),=]*\s*[,=]", start, re.MULTILINE)
    if entry and (suffix in (".bib", ".bibtex") or _begins_as_bibtex(start)):
        return "bibtex"
    return None


def _is_csljson(text: str, suffix: str) -> bool:
    try:
        return csljson.items(json.loads(text)) is not None
    except (json.JSONDecodeError, RecursionError):
        # Damaged, but perhaps with records that can be saved.
        return suffix in (".json", ".csljson") and bool(csljson.split(text)[0])


def _begins_as_ris(start: str) -> bool:
    lines = [line for line in start.splitlines() if line.strip()]
    # Databases put a few lines about themselves before the first record.
    return any(re.match(r"TY  ?- ?\S", line) for line in lines[:5]) and bool(
        re.search(r"^(?:ER|AU|A1|TI|T1|PY)  ?-", start, re.MULTILINE)
    )


def _begins_as_bibtex(start: str) -> bool:
    lines = (line.strip() for line in start.splitlines())
    first = next((line for line in lines if line and not line.startswith("%")), "")
    return re.match(r"@[a-zA-Z]+\s*[{(]", first) is not None


def decode(data: bytes) -> str:
    """The text of a bibliography: UTF-16 with a mark, else UTF-8 with or without, else cp1252."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        # Line by line: a file put together from several may hold both.
        return "".join(map(_line, data.removeprefix(codecs.BOM_UTF8).splitlines(keepends=True)))


def _line(line: bytes) -> str:
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        return line.decode("cp1252", "replace")


def read_records(data: bytes, format: Format) -> Records:
    """The records of a file; a broken one is named in `failed`, the others still come."""
    module = _FORMATS[format]
    raws, failed, notes = module.split(decode(data))
    references: dict[str, Reference] = {}
    for number, raw in enumerate(raws, 1):
        where = str(raw["key"] or f"record {number}")
        try:
            reference = _reference(raw, format)
        except ValidationError as exc:
            failed.append((where, f"{exc.errors()[0]['loc']}: {exc.errors()[0]['msg']}"))
            continue
        if reference.id in references:
            reference = _renamed(reference, _free(reference.id, references))
            if clean_key(raw["key"], format):
                notes.append(f"the key {where} was there already: this record is now {reference.id}")
        elif format == "bibtex" and reference.id != raw["key"]:
            notes.append(f"the key {where!r} cannot be cited in a text: this record is now {reference.id}")
        references[reference.id] = reference
    return Records(references=tuple(references.values()), failed=tuple(failed), notes=tuple(notes))


def _reference(raw: dict[str, Any], format: Format) -> Reference:
    found = _fields(raw, format)
    id = clean_key(raw["key"], format) or citekey(
        found.get("author", ()), found["title"], found.get("issued")
    )
    id = id or f"record-{_digest(raw)[:8]}"
    reference = Reference.model_validate({"id": id, **found})
    state = _digest(_state(reference))
    return reference.model_copy(update={"raw": {"format": format, "id": id, "state": state, **raw}})


def _fields(raw: dict[str, Any], format: Format) -> dict[str, Any]:
    found: dict[str, Any] = _FORMATS[format].fields(raw)
    if found.get("interest", "") not in get_args(Interest):
        del found["interest"]
    if not found.get("title"):
        known = (found.get("container_title"), " ".join(str(raw["key"]).split()))
        found |= {"title": next(filter(None, known), "untitled"), "guessed": ("title",)}
    return found


def _renamed(reference: Reference, id: str) -> Reference:
    raw = {**(reference.raw or {}), "id": id}
    return reference.model_copy(update={"id": id, "raw": raw})


def _free(id: str, taken: Container[str]) -> str:
    return next(f"{id}-{n}" for n in count(2) if f"{id}-{n}" not in taken)


def clean_key(key: object, format: Format) -> str:
    """The key in characters that a citation in a text can take; "" if it is only a counter or an address.

    BibTeX keys are chosen by people and kept, whatever they look like; ids in the other formats often are not.
    """
    text = str(key).strip()
    if format != "bibtex" and ("://" in text or not re.search(r"[^\W\d_]", text)):
        return ""
    text = re.sub(r"[^\w:.#$%&+?<>~/-]+", "-", text)
    # Of two such signs side by side a citation ends at the first.
    text = re.sub(r"([^\w])[^\w]+", r"\1", text)
    return text.strip(":.#$%&+?<>~/-")


def write_records(references: Iterable[Reference], format: Format, *, own_ids: bool = False) -> str:
    """The file in this format, records in the order given.

    Args:
        own_ids: write our ids also where the file that a record came from had another key (two equal keys, a key with
            spaces); for a bibliography that goes with a text that cites our ids.
    """
    return str(_FORMATS[format].dump([_raw(reference, format, own_ids) for reference in references]))


def _raw(reference: Reference, format: Format, own_ids: bool) -> dict[str, Any]:
    raw = reference.raw
    # A guess of ours is no edit of the user's, and read again it would look as if somebody had said so.
    if "interest" in reference.guessed:
        reference = reference.model_copy(update={"interest": ""})
    if raw is None or raw.get("format") != format:
        built = dict(_FORMATS[format].build(reference))
        return built if format != "bibtex" else built | {"key": clean_key(built["key"], format) or "record"}
    # A RIS record without ID stays one.
    known = reference.id == raw["id"] and not own_ids
    raw = {**raw, "key": raw["key"] if known and (raw["key"] or format == "ris") else reference.id}
    if raw["state"] == _digest(_state(reference)):
        return _with_id(raw, format)
    return _with_id(_edited(raw, reference, format), format)


def _with_id(raw: dict[str, Any], format: Format) -> dict[str, Any]:
    """The raw record with its key where RIS has it: among the fields."""
    ids = [pair[1] for pair in raw["fields"] if pair[0] == "ID"]
    if format != "ris" or not raw["key"] or (ids and ids[0].split("\n")[0] == raw["key"]):
        return raw
    return {**raw, "fields": [["ID", raw["key"]], *(pair for pair in raw["fields"] if pair[0] != "ID")]}


def _edited(raw: dict[str, Any], reference: Reference, format: Format) -> dict[str, Any]:
    """The raw record with new values where a field is another than the one read from it."""
    module = _FORMATS[format]
    before = _state(Reference.model_validate({"id": reference.id, **_fields(raw, format)}))
    after = _state(reference)
    changed = [field for field in after if after[field] != before[field]]
    fresh = module.build(reference)
    for field in changed:
        tags = module.TAGS[field]
        new = [pair for pair in fresh["fields"] if pair[0] in tags]
        raw = {**raw, "fields": _replaced(raw["fields"], tags, new, field in _SYNONYMS)}
    return {**raw, "type": fresh["type"]} if "type" in changed else raw


_SYNONYMS = ("container_title", "publisher", "publisher_place", "abstract", "keywords", "note")
"""Where the tags of one field say the same: the one that a record had is kept."""


def _replaced(
    pairs: list[list[Any]], tags: tuple[str, ...], new: list[list[Any]], keep_tag: bool
) -> list[list[Any]]:
    gone = {tag.lower() for tag in tags}
    place = next((i for i, pair in enumerate(pairs) if pair[0].lower() in gone), len(pairs))
    if keep_tag and place < len(pairs):
        new = [[pairs[place][0], value] for _, value in new]
    return [*pairs[:place], *new, *(pair for pair in pairs[place:] if pair[0].lower() not in gone)]


_COMPARED = tuple(bibtex.TAGS)


def _state(reference: Reference) -> dict[str, Any]:
    """The fields that a record is read into."""
    state = {field: getattr(reference, field) for field in _COMPARED}
    state["author"] = [name.csl() for name in reference.author]
    state["editor"] = [name.csl() for name in reference.editor]
    state["keywords"] = list(reference.keywords)
    return state


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, ensure_ascii=True).encode()).hexdigest()
