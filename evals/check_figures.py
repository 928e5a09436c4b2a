"""How good the claim check is: `python -m evals.check_figures [fit | measure | plain]`.

`fit` weighs hard checks and pair model on passages that no training saw and chooses the working points, into
`assistant/check_weights.json`. `measure` counts on the facts, fields and writers kept aside, into
`assistant/error_rates.json`, and prints tables. `plain` gives the same figure for the plain ways: cosine, word overlap,
hard checks alone, pair model alone, and the embedded chat model as a judge on a sample.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from assistant import check
from assistant.answer import Finding
from assistant.claims import read, sentences_of
from assistant.export import ERROR_RATES

from . import lessons
from .lessons import FALSE_KINDS, Lesson

HERE = Path(check.__file__).parent
_GROUPS = (
    (0.02, ("number", "unit", "year", "name", "swap")),
    (0.05, ("negation", "direction")),
    (0.10, ("modality", "attribution", "consequence", "half")),
)
"""Share of false claims of these kinds that may pass the strict working point; together, since each kind alone is few."""
LIMITS = {kind: limit for limit, kinds in _GROUPS for kind in kinds}
_TRUE_WHERE_SUPPORTED = 0.85
_FALSE_WHERE_UNSUPPORTED = 0.85
"""What the advisory points promise, where half of the claims are true."""
_SWAPPED = 0.3
_SEED = 3
_JUDGED = 200


def with_swaps(known: Sequence[Lesson]) -> list[Lesson]:
    """The lessons and some of their faithful claims held against another passage."""
    return [*known, *lessons.swapped(known, _SWAPPED, _SEED)]


def seen(known: Sequence[Lesson]) -> list[check.Weighing]:
    """What the check sees of each, verbatim or not."""
    return check.weigh([(read(lesson.claim), sentences_of(lesson.passage)) for lesson in known])


def auroc(truth: Sequence[bool], scores: Sequence[float]) -> float:
    """Area under the ROC curve, ties counted half."""
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(truth, scores))


def wilson(hits: int, total: int, z: float = 1.96) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson 1927)."""
    if not total:
        return 0.0, 1.0
    share, spread = hits / total, z * z / total
    middle = (share + spread / 2) / (1 + spread)
    half = z * math.sqrt(share * (1 - share) / total + spread / (4 * total)) / (1 + spread)
    return max(0.0, middle - half), min(1.0, middle + half)


# --- fit ----------------------------------------------------------------------------------------------------


def fit() -> None:
    """Choose the weights and working points on the passages kept from training, and write them."""
    from sklearn.linear_model import LogisticRegression

    known = with_swaps(lessons.split(lessons.training())[1])
    weighed = seen(known)
    values = np.array([each.values() for each in weighed])
    truth = np.array([lesson.faithful for lesson in known])
    model = LogisticRegression(C=0.3, max_iter=2000).fit(values, truth)
    scores = model.predict_proba(values)[:, 1]
    vetoed = np.array([each.vetoed() for each in weighed])
    strict = _strict_point(known, np.where(vetoed, 0.0, scores))
    supported, unclear = _advisory_points(truth, scores, vetoed)
    weights = {
        "features": list(check.FEATURES), "weights": [round(float(weight), 4) for weight in model.coef_[0]],
        "bias": round(float(model.intercept_[0]), 4), "strict": strict, "supported": supported, "unclear": unclear,
    }  # fmt: skip
    (HERE / check.WEIGHTS).write_text(json.dumps(weights, indent=1) + "\n", encoding="utf-8")
    print(
        json.dumps(
            {**weights, "pairs": len(known), "auroc": round(auroc(truth.tolist(), scores.tolist()), 4)}
        )
    )


def _strict_point(known: Sequence[Lesson], scores: np.ndarray) -> float:
    """The lowest score from which on no group's share of passing false claims is above its limit."""
    members = [(limit, np.array([lesson.kind in kinds for lesson in known])) for limit, kinds in _GROUPS]
    points = np.arange(0.3, 0.995, 0.005)
    found = (p for p in points if all((scores[of] >= p).mean() <= limit for limit, of in members))
    return round(float(next(found, 0.995)), 3)


