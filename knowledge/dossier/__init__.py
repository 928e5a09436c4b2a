"""The built-in library: YAML files of facts, references, opposing views and label cases -> models -> passages.

Whatever is misspelt or points nowhere is refused at loading, with the file and the id in the message. The editorial
layer (pole, scope, moves and wording of a note) is a file of its own and may lack entries.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Literal, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ..errors import DossierError
from ..passages import Passage, content_id
from ..references import Reference

FILES = ("facts", "references", "opposing_views", "label_cases")
EDITORIAL = "editorial"
QUESTIONS = "questions"
_OPTIONAL = (EDITORIAL, QUESTIONS)
Confidence = Literal["high", "medium", "low"]
_STRENGTH: dict[str, int] = {"low": 0, "medium": 1, "high": 2}


NOTES = "notes@1"
"""Stamp of how entries become notes; another one means that the dossier is read anew."""
TOPICS = {
    "cern_for_ai": "CERN for AI: the proposals",
    "agenda_setting": "Agenda-setting: how scientists lobby, and with what success",
    "label_cern_brand": "The CERN label and brand",
    "centralisation": "Centralisation: the case for a central laboratory",
    "decentralisation": "Decentralisation: distributed research infrastructures and networks",
    "hub_and_network": "Hub and network: research infrastructures that combine a hub with national nodes",
    "funding": "Funding: cost, budgets and membership fees",
    "governance": "Governance: legal forms, votes and rules",
    "host_site": "Host site: how a place is chosen",
    "precedents": "Precedents: how international laboratories began",
    "criticism": "Criticism",
    "objections_and_replies": "Objections and replies",
    "audiences": "Audiences and public opinion",
    "eu_policy_2024_2026": "EU policy on AI, 2024 to 2026",
    "science_diplomacy_concepts": "Science diplomacy: concepts",
    "media_opeds": "Media and opinion pieces",
    "history_emb": "History of European molecular biology: EMBO, EMBC, EMBL",
    "cautionary_cases": "Cautionary cases: projects that failed or disappointed",
}
"""What each topic of facts.yaml is about; embedded beside a fact, which often does not name its subject."""


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Figure(_Entry):
    quantity: str
    value: int | float | str
    unit: str
    as_of: str | None = None


class Fact(_Entry):
    """One atomic statement in our own words."""

    id: str
    topic: str
    statement: str
    figures: tuple[Figure, ...] = ()
    refs: tuple[str, ...] = Field(min_length=1)
    url: str
    confidence: Confidence
    date_seen: str
    needs_original: bool
    """True if none of its references was read at the original source."""
    note: str = ""


class Holder(_Entry):
    """Who holds an opposing view, and how well that is documented."""

    who: str
    refs: tuple[str, ...] = ()
    status: str


class OpposingView(_Entry):
    id: str
    position: str
    strongest_statement: str
    held_by: tuple[Holder, ...]
    honest_best_reply: str
    concede_when: str
    facts: tuple[str, ...]
    refs: tuple[str, ...] = Field(min_length=1)
    judgement_note: str = ""


class LabelCase(_Entry):
    """A past use of a borrowed label, and what came of it."""

    id: str
    label: str
    field: str
    year: str
    who: str
    needs_central_instrument: Literal["yes", "no", "partly"]
    instrument_note: str
    what_happened: str
    lesson: str
    refs: tuple[str, ...] = Field(min_length=1)
    facts: tuple[str, ...]
    confidence: Confidence
    note: str = ""


class EditorialNote(_Entry):
    """What a note speaks for, where it may stand, and a wording that an editor would print."""

    id: str
    pole: Literal["hub", "network", "joined", "neither", ""] = ""
    scope: Literal["any", "ai", "computing", "advice", ""] = ""
    moves: tuple[str, ...] = ()
    wording: str = ""


class Asked(_Entry):
    """What readers may ask whose answer is the note of that id, in near and in far words."""

    id: str
    questions: tuple[str, ...] = Field(min_length=1)


class Dossier(_Entry):
    facts: tuple[Fact, ...]
    references: tuple[Reference, ...]
    opposing_views: tuple[OpposingView, ...]
    label_cases: tuple[LabelCase, ...]
    editorial: tuple[EditorialNote, ...] = ()
    questions: tuple[Asked, ...] = ()
    digest: str
    """SHA-256 of all files: another digest is another dossier."""


def digest(folder: Traversable | Path | None = None) -> str:
    """The digest of the dossier's files, without parsing them."""
    folder = folder or files(__package__)
    total = hashlib.sha256()
    for name in (*FILES, *_OPTIONAL):
        total.update(f"{name}\0".encode() + _bytes(folder, name) + b"\0")
    return total.hexdigest()


