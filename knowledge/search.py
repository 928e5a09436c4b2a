"""A query -> hits: what is near in meaning and what holds its words, as one order that no source fills by itself.

In: the index and a query, with what may be found and how much of each side must be. Out: hits, best first. How scores
are made and spread is decided in ranking.py; here is what is looked up, and how far down.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from .embedders import Reranker
from .errors import KnowledgeError
from .index import TOGETHER, Index
from .passages import Passage
from .ranking import diverse, fused, nearest_parts, repeats, with_quotas
from .vectors import MOST_SOURCES

DEPTH = 100  # candidates that each of the two searches gives at least
VECTORS_A_PASSAGE = 2  # looked for by meaning, since several vectors stand for one passage
RERANKED = 20  # hits that a cross-encoder reads
PER_SOURCE = 3  # spans of one source before others have had their turn
SIDES = ("hub", "network", "joined", "objection")
"""What a search can be asked to hold a number of: notes that speak for a pole, and opposing views."""
Wanted = Callable[[Passage], bool]


@dataclass(frozen=True, kw_only=True)
class Hit:
    rank: int
    """From 1."""
    score: float
    """Half the cosine, half the share of the words, 0 to 1. Orders hits; it is no probability."""
    passage: Passage
    dense: float | None
    """Cosine of the query and the nearest of the passage's vectors, -1 to 1."""
    words: float | None
    """BM25 as a share of what the query's words could score at most, 0 to 1; None if not among the candidates."""


@dataclass(frozen=True, kw_only=True)
class Filter:
    """Which passages may be found; what is empty lets everything pass."""

    sources: tuple[str, ...] = ()
    """Source ids, or citekeys of the dossier."""
    years: tuple[int | None, int | None] = (None, None)
    """First and last year of the source, both included; a source without a year passes only where none is asked."""
    interests: tuple[str, ...] = ()
    confidences: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()

    def by_source(self, facets: Mapping[str, tuple[int | None, str]]) -> set[str] | None:
        """Sources that may be found, None for all."""
        first, last = self.years
        if not self.sources and not self.interests and first is None and last is None:
            return None
        chosen = set(self.sources) or set(facets)
        return {id for id in chosen if self._passes(*facets.get(id, (None, "")))}

    def _passes(self, year: int | None, interest: str) -> bool:
        first, last = self.years
        if (first is not None or last is not None) and year is None:
            return False
        in_time = year is None or ((first or year) <= year <= (last or year))
        return in_time and (not self.interests or interest in self.interests)

    def keeps(self, passage: Passage) -> bool:
        """Whether the passage itself is of a wanted confidence and kind."""
        of_confidence = not self.confidences or passage.confidence in self.confidences
        return of_confidence and (not self.kinds or passage.kind in self.kinds)


EVERYTHING = Filter()


