"""What in a claim is plainly not what the passages say: quotations, figures, names, negation, direction, modality, roles.

A claim and its evidence in, issues out, each with the check that found it. Rules and tables only: the same text gives the
same issues on every machine. How much an issue weighs is `check`'s business.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from . import cues
from .claims import Evidence, Issue, Text, name_issues, same_name
from .contradictions import contradictions, turned_round
from .figures import figure_issues
from .quantities import matches
from .words import Word, fold

CHECKS = ("quotation", "figure", "name", "contradiction", "role")
"""The checks by name, the surest first."""
_NEAR_SENTENCES = 3
_QUOTATION = re.compile(r"[“\"„]([^“”\"„]+)[”\"“]")
_QUOTED_WORDS = 3


def evidence_for(claim: Text, sentences: tuple[Text, ...], whole: Text) -> Evidence:
    """The sentences with those among them that share the claim's words and figures."""
    return Evidence(sentences, _near(claim, sentences), whole)


def hard_issues(claim: Text, evidence: Evidence) -> dict[str, list[Issue]]:
    """What each of `CHECKS` found wrong."""
    return {
        "quotation": quotation_issues(claim, evidence),
        "figure": figure_issues(claim, evidence, strict=False),
        "name": name_issues(claim, evidence),
        "contradiction": contradictions(claim, evidence),
        "role": turned_round(claim, evidence),
    }


def _near(claim: Text, sentences: tuple[Text, ...]) -> tuple[Text, ...]:
    """The few sentences that the claim speaks of, in the order of the passages."""
    left = list(sentences)
    near: list[Text] = []
    wanted = list(claim.content)
    while left and len(near) < _NEAR_SENTENCES:
        best = max(left, key=lambda sentence: _held(wanted, sentence, claim))
        if near and _held(wanted, best, claim) < 1:
            break
        near.append(best)
        left.remove(best)
        wanted = [word for word in wanted if not best.holds(word)]
    return tuple(sorted(near, key=sentences.index))


def _held(wanted: Sequence[Word], sentence: Text, claim: Text) -> float:
    found = sum(1.0 for word in wanted if sentence.holds(word))
    figures = sum(
        1.0 for quantity in claim.quantities if any(matches(quantity, other) for other in sentence.quantities)
    )
    return found + figures


def missing(claim: Text, evidence: Evidence) -> list[Word]:
    """The claim's content words that no sentence near it holds, by stem, synonym or alias."""
    return [
        word
        for word in claim.content
        if not any(sentence.holds(word) for sentence in evidence.near)
        and word.stem not in cues.NEUTRAL
        and not same_name(word, claim, evidence)
    ]


def quotation_issues(claim: Text, evidence: Evidence) -> list[Issue]:
    """Quotations of three words or more that stand in no passage word for word."""
    known = _letters(evidence.whole.text)
    return [
        Issue(f"the quotation “{quote}” is not in the passage word for word")
        for quote in _QUOTATION.findall(claim.text)
        if len(quote.split()) >= _QUOTED_WORDS and _letters(quote) not in known
    ]


def _letters(text: str) -> str:
    """Words alone, written small: quotation may change a first letter's case and the marks."""
    return " ".join(re.findall(r"\w+", fold(text)))
