"""The values that leave the assistant: brief in, Answer out.

Everything here crosses a border (file, JSON, screen), so it is pydantic with unknown keys refused. Field
names and nesting are the published JSON format; add to it freely, change nothing without a note in CHANGELOG.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from .errors import BriefError

SCHEMA_VERSION = 1

SentenceKind = Literal["fact", "opinion", "ask", "link"]
Verdict = Literal["supported", "partly", "unsupported", "not_checked"]
NeedsInstrument = Literal["yes", "no", "partly", "unknown"]
Lean = Literal["hub", "balanced", "network"]
Outcome = Literal["supported", "contradicted", "not_found", "unclear", ""]
Support = Literal["alone", "with_others", "no", ""]


class _Value(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Brief(_Value):
    """A proposal in fields; only `title` and `summary` are needed, an empty field means unknown."""

    title: str = Field(min_length=3)
    summary: str = Field(min_length=10)
    field: str = ""
    needs_central_instrument: NeedsInstrument = "unknown"
    rival: str = ""
    hub: str = ""
    network: str = ""
    cost: str = ""
    payers: str = ""
    label: str = ""
    stage: str = ""
    country: str = ""

    @field_validator("needs_central_instrument", mode="before")
    @classmethod
    def _booleans_are_words(cls, value: object) -> object:
        # YAML reads a bare yes or no as a boolean.
        return {True: "yes", False: "no"}.get(value, value) if isinstance(value, bool) else value

    @field_validator("*", mode="before")
    @classmethod
    def _none_is_unknown(cls, value: object) -> object:
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return str(value)
        return "" if value is None else value

    @classmethod
    def read(cls, path: str | Path) -> Brief:
        """The brief in a YAML file.

        Raises:
            BriefError: the file is missing, is not a YAML mapping, or a field is unknown or wrong.
        """
        path = Path(path)
        try:
            data = yaml.safe_load(path.read_text(encoding="utf-8"))
        except OSError as exc:
            raise BriefError(f"the brief {path} cannot be read: {exc.strerror}") from exc
        except (yaml.YAMLError, UnicodeDecodeError) as exc:
            raise BriefError(f"the brief {path} is not YAML: {str(exc).splitlines()[0]}") from exc
        return cls.parse(data, name=str(path))

    @classmethod
    def parse(cls, data: object, *, name: str = "brief") -> Brief:
        """The brief in a mapping; `name` says in errors where it came from.

        Raises:
            BriefError: not a mapping, or a field is unknown, missing or wrong.
        """
        if not isinstance(data, dict):
            raise BriefError(
                f"{name}: a brief is a list of fields such as `title: ...`, found {type(data).__name__}"
            )
        try:
            return cls.model_validate(data)
        except ValidationError as exc:
            first = exc.errors()[0]
            field = ".".join(str(part) for part in first["loc"])
            known = ", ".join(cls.model_fields)
            raise BriefError(
                f"{name}: field {field!r}: {first['msg'].lower()} (known fields: {known})"
            ) from exc

    def unknown(self) -> list[str]:
        """Names of the fields that the user left open, in the order of the brief."""
        return [name for name in type(self).model_fields if getattr(self, name) in ("", "unknown")]


class Finding(_Value):
    """The verdict on one sentence against the passages it cites."""

    verdict: Verdict
    score: float | None = Field(default=None, ge=0, le=1)
    """0 to 1, higher is better supported; None where nothing was checked."""
    reason: str = ""
    outcome: Outcome = ""
    """The verdict in an adviser's words: contradicted and not found are both unsupported, unclear is partly; "" is unknown."""
    wrong: list[str] = Field(default_factory=list)
    """The claim's own words that the passages do not bear out, in the claim's order."""


class Citation(_Value):
    """One edge from a sentence to a passage; `quote` is the passage's own words the sentence rests on."""

    passage_id: str
    source_id: str
    quote: str = ""
    support: Support = ""
    """Whether the passage bears the sentence out alone, only with the others cited, or not; "" was not looked at."""
    score: float | None = Field(default=None, ge=0, le=1)
    """How well this passage alone supports the sentence, 0 to 1; None was not looked at."""


class OverClaim(_Value):
    """Words that say more than can be known, with what to write in their place."""

    words: str
    """The words as they stand in the sentence."""
    why: str
    sober: str
    """Words that can stand in place of `words`; empty says to leave them out."""
    start: int = Field(ge=0)
    """Characters into the sentence's text, `end` exclusive."""
    end: int = Field(ge=0)


class Sentence(_Value):
    text: str
    kind: SentenceKind
    citations: list[Citation] = Field(default_factory=list)
    finding: Finding = Field(default_factory=lambda: Finding(verdict="not_checked"))
    move: str = ""
    """The move of the format that this sentence belongs to; empty outside drafts."""
    written_by: Literal["model", "note", "format", "source", "brief", ""] = ""
    """Whose wording it is: the model's, the note's own, the format's phrase, words quoted from a source, the user's brief."""
    better: list[Citation] = Field(default_factory=list)
    """Passages of the library that support it better than the cited ones; offered, never put in."""
    against: list[Citation] = Field(default_factory=list)
    """Passages that contradict it."""
    over_claims: list[OverClaim] = Field(default_factory=list)


class PassageView(_Value):
    """A passage as `search` and `Answer.passages` show it; offsets are characters, end exclusive, None for a note."""

    rank: int
    score: float
    passage_id: str
    source_id: str
    title: str
    text: str
    start: int | None = None
    end: int | None = None
    page: int | None = None
    confidence: str = ""
    as_of: str = ""
    needs_original: bool = False
    citekeys: list[str] = Field(default_factory=list)
    pole: str = ""
    interest: str = ""
    """Whose voice the source is (`knowledge.interest.LABELS`); "" if not known or not looked up."""


class Balance(_Value):
    """Shares of a text's sentences that speak for the hub, for the network, for joining them; the rest is neither."""

    hub: float = Field(ge=0, le=1)
    network: float = Field(ge=0, le=1)
    joined: float = Field(ge=0, le=1)


class Tokens(_Value):
    prompt: int = 0
    completion: int = 0


class Seconds(_Value):
    retrieval: float = 0.0
    first_token: float | None = None
    total: float = 0.0


class Answer(_Value):
    """What `ask` and `draft` give back: text with the evidence, findings and provenance of every sentence."""

    schema_version: int = SCHEMA_VERSION
    kind: Literal["ask", "draft", "frame", "revise", "rehearse"]
    text: str
    """Markdown; citations as pandoc writes them, `[@ruland2025alliance]`."""
    sentences: list[Sentence]
    passages: list[PassageView]
    abstained: bool = False
    balance: Balance | None = None
    label: dict[str, Any] | None = None
    audience: str = ""
    prompts: list[str] = Field(default_factory=list)
    model: str = ""
    tokens: Tokens = Field(default_factory=Tokens)
    seconds: Seconds = Field(default_factory=Seconds)
    headline: str = ""
    standfirst: str = ""
    titles: list[Sentence] = Field(default_factory=list)
    """Headline and standfirst with their findings, in that order; `move` says which is which."""
    format: str = ""
    words: int = 0
    """Words of headline, standfirst and body, without citation marks and bibliography."""
    open_points: list[str] = Field(default_factory=list)
    """What is unknown or was left out, one sentence each."""
    references: list[dict[str, Any]] = Field(default_factory=list)
    """CSL-JSON items of the bibliography, only sources that are cited and citable."""


def as_json(values: Sequence[BaseModel]) -> list[dict[str, Any]]:
    """Plain data of several values, ready for json.dumps."""
    return [value.model_dump(mode="json") for value in values]
