"""The vectors of one library in Chroma, in a folder or on a server; the only home of chromadb.

Nothing here is the truth: every vector is in SQLite too, so whatever is damaged is forgotten and put back.
"""

from __future__ import annotations

import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import numpy as np

from .errors import KnowledgeError

T = TypeVar("T")
BATCH = 1000
"""Vectors of one call; Chroma takes 5461 at most."""
MOST_SOURCES = 200
"""Sources that a query may be narrowed to; for more, looking through all vectors is as fast."""
_INDEX = {"hnsw": {"space": "cosine", "ef_search": 200}}


def chroma_version() -> str:
    return version("chromadb")


class Vectors:
    """One Chroma collection; writes are one at a time.

    Args:
        folder: where Chroma keeps its files if there is no server.
        url: of a Chroma server, such as `http://127.0.0.1:8000`; "" for the folder.
        name: of the collection.
    """

    def __init__(self, folder: Path, *, url: str = "", name: str = "passages") -> None:
        self._folder = folder
        self._url = url
        self._name = name
        self._client: Any = None
        self._collection: Any = None
        self._writing = threading.Lock()

    @property
    def place(self) -> str:
        """Where the vectors are, as a stamp: two places may hold different states of one library."""
        return self._url or f"folder, chroma {chroma_version()}"

    def open(self) -> None:
        """Connects; damaged files are forgotten, for the vectors can be put back.

        Raises:
            KnowledgeError: the folder cannot be used, or the server does not answer.
        """
        from chromadb.errors import ChromaError

        self.close()
        if not self._url and not self._is_database():
            self._remove_files()
        self._connect()
        try:
            self._probe()
        except ChromaError:
            self.discard()

    def close(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = self._collection = None

    def discard(self) -> None:
        """Forgets all vectors and starts with an empty collection."""
        from chromadb.errors import NotFoundError

        # Chroma's own migrations go one way and have failed before; making anew does not.
        if self._url:
            with self._told(), suppress(NotFoundError):
                self._client.delete_collection(self._name)
        else:
            self.close()
            self._remove_files()
        self._connect()

    def count(self) -> int:
        return int(self._do(lambda: self._collection.count()))

    def ids(self) -> list[str]:
        return list(self._do(lambda: self._collection.get(include=[]))["ids"])

    def put(self, vectors: Mapping[str, np.ndarray], source_ids: Mapping[str, str]) -> None:
        """Writes vectors under their ids, in place of what was there.

        Args:
            source_ids: vector id -> source, by which a query can be narrowed.
        """
        ids = list(vectors)
        with self._writing:
            for begin in range(0, len(ids), BATCH):
                some = ids[begin : begin + BATCH]
                # upsert, because add() keeps what is there under an id without a word
                self._do(
                    lambda some=some: self._collection.upsert(  # type: ignore[misc]
                        ids=some,
                        embeddings=np.stack([vectors[id] for id in some]),
                        metadatas=[{"source_id": source_ids[id]} for id in some],
                    )
                )

    def delete(self, ids: Sequence[str]) -> None:
        with self._writing:
            for begin in range(0, len(ids), BATCH):
                some = list(ids[begin : begin + BATCH])
                self._do(lambda some=some: self._collection.delete(ids=some))  # type: ignore[misc]

    def nearest(
        self, vector: np.ndarray, n: int, sources: Sequence[str] | None = None
    ) -> list[tuple[str, float]]:
        """(id, cosine) of the n nearest vectors, nearest first.

        Args:
            sources: only vectors of these; at most `MOST_SOURCES`.
        """
        if sources is not None and not sources:
            return []
        where = {"source_id": {"$in": list(sources)}} if sources is not None else None
        found = self._do(
            lambda: self._collection.query(
                query_embeddings=[vector], n_results=n, include=["distances"], where=where
            )
        )
        # Chroma's cosine distance is 1 - cosine.
        return [(id, 1 - float(d)) for id, d in zip(found["ids"][0], found["distances"][0], strict=True)]

    def get(self, ids: Sequence[str]) -> dict[str, np.ndarray]:
        """Vectors as Chroma has them; unknown ids are left out."""
        found: dict[str, np.ndarray] = {}
        for begin in range(0, len(ids), BATCH):
            some = list(ids[begin : begin + BATCH])
            got = self._do(lambda some=some: self._collection.get(ids=some, include=["embeddings"]))  # type: ignore[misc]
            pairs = zip(got["ids"], got["embeddings"], strict=True)
            found.update({id: np.asarray(v, dtype=np.float32) for id, v in pairs})
        return found

    def _do(self, work: Callable[[], T]) -> T:
        """What `work` gives; once more after finding the collection anew, if another process made it anew."""
        from chromadb.errors import NotFoundError

        with self._told():
            try:
                return work()
            except NotFoundError:
                self._find()
                return work()

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Turns what Chroma raises, or a server that went away, into a sentence."""
        import httpx
        from chromadb.errors import ChromaError

        try:
            yield
        except httpx.HTTPError as exc:
            raise KnowledgeError(
                f"the Chroma server {self._url} does not answer ({exc}): is it still running?"
            ) from exc
        except ChromaError as exc:
            where = f"on {self._url}" if self._url else f"in {self._folder}"
            raise KnowledgeError(
                f"the vectors {where} cannot be used ({exc}): `attache sources rebuild` makes them anew"
            ) from exc

    def _connect(self) -> None:
        from chromadb.errors import ChromaError

        try:
            self._client = self._server() if self._url else self._local()
            self._find()
        except (ChromaError, ValueError, OSError) as exc:
            how = (
                f"start it with `chroma run --path FOLDER --port {urlsplit(self._url).port or 8000}`"
                if self._url
                else f"delete {self._folder}, they are put back from SQLite"
            )
            where = f" on the Chroma server {self._url}" if self._url else ""
            raise KnowledgeError(f"the vectors{where} cannot be opened ({exc}): {how}") from exc

    def _find(self) -> None:
        # Without an embedding function: the default one would fetch a model from the network.
        self._collection = self._client.get_or_create_collection(
            self._name, embedding_function=None, configuration=_INDEX
        )

    def _local(self) -> Any:
        import chromadb
        from chromadb.config import Settings

        return chromadb.PersistentClient(
            path=str(self._folder), settings=Settings(anonymized_telemetry=False)
        )

    def _server(self) -> Any:
        import chromadb
        from chromadb.config import Settings

        parts = urlsplit(self._url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise KnowledgeError(
                f"the address of the Chroma server must be like http://127.0.0.1:8000, not {self._url!r}"
            )
        return chromadb.HttpClient(
            host=parts.hostname,
            port=parts.port or (443 if parts.scheme == "https" else 8000),
            ssl=parts.scheme == "https",
            settings=Settings(anonymized_telemetry=False),
        )

    def _remove_files(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)

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

    def _probe(self) -> None:
        one = self._collection.get(limit=1, include=["embeddings"])
        if one["ids"]:
            self._collection.query(query_embeddings=[one["embeddings"][0]], n_results=1)
