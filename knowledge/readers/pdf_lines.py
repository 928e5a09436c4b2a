"""The words of a page -> its lines in the order in which they are read: columns, footnotes, running heads left out.

In: a sheet of `pdf_page`, or the text that OCR read of it. Out: lines with place, letters and cells; what they mean is for
`pdf_text`.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from itertools import groupby, pairwise
from statistics import median, median_low

from .pdf_page import CELL_GAP, HYPHENS, Run, Sheet, is_right_to_left, on_one_line, plain

_USUAL_LINE = 0.9  # quantile of line lengths taken for the width of the column
_WIDE_STEP = 1.35  # of the usual step from line to line, above which a paragraph has ended
_HEAD_SHARE = 0.25  # of the pages that repeat a line at one height, from which it is a running head
_SMALLER = 0.93  # than the body's letters are those of a footnote


@dataclass(slots=True)
class Line:
    """One line of a column as a reader sees it."""

    text: str
    cells: list[Run]
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


def lines_of(sheet: Sheet, body: float) -> list[Line]:
    """The page's lines in reading order, footnotes last."""
    if sheet.recognised:
        return _recognised_lines(sheet.recognised, body)
    lines: list[Line] = []
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


def _recognised_lines(text: str, body: float) -> list[Line]:
    lines: list[Line] = []
    rows = [(" ".join(row.split()), not before.strip()) for before, row in pairwise(["", *text.split("\n")])]
    lengths = sorted(len(row) for row, _ in rows if row)
    width = float(lengths[int(_USUAL_LINE * (len(lengths) - 1))]) if lengths else 0.0
    for number, (row, gap) in enumerate(rows):
        if row:
            y = -float(number)
            lines.append(Line(row, [], 0.0, float(len(row)), y, y, body, False, 0, (0.0, width), gap))
    return lines


def _rows(runs: list[Run]) -> list[list[Run]]:
    """The runs of one column as rows from top to bottom.

    The order of the content is kept where it goes down the page, for it holds the cells of a table together.
    """
    back = sum(b.middle > a.top and b.left < a.right and a.left < b.right for a, b in pairwise(runs))
    if back > 0.2 * len(runs):
        runs = sorted(runs, key=lambda run: (-run.middle, run.left))
    rows: list[list[Run]] = []
    for run in runs:
        if rows and on_one_line(max(rows[-1], key=lambda other: len(other.text)), run):
            rows[-1].append(run)
        else:
            rows.append([run])
    for row in rows:
        row.sort(key=lambda run: -run.right if is_right_to_left("".join(r.text for r in row)) else run.left)
    return rows


def _line(row: list[Run], block: int) -> Line:
    main = max(row, key=lambda run: len(run.text))
    cells = [replace(row[0])]
    for run in row[1:]:
        gap = max(run.left - cells[-1].right, cells[-1].left - run.right)
        if gap > CELL_GAP * main.size:
            cells.append(replace(run))
            continue
        cells[-1].text += run.text if gap < 0.1 * main.size else f" {run.text}"
        cells[-1].left, cells[-1].right = min(cells[-1].left, run.left), max(cells[-1].right, run.right)
    for cell in cells:
        cell.text = plain(cell.text)
    return Line(
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


def _measure(lines: list[Line]) -> None:
    rights = sorted(line.right for line in lines)
    room = (min(line.left for line in lines), rights[int(_USUAL_LINE * (len(rights) - 1))])
    for line in lines:
        line.room = room


def _mark_gaps(lines: list[Line]) -> None:
    steps = [a.bottom - b.bottom if a.block == b.block else 0.0 for a, b in pairwise(lines)]
    usual = median_low([step for step in steps if step > 0] or [0.0])
    for line, step in zip(lines[1:], steps, strict=True):
        line.gap = line.gap or step > _WIDE_STEP * usual > 0 or step < -usual


def _footnotes(lines: list[Line], body: float) -> list[Line]:
    """The last lines of a column from the first small one with a mark on, if all below are small too."""
    small = len(lines)
    while small and lines[small - 1].size < _SMALLER * body:
        small -= 1
    for i in range(small, len(lines)):
        if small and re.match(r"(?:\d{1,3}|[*†‡§¶])\W*\w", lines[i].text):
            return lines[i:]
    return []


def _blocks_of(runs: list[Run]) -> list[tuple[list[Run], bool]]:
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


def _in_columns(runs: list[Run], depth: int = 0) -> list[tuple[list[Run], bool]]:
    edge = _gutter(runs) if depth < 3 else None
    if edge is None:
        return [(runs, False)]
    across = sorted((run for run in runs if _side(run, edge) is None), key=lambda run: -run.middle)
    bands: dict[int, list[Run]] = defaultdict(list)
    for run in runs:
        if _side(run, edge) is not None:
            bands[sum(other.middle > run.middle for other in across)].append(run)
    blocks: list[tuple[list[Run], bool]] = []
    wide: list[Run] = []
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


def _apart(runs: list[Run], *, above: bool) -> list[Run]:
    """The highest (or lowest) row of a page if clear white space divides it from the rest, else nothing."""
    first = max(runs, key=lambda run: run.middle if above else -run.middle)
    row = [run for run in runs if on_one_line(first, run)]
    rest = [run for run in runs if run not in row]
    if not rest:
        return []
    if above:
        gap = min(run.bottom for run in row) - max(run.top for run in rest)
    else:
        gap = min(run.bottom for run in rest) - max(run.top for run in row)
    return row if gap > 0.8 * (first.top - first.bottom) else []


def _side(run: Run, edge: float) -> bool | None:
    """False left of a column's left edge, True right of it, None across it."""
    if run.left >= edge - 3:
        return True
    return None if run.right > edge - 3 else False


def _gutter(runs: list[Run]) -> float | None:
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


def _is_prose(runs: list[Run], edge: float) -> bool:
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


def _filled(runs: list[Run]) -> bool:
    width = max(run.right for run in runs) - min(run.left for run in runs)
    return sum(run.right - run.left > 0.85 * width for run in runs) >= 0.6 * len(runs)


def without_running_heads(pages: list[list[Line]]) -> list[list[Line]]:
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


def _edges(page: list[Line]) -> list[Line]:
    """Where a running head may stand: the two highest and the two lowest lines, unless they break off in a word."""
    down = sorted(page, key=lambda line: -line.bottom)
    return [line for line in [*down[:2], *down[2:][-2:]] if line.text[-1:] not in HYPHENS]


def _mark(line: Line) -> tuple[str, int]:
    text = re.sub(r"\d+", "#", line.text)
    return re.sub(r"^[ivxlc]+$", "#", text), round(line.bottom / 3)


def _number(line: Line) -> int | None:
    match = re.fullmatch(r"\W*(\d{1,4})\W*", line.text)
    return int(match.group(1)) if match else None
