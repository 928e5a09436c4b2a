"""The bytes of a PDF -> its text with page offsets, as a reader would read it.

PDFium gives words with boxes and fonts. From those come lines, columns, paragraphs, headings and tables; running heads
and page numbers are left out, pages without text go to text recognition. Offsets refer to the text that results.
What no reader of the page can see is left out: text beyond its edge, and invisible, tiny or white-on-white text, which
is how instructions for language models are hidden. Invisible text on a page that is one picture is kept: there it is
the text layer that a scanner's software laid under the picture.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Literal

from ..errors import SourceUnreadable
from . import ocr as recognition
from .pdf_lines import lines_of, without_running_heads
from .pdf_page import PDFIUM, Sheet, extract, open_pdf, plain
from .pdf_text import blocks_of, body_size, joined, words_of

_MOST_PIXELS = 40_000_000  # of a page drawn for recognition; a poster is drawn coarser


@dataclass(frozen=True, kw_only=True)
class PdfText:
    text: str
    pages: tuple[tuple[int, int], ...]
    """Start and end offset of every page in `text`; equal for a page without text."""
    title: str
    author: str
    issued: str | None = None
    """Date of publication if the metadata says it; the date of the file's making is not taken for it."""
    notes: tuple[str, ...] = ()
    """Sentences for the user: pages without text, pages read by OCR, text left out."""


def read_pdf(data: bytes, *, password: str = "", ocr: Literal["auto", "off"] = "auto") -> PdfText:
    """The text of a PDF; pages without text are recognised where `ocr` is "auto" and a program for it is installed.

    Raises:
        SourceUnreadable: encrypted, wrong password, damaged, without pages, or without any text.
    """
    sheets, about = extract(data, password)
    notes = _recognised(sheets, data, password, ocr == "auto")
    words = Counter(word for sheet in sheets for word in words_of(sheet))
    body = body_size(sheets)
    pages = without_running_heads([lines_of(sheet, body) for sheet in sheets])
    text, spans = joined(blocks_of(pages, words, body), words)
    return PdfText(
        text=text,
        pages=spans,
        title=plain(about.get("Title", "")),
        author=plain(about.get("Author", "")),
        issued=_issued(data),
        notes=(*_cut_off(data), *_left_out(sheets), *notes),
    )


def _recognised(sheets: list[Sheet], data: bytes, password: str, wanted: bool) -> list[str]:
    """Notes on pages without usable text, after text recognition has filled those that it can."""
    poor = [i for i, sheet in enumerate(sheets) if sheet.state in ("scan", "garbage")]
    tool = recognition.available() if wanted and poor else ""
    failed: dict[int, str] = {}
    for i in poor if tool else []:
        try:
            sheets[i].recognised = recognition.recognise(_picture(data, password, i))
        except SourceUnreadable as exc:
            failed[i] = f"page {i + 1} was not read by OCR: {exc}"
    for i in poor:
        if sheets[i].state == "garbage" or sheets[i].recognised:
            sheets[i].runs = []
    reasons = list(failed.values())
    why = "OCR found none either" if tool else _advice()
    if not any(sheet.runs or sheet.recognised for sheet in sheets):
        raise SourceUnreadable(_no_text(sheets, reasons[0] if reasons else why))
    rest = [i for i in poor if not sheets[i].recognised and i not in failed]
    return [*_read_by([i for i in poor if sheets[i].recognised]), *reasons, *_unread(sheets, rest, why)]


def _advice() -> str:
    if recognition.available():
        return "allow text recognition (OCR) and add it again"
    return f"{recognition.advice()} and add it again"


def _no_text(sheets: list[Sheet], why: str) -> str:
    if any(sheet.state == "garbage" for sheet in sheets):
        return f"its text is in fonts without a key to their letters, it can be read only as a scan: {why}"
    if not any(sheet.state == "scan" for sheet in sheets):
        return "it holds no text, its pages are empty"
    return f"it holds no text, it looks scanned: {why}"


def _read_by(done: list[int]) -> Iterator[str]:
    if done:
        yield f"{_pages(done, 'was', 'were')} read by OCR (Tesseract): check quotations against the page"


def _unread(sheets: list[Sheet], rest: list[int], why: str) -> Iterator[str]:
    if scans := [i for i in rest if sheets[i].state == "scan"]:
        yield f"{_pages(scans, 'holds', 'hold')} no text, only a picture: {why}"
    if bad := [i for i in rest if sheets[i].state == "garbage"]:
        yield f"{_pages(bad, 'holds', 'hold')} text in fonts without a key to their letters: {why}"


def _picture(data: bytes, password: str, number: int) -> Any:
    import pypdfium2

    with PDFIUM:
        document = open_pdf(data, password)
        try:
            page = document[number]
            width, height = page.get_size()
            scale = min(recognition.DPI / 72, math.sqrt(_MOST_PIXELS / max(1.0, width * height)))
            bitmap = page.render(scale=scale, grayscale=True)
            picture = bitmap.to_pil().copy()
            bitmap.close()
            page.close()
        except pypdfium2.PdfiumError as exc:
            raise SourceUnreadable(f"the page cannot be drawn ({exc})") from exc
        finally:
            document.close()
    return picture


def _cut_off(data: bytes) -> Iterator[str]:
    if b"%%EOF" not in data[-4096:]:
        yield "the file ends too early, it may have been cut off: some of its text may be missing"


def _left_out(sheets: list[Sheet]) -> Iterator[str]:
    if hidden := [i for i, sheet in enumerate(sheets) if sheet.left_out]:
        yield f"{_pages(hidden, 'holds', 'hold')} text that cannot be seen on the page: it was left out"
    if layered := [i for i, sheet in enumerate(sheets) if sheet.layered and not sheet.recognised]:
        what = f"{_pages(layered, 'is a picture', 'are pictures')} with a text layer from some OCR"
        yield f"{what}: check quotations against the page"
    if broken := [i for i, sheet in enumerate(sheets) if sheet.state == "damaged"]:
        yield f"{_pages(broken, 'is', 'are')} damaged and could not be opened"


def _pages(numbers: list[int], one: str, many: str) -> str:
    """Such as "pages 1-3, 7 are" for indices from 0."""
    spans = []
    for _, group in groupby(enumerate(numbers), key=lambda pair: pair[1] - pair[0]):
        span = [number for _, number in group]
        spans.append(f"{span[0] + 1}" if len(span) == 1 else f"{span[0] + 1}-{span[-1] + 1}")
    several = len(numbers) > 1
    return f"page{'s' * several} {', '.join(spans)} {many if several else one}"


def _issued(data: bytes) -> str | None:
    """The date of publication in the file's XMP metadata, where it is stored as plain text."""
    match = re.search(
        rb"<prism:(?:publicationDate|coverDate)>\s*(\d{4}(?:-\d\d){0,2})(?!\d)", data
    ) or re.search(rb"prism:(?:publicationDate|coverDate)=[\"'](\d{4}(?:-\d\d){0,2})(?!\d)", data)
    return match.group(1).decode("ascii") if match else None
