"""The SQLite file of a library: its tables, its transactions, and how an older layout is raised to this one."""

from __future__ import annotations

import dataclasses
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .errors import IndexMismatch, KnowledgeError
from .passages import Passage

SCHEMA = 2
FIELDS = tuple(field.name for field in dataclasses.fields(Passage))
WAIT_S = 60
"""Seconds for which a writer waits for another process that is writing."""

_UNITS = """
CREATE TABLE IF NOT EXISTS units (
  owner TEXT NOT NULL, version INTEGER NOT NULL, state TEXT NOT NULL, digest TEXT NOT NULL, title TEXT NOT NULL,
  path TEXT NOT NULL, media TEXT NOT NULL, language TEXT NOT NULL DEFAULT '', text TEXT NOT NULL, pages TEXT NOT NULL,
  notes TEXT NOT NULL DEFAULT '[]', added_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ', 'now')),
  PRIMARY KEY (owner, version));
CREATE INDEX IF NOT EXISTS units_digest ON units (digest);
CREATE INDEX IF NOT EXISTS units_path ON units (path);
CREATE INDEX IF NOT EXISTS units_unsettled ON units (state) WHERE state <> 'ready';
"""
_TABLES = f"""
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
{_UNITS}
CREATE TABLE IF NOT EXISTS records (
  citekey TEXT PRIMARY KEY, owner TEXT NOT NULL, json TEXT NOT NULL, year INTEGER, interest TEXT NOT NULL DEFAULT '');
CREATE INDEX IF NOT EXISTS records_owner ON records (owner);
CREATE TABLE IF NOT EXISTS identities (identity TEXT NOT NULL, citekey TEXT NOT NULL, PRIMARY KEY (identity, citekey));
CREATE INDEX IF NOT EXISTS identities_citekey ON identities (citekey);
CREATE TABLE IF NOT EXISTS passages (
  seq INTEGER PRIMARY KEY, owner TEXT NOT NULL, version INTEGER NOT NULL DEFAULT 1,
  {", ".join(f'"{name}"' for name in FIELDS)}, UNIQUE (id));
CREATE INDEX IF NOT EXISTS passages_owner ON passages (owner, version);
CREATE INDEX IF NOT EXISTS passages_source ON passages (source_id);
CREATE TABLE IF NOT EXISTS vectors (id TEXT PRIMARY KEY, passage TEXT NOT NULL, vector BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS vectors_passage ON vectors (passage);
CREATE VIRTUAL TABLE IF NOT EXISTS words USING fts5 (
  text, wording, title, questions, tokenize = "porter unicode61 remove_diacritics 2");
CREATE VIRTUAL TABLE IF NOT EXISTS source_words USING fts5 (
  text, title, tokenize = "porter unicode61 remove_diacritics 2");
"""


class Database:
    """One connection, used by one thread at a time; other processes may hold connections of their own."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.RLock()
        self._path = path
        self._written = 0
        self._cache: dict[str, tuple[object, Any]] = {}
        try:
            self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=WAIT_S)
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = FULL")
            self._prepare()
        except sqlite3.DatabaseError as exc:
            raise KnowledgeError(f"the library's database {path} cannot be opened: {exc}") from exc

    def _prepare(self) -> None:
        known = self._db.execute("SELECT 1 FROM sqlite_master WHERE name = 'meta'").fetchone()
        found = int(self.meta("schema") or SCHEMA) if known else SCHEMA
        if found > SCHEMA:
            raise IndexMismatch(
                f"the library {self._path.parent} was written by a newer version: update this program"
            )
        if found == 1:
            self._raise_from_1()
        self._db.executescript(_TABLES)
        columns = {row[1] for row in self._db.execute("PRAGMA table_info(passages)")}
        for name in [name for name in FIELDS if name not in columns]:
            self._db.execute(f'ALTER TABLE passages ADD COLUMN "{name}"')
        if self.meta("schema") != str(SCHEMA):
            self.set_meta("schema", str(SCHEMA))

    def _raise_from_1(self) -> None:
        """Sources of the first layout become version 1 of themselves; at opening they are cut anew into version 2."""
        units = "owner, state, digest, title, path, media, text, pages, added_at"
        self._db.executescript(
            f"""BEGIN IMMEDIATE;
            DROP TABLE words; DROP INDEX IF EXISTS units_digest; DROP INDEX IF EXISTS passages_owner;
            ALTER TABLE units RENAME TO units_1; ALTER TABLE passages ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
            ALTER TABLE records ADD COLUMN year INTEGER; ALTER TABLE records ADD COLUMN interest TEXT NOT NULL DEFAULT '';
            {_TABLES}
            INSERT INTO units (version, {units}) SELECT 1, {units} FROM units_1; DROP TABLE units_1;
            DELETE FROM meta WHERE key = 'dossier';
            UPDATE meta SET value = '{SCHEMA}' WHERE key = 'schema'; COMMIT;"""
        )

    def close(self) -> None:
        with self._lock:
            self._db.close()

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")
            self._written += 1

    def rows(self, statement: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._db.execute(statement, values).fetchall()

    def unchanged(self, key: str, make: Callable[[], Any]) -> Any:
        """What `make` gave last, as long as neither this process nor another has written since."""
        with self._lock:
            stand = (self._written, self._db.execute("PRAGMA data_version").fetchone()[0])
            if key not in self._cache or self._cache[key][0] != stand:
                self._cache[key] = (stand, make())
            return self._cache[key][1]

    def meta(self, key: str) -> str | None:
        rows = self.rows("SELECT value FROM meta WHERE key = ?", (key,))
        return rows[0][0] if rows else None

    def set_meta(self, key: str, value: str) -> None:
        with self.write() as db:
            db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))
