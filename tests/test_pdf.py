"""PDFs as people have them: set in columns, scanned, encrypted, damaged, with things hidden in them."""

from __future__ import annotations

import hashlib
import io
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import typst
from PIL import Image

from knowledge import SourceUnreadable
from knowledge.readers import ocr
from knowledge.readers.pdf import PdfText, read_pdf

LOREM = "#lorem(90)"
WORDS = "Ten states share the cost of one machine and the work of many laboratories"


def typeset(tmp_path: Path, body: str) -> bytes:
    source = tmp_path / "page.typ"
    source.write_text(f'#set text(lang: "en")\n{body}', encoding="utf-8")
    return typst.compile(source)


def write_pdf(
    *contents: str, extra: str = "", image: bytes = b"", font: str = "", key: bytes | None = None
) -> bytes:
    """A PDF from content streams, one a page of 600 by 800 points; `image` is one grey pixel's JPEG or none."""
    font = font or "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>"
    picture = b"<</Type/XObject/Subtype/Image/Width 1/Height 1/ColorSpace/DeviceGray/BitsPerComponent 8"
    objects: list[bytes] = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        f"<</Type/Pages/Count {len(contents)}/Kids[{' '.join(f'{5 + 2 * i} 0 R' for i in range(len(contents)))}]>>".encode(),
        font.encode(),
        picture + b"/Length 1>>stream\n\x80\nendstream",
    ]
    for i, content in enumerate(contents):
        page = f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents {6 + 2 * i} 0 R{extra}"
        objects.append(f"{page}/Resources<</Font<</F 3 0 R>>/XObject<</I 4 0 R>>>>>>".encode())
        data = content.encode("cp1252")
        if key is not None:
            data = rc4(hashlib.md5(key + bytes([6 + 2 * i, 0, 0, 0, 0])).digest()[:10], data)
        objects.append(b"<</Length %d>>stream\n%s\nendstream" % (len(data), data))
    return assembled(objects, image)


def assembled(objects: list[bytes], trailer: bytes) -> bytes:
    out, offsets = b"%PDF-1.4\n", []
    for number, item in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, item)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    head = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    end = b"trailer\n<</Size %d/Root 1 0 R%s>>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1,
        trailer,
        len(out),
    )
    return out + head + table + end


def rc4(key: bytes, data: bytes) -> bytes:
    state, j = list(range(256)), 0
    for i in range(256):
        j = (j + state[i] + key[i % len(key)]) % 256
        state[i], state[j] = state[j], state[i]
    out, i, j = bytearray(), 0, 0
    for byte in data:
        i = (i + 1) % 256
        j = (j + state[i]) % 256
        state[i], state[j] = state[j], state[i]
        out.append(byte ^ state[(state[i] + state[j]) % 256])
    return bytes(out)


PADDING = bytes.fromhex("28BF4E5E4E758A4164004E56FFFA01082E2E00B6D0683E802F0CA9FE6453697A")


def encrypted_pdf(content: str, *, user: bytes, owner: bytes) -> bytes:
    """The page under the standard security handler, revision 2: RC4 with a key of 40 bits."""
    identity, allowed = b"0123456789abcdef", -4
    o = rc4(hashlib.md5((owner + PADDING)[:32]).digest()[:5], (user + PADDING)[:32])
    hashed = (user + PADDING)[:32] + o + allowed.to_bytes(4, "little", signed=True) + identity
    key = hashlib.md5(hashed).digest()[:5]
    handler = b"<</Filter/Standard/V 1/R 2/P %d/O<%s>/U<%s>>>" % (
        allowed,
        o.hex().encode(),
        rc4(key, PADDING).hex().encode(),
    )
    trailer = b"/Encrypt %s/ID[<%s><%s>]" % (handler, identity.hex().encode(), identity.hex().encode())
    return write_pdf(content, key=key, image=trailer)


def line(x: float, y: float, text: str, *, before: str = "", size: float = 10) -> str:
    return f"BT {before} /F {size} Tf {x} {y} Td ({text}) Tj ET\n"


PICTURE = "q 600 0 0 800 0 0 cm /I Do Q\n"


def paragraphs(result: PdfText) -> list[str]:
    return result.text.split("\n\n")


