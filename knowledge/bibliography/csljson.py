"""CSL-JSON <-> raw records and the fields of a Reference.

A raw record keeps the item as it came. An item in a damaged file is skipped over, those around it are read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from ..identity import bare_doi
from ..references import CSL_TYPES, Name, Reference, divided, joined

Raw = dict[str, Any]

_SAME = (
    "URL", "ISBN", "ISSN", "container-title", "collection-title", "publisher", "publisher-place", "edition",
    "volume", "issue", "number", "genre", "language", "abstract", "note",
)  # fmt: skip
TAGS: dict[str, tuple[str, ...]] = {name.replace("-", "_"): (name,) for name in _SAME} | {
    "type": (),
    "title": ("title",),
    "author": ("author",),
    "editor": ("editor",),
    "issued": ("issued",),
    "accessed": ("accessed",),
    "DOI": ("DOI",),
    "page": ("page",),
    "keywords": ("keyword",),
    "interest": ("custom.interest",),
}
"""Our field -> the variables that it is read from."""


def items(data: object) -> list[Any] | None:
    """The items of a CSL-JSON file, a list or {"items": […]}; None for other JSON."""
    if isinstance(data, dict):
        data = data.get("items") or data.get("references")
    if not isinstance(data, list):
        return None
    known = (is_item(item) and item.get("type") in CSL_TYPES for item in data)
    return data if any(known) else None


def is_item(item: object) -> bool:
    """Whether this is a record: a known type or an id with anything of a record beside it."""
    if not isinstance(item, dict) or not isinstance(item.get("type", ""), str):
        return False
    known = item.get("type") in CSL_TYPES or "id" in item
    return known and any(isinstance(item.get(key), kind) for key, kind in _TELLING)


_TELLING = (("title", str), ("author", list), ("issued", dict), ("container-title", str), ("URL", str))


def split(text: str) -> tuple[list[Raw], list[tuple[str, str]], list[str]]:
    """The raw records of a file, what could not be read (where, why), and notes for the user."""
    try:
        whole = json.loads(text or "[]")
    except (json.JSONDecodeError, RecursionError):
        found, failed = _salvaged(text)
    else:
        whole = whole if isinstance(whole, list) else items(whole)
        found, failed = list(enumerate([None] if whole is None else whole, 1)), []
    raws = []
    for number, item in found:
        if isinstance(item, dict) and is_item(item):
            raws.append(
                {"type": str(item.get("type", "")), "key": item.get("id", ""), "fields": _pairs(item)}
            )
        else:
            failed.append((f"item {number}", "it is no CSL-JSON record"))
    return raws, failed, []


def _pairs(item: dict[str, Any]) -> list[list[Any]]:
    """The item without id and type; ours among the custom values, which may hold others', is kept apart."""
    pairs = [[key, value] for key, value in item.items() if key not in ("id", "type", "custom")]
    custom = item.get("custom")
    if isinstance(custom, dict) and "interest" in custom:
        pairs.append(["custom.interest", custom["interest"]])
        custom = {key: value for key, value in custom.items() if key != "interest"} or None
    return pairs if custom is None else [*pairs, ["custom", custom]]


def _salvaged(text: str) -> tuple[list[tuple[int, Any]], list[tuple[str, str]]]:
    decoder = json.JSONDecoder()
    found: list[tuple[int, Any]] = []
    failed: list[tuple[str, str]] = []
    place, broken = text.find("{"), False
    while place >= 0:
        try:
            item, end = decoder.raw_decode(text, place)
        except (json.JSONDecodeError, RecursionError) as exc:
            if not broken or re.match(r'\{\s*"(?:id|type)"', text[place : place + 40]):
                failed.append((f"line {text.count(chr(10), 0, place) + 1}", f"the item is broken: {exc}"))
            broken, end = True, place + 1
        else:
            # Inside a broken item names and dates can be decoded; they are no records.
            if is_item(item):
                found.append((len(found) + len(failed) + 1, item))
                broken = False
        place = text.find("{", end)
    return found, failed if found else [*failed, ("line 1", "it is no CSL-JSON")]


