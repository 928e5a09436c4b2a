from __future__ import annotations

from collections import Counter
from importlib.resources import files

import pytest
import yaml

from knowledge import load_dossier


@pytest.fixture(scope="module")
def rows() -> list[tuple[str, list[str]]]:
    """The notes' ids with their questions, in the order of the file."""
    text = (files("knowledge.dossier") / "questions.yaml").read_text(encoding="utf-8")
    entries = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    assert all(set(entry) == {"id", "questions"} for entry in entries)
    return [(entry["id"], entry["questions"]) for entry in entries]


@pytest.fixture(scope="module")
def questions(rows: list[tuple[str, list[str]]]) -> list[str]:
    return [question for _, asked in rows for question in asked]


def test_every_note_has_its_questions_in_the_order_of_the_dossier(rows: list[tuple[str, list[str]]]) -> None:
    dossier = load_dossier()
    notes = [*dossier.facts, *dossier.opposing_views, *dossier.label_cases]
    assert [id for id, _ in rows] == [note.id for note in notes]


def test_a_note_has_seven_to_nine_questions(rows: list[tuple[str, list[str]]]) -> None:
    assert {id: len(asked) for id, asked in rows if not 7 <= len(asked) <= 9} == {}


def test_no_question_stands_twice(questions: list[str]) -> None:
    counts = Counter(" ".join(question.casefold().split()) for question in questions)
    assert [question for question, count in counts.items() if count > 1] == []


def test_a_question_is_one_line_that_ends_with_a_question_mark(questions: list[str]) -> None:
    assert [question for question in questions if not question.endswith("?") or "\n" in question] == []


def test_a_question_has_4_to_25_words(questions: list[str]) -> None:
    assert [question for question in questions if not 4 <= len(question.split()) <= 25] == []


def test_no_question_names_an_id(rows: list[tuple[str, list[str]]], questions: list[str]) -> None:
    ids = {id for id, _ in rows}
    words = {word.strip("?,’()").casefold() for question in questions for word in question.split()}
    assert ids & words == set()