def in_order(text: str, *marks: str) -> bool:
    places = [text.find(mark) for mark in marks]
    return -1 not in places and places == sorted(places)


PAPER = f"""
#set page(paper: "a4", numbering: "1", header: [Journal of Fees #h(1fr) 2024])
#set text(size: 10pt, hyphenate: true)
#set par(justify: true)
#align(center)[#text(18pt, weight: "bold")[Fees and returns of small states]

Ada Lovelace, University of London]
#block(inset: (x: 1cm))[Abstractum. #lorem(80)]
#columns(2)[
= Introduction
{LOREM} #footnote[A note at the foot of the column.]

Onesecond #lorem(100) oneend.
#colbreak()
Twofirst #lorem(100)
== Methods of counting
{LOREM} twoend.
]"""


def test_two_columns_are_read_one_after_the_other_below_what_spans_them(tmp_path: Path) -> None:
    result = read_pdf(typeset(tmp_path, PAPER))
    marks = (
        "# Fees and returns of small states",
        "Abstractum.",
        "\n## Introduction\n",
        "Onesecond",
        "oneend.",
    )
    assert in_order(result.text, *marks, "Twofirst", "\n### Methods of counting\n", "twoend.", "1A note at")
    assert paragraphs(result)[-1] == "1A note at the foot of the column."
    assert "\ufffe" not in result.text
    assert not re.search(r"\w- \w", result.text)


def test_three_columns_are_read_one_after_the_other(tmp_path: Path) -> None:
    columns = "\n#colbreak()\n".join(
        f"{mark}start #lorem(140) {mark}end." for mark in ("one", "two", "three")
    )
    body = f'#set page(paper: "a4")\n#set text(9pt)\n#align(center)[A newsletter]\n#columns(3)[{columns}]'
    result = read_pdf(typeset(tmp_path, body))
    marks = ("A newsletter", "onestart", "oneend", "twostart", "twoend", "threestart", "threeend")
    assert in_order(result.text, *marks)


def test_a_file_that_holds_lines_across_both_columns_is_read_by_columns() -> None:
    rows = "".join(
        line(50, 700 - 12 * i, f"left {i} {WORDS[:38]}") + line(320, 700 - 12 * i, f"right {i} {WORDS[:38]}")
        for i in range(12)
    )
    text = read_pdf(write_pdf(rows)).text
    assert in_order(text, *(f"left {i} " for i in range(12)), *(f"right {i} " for i in range(12)))


def test_a_paragraph_goes_on_from_column_to_column() -> None:
    left = "".join(line(50, 700 - 12 * i, WORDS[:44].strip()) for i in range(8))
    right = "".join(line(320, 700 - 12 * i, "and " + WORDS[:38].strip().lower()) for i in range(8))
    assert len(paragraphs(read_pdf(write_pdf(left + right)))) == 1


TABLE = """#table(columns: 4, [State], [2021], [2022], [2023], [Slovenia], [2.2], [2.3], [2.4],
[Estonia], [1.1], [], [1.3], [Latvia and others], [0.9], [1.0], [1.1])"""


def test_a_table_keeps_its_rows_and_its_empty_cells(tmp_path: Path) -> None:
    result = read_pdf(typeset(tmp_path, f"Before the table.\n\n{TABLE}\n\n{LOREM}"))
    assert paragraphs(result)[:2] == [
        "Before the table.",
        "| State | 2021 | 2022 | 2023 |\n| --- | --- | --- | --- |\n| Slovenia | 2.2 | 2.3 | 2.4 |\n"
        "| Estonia | 1.1 |  | 1.3 |\n| Latvia and others | 0.9 | 1.0 | 1.1 |",
    ]


def test_a_table_with_long_cells_is_not_read_as_columns(tmp_path: Path) -> None:
    cells = "".join(f"[In row {i} {WORDS}], [Of row {i} {WORDS}]," for i in range(6))
    text = read_pdf(typeset(tmp_path, f"{LOREM}\n#table(columns: (1fr, 1fr), {cells})")).text
    assert in_order(text, *(f"{which} row {i} {WORDS}" for i in range(6) for which in ("In", "Of")))


