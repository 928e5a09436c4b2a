"""A source -> its passages: spans that end at sentence borders and fit the embedder.

A passage's text is exactly `source.text[start:end]`. Headings (lines that begin with #) are kept beside the passages
below them, not in them. Who counts the tokens is passed in; nothing is known here of the embedder.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import groupby

from .sources import Source

SPLITTER = "sentences@1"
"""Stamp: part of every passage id, changed whenever the borders would fall elsewhere."""
LONGEST = 2000  # characters; a word piece model counts a run without spaces as one token
SHORTEST_LIMIT = 8  # tokens; below that there is no sentence to speak of


@dataclass(frozen=True, kw_only=True)
class Passage:
    """A span of a source, or one of our own notes on sources; the unit that is embedded, retrieved and cited."""

    id: str
    """Made from content: the same text at the same place has the same id in every library."""
    source_id: str
    """Citekey of the first citable reference behind a note, or id of the user's source."""
    title: str
    text: str
    start: int | None = None
    """Character offset into the source's text, 0-based; None for a note."""
    end: int | None = None
    """Character offset, exclusive."""
    page: int | None = None
    """Page on which the passage starts, from 1."""
    heading: str = ""
    citekeys: tuple[str, ...] = ()
    citable: bool = True
    """False if a public text may cite none of the references behind it."""
    confidence: str = ""
    """high, medium or low; empty for a user's source."""
    as_of: str = ""
    """The newest date of a figure in it."""
    needs_original: bool = False
    kind: str = "span"
    """span, fact, opposing_view or label_case."""
    topic: str = ""
    pole: str = ""
    """What it speaks for: hub, network, joined, neither; empty if not judged."""
    scope: str = ""
    moves: tuple[str, ...] = ()
    """Moves of a format in which it can stand."""
    wording: str = ""
    """Our own reader-facing wording of the same note."""
    fact_ids: tuple[str, ...] = ()
    """Facts behind an opposing view or a label case."""


def content_id(stem: str, *parts: object) -> str:
    """`stem-` and 12 hex digits of what the passage is made of."""
    content = "\0".join(str(part) for part in (*parts, SPLITTER))
    return f"{stem}-{hashlib.sha256(content.encode('utf-8', 'surrogatepass')).hexdigest()[:12]}"


def split(source: Source, count_tokens: Callable[[str], int], limit: int) -> list[Passage]:
    """The passages of a source in the order of its text, none over `limit` tokens; none for a text without words.

    A page begins a new passage, so that a citation names the page; a sentence over a page break belongs to the first.

    Args:
        source: the text with its pages.
        count_tokens: tokens of a text, special tokens included.
        limit: the most tokens of one passage, special tokens included.
    """
    if limit < SHORTEST_LIMIT:
        raise ValueError(f"a passage needs at least {SHORTEST_LIMIT} tokens, the limit is {limit}")
    measure = _Measure(source.text, count_tokens, limit)
    return [
        _passage(source, start, end, heading)
        for heading, begin, stop in _sections(source.text)
        for _, spans in groupby(_sentences(source.text, begin, stop), key=lambda span: _page(source, span[0]))
        for start, end in _pack(measure, list(spans))
    ]


def _page(source: Source, offset: int) -> int | None:
    return bisect_right([start for start, _ in source.pages], offset) or None


def _passage(source: Source, start: int, end: int, heading: str) -> Passage:
    return Passage(
        id=content_id(source.id, source.digest, start, end),
        source_id=source.id,
        title=source.title,
        text=source.text[start:end],
        start=start,
        end=end,
        page=_page(source, start),
        heading=heading,
        citekeys=(source.reference.id,),
        citable=source.reference.citable != "pointer_only",
    )


_HEADING = re.compile(r"^#{1,6}[ \t]+(\S[^\n]*?)[ \t#]*$", re.MULTILINE)


def _sections(text: str) -> Iterator[tuple[str, int, int]]:
    """(heading, start, end) of the stretches between headings; a heading with nothing below it is its own stretch."""
    marks = list(_HEADING.finditer(text))
    yield "", 0, marks[0].start() if marks else len(text)
    stops = [mark.start() for mark in marks[1:]] + [len(text)]
    for mark, stop in zip(marks, stops, strict=False):
        begin = mark.end() if text[mark.end() : stop].strip() else mark.start(1)
        yield mark.group(1), begin, stop


