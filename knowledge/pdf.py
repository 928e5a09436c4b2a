"""The bytes of a PDF -> its text with page offsets, as a reader would read it; the only home of pypdfium2.

PDFium gives words with boxes and fonts. From those come lines, columns, paragraphs, headings and tables; running heads
and page numbers are left out, pages without text go to text recognition. Offsets refer to the text that results.
What no reader of the page can see is left out: text beyond its edge, and invisible, tiny or white-on-white text, which
is how instructions for language models are hidden. Invisible text on a page that is one picture is kept: there it is
the text layer that a scanner's software laid under the picture.
"""

from __future__ import annotations

import ctypes
import math
import re
import threading
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import groupby, pairwise
from statistics import median, median_low
from typing import Any, Literal

from . import ocr as recognition
from .errors import SourceUnreadable

_PDFIUM = threading.Lock()  # PDFium is not safe to call from two threads
_HYPHENS = "-\u00ad\u2010\x02\ufffe"  # PDFium writes a hyphen at a line end as U+FFFE or U+0002

_COVERED = 0.6  # share of the page under pictures, from which it is a scan
_FEW_LETTERS = 50  # a scanned page may still carry a stamp or a page number as text
_GARBAGE = 0.3  # share of characters that are none, from which the text layer is useless
_TINY_PT = 1.5
_NEARLY_WHITE = 245  # of 255
_MOST_PIXELS = 40_000_000  # of a page drawn for recognition; a poster is drawn coarser

_CELL_GAP = 0.8  # of the letter size, the white space that divides cells or columns on one line
_FULL_LINE = 0.75  # of a usual line's length; a shorter line may end a paragraph
_USUAL_LINE = 0.9  # quantile of line lengths taken for the width of the column
_WIDE_STEP = 1.35  # of the usual step from line to line, above which a paragraph has ended
_HEAD_SHARE = 0.25  # of the pages that repeat a line at one height, from which it is a running head
_LARGER = 1.15  # than the body's letters are those of a heading
_SMALLER = 0.93  # than the body's letters are those of a footnote


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
    sheets, about = _extract(data, password)
    notes = _recognised(sheets, data, password, ocr == "auto")
    words = Counter(word for sheet in sheets for word in _words(sheet))
    body = _body_size(sheets)
    pages = _without_running_heads([_lines(sheet, body) for sheet in sheets])
    text, spans = _joined(_blocks(pages, words, body), words)
    return PdfText(
        text=text,
        pages=spans,
        title=_plain(about.get("Title", "")),
        author=_plain(about.get("Author", "")),
        issued=_issued(data),
        notes=(*_cut_off(data), *_left_out(sheets), *notes),
    )


@dataclass(slots=True)
class _Run:
    """Words on one line, close together, in one font; sizes in points, from the lower left of the upright page."""

    text: str
    left: float
    bottom: float
    right: float
    top: float
    size: float
    bold: bool
    turn: int
    """Quarter turns of the writing, counter-clockwise."""
    hidden: Literal["", "invisible", "white"] = ""

    @property
    def middle(self) -> float:
        return (self.bottom + self.top) / 2


@dataclass(slots=True)
class _Sheet:
    """What PDFium says of one page, and what text recognition read instead."""

    runs: list[_Run] = field(default_factory=list)
    state: Literal["text", "empty", "scan", "garbage", "damaged"] = "text"
    left_out: bool = False
    layered: bool = False
    """Whether its text lies unseen over or under a picture of the page."""
    recognised: str = ""


def _extract(data: bytes, password: str) -> tuple[list[_Sheet], dict[str, str]]:
    import pypdfium2

    with _PDFIUM:
        document = _opened(data, password)
        try:
            sheets = [_sheet(document, number) for number in range(len(document))]
            about: dict[str, str] = document.get_metadata_dict()
        except pypdfium2.PdfiumError as exc:
            raise SourceUnreadable(f"it is damaged ({exc})") from exc
        finally:
            document.close()
    if not sheets:
        raise SourceUnreadable("it is a PDF without pages")
    if all(sheet.state == "damaged" for sheet in sheets):
        raise SourceUnreadable("it is damaged: none of its pages can be opened")
    return sheets, about


def _opened(data: bytes, password: str) -> Any:
    import pypdfium2

    try:
        try:
            return pypdfium2.PdfDocument(data, password=password or None)
        except pypdfium2.PdfiumError:
            # A file that was cut off has lost its trailer; without one PDFium does not look for its pages.
            root = re.search(
                rb"(\d{1,7}) \d{1,5} obj\s*<<(?:(?!endobj).){0,400}?/Type\s*/Catalog\b", data, re.DOTALL
            )
            if root is None or b"trailer" in data or b"/Encrypt" in data:
                raise
            return pypdfium2.PdfDocument(data + b"\ntrailer\n<</Root %s 0 R>>\n" % root.group(1))
    except pypdfium2.PdfiumError as exc:
        said = str(exc).lower()
        if "password" in said:
            raise SourceUnreadable(_WRONG_PASSWORD if password else _ENCRYPTED) from exc
        if "security" in said:
            raise SourceUnreadable("it is encrypted: remove the password, its protection is unknown") from exc
        raise SourceUnreadable("it is damaged or no PDF") from exc


