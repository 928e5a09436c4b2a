"""Numbers, dates and units in one form, whatever way they are written."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from assistant.quantities import bounds_clash, matches, pooled, quantities

STATEMENTS = [
    fact["statement"]
    for fact in yaml.safe_load(
        (Path(__file__).parent.parent / "knowledge/dossier/facts.yaml").read_text(encoding="utf-8")
    )
]


def only(text):
    (quantity,) = quantities(text)
    return quantity


@pytest.mark.parametrize(
    ("text", "low", "high", "unit"),
    [
        ("CHF 1,240 million", 1.24e9, 1.24e9, "CHF"),
        ("1.24 billion francs", 1.24e9, 1.24e9, "CHF"),
        ("€30–35 billion", 30e9, 35e9, "EUR"),
        ("€30-35bn", 30e9, 35e9, "EUR"),
        ("US$8–12 billion", 8e9, 12e9, "USD"),
        ("5 million euros", 5e6, 5e6, "EUR"),
        ("EUR 3m", 3e6, 3e6, "EUR"),
        ("€225,631", 225631, 225631, "EUR"),
        ("2 000 francs", 2000, 2000, "CHF"),
        ("£10.936 million", 10.936e6, 10.936e6, "GBP"),
        ("3.3%", 3.3, 3.3, "%"),
        ("3.3 per cent", 3.3, 3.3, "%"),
        ("a fifth of it", 20, 20, "%"),
        ("three quarters of them", 75, 75, "%"),
        ("half of the budget", 50, 50, "%"),
        ("four Europeans in five", 80, 80, "%"),
        ("twenty-eight", 28, 28, ""),
        ("a million", 1e6, 1e6, ""),
        ("eighteen months", 18, 18, "month"),
        ("415 TWh", 415, 415, "TWh"),
        ("700–800 words", 700, 800, ""),
    ],
)
def test_a_number_is_read_with_scale_and_unit(text, low, high, unit):
    quantity = only(text)
    assert quantity.kind == "number"
    assert (quantity.low, quantity.high, quantity.unit) == (pytest.approx(low), pytest.approx(high), unit)


@pytest.mark.parametrize(
    ("text", "dates"),
    [
        ("12 March 2019", [(2019, 3, 12)]),
        ("March 12, 2019", [(2019, 3, 12)]),
        ("2019-03-12", [(2019, 3, 12)]),
        ("the 12th of March 2019", [(2019, 3, 12)]),
        ("March 2019", [(2019, 3, 0)]),
        ("2018-06", [(2018, 6, 0)]),
        ("in June", [(0, 6, 0)]),
        ("on 18 May", [(0, 5, 18)]),
        ("16–17 September 1963", [(1963, 9, 16), (1963, 9, 17)]),
        ("1963–1970", [(1963, 0, 0), (1970, 0, 0)]),
        ("2028-34", [(2028, 0, 0), (2034, 0, 0)]),
        ("mid-2023", [(2023, 0, 0)]),
        ("It may march on.", []),
        ("May it be so", []),
    ],
)
def test_a_date_is_read_as_year_month_day(text, dates):
    assert [(found.low, found.month, found.day) for found in quantities(text)] == dates


def test_a_decade_holds_its_years_and_a_year_no_decade():
    decade, year = only("the 1950s"), only("in 1953")
    assert (decade.low, decade.high) == (1950, 1959)
    assert matches(decade, year)
    assert not matches(year, decade)


@pytest.mark.parametrize(
    ("text", "bound"),
    [
        ("550+ experts", "over"),
        ("more than 550 experts", "over"),
        ("at least €1.5 million", "over"),
        ("up to 35%", "under"),
        ("nearly 40 members", "under"),
        ("no more than 40 members", "under"),
        ("about 40 members", "about"),
        ("some 240 organisations", "about"),
        ("240 organisations", ""),
    ],
)
def test_a_bound_goes_with_its_number(text, bound):
    assert only(text).bound == bound


@pytest.mark.parametrize(
    ("claim", "passage"),
    [
        ("CHF 1.24 billion", "CHF 1,240 million"),
        ("20%", "a fifth of the resources"),
        ("2017", "29 July 2017"),
        ("July 2017", "29 July 2017"),
        ("eighteen", "18"),
        ("the 25th state", "25 member states"),
        ("about €226,000", "€225,631"),
        ("€30 billion", "€30–35 billion"),
        ("a budget of 1,240 million in all", "CHF 1,240 million"),
    ],
)
def test_the_same_said_otherwise_matches(claim, passage):
    assert any(matches(one, other) for one in quantities(claim)[:1] for other in quantities(passage))


@pytest.mark.parametrize(
    ("claim", "passage"),
    [
        ("€3.1 million", "CHF 3.1 million"),
        ("CHF 3.1 billion", "CHF 3.1 million"),
        ("65 states", "65%"),
        ("18 years", "18 months"),
        ("29 July 2017", "July 2017"),
        ("28 July 2017", "29 July 2017"),
        ("2030", "2028–2034"),
        ("about €105 billion", "€100 billion"),
        ("€226,000", "€225,631"),
        ("the year 2017", "2,017 people"),
        ("2012", "the 1950s"),
    ],
)
def test_another_figure_does_not_match(claim, passage):
    assert not any(matches(one, other) for one in quantities(claim) for other in quantities(passage))


def test_strict_matching_takes_no_rounding_and_no_rank_for_a_count():
    assert not matches(only("about €226,000"), only("€225,631"), rounding=False)
    assert not matches(only("the 25th state"), only("25 states"), rounding=False)


def test_bounds_clash_if_turned_round_or_put_to_an_exact_figure():
    assert bounds_clash(only("at least 65%"), only("at most 65%"))
    assert bounds_clash(only("more than 65%"), only("65%"))
    assert not bounds_clash(only("65%"), only("at least 65%"))
    assert not bounds_clash(only("over 550 experts"), only("550+ experts"))


def test_a_day_without_year_takes_the_years_beside_it():
    known = pooled(quantities("In 2009 the minister announced it, and the chancellor reversed it on 18 May."))
    assert any(matches(only("18 May 2009"), found) for found in known)
    assert not any(matches(only("18 May 2010"), found) for found in known)


def test_two_figures_joined_by_and_or_to_are_two():
    assert [found.low for found in quantities("from 61% to 55%")] == [61, 55]
    assert [(found.low, found.unit) for found in quantities("€5bn and CHF 3m")] == [
        (5e9, "EUR"),
        (3e6, "CHF"),
    ]
    assert [found.low for found in quantities("between 8 and 12 billion euros")] == [8e9, 12e9]


def test_a_lone_one_and_the_name_of_a_rule_are_no_counts():
    assert quantities("one of them") == ()
    assert only("Regulation (EU) 2026/150").unit == "document"


@pytest.mark.parametrize("text", STATEMENTS)
def test_every_digit_of_the_dossier_is_read_at_its_place(text):
    found = quantities(text)
    assert all(text[quantity.start : quantity.end] == quantity.text for quantity in found)
    read = {place for quantity in found for place in range(quantity.start, quantity.end)}
    left = [
        text[max(0, place - 8) : place + 4]
        for place, letter in enumerate(text)
        if letter.isdigit() and place not in read
    ]
    assert all("FP1" in part or "ICT-4" in part for part in left), left
