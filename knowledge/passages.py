"""A source -> its passages: spans that end at sentence borders and fit the embedder.

A passage's text is exactly `source.text[start:end]`. Headings (lines that begin with #) are kept beside the passages
below them, not in them, and so is the header of a table beside its later rows. What is embedded of a passage is said
in `embedded_text` alone. Who counts the tokens is passed in; nothing is known here of the embedder.
"""

from __future__ import annotations

import dataclasses
import hashlib
import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

from .borders import Span, sentences, trimmed
from .languages import language_of
from .sources import Source

SPLITTER = "sentences@2"
"""Stamp: part of every passage id, changed whenever the borders would fall elsewhere."""
LONGEST = 2000  # characters; a word piece model counts a run without spaces as one token
SHORTEST_LIMIT = 8  # tokens; below that there is no sentence to speak of
SURE_SHARE = 0.9  # of the room: below that no rounding between words can bring a passage over it
LONGEST_TITLE = 80  # characters of a title that are embedded
HEADING_SHARE = 1 / 8  # of the room for tokens: what a heading may take of it
CONTEXT_SHARE = 3 / 16  # of the room for tokens: what a table's header may take of it
LETTERS_OF_A_LANGUAGE = 200  # below that a passage has the language of its source
CHARACTERS_OF_A_LANGUAGE = 500  # of a passage, by which its language is told; more cost time alone


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
    questions: tuple[str, ...] = ()
    """What a reader may ask whose answer is this note of ours; found by them, never shown as its words."""
    language: str = ""
    """ISO 639-1 code of the passage, or of its source where it is too short to tell; empty if unknown."""
    context: str = ""
    """The header row of the table whose rows it holds; no part of `text`, and empty where `text` has it."""


def main_language(passages: Iterable[Passage]) -> str:
    """The language of most of the passages; "" if none is known."""
    counted = Counter(passage.language for passage in passages if passage.language)
    return max(counted, key=counted.__getitem__, default="")


def content_id(stem: str, *parts: object) -> str:
    """`stem-` and 12 hex digits of what the passage is made of."""
    content = "\0".join(str(part) for part in parts)
    return f"{stem}-{hashlib.sha256(content.encode('utf-8', 'surrogatepass')).hexdigest()[:12]}"


def embedded_text(passage: Passage, *, title: bool = False) -> str:
    """What is embedded of a passage: its heading, its table's header and its text, a line each; the title on demand."""
    text = passage.text
    name = (
        passage.title
        if len(passage.title) <= LONGEST_TITLE
        else passage.title[:LONGEST_TITLE].rsplit(None, 1)[0]
    )
    # A heading stands in the text where nothing else is below it, and is often the title once more.
    heading = (
        "" if text.startswith(passage.heading) or (title and passage.heading == name) else passage.heading
    )
    return "\n".join(part for part in (name if title else "", heading, passage.context, text) if part)


