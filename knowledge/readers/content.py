"""What a reader hands over, and the conventions of text and metadata that all readers keep.

The text is plain, with three conventions of Markdown: headings `# …` to `###### …`, list items `- …`, and tables as
runs of lines that begin and end with `|`. Paragraphs are set apart by an empty line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Content:
    """What a reader found in a file."""

    text: str
    title: str = ""
    authors: tuple[str, ...] = ()
    issued: str | None = None
    url: str | None = None
    publisher: str = ""
    pages: tuple[tuple[int, int], ...] = ()
    """Start and end offset of every page; empty where there are no pages."""
    doi: str = ""
    language: str = ""
    notes: tuple[str, ...] = ()
    """Sentences for the user about what was left out or is doubtful."""


def squeezed(text: str) -> str:
    return " ".join(text.split())


def heading(level: int, text: str) -> str:
    return f"{'#' * max(1, min(level, 6))} {squeezed(text)}"


def table(rows: Iterable[Sequence[str]]) -> str:
    """Rows of cells as a pipe table, the first as its header; "" if no cell holds text."""
    filled = [[_cell(cell) for cell in row] for row in rows]
    filled = [row for row in filled if any(row)]
    if not filled:
        return ""
    width = max(len(row) for row in filled)
    lines = [f"| {' | '.join(row + [''] * (width - len(row)))} |" for row in filled]
    return "\n".join([lines[0], "|" + " --- |" * width, *lines[1:]])


def _cell(text: str) -> str:
    return squeezed(text).replace("|", "¦")


def blocks_joined(blocks: Iterable[str]) -> str:
    """Blocks as one text: an empty line between them, but none between two items of a list."""
    text: list[str] = []
    last = ""
    for block in blocks:
        if text:
            text.append("\n" if _is_item(last) and _is_item(block) else "\n\n")
        text.append(block)
        last = block
    return "".join(text)


def _is_item(block: str) -> bool:
    return block.startswith("- ")


def first_heading(text: str) -> str:
    """The text of the first heading; "" if there is none."""
    found = re.search(r"^#{1,6}[ \t]+(\S[^\n]*)$", text, re.MULTILINE)
    return found.group(1).rstrip(" \t#") if found else ""


def meaningful(title: str | None) -> str:
    """The title from a file's metadata, unless a program filled it in."""
    title = squeezed(title or "")
    machine_made = re.search(
        r"^(\(?untitled|\(?anonymous|microsoft word|powerpoint presentation|document ?\d*$|slide ?\d|print)"
        r"|\.(docx?|pptx?|odt|indd|pdf|tex|dvi)$",
        title,
        re.IGNORECASE,
    )
    return "" if machine_made or len(title) < 4 else title


def people(names: str | None, separator: str) -> tuple[str, ...]:
    """The names in a file's metadata, unless a program filled them in."""
    found = (squeezed(name) for name in re.split(separator, names or ""))
    return tuple(name for name in found if name and name.strip("()").lower() not in _NOBODY)


_NOBODY = frozenset(
    {
        "anonymous",
        "python-docx",
        "admin",
        "administrator",
        "user",
        "author",
        "unknown",
        "microsoft office user",
        "steve canny",  # what python-pptx writes into every new file
    }
)


def date(text: str | None) -> str | None:
    """`2024`, `2024-10` or `2024-10-16` from the start of a date in a file; None if there is no such date."""
    found = re.match(
        r"(\d{4})(?:[-/](0[1-9]|1[0-2])(?:[-/](0[1-9]|[12]\d|3[01]))?)?(?!\d)", (text or "").strip()
    )
    return "-".join(part for part in found.groups() if part) if found and found.group(1) > "1000" else None


def language(tag: str | None) -> str:
    """A language tag such as `en` or `en-GB`; "" if it is none."""
    found = re.match(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*$", (tag or "").strip())
    return (
        found.group().replace("_", "-")
        if found and found.group().lower() not in ("und", "zxx", "mul")
        else ""
    )


_DOI = re.compile(
    r"(?:\bdoi(?:\.org)?\s*[:/]\s*|\bdx\.doi\.org/)\s*(?:https?://(?:dx\.)?doi\.org/)?(10\.\d{4,9}/[^\s\"'<>|,;…]+)",
    re.IGNORECASE,
)
_FIRST_PAGE = 3000  # characters


def doi_in(text: str) -> str:
    """The one DOI that the opening of a text names; "" if it names none or several."""
    found = {_trimmed(match.group(1)) for match in _DOI.finditer(text[:_FIRST_PAGE])}
    return found.pop() if len({doi.casefold() for doi in found}) == 1 else ""


def doi(value: str | None) -> str:
    """The DOI in a metadata field, with or without its prefix; "" if the field holds none."""
    found = re.search(r"10\.\d{4,9}/[^\s\"'<>|,;]+", value or "")
    return _trimmed(found.group()) if found else ""


def _trimmed(doi: str) -> str:
    """Without the punctuation of the sentence around it; brackets that close stay (`10.1016/S0140(01)2`)."""
    while doi and (doi[-1] in ".:!?*]}”’»" or (doi[-1] == ")" and doi.count(")") > doi.count("("))):
        doi = doi[:-1]
    return doi