_ENCRYPTED = "it is encrypted: remove the password, or give it with --password"
_WRONG_PASSWORD = "it is encrypted, and the password given is wrong"


def _sheet(document: Any, number: int) -> _Sheet:
    import pypdfium2

    try:
        page = document[number]
    except pypdfium2.PdfiumError:
        return _Sheet(state="damaged")
    try:
        textpage = page.get_textpage()
        try:
            runs = _runs(textpage)
        finally:
            textpage.close()
        return _judged(page, runs)
    except pypdfium2.PdfiumError:
        return _Sheet(state="damaged")
    finally:
        page.close()


def _judged(page: Any, runs: list[_Run]) -> _Sheet:
    """The page with what can be seen of it, and whether that is its text."""
    left, bottom, right, top = page.get_bbox()
    inside = [run for run in runs if _overlap(run, left, bottom, right, top)]
    hidden = [run for run in inside if run.hidden]
    seen = [run for run in inside if not run.hidden]
    scan = False
    if hidden or _letters(seen) < _FEW_LETTERS:
        scan = _picture_share(page, (left, bottom, right, top)) >= _COVERED
    if any(run.hidden == "white" for run in hidden):
        dark = _painted(page)
        seen = [run for run in inside if not run.hidden or (run.hidden == "white" and _on(run, dark))]
    if scan:
        seen = [run for run in inside if run.hidden != "white" or run in seen]
    sheet = _Sheet(runs=_upright(seen), left_out=_letters(seen) < _letters(runs))
    sheet.layered = scan and any(run.hidden == "invisible" for run in seen)
    if _is_garbage(seen):
        sheet.state = "garbage"
    elif scan and _letters(seen) < _FEW_LETTERS:
        sheet.state = "scan"
    elif not _letters(seen):
        sheet.state = (
            "scan" if next(page.get_objects(max_depth=1), None) is not None and not runs else "empty"
        )
    return sheet


def _letters(runs: Iterable[_Run]) -> int:
    return sum(len(run.text) - run.text.count(" ") for run in runs)


def _overlap(run: _Run, left: float, bottom: float, right: float, top: float) -> bool:
    return run.right > left and run.left < right and run.top > bottom and run.bottom < top


def _on(run: _Run, boxes: list[tuple[float, float, float, float]]) -> bool:
    x, y = (run.left + run.right) / 2, run.middle
    return any(left <= x <= right and bottom <= y <= top for left, bottom, right, top in boxes)


def _is_garbage(runs: list[_Run]) -> bool:
    text = "".join(run.text for run in runs).replace(" ", "")
    # Most pages hold printable characters alone, and are not looked at one by one.
    odd = "" if text.isprintable() else "".join(char for char in text if not char.isprintable())
    bad = sum(1 for char in odd if char not in _HYPHENS and unicodedata.category(char) in _NO_LETTER)
    return bad + text.count("\ufffd") > _GARBAGE * len(text)


_NO_LETTER = frozenset({"Cc", "Cs", "Cn", "Co"})


def _picture_share(page: Any, box: tuple[float, float, float, float]) -> float:
    """Share of the page's area under pictures; a scan may come as several strips."""
    import pypdfium2.raw as pdfium

    left, bottom, right, top = box
    area = 0.0
    for picture in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE], max_depth=4):
        x0, y0, x1, y1 = picture.get_bounds()
        area += max(0.0, min(x1, right) - max(x0, left)) * max(0.0, min(y1, top) - max(y0, bottom))
    return area / max(1.0, (right - left) * (top - bottom))


def _painted(page: Any) -> list[tuple[float, float, float, float]]:
    """Boxes of pictures and of shapes filled with a colour, on which white text can be seen."""
    import pypdfium2.raw as pdfium

    kinds = [pdfium.FPDF_PAGEOBJ_IMAGE, pdfium.FPDF_PAGEOBJ_PATH, pdfium.FPDF_PAGEOBJ_SHADING]
    boxes = []
    colour = [ctypes.c_uint() for _ in range(4)]
    for shape in page.get_objects(filter=kinds, max_depth=4):
        if shape.type == pdfium.FPDF_PAGEOBJ_PATH:
            pdfium.FPDFPageObj_GetFillColor(shape.raw, *colour)
            if min(part.value for part in colour[:3]) >= _NEARLY_WHITE or not colour[3].value:
                continue
        boxes.append(shape.get_bounds())
    return boxes


_WORD = re.compile("[^\\s\x02\ufffe]*[\x02\ufffe]|[^\\s\x02\ufffe]+")


