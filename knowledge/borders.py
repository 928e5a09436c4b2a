"""A stretch of text -> the spans of its sentences, in any script; exact offsets, and no word is left out.

A border too few does little harm, since passages join sentences again; a border inside a sentence tears a citation
apart. So where a full stop may be an abbreviation, an initial or an ordinal, there is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

Span = tuple[int, int]
"""Character offsets, 0-based, end exclusive."""

# With a full stop inside a sentence, whatever follows.
_SHORTENED = """
adm al apr approx aug aufl av bijv bspw bzw ca capt cf co col corp dec dept dipl dott dr dra ed eds eg env evtl feb
fr gen gov hon hr hrsg ie inc ing inkl insb jan jr jul jun lt ltd maj max med messrs mil min mio mme mr mrd mrs ms
mt nov oct okt phil prof rep resp rev sen sep sept sgt sig sog sr sra st tel ue univ usw vgl viz vs zit
"""
# With a full stop inside a sentence where a number follows: "no. 5", but "He said no. Then he left."
_NUMBERED = """
abb abs al anm ann app art bd blz cap ch chap col eq ex fig figs fn fol kap lit no nos nr nrs nos núm num p pag pág
par pp pt ref refs sec sect ser sura tab tabl tbl vol vols ziff §
"""
_ABBREVIATIONS = frozenset(_SHORTENED.split())
_BEFORE_NUMBERS = frozenset(_NUMBERED.split())
_CLOSERS = r"""(?:["'”’“»«›‹)\]*_]|[ \u00a0\u202f]»)*"""
_BORDER = re.compile(
    # The end of a sentence, with a footnote's number behind it: 'paid by all."', "costs.[12]", "costs.12".
    rf"(?P<stop>[.!?…؟۔।॥։።]+){_CLOSERS}(?:\[[\d,–\- ]+\]|(?<=[^\W\d_]{{3}}\.)\d{{1,3}})*(?=\s|$)"
    r"|[。！？．｡]+[”’」』）】》]*"
    # A line all in capitals is a heading.
    r"|^[ \t]*[A-ZÀ-ÖØ-Þ][A-ZÀ-ÖØ-Þ\d ,:;&'’()/–-]{3,}(?=[ \t\r]*\n)"
    # Before an empty line, and before the next item of a list.
    r"|(?<=\S)(?=[ \t\r]*\n[ \t\r]*\n)"
    r"|(?<=\S)(?=[ \t\r]*\n[ \t]*(?:[-*•–—‣▪◦●○■□·✓]|\(?(?:\d{1,3}|[a-z]|[ivx]{1,4})\)|\d{1,3}\.)[ \t])",
    re.MULTILINE,
)
# What may stand before the first word of a sentence.
_OPENERS = " \t\r\n\u00a0\u202f>*_\"'“”„‘’‚«»‹›([{¿¡–—-"
_WORD = re.compile(r"[^\s()\[\]{}\"'“”„‘’«»<>/,;:–—]+$")
_DOTTED = re.compile(r"(?:[^\W\d_]{1,3}\.)+[^\W\d_]{1,3}")
_ORDINAL = re.compile(r"\d{1,2}")


def sentences(text: str, start: int, stop: int) -> Iterator[Span]:
    """Spans of the sentences between two offsets, without white space at their ends; nothing else is left out."""
    begin = start
    for match in _BORDER.finditer(text, start, stop):
        if match["stop"] and not _ends(text, begin, match, stop):
            continue
        yield from trimmed(text, begin, match.end())
        begin = match.end()
    yield from trimmed(text, begin, stop)


def trimmed(text: str, start: int, end: int) -> Iterator[Span]:
    """The span without white space at its ends, if anything is left of it."""
    piece = text[start:end]
    if stripped := piece.strip():
        left = start + len(piece) - len(piece.lstrip())
        yield left, left + len(stripped)


def _ends(text: str, begin: int, match: re.Match[str], stop: int) -> bool:
    """Whether a sentence ends at the mark, judged by the word before it and the one behind it."""
    after = text[match.end() : min(match.end() + 40, stop)]
    following = after.lstrip(_OPENERS)[:1]
    if not following or after[: len(after) - len(after.lstrip())].count("\n") > 1:
        return True
    if following.islower() or following in ",;:.?!)]}…":
        return False
    return match["stop"] != "." or not _abbreviates(text, begin, match.start("stop"), following)


def _abbreviates(text: str, begin: int, stop: int, following: str) -> bool:
    found = _WORD.search(text[max(begin, stop - 20) : stop])
    if not found:
        return False
    word = found.group()
    small = word.lower()
    if small in _ABBREVIATIONS or _DOTTED.fullmatch(small):
        return True
    if small in _BEFORE_NUMBERS and (following.isdecimal() or following in "IVXLC"):
        return True
    # An initial, as in "J. Kendrew"; an ordinal, as in "am 3. Mai", or the number of an item.
    return (len(word) == 1 and word.isupper()) or bool(_ORDINAL.fullmatch(word))
