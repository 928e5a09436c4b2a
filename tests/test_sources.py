from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import docx
import pytest
import typst

from knowledge import SourceUnreadable
from knowledge.readers.pdf_text import join
from knowledge.sources import decode, from_text, read, read_bytes

ARTICLE = """<!doctype html><html><head><title>Fees of small states</title>
<meta name="author" content="Ada Lovelace"><meta property="article:published_time" content="2024-03-05"></head><body>
<nav><a href="/">Home</a> <a href="/about">About us</a></nav><article><h1>Fees of small states</h1>
<p>{paragraph}</p><h2>What comes back</h2><p>{paragraph}</p><ul><li>contracts for firms</li><li>places for staff</li></ul>
<table><tr><td>year</td><td>fee</td></tr><tr><td>2023</td><td>2.2</td></tr></table></article>
<footer>Cookies and imprint</footer></body></html>"""
PARAGRAPH = (
    "Slovenia paid a fee that its ministry called small, and its firms won contracts for parts of the machine. "
    * 3
)


def write_pdf(path: Path, body: str, **settings: str) -> Path:
    """A real PDF with a text layer, set by typst."""
    options = ", ".join(f"{key}: {value}" for key, value in settings.items())
    head = f"#set document({options})\n#set page(width: 105mm, height: 74mm, margin: 12mm)\n#set par(justify: true)\n"
    path.with_suffix(".typ").write_text(head + body, encoding="utf-8")
    typst.compile(path.with_suffix(".typ"), output=path)
    return path


def write_docx(path: Path) -> Path:
    document = docx.Document()
    document.core_properties.title = "A plan for ten states"
    document.core_properties.author = "Konrad Waddington"
    document.add_heading("Costs", level=1)
    document.add_paragraph("The plan costs less than one road a year.")
    table = document.add_table(rows=1, cols=2)
    table.rows[0].cells[0].text, table.rows[0].cells[1].text = "Slovenia", "2.2 million"
    document.add_paragraph("Words after the table.")
    document.save(str(path))
    return path


def test_a_text_file_stays_as_it_is_but_for_line_ends(tmp_path: Path) -> None:
    path = tmp_path / "my_notes-on fees.txt"
    path.write_bytes(b"First line.\r\nSecond  line,\ttabbed.\r\n")
    source = read(path)
    assert source.text == path.read_text(encoding="utf-8") == "First line.\nSecond  line,\ttabbed.\n"
    assert (source.title, source.media, source.pages) == ("my notes on fees", "text", ())
    assert source.reference.id == source.id == "my-notes-fees"
    assert (source.reference.type, source.reference.verified) == ("document", "unverified")
    assert source.reference.note == "metadata guessed from the file"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Rüland’s study of “CERN for AI” costs €5.", "cp1252"),
        ("El niño comió. Très bien, l’été était chaud.", "cp1252"),
        (
            "Zażółć gęślą jaźń. Rząd popiera budowę ośrodka, a państwo płaci składkę. Źródło jest niejasne.",
            "cp1250",
        ),
        ("日本の研究所は大きい。研究者は世界中から来る。欧州の計画を見よう。", "shift_jis"),
        ("A plan for Europe, with a hub and nodes.", "utf-16-le"),
        ("A plan for Europe, with a hub and nodes.", "utf-16-be"),
        ("A plan for Europe, with a hub and nodes.", "utf-32-le"),
        ("Über den Plan.", "utf-16"),
        ("Über den Plan.", "utf-8-sig"),
        ("", "utf-8"),
        ("Европейский проект. Министерство платит взнос, а фирмы получают заказы.\n", "cp1251"),
        ("Европейский проект. Министерство платит взнос, а фирмы получают заказы.\n", "utf-16-le"),
        ("Европейский проект. Министерство платит взнос, а фирмы получают заказы.\n", "utf-16-be"),
        ("欧洲核子研究组织是世界上最大的粒子物理学实验室。各国政府每年支付会费，企业得到合同。\n", "gb18030"),
        (
            "欧洲核子研究组织是世界上最大的粒子物理学实验室。\n各国政府每年支付会费，企业得到合同。\n",
            "utf-16-le",
        ),
        ("欧洲核子研究组织是世界上最大的粒子物理学实验室。\n", "utf-32-be"),
        ("Ή συμφωνία. Το ευρωπαϊκό σχέδιο ενώνει ερευνητές από πολλές χώρες.", "cp1253"),
        ("L’été était très chaud. Le ministère à Genève a payé la “contribution”.", "mac-roman"),
        ("L'été était très chaud. Le ministère à Genève a payé la contribution.", "cp850"),
        ("Die Gebühren für kleine Länder sind nicht groß. Über die Größe wird verhandelt.", "mac-roman"),
        ("", "utf-16"),
    ],
)
def test_encodings(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding)) == text


