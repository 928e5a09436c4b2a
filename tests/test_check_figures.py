"""How good the check is on what was kept aside: floors under the figures of docs/check.md, and the figures' own arithmetic."""

from __future__ import annotations

import json
from importlib.resources import files

import pytest

from assistant import check
from assistant.check import check_claims
from assistant.export import checker_error_rates
from evals import check_figures, lessons

SAMPLE = check_figures.with_swaps(lessons.aside())[::4]


@pytest.fixture(scope="module")
def strict():
    return check_claims([(lesson.claim, [lesson.passage]) for lesson in SAMPLE], strict=True)


def test_faithful_claims_score_above_false_ones(strict) -> None:
    truth = [lesson.faithful for lesson in SAMPLE]
    assert len(SAMPLE) >= 300
    assert check_figures.auroc(truth, [finding.score for finding in strict]) >= 0.85


def test_the_strict_point_lets_few_false_claims_pass(strict) -> None:
    passed = [finding.verdict == "supported" for finding in strict]
    sure = [
        one
        for one, lesson in zip(passed, SAMPLE, strict=True)
        if lesson.kind in ("number", "year", "name", "swap")
    ]
    false = [one for one, lesson in zip(passed, SAMPLE, strict=True) if not lesson.faithful]
    assert len(sure) > 50
    assert sum(sure) / len(sure) <= 0.04
    assert sum(false) / len(false) <= 0.12


def test_a_lower_verdict_never_has_the_higher_score() -> None:
    findings = check_claims([(lesson.claim, [lesson.passage]) for lesson in SAMPLE[:120]])
    by_verdict = {
        verdict: [finding.score for finding in findings if finding.verdict == verdict]
        for verdict in ("unsupported", "partly", "supported")
    }
    assert all(by_verdict.values())
    assert max(by_verdict["unsupported"]) <= min(by_verdict["partly"])
    assert max(by_verdict["partly"]) <= min(by_verdict["supported"])


def test_an_outcome_goes_with_every_verdict() -> None:
    for finding in check_claims([(lesson.claim, [lesson.passage]) for lesson in SAMPLE[:120]]):
        wanted = {
            "supported": {"supported"},
            "partly": {"unclear"},
            "unsupported": {"contradicted", "not_found"},
        }
        assert finding.outcome in wanted[finding.verdict]


def test_the_weights_are_for_what_is_weighed() -> None:
    weights = json.loads(files("assistant").joinpath(check.WEIGHTS).read_text(encoding="utf-8"))
    assert tuple(weights["features"]) == check.FEATURES
    assert len(weights["weights"]) == len(check.FEATURES)
    assert 0 < weights["unclear"] <= weights["supported"] < 1


def test_the_error_rates_that_are_shipped_count_what_was_kept_aside() -> None:
    rates = checker_error_rates()
    assert rates is not None
    known = check_figures.with_swaps(lessons.aside())
    assert rates["pairs"] == len(known)
    for kind, rate in rates["strict"]["kinds"].items():
        assert rate["n"] == sum(lesson.kind == kind for lesson in known)
        assert rate["low"] <= rate["rate"] <= rate["high"]


@pytest.mark.parametrize(
    ("hits", "total", "low", "high"), [(0, 10, 0.0, 0.2775), (5, 10, 0.2366, 0.7634), (10, 10, 0.7225, 1.0)]
)
def test_the_interval_of_a_share_is_wilsons(hits: int, total: int, low: float, high: float) -> None:
    found = check_figures.wilson(hits, total)
    assert found == pytest.approx((low, high), abs=1e-3)
