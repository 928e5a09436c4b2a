"""The bytes of a text or Markdown file -> its text as it stands, in whatever encoding, with a title."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from ..errors import SourceUnreadable
from .content import Content, date, first_heading, language, squeezed

# A plain text says its title, if at all, in its first lines.
TITLE_LINES = 4

BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe\0\0", "utf-32"), (b"\0\0\xfe\xff", "utf-32"),
        (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))  # fmt: skip
_FEW_ACCENTS = 0.25  # share of bytes above ASCII, below which a text is in Latin letters
_NOISE = 0.05  # difference in charset-normalizer's measure of chaos that says nothing
_ZEROS_OF_WIDE = 0.05  # share of zero bytes, below which they are rubbish rather than half letters
_SAMPLE = 200_000  # bytes that are looked at to tell an encoding
_LONGEST_FRONT_MATTER = 10_000  # characters


def read_text(data: bytes) -> Content:
    text, notes = _decoded(data)
    return Content(text=text, title=first_title(text), notes=notes)


def read_markdown(data: bytes) -> Content:
    """The file as it stands; its front matter, if it has one, is metadata as well."""
    text, notes = _decoded(data)
    about = _front_matter(text)
    return Content(
        text=text,
        title=_plain(about.get("title")) or first_heading(text) or first_title(text),
        authors=_authors(about.get("author") or about.get("authors")),
        issued=date(_plain(about.get("date"))),
        language=language(_plain(about.get("lang") or about.get("language"))),
        notes=notes,
    )


def decode(data: bytes) -> str:
    """The text of a text file in whatever encoding, line ends as \\n.

    Raises:
        SourceUnreadable: the bytes are no text.
    """
    return _decoded(data)[0]


def _decoded(data: bytes) -> tuple[str, tuple[str, ...]]:
    encoding, guessed = _encoding(data)
    text = data.decode(encoding, "replace").removeprefix("\ufeff")
    controls = sum(
        1 for char in text[:10_000] if unicodedata.category(char) == "Cc" and char not in "\t\n\r\f\v\x85"
    )
    if controls > 0.02 * len(text[:10_000]) or "\0" in text:
        raise SourceUnreadable("it is not text: convert it to PDF or text first")
    note = f"its letters were decoded as {encoding}, which is a guess: check accented letters in quotations"
    return text.replace("\r\n", "\n").replace("\r", "\n"), (note,) if guessed else ()


def _encoding(data: bytes) -> tuple[str, bool]:
    """The encoding, and whether it is a guess from the frequency of letters."""
    for bom, encoding in BOMS:
        if data.startswith(bom):
            return encoding, False
    # UTF-16 of Latin letters is valid UTF-8 too, with a zero after each letter.
    try:
        text = data.decode("utf-8")
        if text.count("\0") < _ZEROS_OF_WIDE * max(1, len(text)):
            return "utf-8", False
    except UnicodeDecodeError:
        pass
    wide = _wide(data)
    return (wide, False) if wide else (_guessed(data), True)


def _wide(data: bytes) -> str:
    """UTF-16 or UTF-32 without a mark: the reading with most blanks and ASCII and no odd character; "" if none."""
    sample = data[:4000]
    if b"\0" not in sample:
        return ""
    best, score = "", 0
    for encoding, width in (("utf-32-le", 4), ("utf-32-be", 4), ("utf-16-le", 2), ("utf-16-be", 2)):
        try:
            text = sample[: len(sample) // width * width].decode(encoding)
        except UnicodeDecodeError:
            continue
        odd = any(
            unicodedata.category(char) in ("Cc", "Cn", "Co", "Cs") and not char.isspace() for char in text
        )
        plain = sum(char.isascii() for char in text)
        if not odd and plain > score:
            best, score = encoding, plain
    return best


def _guessed(data: bytes) -> str:
    from charset_normalizer import from_bytes

    matches = from_bytes(data[:_SAMPLE])
    best = matches.best()
    # cp1252 is what Western European Windows programs write, and a few accents do not tell it from its neighbours.
    few_accents = sum(byte > 127 for byte in data[:_SAMPLE]) < _FEW_ACCENTS * len(data[:_SAMPLE])
    if best is None or (few_accents and best.multi_byte_usage):
        return "cp1252"
    likely = any(match.encoding == "cp1252" and match.chaos <= best.chaos + _NOISE for match in matches)
    if likely or (few_accents and best.encoding in _OF_THE_WEST):
        # The first wins a tie.
        return max(_WESTERN, key=lambda encoding: _usual(data[:_SAMPLE], encoding))
    return best.encoding


# The statistics cannot tell these apart where only a few letters have accents; the letters themselves can.
_OF_THE_WEST = frozenset(
    {"mac_greek", "mac_latin2", "mac_iceland", "mac_turkish", "mac_roman", "cp850", "cp437", "cp858"}
)
_WESTERN = ("cp1252", "mac_roman", "cp850")
_USUAL = frozenset("äöüßÄÖÜéèêëàâçîïôûùœÉñáíóúãõåæøìòÅØ“”‘’„–—…«»€°§·¿¡ \u00a0")


def _usual(data: bytes, encoding: str) -> int:
    return sum(char in _USUAL for char in data.decode(encoding, "replace") if not char.isascii())


def first_title(text: str) -> str:
    """The longest of the first lines that looks like a title: a few words, no full stop; "" if none does."""
    lines = [" ".join(line.split()) for line in text[:2000].splitlines() if line.strip()][:TITLE_LINES]
    fitting = [
        line for line in lines if 3 <= len(line.split()) <= 25 and line[-1] not in ".,;:" and len(line) <= 160
    ]
    return max(fitting, key=len, default="")


def _front_matter(text: str) -> dict[str, Any]:
    found = re.match(
        r"---[ \t]*\n(.*?)\n(?:---|\.\.\.)[ \t]*(?:\n|$)", text[:_LONGEST_FRONT_MATTER], re.DOTALL
    )
    if not found:
        return {}
    import yaml

    # ValueError comes from a date such as 2024-99-99, RecursionError from a thousand brackets.
    try:
        about = yaml.safe_load(found.group(1))
    except (yaml.YAMLError, ValueError, RecursionError):
        return {}
    return {str(key).lower(): value for key, value in about.items()} if isinstance(about, dict) else {}


def _plain(value: object) -> str:
    """A scalar of the front matter as text; a list or table gives ""."""
    return "" if value is None or isinstance(value, (list, dict, bool)) else squeezed(str(value))


def _authors(value: object) -> tuple[str, ...]:
    entries = value if isinstance(value, list) else [value]
    names = (_plain(entry.get("name") if isinstance(entry, dict) else entry) for entry in entries)
    return tuple(name for name in names if name)