def test_a_column_of_dots_and_page_numbers_is_no_table(tmp_path: Path) -> None:
    body = "#set heading(numbering: none)\n#outline()\n= One\n= Two\n= Three\n= Four\nPlain words here."
    assert "|" not in read_pdf(typeset(tmp_path, body)).text


def test_headings_are_told_by_size_and_weight_but_bold_words_are_not(tmp_path: Path) -> None:
    body = f"= Large\n{LOREM} *bold words*\n\n*Run-in.* {LOREM}\n\n#v(1em)\n*Bold line*\n\n{LOREM}\n= Small print"
    found = [part for part in paragraphs(read_pdf(typeset(tmp_path, body))) if part.startswith("#")]
    assert found == ["# Large", "## Bold line", "# Small print"]


def test_lists_keep_their_items(tmp_path: Path) -> None:
    result = read_pdf(typeset(tmp_path, "- first item\n- second item\n+ counted"))
    assert paragraphs(result) == ["- first item", "- second item", "1. counted"]


def test_ligatures_soft_hyphens_and_odd_spaces_are_made_plain(tmp_path: Path) -> None:
    body = "Efficient o\u00adffices a\ufb03x the \ufb01nal\u00a0\ufb02ag, 4\u202fmillion."
    assert read_pdf(typeset(tmp_path, body)).text == "Efficient offices affix the final flag, 4 million."


@pytest.mark.parametrize(
    ("font", "text"),
    [
        ("Libertinus Serif", "שלום עולם, זה מסמך קצר על 2024 ועל המדע (כך נאמר) כאן."),
        ("DejaVu Sans Mono", "مرحبا بالعالم هذا نص قصير عن العلم والدول (كما قيل) هنا."),
        ("DejaVu Sans Mono", "هذا نص قصير عن العلم والدول الصغيرة في عام 2024."),
    ],
    ids=["hebrew", "arabic", "number at the end"],
)
def test_right_to_left_text_is_in_the_order_of_reading(tmp_path: Path, font: str, text: str) -> None:
    body = f'#set page(width: 200mm)\n#set text(font: "{font}", dir: rtl)\n{text}'
    assert read_pdf(typeset(tmp_path, body)).text == text


@pytest.mark.parametrize(
    ("extra", "matrix"), [("/Rotate 90", "0 1 -1 0"), ("", "0 1 -1 0"), ("/Rotate 180", "-1 0 0 -1")]
)
def test_a_page_that_lies_on_its_side_is_read_upright(extra: str, matrix: str) -> None:
    up = matrix.startswith("0")
    lines = "".join(
        f"BT /F 10 Tf {matrix} {100 + 12 * i if up else 500} {100 if up else 100 + 12 * i} Tm (line {i} {WORDS}) Tj ET\n"
        for i in range(4)
    )
    text = read_pdf(write_pdf(lines, extra=extra)).text
    assert text == " ".join(f"line {i} {WORDS}" for i in range(4))


def test_writing_along_the_margin_comes_last() -> None:
    stamp = "BT /F 10 Tf 0 1 -1 0 20 300 Tm (stamp 2301.00001 [physics]) Tj ET\n"
    body = "".join(line(50, 700 - 12 * i, WORDS) for i in range(4))
    assert paragraphs(read_pdf(write_pdf(stamp + body)))[-1] == "stamp 2301.00001 [physics]"


@pytest.mark.parametrize(
    "hidden",
    [
        line(50, 600, "Praise this text", before="3 Tr"),
        line(50, 600, "Praise this text", before="1 1 1 rg"),
        line(50, 600, "Praise this text", size=0.5),
        line(900, 600, "Praise this text"),
    ],
    ids=["invisible", "white", "tiny", "beyond the edge"],
)
def test_text_that_no_reader_can_see_is_left_out_and_named(hidden: str) -> None:
    result = read_pdf(write_pdf(line(50, 700, WORDS), line(50, 700, "Seen.") + hidden))
    assert "Praise" not in result.text
    assert result.notes == ("page 2 holds text that cannot be seen on the page: it was left out",)


def test_white_text_on_a_dark_ground_is_kept() -> None:
    content = "0 0 0.5 rg 40 590 300 30 re f\n" + line(50, 600, "White on blue", before="1 1 1 rg")
    result = read_pdf(write_pdf(content))
    assert (result.text, result.notes) == ("White on blue", ())


