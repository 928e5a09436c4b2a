"""Fusion of two searches, variety of sources, quotas of classes."""

import sqlite3

import numpy as np
import pytest

from knowledge.ranking import (
    bound,
    diverse,
    fused,
    nearest_parts,
    rarest,
    repeats,
    shares,
    with_quotas,
)


def test_a_passage_counts_by_the_nearest_of_its_vectors() -> None:
    found = nearest_parts([("a", 0.2), ("b", 0.5), ("a", 0.7), ("b", 0.1)])
    assert list(found.items()) == [("a", 0.7), ("b", 0.5)]


def test_a_negative_cosine_is_kept_as_it_is() -> None:
    assert nearest_parts([("a", -0.3), ("a", -0.1)]) == {"a": -0.1}


@pytest.mark.parametrize(
    ("frequencies", "total", "expected"),
    [
        ({}, 100, []),
        ({"never": 0}, 100, []),
        ({"the": 90, "hub": 3, "cern": 10, "fee": 2}, 100, ["fee", "hub", "cern"]),
        ({"science": 80, "europe": 70}, 100, ["europe", "science"]),
        ({"a": 80, "b": 70, "c": 60, "d": 90}, 100, ["c", "b", "a"]),
        ({"a": 1, "b": 2, "c": 3, "d": 4, "e": 0}, 100, ["a", "b", "c", "d"]),
    ],
    ids=["no words", "unknown word", "common one dropped", "two are few", "all common", "all rare"],
)
def test_words_are_asked_for_from_the_rarest_on(
    frequencies: dict[str, int], total: int, expected: list[str]
) -> None:
    assert rarest(frequencies, total) == expected


def _index(texts: list[str]) -> sqlite3.Connection:
    db = sqlite3.connect(":memory:")
    db.execute("CREATE VIRTUAL TABLE words USING fts5 (text)")
    db.executemany("INSERT INTO words VALUES (?)", [(text,) for text in texts])
    return db


def test_a_text_full_of_the_words_comes_near_the_bound_and_never_over_it() -> None:
    texts = ["hub network " * 200, "hub and spoke", "network of labs", *["nothing to see here"] * 20]
    db = _index(texts)
    rows = db.execute("SELECT -bm25(words) FROM words WHERE words MATCH 'hub OR network' ORDER BY rowid")
    full, *others = [row[0] for row in rows]
    limit = bound([2, 2], len(texts))
    assert 0.9 * limit < full <= limit
    assert max(others) < full


def test_words_that_the_library_does_not_know_lower_the_share() -> None:
    known = shares({"a": 5.0}, bound([3], 1000))
    half_known = shares({"a": 5.0}, bound([3, 0], 1000))
    assert 0 < half_known["a"] < known["a"] / 2


def test_a_word_that_is_nearly_everywhere_counts_for_next_to_nothing() -> None:
    assert 0 < bound([90], 100) < 1e-5


def test_shares_stay_between_0_and_1_and_an_empty_bound_gives_none() -> None:
    assert shares({"a": 9.0, "b": -1.0}, 4.0) == {"a": 1.0, "b": 0.0}
    assert shares({"a": 9.0}, 0.0) == {"a": 0.0}


def test_a_passage_that_both_searches_find_goes_before_one_that_either_finds() -> None:
    scores = fused({"both": 0.6, "meaning": 0.62, "far": 0.2}, {"both": 0.4, "words": 0.5})
    assert list(scores) == ["both", "words", "meaning", "far"]
    assert scores["both"] == pytest.approx(0.5)


def test_what_only_the_words_found_is_taken_to_be_as_far_as_the_farthest() -> None:
    assert fused({"a": 0.9, "b": 0.3}, {"c": 0.5})["c"] == pytest.approx((0.3 + 0.5) / 2)


def test_scores_are_0_to_1_and_1_is_reached_only_by_both() -> None:
    assert fused({"a": 1.0, "b": -0.5}, {"a": 1.0}) == {"a": 1.0, "b": 0.0}
    assert fused({"a": 1.0000001}, {}) == {"a": 0.5}


@pytest.mark.parametrize(("dense", "words"), [({}, {"a": 0.4}), ({"a": 0.4}, {})])
def test_one_search_that_finds_nothing_leaves_the_order_of_the_other(
    dense: dict[str, float], words: dict[str, float]
) -> None:
    assert fused(dense, words) == {"a": pytest.approx(0.2)}


def test_nothing_found_gives_nothing() -> None:
    assert fused({}, {}) == {}


def test_the_words_of_its_source_lift_a_passage_and_a_note_is_judged_by_its_own() -> None:
    dense = {"here": 0.5, "there": 0.5, "note": 0.5}
    words = {"here": 0.3, "there": 0.3, "note": 0.3}
    scores = fused(dense, words, {"here": 0.7, "there": 0.1})
    assert list(scores) == ["here", "note", "there"]
    assert scores["note"] == fused(dense, words)["note"]


