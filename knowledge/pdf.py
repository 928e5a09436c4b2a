"""The bytes of a PDF -> its text with page offsets; the only home of pypdfium2.

The lines of the page are joined to paragraphs, words broken at line ends are made whole, running heads and page
numbers are left out. All of that is done to the text itself, so offsets refer to what a reader sees.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Any

from .errors import SourceUnreadable

_PDFIUM = threading.Lock()  # PDFium is not safe to call from two threads
_HYPHENS = "-\u00ad\u2010\x02\ufffe"  # PDFium writes a hyphen at a line end as U+FFFE or U+0002
_FULL_LINE = 0.75  # of a usual line's length; a shorter line may end a paragraph
_HEAD_SHARE = 0.5  # of the pages that repeat a line, from which it is a running head
_WIDE_STEP = 1.35  # of the usual step from line to line, above which a paragraph has ended
_USUAL_LINE = 0.9  # quantile of line lengths taken for the width of the column


@dataclass(frozen=True, kw_only=True)
class PdfText:
    text: str
    pages: tuple[tuple[int, int], ...]
    """Start and end offset of every page in `text`; equal for a page without text."""
    title: str
    author: str


def read_pdf(data: bytes) -> PdfText:
    """The text of a PDF.

    Raises:
        SourceUnreadable: encrypted, damaged, without pages, or without a text layer.
    """
    raw, title, author = _extract(data)
    pages = _without_running_heads([_lines(page) for page in raw])
    words = Counter(word.lower() for page in raw for word in re.findall(r"[^\W\d_]+(?:-[^\W\d_]+)*", page))
    lengths = sorted(len(line) for page in pages for line in page if line)
    width = lengths[int(_USUAL_LINE * (len(lengths) - 1))] if lengths else 0
    text, spans = _joined([_paragraphs(page, words, width) for page in pages], words)
    return PdfText(text=text, pages=spans, title=title, author=author)


def _extract(data: bytes) -> tuple[list[str], str, str]:
    """Raw text of every page, title and author."""
    import pypdfium2

    with _PDFIUM:
        try:
            document: Any = pypdfium2.PdfDocument(data)
        except pypdfium2.PdfiumError as exc:
            raise SourceUnreadable(_refusal(exc)) from exc
        try:
            raw = [_page_text(document, number) for number in range(len(document))]
            about = document.get_metadata_dict()
            scanned = not any(page.strip() for page in raw)
        except pypdfium2.PdfiumError as exc:
            raise SourceUnreadable(f"it is damaged ({exc})") from exc
        finally:
            document.close()
    if not raw:
        raise SourceUnreadable("it is a PDF without pages")
    if scanned:
        raise SourceUnreadable(
            "its pages are pictures without text (a scan): run text recognition (OCR) on it first"
        )
    return raw, about.get("Title", ""), about.get("Author", "")


def _page_text(document: Any, number: int) -> str:
    page = document[number]
    textpage = page.get_textpage()
    try:
        text: str = textpage.get_text_range()
        return _with_gaps(textpage, text)
    finally:
        textpage.close()
        page.close()


def _with_gaps(textpage: Any, text: str) -> str:
    """The page's text with an empty line where the white space between two lines is wider than usual."""
    starts = [match.start() for match in re.finditer(r"^(?=[^\r\n])", text, re.MULTILINE)]
    # Of every line the baseline side of its first letter; a line of another column above makes a negative step.
    tops = [
        textpage.get_charbox(start, loose=True)[1] if start < textpage.count_chars() else 0.0
        for start in starts
    ]
    steps = [before - after for before, after in pairwise(tops)]
    usual = median([step for step in steps if step > 0] or [0.0])
    gaps = {start for start, step in zip(starts[1:], steps, strict=True) if step > _WIDE_STEP * usual > 0}
    return "".join(("\n" if i in gaps else "") + char for i, char in enumerate(text)) if gaps else text


def _refusal(exc: Exception) -> str:
    if "password" in str(exc).lower() or "security" in str(exc).lower():
        return "it is encrypted: remove the password first"
    return "it is damaged or no PDF"


