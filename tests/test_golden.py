"""Retrieval on the golden questions keeps its floor; the figures themselves are in docs/ask.md."""

from __future__ import annotations

from evals.golden import cases, score
from knowledge import Library, load_dossier


def test_every_golden_answer_is_a_fact_of_the_dossier() -> None:
    known = {fact.id for fact in load_dossier().facts}
    asked = cases()
    assert len({case.id for case in asked}) == len(asked)
    for case in asked:
        assert set(case.answers) <= known, case.id
        assert bool(case.answers) == (not case.kind.startswith("none")), case.id


def test_questions_near_the_record_find_their_fact_and_are_answered(library: Library) -> None:
    plain = score(library, "plain", cases())
    assert plain.in_five is not None
    assert plain.in_five >= 0.95
    assert plain.answered >= 0.85


def test_questions_about_other_things_are_refused(library: Library) -> None:
    assert score(library, "none_off", cases()).answered == 0
    assert score(library, "none_near", cases()).answered <= 0.35
