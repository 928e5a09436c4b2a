"""Whether passages bear out a claim: a claim and the passages it cites in, a verdict with score and reason out.

Deterministic, no chat model, no network. Hard checks come first: quotations, quantities and what they are bound to,
names, negation, modality, direction. What is left is how much of the claim's content the passages hold, by words and
(unless `strict`) by meaning. `strict` needs no embedder: it is for rewordings of one passage by a weak model, where
any doubt turns the rewording down.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from . import cues
from .answer import Finding, Verdict
from .claims import Evidence, Issue, Text, quoted, read, same_name, sentences_of
from .contradictions import contradictions, turned_round
from .figures import figure_issues
from .quantities import matches
from .rewording import rewording_issues
from .sentences import plain, split_sentences
from .words import Word, fold, likely_name

_ENOUGH = 0.62
"""Support, 0 to 1, from which a claim without an issue is supported; from `_SOME` on it is partly so."""
_SOME = 0.42
_NEW_WORDS = 0.1
"""Share of content words that a supported claim may have of its own."""
_BANDS = {"unsupported": (0.0, 0.3), "partly": (0.4, 0.6), "supported": (0.65, 0.99)}
"""Where each verdict's scores lie, so that no claim with a hard issue outranks one without."""
_NEAR_SENTENCES = 3
_QUOTATION = re.compile(r"[“\"„]([^“”\"„]+)[”\"“]")
_QUOTED_WORDS = 3
_AFTER_NAME = re.compile(
    r"['’]s?\b|\s(?:[A-Z]|(?:is|was|has|had|will|would|may|might|can|could|did|does|and|said|says|gave|gives|took|paid|pays|wants|asks|told|"
    r"held|led|leads|chose|won|lost|left|went|began|runs|ran|costs?|hosts|[a-z]+ed)\b)|,"
)
_LONG_NAME = 5
_SPELT_LETTERS = 4
"""Shorter acronyms turn up in a passage's initials by chance."""


def check_claim(claim: str, passages: Sequence[str], *, strict: bool = False) -> Finding:
    """The verdict on one claim against the passages it cites; `score` is 0 to 1, higher is better supported.

    Words taken over whole are always supported with 1.0. A wrong number, year, name or quotation, or a contradicted
    word, is `unsupported`; a few new words are `partly`. With `strict` anything but a plain rewording is turned down.
    A claim of several sentences is as good as its worst. A claim without a word is `not_checked`.
    """
    text = plain(claim)
    if not re.search(r"\w", text):
        return Finding(verdict="not_checked", reason="there is nothing to check")
    sentences = tuple(sentence for passage in passages for sentence in sentences_of(passage))
    if not sentences:
        return Finding(verdict="unsupported", score=0.0, reason="no passage is cited")
    parts = [read(plain(part)) for part in split_sentences(text)] or [read(text)]
    if _verbatim(parts, sentences, passages):
        return Finding(verdict="supported", score=1.0, reason="the words are the passage’s own")
    findings = [_check(part, sentences, strict) for part in parts]
    return min(findings, key=lambda finding: finding.score or 0.0)


def _verbatim(parts: list[Text], sentences: tuple[Text, ...], passages: Sequence[str]) -> bool:
    known = {_bare(sentence.text) for sentence in sentences} | {_bare(plain(passage)) for passage in passages}
    return (
        all(_bare(part.text) in known for part in parts)
        or _bare(" ".join(part.text for part in parts)) in known
    )


def _bare(text: str) -> str:
    text = re.sub(r"[“”„«»\"]", '"', text.replace("’", "'").replace("‘", "'"))
    return re.sub(r"[–—‑]", "-", " ".join(text.split())).rstrip(".").strip()


def _check(claim: Text, sentences: tuple[Text, ...], strict: bool) -> Finding:
    if _bare(claim.text) in {_bare(sentence.text) for sentence in sentences}:
        return Finding(verdict="supported", score=1.0, reason="the words are the passage’s own")
    whole = read(" ".join(sentence.text for sentence in sentences))
    everything = Evidence(sentences, sentences, whole)
    issues = [
        *_quotations(claim, everything),
        *figure_issues(claim, everything, strict),
        *_names(claim, everything),
    ]
    # The embedder is asked only where the verdict is still open.
    by_meaning = not strict and not any(issue.hard for issue in issues)
    evidence = Evidence(sentences, _near(claim, sentences, by_meaning), whole)
    issues += [*contradictions(claim, evidence), *turned_round(claim, evidence)]
    if strict:
        issues = [Issue(issue.reason) for issue in (*issues, *rewording_issues(claim, evidence))]
    missing = _missing(claim, evidence)
    return _finding(issues, missing, len(claim.content), _support(claim, evidence, missing, by_meaning))


def _finding(issues: list[Issue], missing: list[Word], total: int, support: float) -> Finding:
    hard = [issue.reason for issue in issues if issue.hard]
    soft = [issue.reason for issue in issues if not issue.hard]
    new = [f"{quoted(missing)} not in the passage"] if missing else []
    if hard:
        return _scored("unsupported", support / (1 + len(hard)), hard)
    if support < _SOME:
        return _scored("unsupported", support, new or ["the passage speaks of something else"])
    if soft or support < _ENOUGH or len(missing) > _NEW_WORDS * total:
        return _scored("partly", support - 0.1 * len(soft), soft + new or ["the passage says it in part"])
    return _scored("supported", support, ["the passage says so"])