def load(folder: Traversable | Path | None = None) -> Dossier:
    """The dossier in a folder; the built-in one by default.

    Raises:
        DossierError: a file is missing or broken, a key is unknown, an id is double or points nowhere.
    """
    folder = folder or files(__package__)
    dossier = Dossier(
        facts=_entries(folder, "facts", Fact),
        references=_entries(folder, "references", Reference),
        opposing_views=_entries(folder, "opposing_views", OpposingView),
        label_cases=_entries(folder, "label_cases", LabelCase),
        editorial=_entries(folder, EDITORIAL, EditorialNote),
        questions=_entries(folder, QUESTIONS, Asked),
        digest=digest(folder),
    )
    _refuse_dangling(dossier)
    return dossier


def _bytes(folder: Traversable | Path, name: str) -> bytes:
    file = folder / f"{name}.yaml"
    if name in _OPTIONAL and not file.is_file():
        return b""
    try:
        return file.read_bytes()
    except OSError as exc:
        raise DossierError(f"the dossier's {name}.yaml cannot be read: {exc.strerror}") from exc


_E = TypeVar("_E", Fact, Reference, OpposingView, LabelCase, EditorialNote, Asked)


def _entries(folder: Traversable | Path, name: str, model: type[_E]) -> tuple[_E, ...]:
    # libyaml where it is there: ten times as fast on these files.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        rows = yaml.load(_bytes(folder, name), Loader=loader) or []
    except yaml.YAMLError as exc:
        raise DossierError(f"{name}.yaml is not YAML: {' '.join(str(exc).split())}") from exc
    if not isinstance(rows, list):
        raise DossierError(f"{name}.yaml is a list of entries, found {type(rows).__name__}")
    return tuple(_entry(name, model, row) for row in rows)


def _entry(name: str, model: type[_E], row: Any) -> _E:
    try:
        return model.model_validate(row)
    except ValidationError as exc:
        first = exc.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        which = row.get("id", "an entry without id") if isinstance(row, dict) else repr(row)
        raise DossierError(f"{name}.yaml, {which}: field {where!r}: {first['msg'].lower()}") from exc


def _refuse_dangling(dossier: Dossier) -> None:
    references = _ids("references", dossier.references)
    facts = _ids("facts", dossier.facts)
    _ids("opposing_views", dossier.opposing_views)
    _ids("label_cases", dossier.label_cases)
    _ids(EDITORIAL, dossier.editorial)
    _ids(QUESTIONS, dossier.questions)
    for fact in dossier.facts:
        _refuse_unknown("facts", fact.id, fact.refs, references)
    for view in dossier.opposing_views:
        held_by = [key for holder in view.held_by for key in holder.refs]
        _refuse_unknown("opposing_views", view.id, [*view.refs, *held_by], references)
        _refuse_unknown("opposing_views", view.id, view.facts, facts)
    for case in dossier.label_cases:
        _refuse_unknown("label_cases", case.id, case.refs, references)
        _refuse_unknown("label_cases", case.id, case.facts, facts)
    stems = (
        facts
        | {case.id for case in dossier.label_cases}
        | {stem for view in dossier.opposing_views for stem in _stems(view)}
    )
    for note in dossier.editorial:
        _refuse_unknown(EDITORIAL, note.id, [note.id], stems)
    known = stems | {view.id for view in dossier.opposing_views}
    for asked in dossier.questions:
        _refuse_unknown(QUESTIONS, asked.id, [asked.id], known)


def _ids(name: str, entries: Sequence[_E]) -> set[str]:
    counts = Counter(entry.id for entry in entries)
    double = [id for id, count in counts.items() if count > 1]
    if double:
        raise DossierError(f"{name}.yaml has {double[0]} twice")
    return set(counts)


def _refuse_unknown(name: str, id: str, keys: Iterable[str], known: set[str]) -> None:
    if missing := [key for key in keys if key not in known]:
        raise DossierError(f"{name}.yaml, {id}: there is no {missing[0]}")


