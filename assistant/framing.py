"""The adviser's view of a proposal: what its label risks, and how much a draft speaks for hub, network or both."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from knowledge import Library, Passage

from .answer import Balance, Brief, Lean

# Fields whose evidence would read oddly in a text about another field carry one of these scopes in the dossier.
_AI = re.compile(r"\b(AI|artificial intelligence|machine learning|language models?)\b", re.IGNORECASE)
_COMPUTING = re.compile(
    r"\b(comput\w*|supercomput\w*|data|modelling|modeling|simulation\w*|cloud|exascale)\b", re.IGNORECASE
)

# What each lean gains or loses for a passage's pole, in units of cosine; the quota itself is kept in drafting.
POLE_PULL: dict[Lean, dict[str, float]] = {
    "hub": {"hub": 0.12, "joined": 0.04, "network": -0.08},
    "balanced": {"joined": 0.05},
    "network": {"network": 0.12, "joined": 0.04, "hub": -0.08},
}


def scopes_of(brief: Brief) -> set[str]:
    """The scopes of dossier evidence that fit a proposal: always `any`, and `ai` or `computing` where the brief says so."""
    about = " ".join((brief.title, brief.field, brief.summary))
    scopes = {"any"}
    if _AI.search(about):
        scopes |= {"ai", "computing"}
    if _COMPUTING.search(about):
        scopes.add("computing")
    return scopes


def balance_of(poles: Iterable[str]) -> Balance:
    """Shares of sentences by the pole of the evidence each was written from; "" and "neither" count in the whole only."""
    listed = list(poles)
    whole = max(len(listed), 1)

    def share(pole: str) -> float:
        return round(listed.count(pole) / whole, 3)

    return Balance(hub=share("hub"), network=share("network"), joined=share("joined"))


def label_risk(library: Library, brief: Brief) -> dict[str, Any] | None:
    """What the borrowed name in a brief may cost, with the nearest past cases; None where there is no label.

    The rule is that of the dossier's cases: a label borrowed from a laboratory with one big instrument fits a field that
    needs one, and is attacked where it does not or where a rival is organised as a network.
    """
    if not brief.label:
        return None
    reasons = []
    if brief.needs_central_instrument == "no":
        reasons.append(
            "the field needs no single instrument, which is the first thing critics of such labels say"
        )
    if brief.needs_central_instrument == "unknown":
        reasons.append("the brief leaves open whether the field needs a central instrument")
    if brief.rival:
        reasons.append("a rival exists that has no reason to back the name")
    risk = {0: "low", 1: "medium"}.get(len(reasons), "high")
    cases = library.search(
        f"{brief.label} {brief.field}", 3, keep=lambda passage: passage.kind == "label_case"
    )
    return {
        "label": brief.label,
        "risk": risk,
        "reasons": reasons,
        "cases": [_case(hit.passage) for hit in cases],
        "names_that_fit_better": _other_names(brief) if reasons else [],
    }


def _case(passage: Passage) -> dict[str, Any]:
    return {
        "passage_id": passage.id,
        "text": passage.wording or passage.text,
        "sources": list(passage.citekeys),
    }


def _other_names(brief: Brief) -> list[str]:
    field = brief.field or "the field"
    return [f"a hub and network for {field}", f"a European laboratory network for {field}"]
