"""Rows of token numbers -> unit vectors, by a BERT encoder whose every batch is one flat run of tokens.

No padding and no mask: texts of one length go through attention together, all other steps see one long row. A batch
runs on one thread, and several batches at once: two cores that wait for each other after every small step are slower
than two cores with work of their own, above all where other programs want them too.

Only the plain BERT encoder with mean pooling is known here. Whether a model is one, and whether the vectors are those
of its own library, is asked by `supports` and tested by the caller.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

BATCH_TOKENS = 2048
"""Tokens of one batch: its widest layer fits a core's cache, and a question never waits long behind it."""
MOST_WORKERS = 16

_In = TypeVar("_In")
_Out = TypeVar("_Out")


@dataclass(frozen=True, kw_only=True)
class Workers:
    """Threads for documents and one for questions, so that a question does not queue behind a long source."""

    cores: int
    documents: ThreadPoolExecutor
    questions: ThreadPoolExecutor

    def map(self, work: Callable[[_In], _Out], items: Iterable[_In]) -> list[_Out]:
        """What `work` gives for each item, in their order."""
        return list(self.documents.map(work, items))


_starting = threading.Lock()
_started: list[Workers] = []


def workers() -> Workers:
    """The threads of this process, as many as torch would have used for one step."""
    with _starting:
        if not _started:
            import torch

            cores = min(torch.get_num_threads(), MOST_WORKERS)
            _started.append(
                Workers(
                    cores=cores,
                    documents=ThreadPoolExecutor(cores, "embed", initializer=_on_one_core),
                    questions=ThreadPoolExecutor(1, "embed-question", initializer=_on_one_core),
                )
            )
        return _started[0]


def _on_one_core() -> None:
    import torch

    torch.set_num_threads(1)


@dataclass(frozen=True, kw_only=True)
class _Layer:
    """Weights of one layer; query, key and value are one matrix."""

    inward: tuple[Any, Any]
    outward: tuple[Any, Any]
    attention_norm: tuple[Any, Any]
    wide: tuple[Any, Any]
    narrow: tuple[Any, Any]
    norm: tuple[Any, Any]


class Network:
    """A BERT encoder at one precision; may be called from any thread, since nothing in it changes."""

    def __init__(self, bert: Any, dtype: str) -> None:
        import torch

        kind = getattr(torch, dtype)

        def pair(module: Any) -> tuple[Any, Any]:
            return module.weight.detach().to(kind).contiguous(), module.bias.detach().to(kind).contiguous()

        config, embeddings = bert.config, bert.embeddings
        self._heads: int = config.num_attention_heads
        self._width: int = config.hidden_size
        self._epsilon: float = config.layer_norm_eps
        self._words = embeddings.word_embeddings.weight.detach().to(kind)
        # Every token is of the first type.
        first = embeddings.token_type_embeddings.weight.detach()[0]
        self._places = (embeddings.position_embeddings.weight.detach() + first).to(kind)
        self._norm = pair(embeddings.LayerNorm)
        self._layers = [_layer(layer, pair) for layer in bert.encoder.layer]

    def __call__(self, rows: Sequence[np.ndarray]) -> np.ndarray:
        """Unit vectors, float32; neighbours of one length share a step. *Shape:* (rows, width)"""
        import torch
        from torch.nn import functional

        runs = [(length, len(list(same))) for length, same in itertools.groupby(map(len, rows))]
        with torch.inference_mode():
            places = np.concatenate([np.arange(len(row), dtype=np.int32) for row in rows])
            x = functional.embedding(torch.from_numpy(np.concatenate(rows)), self._words)
            x = self._normed(x + functional.embedding(torch.from_numpy(places), self._places), self._norm)
            for layer in self._layers:
                x = self._step(x, layer, runs)
            means = [
                part.mean(1, dtype=torch.float32) for part in _parts(x, runs, lambda n, size: (n, size, -1))
            ]
            vectors: np.ndarray = functional.normalize(torch.cat(means)).numpy()
        return vectors

    def _step(self, x: Any, layer: _Layer, runs: list[tuple[int, int]]) -> Any:
        from torch.nn import functional

        mixed = self._attention(functional.linear(x, *layer.inward), runs)
        x = self._normed(functional.linear(mixed, *layer.outward).add_(x), layer.attention_norm)
        wide = functional.gelu(functional.linear(x, *layer.wide))
        return self._normed(functional.linear(wide, *layer.narrow).add_(x), layer.norm)

    def _attention(self, inward: Any, runs: list[tuple[int, int]]) -> Any:
        import torch
        from torch.nn import functional

        size = self._width // self._heads
        mixed = []
        for part in _parts(inward, runs, lambda n, length: (n, length, 3, self._heads, size)):
            query, key, value = part.permute(2, 0, 3, 1, 4).unbind(0)
            found = functional.scaled_dot_product_attention(query, key, value)
            mixed.append(found.transpose(1, 2).reshape(-1, self._width))
        return mixed[0] if len(mixed) == 1 else torch.cat(mixed)

    def _normed(self, x: Any, weights: tuple[Any, Any]) -> Any:
        from torch.nn import functional

        return functional.layer_norm(x, (self._width,), *weights, self._epsilon)


def _layer(layer: Any, pair: Callable[[Any], tuple[Any, Any]]) -> _Layer:
    import torch

    attention = layer.attention.self
    weights, biases = zip(*map(pair, (attention.query, attention.key, attention.value)), strict=True)
    return _Layer(
        inward=(torch.cat(weights), torch.cat(biases)),
        outward=pair(layer.attention.output.dense),
        attention_norm=pair(layer.attention.output.LayerNorm),
        wide=pair(layer.intermediate.dense),
        narrow=pair(layer.output.dense),
        norm=pair(layer.output.LayerNorm),
    )


def _parts(
    x: Any, runs: list[tuple[int, int]], shape: Callable[[int, int], tuple[int, ...]]
) -> Iterator[Any]:
    """The flat tokens as one block for each run of texts of one length."""
    begin = 0
    for length, texts in runs:
        yield x[begin : begin + length * texts].view(shape(texts, length))
        begin += length * texts


def supports(model: Any) -> bool:
    """Whether a sentence-transformers model is a plain BERT encoder with mean pooling and no prompt of its own."""
    modules = list(model)
    if [type(module).__name__ for module in modules[:2]] != ["Transformer", "Pooling"]:
        return False
    if any(type(module).__name__ != "Normalize" for module in modules[2:]) or model.default_prompt_name:
        return False
    bert: Any = getattr(modules[0], "auto_model", None)
    return (
        type(bert).__name__ == "BertModel"
        and modules[1].pooling_mode == "mean"
        and bert.config.hidden_act == "gelu"
        and not bert.config.is_decoder
        and not getattr(modules[0], "do_lower_case", False)
    )


def batches(lengths: Sequence[int]) -> list[list[int]]:
    """Indices of the rows, longest first, in batches of at most BATCH_TOKENS tokens or of one row."""
    order = sorted(range(len(lengths)), key=lambda row: -lengths[row])
    found: list[list[int]] = []
    room = 0
    for row in order:
        if lengths[row] > room or not found:
            found.append([])
            room = BATCH_TOKENS
        found[-1].append(row)
        room -= lengths[row]
    return found