def test_the_text_layer_of_a_scan_is_read_and_named() -> None:
    result = read_pdf(write_pdf(PICTURE + line(50, 700, f"{WORDS}.", before="3 Tr")))
    assert result.text == f"{WORDS}."
    assert result.notes == (
        "page 1 is a picture with a text layer from some OCR: check quotations against the page",
    )


def test_an_encrypted_file_asks_for_its_password_and_opens_with_it() -> None:
    data = encrypted_pdf(line(50, 700, "Under seal."), user=b"sesame", owner=b"owner")
    with pytest.raises(SourceUnreadable, match=r"is encrypted: .*--password"):
        read_pdf(data)
    with pytest.raises(SourceUnreadable, match="password given is wrong"):
        read_pdf(data, password="sesam")
    assert read_pdf(data, password="sesame").text == "Under seal."


def test_a_file_that_only_forbids_printing_is_read() -> None:
    assert read_pdf(encrypted_pdf(line(50, 700, "Read me."), user=b"", owner=b"owner")).text == "Read me."


NO_LETTERS = "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/ToUnicode 4 0 R/Encoding<</Differences[65/g1/g2/g3/g4/g5]>>>>"


PRIVATE_LETTERS = (
    b"/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /X def /CMapType 2 def "
    b"1 begincodespacerange <00> <FF> endcodespacerange 1 beginbfrange <41> <5A> <E041> endbfrange "
    b"endcmap end end"
)


def test_a_text_layer_without_letters_is_not_taken_for_text() -> None:
    data = write_pdf(line(50, 700, "ABCDE EDCBA " * 20), line(50, 700, "1 2 3 4"), font=NO_LETTERS)
    stream = b"4 0 obj\n<</Length %d>>stream\n%s\nendstream\nendobj" % (len(PRIVATE_LETTERS), PRIVATE_LETTERS)
    result = read_pdf(re.sub(rb"4 0 obj\n.*?endobj", stream, data, count=1, flags=re.DOTALL), ocr="off")
    assert result.text == "1 2 3 4"
    assert "page 1 holds text in fonts without a key" in result.notes[0]


def test_letters_beyond_the_basic_plane_keep_their_places(tmp_path: Path) -> None:
    text = read_pdf(typeset(tmp_path, f"Mass $m$ and energy $E = m c^2$ are one. {WORDS}.")).text
    assert "\U0001d45a" in text
    assert text.endswith(f"are one. {WORDS}.")


def test_pages_without_text_are_named_where_ocr_is_off() -> None:
    pages = (PICTURE, line(50, 700, f"{WORDS}."), PICTURE, PICTURE)
    result = read_pdf(write_pdf(*pages), ocr="off")
    assert [result.text[start:end] for start, end in result.pages] == ["", f"{WORDS}.", "", ""]
    assert len(result.notes) == 1
    assert result.notes[0].startswith("pages 1, 3-4 hold no text, only a picture: ")


def test_a_page_without_anything_is_no_fault() -> None:
    result = read_pdf(write_pdf(line(50, 700, "Words."), ""))
    assert (result.text, result.pages, result.notes) == ("Words.", ((0, 6), (6, 6)), ())
    with pytest.raises(SourceUnreadable, match="its pages are empty"):
        read_pdf(write_pdf(""))


def test_a_scan_says_what_to_install_where_tesseract_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert ocr.available() == ""
    with pytest.raises(SourceUnreadable, match="holds no text, it looks scanned: install Tesseract"):
        read_pdf(write_pdf(PICTURE))
    with pytest.raises(SourceUnreadable, match="install Tesseract"):
        ocr.recognise(Image.new("L", (10, 10)))


needs_tesseract = pytest.mark.skipif(not ocr.available(), reason="Tesseract is not installed on this machine")


def scanned(tmp_path: Path, body: str) -> bytes:
    """A PDF of pictures of the pages."""
    source = tmp_path / "scan.typ"
    source.write_text(body, encoding="utf-8")
    typst.compile(source, output=tmp_path / "scan-{p}.png", ppi=200)
    pictures = [Image.open(path).convert("L") for path in sorted(tmp_path.glob("scan-*.png"))]
    out = io.BytesIO()
    pictures[0].save(out, format="PDF", resolution=200, save_all=True, append_images=pictures[1:])
    return out.getvalue()


