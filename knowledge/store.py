"""The truth of a library: sources, passages and records in one SQLite file with a full-text index.

Vectors are not here; they can always be made again from what is. A source is `pending` until its vectors are written
and `removing` once they are being deleted; only passages of `ready` sources are seen.
"""

from __future__ import annotations

import dataclasses
import json
import re
import sqlite3
import threading
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from .errors import IndexMismatch, KnowledgeError
from .passages import Passage
from .references import Reference
from .sources import Source

SCHEMA = 1
State = Literal["pending", "ready", "removing"]
DOSSIER = "dossier"
"""Owner of all notes of the built-in dossier: they come and go together."""

_FIELDS = tuple(field.name for field in dataclasses.fields(Passage))
_LISTS = frozenset({"citekeys", "moves", "fact_ids"})
_FLAGS = frozenset({"citable", "needs_original"})
_MOST_WORDS = 64  # of a query; more only cost time
_AT_ONCE = 500  # variables of one statement

_TABLES = f"""
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS units (
  owner TEXT PRIMARY KEY, state TEXT NOT NULL, digest TEXT NOT NULL, title TEXT NOT NULL, path TEXT NOT NULL,
  media TEXT NOT NULL, text TEXT NOT NULL, pages TEXT NOT NULL, added_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ', 'now')));
CREATE UNIQUE INDEX IF NOT EXISTS units_digest ON units (digest);
CREATE TABLE IF NOT EXISTS records (citekey TEXT PRIMARY KEY, owner TEXT NOT NULL, json TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS passages (
  seq INTEGER PRIMARY KEY, owner TEXT NOT NULL, {", ".join(f'"{name}"' for name in _FIELDS)}, UNIQUE (id));
CREATE INDEX IF NOT EXISTS passages_owner ON passages (owner);
CREATE INDEX IF NOT EXISTS passages_source ON passages (source_id);
CREATE VIRTUAL TABLE IF NOT EXISTS words USING fts5 (
  text, wording, title, tokenize = "porter unicode61 remove_diacritics 2");
"""
# How much a word counts in the text, the wording and the title.
_COLUMN_WEIGHTS = "1.0, 0.5, 0.5"


@dataclass(frozen=True, kw_only=True)
class SourceRow:
    """One line of the list of sources."""

    id: str
    title: str
    kind: Literal["dossier", "user"]
    path: str
    passages: int
    added_at: str
    """UTC, ISO 8601."""


