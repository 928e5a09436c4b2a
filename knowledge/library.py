"""The library: passages with their vectors, found by meaning and by words; the only home of chromadb.

SQLite (store.py) holds the truth, Chroma the vectors. Whatever happens to the vectors, they are made again from
SQLite when the library is opened. One process owns a library's folder; within it every method may be called from
any thread.
"""

from __future__ import annotations

import dataclasses
import difflib
import json
import os
import shutil
import sqlite3
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from filelock import FileLock, Timeout
from platformdirs import user_data_dir

from . import dossier as builtin
from .embedders import Embedder, load_embedder
from .errors import IndexMismatch, KnowledgeError, LibraryLocked, SourceUnreadable, UnknownSource
from .passages import SPLITTER, Passage, split
from .references import Reference
from .sources import SUFFIXES, Source, from_text, read
from .store import DOSSIER, SourceRow, Store

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done, and of how much."""

COLLECTION = "passages"
EMBEDDED_AS = "text+topic@1"
"""Stamp of what is embedded of a passage; another one means that all vectors are made again."""
TOPIC_SHARE = 0.35
"""Measured on evals/data/golden.jsonl: 0.35 finds lists ("which infrastructures ...") and costs other questions nothing."""
RRF_K = 60  # Cormack, Clarke, Büttcher 2009
DEPTH = 100  # candidates that each of the two searches gives at least
BATCH = 256  # passages that are embedded and written together
"""Below Chroma's own limit of 5461, and small enough that progress is seen."""


@dataclass(frozen=True, kw_only=True)
class Hit:
    rank: int
    """From 1."""
    score: float
    """Fused score, 0 to 1: 1 is first by meaning and first by words. Orders hits; it is no probability."""
    passage: Passage
    dense: float | None
    """Cosine of query and passage, -1 to 1."""
    words: float | None
    """BM25, higher is better; None if no word of the query occurs or it was not among the candidates."""


@dataclass(frozen=True, kw_only=True)
class Added:
    source_id: str
    path: str
    title: str
    passages: int


@dataclass(frozen=True, kw_only=True)
class AddReport:
    """What became of every file; skipped and failed hold (path, reason)."""

    added: list[Added]
    skipped: list[tuple[str, str]]
    failed: list[tuple[str, str]]