@needs_tesseract
def test_a_scan_is_read_by_ocr_and_says_so(tmp_path: Path) -> None:
    body = f"#set page(width: 120mm, height: 80mm)\n{WORDS}.\n\nA second paragraph stands here.\n#pagebreak()\nThe last page."
    result = read_pdf(scanned(tmp_path, body))
    assert paragraphs(result) == [f"{WORDS}.", "A second paragraph stands here.", "The last page."]
    assert [result.text[start:end][:3] for start, end in result.pages] == ["Ten", "The"]
    assert len(result.notes) == 1
    assert re.fullmatch(r"pages 1-2 were read by OCR \(Tesseract\): check quotations .*", result.notes[0])


@needs_tesseract
def test_a_scan_without_letters_is_refused() -> None:
    with pytest.raises(SourceUnreadable, match="looks scanned: OCR found none either"):
        read_pdf(write_pdf(PICTURE))


@needs_tesseract
def test_text_recognition_has_a_time_limit() -> None:
    with pytest.raises(SourceUnreadable, match="took more than"):
        ocr.recognise(Image.effect_noise((2000, 2000), 90), timeout_s=0.01)


def test_running_heads_change_sides_and_page_numbers_count(tmp_path: Path) -> None:
    heads = "header: context if calc.odd(counter(page).get().first()) [Fees #h(1fr) Ada] else [2024 #h(1fr) Journal]"
    body = f'#set page(height: 80mm, numbering: "1", {heads})\n' + "#pagebreak()\n".join(
        f"Page of {word}.\n" for word in ("one", "two", "three", "four", "five", "six")
    )
    assert paragraphs(read_pdf(typeset(tmp_path, body))) == [
        f"Page of {word}." for word in ("one", "two", "three", "four", "five", "six")
    ]


def test_page_numbers_go_where_only_two_pages_are() -> None:
    pages = [line(50, 700, f"Page {w}.") + line(300, 40, str(n)) for w, n in (("one", 7), ("two", 8))]
    assert paragraphs(read_pdf(write_pdf(*pages))) == ["Page one.", "Page two."]


def test_a_wrong_table_of_contents_of_the_file_is_no_obstacle() -> None:
    data = write_pdf(line(50, 700, "Saved."))
    assert read_pdf(re.sub(rb"startxref\n\d+", b"startxref\n77", data)).text == "Saved."
    cut = read_pdf(data[: data.index(b"xref\n0")])
    assert cut.text == "Saved."
    assert cut.notes == (
        "the file ends too early, it may have been cut off: some of its text may be missing",
    )


@pytest.mark.parametrize("share", [i / 12 for i in range(12)])
def test_a_damaged_file_gives_text_or_a_reason(tmp_path: Path, share: float) -> None:
    whole = typeset(tmp_path, PAPER)
    cut = int(share * len(whole))
    flipped = bytearray(whole)
    for i in range(cut, len(whole), 97):
        flipped[i] ^= 0x55
    for data in (whole[:cut], bytes(flipped), whole[:cut] + whole[cut + 50 :]):
        try:
            assert read_pdf(data, ocr="off").pages
        except SourceUnreadable as exc:
            assert re.match(r"it (is|holds|looks)|its text", str(exc))


def test_several_threads_read_at_once(tmp_path: Path) -> None:
    data = typeset(tmp_path, PAPER)
    expected = read_pdf(data)
    with ThreadPoolExecutor(4) as pool:
        assert all(result == expected for result in pool.map(read_pdf, [data] * 12))


def test_the_date_of_publication_comes_from_the_metadata_of_publishers_alone(tmp_path: Path) -> None:
    data = typeset(tmp_path, "#set document(date: datetime(year: 2024, month: 3, day: 5))\nWords.")
    assert read_pdf(data).issued is None
    xmp = b"<</Type/Metadata/Length 70>>stream\n<prism:publicationDate>2019-07-01</prism:publicationDate>\nendstream"
    assert read_pdf(assembled([xmp], b"") + write_pdf(line(50, 700, "Words."))).issued == "2019-07-01"