class Store:
    """One connection, used by one thread at a time."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.RLock()
        self._path = path
        try:
            self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = NORMAL")
            self._db.executescript(_TABLES)
        except sqlite3.DatabaseError as exc:
            raise KnowledgeError(f"the library's database {path} cannot be opened: {exc}") from exc
        found = int(self.meta("schema") or SCHEMA)
        if found > SCHEMA:
            raise IndexMismatch(
                f"the library {path.parent} was written by a newer version: update this program"
            )
        self.set_meta("schema", str(SCHEMA))

    def close(self) -> None:
        with self._lock:
            self._db.close()

    @contextmanager
    def _write(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    def _rows(self, statement: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._db.execute(statement, values).fetchall()

    def meta(self, key: str) -> str | None:
        rows = self._rows("SELECT value FROM meta WHERE key = ?", (key,))
        return rows[0][0] if rows else None

    def set_meta(self, key: str, value: str) -> None:
        with self._write() as db:
            db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))

    def put_source(self, source: Source, passages: Sequence[Passage]) -> None:
        """A user's source with its passages, pending, in one transaction."""
        with self._write() as db:
            db.execute(
                "INSERT INTO units (owner, state, digest, title, path, media, text, pages) VALUES (?, 'pending', ?, ?, ?, ?, ?, ?)",
                (
                    source.id,
                    source.digest,
                    source.title,
                    source.path,
                    source.media,
                    source.text,
                    json.dumps(source.pages),
                ),
            )
            _insert_records(db, source.id, [source.reference])
            _insert_passages(db, source.id, passages)

    def put_dossier(self, digest: str, references: Iterable[Reference], passages: Sequence[Passage]) -> None:
        """The dossier's notes in place of those of before, pending, in one transaction."""
        with self._write() as db:
            _delete(db, DOSSIER)
            db.execute(
                "INSERT INTO units (owner, state, digest, title, path, media, text, pages)"
                " VALUES (?, 'pending', ?, 'Built-in dossier', '', 'notes', '', '[]')",
                (DOSSIER, digest),
            )
            _insert_records(db, DOSSIER, references)
            _insert_passages(db, DOSSIER, passages)

    def set_state(self, owner: str, state: State) -> None:
        with self._write() as db:
            db.execute("UPDATE units SET state = ? WHERE owner = ?", (state, owner))

    def set_all_pending(self) -> None:
        with self._write() as db:
            db.execute("UPDATE units SET state = 'pending' WHERE state = 'ready'")

    def delete(self, owner: str) -> None:
        with self._write() as db:
            _delete(db, owner)

    def owners(self, state: State) -> list[str]:
        return [
            row[0] for row in self._rows("SELECT owner FROM units WHERE state = ? ORDER BY rowid", (state,))
        ]

    def owner_of_digest(self, digest: str) -> str | None:
        rows = self._rows("SELECT owner FROM units WHERE digest = ?", (digest,))
        return rows[0][0] if rows else None

    def taken(self, id: str) -> bool:
        """True if a source or a reference has this id."""
        return bool(
            self._rows(
                "SELECT 1 FROM records WHERE citekey = ? UNION SELECT 1 FROM units WHERE owner = ?", (id, id)
            )
        )

    def passages(self, *, owner: str | None = None, kind: str | None = None) -> list[Passage]:
        """Passages in stable order, the dossier's first; with `owner`, whatever its state."""
        where = "p.owner = ?" if owner else "u.state = 'ready'" + (" AND p.kind = ?" if kind else "")
        values = [value for value in (owner, None if owner else kind) if value]
        rows = self._rows(f"{_SELECT} WHERE {where} ORDER BY p.owner <> '{DOSSIER}', p.seq", values)
        return [_passage(row) for row in rows]

    def passages_of(self, ids: Sequence[str]) -> dict[str, Passage]:
        """The ready passages among these ids."""
        found = {}
        for begin in range(0, len(ids), _AT_ONCE):
            some = ids[begin : begin + _AT_ONCE]
            rows = self._rows(f"{_SELECT} WHERE u.state = 'ready' AND p.id IN ({_marks(some)})", some)
            found.update({passage.id: passage for passage in map(_passage, rows)})
        return found

    def ids(self, owner: str | None = None) -> list[str]:
        """Ids of the passages of one owner, or of all that are ready."""
        if owner:
            rows = self._rows("SELECT id FROM passages WHERE owner = ? ORDER BY seq", (owner,))
        else:
            rows = self._rows(
                "SELECT p.id FROM passages p JOIN units u USING (owner) WHERE u.state = 'ready' ORDER BY seq"
            )
        return [row[0] for row in rows]

    def count(self) -> int:
        rows = self._rows(
            "SELECT count(*) FROM passages p JOIN units u USING (owner) WHERE u.state = 'ready'"
        )
        return int(rows[0][0])

    def frequency(self, word: str) -> int:
        """In how many passages a word (or any of the words of a phrase) occurs, in any of its forms."""
        match = fts_query(word)
        if not match:
            return 0
        return int(self._rows("SELECT count(*) FROM words WHERE words MATCH ?", (match,))[0][0])

    def words(self, query: str, k: int) -> list[tuple[str, float]]:
        """The k best (passage id, BM25, higher is better) for the words of a query, any of which may occur."""
        match = fts_query(query)
        if not match:
            return []
        rows = self._rows(
            f"""SELECT p.id, -bm25(words, {_COLUMN_WEIGHTS}) AS score FROM words
                JOIN passages p ON p.seq = words.rowid JOIN units u USING (owner)
                WHERE words MATCH ? AND u.state = 'ready' ORDER BY score DESC, p.seq LIMIT ?""",
            (match, k),
        )
        return [(row[0], row[1]) for row in rows]

    def sources(self) -> list[SourceRow]:
        """References behind the dossier's notes, then the user's sources in the order in which they came."""
        rows = self._rows(
            f"""SELECT p.source_id, p.title, p.owner, u.path, count(*), u.added_at
                FROM passages p JOIN units u USING (owner) WHERE u.state = 'ready'
                GROUP BY p.owner, p.source_id ORDER BY p.owner <> '{DOSSIER}', min(p.seq)"""
        )
        return [
            SourceRow(
                id=id,
                title=title,
                kind="dossier" if owner == DOSSIER else "user",
                path=path,
                passages=count,
                added_at=added,
            )
            for id, title, owner, path, count, added in rows
        ]

    def source_text(self, owner: str) -> str | None:
        rows = self._rows(
            "SELECT text FROM units WHERE owner = ? AND owner <> ? AND state = 'ready'", (owner, DOSSIER)
        )
        return rows[0][0] if rows else None

    def reference(self, citekey: str) -> Reference | None:
        rows = self._rows("SELECT json FROM records WHERE citekey = ?", (citekey,))
        return Reference.model_validate_json(rows[0][0]) if rows else None

    def references(self) -> list[str]:
        return [row[0] for row in self._rows("SELECT citekey FROM records ORDER BY citekey")]