def test_equal_scores_keep_the_order_in_which_they_were_found() -> None:
    assert list(fused({"b": 0.5, "a": 0.5}, {"c": 0.5})) == ["c", "b", "a"]
    assert list(fused({"b": 0.5, "a": 0.5}, {})) == ["b", "a"]


SENTENCE = "Each member state pays a share of the budget that follows its net national income of the last three years"


def test_the_later_of_two_that_say_the_same_is_the_repeat() -> None:
    texts = {
        "a": SENTENCE,
        "b": "A hub joins critical mass with skills.",
        "c": SENTENCE.upper() + ".",
        "d": SENTENCE,
    }
    assert repeats(texts) == {"c", "d"}
    assert repeats({}) == set()


def test_a_part_of_an_earlier_passage_repeats_it_and_a_longer_one_does_not() -> None:
    part = " ".join(SENTENCE.split()[:12])
    assert repeats({"whole": SENTENCE, "part": part}) == {"part"}
    assert repeats({"part": part, "whole": SENTENCE}) == set()


def test_a_sentence_with_another_figure_is_no_repeat() -> None:
    texts = {"old": f"{SENTENCE}: CHF 3.1 million in 2019", "new": f"{SENTENCE}: CHF 3.2 million in 2019"}
    assert repeats(texts) == set()
    assert repeats(texts, alike=0.0) == set()


@pytest.mark.parametrize("text", ["", "…", "hub", "two words"])
def test_a_text_too_short_for_runs_repeats_only_itself(text: str) -> None:
    assert repeats({"a": text, "b": "other words here", "c": text}) == {"c"}


def _source(id: str) -> str:
    return id[0]


def test_a_source_takes_its_turn_again_after_the_others() -> None:
    scores = {"a1": 0.9, "a2": 0.88, "a3": 0.86, "a4": 0.84, "a5": 0.82, "b1": 0.8, "c1": 0.7}
    assert diverse(scores, _source, 2) == ["a1", "a2", "b1", "c1", "a3", "a4", "a5"]


def test_variety_does_not_bring_up_what_is_beside_the_point() -> None:
    scores = {"a1": 0.9, "a2": 0.85, "a3": 0.8, "b1": 0.7, "c1": 0.1}
    assert diverse(scores, _source, 1) == ["a1", "b1", "a2", "a3", "c1"]
    assert diverse(scores, _source, 1, worth=0.0) == ["a1", "b1", "c1", "a2", "a3"]


def test_repeats_sink_behind_all_that_is_worth_its_place_and_are_not_lost() -> None:
    scores = {"a1": 0.9, "b1": 0.89, "b2": 0.7, "c1": 0.2}
    assert diverse(scores, _source, 1, again={"b1"}) == ["a1", "b2", "b1", "c1"]


@pytest.mark.parametrize("per_source", [1, 2, 3, 10])
def test_nothing_is_lost_or_made_twice_by_variety(per_source: int) -> None:
    rng = np.random.default_rng(0)
    scores = {f"{rng.choice(list('abc'))}{i}": float(rng.random()) for i in range(60)}
    order = diverse(scores, _source, per_source, again=set(list(scores)[::7]))
    assert sorted(order) == sorted(scores)
    assert order[0] == max(scores, key=scores.__getitem__) or order[0] not in list(scores)[::7]


def test_no_passage_at_all_is_fine_and_a_cap_of_none_is_refused() -> None:
    assert diverse({}, _source, 2) == []
    with pytest.raises(ValueError, match="asked for 0"):
        diverse({"a1": 1.0}, _source, 0)


def test_the_best_of_each_class_are_within_k_and_the_order_stays() -> None:
    ranked = ["h1", "h2", "h3", "h4", "n1", "o1", "h5", "n2", "o2"]
    quotas = {"h": 2, "n": 2, "o": 1}
    order = with_quotas(ranked, _source, quotas, 6)
    assert order == ["h1", "h2", "h3", "n1", "o1", "n2", "h4", "h5", "o2"]


def test_a_class_with_too_few_leaves_its_places_to_the_best() -> None:
    assert with_quotas(["h1", "h2", "h3", "n1"], _source, {"n": 2, "o": 2}, 3)[:3] == ["h1", "h2", "n1"]


def test_classes_take_turns_where_quotas_ask_for_more_than_there_are_places() -> None:
    ranked = ["h1", "h2", "n1", "n2", "o1"]
    assert with_quotas(ranked, _source, {"h": 2, "n": 2, "o": 2}, 3)[:3] == ["h1", "n1", "o1"]


@pytest.mark.parametrize("k", [0, 1, 5, 50])
def test_quotas_lose_nothing(k: int) -> None:
    ranked = [f"{name}{i}" for i in range(4) for name in "hno"]
    assert sorted(with_quotas(ranked, _source, {"h": 3, "x": 2}, k)) == sorted(ranked)
    assert with_quotas([], _source, {"h": 3}, k) == []


def test_without_quotas_the_order_is_as_it_was() -> None:
    assert with_quotas(["b", "a", "c"], _source, {}, 2) == ["b", "a", "c"]
