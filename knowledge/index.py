"""SQLite, Chroma and the embedder of one library, kept in agreement.

A source goes in embedded: one transaction writes its text, passages and vectors to SQLite as pending, then Chroma gets
the vectors, then one transaction puts it in force. Killed anywhere between, the next opening finishes from SQLite; what
was not yet written is as if it had never been begun.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from pathlib import Path

import numpy as np

from . import dossier as builtin
from .embedders import Embedder, load_embedder
from .errors import IndexMismatch
from .locks import FolderLock
from .passages import SPLITTER, Passage, embedded_parts, split
from .records import DOSSIER
from .sources import Source
from .store import Entry, State, Store, borrow_vectors
from .vectors import Vectors

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done, and of how much."""
Named = dict[str, tuple[str, np.ndarray]]
"""Vector id -> (passage id, vector)."""


def silent(what: str, done: int, total: int) -> None:
    """Progress that nobody looks at."""


EMBEDDED_AS = "parts with title and heading; notes with topic; questions@4"
"""Stamp of what is embedded of a passage; another one means that all vectors are made again."""
TOPIC_SHARE = 0.35
"""Measured on evals/data/golden.jsonl: 0.35 finds lists ("which infrastructures ...") and costs other questions nothing."""
PART = "#p"
"""In the id of a vector that stands for a further part of a passage; other vectors with # are questions."""
TOGETHER = "#all-"
"""In the id of the vector that is the middle of a note's questions."""
PART_TOKENS = 128  # of one part; 64 finds as well on SciFact and costs more vectors
BATCH = 256  # passages that are embedded and written together, small enough that progress is seen
UNFINISHED: tuple[State, ...] = ("pending", "removing", "retiring")
TOLERANCE = 1e-3  # largest difference of a number in a vector that is rounding


@dataclass(frozen=True, kw_only=True)
class Differences:
    """What SQLite and Chroma disagree on, as vector ids, and what SQLite finds wrong with itself."""

    missing: tuple[str, ...] = ()
    """In SQLite, not in Chroma."""
    extra: tuple[str, ...] = ()
    """In Chroma, not in SQLite."""
    changed: tuple[str, ...] = ()
    """In both, with other numbers."""
    unfinished: tuple[str, ...] = ()
    """Sources whose adding or removing was cut off and not yet repaired."""
    unembedded: tuple[str, ...] = ()
    """Passages without a vector."""
    faults: tuple[str, ...] = ()

    def sentences(self) -> list[str]:
        """Each difference in words; empty if all agree."""
        counted = {
            "{} vectors are in SQLite but not in Chroma": self.missing,
            "{} vectors are in Chroma but not in SQLite": self.extra,
            "{} vectors in Chroma are not the ones in SQLite": self.changed,
            "{} sources were cut off while they were added or removed": self.unfinished,
            "{} passages have no vector": self.unembedded,
        }
        return [words.format(len(ids)) for words, ids in counted.items() if ids] + list(self.faults)