_SELECT = (
    "SELECT " + ", ".join(f'p."{name}"' for name in _FIELDS) + " FROM passages p JOIN units u USING (owner)"
)


def _marks(values: Sequence[Any]) -> str:
    return ", ".join("?" * len(values))


def _passage(row: tuple[Any, ...]) -> Passage:
    values = dict(zip(_FIELDS, row, strict=True))
    for name in _LISTS:
        values[name] = tuple(json.loads(values[name]))
    for name in _FLAGS:
        values[name] = bool(values[name])
    return Passage(**values)


def _insert_passages(db: sqlite3.Connection, owner: str, passages: Sequence[Passage]) -> None:
    for passage in passages:
        values = [getattr(passage, name) for name in _FIELDS]
        packed = [json.dumps(value) if isinstance(value, tuple) else value for value in values]
        cursor = db.execute(f"INSERT INTO passages VALUES (NULL, ?, {_marks(packed)})", [owner, *packed])
        # A note's heading is part of its text already.
        title = f"{passage.title} {passage.heading}" if passage.kind == "span" else passage.title
        folded = [_folded(text) for text in (passage.text, passage.wording, title)]
        db.execute(
            "INSERT INTO words (rowid, text, wording, title) VALUES (?, ?, ?, ?)", (cursor.lastrowid, *folded)
        )


def _insert_records(db: sqlite3.Connection, owner: str, references: Iterable[Reference]) -> None:
    rows = [(reference.id, owner, reference.model_dump_json(by_alias=True)) for reference in references]
    # A user's source that took this key first keeps it.
    db.executemany("INSERT OR IGNORE INTO records VALUES (?, ?, ?)", rows)


def _delete(db: sqlite3.Connection, owner: str) -> None:
    db.execute("DELETE FROM words WHERE rowid IN (SELECT seq FROM passages WHERE owner = ?)", (owner,))
    for table in ("passages", "records", "units"):
        db.execute(f"DELETE FROM {table} WHERE owner = ?", (owner,))


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


def fts_query(query: str) -> str:
    """The query as FTS5 wants it: every word quoted, joined by OR, stop words dropped unless nothing else is left."""
    words = list(dict.fromkeys(re.findall(r"\w+", _folded(query).lower())))
    telling = [word for word in words if word not in STOP_WORDS] or words
    return " OR ".join(f'"{word}"' for word in telling[:_MOST_WORDS])