def _stems(view: OpposingView) -> tuple[str, str, str]:
    return f"{view.id}.position", f"{view.id}.reply", f"{view.id}.concede"


def passages(dossier: Dossier) -> list[Passage]:
    """One passage a fact, three an opposing view (position, reply, concede), one a label case, in the order of the files."""
    shelf = _Shelf(dossier)
    return [*_of_facts(dossier, shelf), *_of_views(dossier, shelf), *_of_cases(dossier, shelf)]


def _of_facts(dossier: Dossier, shelf: _Shelf) -> Iterator[Passage]:
    for fact in dossier.facts:
        yield shelf.note(
            fact.id,
            fact.statement,
            fact.refs,
            kind="fact",
            topic=fact.topic,
            heading=TOPICS[fact.topic],
            confidence=fact.confidence,
            needs_original=fact.needs_original,
            as_of=max((figure.as_of for figure in fact.figures if figure.as_of), default=""),
        )


def _of_views(dossier: Dossier, shelf: _Shelf) -> Iterator[Passage]:
    for view in dossier.opposing_views:
        holders = [key for holder in view.held_by for key in holder.refs]
        shared = {"kind": "opposing_view", "heading": view.position, "fact_ids": view.facts}
        shared["confidence"] = shelf.weakest(view.facts)
        position, reply, concede = _stems(view)
        yield shelf.note(
            position, f"{view.position}: {view.strongest_statement}", holders or view.refs, **shared
        )
        yield shelf.note(reply, view.honest_best_reply, view.refs, **shared)
        yield shelf.note(concede, view.concede_when, view.refs, **shared)


def _of_cases(dossier: Dossier, shelf: _Shelf) -> Iterator[Passage]:
    for case in dossier.label_cases:
        text = f"{case.label} ({case.field}, {case.year}). {case.what_happened} Lesson: {case.lesson}"
        yield shelf.note(
            case.id,
            text,
            case.refs,
            kind="label_case",
            heading=case.label,
            confidence=case.confidence,
            fact_ids=case.facts,
        )


def _part_asked(question: str) -> str:
    """Which part of an opposing view the question is about."""
    if re.search(r"\b(?:admit|concede|grant)\b", question):
        return "concede"
    return "reply" if re.search(r"\b(?:answer|reply|respond|rebut|say to)\b", question) else "position"


class _Shelf:
    """What a note needs to know of the rest of the dossier."""

    def __init__(self, dossier: Dossier) -> None:
        self._references: Mapping[str, Reference] = {
            reference.id: reference for reference in dossier.references
        }
        self._facts: Mapping[str, Fact] = {fact.id: fact for fact in dossier.facts}
        self._editorial: Mapping[str, EditorialNote] = {note.id: note for note in dossier.editorial}
        self._questions = {asked.id: asked.questions for asked in dossier.questions}

    def weakest(self, fact_ids: Iterable[str]) -> str:
        """The lowest confidence among these facts: a view is no surer than what it rests on."""
        return min((self._facts[id].confidence for id in fact_ids), key=_STRENGTH.__getitem__, default="")

    def questions(self, stem: str) -> tuple[str, ...]:
        """What the note answers; of an opposing view, its reply and its concession answer what is asked of them."""
        view, _, part = stem.partition(".")
        return tuple(text for text in self._questions.get(view, ()) if not part or _part_asked(text) == part)

    def note(self, stem: str, text: str, refs: Sequence[str], **fields: Any) -> Passage:
        """A note of ours as a passage, with the references and the editorial layer behind it."""
        text = " ".join(text.split())
        behind = [self._references[key] for key in dict.fromkeys(refs)]
        citable = [reference for reference in behind if reference.citable != "pointer_only"]
        first = (citable or behind)[0]
        editorial = self._editorial.get(stem, EditorialNote(id=stem))
        fields.setdefault("needs_original", all(reference.citable != "yes" for reference in behind))
        return Passage(
            id=content_id(stem, text),
            source_id=first.id,
            title=first.title,
            text=text,
            citekeys=tuple(reference.id for reference in behind),
            citable=bool(citable),
            pole=editorial.pole,
            scope=editorial.scope,
            moves=editorial.moves,
            questions=self.questions(stem),
            wording=editorial.wording,
            **fields,
        )
