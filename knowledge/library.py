"""The library: what is known, found by meaning and by words. The front of this package.

SQLite holds the truth, Chroma the vectors (index.py keeps them in agreement). One process owns a library's folder, or
several share it through a Chroma server; within a process every method may be called from any thread.
"""

from __future__ import annotations

import dataclasses
import difflib
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from platformdirs import user_data_dir

from . import bibliography
from .embedders import Embedder, Reranker, load_reranker
from .errors import KnowledgeError, UnknownSource
from .index import EMBEDDED_AS, Differences, Index, Progress
from .intake import Added, AddReport, Intake, Options, of_paths, of_texts
from .locks import FolderLock
from .passages import SPLITTER, Passage
from .ranking import diverse, fused, nearest_parts, repeats, with_quotas
from .records import DOSSIER, edited
from .references import Reference
from .store import SourceRow, Store, Version
from .vectors import MOST_SOURCES, Vectors, chroma_version

DEPTH = 100  # candidates that each of the two searches gives at least
VECTORS_A_PASSAGE = 2  # looked for by meaning, since several vectors stand for one passage
RERANKED = 20  # hits that a cross-encoder reads
PER_SOURCE = 3  # spans of one source before others have had their turn
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


@dataclass(frozen=True, kw_only=True)
class Hit:
    rank: int
    """From 1."""
    score: float
    """Half the cosine, half the share of the words, 0 to 1. Orders hits; it is no probability."""
    passage: Passage
    dense: float | None
    """Cosine of the query and the nearest of the passage's vectors, -1 to 1."""
    words: float | None
    """BM25 as a share of what the query's words could score at most, 0 to 1; None if not among the candidates."""


@dataclass(frozen=True, kw_only=True)
class Filter:
    """Which passages may be found; what is empty lets everything pass."""

    sources: tuple[str, ...] = ()
    """Source ids, or citekeys of the dossier."""
    years: tuple[int | None, int | None] = (None, None)
    """First and last year of the source, both included; a source without a year passes only where none is asked."""
    interests: tuple[str, ...] = ()
    confidences: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()

    def by_source(self, facets: Mapping[str, tuple[int | None, str]]) -> set[str] | None:
        """Sources that may be found, None for all."""
        first, last = self.years
        if not self.sources and not self.interests and first is None and last is None:
            return None
        chosen = set(self.sources) or set(facets)
        return {id for id in chosen if self._passes(*facets.get(id, (None, "")))}

    def _passes(self, year: int | None, interest: str) -> bool:
        first, last = self.years
        if (first is not None or last is not None) and year is None:
            return False
        in_time = year is None or ((first or year) <= year <= (last or year))
        return in_time and (not self.interests or interest in self.interests)

    def keeps(self, passage: Passage) -> bool:
        """Whether the passage itself is of a wanted confidence and kind."""
        of_confidence = not self.confidences or passage.confidence in self.confidences
        return of_confidence and (not self.kinds or passage.kind in self.kinds)


EVERYTHING = Filter()
SIDES = ("hub", "network", "joined", "objection")
"""What `search` can be asked to hold a number of: notes that speak for a pole, and opposing views."""


