"""What each cited passage does for a sentence, and which other passages do better or speak against it.

In come a sentence, the passages it cites and further ones that a search found; out come its finding, a support for each
cited passage, better passages to offer and contradicting ones to show. Pure functions: nothing is searched for here, and
the judge is passed in, so that they can be tried without a library.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from .answer import Citation, Finding, Support
from .check import check_claim, check_claims, enough, rank
from .facts import facts_of
from .sentences import plain
from .words import content, fold, likely_name, words

Judge = Callable[[str, Sequence[str]], Finding]
"""A claim and passages in, a finding out; `check_claim` but in tests."""

CLEARLY = 0.15
"""By how much a further passage's score must be over the best cited one's to be offered where that one supports in part."""
SURE = 0.85
"""Score from which no other passage could be clearly better, so that none need be judged; the check's scores end below 1."""
MOST_BETTER = 2
MOST_AGAINST = 2
_SAME_MATTER = 0.75
"""Share of the claim's content words, figures aside, that a passage must have before it can speak against the claim."""
_SAME_WORDS = 3
_HARD_REASON = re.compile(
    r"\b(?:the (?:claim|passage) denies|the claim says|the passage says|the passage ties|the passage prefers|"
    r"the (?:number|year|years|date) .+ (?:is|are) not in the passage)"
)


@dataclass(frozen=True, kw_only=True)
class Cited:
    """A passage as it is held against a sentence."""

    passage_id: str
    source_id: str
    texts: tuple[str, ...]
    """What it says; for a note of ours its text, then its wording."""

    @property
    def citation(self) -> Citation:
        return Citation(passage_id=self.passage_id, source_id=self.source_id, quote=self.texts[0])


@dataclass(frozen=True, kw_only=True)
class Edges:
    """What passages do for one sentence."""

    finding: Finding
    """On the sentence with all cited passages together."""
    supports: tuple[tuple[Support, float | None], ...]
    """For each cited passage, in order: its support and its own score, 0 to 1."""
    better: list[Citation] = field(default_factory=list)
    against: list[Citation] = field(default_factory=list)
    contradiction: Finding | None = None
    """The finding on the first passage that speaks against it."""


def edges(
    sentence: str,
    cited: Sequence[Cited],
    further: Sequence[Cited] = (),
    *,
    judge: Judge | None = None,
    gathered: bool = False,
) -> Edges:
    """What the cited passages do for a sentence, and what the further ones would.

    A passage supports `alone` if it bears the whole sentence out, `with_others` if the sentence is borne out by several
    and it has a part in that, else `no`. Without a cited passage the finding is `unsupported` with 0.0.

    Args:
        gathered: nobody cited the passages, a search brought them together, the likeliest first. Then none is judged
            after one that surely bears the sentence out, `supports` ends there, and they count together only where each
            statement of the sentence is borne out whole by one of them: words from four places prove nothing.
    """
    judge = judge or _reading_ahead(sentence, (*cited, *further))
    own = _judged(sentence, cited, judge, until_sure=gathered)
    cited = cited[: len(own)]
    supports, finding = _together(sentence, cited, own, judge, gathered=gathered)
    ids = {one.passage_id for one in cited}
    others = [] if _sure(own) else [passage for passage in further if passage.passage_id not in ids]
    found = _judged(sentence, others, judge, until_sure=True)
    others = others[: len(found)]
    contrary = against(sentence, list(zip((*cited, *others), (*own, *found), strict=True)), judge)
    return Edges(
        finding=finding,
        supports=tuple((support, one.score) for support, one in zip(supports, own, strict=True)),
        better=better(finding, own, list(zip(others, found, strict=True))),
        against=[_citation(passage, one, "no") for passage, one in contrary],
        contradiction=contrary[0][1] if contrary else None,
    )


def _reading_ahead(sentence: str, passages: Sequence[Cited]) -> Judge:
    """`check_claim`, with the sentence held against all passages at once, which is faster than one after the other."""
    asked = [(sentence, passage.texts) for passage in passages]
    known = dict(zip(asked, check_claims(asked), strict=True))

    def judge(claim: str, texts: Sequence[str]) -> Finding:
        # Facts of the sentence are asked for more than once.
        key = (claim, tuple(texts))
        if key not in known:
            known[key] = check_claim(claim, texts)
        return known[key]

    return judge


def _judged(sentence: str, passages: Sequence[Cited], judge: Judge, *, until_sure: bool) -> list[Finding]:
    """The findings on the passages in order, up to the first sure one where that is enough."""
    findings: list[Finding] = []
    for passage in passages:
        findings.append(judge(sentence, passage.texts))
        if until_sure and _sure(findings[-1:]):
            break
    return findings


def _sure(findings: Sequence[Finding]) -> bool:
    return any(one.verdict == "supported" and (one.score or 0.0) >= SURE for one in findings)