def _runs(textpage: Any) -> list[_Run]:
    """The page's runs in the order of its content.

    Boxes are asked for the first and the last letter of every word, fonts once for every text object.
    """
    import pypdfium2.raw as pdfium

    raw, box, styles = textpage.raw, pdfium.FS_RECTF(), _Styles(textpage.raw)
    runs: list[_Run] = []
    for match in _WORD.finditer(_characters(textpage)):
        first, last = match.start(), match.end() - 1
        # A hyphen that PDFium recognised may have no box of its own.
        if last > first and match.group()[-1] in "\x02\ufffe":
            last -= 1
        if not pdfium.FPDFText_GetLooseCharBox(raw, first, box):
            continue
        left, bottom, right, top = box.left, box.bottom, box.right, box.top
        if last > first and pdfium.FPDFText_GetLooseCharBox(raw, last, box):
            left, bottom = min(left, box.left), min(bottom, box.bottom)
            right, top = max(right, box.right), max(top, box.top)
        size, bold, turn, hidden = styles.of(first)
        if not math.isfinite(left + bottom + right + top):
            continue  # in damaged files numbers overflow
        text = match.group()
        word = _Run(
            text if text.isascii() else _paired(text), left, bottom, right, top, size, bold, turn, hidden
        )
        if runs and _goes_on(runs[-1], word):
            _append(runs[-1], word)
        else:
            runs.append(word)
    return runs


def _characters(textpage: Any) -> str:
    """One character for every one in PDFium's list, so that indices agree; large code points come as surrogates."""
    import pypdfium2.raw as pdfium

    count = textpage.count_chars()
    buffer = (ctypes.c_ushort * (count + 1))()
    pdfium.FPDFText_GetText(textpage.raw, 0, count, buffer)
    text = bytes(memoryview(buffer)).decode("utf-16-le", "surrogatepass")[:-1]
    if len(text) == count and "\0" not in text:
        return text
    # PDFium leaves letters without Unicode out of its text, but not out of its list.
    codes = (pdfium.FPDFText_GetUnicode(textpage.raw, index) for index in range(count))
    return "".join(chr(code) if 0 < code < 0x110000 else "\ufffd" for code in codes)


def _paired(text: str) -> str:
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


class _Styles:
    """Size, weight, direction and visibility of letters, asked once for every text object."""

    def __init__(self, raw: Any) -> None:
        self._raw = raw
        self._known: dict[int, tuple[float, bool, int, Literal["", "invisible", "white"]]] = {}

    def of(self, index: int) -> tuple[float, bool, int, Literal["", "invisible", "white"]]:
        import pypdfium2.raw as pdfium

        item = pdfium.FPDFText_GetTextObject(self._raw, index)
        key = ctypes.addressof(item.contents) if item else 0
        if key not in self._known:
            self._known[key] = self._asked(index, item)
        return self._known[key]

    def _asked(self, index: int, item: Any) -> tuple[float, bool, int, Literal["", "invisible", "white"]]:
        import pypdfium2.raw as pdfium

        matrix = pdfium.FS_MATRIX(1, 0, 0, 1, 0, 0)
        pdfium.FPDFText_GetMatrix(self._raw, index, matrix)
        size = abs(pdfium.FPDFText_GetFontSize(self._raw, index)) * math.hypot(matrix.c, matrix.d)
        if not math.isfinite(size + matrix.a + matrix.b):
            return 0.0, False, 0, "invisible"
        turn = round(math.atan2(matrix.b, matrix.a) / (math.pi / 2)) % 4
        name, flags = ctypes.create_string_buffer(200), ctypes.c_int()
        pdfium.FPDFText_GetFontInfo(self._raw, index, name, 200, flags)
        heavy = re.search(rb"bold|black|heavy|cmbx|cmssbx", name.value, re.IGNORECASE)
        return size, bool(heavy), turn, self._hidden(index, item, size)

    def _hidden(self, index: int, item: Any, size: float) -> Literal["", "invisible", "white"]:
        import pypdfium2.raw as pdfium

        mode = pdfium.FPDFTextObj_GetTextRenderMode(item) if item else 0
        if mode in (pdfium.FPDF_TEXTRENDERMODE_INVISIBLE, pdfium.FPDF_TEXTRENDERMODE_CLIP) or size < _TINY_PT:
            return "invisible"
        red, green, blue, alpha = colour = [ctypes.c_uint() for _ in range(4)]
        if mode != 0 or not pdfium.FPDFText_GetFillColor(self._raw, index, *colour):
            return ""
        if not alpha.value:
            return "invisible"
        return "white" if min(red.value, green.value, blue.value) >= _NEARLY_WHITE else ""


def _goes_on(run: _Run, word: _Run) -> bool:
    if (run.turn, run.hidden, run.bold) != (word.turn, word.hidden, word.bold) or run.text[
        -1
    ] in "\x02\ufffe":
        return False
    a, b = (run, word) if not run.turn else (_turned(run, run.turn), _turned(word, word.turn))
    gap = max(b.left - a.right, a.left - b.right)
    return _on_one_line(a, b) and gap < _CELL_GAP * max(a.size, b.size)


def _on_one_line(a: _Run, b: _Run) -> bool:
    shared = min(a.top, b.top) - max(a.bottom, b.bottom)
    return shared >= 0.5 * min(a.top - a.bottom, b.top - b.bottom)


def _append(run: _Run, word: _Run) -> None:
    run.text += f" {word.text}"
    run.left, run.right = min(run.left, word.left), max(run.right, word.right)
    run.bottom, run.top = min(run.bottom, word.bottom), max(run.top, word.top)
    run.size = max(run.size, word.size)


