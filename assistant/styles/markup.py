"""Text of others as Markdown that stays text, and the record of a source as one line.

Strings and CSL-JSON items come in; Markdown comes out that pandoc and other readers show letter by letter.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

Item = Mapping[str, Any]
"""A CSL-JSON item."""


def record(item: Item) -> Item:
    """The part of a CSL-JSON record that may be printed; addresses only if a browser may safely open them."""
    kept = {key: _cleaned(item[key]) for key in sorted(_FIELDS & item.keys()) if item[key]}
    if not re.fullmatch(r"https?://[^\s<>\"`\\{}|^]+", str(kept.get("URL", ""))):
        kept.pop("URL", None)
    if not re.fullmatch(r"10\.\d+/[^\s<>\"`\\{}|^]+", str(kept.get("DOI", ""))):
        kept.pop("DOI", None)
    if [kept.get("publisher")] == [name.get("literal") for name in _people(kept)]:
        kept.pop("publisher", None)
    return kept


_FIELDS = {
    *("type", "title", "author", "editor", "issued", "container-title", "collection-title", "publisher"),
    *(
        "publisher-place",
        "volume",
        "issue",
        "page",
        "number",
        "genre",
        "edition",
        "event-title",
        "DOI",
        "URL",
    ),
}


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, Mapping):
        return {key: _cleaned(inner) for key, inner in value.items()}
    return [_cleaned(inner) for inner in value] if isinstance(value, Sequence) else value


_HIDDEN = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f\x80-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)
_SPACE = re.compile(r"[ \t\n\v\f\r\x85\u2028\u2029]+")
_SPECIAL = re.compile(r"[\\`*_{}\[\]<>#$@~^|]|&(?=#|\w+;)")
_LIST_START = re.compile(r"(\d+|[A-Za-z]|[ivxlcdmIVXLCDM]+)([.)])")


def clean(text: str) -> str:
    """One line, without control characters and marks that turn the direction of writing."""
    return _SPACE.sub(" ", _HIDDEN.sub("", text)).strip(" ")


def escaped(text: str) -> str:
    """The text on one line, each sign that Markdown could read as markup behind a backslash."""
    return _SPECIAL.sub(r"\\\g<0>", clean(text))


def no_block(paragraph: str) -> str:
    """The paragraph, escaped so that its first character begins no list, heading, caption or rule."""
    if paragraph[:1] in tuple("-+:%=("):
        return "\\" + paragraph
    return _LIST_START.sub(r"\1\\\2", paragraph, count=1) if _LIST_START.match(paragraph) else paragraph


def code(text: str) -> str:
    """A code span that holds the text even if it has backticks of its own."""
    text = clean(text)
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * (longest + 1)
    return f"{fence} {text} {fence}" if longest else f"`{text}`"


def _people(item: Item) -> list[Mapping[str, str]]:
    people = item.get("author") or item.get("editor") or []
    return [person for person in people if isinstance(person, Mapping)]


def _year(item: Item) -> str:
    found = re.search(r"\b\d{4}\b", json.dumps(item.get("issued", "")))
    return found.group() if found else "n.d."


def short(item: Item) -> str:
    """Author and year, as `Rüland 2025`, escaped."""
    names = [str(person.get("family") or person.get("literal") or "") for person in _people(item)]
    if not names:
        names = [str(item.get("publisher") or item.get("container-title") or "No author")]
    who = f"{names[0]} et al." if len(names) > 2 else " and ".join(names)
    return f"{escaped(who)} {_year(item)}"


def _address(item: Item) -> str:
    if "DOI" in item:
        return f"<https://doi.org/{item['DOI']}>"
    return f"<{item['URL']}>" if "URL" in item else ""


def entry(item: Item) -> str:
    """Author, year, title, where it appeared and its address, escaped."""
    title = escaped(str(item.get("title") or "untitled"))
    where = [escaped(str(item[key])) for key in ("container-title", "publisher") if key in item]
    return ", ".join(filter(None, [short(item), f"*{title}*", *where, _address(item)]))
