"""Which documented facts a draft is written from: chosen move by move, before a word is written.

In: brief, audience, format, lean and the library. Out: for each move an ordered list of passages, with a reserve.
Scores are cosines (brief and move, audience) plus small, named preferences; nothing here asks a chat model.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from knowledge import Audience, Library, Passage
from prompts import Format, Move

from .answer import Brief, Lean
from .framing import POLE_PULL, scopes_of

# Preferences in units of cosine, set by reading drafts for three briefs; a fitting and an unfitting passage lie about 0.3 apart.
FOR_AUDIENCE = 0.15
FOR_COUNTRY = 0.45
HIGH_CONFIDENCE = 0.04
NEEDS_ORIGINAL = -0.30
# What became of a label is a lesson; a plain fact goes before it.
LABEL_CASE = -0.10
REPEATS = 0.6
SAME_THING = 0.88
PER_SOURCE = 3
RESERVE = 6
# The critic is heard in the strongest form that meets this proposal.
OBJECTION_FITS = {"ov01": "rival", "ov02": "label"}
OBJECTION_PULL = 0.12


@dataclass(frozen=True, kw_only=True)
class Choice:
    """The passages of one move: those to write from, and those to add if the text comes out short."""

    move: str
    chosen: tuple[Passage, ...]
    reserve: tuple[Passage, ...]


def choose_evidence(
    library: Library, brief: Brief, audience: Audience, format: Format, lean: Lean
) -> list[Choice]:
    """The evidence of every move, none used twice; moves with the fewest candidates choose first."""
    pool = [
        passage
        for passage in library.passages()
        if _printable(passage, scopes_of(brief)) and _meets(passage, brief)
    ]
    if not pool:
        return [Choice(move=move.id, chosen=(), reserve=()) for move in format.moves]
    vectors = dict(zip([p.id for p in pool], library.vectors([p.id for p in pool]), strict=True))
    picker = _Picker(library, brief, audience, lean, vectors)
    by_need = sorted(format.moves, key=lambda move: len(_candidates(pool, move)) / max(move.facts.most, 1))
    for move in by_need:
        picker.pick(move, _candidates(pool, move))
    return [picker.choices[move.id] for move in format.moves]


def _printable(passage: Passage, scopes: set[str]) -> bool:
    return (
        passage.kind != "span"
        and passage.citable
        and passage.scope in scopes
        and bool(passage.wording)
        and passage.confidence != "low"
    )


def _meets(passage: Passage, brief: Brief) -> bool:
    """Whether a note is about proposals such as this: a borrowed name needs a label, "no big instrument" a field without."""
    if passage.kind == "label_case" and not brief.label:
        return False
    return brief.needs_central_instrument != "yes" or "without a big instrument" not in passage.text


def _candidates(pool: Sequence[Passage], move: Move) -> list[Passage]:
    return [passage for passage in pool if set(passage.moves) & set(move.takes)]


class _Picker:
    """Greedy choice that remembers what other moves took."""

    def __init__(
        self, library: Library, brief: Brief, audience: Audience, lean: Lean, vectors: dict[str, np.ndarray]
    ) -> None:
        self.brief, self.audience, self.lean, self.vectors = brief, audience, lean, vectors
        self.embed = library.embedder.query
        self.about_brief = self.embed(f"{brief.title}. {brief.field}. {brief.summary}")
        points = "; ".join([*audience.values, *(item.point for item in audience.evidence_that_moves)])
        self.about_audience = self.embed(f"{audience.name}. {points}")
        self.wanted = set(audience.based_on_facts)
        self.taken: list[Passage] = []
        self.choices: dict[str, Choice] = {}

    def pick(self, move: Move, candidates: Sequence[Passage]) -> None:
        about_move = self.embed(f"{move.purpose} {self.brief.field}")
        base = {p.id: self._worth(p, about_move) for p in candidates if p not in self.taken}
        by_id = {p.id: p for p in candidates}
        if "return" in move.takes:
            base = {i: worth + self._at_home(by_id[i]) for i, worth in base.items()}
        chosen = self._objection(by_id, base) if "objection" in move.takes else []
        left = {i for i in base if i not in {p.id for p in chosen} and not _is_view(by_id[i])}
        while left and len(chosen) < move.facts.most + RESERVE:
            best = max(sorted(left), key=lambda i: base[i] - self._repetition(i, [*self.taken, *chosen]))
            left.discard(best)
            if self._fits(by_id[best], [*self.taken, *chosen]):
                chosen.append(by_id[best])
        now, later = tuple(chosen[: move.facts.most]), tuple(chosen[move.facts.most :])
        self.taken += now
        self.choices[move.id] = Choice(move=move.id, chosen=now, reserve=later)

    def _worth(self, passage: Passage, about_move: np.ndarray) -> float:
        vector = self.vectors[passage.id]
        score = 0.45 * float(vector @ self.about_brief) + 0.3 * float(vector @ about_move)
        score += 0.25 * float(vector @ self.about_audience)
        score += FOR_AUDIENCE * (passage.id.split("-")[0] in self.wanted)
        score += HIGH_CONFIDENCE * (passage.confidence == "high")
        score += NEEDS_ORIGINAL * passage.needs_original
        score += LABEL_CASE * (passage.kind == "label_case")
        return score + POLE_PULL[self.lean].get(passage.pole, 0.0)

    def _at_home(self, passage: Passage) -> float:
        """What a reader's own country pays and gets belongs where the return is told."""
        return FOR_COUNTRY * bool(self.brief.country and self.brief.country.lower() in passage.text.lower())

    def _repetition(self, passage_id: str, others: Sequence[Passage]) -> float:
        near = [float(self.vectors[passage_id] @ self.vectors[other.id]) for other in others]
        return REPEATS * max(0.0, max(near, default=0.0) - 0.5)

    def _fits(self, passage: Passage, others: Sequence[Passage]) -> bool:
        same_source = sum(other.source_id == passage.source_id for other in others)
        near = [float(self.vectors[passage.id] @ self.vectors[other.id]) for other in others]
        return same_source < PER_SOURCE and max(near, default=0.0) < SAME_THING

    def _objection(self, by_id: dict[str, Passage], base: dict[str, float]) -> list[Passage]:
        """The strongest critic's position, and the reply and the concession that belong to it."""
        positions = {i: base[i] + self._pull(i) for i in base if ".position" in i}
        if not positions:
            return []
        best = max(sorted(positions), key=positions.__getitem__)
        view = best.split(".")[0]
        kin = [
            next((p for i, p in by_id.items() if i.startswith(f"{view}.{part}")), None)
            for part in ("reply", "concede")
        ]
        return [by_id[best], *(passage for passage in kin if passage is not None)]

    def _pull(self, passage_id: str) -> float:
        needed = OBJECTION_FITS.get(passage_id.split(".")[0])
        if needed is None:
            return 0.0
        if self.brief.needs_central_instrument == "yes":
            return -OBJECTION_PULL
        return OBJECTION_PULL if getattr(self.brief, needed) else 0.0


def _is_view(passage: Passage) -> bool:
    return passage.kind == "opposing_view"
