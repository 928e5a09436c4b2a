from __future__ import annotations

import io
import random
import zipfile
from collections.abc import Callable
from pathlib import Path

import docx
import pptx
import pypandoc
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from pptx.util import Inches

from knowledge import SourceUnreadable
from knowledge.sources import Source, read, read_bytes

MARKDOWN = """---
title: A plan for ten states
author: [Ada Lovelace, Karl Renner]
date: 2024-03-05
lang: en-GB
---

# Costs

The plan is small.[^1] Its energy is $E=mc^2$ here.

[^1]: The note says why.

## Lists

- one
- two
    - within two

1. first

| state    | fee  |
|----------|------|
| Slovenia | 2.2  |
| Estonia  | a\\|b |

Words after the table.
"""
STRUCTURE = [
    "# Costs",
    "## Lists",
    "- one\n- two\n- within two",
    "- first",
    "| state | fee |\n| --- | --- |\n| Slovenia | 2.2 |\n| Estonia | a¦b |",
    "Words after the table.",
]


def write(path: Path, markdown: str = MARKDOWN) -> Path:
    """A real file of the kind that the suffix names."""
    pypandoc.convert_text(
        markdown, path.suffix[1:], format="markdown", outputfile=str(path), extra_args=["-s"]
    )
    return path


def changed(data: bytes, change: Callable[[str, bytes], bytes | None], **added: str) -> bytes:
    """The archive with parts changed, left out (None) or added."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if (part := change(name, old.read(name))) is not None:
                new.writestr(name, part)
        for name, text in added.items():
            new.writestr(name, text)
    return out.getvalue()


def word(*xml: str) -> bytes:
    """A Word file with these elements as its body."""
    document = docx.Document()
    spaces = (
        nsdecls("w", "wp", "a", "m")
        + ' xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
    )
    for element in xml:
        name, _, rest = element.removeprefix("<").partition(">")
        document.element.body.insert(len(document.element.body) - 1, parse_xml(f"<{name} {spaces}>{rest}"))
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def text_of(data: bytes, name: str = "x.docx") -> str:
    return read_bytes(data, name).text


@pytest.mark.parametrize("suffix", ["docx", "odt", "epub"])
def test_headings_lists_tables_and_notes_come_in_their_order(tmp_path: Path, suffix: str) -> None:
    source = read(write(tmp_path / f"plan.{suffix}"))
    places = [source.text.find(block) for block in STRUCTURE]
    assert -1 not in places
    assert places == sorted(places)
    assert source.text.endswith("The note says why.")
    assert "The plan is small. Its energy" in source.text


@pytest.mark.parametrize("suffix", ["docx", "odt", "epub"])
def test_a_file_says_its_title_authors_and_language_and_that_they_are_guessed(
    tmp_path: Path, suffix: str
) -> None:
    source = read(write(tmp_path / f"plan.{suffix}"))
    assert (source.media, source.title) == (suffix, "A plan for ten states")
    assert [name.family for name in source.reference.author] == ["Lovelace", "Renner"]
    assert source.reference.language == "en-GB"
    assert {"title", "author", "language"} <= set(source.reference.guessed)


def test_an_rtf_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "plan.doc"
    write(path.with_suffix(".rtf"), MARKDOWN).rename(path)
    source = read(path)
    assert source.media == "rtf"
    assert source.title == "Costs"
    assert "# Costs\n\nThe plan is small." in source.text
    assert "| Slovenia | 2.2 |" in source.text
    assert "- one\n- two" in source.text
    assert "it is named .doc, but was read as what it holds: rtf" in source.notes


def test_insertions_are_read_and_deletions_are_not() -> None:
    text = text_of(
        word(
            "<w:p><w:r><w:t>It costs </w:t></w:r><w:ins w:id='1' w:author='x'><w:r><w:t>two</w:t></w:r></w:ins>"
            "<w:del w:id='2' w:author='x'><w:r><w:delText>three</w:delText></w:r></w:del>"
            "<w:moveFrom w:id='3' w:author='x'><w:r><w:t>gone</w:t></w:r></w:moveFrom>"
            "<w:r><w:rPr><w:vanish/></w:rPr><w:t>hidden</w:t></w:r><w:r><w:t> million.</w:t></w:r></w:p>"
        )
    )
    assert text == "It costs two million."


def test_text_boxes_and_content_controls_are_read_once() -> None:
    box = "<w:txbxContent><w:p><w:r><w:t>In the box.</w:t></w:r></w:p></w:txbxContent>"
    text = text_of(
        word(
            "<w:sdt><w:sdtPr/><w:sdtContent><w:p><w:r><w:t>In the control.</w:t></w:r></w:p></w:sdtContent></w:sdt>",
            "<w:p><w:r><w:t>Before</w:t></w:r><w:r><mc:AlternateContent><mc:Choice Requires='wps'><w:drawing>"
            f"{box}</w:drawing></mc:Choice><mc:Fallback><w:pict>{box}</w:pict></mc:Fallback></mc:AlternateContent>"
            "</w:r><w:r><w:t> after.</w:t></w:r></w:p>",
        )
    )
    assert text == "In the control.\n\nBefore after.\n\nIn the box."


def test_formulas_keep_what_stands_over_and_under() -> None:
    def run(text: str) -> str:
        return f"<m:r><m:t>{text}</m:t></m:r>"

    text = text_of(
        word(
            f"<w:p><m:oMath><m:sSup><m:e>{run('c')}</m:e><m:sup>{run('2')}</m:sup></m:sSup>"
            f"<m:f><m:num>{run('a+b')}</m:num><m:den>{run('n')}</m:den></m:f></m:oMath></w:p>"
        )
    )
    assert text == "c^2(a+b)/n"


def test_merged_cells_keep_their_columns() -> None:
    document = docx.Document()
    table = document.add_table(rows=3, cols=3)
    for row, words in zip(
        table.rows, (["fees", "", "x"], ["CERN", "2023", "2.2"], ["", "2024", "2.3"]), strict=True
    ):
        for cell, text in zip(row.cells, words, strict=True):
            cell.text = text
    table.cell(0, 0).merge(table.cell(0, 1))
    table.cell(1, 0).merge(table.cell(2, 0))
    out = io.BytesIO()
    document.save(out)
    assert text_of(out.getvalue()).splitlines() == [
        "| fees |  | x |",
        "| --- | --- | --- |",
        "| CERN | 2023 | 2.2 |",
        "| CERN | 2024 | 2.3 |",
    ]


def test_a_heading_by_another_name_is_one_if_the_outline_says_so() -> None:
    document = docx.Document()
    style = document.styles.add_style("Kapitel", 1)
    style.base_style = document.styles["Heading 2"]
    document.add_paragraph("Gebühren", style="Kapitel")
    document.add_paragraph("Ein Punkt", style="List Bullet")
    out = io.BytesIO()
    document.save(out)
    assert text_of(out.getvalue()) == "## Gebühren\n\n- Ein Punkt"


def test_a_word_file_of_the_strict_edition_is_read(tmp_path: Path) -> None:
    loose = b"http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    strict = b"http://purl.oclc.org/ooxml/wordprocessingml/main"
    data = write(tmp_path / "plan.docx").read_bytes()
    assert text_of(changed(data, lambda _, part: part.replace(loose, strict))) == text_of(data)


def test_links_to_the_outside_and_to_missing_parts_do_not_matter(tmp_path: Path) -> None:
    data = write(tmp_path / "plan.docx").read_bytes()
    kind = b"http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    links = (
        b'<Relationship Id="r90" Type="%b/image" Target="http://192.0.2.1/x.png" TargetMode="External"/>'
        b'<Relationship Id="r91" Type="%b/image" Target="../NULL"/></Relationships>' % (kind, kind)
    )
    odd = changed(data, lambda _, part: part.replace(b"</Relationships>", links))
    assert text_of(odd) == text_of(data)


def deck() -> bytes:
    presentation = pptx.Presentation()
    title, content, blank = (presentation.slide_layouts[number] for number in (0, 1, 6))
    first = presentation.slides.add_slide(title)
    first.shapes.title.text, first.placeholders[1].text = "A plan for ten states", "Ada Lovelace"
    second = presentation.slides.add_slide(content)
    second.shapes.title.text, second.placeholders[1].text = "Costs", "one road\ntwo bridges"
    group = second.shapes.add_group_shape()
    group.shapes.add_textbox(0, 0, Inches(1), Inches(1)).text_frame.text = "Inside the group"
    table = second.shapes.add_table(2, 2, 0, 0, Inches(2), Inches(1)).table
    for cell, text in zip(table.iter_cells(), ("state", "fee", "Slovenia", "2.2"), strict=True):
        cell.text = text
    second.notes_slide.notes_text_frame.text = "Say it slowly."
    presentation.slides.add_slide(blank)
    last = presentation.slides.add_slide(content)
    last.shapes.title.text = "Backup"
    last._element.set("show", "0")
    out = io.BytesIO()
    presentation.save(out)
    return out.getvalue()


def test_every_slide_is_a_page() -> None:
    source = read_bytes(deck(), "talk.pptx")
    pages = [source.text[start:end] for start, end in source.pages]
    assert pages == [
        "## A plan for ten states\n\nAda Lovelace",
        "## Costs\n\n- one road\n- two bridges\n\nInside the group\n\n| state | fee |\n| --- | --- |\n| Slovenia | 2.2 |"
        "\n\nSpeaker notes: Say it slowly.",
        "",
        "## Backup",
    ]
    assert source.title == "A plan for ten states"
    assert source.notes == ("hidden in the presentation, but read: slide 4", "1 of 4 slides hold no text")


def test_in_an_open_document_deletions_and_comments_stay_out(tmp_path: Path) -> None:
    added = (
        b'<text:tracked-changes><text:changed-region text:id="c"><text:deletion><text:p>DELETED</text:p></text:deletion>'
        b'</text:changed-region></text:tracked-changes><text:p>Start <text:change text:change-id="c"/>mid<office:annotation>'
        b"<text:p>COMMENT</text:p></office:annotation> <draw:frame><draw:text-box><text:p>In the box.</text:p>"
        b'</draw:text-box></draw:frame>end<text:tab/>tab<text:s text:c="3"/>wide</text:p>'
    )
    data = write(tmp_path / "plan.odt").read_bytes()
    text = text_of(
        changed(data, lambda _, part: part.replace(b"<office:text>", b"<office:text>" + added)), "x.odt"
    )
    assert text.startswith("Start mid end\ttab   wide\n\nIn the box.\n\n")
    assert "DELETED" not in text
    assert "COMMENT" not in text


CHAPTER = "<html xmlns='http://www.w3.org/1999/xhtml'><head><title/></head><body><a id='x'/><p>{0}</p></body></html>"


def book(*spine: str, locked: str = "") -> bytes:
    """An EPUB whose archive holds chapters a, b, c, and whose reading order is as given."""
    items = "".join(f"<item id='{name}' href='text/{name}%20x.xhtml'/>" for name in "abcd")
    order = "".join(f"<itemref idref='{name}'/>" for name in spine)
    files = {
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": "<container><rootfiles><rootfile full-path='OPS/book.opf'/></rootfiles></container>",
        "OPS/book.opf": "<package xmlns:dc='http://purl.org/dc/elements/1.1/' xmlns:opf='o'><metadata>"
        "<dc:title>The book of fees</dc:title><dc:creator opf:role='aut'>Ada Lovelace</dc:creator>"
        "<dc:creator opf:role='ill'>Some Drawer</dc:creator><dc:date>2019-05-01T00:00</dc:date>"
        "<dc:identifier>doi:10.1234/fees</dc:identifier><dc:publisher>A Press</dc:publisher></metadata>"
        f"<manifest>{items}</manifest><spine>{order}</spine></package>",
        **{
            f"OPS/text/{name} x.xhtml": CHAPTER.format(f"Chapter {name}, na&#239;ve&nbsp;words.")
            for name in "abc"
        },
    }
    if locked:
        files["META-INF/encryption.xml"] = f"<e><EncryptionMethod Algorithm='{locked}'/></e>"
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return out.getvalue()


def test_chapters_come_in_reading_order_and_missing_ones_are_named() -> None:
    source = read_bytes(book("c", "a", "d", "b"), "fees.epub")
    assert source.text == "\n\n".join(f"Chapter {name}, naïve words." for name in "cab")
    assert source.notes == ("1 of 4 chapters are missing from the file",)
    reference = source.reference
    assert (reference.issued, reference.DOI, reference.publisher) == ("2019-05-01", "10.1234/fees", "A Press")
    assert [name.family for name in reference.author] == ["Lovelace"]


def test_a_book_locked_by_its_seller_is_refused_but_scrambled_fonts_are_no_lock() -> None:
    assert read_bytes(book("a", locked="http://www.idpf.org/2008/embedding"), "x.epub").text
    with pytest.raises(SourceUnreadable, match="locked by the seller"):
        read_bytes(book("a", locked="http://www.w3.org/2001/04/xmlenc#aes128-cbc"), "x.epub")


def bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", bytes(30_000_000))
    return out.getvalue()


def entities() -> bytes:
    swelling = "<!DOCTYPE x [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;&a;'>]><x>&b;</x>"
    return changed(word(), lambda name, part: swelling.encode() if name == "word/document.xml" else part)


def locked_odt() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.text")
        archive.writestr("content.xml", b"\x01\x02 scrambled")
        archive.writestr("META-INF/manifest.xml", "<m><manifest:encryption-data/></m>")
    return out.getvalue()


def with_password() -> bytes:
    data = bytearray(word())
    for at in range(len(data) - 4):
        if data[at : at + 4] == b"PK\x01\x02":
            data[at + 8] |= 1
    return bytes(data)


REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "bomb": (bomb, "would unpack to 30 MB"),
    "entities": (entities, "declares XML entities"),
    "locked ODT": (locked_odt, "encrypted"),
    "ZIP with a password": (with_password, "encrypted"),
    "cut": (lambda: word()[:-900], "damaged"),
    "no text": (word, "it holds no text"),
    "text missing": (
        lambda: changed(deck(), lambda name, part: None if "slide" in name else part),
        "no text",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_file_that_cannot_be_opened_safely_is_refused_in_one_sentence(name: str) -> None:
    make, reason = REFUSED[name]
    with pytest.raises(SourceUnreadable, match=reason) as caught:
        read_bytes(make(), "it.docx")
    assert "\n" not in str(caught.value)


def test_a_file_nested_too_deeply_is_refused() -> None:
    data = changed(
        word("<w:p><w:r><w:t>words</w:t></w:r></w:p>"),
        lambda name, part: (
            part.replace(b"<w:t>words", b"<w:ins>" * 4000 + b"<w:t>words").replace(
                b"words</w:t>", b"words</w:t>" + b"</w:ins>" * 4000
            )
            if name == "word/document.xml"
            else part
        ),
    )
    with pytest.raises(SourceUnreadable, match="nested too deeply"):
        read_bytes(data, "deep.docx")


OTHER_ARCHIVES = {
    "xl/workbook.xml": "a spreadsheet",
    "Index/Document.iwa": "an Apple Pages",
    "notes/a.txt": "a ZIP archive: unpack it",
    "AndroidManifest.xml": "a program",
}


@pytest.mark.parametrize("name", OTHER_ARCHIVES)
def test_other_archives_are_named_with_what_to_do(name: str) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(name, "<x/>")
    with pytest.raises(SourceUnreadable, match=OTHER_ARCHIVES[name]):
        read_bytes(out.getvalue(), "x.zip")


def damaged(data: bytes, rng: random.Random) -> bytes:
    """Cut off, with bytes changed, or with a part changed under a checksum that fits."""

    def spoiled(part: bytes) -> bytes:
        spoilt = bytearray(part)
        for _ in range(rng.choice((1, 3, 20))):
            spoilt[rng.randrange(len(spoilt))] = rng.randrange(256)
        start = rng.randrange(len(spoilt))
        del spoilt[start : start + rng.choice((0, 0, 50))]
        return bytes(spoilt)

    kind = rng.randrange(3)
    if kind == 0:
        return data[: rng.randrange(1, len(data))]
    if kind == 1:
        return spoiled(data)
    return changed(data, lambda _, part: spoiled(part) if part and rng.random() < 0.2 else part)


@pytest.mark.parametrize("suffix", ["docx", "odt", "epub", "pptx"])
def test_a_damaged_file_is_read_or_refused_and_nothing_else(tmp_path: Path, suffix: str) -> None:
    data = deck() if suffix == "pptx" else write(tmp_path / f"plan.{suffix}").read_bytes()
    rng = random.Random(suffix)
    for _ in range(40):
        try:
            source = read_bytes(damaged(data, rng), f"plan.{suffix}")
        except SourceUnreadable as refusal:
            assert "\n" not in str(refusal)
        else:
            assert isinstance(source, Source)
            assert all(start <= end <= len(source.text) for start, end in source.pages)