class Library:
    """Use `Library.open`."""

    def __init__(self, path: Path, lock: FileLock, store: Store, embedder: str) -> None:
        self.path = path
        self._lock = lock
        self._store = store
        self._embedder_name = embedder
        self._writing = threading.RLock()
        self._closed = False
        self._chroma = _Vectors(path / "chroma")

    @classmethod
    def open(
        cls,
        path: Path | str | None = None,
        *,
        home: Path | None = None,
        embedder: str = "minilm",
        progress: Progress | None = None,
    ) -> Library:
        """The library in a folder, new or existing; without a folder the built-in one, made or brought up to date.

        Args:
            path: folder of a library of its own, without the dossier.
            home: folder under which the built-in library lies; the user's data folder by default.
            embedder: name for `load_embedder`; the library refuses to mix.

        Raises:
            LibraryLocked: another process has it open.
            IndexMismatch: it was made with another embedder or by a newer version.
        """
        folder = (
            Path(path) if path is not None else Path(home or user_data_dir("science-attache")) / "library"
        )
        folder = folder.expanduser().resolve()
        lock = _acquire(folder)
        try:
            library = cls(folder, lock, Store(folder / "library.sqlite"), embedder)
            library._bring_up_to_date(progress or _silent, with_dossier=path is None)
        except BaseException:
            lock.release()
            raise
        return library

    @cached_property
    def embedder(self) -> Embedder:
        """The embedder that made the vectors; its network is loaded at first use."""
        _, _, dtype = (self._store.meta("embedder") or "").partition("@")
        return load_embedder(self._embedder_name, dtype=dtype or None)

    def warm(self) -> None:
        """Load the embedder's network now, rather than at the first search."""
        self.embedder.warm()

    def add(self, paths: str | Path | Iterable[str | Path], *, progress: Progress | None = None) -> AddReport:
        """Files and folders into the library; what cannot be read is named in the report, the rest goes in."""
        report = AddReport(added=[], skipped=[], failed=[])
        named = [paths] if isinstance(paths, (str, Path)) else list(paths)
        files = [file for path in named for file in _walk(Path(path).expanduser(), report)]
        with self._writing:
            self._take(_read_all(files, report, progress or _silent), report, progress or _silent)
        return report

    def add_texts(
        self, items: Iterable[tuple[str, str, str]], *, progress: Progress | None = None
    ) -> AddReport:
        """Texts that are already at hand, as (id, title, text)."""
        report = AddReport(added=[], skipped=[], failed=[])
        with self._writing:
            self._take(_sources_of(items, report), report, progress or _silent)
        return report

    def search(self, query: str, k: int = 10, *, keep: Callable[[Passage], bool] | None = None) -> list[Hit]:
        """The k best passages by meaning and by words, ranks fused; none for an empty query.

        Args:
            keep: passages for which it is false are passed over.
        """
        self._check_open()
        total = self._store.count()
        if k < 1 or not query.strip() or not total:
            return []
        vector = self.embedder.query(query)
        depth = max(DEPTH, 2 * k)
        while True:
            dense = self._chroma.nearest(vector, min(depth, total))
            words = dict(self._store.words(query, depth))
            found = self._fused(dense, words, keep)
            if len(found) >= k or depth >= total:
                return self._hits(vector, found[:k], words)
            # Only a strict filter comes here.
            depth *= 8

    def _fused(
        self, dense: Sequence[str], words: dict[str, float], keep: Callable[[Passage], bool] | None
    ) -> list[tuple[float, Passage]]:
        scores: dict[str, float] = {}
        for ranking in (dense, list(words)):
            for rank, id in enumerate(ranking, start=1):
                scores[id] = scores.get(id, 0.0) + (RRF_K + 1) / 2 / (RRF_K + rank)
        passages = self._store.passages_of(list(scores))
        kept = [id for id in scores if id in passages and (keep is None or keep(passages[id]))]
        return [(scores[id], passages[id]) for id in sorted(kept, key=lambda id: -scores[id])]

    def _hits(
        self, vector: np.ndarray, found: list[tuple[float, Passage]], words: dict[str, float]
    ) -> list[Hit]:
        cosines = self.vectors([passage.id for _, passage in found]) @ vector
        return [
            Hit(rank=rank, score=score, passage=passage, dense=float(cosine), words=words.get(passage.id))
            for rank, ((score, passage), cosine) in enumerate(zip(found, cosines, strict=True), start=1)
        ]

    def frequency(self, word: str) -> int:
        """In how many passages a word occurs, in any of its forms; 0 says that the library never mentions it."""
        self._check_open()
        return self._store.frequency(word)

    def count(self) -> int:
        """How many passages there are."""
        self._check_open()
        return self._store.count()

    def passages(self, *, kind: str | None = None) -> list[Passage]:
        """All passages, or those of one kind, in stable order: the dossier's first."""
        self._check_open()
        return self._store.passages(kind=kind)

    def passage(self, id: str) -> Passage | None:
        self._check_open()
        return self._store.passages_of([id]).get(id)

    def vectors(self, ids: Sequence[str]) -> np.ndarray:
        """The passages' vectors in the order asked for, float32, length 1. *Shape:* (ids, dimension)

        Raises:
            KnowledgeError: there is no such passage.
        """
        self._check_open()
        if not ids:
            return np.zeros((0, self.embedder.dimension), dtype=np.float32)
        found = self._chroma.get(ids)
        if missing := [id for id in ids if id not in found]:
            raise KnowledgeError(f"the library has no passage {missing[0]!r}")
        return np.stack([found[id] for id in ids])

    def sources(self) -> list[SourceRow]:
        """The references behind the dossier's notes, then the user's sources."""
        self._check_open()
        return self._store.sources()

    def source_text(self, source_id: str) -> str:
        """The full text of a user's source, to which offsets refer.

        Raises:
            UnknownSource: no such source, or one of the dossier, of which only notes are here.
        """
        self._check_open()
        text = self._store.source_text(source_id)
        if text is None:
            raise UnknownSource(
                self._unknown(source_id, "its text is not in the library, only our notes on it")
            )
        return text

    def remove(self, source_id: str) -> None:
        """Take a user's source with its passages and vectors out of the library.

        Raises:
            UnknownSource: no such source, or one of the built-in dossier.
        """
        self._check_open()
        with self._writing:
            if self._store.source_text(source_id) is None:
                raise UnknownSource(
                    self._unknown(source_id, "it belongs to the built-in dossier and cannot be removed")
                )
            self._store.set_state(source_id, "removing")
            self._finish_removal(source_id)

    def _unknown(self, source_id: str, builtin_reason: str) -> str:
        if self._store.reference(source_id):
            return f"{source_id!r}: {builtin_reason}"
        ids = [row.id for row in self._store.sources() if row.kind == "user"]
        near = difflib.get_close_matches(source_id, ids, n=3, cutoff=0.5)
        hint = (
            f"nearest: {', '.join(near)}"
            if near
            else f"the user's sources are: {', '.join(ids[:10]) or 'none yet'}"
        )
        return f"the library has no source {source_id!r} ({hint})"

    def reference(self, citekey: str) -> Reference | None:
        """The bibliographic record of a citekey."""
        self._check_open()
        return self._store.reference(citekey)

    def status(self) -> dict[str, Any]:
        """Counts and stamps, for `doctor` and the status line."""
        self._check_open()
        rows = self._store.sources()
        return {
            "path": str(self.path),
            "sources": len(rows),
            "user_sources": sum(row.kind == "user" for row in rows),
            "passages": self._store.count(),
            "vectors": self._chroma.count(),
            "references": len(self._store.references()),
            "stamp": self._stamp(),
            "embedder": self._store.meta("embedder") or "",
            "dossier": (self._store.meta("dossier") or "")[:12],
            "chroma": version("chromadb"),
        }

    def close(self) -> None:
        """Let go of the folder; closing twice does nothing."""
        with self._writing:
            if self._closed:
                return
            self._closed = True
            self._chroma.close()
            self._store.close()
            _holder(self.path).unlink(missing_ok=True)
            self._lock.release()

    def __enter__(self) -> Library:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _check_open(self) -> None:
        if self._closed:
            raise KnowledgeError(f"the library {self.path} was closed: open it again")

    def _take(self, sources: Iterable[Source], report: AddReport, progress: Progress) -> None:
        self._check_open()
        waiting: list[tuple[Source, list[Passage]]] = []
        for source in sources:
            if source := self._accept(source, report):  # type: ignore[assignment]
                passages = split(source, self.embedder.count_tokens, self.embedder.max_tokens)
                self._store.put_source(source, passages)
                waiting.append((source, passages))
            if sum(len(passages) for _, passages in waiting) >= BATCH:
                self._settle(waiting, report, progress)
        self._settle(waiting, report, progress)

    def _accept(self, source: Source, report: AddReport) -> Source | None:
        """The source under an id that is free, or None if it is there already."""
        named = source.path or source.id
        if owner := self._store.owner_of_digest(source.digest):
            report.skipped.append((named, f"already in the library as {owner}"))
            return None
        if not self._store.taken(source.id):
            return source
        if not source.path:
            report.failed.append(
                (
                    named,
                    f"the id {source.id!r} belongs to another source: remove that first or use another id",
                )
            )
            return None
        id = f"{source.id}-{source.digest[:4]}"
        return dataclasses.replace(source, id=id, reference=source.reference.model_copy(update={"id": id}))

    def _settle(
        self, waiting: list[tuple[Source, list[Passage]]], report: AddReport, progress: Progress
    ) -> None:
        """Vectors for the sources that wait; only then are they seen."""
        self._embed([passage for _, passages in waiting for passage in passages], progress)
        for source, passages in waiting:
            self._store.set_state(source.id, "ready")
            named = source.path or source.id
            report.added.append(
                Added(source_id=source.id, path=named, title=source.title, passages=len(passages))
            )
        waiting.clear()

    def _embed(self, passages: Sequence[Passage], progress: Progress) -> None:
        for begin in range(0, len(passages), BATCH):
            some = passages[begin : begin + BATCH]
            progress("embedding", begin, len(passages))
            vectors = self._encode(some)
            if not self._store.meta("embedder"):
                self._store.set_meta("embedder", self.embedder.stamp)
            self._chroma.put(
                [passage.id for passage in some], vectors, [passage.source_id for passage in some]
            )
        if passages:
            progress("embedding", len(passages), len(passages))

    def _bring_up_to_date(self, progress: Progress, *, with_dossier: bool) -> None:
        """What every opening does: check the stamp, finish what was cut off, take in a changed dossier."""
        self._check_embedder()
        if self._store.meta("stamp") not in (None, self._stamp()):
            self._chroma.discard()
        self._chroma.open()
        self._store.set_meta("stamp", self._stamp())
        for owner in self._store.owners("removing"):
            self._finish_removal(owner)
        for owner in self._store.owners("pending"):
            self._repair(owner, progress)
        if self._chroma.count() != self._store.count():
            self._reconcile(progress)
        if with_dossier:
            self._refresh_dossier(progress)

    def _stamp(self) -> str:
        return f"chroma@{version('chromadb')} {EMBEDDED_AS} {SPLITTER}"

    def _encode(self, passages: Sequence[Passage]) -> np.ndarray:
        """Unit vectors of passages; a fact's leans towards its topic, since a note seldom names what it is an example of."""
        vectors = self.embedder.documents([passage.text for passage in passages])
        headings = sorted({passage.heading for passage in passages if _has_topic(passage)})
        if not headings:
            return vectors
        topics = dict(zip(headings, self.embedder.documents(headings), strict=True))
        for row, passage in enumerate(passages):
            if _has_topic(passage):
                vectors[row] += TOPIC_SHARE * topics[passage.heading]
        unit: np.ndarray = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return unit

    def _check_embedder(self) -> None:
        made_with = (self._store.meta("embedder") or "").partition("@")[0]
        asked = load_embedder(self._embedder_name).name
        if made_with and made_with != asked:
            raise IndexMismatch(
                f"the library {self.path} was made with the embedder {made_with!r}, the settings ask for {asked!r}: "
                f"set it back, or use another folder and add the sources there"
            )

    def _finish_removal(self, owner: str) -> None:
        self._chroma.delete(self._store.ids(owner))
        self._store.delete(owner)

    def _repair(self, owner: str, progress: Progress) -> None:
        passages = self._store.passages(owner=owner)
        self._chroma.delete([passage.id for passage in passages])
        self._embed(passages, progress)
        self._store.set_state(owner, "ready")

    def _reconcile(self, progress: Progress) -> None:
        """Vectors without a passage go, passages without a vector get one."""
        have, want = set(self._chroma.ids()), self._store.passages()
        self._chroma.delete(sorted(have - {passage.id for passage in want}))
        self._embed([passage for passage in want if passage.id not in have], progress)

    def _refresh_dossier(self, progress: Progress) -> None:
        digest = builtin.digest()
        if self._store.meta("dossier") == f"{digest} {SPLITTER} {builtin.NOTES}":
            return
        progress("reading the dossier", 0, 1)
        dossier = builtin.load()
        passages = builtin.passages(dossier)
        before = set(self._store.ids(DOSSIER))
        have = before & set(self._chroma.ids())
        self._store.put_dossier(digest, dossier.references, passages)
        self._chroma.delete(sorted(before - {passage.id for passage in passages}))
        # Ids are made from content, so an unchanged note keeps its vector.
        self._embed([passage for passage in passages if passage.id not in have], progress)
        self._store.set_state(DOSSIER, "ready")
        self._store.set_meta("dossier", f"{digest} {SPLITTER} {builtin.NOTES}")


