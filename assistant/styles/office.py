"""Looks of DOCX and ODT: pandoc's own reference document comes in, one with our fonts, sizes and margins goes out.

Made anew from the default each time, so that no binary file has to be kept in step with the installed pandoc.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from xml.etree import ElementTree

FONT = "Georgia"
MADE_STYLE = "Colophon"
INK, GREY, BLUE = "1C1C1C", "555555", "1F4E79"


@dataclass(frozen=True, kw_only=True)
class _Look:
    """One paragraph style; sizes and distances in points, `line` in multiples of the font's own line."""

    size: float = 11
    bold: bool = False
    italic: bool = False
    colour: str = INK
    before: float = 0
    after: float = 8
    line: float = 1.3
    hanging: float = 0
    keep: bool = False


_BODY = _Look()
_LOOKS = {
    "Title": _Look(size=22, bold=True, after=8, line=1.1, keep=True),
    "Subtitle": _Look(size=13, italic=True, colour=GREY, after=18, line=1.2, keep=True),
    "Body Text": _BODY,
    "First Paragraph": _BODY,
    "Heading 2": _Look(size=11, bold=True, before=14, after=4, keep=True),
    "Bibliography": _Look(size=9, after=4, line=1.15, hanging=18),
    MADE_STYLE: _Look(size=9, colour=GREY, before=16, after=6, line=1.2),
}


def stamp(path: Path, now: datetime) -> None:
    """Date the DOCX or ODT `path`, in place; pandoc in its sandbox has no clock and writes 1970."""
    epoch, date = b"1970-01-01T00:00:00Z", now.strftime("%Y-%m-%dT%H:%M:%SZ").encode()
    undated = path.read_bytes()
    with zipfile.ZipFile(io.BytesIO(undated)) as old, zipfile.ZipFile(path, "w") as new:
        for item in old.infolist():
            data = old.read(item)
            properties = item.filename in ("docProps/core.xml", "meta.xml")
            new.writestr(item, data.replace(epoch, date) if properties else data)


def docx_reference(default: bytes, to: Path) -> None:
    """Write to `to` the reference DOCX `default`, A4, in our looks and with a page number at the foot."""
    from docx import Document
    from docx.enum.style import WD_STYLE_TYPE
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Mm, Pt, RGBColor

    document = Document(io.BytesIO(default))
    made = document.styles.add_style(MADE_STYLE, WD_STYLE_TYPE.PARAGRAPH)
    made.base_style = document.styles["Normal"]
    _docx_font(document.styles["Normal"])
    for name, look in _LOOKS.items():
        style = document.styles[name]
        _docx_font(style)
        style.font.size, style.font.color.rgb = Pt(look.size), RGBColor.from_string(look.colour)
        style.font.bold, style.font.italic = look.bold, look.italic
        layout = style.paragraph_format
        layout.alignment = WD_ALIGN_PARAGRAPH.LEFT
        layout.space_before, layout.space_after = Pt(look.before), Pt(look.after)
        layout.line_spacing, layout.keep_with_next = look.line, look.keep
        layout.left_indent, layout.first_line_indent = Pt(look.hanging), Pt(-look.hanging)
    document.styles["Hyperlink"].font.color.rgb = RGBColor.from_string(BLUE)
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm(30)
    section.top_margin, section.bottom_margin = Mm(26), Mm(28)
    _docx_page_number(section.footer.paragraphs[0])
    document.save(str(to))


def _docx_font(style: object) -> None:
    from docx.oxml.ns import qn

    style.font.name = FONT  # type: ignore[attr-defined]
    fonts = style.element.rPr.rFonts  # type: ignore[attr-defined]
    # A theme font would win over the name.
    for key in [key for key in fonts.attrib if key.endswith("Theme")]:
        del fonts.attrib[key]
    fonts.set(qn("w:cs"), FONT)


def _docx_page_number(paragraph: object) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn
    from docx.shared import Pt

    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER  # type: ignore[attr-defined]
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), "PAGE")
    paragraph._p.append(field)  # type: ignore[attr-defined]
    run = paragraph.add_run("1")  # type: ignore[attr-defined]
    run.font.size, run.font.name = Pt(9), FONT
    field.append(run._r)


