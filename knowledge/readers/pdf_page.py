"""A page of a PDF -> the words that a reader of it can see, upright and in PDFium's order.

In: the bytes and a password. Out: sheets of words with boxes and fonts, and what was left out of them. It knows no lines.
"""

from __future__ import annotations

import ctypes
import math
import re
import threading
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from ..errors import SourceUnreadable

PDFIUM = threading.Lock()  # PDFium is not safe to call from two threads
HYPHENS = "-\u00ad\u2010\x02\ufffe"  # PDFium writes a hyphen at a line end as U+FFFE or U+0002
_COVERED = 0.6  # share of the page under pictures, from which it is a scan
_FEW_LETTERS = 50  # a scanned page may still carry a stamp or a page number as text
_GARBAGE = 0.3  # share of characters that are none, from which the text layer is useless
_TINY_PT = 1.5
_NEARLY_WHITE = 245  # of 255
CELL_GAP = 0.8  # of the letter size, the white space that divides cells or columns on one line
_ENCRYPTED = "it is encrypted: remove the password, or give it with --password"
_WRONG_PASSWORD = "it is encrypted, and the password given is wrong"
NO_LETTER = frozenset({"Cc", "Cs", "Cn", "Co"})
_WORD = re.compile("[^\\s\x02\ufffe]*[\x02\ufffe]|[^\\s\x02\ufffe]+")


@dataclass(slots=True)
class Run:
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
class Sheet:
    """What PDFium says of one page, and what text recognition read instead."""

    runs: list[Run] = field(default_factory=list)
    state: Literal["text", "empty", "scan", "garbage", "damaged"] = "text"
    left_out: bool = False
    layered: bool = False
    """Whether its text lies unseen over or under a picture of the page."""
    recognised: str = ""


def extract(data: bytes, password: str) -> tuple[list[Sheet], dict[str, str]]:
    import pypdfium2

    with PDFIUM:
        document = open_pdf(data, password)
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


def open_pdf(data: bytes, password: str) -> Any:
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


def _sheet(document: Any, number: int) -> Sheet:
    import pypdfium2

    try:
        page = document[number]
    except pypdfium2.PdfiumError:
        return Sheet(state="damaged")
    try:
        textpage = page.get_textpage()
        try:
            runs = _runs(textpage)
        finally:
            textpage.close()
        return _judged(page, runs)
    except pypdfium2.PdfiumError:
        return Sheet(state="damaged")
    finally:
        page.close()


def _judged(page: Any, runs: list[Run]) -> Sheet:
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
    sheet = Sheet(runs=_upright(seen), left_out=_letters(seen) < _letters(runs))
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


def _letters(runs: Iterable[Run]) -> int:
    return sum(len(run.text) - run.text.count(" ") for run in runs)


def _overlap(run: Run, left: float, bottom: float, right: float, top: float) -> bool:
    return run.right > left and run.left < right and run.top > bottom and run.bottom < top


def _on(run: Run, boxes: list[tuple[float, float, float, float]]) -> bool:
    x, y = (run.left + run.right) / 2, run.middle
    return any(left <= x <= right and bottom <= y <= top for left, bottom, right, top in boxes)


def _is_garbage(runs: list[Run]) -> bool:
    text = "".join(run.text for run in runs).replace(" ", "")
    # Most pages hold printable characters alone, and are not looked at one by one.
    odd = "" if text.isprintable() else "".join(char for char in text if not char.isprintable())
    bad = sum(1 for char in odd if char not in HYPHENS and unicodedata.category(char) in NO_LETTER)
    return bad + text.count("\ufffd") > _GARBAGE * len(text)


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


def _runs(textpage: Any) -> list[Run]:
    """The page's runs in the order of its content.

    Boxes are asked for the first and the last letter of every word, fonts once for every text object.
    """
    import pypdfium2.raw as pdfium

    raw, box, styles = textpage.raw, pdfium.FS_RECTF(), _Styles(textpage.raw)
    runs: list[Run] = []
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
        word = Run(
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


def _goes_on(run: Run, word: Run) -> bool:
    if (run.turn, run.hidden, run.bold) != (word.turn, word.hidden, word.bold) or run.text[
        -1
    ] in "\x02\ufffe":
        return False
    a, b = (run, word) if not run.turn else (_turned(run, run.turn), _turned(word, word.turn))
    gap = max(b.left - a.right, a.left - b.right)
    return on_one_line(a, b) and gap < CELL_GAP * max(a.size, b.size)


def on_one_line(a: Run, b: Run) -> bool:
    shared = min(a.top, b.top) - max(a.bottom, b.bottom)
    return shared >= 0.5 * min(a.top - a.bottom, b.top - b.bottom)


def _append(run: Run, word: Run) -> None:
    run.text += f" {word.text}"
    run.left, run.right = min(run.left, word.left), max(run.right, word.right)
    run.bottom, run.top = min(run.bottom, word.bottom), max(run.top, word.top)
    run.size = max(run.size, word.size)


def _turned(run: Run, turn: int) -> Run:
    """The run as it lies when the page is turned so that its writing is level."""
    x0, y0, x1, y1 = run.left, run.bottom, run.right, run.top
    boxes = {0: (x0, y0, x1, y1), 1: (y0, -x1, y1, -x0), 2: (-x1, -y1, -x0, -y0), 3: (-y1, x0, -y0, x1)}
    left, bottom, right, top = boxes[turn]
    return replace(run, left=left, bottom=bottom, right=right, top=top)


def _upright(runs: list[Run]) -> list[Run]:
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


_COMPOSED = re.compile(
    "[\ufb00-\ufdff\ufe70-\ufefc]"
)  # ligatures, Hebrew and Arabic forms by place in the word
_NOTHING = re.compile("\u00ad(?=.)|[\u200b\u2060\ufeff]")
_SYMBOL_BULLETS = str.maketrans(
    dict.fromkeys("\uf0b7\uf0a7\uf0d8\uf0fc\uf076\uf0a8", "•")
)  # Word's Symbol, Wingdings
_MIRRORED = str.maketrans("()[]", ")(][")


def plain(text: str) -> str:
    """The text in composed letters, without ligatures, soft hyphens, control characters and odd spaces."""
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    text = _COMPOSED.sub(lambda match: unicodedata.normalize("NFKC", match.group()), text)
    text = unicodedata.normalize("NFC", _NOTHING.sub("", text.translate(_SYMBOL_BULLETS)))
    kept = (
        char for char in text if char in "\t\x02\ufffe\u00ad" or unicodedata.category(char) not in NO_LETTER
    )
    return _readable(" ".join("".join(kept).split()))


def is_right_to_left(text: str) -> bool:
    kinds = Counter(unicodedata.bidirectional(char) for char in text)
    return kinds["R"] + kinds["AL"] > kinds["L"]


def _readable(text: str) -> str:
    """A right-to-left line with brackets and full stop where they belong.

    PDFium gives such lines in the order of reading, but mirrors brackets that the file had already mirrored, and takes
    a full stop after a number at the line's end for one before it.
    """
    if not is_right_to_left(text):
        return text
    swapped = text.translate(_MIRRORED)
    if _depth(text) < 0 <= _depth(swapped):
        text = swapped
    return re.sub(r"(?<=\s)([.,:;!?])([0-9][0-9.,]*|[A-Za-z]+)$", r"\2\1", text)


def _depth(text: str) -> int:
    """The lowest depth of brackets on the way: below 0 if one is closed that was not opened."""
    depth = lowest = 0
    for char in text:
        depth += (char in "([") - (char in ")]")
        lowest = min(lowest, depth)
    return lowest