def _advisory_points(truth: np.ndarray, scores: np.ndarray, vetoed: np.ndarray) -> tuple[float, float]:
    """From where on claims are as surely true, and below where as surely false, as is promised."""
    points = np.arange(0.05, 0.96, 0.01)
    truth, scores = truth[~vetoed], scores[~vetoed]
    supported = next((p for p in points if truth[scores >= p].mean() >= _TRUE_WHERE_SUPPORTED), 0.95)
    sure = (p for p in points[::-1] if (~truth[scores < p]).mean() >= _FALSE_WHERE_UNSUPPORTED)
    unclear = next(sure, 0.05)
    return round(float(supported), 2), round(float(min(unclear, supported)), 2)


# --- measure ------------------------------------------------------------------------------------------------


def measure() -> None:
    """Count on what was kept aside, write the error rates, print the table."""
    known = with_swaps(lessons.aside())
    asked = [(lesson.claim, [lesson.passage]) for lesson in known]
    strict, advisory = check.check_claims(asked, strict=True), check.check_claims(asked)
    rates = {
        "measured_on": f"{len(known):,} claims kept aside from its lessons, on {datetime.now(UTC).date()}",
        "pairs": len(known),
        "auroc": round(auroc([lesson.faithful for lesson in known], _scores(advisory)), 4),
        "auroc_by_set": _by_set(known, advisory),
        "strict": _passed(known, strict),
        "advisory": {**_passed(known, advisory), "outcomes": _outcomes(known, advisory)},
    }
    (HERE / ERROR_RATES).write_text(json.dumps(rates, indent=1) + "\n", encoding="utf-8")
    print(json.dumps({name: rates[name] for name in ("pairs", "auroc", "auroc_by_set")}))
    print(_table(rates))


def _scores(findings: Sequence[Finding]) -> list[float]:
    return [finding.score or 0.0 for finding in findings]


def _by_set(known: Sequence[Lesson], findings: Sequence[Finding]) -> dict[str, float]:
    """Without the swapped ones, which are easy, and by writer."""
    own = [
        (lesson, finding) for lesson, finding in zip(known, findings, strict=True) if lesson.kind != "swap"
    ]
    groups: dict[str, list[tuple[Lesson, Finding]]] = {"without swaps": own}
    for lesson, finding in own:
        groups.setdefault(lesson.writer, []).append((lesson, finding))
    return {
        name: round(
            auroc([lesson.faithful for lesson, _ in rows], _scores([finding for _, finding in rows])), 4
        )
        for name, rows in groups.items()
    }


def _passed(known: Sequence[Lesson], findings: Sequence[Finding]) -> dict[str, Any]:
    passed: Counter[str] = Counter()
    totals: Counter[str] = Counter()
    for lesson, finding in zip(known, findings, strict=True):
        kind = f"faithful {lesson.kind}" if lesson.faithful else lesson.kind
        totals[kind] += 1
        passed[kind] += finding.verdict == "supported"

    def rate(kind: str) -> dict[str, float]:
        low, high = wilson(passed[kind], totals[kind])
        share = passed[kind] / totals[kind]
        return {
            "n": totals[kind], "passed": passed[kind], "rate": round(share, 4), "low": round(low, 4), "high": round(high, 4),
        }  # fmt: skip

    faithful = {kind.removeprefix("faithful "): rate(kind) for kind in totals if kind.startswith("faithful")}
    return {"kinds": {kind: rate(kind) for kind in FALSE_KINDS if totals[kind]}, "faithful": faithful}


def _outcomes(known: Sequence[Lesson], findings: Sequence[Finding]) -> dict[str, dict[str, int]]:
    found: dict[str, Counter[str]] = {}
    for lesson, finding in zip(known, findings, strict=True):
        kind = "faithful" if lesson.faithful else lesson.kind
        found.setdefault(kind, Counter())[finding.outcome] += 1
    return {kind: dict(counts) for kind, counts in found.items()}


