"""Bibliographic records: the dossier's and those guessed from a user's files.

A record is CSL-JSON with a few fields of our own (what was verified, how it was read, whether a public text may cite
it). `Reference.csl()` gives the clean CSL-JSON that a citation processor expects.
"""

from __future__ import annotations

import re
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Verified = Literal["seed", "page", "both", "unverified"]
AccessLevel = Literal["page_excerpt", "opening_or_abstract", "copy", "secondary", "not_seen", "full_text"]
Citable = Literal["yes", "open_original_first", "pointer_only"]

_PLAIN_FIELDS = ("URL", "DOI", "ISBN", "container-title", "publisher", "volume", "issue", "page", "language")
_LONGEST_LABEL = 40  # characters


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Name(_Record):
    """A person (`family`, `given`) or a body (`literal`)."""

    family: str = ""
    given: str = ""
    literal: str = ""

    def csl(self) -> dict[str, str]:
        return {key: value for key, value in self.model_dump().items() if value}


class Reference(_Record):
    """One source as a bibliography names it; `id` is its citekey."""

    id: str = Field(min_length=1)
    type: str = "document"
    title: str
    author: tuple[Name, ...] = ()
    issued: str | None = None
    """`2024`, `2024-10` or `2024-10-16`; None if unknown."""
    accessed: str | None = None
    URL: str | None = None
    DOI: str = ""
    ISBN: str = ""
    container_title: str = Field(default="", alias="container-title")
    publisher: str = ""
    volume: str = ""
    issue: str = ""
    page: str = ""
    language: str = ""
    verified: Verified = "unverified"
    access_level: AccessLevel = "not_seen"
    """What was really read; `full_text` for a file that the user added."""
    citable: Citable = "yes"
    note: str = ""

    def csl(self) -> dict[str, Any]:
        """The record as a CSL-JSON item: standard fields only, dates as date-parts, empty fields left out."""
        item: dict[str, Any] = {"id": self.id, "type": self.type, "title": self.title}
        if self.author:
            item["author"] = [name.csl() for name in self.author]
        for key, value in (("issued", self.issued), ("accessed", self.accessed)):
            if parts := _date_parts(value):
                item[key] = {"date-parts": [parts]}
        plain = self.model_dump(by_alias=True)
        return item | {key: plain[key] for key in _PLAIN_FIELDS if plain[key]}

    def short(self) -> str:
        """A label for screens: `Rüland 2025`, `Adamson et al. 2025`, `AI Now Institute n.d.`"""
        year = _date_parts(self.issued)
        return f"{self._who()} {year[0] if year else 'n.d.'}"

    def _who(self) -> str:
        names = [name.family or name.literal for name in self.author]
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
