"""Dossiers: a user's workspaces, each with its own sources over the built-in library, in a folder of its own.

A dossier shares no file with another one, so nothing of one can be seen in another. The built-in notes are in each of
them; their vectors are taken over from the default library, so that a new dossier is there at once.
"""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
import tempfile
import zipfile
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from .errors import KnowledgeError, UnknownDossier
from .locks import FolderLock

ABOUT, DATABASE = "dossier.json", "library.sqlite"
SCHEMA = 1
LARGEST = 20_000_000_000  # bytes of an unpacked dossier


@dataclass(frozen=True, kw_only=True)
class DossierRow:
    """One workspace."""

    name: str
    created_at: str
    """UTC, ISO 8601."""
    sources: int
    """The user's sources and records in it."""


def folder(home: Path, name: str) -> Path:
    """The folder of a dossier; that of all user data for no name.

    Raises:
        UnknownDossier: there is none of this name.
    """
    if not name:
        return home
    path = _place(home, name)
    if not (path / ABOUT).exists():
        known = ", ".join(row.name for row in listing(home)) or "none yet"
        raise UnknownDossier(f"there is no dossier {name!r} (there are: {known}): attache dossier new {name}")
    return path


def create(home: Path, name: str) -> Path:
    """The folder of a new, empty dossier.

    Raises:
        KnowledgeError: the name cannot be used, or is taken.
    """
    path = _place(home, name)
    if path.exists():
        raise KnowledgeError(f"there is a dossier {name!r} already")
    about = {"schema": SCHEMA, "name": name, "created_at": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")}
    # Made beside and renamed, so that a dossier is there in whole or not at all.
    fresh = _beside(home)
    (fresh / ABOUT).write_text(json.dumps(about), encoding="utf-8")
    fresh.rename(path)
    return path


def listing(home: Path) -> list[DossierRow]:
    """All dossiers by name."""
    found = sorted((home / "dossiers").glob(f"*/{ABOUT}"))
    return [_row(path.parent) for path in found if not path.parent.name.startswith(".")]


def export(home: Path, name: str, target: Path) -> DossierRow:
    """One file with everything the dossier holds; the library need not be closed for it.

    Raises:
        UnknownDossier: there is none of this name.
        KnowledgeError: the file cannot be written, or is there already.
    """
    source = folder(home, name)
    if target.exists():
        raise KnowledgeError(f"{target} is there already: choose another name or remove it")
    with tempfile.TemporaryDirectory() as scratch:
        copy = Path(scratch) / DATABASE
        if (source / "library" / DATABASE).exists():
            _copy(source / "library" / DATABASE, copy)
        fresh = target.with_name(f".{target.name}.part")
        try:
            with zipfile.ZipFile(fresh, "w", zipfile.ZIP_DEFLATED) as archive:
                archive.write(source / ABOUT, ABOUT)
                if copy.exists():
                    archive.write(copy, DATABASE)
            fresh.rename(target)
        except OSError as exc:
            fresh.unlink(missing_ok=True)
            raise KnowledgeError(f"{target} cannot be written: {exc.strerror or exc}") from exc
    return _row(source)


def take_in(home: Path, file: Path, name: str = "") -> DossierRow:
    """The dossier in an exported file, under its own name or another one.

    Raises:
        KnowledgeError: the file is no dossier, is damaged, or its name is taken.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            about = _about(archive, file)
            path = _place(home, name or about["name"])
            if path.exists():
                raise KnowledgeError(
                    f"there is a dossier {path.name!r} already: import it under another name with --name"
                )
            fresh = _beside(home)
            try:
                _unpack(archive, fresh, {**about, "name": path.name}, file)
                fresh.rename(path)
            finally:
                shutil.rmtree(fresh, ignore_errors=True)
    except (OSError, zipfile.BadZipFile) as exc:
        raise KnowledgeError(f"{file} cannot be read as an exported dossier: {exc}") from exc
    return _row(path)


def remove(home: Path, name: str) -> None:
    """Takes a dossier with all its sources away for good.

    Raises:
        UnknownDossier: there is none of this name.
        LibraryLocked: another process has it open.
    """
    path = folder(home, name)
    lock = FolderLock(path / "library", shared=False)
    lock.open()
    try:
        shutil.rmtree(path)
    finally:
        lock.close()


def _place(home: Path, name: str) -> Path:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", name):
        raise KnowledgeError(
            f"a dossier's name is made of letters, digits, dots, hyphens and underscores, not {name!r}"
        )
    return home / "dossiers" / name


def _beside(home: Path) -> Path:
    (home / "dossiers").mkdir(parents=True, exist_ok=True)
    return Path(tempfile.mkdtemp(prefix=".new-", dir=home / "dossiers"))


def _row(path: Path) -> DossierRow:
    about = json.loads((path / ABOUT).read_text(encoding="utf-8"))
    return DossierRow(
        name=path.name, created_at=about["created_at"], sources=_count(path / "library" / DATABASE)
    )


def _count(database: Path) -> int:
    if not database.exists():
        return 0
    with closing(sqlite3.connect(f"{database.resolve().as_uri()}?mode=ro", uri=True, timeout=5)) as db:
        return int(db.execute("SELECT count(*) FROM records WHERE owner <> 'dossier'").fetchone()[0])


def _copy(database: Path, target: Path) -> None:
    with closing(sqlite3.connect(database, timeout=30)) as source, closing(sqlite3.connect(target)) as copy:
        source.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")


def _about(archive: zipfile.ZipFile, file: Path) -> dict[str, str]:
    names = set(archive.namelist())
    if ABOUT not in names or not names <= {ABOUT, DATABASE}:
        raise KnowledgeError(f"{file} is no exported dossier")
    if sum(info.file_size for info in archive.infolist()) > LARGEST:
        raise KnowledgeError(f"{file} would unpack to more than {LARGEST // 10**9} GB: it is not taken in")
    try:
        about: dict[str, str] = json.loads(archive.read(ABOUT))
        if int(about["schema"]) > SCHEMA:
            raise KnowledgeError(f"{file} was written by a newer version: update this program")
        return {"schema": about["schema"], "name": str(about["name"]), "created_at": str(about["created_at"])}
    except (ValueError, KeyError, TypeError) as exc:
        raise KnowledgeError(f"{file} is no exported dossier: its {ABOUT} is broken") from exc


def _unpack(archive: zipfile.ZipFile, target: Path, about: dict[str, str], file: Path) -> None:
    (target / ABOUT).write_text(json.dumps(about), encoding="utf-8")
    if DATABASE not in archive.namelist():
        return
    (target / "library").mkdir()
    with archive.open(DATABASE) as packed, (target / "library" / DATABASE).open("wb") as out:
        shutil.copyfileobj(packed, out)
    try:
        with closing(sqlite3.connect(target / "library" / DATABASE)) as db:
            state = db.execute("PRAGMA integrity_check").fetchone()[0]
            # The copy is a library of its own: on a Chroma server it must not share a collection with the one it came from.
            db.execute("DELETE FROM meta WHERE key IN ('id', 'vectors_at')")
            db.commit()
    except sqlite3.DatabaseError as exc:
        raise KnowledgeError(f"the library in {file} is damaged: {exc}") from exc
    if state != "ok":
        raise KnowledgeError(f"the library in {file} is damaged: {state}")
