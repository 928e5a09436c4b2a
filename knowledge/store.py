"""The truth of a library: sources in all their versions, passages, vectors and records in one SQLite file.

A version of a source is `pending` until Chroma holds its vectors, `retiring` once a newer version has taken its place
and its vectors are being deleted, then `past`; a source is `removing` until nothing of it is left. Only passages of
`ready` versions are seen by a search; those of past versions stay readable, so that what was cited can be verified.
"""

from __future__ import annotations

import dataclasses
import json
import re
import sqlite3
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from .database import FIELDS, SCHEMA, Database
from .passages import Passage, main_language
from .ranking import bound, rarest, shares
from .records import DOSSIER, Records, delete_records, insert_record, put_record
from .references import Reference
from .sources import Source

State = Literal["pending", "ready", "retiring", "past", "removing"]

_LISTS = frozenset({"citekeys", "moves", "fact_ids", "questions"})
_FLAGS = frozenset({"citable", "needs_original"})
_DEFAULTS = {
    field.name: None if field.default is dataclasses.MISSING else field.default
    for field in dataclasses.fields(Passage)
}
_MOST_WORDS = 64  # of a query; more only cost time
MOSTLY_WHOLE = 0.7  # sources a passage, from which on most sources are one passage
_AT_ONCE = 500  # variables of one statement
_JOIN = "JOIN units u ON u.owner = p.owner AND u.version = p.version"


@dataclass(frozen=True, kw_only=True)
class SourceRow:
    """One line of the list of sources."""

    id: str
    title: str
    kind: Literal["dossier", "user", "record"]
    """A `record` is known by its bibliographic data alone: no text of it is here."""
    path: str
    passages: int
    added_at: str
    """UTC, ISO 8601."""
    version: int = 1
    media: str = ""
    language: str = ""
    year: int | None = None
    interest: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Version:
    """One state of a source's text; the last one is in force."""

    version: int
    digest: str
    added_at: str
    state: State
    path: str


@dataclass(frozen=True, kw_only=True)
class Entry:
    """What goes into the store of one source: its passages and their vectors, each under its own id."""

    source: Source
    passages: Sequence[Passage]
    vectors: Mapping[str, tuple[str, np.ndarray]]
    """Vector id -> (passage id, float32 vector)."""


