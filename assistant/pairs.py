"""A claim and a passage, read together by a small taught network: does the passage bear out the claim?

In go pairs of texts; out comes for each how far the passage supports, contradicts or does not hold the claim, and which
of the claim's words it does not bear out. The network is the built-in embedder's own (MiniLM, six layers), taught
further on pairs written for it; only the difference to the embedder's weights is kept here, at one byte a weight.

Each word piece carries a mark beside its meaning: what the hard readings (`quantities`, `words`, `cues`) know of it, such
as "a figure that the passage lacks". That spares the network from learning arithmetic and spelling.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.resources import files
from math import exp
from pathlib import Path
from typing import Any

import numpy as np

from .claims import Text, named_in, read
from .quantities import matches, pooled
from .words import likely_name

WEIGHTS = "pair_model.safetensors"
PASSAGE_TOKENS = 200
"""Word pieces of a passage that are read; `window` in `check` chooses its sentences before."""
CLAIM_TOKENS = 110
_CLS, _SEP = 101, 102
SIDES = 3
"""Neither, claim, passage."""
_DOUBT = 0.5

# Marks. Of the claim:
_HELD, _ALIKE, _MISSING, _FIGURE, _ROUND_FIGURE, _NO_FIGURE, _NAME, _NO_NAME = range(1, 9)
# Of the passage:
_ASKED, _LEFT, _FIGURE_ASKED, _FIGURE_LEFT, _NAME_LEFT = range(9, 14)
MARKS = 14
"""Kinds of mark; 0 is none."""

Span = tuple[int, int, int]
"""Start and end in characters, end exclusive, and a mark."""


@dataclass(frozen=True, kw_only=True)
class Encoded:
    """A pair as the network takes it: claim first. All three of one length."""

    ids: list[int]
    marks: list[int]
    sides: list[int]
    """0 for the separators, 1 for the claim, 2 for the passage."""
    claim_offsets: list[tuple[int, int]]
    """Characters of the claim that each of its word pieces stands for."""


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What the network says of one pair."""

    support: float
    """Log-odds that the passage bears out the whole claim."""
    contradicts: float
    """Log-odds that the passage speaks against the claim rather than being silent on it."""
    doubt: float
    """Log-odds of the most doubtful word piece."""
    wrong: tuple[str, ...]
    """Words of the claim that the passage does not bear out, as written."""


def marked(claim: Text, passage: Text) -> tuple[list[Span], list[Span]]:
    """What the hard readings know of the claim's words and of the passage's."""
    return _claim_marks(claim, passage), _passage_marks(claim, passage)


def _claim_marks(claim: Text, passage: Text) -> list[Span]:
    known = pooled(passage.quantities)
    found: list[Span] = []
    for quantity in claim.quantities:
        exact = any(matches(quantity, other, rounding=False) for other in known)
        near = exact or any(matches(quantity, other) for other in known)
        found.append(
            (quantity.start, quantity.end, _FIGURE if exact else _ROUND_FIGURE if near else _NO_FIGURE)
        )
    content = set(claim.content)
    for word in claim.words:
        if _inside(word.start, found):
            continue
        held = word.stem in passage.stems or word.fold in passage.folds
        if likely_name(word, passage.low):
            mark = _NAME if held or named_in(word, claim, passage) else _NO_NAME
        elif word in content:
            mark = _HELD if held else _ALIKE if passage.holds(word) else _MISSING
        else:
            continue
        found.append((word.start, word.end, mark))
    return found


def _inside(place: int, spans: Sequence[Span]) -> bool:
    return any(start <= place < end for start, end, _ in spans)


def _passage_marks(claim: Text, passage: Text) -> list[Span]:
    found: list[Span] = []
    for quantity in passage.quantities:
        asked = any(matches(other, quantity) for other in claim.quantities)
        found.append((quantity.start, quantity.end, _FIGURE_ASKED if asked else _FIGURE_LEFT))
    content = set(passage.content)
    for word in passage.words:
        name = likely_name(word, "")
        if not _inside(word.start, found) and (name or word in content):
            left = _NAME_LEFT if likely_name(word, claim.low) else _LEFT
            found.append((word.start, word.end, _ASKED if claim.holds(word) else left))
    return found


@lru_cache(maxsize=4096)
def _pieces(text: str) -> tuple[list[int], list[tuple[int, int]]]:
    found = _tokenizer()(text)
    return found.ids, found.offsets