def _turned(run: _Run, turn: int) -> _Run:
    """The run as it lies when the page is turned so that its writing is level."""
    x0, y0, x1, y1 = run.left, run.bottom, run.right, run.top
    boxes = {0: (x0, y0, x1, y1), 1: (y0, -x1, y1, -x0), 2: (-x1, -y1, -x0, -y0), 3: (-y1, x0, -y0, x1)}
    left, bottom, right, top = boxes[turn]
    return replace(run, left=left, bottom=bottom, right=right, top=top)


def _upright(runs: list[_Run]) -> list[_Run]:
    """The runs on a page turned as most of its writing lies, whatever the file says of the page's rotation."""
    turns = Counter[int]()
    for run in runs:
        turns[run.turn] += len(run.text)
    most = turns.most_common(1)[0][0] if turns else 0
    level = [_turned(run, most) if most else run for run in runs if run.turn == most]
    floor = min((run.bottom for run in level), default=0.0)
    # Writing along the margin is no part of any column: it comes last, below the page.
    others = [_turned(run, run.turn) for run in runs if run.turn != most]
    below = max((run.top for run in others), default=0.0) - floor + 50.0
    return level + [replace(run, bottom=run.bottom - below, top=run.top - below) for run in others]


def _recognised(sheets: list[_Sheet], data: bytes, password: str, wanted: bool) -> list[str]:
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


def _no_text(sheets: list[_Sheet], why: str) -> str:
    if any(sheet.state == "garbage" for sheet in sheets):
        return f"its text is in fonts without a key to their letters, it can be read only as a scan: {why}"
    if not any(sheet.state == "scan" for sheet in sheets):
        return "it holds no text, its pages are empty"
    return f"it holds no text, it looks scanned: {why}"


def _read_by(done: list[int]) -> Iterator[str]:
    if done:
        yield f"{_pages(done, 'was', 'were')} read by OCR (Tesseract): check quotations against the page"


def _unread(sheets: list[_Sheet], rest: list[int], why: str) -> Iterator[str]:
    if scans := [i for i in rest if sheets[i].state == "scan"]:
        yield f"{_pages(scans, 'holds', 'hold')} no text, only a picture: {why}"
    if bad := [i for i in rest if sheets[i].state == "garbage"]:
        yield f"{_pages(bad, 'holds', 'hold')} text in fonts without a key to their letters: {why}"


def _picture(data: bytes, password: str, number: int) -> Any:
    import pypdfium2

    with _PDFIUM:
        document = _opened(data, password)
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


def _left_out(sheets: list[_Sheet]) -> Iterator[str]:
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


@dataclass(slots=True)
class _Line:
    """One line of a column as a reader sees it."""

    text: str
    cells: list[_Run]
    left: float
    right: float
    top: float
    bottom: float
    size: float
    bold: bool
    block: int
    """Number of the block on the page: a column, or what stands across columns."""
    room: tuple[float, float] = (0.0, 0.0)
    """Left edge and usual right edge of its block."""
    gap: bool = False
    """Whether more white space than usual is above it."""


def _lines(sheet: _Sheet, body: float) -> list[_Line]:
    """The page's lines in reading order, footnotes last."""
    if sheet.recognised:
        return _recognised_lines(sheet.recognised, body)
    lines: list[_Line] = []
    # The blocks of one band continue each other: no gap is between the columns of a text.
    for block, (runs, continues) in enumerate(_blocks_of(sheet.runs)):
        of_block = [line for row in _rows(runs) if (line := _line(row, block)).text]
        if of_block:
            _measure(of_block)
            of_block[0].gap = not continues
            lines.extend(of_block)
    _mark_gaps(lines)
    notes = [
        line for _, block in groupby(lines, lambda line: line.block) for line in _footnotes(list(block), body)
    ]
    if not notes:
        return lines
    chosen = {id(line) for line in notes}
    notes[0].gap = True
    return [line for line in lines if id(line) not in chosen] + notes


def _recognised_lines(text: str, body: float) -> list[_Line]:
    lines: list[_Line] = []
    rows = [(" ".join(row.split()), not before.strip()) for before, row in pairwise(["", *text.split("\n")])]
    lengths = sorted(len(row) for row, _ in rows if row)
    width = float(lengths[int(_USUAL_LINE * (len(lengths) - 1))]) if lengths else 0.0
    for number, (row, gap) in enumerate(rows):
        if row:
            y = -float(number)
            lines.append(_Line(row, [], 0.0, float(len(row)), y, y, body, False, 0, (0.0, width), gap))
    return lines


def _rows(runs: list[_Run]) -> list[list[_Run]]:
    """The runs of one column as rows from top to bottom.

    The order of the content is kept where it goes down the page, for it holds the cells of a table together.
    """
    back = sum(b.middle > a.top and b.left < a.right and a.left < b.right for a, b in pairwise(runs))
    if back > 0.2 * len(runs):
        runs = sorted(runs, key=lambda run: (-run.middle, run.left))
    rows: list[list[_Run]] = []
    for run in runs:
        if rows and _on_one_line(max(rows[-1], key=lambda other: len(other.text)), run):
            rows[-1].append(run)
        else:
            rows.append([run])
    for row in rows:
        row.sort(key=lambda run: -run.right if _is_right_to_left("".join(r.text for r in row)) else run.left)
    return rows


