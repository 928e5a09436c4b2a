"""The wordings that stand in drafts say what our notes say, and every note has its editorial entry."""

from __future__ import annotations

import re

import pytest

from assistant.check import check_claim
from assistant.quantities import quantities
from knowledge import Library, Passage, load_audiences, load_dossier
from prompts import voice_of

MOVES = {"open", "problem", "proposal", "hub_network", "why_together", "return", "objection", "reply", "ask"}


@pytest.fixture(scope="module")
def notes(library: Library) -> list[Passage]:
    return [passage for passage in library.passages() if passage.kind != "span"]


def test_every_note_has_a_pole_a_scope_and_moves_that_exist(notes: list[Passage]) -> None:
    for note in notes:
        assert note.pole in {"hub", "network", "joined", "neither"}, note.id
        assert note.scope in {"any", "ai", "computing", "advice"}, note.id
        assert set(note.moves) <= MOVES, note.id
        assert bool(note.wording) or not note.moves, note.id


def test_no_wording_holds_a_number_that_its_entry_does_not(notes: list[Passage]) -> None:
    dossier = load_dossier()
    figures = {
        fact.id: " ".join(f"{figure.value} {figure.as_of}" for figure in fact.figures)
        for fact in dossier.facts
    }
    for note in notes:
        stem = note.id.split("-")[0]
        known = (
            note.text
            + " "
            + figures.get(stem, "")
            + " "
            + " ".join(figures.get(f, "") for f in note.fact_ids)
        )
        facts = {fact.id: fact.statement for fact in dossier.facts}
        known += " ".join(facts[fact] for fact in note.fact_ids if fact in facts)
        for number in re.findall(r"\d[\d.,]*\d|\d", note.wording):
            assert number in known, f"{note.id}: {number}"


def test_the_check_finds_no_wording_of_a_fact_unsupported(notes: list[Passage]) -> None:
    facts = [note for note in notes if note.kind == "fact" and note.wording]
    doubted = {
        note.id: f for note in facts if (f := check_claim(note.wording, [note.text])).verdict == "unsupported"
    }
    # Names spelt out, or an office named, that the statement gives in short; each was read against its source.
    assert len(doubted) <= len(facts) // 5, {key: finding.reason for key, finding in doubted.items()}


def test_no_wording_speaks_as_a_note(notes: list[Passage]) -> None:
    for note in notes:
        assert not re.search(
            r"\b(Objection|Fair reply|Note):|\b(cfa|fun|hst|gov|lbl|pre)\d\d\b", note.wording
        ), note.id


def test_every_audience_points_at_facts_that_exist_and_has_a_voice() -> None:
    known = {fact.id for fact in load_dossier().facts}
    for audience in load_audiences().values():
        assert audience.fact_ids() <= known
        assert set(voice_of(audience.id).lines) <= {
            "open",
            "problem",
            "proposal",
            "hub_network",
            "why_together",
            "return",
            "objection",
            "ask",
        }


def test_wordings_have_quantities_that_the_reader_of_numbers_understands(notes: list[Passage]) -> None:
    with_digits = [note for note in notes if re.search(r"\d", note.wording)]
    assert all(quantities(note.wording) for note in with_digits)
