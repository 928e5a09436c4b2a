"""Edges: which passage bears a sentence out, alone or with others; what would do better; what speaks against it."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest

from assistant.answer import Finding
from assistant.check import check_claim
from assistant.edges import Cited, Judge, contradicts, edges, same_matter
from knowledge import Library

CERN = "CERN was founded in 1954 by twelve European states."
LHC = "The LHC started in 2008 and is 27 kilometres long."
MORE = "CERN was founded in 1954 near Geneva."


def passage(number: int, *texts: str) -> Cited:
    return Cited(passage_id=f"p{number}", source_id=f"s{number}", texts=texts)


def test_one_passage_that_says_it_supports_alone_and_the_others_do_not() -> None:
    found = edges("CERN was founded in 1954.", [passage(1, LHC), passage(2, CERN)])
    assert [support for support, _ in found.supports] == ["no", "alone"]
    assert found.finding.verdict == "supported"
    assert (found.supports[1][1] or 0) > (found.supports[0][1] or 0)


def test_two_facts_from_two_passages_are_supported_with_others() -> None:
    sentence = "CERN was founded in 1954, and the LHC started in 2008."
    found = edges(sentence, [passage(1, CERN), passage(2, LHC), passage(3, "Tokyo hosts a museum of tea.")])
    assert [support for support, _ in found.supports] == ["with_others", "with_others", "no"]
    assert found.finding.verdict == "supported" and (found.finding.score or 0) >= 0.65


def test_a_wrong_fact_beside_a_right_one_is_not_supported() -> None:
    found = edges(
        "CERN was founded in 1954, and the LHC started in 2003.", [passage(1, CERN), passage(2, LHC)]
    )
    assert found.finding.verdict == "unsupported"
    assert [support for support, _ in found.supports] == ["no", "no"]


def test_without_a_passage_nothing_is_supported() -> None:
    found = edges("CERN was founded in 1954.", [])
    assert found.finding.verdict == "unsupported" and found.supports == ()


def test_a_better_passage_is_offered_only_where_it_is_clearly_better() -> None:
    sentence = "CERN was founded in 1954."
    found = edges(sentence, [passage(1, LHC)], [passage(2, CERN), passage(3, "Tea is grown in Assam.")])
    assert [(one.passage_id, one.support) for one in found.better] == [("p2", "alone")]
    assert found.better[0].quote == CERN and found.better[0].score
    assert edges(sentence, [passage(1, CERN)], [passage(2, MORE)]).better == []
    # A passage that is cited already is no better one.
    assert edges(sentence, [passage(1, LHC)], [passage(1, CERN)]).better == []


def given(scores: dict[str, Finding]) -> Judge:
    """A judge that looks a passage's finding up."""

    def judge(_: str, texts: Sequence[str]) -> Finding:
        return scores["+".join(texts)]

    return judge


def test_clearly_better_is_a_matter_of_the_score() -> None:
    weak = Finding(verdict="supported", score=0.70)
    for score, offered in ((0.80, []), (0.90, ["p2"])):
        judge = given({"a": weak, "b": Finding(verdict="supported", score=score)})
        found = edges("A claim.", [passage(1, "a")], [passage(2, "b")], judge=judge)
        assert [one.passage_id for one in found.better] == offered


def test_after_a_sure_passage_no_further_one_is_judged() -> None:
    asked: list[str] = []

    def judge(_: str, texts: Sequence[str]) -> Finding:
        asked.extend(texts)
        return Finding(verdict="supported", score=0.9 if texts == ("b",) else 0.7)

    found = [passage(number, text) for number, text in enumerate("abc")]
    held = edges("A claim.", found, gathered=True, judge=judge)
    assert asked == ["a", "b"] and [support for support, _ in held.supports] == ["alone", "alone"]
    asked.clear()
    edges("A claim.", [passage(1, "b")], found, judge=judge)
    assert asked == ["b"]


def test_words_that_a_search_gathered_prove_nothing_together() -> None:
    whole = Finding(verdict="supported", score=0.9)

    def judge(_: str, texts: Sequence[str]) -> Finding:
        return whole if len(texts) > 1 else Finding(verdict="partly", score=0.5)

    pair = [passage(1, "a"), passage(2, "b")]
    assert edges("One claim.", pair, judge=judge).finding.verdict == "supported"
    assert edges("One claim.", pair, judge=judge, gathered=True).finding.verdict == "partly"