def _line(row: list[_Run], block: int) -> _Line:
    main = max(row, key=lambda run: len(run.text))
    cells = [replace(row[0])]
    for run in row[1:]:
        gap = max(run.left - cells[-1].right, cells[-1].left - run.right)
        if gap > _CELL_GAP * main.size:
            cells.append(replace(run))
            continue
        cells[-1].text += run.text if gap < 0.1 * main.size else f" {run.text}"
        cells[-1].left, cells[-1].right = min(cells[-1].left, run.left), max(cells[-1].right, run.right)
    for cell in cells:
        cell.text = _plain(cell.text)
    return _Line(
        text=" ".join(cell.text for cell in cells if cell.text),
        cells=cells,
        left=min(run.left for run in row),
        right=max(run.right for run in row),
        top=main.top,
        bottom=main.bottom,
        size=main.size,
        bold=all(run.bold for run in row if any(char.isalpha() for char in run.text)),
        block=block,
    )


def _measure(lines: list[_Line]) -> None:
    rights = sorted(line.right for line in lines)
    room = (min(line.left for line in lines), rights[int(_USUAL_LINE * (len(rights) - 1))])
    for line in lines:
        line.room = room


def _mark_gaps(lines: list[_Line]) -> None:
    steps = [a.bottom - b.bottom if a.block == b.block else 0.0 for a, b in pairwise(lines)]
    usual = median_low([step for step in steps if step > 0] or [0.0])
    for line, step in zip(lines[1:], steps, strict=True):
        line.gap = line.gap or step > _WIDE_STEP * usual > 0 or step < -usual


def _footnotes(lines: list[_Line], body: float) -> list[_Line]:
    """The last lines of a column from the first small one with a mark on, if all below are small too."""
    small = len(lines)
    while small and lines[small - 1].size < _SMALLER * body:
        small -= 1
    for i in range(small, len(lines)):
        if small and re.match(r"(?:\d{1,3}|[*†‡§¶])\W*\w", lines[i].text):
            return lines[i:]
    return []


def _blocks_of(runs: list[_Run]) -> list[tuple[list[_Run], bool]]:
    """Blocks in reading order, each with whether the text of the block before goes on in it."""
    if not runs:
        return []
    # A running head or a page number apart from the text belongs to no column.
    head, foot = _apart(runs, above=True), _apart(runs, above=False)
    ends = {id(run) for run in (*head, *foot)}
    blocks = _in_columns([run for run in runs if id(run) not in ends])
    if len(blocks) == 1:
        return [(runs, False)]
    return [(block, goes_on) for block, goes_on in ((head, False), *blocks, (foot, False)) if block]


def _in_columns(runs: list[_Run], depth: int = 0) -> list[tuple[list[_Run], bool]]:
    edge = _gutter(runs) if depth < 3 else None
    if edge is None:
        return [(runs, False)]
    across = sorted((run for run in runs if _side(run, edge) is None), key=lambda run: -run.middle)
    bands: dict[int, list[_Run]] = defaultdict(list)
    for run in runs:
        if _side(run, edge) is not None:
            bands[sum(other.middle > run.middle for other in across)].append(run)
    blocks: list[tuple[list[_Run], bool]] = []
    wide: list[_Run] = []
    for number in range(len(across) + 1):
        if band := bands.get(number):
            left, right = ([run for run in band if _side(run, edge) is side] for side in (False, True))
            if left and right and _is_prose(band, edge):
                blocks += [(wide, False)] if wide else []
                wide = []
                blocks += _in_columns(left, depth + 1)
                first, *others = _in_columns(right, depth + 1)
                blocks += [(first[0], True), *others]
            else:
                wide += band
        wide += across[number : number + 1]
    return blocks + ([(wide, False)] if wide else [])


def _apart(runs: list[_Run], *, above: bool) -> list[_Run]:
    """The highest (or lowest) row of a page if clear white space divides it from the rest, else nothing."""
    first = max(runs, key=lambda run: run.middle if above else -run.middle)
    row = [run for run in runs if _on_one_line(first, run)]
    rest = [run for run in runs if run not in row]
    if not rest:
        return []
    if above:
        gap = min(run.bottom for run in row) - max(run.top for run in rest)
    else:
        gap = min(run.bottom for run in rest) - max(run.top for run in row)
    return row if gap > 0.8 * (first.top - first.bottom) else []


def _side(run: _Run, edge: float) -> bool | None:
    """False left of a column's left edge, True right of it, None across it."""
    if run.left >= edge - 3:
        return True
    return None if run.right > edge - 3 else False


def _gutter(runs: list[_Run]) -> float | None:
    """Left edge of the column at which this block is best divided; None for one column."""
    if len(runs) < 6:
        return None
    start, end = min(run.left for run in runs), max(run.right for run in runs)
    edges = Counter(round(run.left / 3) for run in runs)
    best: tuple[int, float] | None = None
    for key, _ in edges.most_common(8):
        edge = min(run.left for run in runs if round(run.left / 3) == key)
        if not start + 0.15 * (end - start) < edge < start + 0.9 * (end - start):
            continue
        left = [run for run in runs if _side(run, edge) is False]
        right = [run for run in runs if _side(run, edge) is True]
        score = len(left) + len(right)
        fits = min(len(left), len(right)) >= 3 and _is_prose(runs, edge)
        if fits and (best is None or score > best[0]):
            best = (score, edge)
    return best[1] if best else None