def _table(rates: dict[str, Any]) -> str:
    lines = ["| kind | n | strict: passed (95 %) | limit | advisory: passed |", "|---|---:|---|---|---|"]
    for group in ("kinds", "faithful"):
        for kind, rate in rates["strict"][group].items():
            other = rates["advisory"][group][kind]
            limit = f"{LIMITS[kind]:.2f}" if group == "kinds" and kind in LIMITS else ""
            name = kind if group == "kinds" else f"faithful, {kind}"
            lines.append(
                f"| {name} | {rate['n']} | {rate['rate']:.3f} ({rate['low']:.3f}–{rate['high']:.3f}) | {limit} | {other['rate']:.3f} |"
            )
    return "\n".join(lines)


# --- plain ways ---------------------------------------------------------------------------------------------


def plain() -> None:
    """AUROC of other ways on the same claims, and what they let pass where as many faithful free ones pass as ours do."""
    known = with_swaps(lessons.aside())
    weighed = seen(known)
    ways: dict[str, Callable[[], list[float]]] = {
        "cosine": lambda: [_cosine(lesson) for lesson in known],
        "word overlap": lambda: [1 - each.new_share for each in weighed],
        "hard checks alone": lambda: [-len(each.hard()) - each.new_share for each in weighed],
        "pair model alone": lambda: [each.reading.support for each in weighed],
        "together": lambda: [check.scored(each) for each in weighed],
    }
    kinds = [kind for kind in FALSE_KINDS if any(lesson.kind == kind for lesson in known)]
    print(f"| way | AUROC | {' | '.join(kinds)} |\n|---|---|{'---|' * len(kinds)}")
    for name, way in ways.items():
        _row(name, known, way(), kinds)
    print(f"{_JUDGED} of them, spread evenly:", file=sys.stderr)
    sample = known[:: max(1, len(known) // _JUDGED)][:_JUDGED]
    _row("embedded model as judge", sample, judged(sample), kinds)


def _row(name: str, known: Sequence[Lesson], scores: Sequence[float], kinds: Sequence[str]) -> None:
    truth = [lesson.faithful for lesson in known]
    free = [
        score
        for score, lesson in zip(scores, known, strict=True)
        if lesson.faithful and lesson.kind == "free"
    ]
    point = float(np.quantile(free, 0.4))
    shares = []
    for kind in kinds:
        some = [score > point for score, lesson in zip(scores, known, strict=True) if lesson.kind == kind]
        shares.append(f"{np.mean(some):.2f}" if some else "")
    print(f"| {name} | {auroc(truth, scores):.3f} | {' | '.join(shares)} |", flush=True)


def _cosine(lesson: Lesson) -> float:
    return max(check.closeness(read(lesson.claim), sentences_of(lesson.passage)))


_EXAMPLES = (
    ("The council met in Bern in 1983 with nine members.", "Nine members met in Bern in 1983.", "yes"),
    ("The council met in Bern in 1983 with nine members.", "Ten members met in Bern in 1983.", "no"),
    (
        "The minister proposed a new telescope, but no decision was made.",
        "A new telescope was decided on.",
        "no",
    ),
    (
        "About a third of the budget pays for staff.",
        "Staff costs make up roughly 33 per cent of spending.",
        "yes",
    ),
    ("Critics said that the site was too remote.", "The site was praised by critics.", "no"),
)


def judged(known: Sequence[Lesson]) -> list[float]:
    """Log-odds of yes against no from the embedded chat model, shown five examples first."""
    from assistant.models import chat_model
    from assistant.settings import Settings

    model = chat_model(Settings.load()).load()
    asking = model.bind(logprobs=True, top_logprobs=20, max_tokens=1, temperature=0)
    shown = "\n\n".join(f"Passage: {p}\nClaim: {c}\nSupported: {a}" for p, c, a in _EXAMPLES)
    found = []
    for lesson in known:
        asked = f"{shown}\n\nPassage: {lesson.passage}\nClaim: {lesson.claim}\nAnswer yes or no.\nSupported:"
        tops = asking.invoke(asked).response_metadata["logprobs"]["content"][0]["top_logprobs"]
        shares = dict.fromkeys(("yes", "no"), 1e-06)
        for top in tops:
            if (word := top["token"].strip().lower()) in shares:
                shares[word] += math.exp(top["logprob"])
        found.append(math.log(shares["yes"] / shares["no"]))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=("fit", "measure", "plain"))
    {"fit": fit, "measure": measure, "plain": plain}[parser.parse_args().what]()


if __name__ == "__main__":
    main()
