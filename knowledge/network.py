"""Rows of token numbers -> unit vectors, by a BERT encoder whose every batch is one flat run of tokens.

Only attention sees blocks of texts, filled up to a multiple of 16; all other steps see one long row without padding. A batch
runs on one thread, and several batches at once: two cores that wait for each other after every small step are slower
than two cores with work of their own, above all where other programs want them too.

Only the plain BERT encoder with mean pooling is known here. Whether a model is one, and whether the vectors are those
of its own library, is asked by `supports` and tested by the caller.
"""

from __future__ import annotations

import itertools
import threading
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

BATCH_TOKENS = 1024
"""Tokens of one batch: its widest layer fits a core's cache, and a question never waits long behind it."""
STEP = 16
"""Attention takes twice the time where the length is no multiple of this."""
FULL = 128
"""A batch is filled up to a multiple of so many tokens: oneDNN makes code anew for every number of rows that it meets."""
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
    """A BERT encoder at one precision; may be called from any thread, since nothing in it changes.

    Args:
        weights: tensors by the names that `BertModel` gives them.
        config: `num_attention_heads`, `hidden_size`, `layer_norm_eps` and `num_hidden_layers`.
        dtype: `float32`, `bfloat16`, or `int8`: matrices of one byte a weight and the rest in float32, which is several
            times as fast as float32 on processors of the last ten years and gives the same on all of them, up to rounding.
    """

    def __init__(self, weights: Mapping[str, Any], config: Mapping[str, Any], dtype: str) -> None:
        import torch

        self._bytes = dtype == "int8"
        kind = torch.float32 if self._bytes else getattr(torch, dtype)

        def pair(name: str) -> tuple[Any, Any]:
            return tuple(
                weights[f"{name}.{part}"].detach().to(kind).contiguous() for part in ("weight", "bias")
            )

        self._heads: int = config["num_attention_heads"]
        self._width: int = config["hidden_size"]
        self._epsilon: float = config["layer_norm_eps"]
        self._words = weights["embeddings.word_embeddings.weight"].detach().to(kind)
        # Every token is of the first type.
        first = weights["embeddings.token_type_embeddings.weight"].detach()[0]
        self._places = (weights["embeddings.position_embeddings.weight"].detach() + first).to(kind)
        self._norm = pair("embeddings.LayerNorm")
        self._packed = dtype == "bfloat16" and _has_packed_linear()

        def matrix(weight: Any, bias: Any) -> tuple[Any, Any]:
            if self._bytes:
                return _in_bytes(weight, bias), None
            return (weight.to_mkldnn() if self._packed else weight), bias

        names = (f"encoder.layer.{number}" for number in range(config["num_hidden_layers"]))
        self._layers = [_layer(name, pair, matrix) for name in names]

    def __call__(self, rows: Sequence[np.ndarray]) -> np.ndarray:
        """Unit vectors, float32. *Shape:* (rows, width)"""
        import torch
        from torch.nn import functional

        with torch.inference_mode():
            means = [part.mean(0, dtype=torch.float32) for part in self.states(rows)]
            vectors: np.ndarray = functional.normalize(torch.stack(means)).numpy()
        return vectors

    def states(self, rows: Sequence[np.ndarray], added: Any = None) -> Sequence[Any]:
        """What the last layer makes of each token of each row; a tensor a row. *Shape:* (tokens, width)

        Args:
            added: what goes on top of the embeddings of all rows' tokens, one after the other. *Shape:* (tokens, width)
        """
        import torch
        from torch.nn import functional

        with torch.inference_mode():
            lengths = [len(row) for row in rows]
            blocks = _blocks(lengths, self._words.dtype)
            places = np.concatenate([np.arange(length, dtype=np.int32) for length in lengths])
            x = functional.embedding(torch.from_numpy(np.concatenate(rows)), self._words)
            x = x + functional.embedding(torch.from_numpy(places), self._places)
            x = self._normed(x if added is None else x + added, self._norm)
            x = functional.pad(x, (0, 0, 0, -len(x) % FULL))
            for layer in self._layers:
                x = self._step(x, layer, blocks)
            found: Sequence[Any] = x[: len(places)].split(lengths)
        return found

    def _step(self, x: Any, layer: _Layer, blocks: list[_Block]) -> Any:
        from torch.nn import functional

        mixed = self._attention(self._linear(x, layer.inward), blocks)
        x = self._normed(self._linear(mixed, layer.outward, x), layer.attention_norm)
        wide = functional.gelu(self._linear(x, layer.wide))
        return self._normed(self._linear(wide, layer.narrow, x), layer.norm)

    def _linear(self, x: Any, weights: tuple[Any, Any], added: Any = None) -> Any:
        """x times the weights, plus the bias, plus what is to be added."""
        import torch

        if self._bytes:
            found = torch.ops.quantized.linear_dynamic(x, weights[0], False)
            return found if added is None else found.add_(added)
        # oneDNN's own operator adds bias and residual in one go: 1.1 times as fast a network in bfloat16.
        if self._packed and added is None:
            return torch.ops.mkldnn._linear_pointwise(x, *weights, "none", [], "")
        if self._packed:
            return torch.ops.mkldnn._linear_pointwise.binary(x, added, *weights, "add")
        found = torch.nn.functional.linear(x, *weights)
        return found if added is None else found.add_(added)

    def _attention(self, inward: Any, blocks: list[_Block]) -> Any:
        import torch
        from torch.nn import functional

        size = self._width // self._heads
        mixed = []
        for block in blocks:
            part = inward.index_select(0, block.into).view(block.texts, block.length, 3, self._heads, size)
            query, key, value = part.permute(2, 0, 3, 1, 4).unbind(0)
            found = functional.scaled_dot_product_attention(query, key, value, attn_mask=block.mask)
            mixed.append(found.transpose(1, 2).reshape(-1, self._width).index_select(0, block.back))
        found = mixed[0] if len(mixed) == 1 else torch.cat(mixed)
        return functional.pad(found, (0, 0, 0, len(inward) - len(found)))

    def _normed(self, x: Any, weights: tuple[Any, Any]) -> Any:
        from torch.nn import functional

        return functional.layer_norm(x, (self._width,), *weights, self._epsilon)