# Words with a full stop that rarely end a sentence.
_SHORTENED = """
al approx art ca cf ch co corp dept dr ed eds eg e.g ie i.e etc fig figs gen hon inc jr ltd mr mrs ms no nos nr p pp par
prof rep resp sec sen sr st u.k u.n u.s univ vgl viz vol vols vs z.b
"""
_ABBREVIATIONS = frozenset(_SHORTENED.split())
_BORDER = re.compile(
    r"""[.!?…]+["'”’»)\]]*(?=\s+["'“‘«(\[]*[^\s\d\W_a-zà-ÿ]|\s+["'“‘«(\[]*\d|\s*\n\s*\n|\s*$)"""  # end of a sentence
    r"|[。！？]+[”’」』）]*"
    r"|(?<=\S)(?=[ \t]*\n[ \t]*\n)"  # end of a paragraph
    r"|(?<=\S)(?=[ \t]*\n[ \t]*(?:[-*•–‣]|\d{1,3}[.)])[ \t])"  # before the next item of a list
)


def _sentences(text: str, start: int, stop: int) -> Iterator[tuple[int, int]]:
    """Spans of the sentences between two offsets, without white space at their ends; nothing else is left out."""
    begin = start
    for match in _BORDER.finditer(text, start, stop):
        if _abbreviates(text, begin, match):
            continue
        yield from _trimmed(text, begin, match.end())
        begin = match.end()
    yield from _trimmed(text, begin, stop)


def _abbreviates(text: str, begin: int, match: re.Match[str]) -> bool:
    if match.group() != ".":
        return False
    before = text[max(begin, match.start() - 20) : match.start()]
    word = re.search(r"[\w.]+$", before)
    if not word:
        return False
    last = word.group().lower()
    # An initial, as in "J. Kendrew": a single capital letter after a space.
    return last in _ABBREVIATIONS or (len(last) == 1 and word.group().isupper())


def _trimmed(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    piece = text[start:end]
    if stripped := piece.strip():
        left = start + len(piece) - len(piece.lstrip())
        yield left, left + len(stripped)


class _Measure:
    """What a span of one text costs, and whether it fits."""

    def __init__(self, text: str, count_tokens: Callable[[str], int], limit: int) -> None:
        self.text = text
        self.limit = limit
        self._count = count_tokens
        self.overhead = count_tokens("")

    def tokens(self, start: int, end: int) -> int:
        """Tokens of the span, special tokens left out."""
        return self._count(self.text[start:end]) - self.overhead

    def fits(self, start: int, end: int) -> bool:
        return end - start <= LONGEST and self._count(self.text[start:end]) <= self.limit


def _pack(measure: _Measure, sentences: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Neighbouring sentences joined into spans of about equal size that all fit."""
    pieces = [piece for span in sentences for piece in _cut(measure, *span)]
    sizes = [measure.tokens(*piece) for piece in pieces]
    room = measure.limit - measure.overhead
    # As few passages as the room allows, of about the same size: no crumb is left at the end.
    aim = sum(sizes) / max(1, -(-sum(sizes) // room))
    start = end = size = 0
    for piece, tokens in zip(pieces, sizes, strict=True):
        full = size + tokens > room or size + tokens / 2 > aim or not measure.fits(start, piece[1])
        if size and full:
            yield start, end
            size = 0
        if not size:
            start = piece[0]
        end = piece[1]
        size += max(tokens, 1)
    if size:
        yield start, end


def _cut(measure: _Measure, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The span whole if it fits, else cut between words, and inside a word only where there is no other way."""
    while start < end and not measure.fits(start, end):
        stop = _longest_fit(measure, start, end)
        yield from _trimmed(measure.text, start, stop)
        start = stop
    yield from _trimmed(measure.text, start, end)


def _longest_fit(measure: _Measure, start: int, end: int) -> int:
    low, high = start + 1, min(end, start + LONGEST)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if measure.fits(start, middle) else (low, middle - 1)
    space = max(measure.text.rfind(gap, start + 1, low + 1) for gap in (" ", "\n", "\t"))
    if space > start:
        return space
    stop = low
    # A combining mark stays with its letter.
    while stop > start + 1 and stop < end and unicodedata.combining(measure.text[stop]):
        stop -= 1
    return stop if measure.fits(start, stop) else low