class Store:
    """Sources, passages and vectors in one database; `records` are in the same file."""

    def __init__(self, path: Path) -> None:
        self._database = Database(path)
        self.records = Records(self._database)
        self.meta = self._database.meta
        self.set_meta = self._database.set_meta
        self.close = self._database.close

    # --- writing -------------------------------------------------------------------------------------------

    def put(self, entries: Sequence[Entry]) -> None:
        """New sources, or new versions of known ones, pending; all of them in one transaction or none."""
        with self._database.write() as db:
            for entry in entries:
                self._put(db, entry)

    def _put(self, db: sqlite3.Connection, entry: Entry) -> None:
        source = entry.source
        # A text that comes back after another one is not two versions with one content: the older makes room.
        ids = [passage.id for passage in entry.passages]
        for some in _batches(ids):
            again = f"SELECT DISTINCT version FROM passages WHERE owner = ? AND id IN ({_marks(some)})"
            for (version,) in db.execute(again, (source.id, *some)).fetchall():
                _delete_version(db, source.id, version)
        # One that another process left unfinished was never told of: the newer takes its place.
        for (version,) in db.execute(
            "SELECT version FROM units WHERE owner = ? AND state = 'pending'", (source.id,)
        ).fetchall():
            _delete_version(db, source.id, version)
        last = "SELECT coalesce(max(version), 0) FROM units WHERE owner = ?"
        version = db.execute(last, (source.id,)).fetchone()[0] + 1
        db.execute(
            "INSERT INTO units (owner, version, state, digest, title, path, media, language, text, pages, notes)"
            " VALUES (?, ?, 'pending', ?, ?, ?, ?, ?, ?, ?, ?)",
            (source.id, version, source.digest, source.title, source.path, source.media, _language(entry),
             source.text, json.dumps(source.pages), json.dumps(source.notes)),
        )  # fmt: skip
        db.execute(
            "INSERT INTO source_words (rowid, text, title) SELECT rowid, ?, ? FROM units WHERE owner = ? AND version = ?",
            (_folded(source.text), _folded(source.title), source.id, version),
        )
        put_record(db, source.id, source.reference)
        _insert_passages(db, source.id, version, entry.passages)
        _insert_vectors(db, entry.vectors)

    def put_dossier(
        self,
        digest: str,
        references: Iterable[Reference],
        passages: Sequence[Passage],
        vectors: Mapping[str, tuple[str, np.ndarray]],
    ) -> None:
        """The dossier's notes in place of those of before, pending, in one transaction."""
        with self._database.write() as db:
            _delete(db, DOSSIER)
            db.execute(
                "INSERT INTO units (owner, version, state, digest, title, path, media, text, pages)"
                " VALUES (?, 1, 'pending', ?, 'Built-in dossier', '', 'notes', '', '[]')",
                (DOSSIER, digest),
            )
            for reference in references:
                insert_record(db, DOSSIER, reference)
            _insert_passages(db, DOSSIER, 1, passages)
            _insert_vectors(db, vectors)

    def settle(self, owners: Sequence[str]) -> None:
        """Pending versions become the ones in force, those before them retire; all in one transaction."""
        with self._database.write() as db:
            for owner in owners:
                new = db.execute(
                    "SELECT max(version) FROM units WHERE owner = ? AND state = 'pending'", (owner,)
                ).fetchone()[0]
                if new is None:
                    continue
                ready = "SELECT version FROM units WHERE owner = ? AND state = 'ready'"
                for (version,) in db.execute(ready, (owner,)).fetchall():
                    _forget_words(db, owner, version)
                db.execute(
                    "UPDATE units SET state = 'retiring' WHERE owner = ? AND state = 'ready'", (owner,)
                )
                db.execute("UPDATE units SET state = 'ready' WHERE owner = ? AND version = ?", (owner, new))

    def retire(self, owner: str, version: int) -> None:
        """A retiring version becomes a past one: its text and passages stay, its vectors go."""
        with self._database.write() as db:
            db.execute(
                "DELETE FROM vectors WHERE passage IN (SELECT id FROM passages WHERE owner = ? AND version = ?)",
                (owner, version),
            )
            db.execute("UPDATE units SET state = 'past' WHERE owner = ? AND version = ?", (owner, version))

    def set_removing(self, owner: str) -> None:
        with self._database.write() as db:
            db.execute("UPDATE units SET state = 'removing' WHERE owner = ?", (owner,))

    def put_vectors(self, vectors: Mapping[str, tuple[str, np.ndarray]]) -> None:
        with self._database.write() as db:
            _insert_vectors(db, vectors)

    def drop_vectors(self) -> None:
        """Forget all vectors: another embedder made them."""
        with self._database.write() as db:
            db.execute("DELETE FROM vectors")

    def delete(self, owner: str) -> None:
        """A source in all its versions, or a record; nothing of it stays."""
        with self._database.write() as db:
            _delete(db, owner)

    # --- units ---------------------------------------------------------------------------------------------

    def units(self, state: State) -> list[tuple[str, int]]:
        """(owner, version) in that state, other than ready, in the order in which they came."""
        rows = self._database.rows(
            "SELECT owner, version FROM units WHERE state <> 'ready' AND state = ? ORDER BY rowid", (state,)
        )
        return [(row[0], row[1]) for row in rows]

    def owner_of_digest(self, digest: str) -> str | None:
        """The source of which this is the text in force."""
        rows = self._database.rows("SELECT owner FROM units WHERE digest = ? AND state = 'ready'", (digest,))
        return rows[0][0] if rows else None

    def owner_of_path(self, path: str) -> str | None:
        """The source whose text in force came from this file or address."""
        rows = self._database.rows(
            "SELECT owner FROM units WHERE path = ? AND path <> '' AND state IN ('pending', 'ready')", (path,)
        )
        return rows[0][0] if rows else None

    def has_text(self, owner: str) -> bool:
        return bool(
            self._database.rows(
                "SELECT 1 FROM units WHERE owner = ? AND owner <> ? AND state IN ('pending', 'ready')",
                (owner, DOSSIER),
            )
        )

    def taken(self, id: str) -> bool:
        """True if a source or a reference has this id."""
        return bool(
            self._database.rows(
                "SELECT 1 FROM records WHERE citekey = ? UNION SELECT 1 FROM units WHERE owner = ?", (id, id)
            )
        )

    def versions(self, owner: str) -> list[Version]:
        """All versions of a user's source, oldest first."""
        rows = self._database.rows(
            "SELECT version, digest, added_at, state, path FROM units WHERE owner = ? AND owner <> ? ORDER BY version",
            (owner, DOSSIER),
        )
        return [Version(version=v, digest=d, added_at=a, state=s, path=p) for v, d, a, s, p in rows]

    def source_text(self, owner: str, version: int | None = None) -> str | None:
        """The text in force, or that of a version."""
        which = "state = 'ready'" if version is None else "version = ?"
        values = (owner, DOSSIER) if version is None else (owner, DOSSIER, version)
        rows = self._database.rows(
            f"SELECT text FROM units WHERE owner = ? AND owner <> ? AND {which}", values
        )
        return rows[0][0] if rows else None

    def source(self, owner: str) -> Source:
        """A user's source as it is in force, with its record."""
        rows = self._database.rows(
            "SELECT title, digest, path, media, text, pages, notes FROM units WHERE owner = ? AND state = 'ready'",
            (owner,),
        )
        title, digest, path, media, text, pages, notes = rows[0]
        reference = self.records.get(owner) or Reference(id=owner, title=title)
        return Source(
            id=owner, title=title, text=text, digest=digest, path=path, media=media, reference=reference,
            pages=tuple((start, end) for start, end in json.loads(pages)), notes=tuple(json.loads(notes)),
        )  # fmt: skip

    # --- passages ------------------------------------------------------------------------------------------

    def passages(
        self, *, owner: str | None = None, version: int | None = None, kind: str | None = None
    ) -> list[Passage]:
        """Passages in stable order, the dossier's first; with `owner`, whatever its state."""
        wanted = {"p.owner": owner, "p.version": version, "p.kind": kind}
        given = {name: value for name, value in wanted.items() if value is not None}
        terms = [f"{name} = ?" for name in given] + ([] if owner else ["u.state = 'ready'"])
        rows = self._database.rows(
            f"{_SELECT} WHERE {' AND '.join(terms)} ORDER BY p.owner <> '{DOSSIER}', p.seq",
            list(given.values()),
        )
        return [_passage(row) for row in rows]

    def passages_of(self, ids: Sequence[str], *, past: bool = False) -> dict[str, Passage]:
        """The ready passages among these ids; with `past`, those of earlier versions too."""
        states = "('ready', 'retiring', 'past')" if past else "('ready')"
        found = {}
        for some in _batches(ids):
            rows = self._database.rows(
                f"{_SELECT} WHERE u.state IN {states} AND p.id IN ({_marks(some)})", some
            )
            found.update({passage.id: passage for passage in map(_passage, rows)})
        return found

    def sources_of(self, ids: Sequence[str]) -> dict[str, str]:
        """Passage -> user's source, of the ready passages among these ids; notes of the dossier are left out."""
        found: dict[str, str] = {}
        for some in _batches(ids):
            rows = self._database.rows(
                f"SELECT p.id, p.owner FROM passages p WHERE p.owner <> ? AND p.id IN ({_marks(some)})",
                (DOSSIER, *some),
            )
            found.update(dict(rows))
        return found

    def count_in(self, sources: Sequence[str]) -> int:
        """Passages of these sources that a search can find."""
        return sum(
            int(
                self._database.rows(
                    f"SELECT count(*) FROM passages p {_JOIN} WHERE u.state = 'ready' AND p.source_id IN ({_marks(some)})",
                    some,
                )[0][0]
            )
            for some in _batches(sources)
        )

    def count(self) -> int:
        """Passages that a search can find."""
        return int(
            self._database.unchanged(
                "count",
                lambda: self._database.rows(
                    f"SELECT count(*) FROM passages p {_JOIN} WHERE u.state = 'ready'"
                )[0][0],
            )
        )

    # --- vectors -------------------------------------------------------------------------------------------

    def vector_ids(self, owner: str | None = None, version: int | None = None) -> list[str]:
        """Ids of the vectors of one version of a source, or of all that are ready."""
        if owner is None:
            where, values = "u.state = 'ready'", []
        else:
            where, values = "p.owner = ?", [owner] + ([] if version is None else [version])
            where += "" if version is None else " AND p.version = ?"
        rows = self._database.rows(
            f"SELECT v.id FROM vectors v JOIN passages p ON p.id = v.passage {_JOIN} WHERE {where} ORDER BY p.seq, v.id",
            values,
        )
        return [row[0] for row in rows]

    def vectors_of(self, ids: Sequence[str]) -> dict[str, np.ndarray]:
        """Vectors by their ids, float32; unknown ids are left out."""
        found: dict[str, np.ndarray] = {}
        for some in _batches(ids):
            rows = self._database.rows(f"SELECT id, vector FROM vectors WHERE id IN ({_marks(some)})", some)
            found.update({id: np.frombuffer(blob, dtype=np.float32) for id, blob in rows})
        return found

    def vectors_for(self, passages: Sequence[str], mark: str = "") -> dict[str, tuple[str, np.ndarray]]:
        """The vectors of these passages whose id holds the mark: vector id -> (passage id, vector)."""
        found: dict[str, tuple[str, np.ndarray]] = {}
        for some in _batches(passages):
            rows = self._database.rows(
                f"SELECT id, passage, vector FROM vectors WHERE passage IN ({_marks(some)}) AND instr(id, ?)",
                (*some, mark),
            )
            found.update({id: (passage, np.frombuffer(blob, dtype=np.float32)) for id, passage, blob in rows})
        return found

    def count_vectors(self) -> int:
        """Vectors of ready passages."""
        return int(
            self._database.unchanged(
                "vectors",
                lambda: self._database.rows(
                    f"SELECT count(*) FROM vectors v JOIN passages p ON p.id = v.passage {_JOIN} WHERE u.state = 'ready'"
                )[0][0],
            )
        )

    def vector_sources(self) -> dict[str, str]:
        """Vector id -> source, of all that are ready."""
        rows = self._database.rows(
            f"SELECT v.id, p.source_id FROM vectors v JOIN passages p ON p.id = v.passage {_JOIN} WHERE u.state = 'ready'"
        )
        return {row[0]: row[1] for row in rows}

    def without_vector(self) -> list[Passage]:
        """Ready passages that have no vector of their own."""
        rows = self._database.rows(
            f"{_SELECT} LEFT JOIN vectors v ON v.id = p.id WHERE u.state = 'ready' AND v.id IS NULL ORDER BY p.seq"
        )
        return [_passage(row) for row in rows]

    # --- words ---------------------------------------------------------------------------------------------

    def frequency(self, word: str) -> int:
        """In how many passages a word (or any of the words of a phrase) occurs, in any of its forms."""
        any_of = " OR ".join(quoted(one) for one in query_words(word))
        if not any_of:
            return 0
        # Not in the questions: a name that only our own questions have is not in the record.
        match = f"{{text wording title}} : ({any_of})"
        return int(self._database.rows("SELECT count(*) FROM words WHERE words MATCH ?", (match,))[0][0])

    def words(
        self, query: str, k: int, sources: Sequence[str] | None = None
    ) -> tuple[dict[str, float], dict[str, float]]:
        """What the words of a query find, as shares of what they could score at most, 0 to 1, best first.

        Args:
            k: passages at most.
            sources: only passages of these.

        Returns:
            passage -> share; user's source -> share of its whole text, of those whose whole text holds most.
        """
        words = query_words(query)
        frequencies = {word: self._frequency("words", word) for word in words}
        match = " OR ".join(quoted(word) for word in rarest(frequencies, self.count()))
        if not match:
            return {}, {}
        inside = (
            ""
            if sources is None
            else f"AND rowid IN (SELECT seq FROM passages WHERE source_id IN ({_marks(sources)}))"
        )
        rows = self._database.rows(
            f"""SELECT p.id, -w.rank FROM
                (SELECT rowid, rank FROM words WHERE words MATCH ? AND rank MATCH 'bm25({_COLUMN_WEIGHTS})' {inside}
                 ORDER BY rank LIMIT ?) w
                JOIN passages p ON p.seq = w.rowid {_JOIN} WHERE u.state = 'ready' ORDER BY w.rank, p.seq""",
            (match, *(sources or ()), k),
        )
        limit = bound(frequencies.values(), self.count())
        return shares({row[0]: row[1] for row in rows}, limit), self._source_words(words, 2 * k)

    def _source_words(self, words: Sequence[str], k: int) -> dict[str, float]:
        """Source -> share of what the words of the query could score in its whole text, of the k best."""
        total = int(
            self._database.unchanged(
                "texts", lambda: self._database.rows("SELECT count(*) FROM source_words")[0][0]
            )
        )
        # Where a source is hardly more than one passage, its whole text says nothing new.
        if total > MOSTLY_WHOLE * self.count():
            return {}
        frequencies = {word: self._frequency("source_words", word) for word in words}
        match = " OR ".join(quoted(word) for word in rarest(frequencies, total))
        if not match:
            return {}
        rows = self._database.rows(
            """SELECT u.owner, -w.rank FROM
               (SELECT rowid, rank FROM source_words WHERE source_words MATCH ? AND rank MATCH 'bm25(1.0, 1.0)'
                ORDER BY rank LIMIT ?) w JOIN units u ON u.rowid = w.rowid WHERE u.state = 'ready'""",
            (match, k),
        )
        return shares(dict(rows), bound(frequencies.values(), total))

    def _frequency(self, table: str, word: str) -> int:
        return int(
            self._database.rows(f"SELECT count(*) FROM {table} WHERE {table} MATCH ?", (quoted(word),))[0][0]
        )

    # --- sources and records -------------------------------------------------------------------------------

    def sources(self) -> list[SourceRow]:
        """References behind the dossier's notes, then the user's sources and records in the order in which they came."""
        noted = self._database.rows(
            f"""SELECT p.source_id, min(p.title), 'dossier', '', count(*), u.added_at, 1, u.media, '', r.year, r.interest, '[]'
                FROM passages p {_JOIN} LEFT JOIN records r ON r.citekey = p.source_id
                WHERE p.owner = ? AND u.state = 'ready' GROUP BY p.source_id ORDER BY min(p.seq)""",
            (DOSSIER,),
        )
        own = self._database.rows(
            """SELECT u.owner, coalesce(json_extract(r.json, '$.title'), u.title), 'user', u.path,
                (SELECT count(*) FROM passages p WHERE p.owner = u.owner AND p.version = u.version), u.added_at, u.version,
                u.media, u.language, r.year, coalesce(r.interest, ''), u.notes
                FROM units u LEFT JOIN records r ON r.citekey = u.owner
                WHERE u.owner <> ? AND u.state = 'ready' ORDER BY u.rowid""",
            (DOSSIER,),
        )
        bare = self._database.rows(
            """SELECT r.citekey, json_extract(r.json, '$.title'), 'record', '', 0, '', 1, '',
                coalesce(json_extract(r.json, '$.language'), ''), r.year, r.interest, '[]'
                FROM records r WHERE r.owner <> ? AND NOT EXISTS (SELECT 1 FROM units u WHERE u.owner = r.citekey)
                ORDER BY r.rowid""",
            (DOSSIER,),
        )
        names = [field.name for field in dataclasses.fields(SourceRow)]
        return [
            SourceRow(**dict(zip(names, (*row[:11], tuple(json.loads(row[11]))), strict=True)))
            for row in (*noted, *own, *bare)
        ]

    def set_title(self, owner: str, title: str) -> None:
        """The title shown with a source's passages, and found by its words."""
        with self._database.write() as db:
            db.execute("UPDATE units SET title = ? WHERE owner = ?", (title, owner))
            db.execute("UPDATE passages SET title = ? WHERE owner = ?", (title, owner))
            rows = db.execute(
                f"SELECT seq, {_columns('p')} FROM passages p {_JOIN} WHERE p.owner = ? AND u.state = 'ready'",
                (owner,),
            ).fetchall()
            for seq, *row in rows:
                db.execute("DELETE FROM words WHERE rowid = ?", (seq,))
                _insert_words(db, seq, _passage(row))

    # --- health --------------------------------------------------------------------------------------------

    def faults(self) -> list[str]:
        """What SQLite itself finds wrong, in words; empty if all is well."""
        found = [str(row[0]) for row in self._database.rows("PRAGMA integrity_check") if row[0] != "ok"]
        try:
            for table in ("words", "source_words"):
                self._database.rows(f"INSERT INTO {table} ({table}) VALUES ('integrity-check')")
        except sqlite3.DatabaseError as exc:
            found.append(f"the index of words is damaged: {exc}")
        live = "(SELECT p.seq FROM passages p " + _JOIN + " WHERE u.state IN ('ready', 'pending'))"
        lost = self._database.rows(f"SELECT count(*) FROM passages WHERE seq IN {live} AND seq NOT IN (SELECT rowid FROM words)")  # fmt: skip
        if lost[0][0]:
            found.append(f"{lost[0][0]} passages are not in the index of words")
        return found