class Library:
    """Use `Library.open`."""

    def __init__(self, path: Path, lock: FolderLock, index: Index, reranker: Reranker | None = None) -> None:
        self.path = path
        self._reranker = reranker
        self._lock = lock
        self._index = index
        self._store = index.store
        self._closed = False

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
                told = progress or _silent
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
        intake = Intake(self._index, report, options or Options(), progress or _silent, told or _untold)
        intake.run(items, total=sum(item.size for item in items))
        return report

    def add_texts(
        self, items: Iterable[tuple[str, str, str]], *, progress: Progress | None = None
    ) -> AddReport:
        """Texts that are already at hand, as (id, title, text); another text under a known id is its next version."""
        self._check_open()
        self._index.mend()
        report = AddReport()
        Intake(self._index, report, Options(), progress or _silent, _untold).run(of_texts(items))
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
        """The k best passages by meaning and by words, ranks fused; none for an empty query.

        Args:
            only: which sources and kinds of passages may be found.
            keep: passages for which it is false are passed over.
            quotas: at least so many of each side (`SIDES`) among the k, where the library has them.
        """
        self._check_open()
        if unknown := sorted(set(quotas or ()) - set(SIDES)):
            raise KnowledgeError(f"no such side {unknown[0]!r}: known are {', '.join(SIDES)}")
        total = self._store.count()
        if k < 1 or not query.strip() or not total:
            return []
        sources = only.by_source(self._store.records.facets())
        if sources is not None and not sources:
            return []

        def wanted(passage: Passage) -> bool:
            in_source = sources is None or passage.source_id in sources
            return in_source and only.keeps(passage) and (keep is None or keep(passage))

        vector = self.embedder.query(query)
        # A quota may be filled by a passage that is far down.
        depth = 8 * max(DEPTH, 2 * k) if quotas else max(DEPTH, 2 * k)
        while True:
            found = self._candidates(query, vector, depth, sources, wanted)
            if len(found) >= k or depth >= total:
                break
            # Only a strict filter comes here.
            depth *= 8
        found = self._judged(query, found)
        order = self._spread(found, k)
        if quotas:
            order = with_quotas(order, lambda id: _side(found[id].passage), quotas, k)
        return self._ranked(vector, [found[id] for id in order[:k]])

    def nearest(self, query: str, k: int) -> list[Passage]:
        """The k passages nearest by meaning alone, for comparison with `search`."""
        self._check_open()
        found = self._index.vectors.nearest(self.embedder.query(query), VECTORS_A_PASSAGE * k)
        ids = list(nearest_parts((id.partition("#")[0], cosine) for id, cosine in found))[:k]
        passages = self._store.passages_of(ids)
        return [passages[id] for id in ids if id in passages]

    def worded(self, query: str, k: int) -> list[Passage]:
        """The k passages found by words alone, best first, for comparison with `search`."""
        self._check_open()
        words, _ = self._store.words(query, k)
        passages = self._store.passages_of(list(words))
        return [passages[id] for id in words]

    def _candidates(
        self,
        query: str,
        vector: np.ndarray,
        depth: int,
        sources: set[str] | None,
        wanted: Callable[[Passage], bool],
    ) -> dict[str, Hit]:
        """Wanted passages among the nearest by meaning and the best by words, best first."""
        narrow = sorted(sources) if sources is not None and len(sources) <= MOST_SOURCES else None
        words, around = self._store.words(query, depth, narrow)
        dense = nearest_parts(
            (id.partition("#")[0], cosine)
            for id, cosine in self._index.vectors.nearest(vector, VECTORS_A_PASSAGE * depth, narrow)
        )
        passages = self._store.passages_of(list({**dense, **words}))
        in_source = {
            id: around[p.source_id]
            for id, p in passages.items()
            if p.source_id in around and p.kind == "span"
        }
        scores = fused(dense, words, in_source)
        return {
            id: Hit(rank=0, score=score, passage=passages[id], dense=dense.get(id), words=words.get(id))
            for id, score in scores.items()
            if id in passages and wanted(passages[id])
        }

    def _judged(self, query: str, found: dict[str, Hit]) -> dict[str, Hit]:
        """The hits with the best of them in the order of the cross-encoder, if there is one."""
        top = list(found)[:RERANKED]
        if self._reranker is None or not top:
            return found
        worth = self._reranker.scores(query, [found[id].passage.text for id in top])
        # They share out the scores that they had, so that the rest stays below them.
        scores = [found[id].score for id in top]
        order = sorted(range(len(top)), key=lambda row: -float(worth[row]))
        judged = {
            top[row]: dataclasses.replace(found[top[row]], score=s)
            for row, s in zip(order, scores, strict=True)
        }
        return {**judged, **{id: hit for id, hit in found.items() if id not in judged}}

    def _ranked(self, vector: np.ndarray, hits: Sequence[Hit]) -> list[Hit]:
        """The hits with their ranks, and with the cosine of those that only words found."""
        lacking = [hit.passage.id for hit in hits if hit.dense is None]
        own = self._store.vectors_for(lacking).values()
        cosines = nearest_parts((passage, float(part @ vector)) for passage, part in own)
        return [
            dataclasses.replace(hit, rank=rank, dense=cosines.get(hit.passage.id, hit.dense))
            for rank, hit in enumerate(hits, start=1)
        ]

    def _spread(self, found: Mapping[str, Hit], k: int) -> list[str]:
        """The order in which hits are shown: one source does not fill the list, nothing is said twice near its top."""
        top = [found[id].passage for id in list(found)[: 2 * k]]
        again = repeats({passage.id: passage.text for passage in top if passage.kind == "span"})
        scores = {id: hit.score for id, hit in found.items()}
        return diverse(scores, lambda id: _cap_key(found[id].passage), PER_SOURCE, again=again)

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
        """The passages' vectors in the order asked for, float32, length 1. *Shape:* (ids, dimension)

        Raises:
            KnowledgeError: there is no such passage.
        """
        self._check_open()
        if not ids:
            return np.zeros((0, self.embedder.dimension), dtype=np.float32)
        found = self._store.vectors_of(ids)
        if missing := [id for id in ids if id not in found]:
            raise KnowledgeError(f"the library has no passage {missing[0]!r}")
        return np.stack([found[id] for id in ids])

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
        return self._index.rebuild(progress or _silent, embed=embed)

    def copy_to(self, path: Path) -> None:
        """The whole library, vectors included, as one SQLite file."""
        self._check_open()
        self._store.copy_to(path)

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


def _side(passage: Passage) -> str:
    return "objection" if passage.kind == "opposing_view" else passage.pole


def _cap_key(passage: Passage) -> str:
    # Every note of ours is a statement by itself, whatever it is drawn from.
    return passage.source_id if passage.kind == "span" else passage.id


def _silent(what: str, done: int, total: int) -> None:
    pass


def _untold(added: Added) -> None:
    pass
