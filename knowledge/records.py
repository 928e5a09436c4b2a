"""The records of a library: bibliographic data with what they can be recognised by, one row a work.

A record belongs to the built-in dossier or to the user; with a text of its own it is a source's record, without one
it is known by its data alone.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import ValidationError

from .database import Database
from .errors import KnowledgeError
from .identity import identities
from .references import Name, Reference

DOSSIER = "dossier"
"""Owner of all notes and records of the built-in dossier: they come and go together."""


class Records:
    """The records in one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, references: Iterable[Reference]) -> None:
        """Records without a text; one with a citekey that is known takes the place of the record of before."""
        with self._database.write() as db:
            for reference in references:
                put_record(db, reference.id, reference)

    def get(self, citekey: str) -> Reference | None:
        rows = self._database.rows("SELECT json FROM records WHERE citekey = ?", (citekey,))
        return Reference.model_validate_json(rows[0][0]) if rows else None

    def owner(self, citekey: str) -> str | None:
        """`dossier`, or the citekey itself for a record of the user's; None if there is no such record."""
        rows = self._database.rows("SELECT owner FROM records WHERE citekey = ?", (citekey,))
        return rows[0][0] if rows else None

    def all(self, *, own: bool = False) -> list[Reference]:
        """All records in the order in which they came, or the user's own alone."""
        where = "WHERE owner <> ?" if own else "WHERE ? <> ''"
        rows = self._database.rows(f"SELECT json FROM records {where} ORDER BY rowid", (DOSSIER,))
        return [Reference.model_validate_json(row[0]) for row in rows]

    def count(self) -> int:
        return int(self._database.rows("SELECT count(*) FROM records")[0][0])

    def known_as(self, reference: Reference) -> list[str]:
        """Citekeys of records that share an identity (DOI, URL, title and year) with this one, most trusted first."""
        found: dict[str, None] = {}
        for identity in identities(reference):
            rows = self._database.rows("SELECT citekey FROM identities WHERE identity = ?", (identity,))
            found.update({row[0]: None for row in rows})
        return list(found)

    def facets(self) -> dict[str, tuple[int | None, str]]:
        """Citekey -> (year, interest), for filters."""
        found: dict[str, tuple[int | None, str]] = self._database.unchanged(
            "facets",
            lambda: {
                row[0]: (row[1], row[2])
                for row in self._database.rows("SELECT citekey, year, interest FROM records")
            },
        )
        return found


def put_record(db: sqlite3.Connection, owner: str, reference: Reference) -> None:
    """The user's record as it is now, within the caller's transaction; one of the dossier stays as it is."""
    found = db.execute("SELECT owner FROM records WHERE citekey = ?", (reference.id,)).fetchone()
    if found is None:
        insert_record(db, owner, reference)
    elif found[0] != DOSSIER:
        db.execute("DELETE FROM identities WHERE citekey = ?", (reference.id,))
        update_record(db, reference)


def insert_record(db: sqlite3.Connection, owner: str, reference: Reference) -> None:
    # A user's source that took this key first keeps it, and so does a record that was edited.
    cursor = db.execute(
        "INSERT OR IGNORE INTO records VALUES (?, ?, ?, ?, ?)",
        (reference.id, owner, _json(reference), _year(reference), reference.interest),
    )
    if cursor.rowcount:
        _insert_identities(db, reference)


def update_record(db: sqlite3.Connection, reference: Reference) -> None:
    db.execute(
        "UPDATE records SET json = ?, year = ?, interest = ? WHERE citekey = ?",
        (_json(reference), _year(reference), reference.interest, reference.id),
    )
    _insert_identities(db, reference)


def _insert_identities(db: sqlite3.Connection, reference: Reference) -> None:
    rows = [(identity, reference.id) for identity in identities(reference)]
    db.executemany("INSERT OR IGNORE INTO identities VALUES (?, ?)", rows)


def _json(reference: Reference) -> str:
    return reference.model_dump_json(by_alias=True, exclude_defaults=True)


def delete_records(db: sqlite3.Connection, owner: str) -> None:
    """Takes the records of one owner out, within the caller's transaction."""
    mine = "SELECT citekey FROM records WHERE owner = ?"
    db.execute(f"DELETE FROM identities WHERE citekey IN ({mine})", (owner,))
    db.execute("DELETE FROM records WHERE owner = ?", (owner,))


def edited(record: Reference, fields: Mapping[str, Any]) -> Reference:
    """The record with fields set by a person; these no longer count as guessed.

    Raises:
        KnowledgeError: a value that its field does not take.
    """
    values = dict(fields)
    if isinstance(values.get("author"), str):
        values["author"] = tuple(_name(name) for name in values["author"].split(";") if name.strip())
    if (issued := values.get("issued")) and not re.fullmatch(r"\d{4}(-\d{2}(-\d{2})?)?", issued):
        raise KnowledgeError(f"a date is written as 2024, 2024-10 or 2024-10-16, not {issued!r}")
    guessed = tuple(name for name in record.guessed if name not in fields)
    try:
        whole = {
            **{name: getattr(record, name) for name in type(record).model_fields},
            **values,
            "guessed": guessed,
        }
        return Reference.model_validate(whole)
    except ValidationError as exc:
        first = exc.errors()[0]
        raise KnowledgeError(
            f"{first['loc'][0]} cannot be {first['input']!r}: {first['msg'].lower()}"
        ) from exc


def _name(text: str) -> Name:
    family, comma, given = text.strip().partition(",")
    return Name(family=family.strip(), given=given.strip()) if comma else Name(literal=text.strip())


def _year(reference: Reference) -> int | None:
    digits = (reference.issued or "")[:4]
    return int(digits) if digits.isdigit() else None