def test_facts_that_are_right_apart_do_not_save_a_sentence_that_is_contradicted() -> None:
    sentence = "CERN was founded in 1954, and the LHC started in 2008."
    bad = Finding(verdict="unsupported", score=0.1, outcome="contradicted")
    good = Finding(verdict="supported", score=0.9, outcome="supported")

    def judge(claim: str, _: Sequence[str]) -> Finding:
        return bad if claim == sentence else good

    found = edges(sentence, [passage(1, CERN), passage(2, LHC)], judge=judge)
    assert found.finding.verdict == "unsupported"
    assert [support for support, _ in found.supports] == ["no", "no"]


@pytest.mark.parametrize(
    ("sentence", "text"),
    [
        ("CERN was founded in 1957 by twelve European states.", CERN),
        (
            "The hub will not keep a permanent research staff.",
            "The hub will keep a permanent research staff.",
        ),
        ("The number of members rose after the vote.", "The number of members fell after the vote."),
    ],
)
def test_a_passage_that_says_otherwise_speaks_against(sentence: str, text: str) -> None:
    found = edges(sentence, [], [passage(1, text)])
    assert [(one.passage_id, one.support) for one in found.against] == [("p1", "no")]


@pytest.mark.parametrize(
    ("sentence", "text"),
    [
        ("CERN was founded in 1957 by twelve European states.", LHC),
        ("EMBL was founded in 1974 by ten European states.", CERN),
        ("CERN pays 1.2 billion francs a year for its staff.", "CERN was founded in 1954 by twelve states."),
        ("The fee was paid in 2019.", "The opera in Vienna was not finished in 1866."),
    ],
)
def test_a_passage_about_something_else_does_not_speak_against(sentence: str, text: str) -> None:
    assert edges(sentence, [], [passage(1, text)]).against == []


def test_where_one_passage_bears_it_out_no_contradiction_is_shown() -> None:
    other = "CERN was founded in 1952 by twelve European states."
    assert edges("CERN was founded in 1954.", [passage(1, CERN)], [passage(2, other)]).against == []


def test_the_outcome_of_a_finding_goes_before_its_reason() -> None:
    reason = "the number 5 is not in the passage"
    assert contradicts(Finding(verdict="unsupported", score=0.1, reason=reason))
    assert not contradicts(Finding(verdict="unsupported", score=0.1, reason=reason, outcome="not_found"))
    assert contradicts(Finding(verdict="unsupported", score=0.1, reason="?", outcome="contradicted"))
    assert not contradicts(Finding(verdict="unsupported", score=0.1, reason="‘Graz’ is not in the passage"))


def test_same_matter_needs_the_names_and_most_words() -> None:
    assert same_matter("CERN was founded in 1957 by twelve European states.", CERN)
    assert not same_matter("EMBL was founded in 1954 by twelve European states.", CERN)
    assert not same_matter("CERN publishes its magazine in two languages every month.", CERN)


def changed_number(text: str) -> str | None:
    found = re.search(r"\b(?:1[89]|20)\d\d\b", text)
    return text[: found.start()] + str(int(found.group()) - 3) + text[found.end() :] if found else None


def test_on_the_built_in_notes_true_statements_raise_no_alarm_and_wrong_years_do(library: Library) -> None:
    """Each statement without its own note, held against its neighbours; then with a wrong year, its note among them."""
    alarms, caught, total = 0, 0, 0
    facts = library.passages(kind="fact")[::6]
    for fact in facts:
        near = [hit.passage for hit in library.search(fact.text, 5)]
        others = [Cited(passage_id=p.id, source_id=p.source_id, texts=(p.text,)) for p in near]
        rest = [one for one in others if one.passage_id != fact.id]
        alarms += bool(edges(fact.text, [], rest, judge=check_claim).against)
        if (wrong := changed_number(fact.text)) is not None:
            total += 1
            caught += fact.id in [one.passage_id for one in edges(wrong, [], others).against]
    assert alarms <= 0.08 * len(facts), f"{alarms} of {len(facts)}"
    assert caught >= 0.8 * total, f"{caught} of {total}"