class Index:
    """Use it through `Library`; every change is made under the folder's lock."""

    def __init__(self, store: Store, vectors: Vectors, lock: FolderLock, embedder: str) -> None:
        self.store = store
        self.vectors = vectors
        self.lock = lock
        self._embedder_name = embedder

    @cached_property
    def embedder(self) -> Embedder:
        """The embedder that made the vectors; its network is loaded at first use."""
        _, _, dtype = (self.store.meta("embedder") or "").partition("@")
        return load_embedder(self._embedder_name, dtype=dtype or None)

    def cut(self, source: Source) -> list[Passage]:
        """The passages of a source, none longer than the embedder reads."""
        read = self.embedder
        return split(source, read.count_tokens, read.max_tokens, token_starts=read.token_starts, title=True)

    # --- changes -------------------------------------------------------------------------------------------

    def mend(self) -> None:
        """Finishes what an earlier change could not, such as when the Chroma server had gone."""
        if any(self.store.units(state) for state in UNFINISHED):
            with self.lock.writing():
                self._finish(silent)

    def put(self, entries: Sequence[Entry]) -> None:
        """Sources with their passages and vectors into the library; each is in whole or not at all."""
        with self.lock.writing():
            self.store.put(entries)
            # All at once: a call to Chroma costs more than the vectors in it.
            vectors = {id: pair for entry in entries for id, pair in entry.vectors.items()}
            self._to_chroma(vectors, [passage for entry in entries for passage in entry.passages])
            self.store.settle([entry.source.id for entry in entries])
            self._retire()

    def remove(self, owner: str) -> None:
        """A source in all its versions out of SQLite and Chroma."""
        with self.lock.writing():
            self.store.set_removing(owner)
            self._finish_removal(owner)

    def _finish_removal(self, owner: str) -> None:
        self.vectors.delete(self.store.vector_ids(owner))
        self.store.delete(owner)

    def encode(self, passages: Sequence[Passage]) -> Named:
        """Unit vectors: one for each part of a span; for a note of ours one, and one for each question it answers."""
        if not passages:
            return {}
        rows = [(id, passage.id, text) for passage in passages for id, text in self._texts(passage)]
        vectors = self.embedder.documents([text for _, _, text in rows])
        found: Named = {id: (passage, v) for (id, passage, _), v in zip(rows, vectors, strict=True)}
        found.update(_together(passages, found))
        self._lean_to_topics(found, [passage for passage in passages if _has_topic(passage)])
        if not self.store.meta("embedder"):
            self.store.set_meta("embedder", self.embedder.stamp)
        return found

    def _texts(self, passage: Passage) -> Iterator[tuple[str, str]]:
        """(vector id, text) of all that is embedded of a passage; the first has the passage's own id."""
        if passage.kind == "span":
            read = self.embedder
            limit = min(PART_TOKENS, read.max_tokens)
            parts = embedded_parts(passage, read.count_tokens, read.token_starts, limit)
            yield from zip(_part_ids(passage.id), parts, strict=False)
            return
        # A note is a sentence that stands by itself; its heading is our own filing.
        yield passage.id, passage.text
        yield from ((_question_id(passage, text), text) for text in passage.questions)

    def _lean_to_topics(self, found: Named, facts: Sequence[Passage]) -> None:
        """A fact's vector leans towards its topic, since a note seldom names what it is an example of."""
        headings = sorted({fact.heading for fact in facts})
        topics = dict(zip(headings, self.embedder.documents(headings), strict=True)) if headings else {}
        for fact in facts:
            vector = found[fact.id][1] + TOPIC_SHARE * topics[fact.heading]
            found[fact.id] = (fact.id, vector / np.linalg.norm(vector))

    def _to_chroma(self, vectors: Mapping[str, tuple[str, np.ndarray]], passages: Iterable[Passage]) -> None:
        source_of = {passage.id: passage.source_id for passage in passages}
        self.vectors.put(
            {id: vector for id, (_, vector) in vectors.items()},
            {id: source_of[passage] for id, (passage, _) in vectors.items()},
        )

    def _retire(self) -> None:
        for owner, version in self.store.units("retiring"):
            self.vectors.delete(self.store.vector_ids(owner, version))
            self.store.retire(owner, version)

    # --- opening, repair -----------------------------------------------------------------------------------

    def bring_up_to_date(self, progress: Progress, *, donor: Path | None, with_dossier: bool) -> None:
        """What every opening does: check the stamps, finish what was cut off, take in a changed dossier.

        Args:
            donor: another library's database, from which vectors of equal notes are taken over.
        """
        self._check_embedder()
        self._check_stamp()
        self.vectors.open()
        with self.lock.writing():
            self._finish(progress)
            self._cut_anew(progress)
            if with_dossier:
                self._refresh_dossier(progress, donor)
            self._embed_rest(progress)
            self._agree(progress)

    def _check_embedder(self) -> None:
        made_with = (self.store.meta("embedder") or "").partition("@")[0]
        asked = load_embedder(self._embedder_name).name
        if made_with and made_with != asked:
            raise IndexMismatch(
                f"the library was made with the embedder {made_with!r}, the settings ask for {asked!r}: "
                "set it back, or embed all sources anew with `attache sources rebuild --embed`"
            )

    def _check_stamp(self) -> None:
        made_as = self.store.meta("embedded_as")
        if made_as == EMBEDDED_AS:
            return
        with self.lock.writing():
            if made_as is not None:
                self.store.drop_vectors()
            self.store.set_meta("embedded_as", EMBEDDED_AS)

    def _finish(self, progress: Progress) -> None:
        # A source is there once for each of its versions.
        for owner in dict.fromkeys(owner for owner, _ in self.store.units("removing")):
            self._finish_removal(owner)
        for owner, version in self.store.units("pending"):
            passages = self.store.passages(owner=owner, version=version)
            self._complete(passages, progress)
            self.store.settle([owner])
        self._retire()

    def _complete(self, passages: Sequence[Passage], progress: Progress) -> None:
        """Vectors for these passages in SQLite, where they lack one, and in Chroma."""
        for begin in range(0, len(passages), BATCH):
            some = passages[begin : begin + BATCH]
            have = self.store.vectors_for([passage.id for passage in some])
            lacking = [passage for passage in some if passage.id not in have]
            if lacking:
                progress("embedding", begin, len(passages))
                made = self.encode(lacking)
                self.store.put_vectors(made)
                have.update(made)
            self._to_chroma(have, some)

    def _cut_anew(self, progress: Progress) -> None:
        """Sources that an older splitter cut get a new version with today's passages; the old ones stay verifiable."""
        if self.store.meta("splitter") == SPLITTER:
            return
        rows = [row for row in self.store.sources() if row.kind == "user"]
        for done, row in enumerate(rows):
            progress("cutting sources anew", done, len(rows))
            source = self.store.source(row.id)
            passages = self.cut(source)
            before = self.store.passages(owner=row.id, version=row.version)
            if [passage.id for passage in passages] == [passage.id for passage in before]:
                continue  # cut before this was broken off
            self.put([Entry(source=source, passages=passages, vectors=self.encode(passages))])
        self.store.set_meta("splitter", SPLITTER)

    def _refresh_dossier(self, progress: Progress, donor: Path | None) -> None:
        stamp = f"{builtin.digest()} {SPLITTER} {builtin.NOTES}"
        if self.store.meta("dossier") == stamp:
            return
        progress("reading the dossier", 0, 1)
        dossier = builtin.load()
        passages = builtin.passages(dossier)
        # Ids are made from content, so an unchanged note keeps its vectors.
        have = self._notes_at_hand(passages, donor)
        lacking = [passage for passage in passages if not _note_ids(passage) <= set(have)]
        for begin in range(0, len(lacking), BATCH):
            progress("embedding", begin, len(lacking))
            have.update(self.encode(lacking[begin : begin + BATCH]))
        before = self.store.vector_ids(DOSSIER)
        self.store.put_dossier(builtin.digest(), dossier.references, passages, have)
        self.vectors.delete(sorted(set(before) - set(have)))
        self._to_chroma(have, passages)
        self.store.settle([DOSSIER])
        self.store.set_meta("dossier", stamp)

    def _notes_at_hand(self, passages: Sequence[Passage], donor: Path | None) -> Named:
        wanted = {id for passage in passages for id in _note_ids(passage)}
        ids = [passage.id for passage in passages]
        have = self.store.vectors_for(ids)
        if not have and donor is not None and (lent := borrow_vectors(donor, EMBEDDED_AS, ids)):
            embedder, have = lent
            if not self.store.meta("embedder"):
                self.store.set_meta("embedder", embedder)
        return {id: pair for id, pair in have.items() if id in wanted}

    def _embed_rest(self, progress: Progress) -> None:
        self._complete(self.store.without_vector(), progress)

    def _agree(self, progress: Progress) -> None:
        """Chroma holds what SQLite says; looked at id by id only where a count or the place differs."""
        same_place = self.store.meta("vectors_at") == self.vectors.place
        if not same_place or self.vectors.count() != self.store.count_vectors():
            differences = self._by_id()
            self.vectors.delete(differences.extra)
            self._put_back(differences.missing, progress)
        if not same_place:
            self.store.set_meta("vectors_at", self.vectors.place)

    def _put_back(self, ids: Sequence[str], progress: Progress) -> None:
        source_of = self.store.vector_sources()
        for begin in range(0, len(ids), BATCH):
            progress("putting vectors back", begin, len(ids))
            some = self.store.vectors_of(ids[begin : begin + BATCH])
            self.vectors.put(some, {id: source_of[id] for id in some})

    def rebuild(self, progress: Progress, *, embed: bool = False) -> int:
        """Makes the vectors in Chroma anew from SQLite, and gives back how many there are.

        Args:
            embed: make the vectors themselves anew too, with the embedder that the settings ask for.
        """
        with self.lock.writing():
            if embed:
                self.store.drop_vectors()
                self.store.set_meta("embedder", "")
                self.__dict__.pop("embedder", None)
            self.vectors.open()
            self.vectors.discard()
            self._embed_rest(progress)
            self._put_back(self._by_id().missing, progress)
            self.store.set_meta("vectors_at", self.vectors.place)
        return self.vectors.count()

    def compare(self) -> Differences:
        """What differs between SQLite and Chroma, number by number; nothing is changed."""
        differences = self._by_id()
        changed: list[str] = []
        ids = sorted(set(self.store.vector_ids()) - set(differences.missing))
        for begin in range(0, len(ids), BATCH):
            some = ids[begin : begin + BATCH]
            ours, theirs = self.store.vectors_of(some), self.vectors.get(some)
            changed += [id for id in some if not np.allclose(ours[id], theirs[id], atol=TOLERANCE)]
        states = [self.store.units(state) for state in UNFINISHED]
        return Differences(
            missing=differences.missing,
            extra=differences.extra,
            changed=tuple(changed),
            unfinished=tuple(owner for found in states for owner, _ in found),
            unembedded=tuple(passage.id for passage in self.store.without_vector()),
            faults=tuple(self.store.faults()),
        )

    def _by_id(self) -> Differences:
        want, have = self.store.vector_ids(), set(self.vectors.ids())
        missing = tuple(id for id in want if id not in have)
        return Differences(missing=missing, extra=tuple(sorted(have - set(want))))


def _part_ids(passage_id: str) -> Iterator[str]:
    yield passage_id
    yield from (f"{passage_id}{PART}{n}" for n in count(2))


def _question_id(passage: Passage, text: str) -> str:
    return f"{passage.id}#{_digest(text)}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def _together(passages: Sequence[Passage], found: Named) -> Named:
    """For each note the middle of its questions: what is asked of it, whatever the words of one question."""
    middles: Named = {}
    for passage in passages:
        if passage.questions:
            middle = np.sum([found[_question_id(passage, text)][1] for text in passage.questions], axis=0)
            middles[_together_id(passage)] = (passage.id, middle / np.linalg.norm(middle))
    return middles


def _together_id(passage: Passage) -> str:
    return f"{passage.id}{TOGETHER}{_digest(' '.join(passage.questions))}"


def _note_ids(passage: Passage) -> set[str]:
    """Ids of all vectors of a note of ours."""
    asked = {_question_id(passage, text) for text in passage.questions}
    return {passage.id, *asked} | ({_together_id(passage)} if asked else set())


def _has_topic(passage: Passage) -> bool:
    return passage.kind == "fact" and bool(passage.heading)