class Searcher:
    """Searches one index; any thread may."""

    def __init__(self, index: Index, reranker: Reranker | None) -> None:
        self._index = index
        self._store = index.store
        self._reranker = reranker

    def search(
        self, query: str, k: int, *, only: Filter, keep: Wanted | None, quotas: Mapping[str, int]
    ) -> list[Hit]:
        """As `Library.search`."""
        if unknown := sorted(set(quotas) - set(SIDES)):
            raise KnowledgeError(f"no such side {unknown[0]!r}: known are {', '.join(SIDES)}")
        sources = only.by_source(self._store.records.facets())
        total = self._store.count() if sources is None else self._store.count_in(sorted(sources))
        if k < 1 or not query.strip() or not total:
            return []
        vector = self._index.embedder.query(query)
        found = self._deep_enough(query, vector, k, total, sources, _wanted(only, keep, sources), quotas)
        found = self._judged(query, found)
        order = self._spread(found, k)
        if quotas:
            order = with_quotas(order, lambda id: _side(found[id].passage), quotas, k)
        return self._ranked(vector, [found[id] for id in order[:k]])

    def _deep_enough(
        self,
        query: str,
        vector: np.ndarray,
        k: int,
        total: int,
        sources: set[str] | None,
        wanted: Wanted | None,
        quotas: Mapping[str, int],
    ) -> dict[str, Hit]:
        """Wanted hits from so far down that there are k of them, if the library has as many."""
        # A quota may be filled by a passage that is far down.
        depth = max(DEPTH, 2 * k) * (8 if quotas else 1)
        while True:
            # Whatever is not filtered need not be read to the end of the list.
            read = depth * 4 if wanted or quotas else 3 * k + RERANKED
            found = self._candidates(query, vector, depth, read, sources, wanted)
            # Only a strict filter goes deeper.
            if len(found) >= k or depth >= total:
                return found
            depth *= 8

    def _candidates(
        self,
        query: str,
        vector: np.ndarray,
        depth: int,
        read: int,
        sources: set[str] | None,
        wanted: Wanted | None,
    ) -> dict[str, Hit]:
        """Wanted passages among the nearest by meaning and the best by words, best first; at most `read` are looked at."""
        narrow = sorted(sources) if sources is not None and len(sources) <= MOST_SOURCES else None
        words, around = self._store.words(query, depth, narrow)
        dense = self._dense(vector, depth, narrow)
        source_of = self._store.sources_of(list({**dense, **words})) if around else {}
        scores = fused(dense, words, {id: around[s] for id, s in source_of.items() if s in around})
        passages = self._store.passages_of(list(scores)[:read])
        return {
            id: Hit(rank=0, score=scores[id], passage=passages[id], dense=dense.get(id), words=words.get(id))
            for id in scores
            if id in passages and (wanted is None or wanted(passages[id]))
        }

    def _dense(self, vector: np.ndarray, depth: int, sources: Sequence[str] | None) -> dict[str, float]:
        """Passage -> cosine of the query with the nearest of its vectors, best first.

        For a note that is half of it; the other half is the cosine with the middle of its questions, which one question
        that happens to use the query's words does not move.
        """
        found = self._index.vectors.nearest(vector, VECTORS_A_PASSAGE * depth, sources)
        near = nearest_parts((id.partition("#")[0], cosine) for id, cosine in found if TOGETHER not in id)
        middles = self._store.vectors_for(list(near), TOGETHER)
        for passage, middle in middles.values():
            near[passage] = (near[passage] + float(middle @ vector)) / 2
        return dict(sorted(near.items(), key=lambda item: -item[1]))

    def _judged(self, query: str, found: dict[str, Hit]) -> dict[str, Hit]:
        """The hits with the best of them in the order of the cross-encoder, if there is one."""
        top = list(found)[:RERANKED]
        if self._reranker is None or not top:
            return found
        worth = self._reranker.scores(query, [found[id].passage.text for id in top])
        # They share out the scores that they had, so that the rest stays below them.
        scores = [found[id].score for id in top]
        order = sorted(range(len(top)), key=lambda row: -float(worth[row]))
        judged = {
            top[row]: dataclasses.replace(found[top[row]], score=s)
            for row, s in zip(order, scores, strict=True)
        }
        return {**judged, **{id: hit for id, hit in found.items() if id not in judged}}

    def _ranked(self, vector: np.ndarray, hits: Sequence[Hit]) -> list[Hit]:
        """The hits with their ranks, and with the cosine of those that only words found."""
        lacking = [hit.passage.id for hit in hits if hit.dense is None]
        own = self._store.vectors_for(lacking).values()
        cosines = nearest_parts((passage, float(part @ vector)) for passage, part in own)
        return [
            dataclasses.replace(hit, rank=rank, dense=cosines.get(hit.passage.id, hit.dense))
            for rank, hit in enumerate(hits, start=1)
        ]

    def _spread(self, found: Mapping[str, Hit], k: int) -> list[str]:
        """The order in which hits are shown: one source does not fill the list, nothing is said twice near its top."""
        top = [found[id].passage for id in list(found)[: 2 * k]]
        again = repeats({passage.id: passage.text for passage in top if passage.kind == "span"})
        scores = {id: hit.score for id, hit in found.items()}
        return diverse(scores, lambda id: _cap_key(found[id].passage), PER_SOURCE, again=again)

    def nearest(self, query: str, k: int) -> list[Passage]:
        """As `Library.nearest`."""
        ids = list(self._dense(self._index.embedder.query(query), k, None))[:k]
        passages = self._store.passages_of(ids)
        return [passages[id] for id in ids if id in passages]

    def worded(self, query: str, k: int) -> list[Passage]:
        """As `Library.worded`."""
        words, _ = self._store.words(query, k)
        passages = self._store.passages_of(list(words))
        return [passages[id] for id in words]


def _wanted(only: Filter, keep: Wanted | None, sources: set[str] | None) -> Wanted | None:
    """Which passages may be found; None for all."""
    if only == EVERYTHING and keep is None:
        return None

    def wanted(passage: Passage) -> bool:
        in_source = sources is None or passage.source_id in sources
        return in_source and only.keeps(passage) and (keep is None or keep(passage))

    return wanted


def _side(passage: Passage) -> str:
    return "objection" if passage.kind == "opposing_view" else passage.pole


def _cap_key(passage: Passage) -> str:
    # Every note of ours is a statement by itself, whatever it is drawn from.
    return passage.source_id if passage.kind == "span" else passage.id