def borrow_vectors(
    path: Path, embedded_as: str, ids: Sequence[str]
) -> tuple[str, dict[str, tuple[str, np.ndarray]]] | None:
    """The embedder's stamp and the vectors that another library has of these passages; None if it has none to lend."""
    if not path.exists():
        return None
    found: dict[str, tuple[str, np.ndarray]] = {}
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=5)) as db:
            meta = dict(db.execute("SELECT key, value FROM meta"))
            if (meta.get("embedded_as"), meta.get("schema")) != (embedded_as, str(SCHEMA)):
                return None
            for some in _batches(ids):
                rows = db.execute(
                    f"SELECT id, passage, vector FROM vectors WHERE passage IN ({_marks(some)})", some
                )
                found.update({id: (passage, np.frombuffer(blob, np.float32)) for id, passage, blob in rows})
    except sqlite3.Error:
        # A loan that cannot be had is no fault: the vectors are made anew.
        return None
    return (meta["embedder"], found) if found and meta.get("embedder") else None


# How much a word counts in the text, the wording, the title and the questions.
_COLUMN_WEIGHTS = "1.0, 0.5, 1.0, 0.5"


def _columns(alias: str = "") -> str:
    prefix = f"{alias}." if alias else ""
    return ", ".join(f'{prefix}"{name}"' for name in FIELDS)


