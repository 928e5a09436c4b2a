"""Bibliographic records: the dossier's and those guessed from a user's files.

A record is CSL-JSON with a few fields of our own (what was verified, how it was read, whether a public text may cite
it). `Reference.csl()` gives the clean CSL-JSON that a citation processor expects.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Verified = Literal["seed", "page", "both", "unverified"]
AccessLevel = Literal["page_excerpt", "opening_or_abstract", "copy", "secondary", "not_seen", "full_text"]
Citable = Literal["yes", "open_original_first", "pointer_only"]
Interest = Literal["advocate", "rival", "public_body", "auditor", "peer_reviewed", "press", "own_project", ""]
"""Whose voice a source is; "" if nobody has said or guessed."""

_PLAIN_FIELDS = (
    "URL", "DOI", "ISBN", "ISSN", "container-title", "collection-title", "publisher", "publisher-place",
    "edition", "volume", "issue", "number", "page", "genre", "language",
)  # fmt: skip
_TYPES = """
article article-journal article-magazine article-newspaper bill book broadcast chapter classic collection dataset document
entry entry-dictionary entry-encyclopedia event figure graphic hearing interview legal_case legislation manuscript map
motion_picture musical_score pamphlet paper-conference patent performance periodical personal_communication post
post-weblog regulation report review review-book software song speech standard thesis treaty webpage
"""
CSL_TYPES = frozenset(_TYPES.split())
_LONGEST_LABEL = 40  # characters


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Name(_Record):
    """A person (`family` with particles, `given`, `suffix`) or a body (`literal`)."""

    family: str = ""
    given: str = ""
    suffix: str = ""
    literal: str = ""

    def csl(self) -> dict[str, str]:
        return {key: value for key, value in self.model_dump().items() if value}


class Reference(_Record):
    """One source as a bibliography names it; `id` is its citekey."""

    id: str = Field(min_length=1)
    type: str = "document"
    title: str
    author: tuple[Name, ...] = ()
    editor: tuple[Name, ...] = ()
    issued: str | None = None
    """`2024`, `2024-10` or `2024-10-16`; None if unknown."""
    accessed: str | None = None
    URL: str | None = None
    DOI: str = ""
    ISBN: str = ""
    ISSN: str = ""
    container_title: str = Field(default="", alias="container-title")
    collection_title: str = Field(default="", alias="collection-title")
    """The series that a book or report is part of."""
    publisher: str = ""
    publisher_place: str = Field(default="", alias="publisher-place")
    edition: str = ""
    volume: str = ""
    issue: str = ""
    number: str = ""
    """Of a report, patent or law."""
    page: str = ""
    genre: str = ""
    """Such as `PhD thesis` or `Policy brief`."""
    language: str = ""
    verified: Verified = "unverified"
    access_level: AccessLevel = "not_seen"
    """What was really read; `full_text` for a file that the user added."""
    citable: Citable = "yes"
    note: str = ""
    interest: Interest = ""
    guessed: tuple[str, ...] = ()
    """Names of the fields that were guessed from the file, not stated by a person or a bibliography."""
    abstract: str = ""
    keywords: tuple[str, ...] = ()
    raw: dict[str, Any] | None = None
    """The imported record as it came, under "format" and what `bibliography` adds, so that it can go out unchanged."""

    def __hash__(self) -> int:
        # A raw record is a dict, which has no hash.
        return hash(self.id)

    def csl(self) -> dict[str, Any]:
        """The record as a CSL-JSON item: standard fields only, dates as date-parts, empty fields left out."""
        item: dict[str, Any] = {"id": self.id, "type": self.type, "title": self.title}
        for role, names in (("author", self.author), ("editor", self.editor)):
            if names:
                item[role] = [name.csl() for name in names]
        for key, value in (("issued", self.issued), ("accessed", self.accessed)):
            if parts := _date_parts(value):
                item[key] = {"date-parts": [parts]}
        plain = {key: getattr(self, key.replace("-", "_")) for key in _PLAIN_FIELDS}
        return item | {key: value for key, value in plain.items() if value}

    def short(self) -> str:
        """A label for screens: `Rüland 2025`, `Adamson et al. 2025`, `AI Now Institute n.d.`"""
        year = _date_parts(self.issued)
        return f"{self._who()} {year[0] if year else 'n.d.'}"

    def _who(self) -> str:
        names = [name.family or name.literal for name in self.author or self.editor]
        if not names:
            return _cut(self.container_title or self.publisher or self.title)
        if len(names) > 2:
            return f"{_cut(names[0])} et al."
        return " & ".join(_cut(name) for name in names)


def _date_parts(date: str | None) -> list[int]:
    match = re.fullmatch(r"(\d{4})(?:-(\d{1,2}))?(?:-(\d{1,2}))?", date or "")
    return [int(part) for part in match.groups() if part] if match else []


def _cut(label: str) -> str:
    if len(label) <= _LONGEST_LABEL:
        return label
    return label[:_LONGEST_LABEL].rsplit(" ", 1)[0].rstrip(" ,:;–-") + "…"


def joined(keywords: Sequence[str]) -> str:
    """The keywords as one text, divided by commas, or by semicolons where a keyword has a comma itself."""
    if not any("," in keyword for keyword in keywords):
        return ", ".join(keywords)
    return "; ".join(keywords) + (";" if len(keywords) == 1 else "")


def divided(text: str) -> list[str]:
    """The keywords in a text as `joined` and other programs write it."""
    return [word.strip() for word in text.split(";" if ";" in text else ",") if word.strip()]