@lru_cache(maxsize=1)
def _tokenizer() -> Callable[[str], Any]:
    from knowledge.embedders import minilm_tokenizer

    tokenizer = minilm_tokenizer()
    return lambda text: tokenizer.encode(text, add_special_tokens=False)


def window(claim: Text, sentences: Sequence[Text], closeness: Callable[[], Sequence[float]]) -> str:
    """The passage if the network can read it whole, else those of its sentences that speak of the claim, in their order.

    Args:
        closeness: gives the cosine of the claim with each sentence; asked only where there is too much to read.
    """
    sizes = [len(_pieces(sentence.text)[0]) for sentence in sentences]
    if sum(sizes) <= PASSAGE_TOKENS:
        return " ".join(sentence.text for sentence in sentences)
    fit = [near + _shared(claim, sentence) for near, sentence in zip(closeness(), sentences, strict=True)]
    room = PASSAGE_TOKENS
    chosen: list[int] = []
    for place in sorted(range(len(sentences)), key=lambda place: -fit[place]):
        if sizes[place] <= room or not chosen:
            chosen.append(place)
            room -= sizes[place]
    return " ".join(sentences[place].text for place in sorted(chosen))


def _shared(claim: Text, sentence: Text) -> float:
    """Share of the claim's content words in a sentence, and half the share of its figures."""
    held = sum(sentence.holds(word) for word in claim.content) / max(1, len(claim.content))
    figures = sum(any(matches(one, other) for other in sentence.quantities) for one in claim.quantities)
    return held + 0.5 * figures / max(1, len(claim.quantities))


def encoded(claim: str, passage: str) -> Encoded:
    """The pair for the network; what is beyond the limits of length is left out."""
    # Whether a claim ends with a stop says nothing about it.
    claim = claim.rstrip(" .")
    about_claim, about_passage = marked(read(claim), read(passage))
    claim_ids, claim_offsets = _pieces(claim)
    passage_ids, passage_offsets = _pieces(passage)
    claim_ids, claim_offsets = claim_ids[:CLAIM_TOKENS], claim_offsets[:CLAIM_TOKENS]
    passage_ids, passage_offsets = passage_ids[:PASSAGE_TOKENS], passage_offsets[:PASSAGE_TOKENS]
    return Encoded(
        ids=[_CLS, *claim_ids, _SEP, *passage_ids, _SEP],
        marks=[0, *_spread(claim_offsets, about_claim), 0, *_spread(passage_offsets, about_passage), 0],
        sides=[0, *[1] * len(claim_ids), 0, *[2] * len(passage_ids), 0],
        claim_offsets=list(claim_offsets),
    )


def _spread(offsets: Sequence[tuple[int, int]], spans: Sequence[Span]) -> list[int]:
    """The mark of each word piece."""
    marks = [0] * len(offsets)
    for start, end, mark in spans:
        for place, (begin, stop) in enumerate(offsets):
            if begin < end and stop > start:
                marks[place] = mark
    return marks


class PairModel:
    """The taught network; may be called from any thread. Scores are the same on every machine up to rounding."""

    def __init__(self, taught: dict[str, Any]) -> None:
        from knowledge.embedders import minilm_config, minilm_weights
        from knowledge.network import Network

        weights = minilm_weights()
        for name, values in taught.items():
            if name.startswith("encoder.") or name.startswith("embeddings."):
                weights[name] = weights[name] + values
        # The same integers on every processor: a verdict must not hang on the machine.
        self._network = Network(weights, minilm_config(), "int8")
        self._marks = taught["marks.weight"]
        self._head = {name: taught[name] for name in taught if name.startswith(("pair.", "word."))}

    def read(self, pairs: Sequence[tuple[str, str]]) -> list[Reading]:
        """What the network says of each (claim, passage), in their order."""
        if not pairs:
            return []
        from knowledge.network import workers

        # One by one, on all cores: rounding to bytes looks at a whole batch, and a claim's reading must not hang on others.
        return workers().map(self._reading, pairs)

    def _reading(self, pair: tuple[str, str]) -> Reading:
        import torch
        from torch.nn import functional

        row, head = encoded(*pair), self._head
        own = len(row.claim_offsets)
        with torch.inference_mode():
            marks = functional.embedding(torch.tensor(row.marks), self._marks)
            added = marks + functional.embedding(torch.tensor(row.sides) + MARKS, self._marks)
            states = self._network.states([np.array(row.ids, dtype=np.int32)], added)[0]
            claim, passage = states[1 : 1 + own], states[2 + own : -1]
            whole = torch.cat([states[0], claim.mean(0), passage.mean(0)])
            hidden = torch.tanh(functional.linear(whole, head["pair.inner.weight"], head["pair.inner.bias"]))
            logits = functional.linear(hidden, head["pair.outer.weight"], head["pair.outer.bias"])
            doubts = functional.linear(claim, head["word.weight"], head["word.bias"]).squeeze(-1)
        return Reading(
            support=float(logits[0] - torch.logsumexp(logits[1:], 0)),
            contradicts=float(logits[1] - logits[2]),
            doubt=float(doubts.max()),
            wrong=_wrong_words(pair[0], row.claim_offsets, doubts.tolist()),
        )