def _scored(verdict: Verdict, share: float, reasons: list[str]) -> Finding:
    low, high = _BANDS[verdict]
    score = low + (high - low) * min(max(share, 0.0), 1.0)
    return Finding(verdict=verdict, score=round(score, 4), reason="; ".join(dict.fromkeys(reasons[:3])))


def _near(claim: Text, sentences: tuple[Text, ...], by_meaning: bool) -> tuple[Text, ...]:
    """The few sentences that the claim speaks of, in the order of the passages."""
    left = list(sentences)
    near: list[Text] = []
    wanted = list(claim.content)
    cosines = _meanings(claim, sentences) if by_meaning else [0.0] * len(sentences)
    rank = dict(zip(sentences, cosines, strict=True))

    def fit(sentence: Text) -> float:
        # By meaning only the first is chosen; further ones must hold words that the first lacks.
        return _held(wanted, sentence, claim) + (0.0 if near else rank[sentence] * len(claim.content) / 2)

    while left and len(near) < _NEAR_SENTENCES:
        best = max(left, key=fit)
        if near and _held(wanted, best, claim) < 1:
            break
        near.append(best)
        left.remove(best)
        wanted = [word for word in wanted if not best.holds(word)]
    return tuple(sorted(near, key=sentences.index))


def _held(wanted: list[Word], sentence: Text, claim: Text) -> float:
    found = sum(1.0 for word in wanted if sentence.holds(word))
    figures = sum(
        1.0 for quantity in claim.quantities if any(matches(quantity, other) for other in sentence.quantities)
    )
    return found + figures


def _missing(claim: Text, evidence: Evidence) -> list[Word]:
    return [
        word
        for word in claim.content
        if not any(sentence.holds(word) for sentence in evidence.near)
        and word.stem not in cues.NEUTRAL
        and not same_name(word, claim, evidence)
    ]


def _support(claim: Text, evidence: Evidence, missing: list[Word], by_meaning: bool) -> float:
    total = len(claim.content)
    coverage = 1 - len(missing) / total if total else 1.0
    if not by_meaning:
        return coverage
    closeness = max(_meanings(claim, evidence.all))
    return 0.5 * coverage + 0.5 * min(max((closeness - 0.1) / 0.75, 0.0), 1.0)


def _meanings(claim: Text, sentences: tuple[Text, ...]) -> list[float]:
    """Cosines of the claim with each sentence, -1 to 1."""
    known = _vectors(tuple(sentence.text for sentence in sentences))
    return [float(cosine) for cosine in known @ _vectors((claim.text,))[0]]


@lru_cache(maxsize=2048)
def _vectors(texts: tuple[str, ...]) -> NDArray[np.float32]:
    from knowledge import load_embedder

    return load_embedder().documents(texts)


def _quotations(claim: Text, evidence: Evidence) -> list[Issue]:
    known = _letters(evidence.whole.text)
    return [
        Issue(f"the quotation “{quote}” is not in the passage word for word")
        for quote in _QUOTATION.findall(claim.text)
        if len(quote.split()) >= _QUOTED_WORDS and _letters(quote) not in known
    ]


def _letters(text: str) -> str:
    """Words alone, written small: quotation may change a first letter's case and the marks."""
    return " ".join(re.findall(r"\w+", fold(text)))


def _names(claim: Text, evidence: Evidence) -> list[Issue]:
    absent = [
        word
        for word in claim.words
        if likely_name(word, evidence.whole.low)
        and (not word.first or word.acronym or _acts(claim, word))
        and not _in_any_quantity(word, claim)
        and not _names_it(word, claim, evidence)
    ]
    return [Issue(f"‘{word.text}’ is not in the passage") for word in absent]


def _acts(text: Text, word: Word) -> bool:
    """Whether a sentence's first word is followed by what follows a name: a verb, a possessive, another name."""
    return _AFTER_NAME.match(text.text[word.end :]) is not None


def _in_any_quantity(word: Word, text: Text) -> bool:
    return any(quantity.start <= word.start < quantity.end for quantity in text.quantities)


def _names_it(word: Word, claim: Text, evidence: Evidence) -> bool:
    whole = evidence.whole
    if word.fold in whole.folds or word.stem in whole.stems or same_name(word, claim, evidence):
        return True
    if re.search(rf"(?<!\w){re.escape(word.fold)}(?!\w)", whole.low) or _derived(word, whole):
        return True
    if word.acronym:
        return _spelt_out(word, evidence)
    return not word.first and word.stem in cues.CONCEPTS and whole.holds(word)


def _derived(word: Word, text: Text) -> bool:
    """Whether the text has a longer form of the name ("congressional" for Congress)."""
    return len(word.fold) >= _LONG_NAME and any(other.startswith(word.fold) for other in text.folds)


def _spelt_out(word: Word, evidence: Evidence) -> bool:
    """Whether words of a passage have the acronym's letters as their initials."""
    letters = word.text.rstrip("s").lower()
    initials = "".join(
        other.fold[0]
        for other in evidence.whole.words
        if other.fold not in ("of", "the", "and", "for", "on", "in")
    )
    return len(letters) >= _SPELT_LETTERS and letters in initials
