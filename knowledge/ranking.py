"""What was found by meaning and by words -> one order; how that order is spread over sources and classes.

Pure functions over ids, scores and ranks: nothing here knows of a database, a network or a passage's text. Higher
scores are better everywhere, and every order is made the same way again from the same input.

Measured on SciFact (Wadden et al. 2020; 5,183 abstracts, 809 train queries, nDCG@10 by source; chosen on one half of the
queries, confirmed on the other): vectors of whole abstracts 0.659, BM25 0.704, their reciprocal ranks (k 60) 0.715. `fused`
over whole abstracts 0.739; over passages of 256 tokens, embedded with the title in front, and with the words of the source
around 0.744 (0.764 and 0.725 on the two halves); where each is found by the nearest of its parts of 128 tokens 0.750.
On the golden questions of the built-in library 0.789; vectors alone 0.776, BM25 alone 0.661, reciprocal ranks 0.732.

Tried there and left out, since they gain nothing or cost: feedback from the first results (Rocchio -0.002 to +0.001, new
words for the query -0.04 to 0), a bonus for pairs of words (-0.001), for the share of words covered (-0.003), for words in
the title (-0.001), scores relative to the best found (-0.001 to -0.01), a second passage of the same source (-0.01 to -0.08).
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

_WORD = re.compile(r"\w+(?:[.,]\d+)*")

BM25_K1 = 1.2
"""The k1 that FTS5's bm25() is built with; its b is 0.75. None of eight other pairs tried on SciFact is better."""
AROUND_SHARE = 0.3
"""Of the words' share, that of the source around: 0.3 to 0.6 gain 0.003 to 0.007 where a source is one text or a score of
like ones; where it is fifty unrelated texts, 0.3 costs 0.007 and 0.5 costs 0.030."""
ALIKE = 0.8  # share of a text's runs of words, from which it repeats another
RUN = 3  # words
FEWEST_WORDS = 3  # of a query, asked for however common they are
POSTINGS_SHARE = 0.5
"""Postings that a query may touch, as a share of all passages: 0.747 on SciFact with it and 0.746 without, at 0.1 0.741."""
WORTH = 0.7  # share of the best score, below which a passage is passed over rather than let in for variety


def nearest_parts(found: Iterable[tuple[str, float]]) -> dict[str, float]:
    """Every passage's cosine, that of the nearest of its vectors (its parts, questions it answers); best first.

    Args:
        found: (passage id, cosine) of every vector found; a passage may come many times.
    """
    best: dict[str, float] = {}
    for id, cosine in found:
        best[id] = max(cosine, best.get(id, cosine))
    return dict(sorted(best.items(), key=lambda item: -item[1]))


def rarest(frequencies: Mapping[str, int], total: int) -> list[str]:
    """The words of a query worth asking the full-text index for, rarest first; at least `FEWEST_WORDS` of those that occur.

    A common word costs most of the time and tells least: words are taken from the rarest on while they occur, all in
    all, at most `POSTINGS_SHARE` times as often as there are passages. A word that occurs nowhere is left out.

    Args:
        frequencies: word -> number of passages in which it occurs.
        total: number of passages.
    """
    known = sorted((word for word, n in frequencies.items() if n > 0), key=lambda word: frequencies[word])
    budget = POSTINGS_SHARE * total
    chosen: list[str] = []
    for word in known:
        budget -= frequencies[word]
        if budget < 0 and len(chosen) >= FEWEST_WORDS:
            break
        chosen.append(word)
    return chosen


def bound(frequencies: Iterable[int], total: int) -> float:
    """The BM25 that a text approaches which is full of every word of the query: the sum of idf, times k1 + 1.

    The idf is FTS5's own, ln((N - n + 0.5) / (n + 0.5)) and never below 1e-6, so that a score divided by the bound is a share.
    A word that occurs nowhere counts with n = 0: where the library does not know the words of a question, what it
    finds by the others says little. Without that, questions worded far from the record lose 0.06 nDCG@10.

    Args:
        frequencies: for each word of the query, also those not asked for, in how many texts it occurs.
        total: number of texts.
    """
    return (BM25_K1 + 1) * sum(max(math.log((total - n + 0.5) / (n + 0.5)), 1e-6) for n in frequencies)


def shares(words: Mapping[str, float], limit: float) -> dict[str, float]:
    """BM25 as a share of its `bound`, 0 to 1: how much of what the query asks by its words a text holds."""
    return {id: min(max(score / limit, 0.0), 1.0) if limit > 0 else 0.0 for id, score in words.items()}