def test_markdown_takes_its_title_from_the_first_heading(tmp_path: Path) -> None:
    path = tmp_path / "x.md"
    path.write_text("Some words.\n\n## How to lobby for it ##\n\nText.", encoding="utf-8")
    assert read(path).title == "How to lobby for it"


def test_front_matter_is_metadata_and_stays_in_the_text(tmp_path: Path) -> None:
    path = tmp_path / "x.md"
    path.write_text(
        "---\ntitle: 'Fees: a plan'\nauthor:\n- name: Ada Lovelace\n- Karl Renner\ndate: 2024-03-05\nlang: en\n---\n\n# Other\n",
        encoding="utf-8",
    )
    source = read(path)
    assert source.title == "Fees: a plan"
    assert [name.family for name in source.reference.author] == ["Lovelace", "Renner"]
    assert (source.reference.issued, source.reference.language) == ("2024-03-05", "en")
    assert source.text == path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "front", ["date: 2024-99-99", "a: [[[", "[" * 1200, "- just\n- a list", "title: [a, b]", "x: \t"]
)
def test_front_matter_that_is_none_does_no_harm(front: str) -> None:
    text = f"---\n{front}\n---\n\n# A title\n\nWords."
    source = read_bytes(text.encode(), "x.md")
    assert (source.title, source.text) == ("A title", text)


@pytest.mark.parametrize(
    ("text", "doi"),
    [
        ("A study. doi:10.1234/Abc.5-x.", "10.1234/Abc.5-x"),
        ("See https://doi.org/10.1016/S0140-6736(01)05227-X, open access.", "10.1016/S0140-6736(01)05227-X"),
        ("(DOI: 10.1234/abc) and again doi: 10.1234/ABC", "10.1234/abc"),
        ("doi:10.1234/one and doi:10.1234/two", ""),
        ("The number 10.1234/abc alone says nothing.", ""),
        (f"{'Words go on. ' * 300} doi:10.1234/late", ""),
    ],
)
def test_the_one_doi_on_the_first_page_is_taken_as_a_guess(text: str, doi: str) -> None:
    reference = read_bytes(text.encode(), "x.txt").reference
    assert reference.DOI.lower() == doi.lower()
    assert ("DOI" in reference.guessed) == bool(doi)


def test_a_guess_of_letters_is_noted_and_utf_8_is_no_guess() -> None:
    assert read_bytes("Très bien.".encode("cp1252"), "x.txt").notes == (
        "its letters were decoded as cp1252, which is a guess: check accented letters in quotations",
    )
    assert read_bytes("Très bien.".encode(), "x.txt").notes == ()


def test_bytes_from_the_web_are_the_same_source_as_the_file(tmp_path: Path) -> None:
    path = tmp_path / "fees.txt"
    path.write_text("The same words.", encoding="utf-8")
    source = read_bytes(
        path.read_bytes(), "", url="https://a.example/x/fees%20of.txt?y=1", media_type="text/plain"
    )
    assert source.digest == read(path).digest
    assert (source.path, source.reference.URL) == ("https://a.example/x/fees%20of.txt?y=1",) * 2
    assert source.title == "fees of"
    assert source.reference.guessed == ("title",)


def test_a_page_without_a_name_is_called_by_its_machine() -> None:
    source = read_bytes(
        b"Some words.", "", url="https://www.cern.ch/", media_type="text/plain; charset=utf-8"
    )
    assert (source.title, source.id) == ("www.cern.ch", "www-cern-ch")


def test_a_folder_or_device_is_no_file(tmp_path: Path) -> None:
    for path in (tmp_path, Path("/dev/zero"), Path("a\0b")):
        with pytest.raises(SourceUnreadable, match=r"is a folder or a device|cannot be opened|no file"):
            read(path)


@pytest.mark.parametrize("data", [b"", b" \n "])
def test_no_bytes_are_no_source(data: bytes) -> None:
    with pytest.raises(SourceUnreadable, match=r"a\.example is empty"):
        read_bytes(data, "", url="https://a.example")


