"""The bytes of an OpenDocument text (ODT) -> its text: text boxes, formulas and notes in; deletions and comments out."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element

from ..errors import SourceUnreadable
from .archives import Parts, attribute, child, joined, local
from .content import (
    Content,
    blocks_joined,
    first_heading,
    heading,
    language,
    meaningful,
    people,
    squeezed,
    table,
)

_GONE = frozenset({"tracked-changes", "annotation", "annotation-end", "hidden-text", "hidden-paragraph", "ruby-text",
                   "desc", "title", "sequence-decls", "variable-decls", "user-field-decls", "forms", "image",
                   "note-citation"})  # fmt: skip
_MOST_SPACES = 1000  # that one element may stand for


def read_odt(data: bytes) -> Content:
    """The text of an OpenDocument text.

    Raises:
        SourceUnreadable: it is damaged or encrypted.
    """
    parts = Parts(data)
    if "META-INF/manifest.xml" in parts.names and b"encryption-data" in parts.read("META-INF/manifest.xml"):
        raise SourceUnreadable("it is encrypted: remove the password first")
    root = parts.xml("content.xml")
    body = child(root, "body", "text")
    if body is None:
        raise SourceUnreadable("it is damaged (its text is missing)")
    writer = _Writer(parts, root)
    text = blocks_joined([*writer.blocks(body), *writer.notes])
    about = _about(parts)
    return Content(
        text=text,
        title=meaningful(about.get("title")) or first_heading(text),
        authors=people(about.get("initial-creator") or about.get("creator"), r"[;,]"),
        language=language(about.get("language")),
    )


def _about(parts: Parts) -> dict[str, str]:
    if "meta.xml" not in parts.names:
        return {}
    try:
        meta = child(parts.xml("meta.xml"), "meta")
    except SourceUnreadable:
        return {}
    return {} if meta is None else {local(element): element.text or "" for element in meta}


class _Writer:
    """Walks the XML of an OpenDocument text; `notes` fills with its footnotes and endnotes."""

    def __init__(self, parts: Parts, root: Element) -> None:
        self.notes: list[str] = []
        self._parts = parts
        automatic = child(root, "automatic-styles")
        styles = automatic if automatic is not None else ()
        self._parents = {attribute(style, "name"): attribute(style, "parent-style-name") for style in styles}

    def blocks(self, container: Element, plain: bool = False) -> Iterator[str]:
        """Paragraphs, headings, list items and tables; in a `plain` cell of a table text alone."""
        for element in container:
            name = local(element)
            if name in ("p", "h"):
                yield from self._paragraph(element, plain)
            elif name == "list" and not plain:
                yield from self._items(element)
            elif name == "table":
                yield from self._table(element, plain)
            elif name not in _GONE:
                yield from self.blocks(element, plain)

    def _paragraph(self, element: Element, plain: bool) -> Iterator[str]:
        boxes: list[Element] = []
        text = "".join(self._text(element, boxes)).strip()
        if text:
            yield text if plain or not (level := self._level(element)) else heading(level, text)
        for box in boxes:
            yield from self.blocks(box, plain)

    def _level(self, element: Element) -> int:
        if local(element) == "h":
            level = attribute(element, "outline-level")
            return int(level) if level in tuple("123456789") else 1
        style = attribute(element, "style-name")
        return int("Title" in (style, self._parents.get(style)))

    def _items(self, element: Element) -> Iterator[str]:
        for item in element:
            for number, block in enumerate(self.blocks(item)):
                # A numbered heading is an item of a list too.
                yield block if number or block.startswith(("#", "- ", "|")) else f"- {squeezed(block)}"

    def _table(self, element: Element, plain: bool) -> Iterator[str]:
        cells = [[squeezed(" ".join(self.blocks(cell, True))) for cell in row] for row in _rows(element)]
        if plain:
            yield from (text for row in cells for text in row if text)
        elif text := table(cells):
            yield text

    def _text(self, element: Element, boxes: list[Element]) -> Iterator[str]:
        """The text of a line; text boxes that hang on it are put into `boxes`."""
        yield _folded(element.text)
        for inner in element:
            name = local(inner)
            if name == "note":
                self._note(inner)
            elif name == "text-box":
                boxes.append(inner)
            elif name == "object":
                yield self._formula(inner)
            elif name in ("tab", "line-break"):
                yield "\t" if name == "tab" else "\n"
            elif name == "s":
                count = attribute(inner, "c")
                yield " " * (
                    min(int(count), _MOST_SPACES)
                    if count.isascii() and count.isdigit() and len(count) < 9
                    else 1
                )
            elif name not in _GONE:
                yield from self._text(inner, boxes)
            yield _folded(inner.tail)

    def _note(self, note: Element) -> None:
        body = child(note, "note-body")
        if body is not None and (text := squeezed(" ".join(self.blocks(body, True)))):
            self.notes.append(text)

    def _formula(self, element: Element) -> str:
        """The text of an embedded formula; "" for other objects."""
        name = joined("", f"{attribute(element, 'href')}/content.xml")
        if name not in self._parts.names:
            return ""
        root = self._parts.xml(name)
        if local(root) != "math":
            return ""
        return squeezed(" ".join(part.text or "" for part in root.iter() if local(part) != "annotation"))


def _folded(text: str | None) -> str:
    """White space in the XML counts as one blank."""
    if not text:
        return ""
    return f"{' ' if text[0].isspace() else ''}{squeezed(text)}{' ' if text[-1].isspace() and text.strip() else ''}"


def _rows(element: Element) -> Iterator[list[Element]]:
    for inner in element:
        if local(inner) == "table-row":
            yield [cell for cell in inner if local(cell) in ("table-cell", "covered-table-cell")]
        elif local(inner) not in _GONE and local(inner) != "table":
            yield from _rows(inner)