def fields(raw: Raw) -> dict[str, Any]:
    """The fields of a Reference, without its id; only those that the record has."""
    item = dict(raw["fields"])
    found: dict[str, Any] = {"type": raw["type"] or "document", "title": _text(item.get("title"))}
    found |= {name.replace("-", "_"): _text(item.get(name)) for name in _SAME}
    for field in ("abstract", "note"):
        found[field] = item[field].strip() if isinstance(item.get(field), str) else ""
    found |= {role: tuple(_names(item.get(role))) for role in ("author", "editor")}
    found |= {role: _date(item.get(role)) for role in ("issued", "accessed")}
    found["DOI"] = bare_doi(_text(item.get("DOI")))
    found["page"] = re.sub(r"(?<=\d)\s*-+\s*(?=\d)", "–", _text(item.get("page")))
    found["keywords"] = tuple(_keywords(item.get("keyword")))
    found["interest"] = _text(item.get("custom.interest"))
    return {field: value for field, value in found.items() if value}


def _text(value: object) -> str:
    if isinstance(value, list):
        value = next((part for part in value if isinstance(part, str)), "")
    return " ".join(str(value).split()) if isinstance(value, str | int | float) else ""


def _names(value: object) -> Iterator[Name]:
    for name in value if isinstance(value, list) else ():
        if not isinstance(name, dict):
            continue
        family = " ".join(filter(None, (_text(name.get("non-dropping-particle")), _text(name.get("family")))))
        given = " ".join(filter(None, (_text(name.get("given")), _text(name.get("dropping-particle")))))
        if family:
            yield Name(family=family, given=given, suffix=_text(name.get("suffix")))
        elif literal := _text(name.get("literal")) or given:
            yield Name(literal=literal)


def _date(value: object) -> str:
    """The first date as `2024-10-16`, `2024-10` or `2024`; "" if it has no year of four digits."""
    if not isinstance(value, dict):
        return ""
    parts = value.get("date-parts")
    if isinstance(parts, list) and parts and isinstance(parts[0], list):
        numbers = [str(part) for part in parts[0] if part not in (None, "")]
    else:
        numbers = re.split("[-/]", _text(value.get("raw")) or _text(value.get("literal")))
    if not numbers or not re.fullmatch(r"\d{4}", numbers[0]):
        loose = re.search(r"(?<!\d)\d{4}(?!\d)", " ".join(numbers))
        return loose[0] if loose else ""
    date = numbers[0]
    for number, most in zip(numbers[1:3], (12, 31), strict=False):
        if not number.isdigit() or not 1 <= int(number) <= most:
            break
        date += f"-{int(number):02}"
    return date


def _keywords(value: object) -> list[str]:
    if isinstance(value, list):
        return [_text(word) for word in value if _text(word)]
    return divided(_text(value))


def build(reference: Reference) -> Raw:
    """A raw record made from the fields of a Reference."""
    item = reference.csl()
    if reference.abstract:
        item["abstract"] = reference.abstract
    if reference.keywords:
        item["keyword"] = joined(reference.keywords)
    if reference.note:
        item["note"] = reference.note
    if reference.interest:
        item["custom"] = {"interest": reference.interest}
    return {"type": reference.type, "key": reference.id, "fields": _pairs(item)}


def dump(raws: list[Raw]) -> str:
    """The file that holds these records."""
    return json.dumps([_item(raw) for raw in raws], ensure_ascii=False, indent=1) + "\n"


def _item(raw: Raw) -> dict[str, Any]:
    item: dict[str, Any] = (
        {"id": raw["key"]} | ({"type": raw["type"]} if raw["type"] else {}) | dict(raw["fields"])
    )
    if "custom.interest" not in item:
        return item
    interest = item.pop("custom.interest")
    return item | {"custom": {**item.get("custom", {}), "interest": interest}}
