"""The audiences of the built-in library: who is addressed, what moves them, what they object."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ..errors import DossierError

FILE = "audiences.yaml"


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Evidence(_Entry):
    """A point that moves this audience, with the facts behind it."""

    point: str
    facts: tuple[str, ...] = ()


class Objection(_Entry):
    objection: str
    fair_reply: str
    facts: tuple[str, ...] = ()


class PreferredFormat(_Entry):
    format: str
    typical_length: str
    source: str


class Audience(_Entry):
    """Who is addressed; `based_on_facts` are ids of dossier facts."""

    id: str
    name: str
    who: str
    values: tuple[str, ...]
    evidence_that_moves: tuple[Evidence, ...]
    typical_objections: tuple[Objection, ...]
    voice: str = Field(alias="register")
    """How one speaks to them; `register` in the file, a name that pydantic's classes have taken."""
    preferred_formats: tuple[PreferredFormat, ...]
    avoid: tuple[str, ...]
    based_on_facts: tuple[str, ...]
    judgement: str

    def fact_ids(self) -> set[str]:
        """Every fact this profile points at."""
        moving = {fact for item in self.evidence_that_moves for fact in item.facts}
        objecting = {fact for item in self.typical_objections for fact in item.facts}
        return moving | objecting | set(self.based_on_facts)


@cache
def load_audiences() -> dict[str, Audience]:
    """The audiences by id, in the order of the file.

    Raises:
        DossierError: an entry has an unknown or missing key.
    """
    text = (files("knowledge.dossier") / FILE).read_text(encoding="utf-8")
    try:
        audiences = [Audience.model_validate(entry) for entry in yaml.safe_load(text)]
    except ValidationError as exc:
        first = exc.errors()[0]
        raise DossierError(f"{FILE}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from exc
    return {audience.id: audience for audience in audiences}