_FO = "urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0"
_STYLE = "urn:oasis:names:tc:opendocument:xmlns:style:1.0"
_SVG = "urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0"
_OFFICE = "urn:oasis:names:tc:opendocument:xmlns:office:1.0"
_ODT_NAMES = {
    "Body Text": "Text_20_body",
    "First Paragraph": "First_20_paragraph",
    "Heading 2": "Heading_20_2",
}


def odt_reference(default: bytes, to: Path) -> None:
    """Write to `to` the reference ODT `default`, A4, in our looks."""
    with zipfile.ZipFile(io.BytesIO(default)) as old, zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED) as new:
        for item in old.infolist():
            data = old.read(item)
            new.writestr(item, _odt_styles(data) if item.filename == "styles.xml" else data)


def _odt_styles(data: bytes) -> bytes:
    for _, (prefix, uri) in ElementTree.iterparse(io.BytesIO(data), events=["start-ns"]):
        ElementTree.register_namespace(prefix, uri)
    root = ElementTree.fromstring(data)
    faces, styles = root.find(f"{{{_OFFICE}}}font-face-decls"), root.find(f"{{{_OFFICE}}}styles")
    assert faces is not None and styles is not None, "pandoc's reference ODT declares fonts and styles"
    ElementTree.SubElement(
        faces, f"{{{_STYLE}}}font-face", {f"{{{_STYLE}}}name": FONT, f"{{{_SVG}}}font-family": FONT}
    )
    for name, look in _LOOKS.items():
        _odt_look(_odt_style(styles, name), look)
    for layout in root.iter(f"{{{_STYLE}}}page-layout-properties"):
        layout.attrib.update(dict(_odt_page()))
    changed: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return changed


def _odt_style(styles: ElementTree.Element, name: str) -> ElementTree.Element:
    known = _ODT_NAMES.get(name, name.replace(" ", "_20_"))
    for style in styles.iter(f"{{{_STYLE}}}style"):
        if style.get(f"{{{_STYLE}}}name") == known:
            return style
    attributes = {"name": known, "display-name": name, "family": "paragraph", "parent-style-name": "Standard"}
    return ElementTree.SubElement(
        styles, f"{{{_STYLE}}}style", {f"{{{_STYLE}}}{key}": value for key, value in attributes.items()}
    )


def _odt_look(style: ElementTree.Element, look: _Look) -> None:
    # The schema wants the paragraph's properties before the text's.
    for tag in ("paragraph-properties", "text-properties"):
        for old in style.findall(f"{{{_STYLE}}}{tag}"):
            style.remove(old)
    ElementTree.SubElement(
        style,
        f"{{{_STYLE}}}paragraph-properties",
        {
            f"{{{_FO}}}margin-top": f"{look.before}pt",
            f"{{{_FO}}}margin-bottom": f"{look.after}pt",
            f"{{{_FO}}}margin-left": f"{look.hanging}pt",
            f"{{{_FO}}}text-indent": f"{-look.hanging}pt",
            f"{{{_FO}}}line-height": f"{look.line * 100:.0f}%",
            f"{{{_FO}}}keep-with-next": "always" if look.keep else "auto",
        },
    )
    ElementTree.SubElement(
        style,
        f"{{{_STYLE}}}text-properties",
        {
            f"{{{_STYLE}}}font-name": FONT,
            f"{{{_FO}}}font-size": f"{look.size}pt",
            f"{{{_FO}}}font-weight": "bold" if look.bold else "normal",
            f"{{{_FO}}}font-style": "italic" if look.italic else "normal",
            f"{{{_FO}}}color": f"#{look.colour}",
        },
    )


def _odt_page() -> Iterator[tuple[str, str]]:
    sizes = {"page-width": "210mm", "page-height": "297mm"}
    margins = {"margin-left": "30mm", "margin-right": "30mm", "margin-top": "26mm", "margin-bottom": "28mm"}
    for key, value in (sizes | margins).items():
        yield f"{{{_FO}}}{key}", value
