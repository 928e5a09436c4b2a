"""Whether passages bear out a claim: a claim and the passages it cites in, a verdict with score and reason out.

Deterministic, no chat model, no network. Hard checks (`hard`) and the taught pair model (`pairs`) each say what they see;
a logistic model fitted on claims that neither was trained on weighs them into one probability. Two working points: strict
for our own wordings, where a faithful sentence that is turned down costs only its wording, and advisory for the texts of
others. Figures in `docs/check.md`; made by `evals.check_figures`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from math import exp
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .answer import Finding, Outcome
from .claims import Evidence, Issue, Text, quoted, read, sentences_of
from .facts import facts_of
from .figures import figure_issues
from .hard import CHECKS, evidence_for, hard_issues, missing
from .pairs import PairModel, Reading, Seconded, pair_model, window
from .rewording import rewording_issues
from .sentences import plain, split_sentences

WEIGHTS = "check_weights.json"
_EVEN = 0.5
"""Probability from which on a claim looks borne out."""
_SURE = ("quotation", "figure", "name")
"""Checks that leave no doubt: a claim with such an issue is not even unclear."""
_PLACE: dict[str, int] = {"supported": 3, "partly": 2, "not_checked": 1, "unsupported": 0}
_NEAR = 0.4
_FAR, _NEW = 0.15, 0.75
"""Of 505 faithful claims kept from the training 3 are farther than this cosine from every sentence of their passage."""
_OTHER_WORDS = 0.4
"""Share of words that the passages lack from which on a wording counts as another one."""
_MOST = 8.0
"""Log-odds beyond which the pair model is as sure as can be."""


@dataclass(frozen=True, kw_only=True)
class Weighing:
    """What is seen of one sentence against its passages."""

    issues: dict[str, list[Issue]]
    reading: Reading
    facts: tuple[Reading, ...]
    """Readings of the sentence's statements, each by itself, where it makes several."""
    new: str
    """The content words that the passages lack, for a reason; empty if there are none."""
    new_share: float
    near: float
    """Cosine of the sentence with the nearest of the passages', but no more than `_NEAR`: beyond that it tells nothing."""
    doubtful: bool
    """Whether the strict readings, of figures above all, find anything amiss, however small."""
    reworded: bool
    """Whether it is no more than a rewording: nothing new, nothing lost, nothing moved, nothing amiss."""

    def hard(self, checks: Sequence[str] = CHECKS) -> list[Issue]:
        """What these checks found plainly wrong."""
        return [issue for check in checks for issue in self.issues[check] if issue.hard]

    def vetoed(self) -> bool:
        """Whether it can never be supported, whatever else speaks for it."""
        return bool(self.hard()) or self.beside_the_point()

    def beside_the_point(self) -> bool:
        """Whether the passages speak of something else: hardly a word in common, nor a meaning."""
        return self.near < _FAR and self.new_share >= _NEW

    def values(self) -> list[float]:
        """The numbers that the logistic model weighs, in the order of `FEATURES`."""
        # Facts from two places are seldom borne out as one sentence, but each by itself.
        worst = min((_bounded(fact.support) for fact in self.facts), default=-_MOST)
        support = max(_bounded(self.reading.support), worst)
        doubt = _bounded(self.reading.doubt)
        return [
            support,
            doubt,
            max(support, 0.0),
            max(doubt, 0.0),
            *[float(bool(self.hard([check]))) for check in CHECKS],
            float(any(not issue.hard for found in self.issues.values() for issue in found)),
            self.new_share,
            self.near,
            float(self.doubtful),
            float(self.reworded),
        ]


FEATURES = (
    "support", "doubt", "support above even", "doubt above even", *CHECKS, "soft", "new words", "near", "doubtful",
    "reworded",
)  # fmt: skip


def _bounded(odds: float) -> float:
    return min(max(odds, -_MOST), _MOST)