_SELECT = f"SELECT {_columns('p')} FROM passages p {_JOIN}"


def _marks(values: Sequence[Any]) -> str:
    return ", ".join("?" * len(values))


def _batches(ids: Sequence[str]) -> Iterator[list[str]]:
    for begin in range(0, len(ids), _AT_ONCE):
        yield list(ids[begin : begin + _AT_ONCE])


def _passage(row: Sequence[Any]) -> Passage:
    values = dict(zip(FIELDS, row, strict=True))
    for name, value in values.items():
        if value is None:
            values[name] = _DEFAULTS[name]
        elif name in _LISTS:
            values[name] = () if value == "[]" else tuple(json.loads(value))
        elif name in _FLAGS:
            values[name] = bool(value)
    return Passage(**values)


def _language(entry: Entry) -> str:
    """The language that the record names, else that of most passages."""
    return entry.source.reference.language or main_language(entry.passages)


def _insert_passages(db: sqlite3.Connection, owner: str, version: int, passages: Sequence[Passage]) -> None:
    for passage in passages:
        values = [getattr(passage, name) for name in FIELDS]
        packed = [json.dumps(value) if isinstance(value, tuple) else value for value in values]
        cursor = db.execute(
            f"INSERT INTO passages (owner, version, {_columns()}) VALUES (?, ?, {_marks(packed)})",
            [owner, version, *packed],
        )
        _insert_words(db, int(cursor.lastrowid or 0), passage)


