"""The library: what is known, found by meaning and by words. The front of this package.

SQLite holds the truth, Chroma the vectors (index.py keeps them in agreement). One process owns a library's folder, or
several share it through a Chroma server; within a process every method may be called from any thread.
"""

from __future__ import annotations

import difflib
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from platformdirs import user_data_dir

from . import bibliography
from .embedders import Embedder, Reranker, load_reranker
from .errors import KnowledgeError, UnknownSource
from .index import EMBEDDED_AS, PART, Differences, Index, Progress, silent
from .intake import Added, AddReport, Intake, Options, of_paths, of_texts
from .locks import FolderLock
from .passages import SPLITTER, Passage
from .records import DOSSIER, edited
from .references import Reference
from .search import EVERYTHING, Filter, Hit, Searcher
from .store import SourceRow, Store, Version
from .vectors import Vectors, chroma_version

EDITABLE = (
    "title",
    "author",
    "issued",
    "interest",
    "type",
    "DOI",
    "URL",
    "publisher",
    "container_title",
    "language",
)
"""Fields of a record that a person may set."""


class Library:
    """Use `Library.open`."""

    def __init__(self, path: Path, lock: FolderLock, index: Index, reranker: Reranker | None = None) -> None:
        self.path = path
        self._lock = lock
        self._index = index
        self._store = index.store
        self._closed = False
        self._searcher = Searcher(index, reranker)

    @classmethod
    def open(
        cls,
        path: Path | str | None = None,
        *,
        home: Path | None = None,
        dossier: str = "",
        embedder: str = "minilm",
        chroma_url: str = "",
        reranker: str = "",
        progress: Progress | None = None,
        rebuild: bool = False,
    ) -> Library:
        """The library in a folder, new or existing; without a folder the built-in one, made or brought up to date.

        Args:
            path: folder of a library of its own, without the built-in dossier.
            home: folder under which the built-in library lies; the user's data folder by default.
            dossier: name of a workspace under `home`: its own sources over the built-in library.
            embedder: name for `load_embedder`; the library refuses to mix.
            reranker: folder of a cross-encoder that orders the best hits anew; slower by some 30 ms a hit.
            chroma_url: of a Chroma server that holds the vectors, so that several processes may open the library.
            rebuild: make all vectors anew, whatever embedder made those of before.

        Raises:
            LibraryLocked: another process has it open.
            IndexMismatch: it was made with another embedder or by a newer version.
            UnknownDossier: there is no such workspace.
        """
        from . import dossiers

        base = Path(home or user_data_dir("science-attache")).expanduser()
        folder = Path(path).expanduser() if path is not None else dossiers.folder(base, dossier) / "library"
        folder = folder.resolve()
        donor = base / "library" / "library.sqlite" if dossier and path is None else None
        judge = load_reranker(reranker)
        lock = FolderLock(folder, shared=bool(chroma_url))
        lock.open()
        try:
            with lock.writing():
                index = _index(folder, lock, embedder, chroma_url)
                told = progress or silent
                if rebuild:
                    index.rebuild(told, embed=True)
                index.bring_up_to_date(told, donor=donor, with_dossier=path is None)
        except BaseException:
            lock.close()
            raise
        return cls(folder, lock, index, judge)

    @property
    def embedder(self) -> Embedder:
        """The embedder that made the vectors; its network is loaded at first use."""
        return self._index.embedder

    def warm(self) -> None:
        """Load the embedder's network now, rather than at the first search."""
        self.embedder.warm()

    # --- adding and removing -------------------------------------------------------------------------------

    def add(
        self,
        paths: str | Path | Iterable[str | Path],
        *,
        options: Options | None = None,
        progress: Progress | None = None,
        told: Callable[[Added], None] | None = None,
    ) -> AddReport:
        """Files, folders, addresses and bibliographies into the library; what cannot be read is named, the rest goes in.

        Args:
            told: called with each source as soon as it is in for good.
        """
        self._check_open()
        self._index.mend()
        report = AddReport()
        named = [paths] if isinstance(paths, (str, Path)) else list(paths)
        items = of_paths(named, options or Options(), report)
        if options and options.citekey and len(items) != 1:
            raise KnowledgeError(f"one file can be attached to {options.citekey!r}, {len(items)} were given")
        intake = Intake(self._index, report, options or Options(), progress or silent, told or _untold)
        intake.run(items, total=sum(item.size for item in items))
        return report

    def add_texts(
        self, items: Iterable[tuple[str, str, str]], *, progress: Progress | None = None
    ) -> AddReport:
        """Texts that are already at hand, as (id, title, text); another text under a known id is its next version."""
        self._check_open()
        self._index.mend()
        report = AddReport()
        Intake(self._index, report, Options(), progress or silent, _untold).run(of_texts(items))
        return report

    def remove(self, source_id: str) -> None:
        """Take a user's source or record, with its passages, vectors and versions, out of the library.

        Raises:
            UnknownSource: no such source, or one of the built-in dossier.
        """
        self._check_open()
        if not self._store.versions(source_id) and self._store.records.owner(source_id) in (None, DOSSIER):
            raise UnknownSource(
                self._unknown(source_id, "it belongs to the built-in dossier and cannot be removed")
            )
        self._index.remove(source_id)

    # --- searching -----------------------------------------------------------------------------------------

    def search(
        self,
        query: str,
        k: int = 10,
        *,
        only: Filter = EVERYTHING,
        keep: Callable[[Passage], bool] | None = None,
        quotas: Mapping[str, int] | None = None,
    ) -> list[Hit]:
        """The k best passages by meaning and by words; none for an empty query.

        Args:
            only: which sources and kinds of passages may be found.
            keep: passages for which it is false are passed over.
            quotas: at least so many of each side (`SIDES`) among the k, where the library has them.
        """
        self._check_open()
        return self._searcher.search(query, k, only=only, keep=keep, quotas=quotas or {})

    def nearest(self, query: str, k: int) -> list[Passage]:
        """The k passages nearest by meaning alone, for comparison with `search`."""
        self._check_open()
        return self._searcher.nearest(query, k)

    def worded(self, query: str, k: int) -> list[Passage]:
        """The k passages found by words alone, best first, for comparison with `search`."""
        self._check_open()
        return self._searcher.worded(query, k)

    def frequency(self, word: str) -> int:
        """In how many passages a word occurs, in any of its forms; 0 says that the library never mentions it."""
        self._check_open()
        return self._store.frequency(word)

    # --- what is there -------------------------------------------------------------------------------------

    def count(self) -> int:
        """How many passages there are."""
        self._check_open()
        return self._store.count()

    def passages(self, *, kind: str | None = None) -> list[Passage]:
        """All passages, or those of one kind, in stable order: the dossier's first."""
        self._check_open()
        return self._store.passages(kind=kind)

    def passage(self, id: str, *, past: bool = False) -> Passage | None:
        """The passage of this id; with `past` also one of an earlier version of its source, which no search finds."""
        self._check_open()
        return self._store.passages_of([id], past=past).get(id)

    def vectors(self, ids: Sequence[str]) -> np.ndarray:
        """One vector for each passage, the mean of its parts, in the order asked for, float32, length 1.

        *Shape:* (ids, dimension)

        Raises:
            KnowledgeError: there is no such passage.
        """
        self._check_open()
        if not ids:
            return np.zeros((0, self.embedder.dimension), dtype=np.float32)
        parts: dict[str, list[np.ndarray]] = {}
        for id, (passage, vector) in self._store.vectors_for(ids).items():
            if id == passage or PART in id:
                parts.setdefault(passage, []).append(vector)
        if missing := [id for id in ids if id not in parts]:
            raise KnowledgeError(f"the library has no passage {missing[0]!r}")
        whole = np.stack([np.mean(parts[id], axis=0) for id in ids])
        unit: np.ndarray = whole / np.linalg.norm(whole, axis=1, keepdims=True)
        return unit

    def sources(self) -> list[SourceRow]:
        """The references behind the dossier's notes, then the user's sources, then records without a text."""
        self._check_open()
        return self._store.sources()

    def versions(self, source_id: str) -> list[Version]:
        """All versions of a user's source, oldest first; the last is in force.

        Raises:
            UnknownSource: no such source, or none with a text.
        """
        self._check_open()
        found = self._store.versions(source_id)
        if not found:
            raise UnknownSource(self._unknown(source_id, "its text is not in the library"))
        return found

    def source_text(self, source_id: str, version: int | None = None) -> str:
        """The full text of a user's source, to which offsets refer; of an earlier version where one is asked for.

        Raises:
            UnknownSource: no such source or version, or one of the dossier, of which only notes are here.
        """
        self._check_open()
        text = self._store.source_text(source_id, version)
        if text is None:
            which = f"version {version} of its text" if version else "its text"
            raise UnknownSource(self._unknown(source_id, f"{which} is not in the library"))
        return text

    # --- records -------------------------------------------------------------------------------------------

    def reference(self, citekey: str) -> Reference | None:
        """The bibliographic record of a citekey."""
        self._check_open()
        return self._store.records.get(citekey)

    def references(self, *, own: bool = True) -> list[Reference]:
        """The user's records in the order in which they came, or all."""
        self._check_open()
        return self._store.records.all(own=own)

    def edit(self, source_id: str, **fields: Any) -> Reference:
        """The record with these fields (`EDITABLE`) set by a person; they no longer count as guessed.

        Args:
            author: names as "Family, Given; Family, Given", or a body's name.

        Raises:
            UnknownSource: no such record, or one of the built-in dossier.
            KnowledgeError: no such field, or a value that it does not take.
        """
        self._check_open()
        record = self._store.records.get(source_id)
        if record is None or self._store.records.owner(source_id) == DOSSIER:
            raise UnknownSource(
                self._unknown(source_id, "it belongs to the built-in dossier and is not edited")
            )
        if unknown := sorted(set(fields) - set(EDITABLE)):
            raise KnowledgeError(
                f"a record has no field {unknown[0]!r} to edit: known are {', '.join(EDITABLE)}"
            )
        changed = edited(record, fields)
        with self._lock.writing():
            self._store.records.put([changed])
            if changed.title != record.title:
                self._store.set_title(source_id, changed.title)
        return changed

    def export(self, format: bibliography.Format, source_ids: Iterable[str] = ()) -> str:
        """The user's records, or those asked for, as BibTeX, RIS or CSL-JSON.

        Raises:
            UnknownSource: no such record.
        """
        self._check_open()
        ids = list(source_ids)
        chosen = [self._store.records.get(id) for id in ids] if ids else list(self.references())
        if missing := [id for id, record in zip(ids, chosen, strict=False) if record is None]:
            raise UnknownSource(self._unknown(missing[0], ""))
        return bibliography.write_records([record for record in chosen if record], format)

    # --- health --------------------------------------------------------------------------------------------

    def compare(self) -> Differences:
        """What differs between SQLite and Chroma, number by number; nothing is changed."""
        self._check_open()
        return self._index.compare()

    def rebuild(self, *, progress: Progress | None = None, embed: bool = False) -> int:
        """Makes Chroma's vectors anew from SQLite and gives back how many there are.

        Args:
            embed: make the vectors themselves anew too.
        """
        self._check_open()
        return self._index.rebuild(progress or silent, embed=embed)

    def status(self) -> dict[str, Any]:
        """Counts and stamps, for `doctor` and the status line."""
        self._check_open()
        rows = self._store.sources()
        return {
            "path": str(self.path),
            "sources": sum(row.kind != "record" for row in rows),
            "user_sources": sum(row.kind == "user" for row in rows),
            "passages": self._store.count(),
            "vectors": self._index.vectors.count(),
            "vectors_wanted": self._store.count_vectors(),
            "references": self._store.records.count(),
            "stamp": f"{EMBEDDED_AS} {SPLITTER}",
            "embedder": self._store.meta("embedder") or "",
            "dossier": (self._store.meta("dossier") or "")[:12],
            "chroma": chroma_version(),
            "vectors_at": self._index.vectors.place,
        }

    def close(self) -> None:
        """Let go of the folder; closing twice does nothing."""
        if self._closed:
            return
        with self._lock.writing():
            self._closed = True
            self._index.vectors.close()
            self._store.close()
        self._lock.close()

    def __enter__(self) -> Library:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _check_open(self) -> None:
        if self._closed:
            raise KnowledgeError(f"the library {self.path} was closed: open it again")

    def _unknown(self, source_id: str, builtin_reason: str) -> str:
        if self._store.records.get(source_id):
            return f"{source_id!r}: {builtin_reason}"
        ids = [row.id for row in self._store.sources() if row.kind != "dossier"]
        near = difflib.get_close_matches(source_id, ids, n=3, cutoff=0.5)
        hint = (
            f"nearest: {', '.join(near)}"
            if near
            else f"the user's sources are: {', '.join(ids[:10]) or 'none yet'}"
        )
        return f"the library has no source {source_id!r} ({hint})"


def _index(folder: Path, lock: FolderLock, embedder: str, chroma_url: str) -> Index:
    store = Store(folder / "library.sqlite")
    if not store.meta("id"):
        store.set_meta("id", uuid.uuid4().hex[:12])
    name = f"attache-{store.meta('id')}" if chroma_url else "passages"
    return Index(store, Vectors(folder / "chroma", url=chroma_url, name=name), lock, embedder)


def _untold(added: Added) -> None:
    pass