def check_claim(claim: str, passages: Sequence[str], *, strict: bool = False) -> Finding:
    """The verdict on one claim against the passages it cites; `score` is 0 to 1, the probability that they bear it out.

    Words taken over whole are supported with 1.0. What a hard check finds wrong is never supported, whatever else speaks for it.
    A claim of several sentences is as good as its worst, and a sentence of several facts is held fact by fact beside being
    held whole. What is no more than a rewording of the passage passes as well. With `strict` only what passes the strict
    working point is `supported`. A claim without a word is `not_checked`.

    Raises:
        EmbedderMissing: the weights of the built-in embedder are missing or not the published ones.
    """
    return check_claims([(claim, passages)], strict=strict)[0]


def check_claims(claims: Sequence[tuple[str, Sequence[str]]], *, strict: bool = False) -> list[Finding]:
    """The verdicts on many claims, each with its passages, in their order; reads them together, which is faster."""
    asked: list[tuple[Text, tuple[Text, ...]]] = []
    found: list[Finding | list[int]] = []
    for claim, passages in claims:
        known = _known(claim, passages)
        if isinstance(known, Finding):
            found.append(known)
            continue
        parts, sentences = known
        found.append(list(range(len(asked), len(asked) + len(parts))))
        asked += [(part, sentences) for part in parts]
    findings = [_finding(weighed, strict) for weighed in weigh(asked)]
    return [one if isinstance(one, Finding) else min((findings[i] for i in one), key=rank) for one in found]


def rank(finding: Finding) -> tuple[int, float]:
    """To compare findings by: the worst verdict first, then the lowest score."""
    return _PLACE[finding.verdict], finding.score or 0.0


def _known(claim: str, passages: Sequence[str]) -> Finding | tuple[list[Text], tuple[Text, ...]]:
    """The finding where nothing need be weighed, else the claim's sentences and the passages'."""
    text = plain(claim)
    if not re.search(r"\w", text):
        return Finding(verdict="not_checked", reason="there is nothing to check")
    sentences = tuple(sentence for passage in passages for sentence in sentences_of(passage))
    if not sentences:
        return Finding(verdict="unsupported", outcome="not_found", score=0.0, reason="no passage is cited")
    parts = [read(plain(part)) for part in split_sentences(text)] or [read(text)]
    known = {_bare(sentence.text) for sentence in sentences} | {_bare(plain(passage)) for passage in passages}
    if _bare(text) in known or all(_bare(part.text) in known for part in parts):
        return Finding(
            verdict="supported", outcome="supported", score=1.0, reason="the words are the passage’s own"
        )
    return [part for part in parts if _bare(part.text) not in known], sentences


def _bare(text: str) -> str:
    text = re.sub(r"[“”„«»\"]", '"', text.replace("’", "'").replace("‘", "'"))
    return re.sub(r"[–—‑]", "-", " ".join(text.split())).rstrip(".").strip()


def weigh(
    asked: Sequence[tuple[Text, tuple[Text, ...]]], model: PairModel | Seconded | None = None
) -> list[Weighing]:
    """What is seen of each sentence against the sentences of its passages, in their order."""
    pairs: list[tuple[str, str]] = []
    places: list[tuple[int, int]] = []
    for claim, sentences in asked:
        facts = facts_of(claim.text)
        texts = [claim.text, *(facts if len(facts) > 1 else ())]
        places.append((len(pairs), len(pairs) + len(texts)))
        pairs += [(text, _window(read(text), sentences)) for text in texts]
    readings = (model or pair_model()).read(pairs)
    return [
        _weighing(claim, sentences, readings[begin:end])
        for (claim, sentences), (begin, end) in zip(asked, places, strict=True)
    ]


def _window(claim: Text, sentences: tuple[Text, ...]) -> str:
    return window(claim, sentences, lambda: closeness(claim, sentences))


