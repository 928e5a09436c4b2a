"""Hand-made pairs of claim and passage: whether a hard issue arises, and from which check.

A line of `data/hard_checks.jsonl` has `check` empty for a faithful claim, on which no check may raise a hard issue. `gap`
marks what the checks are known to get wrong; the test tells when one of them has been closed.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from assistant.claims import Evidence, name_issues, read, sentences_of
from assistant.contradictions import contradictions, turned_round
from assistant.figures import figure_issues
from assistant.quantities import approximates, matches, periods_clash, quantities
from assistant.sentences import plain

PAIRS = [
    json.loads(line)
    for line in (Path(__file__).parent / "data/hard_checks.jsonl").read_text(encoding="utf-8").splitlines()
]
CONTRADICTIONS = ("negation", "opposites", "modality", "quantifiers")


def hard_issues(claim: str, passage: str) -> dict[str, list[str]]:
    text, sentences = read(plain(claim)), sentences_of(passage)
    evidence = Evidence(sentences, sentences, read(" ".join(sentence.text for sentence in sentences)))
    issues = {
        "figures": figure_issues(text, evidence, False),
        "names": name_issues(text, evidence),
        "contradictions": contradictions(text, evidence),
        "turned_round": turned_round(text, evidence),
    }
    found = {check: [issue.reason for issue in made if issue.hard] for check, made in issues.items()}
    return {check: reasons for check, reasons in found.items() if reasons}


@pytest.mark.parametrize(
    "pair", PAIRS, ids=[f"{pair['check'] or 'faithful'}-{pair['claim'][:40]}" for pair in PAIRS]
)
def test_a_hard_issue_arises_only_where_the_claim_is_wrong(pair):
    issues = hard_issues(pair["claim"], pair["passage"])
    wanted = "contradictions" if pair["check"] in CONTRADICTIONS else pair["check"]
    right = wanted in issues if wanted else not issues
    assert right != pair.get("gap", False), issues


def test_the_pairs_are_many_and_few_of_them_are_gaps():
    assert len(PAIRS) >= 200
    assert sum(pair["check"] == "" for pair in PAIRS) >= 100
    assert sum(pair.get("gap", False) for pair in PAIRS) <= 20
    assert {pair["check"] for pair in PAIRS} == {"", "figures", "names", "turned_round", *CONTRADICTIONS}


@pytest.mark.parametrize(
    ("text", "low", "unit"),
    [
        ("a hundred thousand euros", 1e5, "EUR"),
        ("a hundred and seventy-five billion", 1.75e11, ""),
        ("fifteen thousand million francs", 1.5e10, "CHF"),
        ("two thousand and twelve people", 2012, ""),
        ("two dozen", 24, ""),
        ("three score years", 60, "year"),
        ("a year and a half", 1.5, "year"),
        ("two and a half billion euros", 2.5e9, "EUR"),
        ("half a century", 0.5, "century"),
        ("a quarter of a million", 2.5e5, ""),
        ("one in five", 20, "%"),
        ("one applicant in four", 25, "%"),
        ("fourteen of every hundred", 14, "%"),
        ("nine times out of ten", 90, "%"),
        ("five percentage points", 5, "pp"),
        ("doubled", 2, "times"),
        ("halved", 0.5, "times"),
        ("threefold", 3, "times"),
    ],
)
def test_words_are_read_as_numbers(text, low, unit):
    (quantity,) = quantities(text)
    assert (quantity.low, quantity.unit) == (pytest.approx(low), unit)


@pytest.mark.parametrize(
    ("claim", "passage", "same"),
    [
        ("1,500 GWh", "1.5 TWh", True),
        ("1,500 GWh", "15 TWh", False),
        ("27 km", "27,000 metres", True),
        ("27 km", "27 miles", False),
        ("35 tonnes", "35,000 kg", True),
        ("36 hours", "a day and a half", True),
        ("six decades", "60 years", True),
        ("three months", "a quarter of a year", True),
        ("more than a million", "1.22 million", True),
        ("more than a million", "0.9 million", False),
        ("nearly a million", "0.93 million", True),
        ("1.2bn euros", "EUR 1.22 billion", True),
        ("1.3bn euros", "EUR 1.22 billion", False),
        ("five percentage points", "5 per cent", False),
        ("the 1990s", "mid-1990s", True),
        ("mid-1990s", "1994", True),
        ("mid-1990s", "1991", False),
        ("the turn of the century", "in 2000", True),
        ("autumn 2021", "October 2021", True),
        ("autumn 2021", "May 2021", False),
        ("winter 2021", "January 2022", True),
        ("the third quarter of 2019", "August 2019", True),
        ("around 1995", "1994", True),
    ],
)
def test_the_same_amount_matches_in_whatever_form(claim, passage, same):
    assert any(matches(one, other) for one in quantities(claim) for other in quantities(passage)) is same


def test_a_month_is_no_year():
    (monthly,), (yearly,) = quantities("€120 a month"), quantities("an annual fee of €120")
    assert (monthly.per, yearly.per) == ("month", "year")
    assert periods_clash(monthly, yearly)
    assert not periods_clash(quantities("€120")[0], yearly)


def test_a_rounding_keeps_to_its_bound():
    (over,), (under,) = quantities("more than 500 people"), quantities("nearly 500 people")
    assert approximates(over, 500, 550, 550)
    assert not approximates(over, 500, 450, 450)
    assert approximates(under, 500, 450, 450)
    assert not approximates(under, 500, 550, 550)