def _insert_words(db: sqlite3.Connection, seq: int, passage: Passage) -> None:
    # A note's heading is part of its text already.
    span = passage.kind == "span"
    title = " ".join((passage.title, passage.heading, passage.context)) if span else passage.title
    folded = [_folded(text) for text in (passage.text, passage.wording, title, " ".join(passage.questions))]
    db.execute("INSERT INTO words (rowid, text, wording, title, questions) VALUES (?, ?, ?, ?, ?)", (seq, *folded))  # fmt: skip


def _insert_vectors(db: sqlite3.Connection, vectors: Mapping[str, tuple[str, np.ndarray]]) -> None:
    db.executemany(
        "INSERT OR REPLACE INTO vectors VALUES (?, ?, ?)",
        [(id, passage, np.ascontiguousarray(v, dtype=np.float32).tobytes()) for id, (passage, v) in vectors.items()],
    )  # fmt: skip


def _forget_words(db: sqlite3.Connection, owner: str, version: int) -> None:
    # One by one: with a subquery SQLite reads the whole full-text index to find them.
    for table, rowids in (
        ("words", "SELECT seq FROM passages WHERE owner = ? AND version = ?"),
        ("source_words", "SELECT rowid FROM units WHERE owner = ? AND version = ?"),
    ):
        found = db.execute(rowids, (owner, version)).fetchall()
        db.executemany(f"DELETE FROM {table} WHERE rowid = ?", found)