def _weighing(claim: Text, sentences: tuple[Text, ...], readings: Sequence[Reading]) -> Weighing:
    evidence: Evidence = evidence_for(
        claim, sentences, read(" ".join(sentence.text for sentence in sentences))
    )
    lacking = missing(claim, evidence)
    issues = hard_issues(claim, evidence)
    doubtful = any(issues.values()) or bool(figure_issues(claim, evidence, strict=True))
    return Weighing(
        issues=issues,
        doubtful=doubtful,
        reworded=not doubtful and (_opens(claim, sentences) or not rewording_issues(claim, evidence)),
        reading=readings[0],
        facts=tuple(readings[1:]),
        new=f"{quoted(lacking)} not in the passage" if lacking else "",
        new_share=len(lacking) / max(1, len(claim.content)),
        near=min(max(closeness(claim, sentences)), _NEAR),
    )


def _opens(claim: Text, sentences: tuple[Text, ...]) -> bool:
    """Whether a sentence of the passages begins with the whole claim and then pauses."""
    own = _bare(claim.text)
    return any(re.match(rf"{re.escape(own)}(?:[,;:]| and )", _bare(sentence.text)) for sentence in sentences)


@lru_cache(maxsize=1)
def _weights() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(files("assistant").joinpath(WEIGHTS).read_text(encoding="utf-8"))
    return found


def probability(values: Sequence[float]) -> float:
    """That the passages bear out the claim, 0 to 1, from `Weighing.values`."""
    weights = _weights()
    odds = weights["bias"] + sum(
        weight * value for weight, value in zip(weights["weights"], values, strict=True)
    )
    return 1 / (1 + exp(-min(max(odds, -30.0), 30.0)))


def enough(*, strict: bool = False) -> float:
    """The score from which on a claim is supported, at one of the two working points."""
    found: float = _weights()["strict" if strict else "supported"]
    return found


def scored(seen: Weighing) -> float:
    """The probability, held down below `supported` or `unclear` by a veto, and up for what is no more than a rewording."""
    score = probability(seen.values())
    if seen.vetoed():
        return score * float(_weights()["supported" if _disputed(seen, score) else "unclear"]) * 0.98
    return max(score, _weights()["strict"]) if seen.reworded else score


def _disputed(seen: Weighing, score: float) -> bool:
    """Whether only a rule of words speaks against what else looks borne out, told in other words: there such rules err."""
    return score >= _EVEN and seen.new_share >= _OTHER_WORDS and not seen.hard(_SURE)


def _finding(seen: Weighing, strict: bool) -> Finding:
    weights = _weights()
    score = scored(seen)
    if score >= enough(strict=strict):
        return Finding(
            verdict="supported", outcome="supported", score=round(score, 4), reason="the passage says so"
        )
    unclear = score >= weights["unclear"]
    outcome: Outcome = "unclear" if unclear else "contradicted" if _speaks_against(seen) else "not_found"
    return Finding(
        verdict="partly" if unclear else "unsupported",
        outcome=outcome,
        score=round(score, 4),
        reason="; ".join(_reasons(seen, unclear)),
        wrong=list(seen.reading.wrong),
    )


def _speaks_against(seen: Weighing) -> bool:
    return bool(seen.hard()) or seen.reading.contradicts > 0


def _reasons(seen: Weighing, unclear: bool) -> list[str]:
    found = [issue.reason for issue in seen.hard()]
    found += [issue.reason for issues in seen.issues.values() for issue in issues if not issue.hard]
    if not found and seen.reading.wrong:
        words = ", ".join(f"‘{words}’" for words in seen.reading.wrong[:3])
        found = [f"the passage does not bear out {words}"]
    if not found and seen.new:
        found = [seen.new]
    last = "the passage says it in part" if unclear else "the passage does not say so"
    return list(dict.fromkeys(found))[:3] or [last]


def closeness(claim: Text, sentences: tuple[Text, ...]) -> list[float]:
    """Cosines of the claim with each sentence, -1 to 1."""
    known = _vectors(tuple(sentence.text for sentence in sentences))
    return [float(cosine) for cosine in known @ _vectors((claim.text,))[0]]


@lru_cache(maxsize=2048)
def _vectors(texts: tuple[str, ...]) -> NDArray[np.float32]:
    from knowledge import load_embedder

    return load_embedder().documents(texts)
