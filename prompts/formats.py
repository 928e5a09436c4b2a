"""Formats and voices: which moves a text makes, and the sentences of ours that lead into and out of each.

In: an id; out: a checked `Format` (formats/<id>.yaml) or `Voice` (audiences/<id>.yaml). Lines are opinions, links and
requests, never facts: facts come from passages, which this module does not know.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from string import Template
from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from .errors import PromptError
from .registry import read, unknown

Position = Literal["lead", "close"]
Instrument = Literal["yes", "no", "partly", "unknown"]
Lean = Literal["hub", "balanced", "network"]

VARIABLES = frozenset({"project", "field"})


class _Value(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _word(value: object) -> object:
    # YAML reads a bare yes or no as a boolean.
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else value


class When(_Value):
    """What must hold of a proposal for a line to fit it; what is left out may be anything."""

    instrument: tuple[Annotated[Instrument, BeforeValidator(_word)], ...] | None = None
    lean: tuple[Lean, ...] | None = None
    label: bool | None = None
    """Whether the proposal borrows a name, as in "a CERN for ..."."""
    rival: bool | None = None
    """Whether there is a rival project or network."""

    def holds(self, instrument: str, lean: str, has_label: bool, has_rival: bool) -> bool:
        return (
            (self.instrument is None or instrument in self.instrument)
            and (self.lean is None or lean in self.lean)
            and self.label in (None, has_label)
            and self.rival in (None, has_rival)
        )


class Line(_Value):
    """One sentence of ours with at most one variable, `$project` or `$field`; a bare string is a line for any case."""

    text: str = Field(min_length=1)
    when: When = When()

    @field_validator("text")
    @classmethod
    def _has_one_known_variable(cls, text: str) -> str:
        template = Template(text)
        names = template.get_identifiers()
        if not template.is_valid() or not VARIABLES.issuperset(names):
            raise ValueError(f"a line may name $project or $field and nothing else: {text!r}")
        if text.count("$") > 1:
            raise ValueError(f"a line may hold one variable, found {text.count('$')}: {text!r}")
        return text


def _line(value: object) -> object:
    return {"text": value} if isinstance(value, str) else value


class Lines(_Value):
    """The sentences before and after the facts of a move."""

    lead: tuple[Annotated[Line, BeforeValidator(_line)], ...] = ()
    close: tuple[Annotated[Line, BeforeValidator(_line)], ...] = ()


class Voice(_Value):
    """How one audience is spoken to: lines of its own, by move."""

    id: str
    lines: dict[str, Lines]


class Count(_Value):
    """A range of whole numbers, both ends included."""

    least: int = Field(ge=0)
    most: int = Field(ge=0)

    @model_validator(mode="after")
    def _is_a_range(self) -> Count:
        if self.least > self.most:
            raise ValueError(f"least ({self.least}) is above most ({self.most})")
        return self


class Words(Count):
    """Length of a text of this format, in words; `default` where the user gives none."""

    default: int

    @model_validator(mode="after")
    def _default_is_in_range(self) -> Words:
        if not self.least <= self.default <= self.most:
            raise ValueError(f"default ({self.default}) is not between {self.least} and {self.most}")
        return self


class Move(_Value):
    """One rhetorical step of a format."""

    id: str
    name: str
    purpose: str
    share: float = Field(gt=0, le=1)
    """Part of the words of the whole text, 0 to 1."""
    facts: Count
    takes: tuple[str, ...] = Field(min_length=1)
    """Editorial tags of the passages that may serve as evidence here."""
    lines: Lines

    def lines_for(
        self,
        position: Position,
        voice: Voice | None,
        *,
        instrument: Instrument,
        lean: Lean,
        has_label: bool,
        has_rival: bool,
    ) -> list[str]:
        """The lines that fit this proposal, the audience's own first; variables are left for `fill`."""
        own = voice.lines.get(self.id, Lines()) if voice else Lines()
        lines: list[Line] = [*getattr(own, position), *getattr(self.lines, position)]
        return [line.text for line in lines if line.when.holds(instrument, lean, has_label, has_rival)]


class Format(_Value):
    """One kind of text: its length and its moves in order."""

    id: str
    name: str
    words: Words
    headlines: tuple[Annotated[Line, BeforeValidator(_line)], ...] = Field(min_length=1)
    standfirsts: tuple[Annotated[Line, BeforeValidator(_line)], ...] = Field(min_length=1)
    moves: tuple[Move, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _moves_add_up(self) -> Format:
        ids = [move.id for move in self.moves]
        if len(set(ids)) < len(ids):
            raise ValueError(f"moves: an id occurs twice in {', '.join(ids)}")
        total = sum(move.share for move in self.moves)
        if abs(total - 1) > 0.001:
            raise ValueError(f"moves: the shares add up to {total:.3f}, not to 1")
        return self

    def move(self, id: str) -> Move:
        """The move with this id.

        Raises:
            PromptError: the format has no such move.
        """
        for move in self.moves:
            if move.id == id:
                return move
        raise unknown(f"move of the format {self.id!r}", id, (move.id for move in self.moves))


@cache
def format_of(id: str) -> Format:
    """The format with this id, such as "op-ed".

    Raises:
        PromptError: there is no such format (the message lists those there are), or its file is broken.
    """
    return _format_in(files("prompts") / "formats", id)


@cache
def voice_of(audience_id: str) -> Voice:
    """The voice for this audience, such as "mep_itre".

    Raises:
        PromptError: there is no such audience (the message lists those there are), or its file is broken.
    """
    return _voice_in(files("prompts") / "audiences", audience_id)


def known_formats() -> list[str]:
    """Ids of the formats."""
    return [name.replace("_", "-") for name in _names(files("prompts") / "formats")]


def known_voices() -> list[str]:
    """Ids of the audiences that have a voice."""
    return _names(files("prompts") / "audiences")


def fill(line: str, *, project: str, field: str) -> str:
    """A line with its variable replaced and a capital at its start.

    Args:
        line: as `Move.lines_for` gives it.
        project: a noun phrase with its article, such as "a shared centre for climate modelling".
        field: a noun, such as "artificial intelligence".
    """
    text = Template(line).substitute(project=project, field=field)
    return text[:1].upper() + text[1:]


_Named = TypeVar("_Named", Format, Voice)


def _format_in(folder: Traversable, id: str) -> Format:
    names = _names(folder)
    name = id.replace("-", "_")
    if name not in names:
        raise unknown("format", id, (name.replace("_", "-") for name in names))
    return _same_id(read(Format, folder / f"{name}.yaml"), name.replace("_", "-"))


def _voice_in(folder: Traversable, id: str) -> Voice:
    names = _names(folder)
    if id not in names:
        raise unknown("audience", id, names)
    return _same_id(read(Voice, folder / f"{id}.yaml"), id)


def _names(folder: Traversable) -> list[str]:
    return sorted(file.name.removesuffix(".yaml") for file in folder.iterdir() if file.name.endswith(".yaml"))


def _same_id(value: _Named, id: str) -> _Named:
    if value.id != id:
        raise PromptError(f"the file of {id!r} says `id: {value.id}`: the two must be the same")
    return value
