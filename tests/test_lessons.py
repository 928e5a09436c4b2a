"""The lessons of the check: nothing in their looks gives the answer away, and what is kept aside is apart."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from evals import lessons

KNOWN = lessons.training()
ASIDE = lessons.aside()


def words(text: str) -> set[str]:
    return {word for word in re.findall(r"[a-z0-9]+", text.lower()) if len(word) > 3}


def shared(lesson: lessons.Lesson) -> float:
    own = words(lesson.claim)
    return len(own & words(lesson.passage)) / max(1, len(own))


@pytest.mark.parametrize(
    "look", [shared, lambda lesson: len(lesson.claim.split())], ids=["words shared", "length"]
)
def test_neither_shared_words_nor_length_gives_the_answer_away(look) -> None:
    figure = roc_auc_score([lesson.faithful for lesson in KNOWN], [look(lesson) for lesson in KNOWN])
    assert 0.4 < figure < 0.6


def test_the_claim_alone_does_not_give_the_answer_away() -> None:
    """Words and marks of a claim, without its passage: a stop at the end alone once told four writers' answers."""
    looks = TfidfVectorizer(ngram_range=(1, 2), min_df=2, token_pattern=r"\b\w+\b|[^\w\s]")
    known = looks.fit_transform([lesson.claim for lesson in KNOWN])
    model = LogisticRegression(C=0.5, max_iter=2000).fit(known, [lesson.faithful for lesson in KNOWN])
    scores = model.decision_function(looks.transform([lesson.claim for lesson in ASIDE]))
    assert roc_auc_score([lesson.faithful for lesson in ASIDE], scores) < 0.7
    for writer in {lesson.writer for lesson in KNOWN}:
        own = [lesson for lesson in KNOWN if lesson.writer == writer]
        ends = [lesson.claim.endswith(".") for lesson in own]
        assert 0.4 < roc_auc_score([lesson.faithful for lesson in own], ends) < 0.6, writer


def test_there_are_as_many_right_as_wrong_and_all_kinds() -> None:
    right = sum(lesson.faithful for lesson in KNOWN)
    assert abs(right / len(KNOWN) - 0.5) < 0.02
    kinds = Counter(lesson.kind for lesson in KNOWN if not lesson.faithful)
    assert set(kinds) == set(lessons.FALSE_KINDS) - {"swap"}
    assert min(kinds.values()) > 250


def test_there_are_enough_and_no_claim_stands_twice() -> None:
    assert len(KNOWN) >= 4000
    assert len(ASIDE) >= 800
    claims = Counter((lesson.passage, lesson.claim) for lesson in [*KNOWN, *ASIDE])
    assert [pair for pair, count in claims.items() if count > 1] == []


def test_what_is_kept_aside_shares_no_passage_field_or_writer_with_the_lessons() -> None:
    assert not {lesson.passage for lesson in KNOWN} & {lesson.passage for lesson in ASIDE}
    assert not {lesson.writer for lesson in KNOWN} & {lesson.writer for lesson in ASIDE}
    fields = {lesson.field for lesson in ASIDE} - {"science policy"}
    assert not fields & {lesson.field for lesson in KNOWN}
    learn, choose = lessons.split(KNOWN)
    assert not {lesson.passage for lesson in learn} & {lesson.passage for lesson in choose}


def test_the_words_marked_wrong_stand_in_the_claim() -> None:
    marked = [lesson for lesson in KNOWN if lesson.wrong]
    assert len(marked) > 5000
    assert [
        lesson.claim for lesson in marked if not all(part in lesson.claim for part in lesson.wrong or ())
    ] == []


def test_a_swapped_claim_meets_another_passage() -> None:
    for lesson in lessons.swapped(KNOWN, 0.1, 1):
        assert lesson.standing == "absent"
        assert (lesson.passage, lesson.claim) not in {(one.passage, one.claim) for one in ASIDE}
    twice = [lessons.swapped(KNOWN, 0.1, 1), lessons.swapped(KNOWN, 0.1, 1)]
    assert twice[0] == twice[1]