def _wrong_words(claim: str, offsets: Sequence[tuple[int, int]], doubts: Sequence[float]) -> tuple[str, ...]:
    """The stretches of the claim whose word pieces are more likely wrong than not, whole words."""
    stretches: list[list[int]] = []
    for word in read(claim).words:
        doubt = max(
            (d for (a, b), d in zip(offsets, doubts, strict=True) if a < word.end and b > word.start),
            default=-9.0,
        )
        if 1 / (1 + exp(-doubt)) >= _DOUBT:
            if stretches and not claim[stretches[-1][1] : word.start].strip():
                stretches[-1][1] = word.end
            else:
                stretches.append([word.start, word.end])
    return tuple(claim[start:end] for start, end in stretches)


class Seconded:
    """The taught network with an NLI cross-encoder of the user's beside it: support is the mean of both."""

    def __init__(self, taught: PairModel, folder: Path) -> None:
        from knowledge.embedders import EntailmentModel

        self._taught, self._second = taught, EntailmentModel(folder)

    def read(self, pairs: Sequence[tuple[str, str]]) -> list[Reading]:
        """As `PairModel.read`; the words in doubt are the taught network's."""
        if not pairs:
            return []
        first = self._taught.read(pairs)
        second = self._second.odds([(passage, claim) for claim, passage in pairs])
        return [
            replace(
                reading,
                support=(reading.support + float(yes - np.logaddexp(against, neither))) / 2,
                contradicts=(reading.contradicts + float(against - neither)) / 2,
            )
            for reading, (yes, against, neither) in zip(first, second, strict=True)
        ]


_loading = threading.Lock()
_loaded: list[PairModel] = []
_chosen: list[Seconded] = []


def pair_model() -> PairModel | Seconded:
    """What reads pairs in this process: the taught network that comes with the program, or what `second_opinion` set.

    Raises:
        EmbedderMissing: the embedder's weights, which it builds on, are missing or not the published ones.
    """
    return _chosen[0] if _chosen else _taught()


def _taught() -> PairModel:
    with _loading:
        if not _loaded:
            _loaded.append(PairModel(unpacked(files("assistant").joinpath(WEIGHTS).read_bytes())))
        return _loaded[0]


def second_opinion(folder: str) -> None:
    """Have an NLI cross-encoder read along from now on, in the whole process; none for an empty name.

    Raises:
        EmbedderMissing: there is none in the folder, or it is not made for NLI.
    """
    made = [Seconded(_taught(), Path(folder).expanduser())] if folder else []
    _chosen[:] = made


def packed(taught: dict[str, Any]) -> bytes:
    """The network's own weights as a safetensors file: matrices at one byte a weight with one scale a row."""
    import torch
    from safetensors.torch import save

    found: dict[str, Any] = {}
    for name, values in taught.items():
        values = values.detach().float()
        if values.dim() == 2 and values.numel() > 10_000 and not name.startswith("marks"):
            scale = values.abs().amax(1, keepdim=True).clamp(min=1e-12) / 127
            found[name] = torch.round(values / scale).to(torch.int8)
            found[f"{name}:scale"] = scale
        else:
            found[name] = values.contiguous()
    made: bytes = save(found)
    return made


def unpacked(data: bytes) -> dict[str, Any]:
    from safetensors.torch import load

    stored = load(data)
    return {
        name: values.float() * stored[f"{name}:scale"] if f"{name}:scale" in stored else values
        for name, values in stored.items()
        if not name.endswith(":scale")
    }