def _is_prose(runs: list[_Run], edge: float) -> bool:
    """Whether the two sides of an edge are columns of a text, not of a table.

    The cells of a table are short, and a file holds them row by row; a column is held from top to bottom. A file that
    holds lines across both columns passes if left and right take turns, and the lines are long and fill their columns.
    """
    beside = [run for run in runs if _side(run, edge) is not None]
    sides = [[run for run in beside if _side(run, edge) is side] for side in (False, True)]
    if not all(sides):
        return False
    length = min(median(len(run.text) for run in side) for side in sides)
    switches = sum(_side(a, edge) != _side(b, edge) for a, b in pairwise(beside))
    if switches <= max(2, 0.2 * min(len(side) for side in sides)):
        return length >= 15
    by_turns = switches >= 0.9 * (len(beside) - 1)
    return by_turns and length >= 25 and all(_filled(side) for side in sides)


def _filled(runs: list[_Run]) -> bool:
    width = max(run.right for run in runs) - min(run.left for run in runs)
    return sum(run.right - run.left > 0.85 * width for run in runs) >= 0.6 * len(runs)


def _without_running_heads(pages: list[list[_Line]]) -> list[list[_Line]]:
    """The pages without lines at their edges that repeat on many of them, and without page numbers."""
    edges = [_edges(page) for page in pages]
    marks = Counter(mark for lines in edges for mark in {_mark(line) for line in lines})
    heads = {mark for mark, count in marks.items() if count >= 3 and count >= _HEAD_SHARE * len(pages)}
    # Where there are too few pages to repeat anything, a number that counts with the pages still tells itself.
    steps = Counter(n - i for i, lines in enumerate(edges) for n in {_number(line) for line in lines} if n)
    kept = []
    for i, (page, lines) in enumerate(zip(pages, edges, strict=True)):
        gone = {
            id(line)
            for line in lines
            if _mark(line) in heads or ((n := _number(line)) is not None and steps[n - i] >= 2)
        }
        kept.append([line for line in page if id(line) not in gone])
    return kept


def _edges(page: list[_Line]) -> list[_Line]:
    """Where a running head may stand: the two highest and the two lowest lines, unless they break off in a word."""
    down = sorted(page, key=lambda line: -line.bottom)
    return [line for line in [*down[:2], *down[2:][-2:]] if line.text[-1:] not in _HYPHENS]


def _mark(line: _Line) -> tuple[str, int]:
    text = re.sub(r"\d+", "#", line.text)
    return re.sub(r"^[ivxlc]+$", "#", text), round(line.bottom / 3)


def _number(line: _Line) -> int | None:
    match = re.fullmatch(r"\W*(\d{1,4})\W*", line.text)
    return int(match.group(1)) if match else None


def _words(sheet: _Sheet) -> Iterator[str]:
    for text in (sheet.recognised, *(run.text for run in sheet.runs)):
        yield from (word.lower() for word in re.findall(r"[^\W\d_]+(?:-[^\W\d_]+)*", text))


def _body_size(sheets: list[_Sheet]) -> float:
    sizes = Counter[float]()
    for sheet in sheets:
        for run in sheet.runs:
            sizes[_half(run.size)] += len(run.text)
    return sizes.most_common(1)[0][0] if sizes else 10.0


def _half(size: float) -> float:
    return round(size * 2) / 2


def _blocks(pages: list[list[_Line]], words: Counter[str], body: float) -> list[list[str]]:
    """Of every page its paragraphs, headings and tables, in the conventions of a source's text."""
    letters = sum(len(line.text) for page in pages for line in page)
    plain = sum(len(line.text) for page in pages for line in page if line.bold) < 0.3 * letters
    pieces = [_pieces(page, body) for page in pages]
    # Levels follow the sizes that occur among headings; what is merely bold comes below all of them.
    styles = {style for page in pieces for piece in page if (style := _heading(piece, body, plain))}
    levels = {style: min(level, 6) for level, style in enumerate(sorted(styles, reverse=True), 1)}
    return [
        [_block(piece, words, levels.get(_heading(piece, body, plain), 0)) for piece in page]
        for page in pieces
    ]


_BOLD = 0.5  # the style of bold lines in the body's size; below every size, so that it makes the lowest level


def _style(line: _Line, body: float) -> float:
    """The size of a line in larger letters, `_BOLD` for bold ones, 0 for the body's."""
    if line.size >= _LARGER * body:
        return _half(line.size)
    return _BOLD if line.bold and line.size > 0.98 * body else 0.0