def _in_bytes(weight: Any, bias: Any) -> Any:
    """A matrix with one scale a row, and its bias, packed for oneDNN's integer operator."""
    import torch

    scales = (weight.abs().amax(1) / 127).clamp(min=1e-12).double()
    zeros = torch.zeros(len(weight), dtype=torch.long)
    with warnings.catch_warnings():
        # torch says that these tensors will go one day; the version of torch is pinned.
        warnings.simplefilter("ignore", UserWarning)
        rounded = torch.quantize_per_channel(weight, scales, zeros, 0, torch.qint8)
    # Packing looks at a setting of the whole process.
    before = torch.backends.quantized.engine
    torch.backends.quantized.engine = (
        "onednn" if "onednn" in torch.backends.quantized.supported_engines else before
    )
    try:
        return torch.ops.quantized.linear_prepack(rounded, bias)
    finally:
        torch.backends.quantized.engine = before


def _has_packed_linear() -> bool:
    """Whether this torch has oneDNN's linear operator in the form that `_linear` calls."""
    import torch

    if not torch.backends.mkldnn.is_available():
        return False
    try:
        x = torch.ones(2, 4, dtype=torch.bfloat16)
        weight = torch.ones(4, 4, dtype=torch.bfloat16).to_mkldnn()
        plain = torch.ops.mkldnn._linear_pointwise(x, weight, x[0], "none", [], "")
        added = torch.ops.mkldnn._linear_pointwise.binary(x, x, weight, x[0], "add")
    except (AttributeError, RuntimeError, NotImplementedError):
        return False
    return bool((plain == 5).all() and (added == 6).all())


def _layer(
    name: str,
    pair: Callable[[str], tuple[Any, Any]],
    matrix: Callable[[Any, Any], tuple[Any, Any]],
) -> _Layer:
    import torch

    inward = [pair(f"{name}.attention.self.{part}") for part in ("query", "key", "value")]
    weights, biases = zip(*inward, strict=True)
    return _Layer(
        inward=matrix(torch.cat(weights), torch.cat(biases)),
        outward=matrix(*pair(f"{name}.attention.output.dense")),
        attention_norm=pair(f"{name}.attention.output.LayerNorm"),
        wide=matrix(*pair(f"{name}.intermediate.dense")),
        narrow=matrix(*pair(f"{name}.output.dense")),
        norm=pair(f"{name}.output.LayerNorm"),
    )


@dataclass(frozen=True, kw_only=True)
class _Block:
    """Texts that are next to each other and of nearly one length, as one block for attention alone."""

    texts: int
    length: int
    into: Any
    """For each place of the block the token that goes there; any token where there is none."""
    back: Any
    """For each token its place in the block."""
    mask: Any
    """Minus infinity where there is no token; None if there is one everywhere."""


def _blocks(lengths: Sequence[int], dtype: Any) -> list[_Block]:
    """The blocks of texts that follow each other; lengths are filled up to a multiple of `STEP`."""
    found, begin = [], 0
    for length, same in itertools.groupby(lengths, lambda length: -(-length // STEP) * STEP):
        found.append(_block(begin, own := list(same), length, dtype))
        begin += sum(own)
    return found


def _block(begin: int, lengths: Sequence[int], length: int, dtype: Any) -> _Block:
    import torch

    own = torch.tensor(lengths).unsqueeze(1)
    there = torch.arange(length).expand(len(lengths), length) < own
    starts = begin + torch.cumsum(own, 0) - own
    into = torch.where(there, starts + torch.arange(length), begin)
    mask = torch.zeros(len(lengths), 1, 1, length, dtype=dtype)
    mask.masked_fill_(~there[:, None, None, :], float("-inf"))
    return _Block(
        texts=len(lengths),
        length=length,
        into=into.flatten(),
        back=there.flatten().nonzero().squeeze(1),
        mask=None if bool(there.all()) else mask,
    )


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