def _lines(page: str) -> list[str]:
    """The page's lines, in composed letters, without ligatures and control characters."""
    page = re.sub("[\ufb00-\ufb06]", lambda match: unicodedata.normalize("NFKC", match.group()), page)
    page = unicodedata.normalize("NFC", page.replace("\r\n", "\n").replace("\r", "\n"))
    kept = "".join(
        char
        for char in page
        if char in "\n\t\x02\ufffe\u00ad" or unicodedata.category(char) not in ("Cc", "Cs", "Cn", "Co")
    )
    # PDFium marks a hyphen at a line end and then often goes on in the same line.
    broken = re.sub("([\x02\ufffe])(?=[^\n])", r"\1\n", re.sub("\u00ad(?=[^\n])", "", kept))
    return [" ".join(line.split()) for line in broken.split("\n")]


def _without_running_heads(pages: list[list[str]]) -> list[list[str]]:
    """The pages without first and last lines that repeat on many of them, page numbers counted as equal."""
    edges = Counter(mark for page in pages for mark in {_mark(page[i]) for i in _edges(page)})
    heads = {mark for mark, count in edges.items() if count >= 3 and count >= _HEAD_SHARE * len(pages)}
    return [
        [line for i, line in enumerate(page) if not (i in _edges(page) and _mark(line) in heads)]
        for page in pages
    ]


def _edges(page: list[str]) -> set[int]:
    """Where a running head may stand: the first two and the last two lines, unless they break off in a word."""
    filled = [i for i, line in enumerate(page) if line]
    return {i for i in (*filled[:2], *filled[-2:]) if page[i][-1] not in _HYPHENS}


def _mark(line: str) -> str:
    return re.sub(r"\d+", "#", line)


def _paragraphs(lines: list[str], words: Counter[str], width: int) -> list[str]:
    paragraphs: list[str] = []
    open_paragraph = False
    for line, after in zip(lines, [*lines[1:], ""], strict=True):
        if not line:
            open_paragraph = False
            continue
        if open_paragraph:
            paragraphs[-1] = join(paragraphs[-1], line, words)
        else:
            paragraphs.append(line)
        open_paragraph = not _ends_paragraph(line, after, width)
    return paragraphs


_ITEM = re.compile(r"(?:[•–‣▪◦●*]|-\s|\(?\d{1,3}[.)]\s|\(?[a-z]\)\s)")
_SENTENCE_END = re.compile(r"[.!?:;][\"'”’)\]]*\d{0,3}$")


def _ends_paragraph(line: str, after: str, width: int) -> bool:
    if not after or _ITEM.match(after):
        return True
    if line[-1] in _HYPHENS:
        return False
    short = len(line) < _FULL_LINE * width
    starts_anew = after[0].isupper() or after[0].isdigit() or after[0] in '"“‘«('
    return short and starts_anew and (bool(_SENTENCE_END.search(line)) or len(line) < 0.6 * width)


def join(left: str, right: str, words: Counter[str]) -> str:
    """Two lines as one; a word broken between them is made whole.

    The hyphen stays where the rest of the document writes the word with one ("well-known"), goes where it writes it
    without, and goes where the document is silent.
    """
    if left[-1] not in _HYPHENS:
        return f"{left} {right}"
    stem = left[:-1]
    if not stem or stem[-1].isspace():
        return f"{stem}- {right}"
    head, tail = re.search(r"[^\W\d_]+$", stem), re.match(r"[^\W\d_]+", right)
    if not head or not tail or not right[0].islower():
        return f"{stem}-{right}"
    whole, hyphened = (head.group() + tail.group()).lower(), f"{head.group()}-{tail.group()}".lower()
    return f"{stem}-{right}" if words[hyphened] > words[whole] else stem + right


def _joined(pages: list[list[str]], words: Counter[str]) -> tuple[str, tuple[tuple[int, int], ...]]:
    """All pages as one text; a sentence or word that runs over a page break stays one."""
    text = ""
    spans = []
    for paragraphs in pages:
        start = len(text)
        if paragraphs:
            page = "\n\n".join(paragraphs)
            runs_on = text and not _SENTENCE_END.search(text) and page[0].islower()
            text = join(text, page, words) if runs_on else f"{text}\n\n{page}".lstrip("\n")
            start = len(text) - len(page)
        spans.append((start, len(text)))
    return text.translate(_LEFT_OVER), tuple(spans)


# A hyphen that nothing followed; one character for one, so that offsets stay.
_LEFT_OVER = str.maketrans(dict.fromkeys(_HYPHENS, "-"))