def fused(
    dense: Mapping[str, float], words: Mapping[str, float], around: Mapping[str, float] | None = None
) -> dict[str, float]:
    """One score, 0 to 1, for all that either search found, best first: half the cosine, half the share of the words.

    A weighted sum of scores (Bruch, Gai, Ingber 2023: it beats reciprocal ranks and needs less tuning) with equal
    weights. Words are held against the most they could score, not against the best found, so a query whose words
    match badly is ordered by meaning, and scores can be compared between queries. The optimum is flat: words that weigh
    0.5 to 0.6 of the sum differ by 0.002 on SciFact and by 0.003 on the golden questions.

    A passage that only the words found is taken to be as far away as the farthest one that meaning found; one that
    only meaning found, to hold no word. Both lie outside the candidates of that search, and looking up their true scores
    gains less than 0.002.

    Args:
        dense: cosines of the candidates by meaning.
        words: `shares` of the candidates by words.
        around: for each passage the share of the whole source it stands in (Callan 1994: passage and document together);
            counts `AROUND_SHARE` of its words. A passage that is not in it has its own words only.
    """
    far = max(min(dense.values(), default=0.0), 0.0)
    scores: dict[str, float] = {}
    for id in dict.fromkeys((*dense, *words)):
        own = words.get(id, 0.0)
        lexical = own + AROUND_SHARE * (around.get(id, own) - own) if around else own
        scores[id] = (min(max(dense.get(id, far), 0.0), 1.0) + lexical) / 2
    return dict(sorted(scores.items(), key=lambda item: -item[1]))


def repeats(texts: Mapping[str, str], alike: float = ALIKE) -> set[str]:
    """Ids of the texts that a text before them says already, in nearly the same words and with the same figures.

    Containment of runs of three words (Broder 1997), not the cosine: neighbours in one source reach a cosine of 0.96 where
    the title is embedded with them, and two sentences that differ only in a figure nearly 1. A text that brings a
    figure of its own is never a repeat.

    Args:
        texts: id -> text, best first; thirty passages take two milliseconds.
        alike: share of a text's runs that must stand in the earlier one, 0 to 1.
    """
    again: set[str] = set()
    kept: list[tuple[frozenset[tuple[str, ...]], frozenset[str]]] = []
    for id, text in texts.items():
        runs, figures = _runs(text)
        if any(len(runs & had) >= alike * len(runs) and figures <= told for had, told in kept):
            again.add(id)
        else:
            kept.append((runs, figures))
    return again


def _runs(text: str) -> tuple[frozenset[tuple[str, ...]], frozenset[str]]:
    words = _WORD.findall(text.casefold())
    runs = zip(words, words[1:], words[2:], strict=False) if len(words) > RUN else [tuple(words)]
    return frozenset(runs), frozenset(word for word in words if not word.isalpha())


def diverse(
    scores: Mapping[str, float],
    source_of: Callable[[str], str],
    per_source: int,
    *,
    again: Collection[str] = (),
    worth: float = WORTH,
) -> list[str]:
    """All ids, best first, but at most `per_source` of one source before the others have had their turn.

    What is over the cap sinks behind what is left of other sources, and repeats sink behind both; a second turn gives each
    source `per_source` more. Only passages worth it take part: those below a share of the best score stay behind, in
    their order, so that variety does not bring up what is beside the point.

    Args:
        scores: id -> score, 0 or more.
        again: ids that repeat an earlier one.
        worth: share of the best score, 0 to 1.
    """
    if per_source < 1:
        raise ValueError(f"at least one passage of a source must be let in, asked for {per_source}")
    ranked = sorted(scores, key=lambda id: -scores[id])
    least = worth * scores[ranked[0]] if ranked else 0.0
    seen: Counter[str] = Counter()
    turns: dict[str, tuple[int, int]] = {}
    for id in ranked:
        if scores[id] < least:
            turns[id] = (2, 0)
        elif id in again:
            turns[id] = (1, 0)
        else:
            turns[id] = (0, seen[source_of(id)] // per_source)
            seen[source_of(id)] += 1
    return sorted(ranked, key=turns.__getitem__)


def with_quotas(
    ranked: Sequence[str], class_of: Callable[[str], str], quotas: Mapping[str, int], k: int
) -> list[str]:
    """All ids, the first `k` of which hold of each class as many as its quota, if there are; each part in ranked order.

    Where the quotas ask for more than `k`, the classes take turns, in the order of `quotas`, until the places are gone.

    Args:
        ranked: ids, best first.
        quotas: class -> places; a class that is not named gets what is left.
        k: places in all.
    """
    waiting = {name: [id for id in ranked if class_of(id) == name][:n] for name, n in quotas.items()}
    turns = range(max((len(ids) for ids in waiting.values()), default=0))
    reserved = [ids[turn] for turn in turns for ids in waiting.values() if turn < len(ids)][: max(k, 0)]
    taken = set(reserved)
    free = max(k - len(taken), 0)
    taken.update([id for id in ranked if id not in taken][:free])
    return sorted(ranked, key=lambda id: id not in taken)