def embedded_parts(
    passage: Passage,
    count_tokens: Callable[[str], int],
    token_starts: Callable[[str], Sequence[int]],
    limit: int,
) -> list[str]:
    """What is embedded of a passage of a source: neighbouring sentences in parts of about equal size, at least one.

    Each part carries title, heading and table header, as `embedded_text` does. A question is near one statement rather
    than a whole passage: on SciFact the nearest of such parts gives nDCG@10 0.696, whole passages 0.677.

    Args:
        limit: tokens of one part, as far as sentences allow; a longer sentence is a part by itself.
    """
    around = embedded_text(passage, title=True).removesuffix(passage.text).rstrip("\n")
    room = max(limit - count_tokens(around), SHORTEST_LIMIT)
    starts = token_starts(passage.text)
    aim = len(starts) / max(1, -(-len(starts) // room))
    spans, begin, size = [], 0, 0
    for start, end in sentences(passage.text, 0, len(passage.text)):
        tokens = bisect_left(starts, end) - bisect_left(starts, start)
        if size and (size + tokens > room or size + tokens / 2 > aim):
            spans.append((begin, start))
            begin, size = start, 0
        size += tokens
    spans.append((begin, len(passage.text)))
    return ["\n".join(filter(None, (around, passage.text[start:end].strip()))) for start, end in spans]


def split(
    source: Source,
    count_tokens: Callable[[str], int],
    limit: int,
    *,
    token_starts: Callable[[str], Sequence[int]] | None = None,
    title: bool = False,
) -> list[Passage]:
    """The passages of a source in the order of its text; none for a text without words.

    The embedded text of none is over `limit` tokens, as far as it can be cut. A page begins a new passage, so that a
    citation names the page; a sentence over a page break belongs to the first. Rows of a table stay whole.

    Args:
        source: the text with its pages.
        count_tokens: tokens of a text, special tokens included.
        limit: the most tokens of one passage, special tokens included.
        token_starts: character offset of each token of a text, ascending; without it every sentence is counted by
            itself, which is slower.
        title: whether the title will be embedded too, so that room is left for it.
    """
    if limit < SHORTEST_LIMIT:
        raise ValueError(f"a passage needs at least {SHORTEST_LIMIT} tokens, the limit is {limit}")
    splitter = _Splitter(source, count_tokens, limit, token_starts, title=title)
    return _with_languages(
        source, [passage for section in _sections(source.text) for passage in splitter.cut(*section)]
    )


class _Piece(NamedTuple):
    """What is not cut again: a sentence, a row, or a part of one that is too long."""

    start: int
    end: int
    tokens: int
    context: str
    """Header of the table of which it is a row; empty for a sentence and for what holds the header itself."""


class _Splitter:
    """The way of one source from sections to passages."""

    def __init__(
        self,
        source: Source,
        count_tokens: Callable[[str], int],
        limit: int,
        token_starts: Callable[[str], Sequence[int]] | None,
        *,
        title: bool,
    ) -> None:
        self._source, self._text = source, source.text
        self._count, self._limit, self._title = count_tokens, limit, title
        self._overhead = count_tokens("")
        self._starts = _all_starts(source.text, token_starts) if token_starts else None

    def cut(self, heading: str, start: int, stop: int) -> Iterator[Passage]:
        """The passages of one section."""
        if not self._text[start:stop].strip():
            return
        whole = self._limit - self._overhead
        short = self._capped(heading, int(whole * HEADING_SHARE))
        if short != heading and not self._text.startswith(heading, start):
            # Too long for a heading: nothing of it may be lost, so it is text as well.
            start = self._text.rindex(heading, 0, start)
        model = _passage(self._source, start, stop, short)
        room = self._limit - self._count(
            embedded_text(dataclasses.replace(model, text=" "), title=self._title)
        )
        # A few tokens at least, where title and heading alone are nearly too long.
        room = max(room, SHORTEST_LIMIT // 2)
        for _, pieces in groupby(
            self._pieces(start, stop, room), key=lambda piece: _page(self._source, piece.start)
        ):
            for first, last, context in self._pack(list(pieces), room):
                if self._surely_fits(first, last, room - self._tokens_of(context)):
                    yield _passage(self._source, first, last, short, context)
                else:
                    yield from self._exact(first, last, short, context)

    def _pieces(self, start: int, stop: int, room: int) -> Iterator[_Piece]:
        for table in _TABLE.finditer(self._text, start, stop):
            for span in sentences(self._text, start, table.start()):
                yield from self._fitting(span, room)
            yield from self._rows(table, room)
            start = table.end()
        for span in sentences(self._text, start, stop):
            yield from self._fitting(span, room)

    def _rows(self, table: re.Match[str], room: int) -> Iterator[_Piece]:
        lines = [
            span
            for line in _LINE.finditer(self._text, *table.span())
            for span in trimmed(self._text, *line.span())
        ]
        whole = self._limit - self._overhead
        context = self._capped(self._text[slice(*lines[0])], int(whole * CONTEXT_SHARE))
        # The header goes with the first row if there is room for both.
        first = 3 if len(lines) > 2 and self._fits(lines[0][0], lines[2][1], room) else 2
        yield from self._fitting((lines[0][0], lines[first - 1][1]), room)
        beside = max(room - self._tokens_of(context), SHORTEST_LIMIT // 2)
        for row in lines[first:]:
            yield from self._fitting(row, beside, context)

    def _fitting(self, span: Span, room: int, context: str = "") -> Iterator[_Piece]:
        """The span whole if it fits, else cut between words, and inside a word only where there is no other way."""
        for start, end in _cut(self._text, *span, lambda start, end: self._fits(start, end, room)):
            yield _Piece(start, end, max(self._tokens(start, end), 1), context)

    def _pack(self, pieces: list[_Piece], room: int) -> Iterator[tuple[int, int, str]]:
        """Neighbouring pieces joined into spans of about equal size that fit; with each the header it needs."""
        total = sum(piece.tokens for piece in pieces)
        # As few passages as the room allows, of about the same size: no crumb is left at the end.
        aim = total / max(1, -(-total // room))
        start = end = size = 0
        left, context = room, ""
        for piece in pieces:
            full = size + piece.tokens > left or size + piece.tokens / 2 > aim or piece.end - start > LONGEST
            if size and full:
                yield start, end, context
                size = 0
            if not size:
                start, context = piece.start, piece.context
                left = room - self._tokens_of(context)
            end = piece.end
            size += piece.tokens
        if size:
            yield start, end, context

    def _surely_fits(self, start: int, end: int, room: int) -> bool:
        """Whether the sum of the pieces' tokens is far enough from the limit not to be counted once more."""
        around = (
            self._text[start - 1 : start] + self._text[end : end + 1] if start else self._text[end : end + 1]
        )
        words_end = not around or around.isspace()
        return words_end and self._starts is not None and self._tokens(start, end) <= room * SURE_SHARE

    def _exact(self, start: int, end: int, heading: str, context: str) -> Iterator[Passage]:
        """The passage, cut once more in the rare case that its tokens are more than those of its pieces."""

        def made(start: int, end: int) -> Passage:
            return _passage(self._source, start, end, heading, context)

        def fits(start: int, end: int) -> bool:
            embedded = embedded_text(made(start, end), title=self._title)
            return end - start <= LONGEST and self._count(embedded) <= self._limit

        for part in _cut(self._text, start, end, fits):
            yield made(*part)

    def _tokens(self, start: int, end: int) -> int:
        if self._starts is None:
            return self._tokens_of(self._text[start:end])
        return bisect_left(self._starts, end) - bisect_left(self._starts, start)

    def _tokens_of(self, text: str) -> int:
        return self._count(text) - self._overhead if text else 0

    def _fits(self, start: int, end: int, room: int) -> bool:
        return end - start <= LONGEST and self._tokens(start, end) <= room

    def _capped(self, text: str, most: int) -> str:
        """The text, or as many of its first words as have at most so many tokens."""
        while self._tokens_of(text) > most:
            text = text[: min(len(text) - 1, 8 * most)].rpartition(" ")[0].rstrip()
        return text


def _with_languages(source: Source, passages: list[Passage]) -> list[Passage]:
    """The passages with the language of each, or that of most of the source where one alone does not tell."""
    likely = language_of(source.text)
    own = [
        language_of(passage.text[:CHARACTERS_OF_A_LANGUAGE], likely)
        if _letters(passage.text[:CHARACTERS_OF_A_LANGUAGE]) >= LETTERS_OF_A_LANGUAGE
        else ""
        for passage in passages
    ]
    letters: Counter[str] = Counter()
    for passage, language in zip(passages, own, strict=True):
        letters[language] += len(passage.text) if language else 0
    most = max(letters, key=lambda language: letters[language], default="") or likely
    return [
        dataclasses.replace(passage, language=language or most)
        for passage, language in zip(passages, own, strict=True)
    ]


def _letters(text: str) -> int:
    return sum(map(str.isalpha, text))


BLOCK = 50_000  # characters that are tokenised at once
_TABLE = re.compile(r"^\|.*\|[ \t\r]*\n\|[ \t]*:?-[-| :\t]*\|[ \t\r]*(?:\n\|.*\|[ \t\r]*)*$", re.MULTILINE)
_LINE = re.compile(r"[^\n]+")
_HEADING = re.compile(r"^#{1,6}[ \t]+(\S[^\n]*?)[ \t#]*$", re.MULTILINE)


def _all_starts(text: str, token_starts: Callable[[str], Sequence[int]]) -> list[int]:
    """Offsets of all tokens, block by block, each ending at white space where there is some."""
    starts: list[int] = []
    begin = 0
    while begin < len(text):
        end = min(begin + BLOCK, len(text))
        if end < len(text):
            end = max(text.rfind(" ", begin, end), text.rfind("\n", begin, end)) + 1 or end
        starts.extend(begin + start for start in token_starts(text[begin:end]))
        begin = end
    return starts


def _page(source: Source, offset: int) -> int | None:
    return bisect_right(source.pages, offset, key=lambda page: page[0]) or None


def _passage(source: Source, start: int, end: int, heading: str, context: str = "") -> Passage:
    return Passage(
        id=content_id(source.id, source.digest, start, end, SPLITTER),
        source_id=source.id,
        title=source.title,
        text=source.text[start:end],
        start=start,
        end=end,
        page=_page(source, start),
        heading=heading,
        citekeys=(source.reference.id,),
        citable=source.reference.citable != "pointer_only",
        context=context,
    )


def _sections(text: str) -> Iterator[tuple[str, int, int]]:
    """(heading, start, end) of the stretches between headings; a heading with nothing below it is its own stretch."""
    marks = list(_HEADING.finditer(text))
    yield "", 0, marks[0].start() if marks else len(text)
    stops = [mark.start() for mark in marks[1:]] + [len(text)]
    for mark, stop in zip(marks, stops, strict=False):
        begin = mark.end() if text[mark.end() : stop].strip() else mark.start(1)
        yield mark.group(1), begin, stop


def _cut(text: str, start: int, end: int, fits: Callable[[int, int], bool]) -> Iterator[Span]:
    """The span whole if it fits, else cut between lines, clauses or words."""
    while start < end and not fits(start, end):
        stop = _longest_fit(text, start, end, fits)
        yield from trimmed(text, start, stop)
        start = stop
    yield from trimmed(text, start, end)


def _longest_fit(text: str, start: int, end: int, fits: Callable[[int, int], bool]) -> int:
    low, high = start + 1, min(end, start + LONGEST)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if fits(start, middle) else (low, middle - 1)
    # A line, a sentence or a clause may end a little earlier; else the last word ends.
    late = start + (low - start) * 2 // 3
    for gaps, least in ((("\n",), late), ((". ", "; ", ", "), late), ((" ", "\n", "\t"), start + 1)):
        border = max(text.rfind(gap, least, low + 1) + len(gap) - 1 for gap in gaps)
        if border > start:
            return border
    stop = low
    # A combining mark stays with its letter.
    while stop > start + 1 and stop < end and unicodedata.combining(text[stop]):
        stop -= 1
    return stop if fits(start, stop) else low