def _heading(piece: list[_Line], body: float, plain: bool) -> float:
    """The style of a piece that surely is a heading, else 0."""
    style = _style(piece[0], body)
    text = " ".join(line.text for line in piece)
    if not style or _is_table(piece) or len(piece) > 3 or len(text) > 160 or text[-1] in ".,;:-":
        return 0.0
    if _LEADERS.search(text) or any(_is_spread(line) for line in piece):
        return 0.0
    if sum(char.isalpha() for char in text) < 3 or text[0] in '•“"„«(' or text[0].islower():
        return 0.0
    if style == _BOLD and not (plain and piece[0].gap and len(piece) <= 2 and len(text) <= 100):
        return 0.0
    return style


def _pieces(lines: list[_Line], body: float) -> list[list[_Line]]:
    """The lines grouped to paragraphs, headings and tables."""
    pieces: list[list[_Line]] = []
    i = 0
    while i < len(lines):
        rows = _table_rows(lines[i:])
        if rows:
            pieces.append(lines[i : i + rows])
            i += rows
            continue
        if pieces and not _is_table(pieces[-1]) and not _ends_paragraph(lines[i - 1], lines[i], body):
            pieces[-1].append(lines[i])
        else:
            pieces.append([lines[i]])
        i += 1
    return pieces


_ITEM = re.compile(r"(?:[•–‣▪◦●∙*]|-\s|\(?\d{1,3}[.)]\s|\[\d{1,3}\]|\(?[a-z]\)\s)")
_SENTENCE_END = re.compile(r"[.!?:;][\"'”’)\]]*\d{0,3}$")


def _ends_paragraph(line: _Line, after: _Line, body: float) -> bool:
    if after.gap or _ITEM.match(after.text) or _style(line, body) != _style(after, body):
        return True
    if _is_spread(line) or _is_spread(after) or _LEADERS.search(line.text):
        return True
    if line.text[-1] in _HYPHENS or _style(line, body):
        return False
    width = line.room[1] - line.room[0]
    length = line.right - line.left
    starts_anew = after.text[0].isupper() or after.text[0].isdigit() or after.text[0] in '"“‘«('
    ended = bool(_SENTENCE_END.search(line.text[-20:]))
    indented = 0.7 * after.size < after.left - after.room[0] < 5 * after.size
    if indented and ended and starts_anew and line.left - line.room[0] < 0.7 * line.size:
        return True
    return length < _FULL_LINE * width and starts_anew and (ended or length < 0.6 * width)


def _is_spread(line: _Line) -> bool:
    """Whether wide white space divides the line, as in a row of a table, but not after an item's number."""
    if len(line.cells) < 2 or _COUNT.fullmatch(line.cells[0].text):
        return False
    gaps = (max(b.left - a.right, a.left - b.right) for a, b in pairwise(line.cells))
    return max(gaps) > 2 * line.size


_LEADERS = re.compile(r"\.{4,}|(?:\. ){3,}|…{2,}")
_COUNT = re.compile(r"[\[(]?(?:\d{1,3}(?:\.\d+)*|[a-z]|[ivx]{1,4})[\].)]*|[•–‣▪◦●∙*-]")


def _table_rows(lines: list[_Line]) -> int:
    """How many of these lines, from the first on, are rows of one table; 0 if it is none."""
    rows = misses = 0
    for count, line in enumerate(lines, 1):
        # Growing with little patience keeps this cheap on long pages of ragged lines.
        if misses > 2 or not _is_row(line, lines[0].block):
            break
        if count >= 3:
            good = bool(_columns(lines[:count]))
            rows, misses = (count, 0) if good else (rows, misses + 1)
    return rows


def _is_row(line: _Line, block: int) -> bool:
    return line.block == block and len(line.cells) >= 2 and not _LEADERS.search(line.text)


def _is_table(piece: list[_Line]) -> bool:
    return len(piece) >= 3 and _table_rows(piece) == len(piece)


def _columns(rows: list[_Line]) -> list[tuple[float, float]]:
    """Left and right edges of the table's columns in the order of reading; empty where the rows are no table.

    The columns are those of the rows with most cells. They keep clear of each other, every cell of the other rows lies
    under one of them, and they are more than numbered items.
    """
    most = max(len(row.cells) for row in rows)
    whole = [row.cells for row in rows if len(row.cells) == most]
    spans = [(min(c.left for c in cells), max(c.right for c in cells)) for cells in zip(*whole, strict=True)]
    clear = all(a[1] < b[0] for a, b in pairwise(sorted(spans)))
    counted = most == 2 and all(_COUNT.fullmatch(cells[0].text) for cells in whole)
    if not clear or counted or len(whole) < max(2, 0.5 * len(rows)):
        return []
    return spans if all(_placed(row, spans) for row in rows) else []


def _placed(row: _Line, spans: list[tuple[float, float]]) -> list[str]:
    """The row's cells, one for each column, "" where it has none; empty if a cell lies under no or several."""
    places = [
        [i for i, (left, right) in enumerate(spans) if c.left < right and left < c.right] for c in row.cells
    ]
    if any(len(place) != 1 for place in places) or len({place[0] for place in places}) < len(places):
        return []
    texts = dict(zip((place[0] for place in places), (cell.text for cell in row.cells), strict=True))
    return [texts.get(i, "").replace("|", "¦") for i in range(len(spans))]


def _table(rows: list[_Line]) -> str:
    columns = _columns(rows)
    head, *others = [" | ".join(_placed(row, columns)) for row in rows]
    return "\n".join(f"| {row} |" for row in (head, " | ".join("---" for _ in columns), *others))