def test_html_gives_the_article_without_the_page_around_it(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text(ARTICLE.format(paragraph=PARAGRAPH), encoding="utf-8")
    source = read(path)
    assert source.title == "Fees of small states"
    assert source.id == "lovelace-fees-small-states-2024"
    assert source.reference.type == "webpage"
    assert source.reference.short() == "Lovelace 2024"
    assert "## What comes back\n" in source.text
    assert "- contracts for firms\n- places for staff" in source.text
    assert "| year | fee |\n| --- | --- |\n| 2023 | 2.2 |" in source.text
    assert "Cookies" not in source.text
    assert "About us" not in source.text


def test_a_page_with_hardly_any_text_is_read(tmp_path: Path) -> None:
    path = tmp_path / "tiny.html"
    path.write_bytes(
        "<html><head><title>Tiny</title></head><body><p>Schöne Grüße</p></body></html>".encode("cp1252")
    )
    source = read(path)
    assert (source.title, source.text.strip()) == ("Tiny", "Schöne Grüße")


def test_docx_keeps_headings_tables_and_their_order(tmp_path: Path) -> None:
    source = read(write_docx(tmp_path / "plan.docx"))
    blocks = [
        "# Costs",
        "The plan costs less than one road a year.",
        "| Slovenia | 2.2 million |\n| --- | --- |",
        "Words after the table.",
    ]
    assert source.text == "\n\n".join(blocks)
    assert source.title == "A plan for ten states"
    assert source.reference.author[0].family == "Waddington"


def test_pdf_lines_become_paragraphs_and_pages_keep_their_offsets(tmp_path: Path) -> None:
    body = f"{PARAGRAPH}\n\nA second paragraph stands here.\n#pagebreak()\n{PARAGRAPH.replace('Slovenia', 'Estonia')}"
    source = read(write_pdf(tmp_path / "fees.pdf", body, title='"Fees of states"', author='"Ada Lovelace"'))
    assert source.title == "Fees of states"
    assert source.id == "lovelace-fees-states"
    assert source.text.split("\n\n")[:2] == [PARAGRAPH.strip(), "A second paragraph stands here."]
    assert len(source.pages) == 2
    assert [source.text[start:end].split()[0] for start, end in source.pages] == ["Slovenia", "Estonia"]
    assert source.pages[1][1] == len(source.text)


def test_a_sentence_across_a_page_break_stays_one(tmp_path: Path) -> None:
    body = "The network pays for\n#pagebreak()\nwhat the hub builds. Done.\n#pagebreak()\n#pagebreak()\nLast page."
    source = read(write_pdf(tmp_path / "break.pdf", body))
    assert source.text == "The network pays for what the hub builds. Done.\n\nLast page."
    assert source.text[slice(*source.pages[1])] == "what the hub builds. Done."


def test_running_heads_and_page_numbers_are_left_out(tmp_path: Path) -> None:
    pages = "\n#pagebreak()\n".join(
        f"{word} stands on a page of its own, with words." for word in ("One", "Two", "Three")
    )
    body = f"#set page(header: [Report on fees], footer: context [Page #counter(page).display()])\n{pages}"
    text = read(write_pdf(tmp_path / "heads.pdf", body)).text
    assert "Report on fees" not in text
    assert "Page" not in text
    assert "Three stands on a page of its own" in text


@pytest.mark.parametrize(
    ("left", "right", "words", "whole"),
    [
        ("the develop-", "ment of it", {}, "the development of it"),
        ("a well-", "known case", {"well-known": 1}, "a well-known case"),
        ("a well-", "known case", {}, "a wellknown case"),
        ("of Austria-", "Hungary once", {}, "of Austria-Hungary once"),
        ("the develop\ufffe", "ment of it", {}, "the development of it"),
        ("no hyphen", "here", {}, "no hyphen here"),
        ("2020-", "2024", {}, "2020-2024"),
        ("a dash -", "with words", {}, "a dash - with words"),
    ],
)
def test_words_broken_at_line_ends(left: str, right: str, words: dict[str, int], whole: str) -> None:
    from collections import Counter

    assert join(left, right, Counter(words)) == whole


def test_hyphens_in_a_real_pdf_are_joined(tmp_path: Path) -> None:
    body = (
        '#set text(hyphenate: true, lang: "en")\n#set page(width: 45mm)\n'
        + "Internationalisation characteristically " * 8
    )
    text = read(write_pdf(tmp_path / "hyphens.pdf", body)).text
    assert set(text.split()) == {"Internationalisation", "characteristically"}


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("page.txt", lambda path: path.write_text(ARTICLE.format(paragraph=PARAGRAPH))),
        ("report.html", lambda path: write_pdf(path.with_suffix(".pdf"), PARAGRAPH).rename(path)),
        ("old.doc", lambda path: write_docx(path)),
        ("notes.pdf", lambda path: path.write_text("Plain words.")),
    ],
    ids=["html as txt", "pdf as html", "docx as doc", "text as pdf"],
)
def test_content_wins_over_a_wrong_extension(
    tmp_path: Path, name: str, make: Callable[[Path], object]
) -> None:
    make(tmp_path / name)
    media = {"page.txt": "html", "report.html": "pdf", "old.doc": "docx", "notes.pdf": "text"}
    source = read(tmp_path / name)
    assert source.media == media[name]
    assert source.notes[0] == f"it is named {Path(name).suffix}, but was read as what it holds: {media[name]}"


