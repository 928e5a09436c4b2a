"""The bytes of a Word file (DOCX) or presentation (PPTX) -> its text as it would print.

The XML is walked by hand and by local names: so a broken link to a picture, a part that is missing, or the strict
edition of the format keep no text from being read, and nothing outside of the file is ever fetched.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from ..errors import SourceUnreadable
from .archives import Parts, attribute, child, local
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


def read_docx(data: bytes) -> Content:
    """The text of a Word file: insertions, text boxes, formulas and notes in; deletions, hidden text, comments out.

    Raises:
        SourceUnreadable: it is damaged or encrypted.
    """
    parts = Parts(data)
    main = parts.target("", "officeDocument") or "word/document.xml"
    body = child(parts.xml(main), "body")
    if body is None:
        raise SourceUnreadable("it is damaged (its text is missing)")
    word = _Word(_styles(parts, parts.target(main, "styles")))
    blocks = list(word.blocks(body))
    for kind in ("footnotes", "endnotes"):
        if name := parts.target(main, kind):
            blocks += word.notes(parts.xml(name))
    text = blocks_joined(blocks)
    about = _about(parts)
    return Content(
        text=text,
        title=meaningful(about.get("title")) or first_heading(text),
        authors=people(about.get("creator"), r"[;,]"),
        language=language(about.get("language")),
    )


def _about(parts: Parts) -> dict[str, str]:
    """The file's own metadata; none is no reason not to read it."""
    name = parts.target("", "core-properties")
    if not name:
        return {}
    try:
        return {local(element): element.text or "" for element in parts.xml(name)}
    except SourceUnreadable:
        return {}


@dataclass(frozen=True, kw_only=True)
class _Style:
    level: int = 0
    """1 to 9 for a heading, 1 for the title, 0 for other text."""
    is_list: bool = False


def _styles(parts: Parts, name: str) -> dict[str, _Style]:
    """Every paragraph style with what it has from those it is based on."""
    if not name:
        return {}
    found = {attribute(style, "styleId"): style for style in parts.xml(name) if local(style) == "style"}
    return {id: _style(id, found) for id in found}


def _style(id: str, found: dict[str, Element]) -> _Style:
    # What is based on the title is a subtitle or an author, no title.
    level, is_list, seen = int(id in found and _style_name(found[id]) == "title"), False, set[str]()
    while id in found and id not in seen:
        seen.add(id)
        style = found[id]
        level = level or _level(style)
        is_list = (
            is_list
            or _is_numbered(child(style, "pPr"))
            or _style_name(style).startswith(("list bullet", "list number"))
        )
        id = attribute(child(style, "basedOn"), "val")
    return _Style(level=level, is_list=is_list)


def _style_name(style: Element) -> str:
    return attribute(child(style, "name"), "val").lower()


def _level(style: Element) -> int:
    name = _style_name(style)
    numbered = re.fullmatch(r"heading (\d)", name)
    return int(numbered.group(1)) if numbered else _outline(child(style, "pPr"))


def _outline(properties: Element | None) -> int:
    """The level that a paragraph or style has in the outline, 1 to 9; 0 if it is text."""
    value = attribute(child(properties, "outlineLvl"), "val")
    return int(value) + 1 if value in tuple("012345678") else 0


def _is_numbered(properties: Element | None) -> bool:
    return attribute(child(properties, "numPr", "numId"), "val") not in ("", "0")


_GONE = frozenset({"del", "moveFrom", "pPr", "rPr", "tblPr", "trPr", "tcPr", "sectPr", "sdtPr", "instrText", "delText",
                   "rt", "rubyPr", "fPr", "sSupPr", "sSubPr", "ctrlPr"})  # fmt: skip