def _silent(what: str, done: int, total: int) -> None:
    pass


def _has_topic(passage: Passage) -> bool:
    return passage.kind == "fact" and bool(passage.heading)


def _holder(folder: Path) -> Path:
    return folder / "library.holder.json"


def _acquire(folder: Path) -> FileLock:
    """The folder's lock; the operating system frees it when the process ends, however it ends."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # Not per thread: whoever closes the library may be another thread than the one that opened it.
        lock = FileLock(folder / "library.lock", timeout=0, thread_local=False)
        lock.acquire()
    except Timeout as exc:
        raise LibraryLocked(
            f"the library {folder} is in use by {_who_holds(folder)}: close that first"
        ) from exc
    except OSError as exc:
        raise KnowledgeError(f"the library folder {folder} cannot be used: {exc.strerror or exc}") from exc
    _holder(folder).write_text(
        json.dumps({"pid": os.getpid(), "command": " ".join(sys.argv) or "python"}), encoding="utf-8"
    )
    return lock


def _who_holds(folder: Path) -> str:
    try:
        holder = json.loads(_holder(folder).read_text(encoding="utf-8"))
        return f"process {holder['pid']} ({holder['command'][:200]})"
    except (OSError, ValueError, KeyError):
        return "another process"


def _walk(path: Path, report: AddReport) -> Iterator[Path]:
    """The files to read: the path itself, or in a folder all of known kinds, hidden ones left out."""
    if not path.is_dir():
        yield path
        return
    files = sorted(file for file in path.rglob("*") if file.is_file())
    for file in files:
        if any(part.startswith((".", "~$")) for part in file.relative_to(path).parts):
            continue
        if file.suffix.lower() in SUFFIXES:
            yield file
        else:
            report.skipped.append(
                (str(file), f"files of the kind {file.suffix or 'without suffix'} are not taken from folders")
            )


def _read_all(files: Sequence[Path], report: AddReport, progress: Progress) -> Iterator[Source]:
    for done, file in enumerate(files):
        progress(f"reading {file.name}", done, len(files))
        try:
            yield read(file)
        except SourceUnreadable as exc:
            report.failed.append((str(file), str(exc)))


def _sources_of(items: Iterable[tuple[str, str, str]], report: AddReport) -> Iterator[Source]:
    for id, title, text in items:
        try:
            yield from_text(id, title, text)
        except SourceUnreadable as exc:
            report.failed.append((id, str(exc)))


class _Vectors:
    """The Chroma collection of one library; writes are one at a time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._client: Any = None
        self._collection: Any = None
        self._writing = threading.Lock()

    def discard(self) -> None:
        """Forget all vectors: Chroma's own migrations go one way and have failed before, making anew does not."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def open(self) -> None:
        """Connect to the vectors; damaged ones are forgotten, for they can be made again."""
        from chromadb.errors import ChromaError

        if not self._is_database():
            self.discard()
        self._connect()
        try:
            self._probe()
        except ChromaError:
            self.close()
            self.discard()
            self._connect()

    def _is_database(self) -> bool:
        """False if there is a file and it is no SQLite database."""
        # Asked before Chroma is: a client that failed once stays broken for the whole process.
        file = self._folder / "chroma.sqlite3"
        if not file.exists():
            return True
        try:
            with closing(sqlite3.connect(file)) as db:
                db.execute("SELECT count(*) FROM sqlite_master").fetchone()
        except sqlite3.DatabaseError:
            return False
        return True

    def _connect(self) -> None:
        import chromadb
        from chromadb.config import Settings
        from chromadb.errors import ChromaError

        try:
            self._client = chromadb.PersistentClient(
                path=str(self._folder), settings=Settings(anonymized_telemetry=False)
            )
            # Without an embedding function: the default one would fetch a model from the network.
            self._collection = self._client.get_or_create_collection(
                COLLECTION,
                embedding_function=None,
                configuration={"hnsw": {"space": "cosine", "ef_search": 200}},
            )
        except (ChromaError, ValueError, OSError) as exc:
            raise KnowledgeError(
                f"the vectors cannot be opened ({exc}): delete {self._folder}, they are made again"
            ) from exc

    def _probe(self) -> None:
        one = self._collection.get(limit=1, include=["embeddings"])
        if one["ids"]:
            self.nearest(one["embeddings"][0], 1)

    def close(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = self._collection = None

    def count(self) -> int:
        return int(self._collection.count())

    def ids(self) -> list[str]:
        return list(self._collection.get(include=[])["ids"])

    def put(self, ids: list[str], vectors: np.ndarray, source_ids: list[str]) -> None:
        # upsert, because add() keeps what is there under an id without a word
        with self._writing:
            self._collection.upsert(
                ids=ids, embeddings=vectors, metadatas=[{"source_id": id} for id in source_ids]
            )

    def delete(self, ids: Sequence[str]) -> None:
        with self._writing:
            for begin in range(0, len(ids), BATCH):
                self._collection.delete(ids=list(ids[begin : begin + BATCH]))

    def nearest(self, vector: np.ndarray, n: int) -> list[str]:
        """Ids of the n nearest passages, nearest first."""
        found = self._collection.query(query_embeddings=[vector], n_results=n, include=["distances"])
        return list(found["ids"][0])

    def get(self, ids: Sequence[str]) -> dict[str, np.ndarray]:
        found: dict[str, np.ndarray] = {}
        for begin in range(0, len(ids), BATCH):
            some = self._collection.get(ids=list(ids[begin : begin + BATCH]), include=["embeddings"])
            found.update(
                {
                    id: np.asarray(v, dtype=np.float32)
                    for id, v in zip(some["ids"], some["embeddings"], strict=True)
                }
            )
        return found