def _delete_version(db: sqlite3.Connection, owner: str, version: int) -> None:
    _forget_words(db, owner, version)
    mine = "(SELECT id FROM passages WHERE owner = ? AND version = ?)"
    db.execute(f"DELETE FROM vectors WHERE passage IN {mine}", (owner, version))
    for table in ("passages", "units"):
        db.execute(f"DELETE FROM {table} WHERE owner = ? AND version = ?", (owner, version))


def _delete(db: sqlite3.Connection, owner: str) -> None:
    for (version,) in db.execute("SELECT version FROM units WHERE owner = ?", (owner,)).fetchall():
        _delete_version(db, owner, version)
    delete_records(db, owner)


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).replace("\0", " ")


_STOP_WORDS = """
a about above after again all also am an and any are as at be because been before being below between both but by can could
    did do does doing down during each few for from further had has have having he her here hers him his how i if in into is it its
    just me more most my no nor not now of off on once only or other our out over own same she should so some such than that the
    their them then there these they this those through to too under until up us very was we were what when where which while who
    whom why will with would you your s t
"""
STOP_WORDS = frozenset(_STOP_WORDS.split())


def query_words(query: str) -> list[str]:
    """The words of a query, each once; stop words dropped unless nothing else is left."""
    words = list(dict.fromkeys(re.findall(r"\w+", _folded(query).lower())))
    telling = [word for word in words if word not in STOP_WORDS] or words
    return telling[:_MOST_WORDS]


def quoted(word: str) -> str:
    """A word as FTS5 takes it, whatever signs it has."""
    return f'"{word}"'