def _block(piece: list[_Line], words: Counter[str], level: int) -> str:
    if _is_table(piece):
        return _table(piece)
    text = piece[0].text
    for line in piece[1:]:
        text = join(text, line.text, words)
    if level:
        return f"{'#' * level} {text}"
    return re.sub(r"^[•‣▪◦●∙]\s*(?=\S)", "- ", text)


_LONGEST_WORD = 60  # a long paragraph is not searched from its start for the word at its end


def join(left: str, right: str, words: Counter[str]) -> str:
    """Two lines as one; a word broken between them is made whole.

    The hyphen stays where the rest of the document writes the word with one ("well-known"), goes where it writes it
    without, and goes where the document is silent.
    """
    if left[-1] not in _HYPHENS:
        # Chinese and Japanese set no space between words, so a line end is none either.
        wide = all(unicodedata.east_asian_width(char) in "WF" for char in (left[-1], right[0]))
        return f"{left}{right}" if wide else f"{left} {right}"
    stem = left[:-1]
    if not stem or stem[-1].isspace():
        return f"{stem}- {right}"
    head, tail = re.search(r"[^\W\d_]+$", stem[-_LONGEST_WORD:]), re.match(r"[^\W\d_]+", right)
    if not head or not tail or not right[0].islower():
        return f"{stem}-{right}"
    whole, hyphened = (head.group() + tail.group()).lower(), f"{head.group()}-{tail.group()}".lower()
    return f"{stem}-{right}" if words[hyphened] > words[whole] else stem + right


def _joined(pages: list[list[str]], words: Counter[str]) -> tuple[str, tuple[tuple[int, int], ...]]:
    """All pages as one text; a sentence or word that runs over a page break stays one."""
    text = ""
    last = ""
    spans = []
    for paragraphs in pages:
        start = len(text)
        if paragraphs:
            page = "\n\n".join(paragraphs)
            prose = last and last[0] not in "#|"
            runs_on = prose and not _SENTENCE_END.search(last[-20:]) and page[0].islower()
            text = join(text, page, words) if runs_on else f"{text}\n\n{page}".lstrip("\n")
            start = len(text) - len(page)
            last = paragraphs[-1]
        spans.append((start, len(text)))
    return text.translate(_LEFT_OVER), tuple(spans)


# A hyphen that nothing followed; one character for one, so that offsets stay.
_LEFT_OVER = str.maketrans(dict.fromkeys(_HYPHENS, "-"))

_COMPOSED = re.compile(
    "[\ufb00-\ufdff\ufe70-\ufefc]"
)  # ligatures, Hebrew and Arabic forms by place in the word
_NOTHING = re.compile("\u00ad(?=.)|[\u200b\u2060\ufeff]")
_SYMBOL_BULLETS = str.maketrans(
    dict.fromkeys("\uf0b7\uf0a7\uf0d8\uf0fc\uf076\uf0a8", "•")
)  # Word's Symbol, Wingdings


def _plain(text: str) -> str:
    """The text in composed letters, without ligatures, soft hyphens, control characters and odd spaces."""
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    text = _COMPOSED.sub(lambda match: unicodedata.normalize("NFKC", match.group()), text)
    text = unicodedata.normalize("NFC", _NOTHING.sub("", text.translate(_SYMBOL_BULLETS)))
    kept = (
        char for char in text if char in "\t\x02\ufffe\u00ad" or unicodedata.category(char) not in _NO_LETTER
    )
    return _readable(" ".join("".join(kept).split()))


def _is_right_to_left(text: str) -> bool:
    kinds = Counter(unicodedata.bidirectional(char) for char in text)
    return kinds["R"] + kinds["AL"] > kinds["L"]


def _readable(text: str) -> str:
    """A right-to-left line with brackets and full stop where they belong.

    PDFium gives such lines in the order of reading, but mirrors brackets that the file had already mirrored, and takes
    a full stop after a number at the line's end for one before it.
    """
    if not _is_right_to_left(text):
        return text
    swapped = text.translate(_MIRRORED)
    if _depth(text) < 0 <= _depth(swapped):
        text = swapped
    return re.sub(r"(?<=\s)([.,:;!?])([0-9][0-9.,]*|[A-Za-z]+)$", r"\2\1", text)


_MIRRORED = str.maketrans("()[]", ")(][")


def _depth(text: str) -> int:
    """The lowest depth of brackets on the way: below 0 if one is closed that was not opened."""
    depth = lowest = 0
    for char in text:
        depth += (char in "([") - (char in ")]")
        lowest = min(lowest, depth)
    return lowest


def _issued(data: bytes) -> str | None:
    """The date of publication in the file's XMP metadata, where it is stored as plain text."""
    match = re.search(
        rb"<prism:(?:publicationDate|coverDate)>\s*(\d{4}(?:-\d\d){0,2})(?!\d)", data
    ) or re.search(rb"prism:(?:publicationDate|coverDate)=[\"'](\d{4}(?:-\d\d){0,2})(?!\d)", data)
    return match.group(1).decode("ascii") if match else None