def better(
    finding: Finding, own: Sequence[Finding], further: Sequence[tuple[Cited, Finding]]
) -> list[Citation]:
    """The further passages that bear the sentence out where the cited ones do not, or clearly less, best first."""
    best = max((one.score or 0.0 for one in (*own, finding)), default=0.0)
    least = best + CLEARLY if finding.verdict == "supported" else 0.0
    good = [
        (passage, one)
        for passage, one in further
        if one.verdict == "supported" and (one.score or 0.0) >= least
    ]
    good.sort(key=lambda pair: -(pair[1].score or 0.0))
    return [_citation(passage, one, "alone") for passage, one in good[:MOST_BETTER]]


def against(
    sentence: str, judged: Sequence[tuple[Cited, Finding]], judge: Judge = check_claim
) -> list[tuple[Cited, Finding]]:
    """The passages that contradict the sentence: at odds with one of its facts, and of the same matter as that fact.

    Where a passage bears the sentence out alone there is no contradiction to show: what looks like one is another case,
    year or body, and a false alarm costs more trust than it is worth.
    """
    if any(one.verdict == "supported" for _, one in judged):
        return []
    suspects = [(passage, finding) for passage, finding in judged if contradicts(finding)]
    if not suspects:
        return []
    texts = [passage.texts for passage, _ in judged]
    # A fact that another passage may well bear out is not denied by a third one about another year or body.
    doubted = [
        fact
        for fact in facts_of(sentence)
        if all(judge(fact, each).verdict == "unsupported" for each in texts)
    ]
    hits = [pair for pair in suspects if any(_denies(fact, pair[0], judge) for fact in doubted)]
    return hits[:MOST_AGAINST]


def _denies(fact: str, passage: Cited, judge: Judge) -> bool:
    """Whether the passage speaks of the fact's matter and is at odds with it."""
    return same_matter(fact, " ".join(passage.texts)) and contradicts(judge(fact, passage.texts))


def contradicts(finding: Finding) -> bool:
    """Whether a finding says that the passage is at odds with the claim, not only silent on it."""
    if finding.outcome:
        return finding.outcome == "contradicted"
    return finding.verdict == "unsupported" and _HARD_REASON.search(finding.reason) is not None


def same_matter(sentence: str, passage: str) -> bool:
    """Whether a passage has the names and most of the other content words of a sentence, figures aside."""
    text = plain(sentence)
    low = fold(passage)
    there = {word.stem for word in words(passage)} | {word.fold for word in words(passage)}
    matter = {word.stem for word in content(text) if not any(letter.isdigit() for letter in word.text)}
    names = [word for word in words(text) if likely_name(word, low)]
    if any(name.fold not in there and name.stem not in there for name in names):
        return False
    shared = matter & there
    return len(shared) >= min(_SAME_WORDS, len(matter)) and len(shared) >= _SAME_MATTER * len(matter)


def _citation(passage: Cited, finding: Finding, support: Support) -> Citation:
    return passage.citation.model_copy(update={"support": support, "score": finding.score})


def _together(
    sentence: str, cited: Sequence[Cited], own: Sequence[Finding], judge: Judge, *, gathered: bool
) -> tuple[list[Support], Finding]:
    """The support of each cited passage and the finding on all of them."""
    if not cited:
        return [], judge(sentence, ())
    alone: list[Support] = ["alone" if one.verdict == "supported" else "no" for one in own]
    if "alone" in alone or len(cited) == 1:
        return alone, max(own, key=rank)
    texts = [text for passage in cited for text in passage.texts]
    whole = judge(sentence, texts)
    by_fact = _fact_by_fact(sentence, cited, judge)
    if by_fact is not None and whole.outcome != "contradicted" and whole.verdict != "unsupported":
        return by_fact, _borne_out_together(whole)
    if gathered:
        return alone, max(own, key=rank)
    if whole.verdict == "supported":
        return _needed(sentence, cited, judge), whole
    return alone, max((whole, *own), key=rank)


def _fact_by_fact(sentence: str, cited: Sequence[Cited], judge: Judge) -> list[Support] | None:
    """Who bears out at least one of the sentence's facts, if every fact is borne out by somebody; else None."""
    facts = facts_of(sentence)
    if len(facts) < 2:
        return None
    helps = [False] * len(cited)
    for fact in facts:
        bearers = [i for i, passage in enumerate(cited) if judge(fact, passage.texts).verdict == "supported"]
        if not bearers:
            return None
        for i in bearers:
            helps[i] = True
    return ["with_others" if one else "no" for one in helps]


def _borne_out_together(whole: Finding) -> Finding:
    if whole.verdict == "supported":
        return whole
    # No higher than the least of a supported sentence: this one is supported in parts only.
    score = max(whole.score or 0.0, enough())
    reason = "each of its statements is borne out by one of the passages"
    return Finding(
        verdict="supported", score=score, reason=reason, outcome="supported" if whole.outcome else ""
    )


def _needed(sentence: str, cited: Sequence[Cited], judge: Judge) -> list[Support]:
    """Who belongs to the fewest passages that bear the sentence out together."""
    for size in range(2, len(cited)):
        for some in combinations(range(len(cited)), size):
            texts = [text for i in some for text in cited[i].texts]
            if judge(sentence, texts).verdict == "supported":
                return ["with_others" if i in some else "no" for i in range(len(cited))]
    return ["with_others"] * len(cited)