def test_words_about_pdf_are_no_pdf() -> None:
    assert read_bytes(b"A file begins with %PDF-1.7, says the standard.", "notes.txt").media == "text"


def _zip(path: Path, *names: str) -> None:
    with zipfile.ZipFile(path, "w") as file:
        for name in names:
            file.writestr(name, "<x/>")


REFUSED: dict[str, tuple[Callable[[Path], object], str]] = {
    "empty.txt": (lambda path: path.write_bytes(b""), "is empty"),
    "blank.md": (lambda path: path.write_text(" \n\n "), "is empty"),
    "picture.txt": (lambda path: path.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256))), "a picture"),
    "noise.txt": (lambda path: path.write_bytes(bytes(range(256)) * 20), "not text"),
    "truncated.pdf": (lambda path: path.write_bytes(b"%PDF-1.7\n1 0 obj"), "damaged"),
    "scan.pdf": (lambda path: write_pdf(path, "#rect(width: 3cm, height: 3cm, fill: black)"), "scan"),
    "sheet.xlsx": (lambda path: _zip(path, "xl/workbook.xml"), "a spreadsheet"),
    "broken.docx": (lambda path: _zip(path, "word/document.xml"), "damaged"),
    "cut.docx": (lambda path: path.write_bytes(b"PK\x03\x04 and no more"), "damaged"),
    "secret.docx": (
        lambda path: path.write_bytes(
            b"\xd0\xcf\x11\xe0" + bytes(64) + "EncryptedPackage".encode("utf-16-le")
        ),
        "encrypted",
    ),
    "old.doc": (lambda path: path.write_bytes(b"\xd0\xcf\x11\xe0" + bytes(64)), "old Office file"),
    "word.doc": (
        lambda path: path.write_bytes(b"\xd0\xcf\x11\xe0" + "WordDocument".encode("utf-16-le")),
        "old Word file",
    ),
    "zero.txt": (lambda path: path.write_bytes(b"x" * 300 + b"\0" + b"y" * 300), "not text"),
    "drawing.svg": (lambda path: path.write_text("<svg><text>words</text></svg>"), "XML data"),
    "film.txt": (lambda path: path.write_bytes(b"\0\0\0\x18ftypmp42" + bytes(64)), "a recording"),
    "data.xml": (lambda path: path.write_text("<?xml version='1.0'?><kml><x/></kml>"), "XML data"),
    "mail.eml": (
        lambda path: path.write_text("From: a@b.example\nSubject: x\n y\nMIME-Version: 1.0\n\nd29yZHM="),
        "an e-mail",
    ),
    "missing.txt": (lambda path: None, "there is no file"),  # noqa: ARG005
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_file_that_cannot_be_read_is_named_with_the_reason(tmp_path: Path, name: str) -> None:
    make, reason = REFUSED[name]
    make(tmp_path / name)
    with pytest.raises(SourceUnreadable, match=reason) as caught:
        read(tmp_path / name)
    assert name in str(caught.value)
    assert "\n" not in str(caught.value)


ENCRYPTED_PDF = b"""%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj
3 0 obj<</Filter/Standard/V 1/R 2/P -4/O<0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef>
/U<fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210>>>endobj
trailer<</Root 1 0 R/Encrypt 3 0 R/ID[<00><00>]/Size 4>>
"""


def test_an_encrypted_pdf_says_so(tmp_path: Path) -> None:
    path = tmp_path / "secret.pdf"
    path.write_bytes(ENCRYPTED_PDF)
    with pytest.raises(SourceUnreadable, match="encrypted: remove the password"):
        read(path)


def test_one_text_is_one_source_whatever_the_file_is_called(tmp_path: Path) -> None:
    for name in ("a.txt", "b.md"):
        (tmp_path / name).write_text("The same words.", encoding="utf-8")
    assert read(tmp_path / "a.txt").digest == read(tmp_path / "b.md").digest


@pytest.mark.parametrize(("id", "text"), [("", "words"), ("x", " \n"), ("x", "broken \ud83d half")])
def test_a_text_that_cannot_be_a_source_is_refused(id: str, text: str) -> None:
    with pytest.raises(SourceUnreadable):
        from_text(id, "title", text)
