"""The lines of all pages -> one text with headings, tables and paragraphs, and the offsets of the pages in it.

In: lines of `pdf_lines`, and how often each word occurs, by which words broken at a line's end are made whole. Out: text in
the conventions of `content`.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

from .pdf_lines import Line
from .pdf_page import HYPHENS, Sheet

_FULL_LINE = 0.75  # of a usual line's length; a shorter line may end a paragraph
_LARGER = 1.15  # than the body's letters are those of a heading
_BOLD = 0.5  # the style of bold lines in the body's size; below every size, so that it makes the lowest level
_ITEM = re.compile(r"(?:[•–‣▪◦●∙*]|-\s|\(?\d{1,3}[.)]\s|\[\d{1,3}\]|\(?[a-z]\)\s)")
_SENTENCE_END = re.compile(r"[.!?:;][\"'”’)\]]*\d{0,3}$")
_LEADERS = re.compile(r"\.{4,}|(?:\. ){3,}|…{2,}")
_COUNT = re.compile(r"[\[(]?(?:\d{1,3}(?:\.\d+)*|[a-z]|[ivx]{1,4})[\].)]*|[•–‣▪◦●∙*-]")
_LONGEST_WORD = 60  # a long paragraph is not searched from its start for the word at its end


# A hyphen that nothing followed; one character for one, so that offsets stay.
_LEFT_OVER = str.maketrans(dict.fromkeys(HYPHENS, "-"))


def words_of(sheet: Sheet) -> Iterator[str]:
    for text in (sheet.recognised, *(run.text for run in sheet.runs)):
        yield from (word.lower() for word in re.findall(r"[^\W\d_]+(?:-[^\W\d_]+)*", text))


def body_size(sheets: list[Sheet]) -> float:
    sizes = Counter[float]()
    for sheet in sheets:
        for run in sheet.runs:
            sizes[_half(run.size)] += len(run.text)
    return sizes.most_common(1)[0][0] if sizes else 10.0


def _half(size: float) -> float:
    return round(size * 2) / 2


def blocks_of(pages: list[list[Line]], words: Counter[str], body: float) -> list[list[str]]:
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


def _style(line: Line, body: float) -> float:
    """The size of a line in larger letters, `_BOLD` for bold ones, 0 for the body's."""
    if line.size >= _LARGER * body:
        return _half(line.size)
    return _BOLD if line.bold and line.size > 0.98 * body else 0.0


def _heading(piece: list[Line], body: float, plain: bool) -> float:
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


def _pieces(lines: list[Line], body: float) -> list[list[Line]]:
    """The lines grouped to paragraphs, headings and tables."""
    pieces: list[list[Line]] = []
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


def _ends_paragraph(line: Line, after: Line, body: float) -> bool:
    if after.gap or _ITEM.match(after.text) or _style(line, body) != _style(after, body):
        return True
    if _is_spread(line) or _is_spread(after) or _LEADERS.search(line.text):
        return True
    if line.text[-1] in HYPHENS or _style(line, body):
        return False
    width = line.room[1] - line.room[0]
    length = line.right - line.left
    starts_anew = after.text[0].isupper() or after.text[0].isdigit() or after.text[0] in '"“‘«('
    ended = bool(_SENTENCE_END.search(line.text[-20:]))
    indented = 0.7 * after.size < after.left - after.room[0] < 5 * after.size
    if indented and ended and starts_anew and line.left - line.room[0] < 0.7 * line.size:
        return True
    return length < _FULL_LINE * width and starts_anew and (ended or length < 0.6 * width)


def _is_spread(line: Line) -> bool:
    """Whether wide white space divides the line, as in a row of a table, but not after an item's number."""
    if len(line.cells) < 2 or _COUNT.fullmatch(line.cells[0].text):
        return False
    gaps = (max(b.left - a.right, a.left - b.right) for a, b in pairwise(line.cells))
    return max(gaps) > 2 * line.size


def _table_rows(lines: list[Line]) -> int:
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


def _is_row(line: Line, block: int) -> bool:
    return line.block == block and len(line.cells) >= 2 and not _LEADERS.search(line.text)


def _is_table(piece: list[Line]) -> bool:
    return len(piece) >= 3 and _table_rows(piece) == len(piece)


def _columns(rows: list[Line]) -> list[tuple[float, float]]:
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


def _placed(row: Line, spans: list[tuple[float, float]]) -> list[str]:
    """The row's cells, one for each column, "" where it has none; empty if a cell lies under no or several."""
    places = [
        [i for i, (left, right) in enumerate(spans) if c.left < right and left < c.right] for c in row.cells
    ]
    if any(len(place) != 1 for place in places) or len({place[0] for place in places}) < len(places):
        return []
    texts = dict(zip((place[0] for place in places), (cell.text for cell in row.cells), strict=True))
    return [texts.get(i, "").replace("|", "¦") for i in range(len(spans))]


def _table(rows: list[Line]) -> str:
    columns = _columns(rows)
    head, *others = [" | ".join(_placed(row, columns)) for row in rows]
    return "\n".join(f"| {row} |" for row in (head, " | ".join("---" for _ in columns), *others))


def _block(piece: list[Line], words: Counter[str], level: int) -> str:
    if _is_table(piece):
        return _table(piece)
    text = piece[0].text
    for line in piece[1:]:
        text = join(text, line.text, words)
    if level:
        return f"{'#' * level} {text}"
    return re.sub(r"^[•‣▪◦●∙]\s*(?=\S)", "- ", text)


def join(left: str, right: str, words: Counter[str]) -> str:
    """Two lines as one; a word broken between them is made whole.

    The hyphen stays where the rest of the document writes the word with one ("well-known"), goes where it writes it
    without, and goes where the document is silent.
    """
    if left[-1] not in HYPHENS:
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


def joined(pages: list[list[str]], words: Counter[str]) -> tuple[str, tuple[tuple[int, int], ...]]:
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
