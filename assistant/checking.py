"""Check any text: each sentence against the library, or against given texts.

First form: the best passages are searched for each factual sentence and the claim is held against them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict

from knowledge import Library

from .answer import SCHEMA_VERSION, Balance, Citation, Finding, Sentence
from .check import check_claim
from .sentences import classify, split_sentences

PASSAGES_PER_CLAIM = 4


class TextCheck(BaseModel):
    """Findings for a text, sentence by sentence."""

    model_config = ConfigDict(extra="forbid")

    schema_version: int = SCHEMA_VERSION
    sentences: list[Sentence]
    counts: dict[str, int]
    """Sentences by verdict; those that state no fact count as not_checked."""
    balance: Balance | None = None
    label: dict[str, Any] | None = None


def check_text(text: str, library: Library, against: Sequence[str] | None = None) -> TextCheck:
    """The findings for each sentence of a text; `against` holds texts to check it by instead of the library."""
    sentences = [_checked(sentence, library, against) for sentence in split_sentences(text)]
    counts: Counter[str] = Counter(sentence.finding.verdict for sentence in sentences)
    order = ("supported", "partly", "unsupported", "not_checked")
    return TextCheck(sentences=sentences, counts={verdict: counts.get(verdict, 0) for verdict in order})


def _checked(text: str, library: Library, against: Sequence[str] | None) -> Sentence:
    kind = classify(text)
    if kind != "fact":
        return Sentence(text=text, kind=kind, finding=Finding(verdict="not_checked", reason="states no fact"))
    if against is not None:
        return Sentence(text=text, kind=kind, finding=check_claim(text, against))
    hits = library.search(text, PASSAGES_PER_CLAIM)
    if not hits:
        return Sentence(
            text=text,
            kind=kind,
            finding=Finding(verdict="unsupported", score=0.0, reason="the library is empty"),
        )
    findings = [check_claim(text, [hit.passage.text]) for hit in hits]
    best = max(range(len(hits)), key=lambda i: findings[i].score or 0.0)
    cited = []
    if findings[best].verdict != "unsupported":
        passage = hits[best].passage
        cited = [Citation(passage_id=passage.id, source_id=passage.source_id, quote=passage.text)]
    return Sentence(text=text, kind=kind, citations=cited, finding=findings[best])