_SIGNS = {"tab": "\t", "ptab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}
_BETWEEN = {"f": "/", "sSup": "^", "sSub": "_"}


class _Word:
    """Walks the XML of a Word file."""

    def __init__(self, styles: dict[str, _Style]) -> None:
        self._styles = styles

    def blocks(self, container: Element, plain: bool = False) -> Iterator[str]:
        """Paragraphs, headings, list items and tables; in a `plain` cell of a table text alone."""
        for element in container:
            name = local(element)
            if name == "p":
                yield from self._paragraph(element, plain)
            elif name == "tbl":
                yield from self._table(element, plain)
            elif name not in _GONE:
                yield from self.blocks(element, plain)

    def notes(self, part: Element) -> Iterator[str]:
        for note in part:
            # The lines that separate notes from the page are notes too, with a type of their own.
            if attribute(note, "type") in ("", "normal") and (
                text := squeezed(" ".join(self.blocks(note, True)))
            ):
                yield text

    def _paragraph(self, paragraph: Element, plain: bool) -> Iterator[str]:
        boxes: list[Element] = []
        text = "".join(self._text(paragraph, boxes)).strip()
        if text:
            level, is_list = (0, False) if plain else self._role(child(paragraph, "pPr"))
            yield heading(level, text) if level else f"- {squeezed(text)}" if is_list else text
        for box in boxes:
            yield from self.blocks(box, plain)

    def _role(self, properties: Element | None) -> tuple[int, bool]:
        """Level as a heading, and whether it is an item of a list."""
        style = self._styles.get(attribute(child(properties, "pStyle"), "val"), _Style())
        number = attribute(child(properties, "numPr", "numId"), "val")
        return style.level or _outline(properties), number != "0" if number else style.is_list

    def _text(self, element: Element, boxes: list[Element]) -> Iterator[str]:
        """The text of a line; text boxes that hang on it are put into `boxes`."""
        name = local(element)
        if name == "t":
            yield element.text or ""
        elif name in _SIGNS:
            yield _SIGNS[name]
        elif name == "txbxContent":
            boxes.append(element)
        elif name in _BETWEEN:
            sides = ["".join(self._text(side, boxes)) for side in element if local(side) not in _GONE]
            yield _BETWEEN[name].join(
                side if len(side) == 1 or (i == 0 and name != "f") else f"({side})"
                for i, side in enumerate(sides)
            )
        elif name == "AlternateContent":
            # The second way to draw the same thing would say it twice.
            yield from self._text(element[0], boxes) if len(element) else ()
        elif not (name == "r" and _is_on(child(element, "rPr", "vanish"))):
            for inner in element:
                if local(inner) not in _GONE:
                    yield from self._text(inner, boxes)

    def _table(self, element: Element, plain: bool) -> Iterator[str]:
        rows = list(_rows(element))
        if plain:
            yield from (text for row in rows for cell in _cells(row) for text in self.blocks(cell, True))
        elif all(len(list(_cells(row))) == 1 for row in rows):
            # A frame around text, not a table.
            yield from (block for row in rows for cell in _cells(row) for block in self.blocks(cell))
        elif text := table(self._filled(rows)):
            yield text

    def _filled(self, rows: Iterable[Element]) -> Iterator[list[str]]:
        """The cells of every row, each in its column; a cell merged over rows says the same in each."""
        above: list[str] = []
        for row in rows:
            texts = [""] * _number(child(row, "trPr", "gridBefore"))
            for cell in _cells(row):
                merge = child(cell, "tcPr", "vMerge")
                goes_on = (
                    merge is not None and attribute(merge, "val") != "restart" and len(texts) < len(above)
                )
                texts.append(above[len(texts)] if goes_on else squeezed(" ".join(self.blocks(cell, True))))
                texts += [""] * (_number(child(cell, "tcPr", "gridSpan")) - 1)
            yield texts
            above = texts


def _is_on(switch: Element | None) -> bool:
    return switch is not None and attribute(switch, "val") not in ("0", "false", "off")


def _number(element: Element | None) -> int:
    """A count of columns; 0 if there is none. A damaged file may say millions."""
    value = attribute(element, "val")
    return min(int(value), 100) if value.isascii() and value.isdigit() and len(value) < 9 else 0


def _rows(element: Element) -> Iterator[Element]:
    for inner in element:
        if local(inner) == "tr":
            if child(inner, "trPr", "del") is None:
                yield inner
        elif local(inner) not in _GONE:
            yield from _rows(inner)


def _cells(row: Element) -> Iterator[Element]:
    for inner in row:
        if local(inner) == "tc":
            yield inner
        elif local(inner) not in _GONE:
            yield from _cells(inner)


def read_pptx(data: bytes) -> Content:
    """The text of a presentation, one page a slide: title as a heading, shapes in their order, tables, speaker notes.

    Raises:
        SourceUnreadable: it is damaged or encrypted.
    """
    parts = Parts(data)
    main = parts.target("", "officeDocument") or "ppt/presentation.xml"
    slides = [_slide(parts, name) for name in _slide_names(parts, main)]
    text, pages = "", []
    for slide in slides:
        page = blocks_joined(slide.blocks)
        text = f"{text}\n\n{page}" if text and page else text or page
        pages.append((len(text) - len(page), len(text)))
    about = _about(parts)
    return Content(
        text=text,
        title=meaningful(about.get("title")) or first_heading(text),
        authors=people(about.get("creator"), r"[;,]"),
        language=language(about.get("language")),
        pages=tuple(pages),
        notes=tuple(_slide_notes(slides)),
    )


@dataclass(frozen=True, kw_only=True)
class _Slide:
    blocks: tuple[str, ...]
    hidden: bool
    charts: int


def _slide_names(parts: Parts, main: str) -> Iterator[str]:
    """The slides' parts in the order in which they are shown."""
    names = {id: name for id, kind, name in parts.targets(main) if kind == "slide"}
    for slide in child(parts.xml(main), "sldIdLst") or ():
        # Its own number is an attribute `id` too; the link is the one in a namespace.
        link = next((value for key, value in slide.items() if key.endswith("}id")), "")
        if link in names:
            yield names[link]


def _slide(parts: Parts, name: str) -> _Slide:
    root = parts.xml(name)
    shapes = list(_shapes(child(root, "cSld", "spTree")))
    # The title may have been drawn last.
    shapes.sort(key=lambda shape: _place(shape) not in ("title", "ctrTitle"))
    blocks = [block for shape in shapes for block in _shape_blocks(shape)]
    for _, kind, target in parts.targets(name):
        if kind == "diagramData":
            blocks += [
                f"- {text}"
                for point in parts.xml(target).iter()
                if local(point) == "pt"
                for text in _lines(point)
            ]
        if kind == "notesSlide":
            said = (
                shape
                for shape in _shapes(child(parts.xml(target), "cSld", "spTree"))
                if _place(shape) == "body"
            )
            if text := " ".join(line for shape in said for line in _lines(shape)):
                blocks.append(f"Speaker notes: {text}")
    charts = sum(kind == "chart" for _, kind, _ in parts.targets(name))
    return _Slide(blocks=tuple(blocks), hidden=root.get("show") in ("0", "false"), charts=charts)


def _shapes(tree: Element | None) -> Iterator[Element]:
    """Shapes and frames of a slide, those in groups too."""
    for shape in tree if tree is not None else ():
        name = local(shape)
        if name == "grpSp":
            yield from _shapes(shape)
        elif name == "AlternateContent":
            yield from _shapes(shape[0] if len(shape) else None)
        elif name in ("sp", "graphicFrame"):
            yield shape


def _place(shape: Element) -> str:
    """What a shape is on its slide: title, body, sldNum …; "" for a shape that the author drew."""
    place = child(shape, "nvSpPr", "nvPr", "ph")
    return "" if place is None else place.get("type", "body")


def _shape_blocks(shape: Element) -> Iterator[str]:
    place = _place(shape)
    lines = list(_lines(shape))
    if local(shape) == "graphicFrame":
        cells = (
            [" ".join(_lines(cell)) for cell in row if local(cell) == "tc"]
            for row in shape.iter()
            if local(row) == "tr"
        )
        if text := table(cells):
            yield text
    elif place in ("title", "ctrTitle"):
        if lines:
            yield heading(2, " ".join(lines))
    elif place not in ("sldNum", "dt", "ftr", "hdr", "sldImg"):
        is_list = place in ("body", "obj") and len(lines) > 1
        yield from (f"- {line}" if is_list else line for line in lines)


def _lines(shape: Element) -> Iterator[str]:
    """The paragraphs of a shape, each in one line."""
    for paragraph in shape.iter():
        if local(paragraph) == "p":
            pieces = (
                " " if local(run) == "br" else run.text or ""
                for run in paragraph.iter()
                if local(run) in ("t", "br")
            )
            if text := squeezed("".join(pieces)):
                yield text


def _slide_notes(slides: list[_Slide]) -> Iterator[str]:
    if hidden := [str(i) for i, slide in enumerate(slides, 1) if slide.hidden]:
        yield f"hidden in the presentation, but read: slide {', '.join(hidden)}"
    if empty := sum(not slide.blocks for slide in slides):
        yield f"{empty} of {len(slides)} slides hold no text"
    if charts := sum(slide.charts for slide in slides):
        yield f"charts are not read ({charts} in the presentation)"
