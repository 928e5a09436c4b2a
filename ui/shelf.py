"""What the Sources tab does with what is there: list, edit, remove, export; plain values in, plain values out."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from knowledge.errors import KnowledgeError
from knowledge.interest import LABELS
from knowledge.languages import language_name

from .adding import Outcome
from .handlers import Files, told_once
from .render import counted
from .workbench import Workbench

if TYPE_CHECKING:
    from knowledge import Library, Reference, SourceRow
    from knowledge.bibliography import Format

SHOWN = 200
"""Rows of the shelf; the rest is counted."""
FORMATS: tuple[tuple[str, Format], ...] = ((".bib", "bibtex"), (".ris", "ris"), (".json", "csljson"))
GUESS = "guess"
"""Value of the choice that leaves a guessed interest as it is."""

_DATE = re.compile(r"\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?")


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One source on the shelf."""

    id: str
    title: str
    has_text: bool
    year: str
    interest: str
    guessed: bool
    """The interest was guessed, nobody has said it."""
    passages: int
    language: str
    """Its name; "" for English or if it is not known."""
    version: int
    added: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Shelf:
    """The user's sources as far as they are shown, and how many there are."""

    entries: tuple[Entry, ...] = ()
    matching: int = 0
    total: int = 0
    records: int = 0
    """How many of all are records without a text."""
    notice: str = ""


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """One source to be looked at and changed; `id` is empty if none is chosen."""

    id: str = ""
    title: str = ""
    author: str = ""
    issued: str = ""
    interest: str = ""
    guessed: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    has_text: bool = False
    passages: int = 0
    saved: str = ""
    notice: str = ""


# --- the shelf ---------------------------------------------------------------------------------------------


def on_shelf(bench: Workbench, wanted: str = "") -> Shelf:
    """The user's sources that have all the words of `wanted`, or that the library is still being prepared."""
    if not bench.library_ready and not bench.error:
        return Shelf(notice="The library is still being prepared; your sources appear in a moment.")
    return told_once(lambda: _shelf(bench, wanted), lambda sentence: Shelf(notice=sentence))


def _shelf(bench: Workbench, wanted: str) -> Shelf:
    library = bench.assistant().library
    own = [row for row in library.sources() if row.kind != "dossier"]
    # Newest first, and what can be cited word by word before what is only known to exist.
    own = [row for kind in ("user", "record") for row in reversed(own) if row.kind == kind]
    words = wanted.lower().split()
    matching = [row for row in own if all(word in _findable(row) for word in words)]
    return Shelf(
        entries=tuple(_entry(library, row) for row in matching[:SHOWN]),
        matching=len(matching),
        total=len(own),
        records=sum(row.kind == "record" for row in own),
    )


def _findable(row: SourceRow) -> str:
    kind = "record without text" if row.kind == "record" else "document"
    parts = (row.title, row.id, str(row.year or ""), LABELS.get(row.interest, ""), _language(row), kind)
    return " ".join(parts).lower()


def _language(row: SourceRow) -> str:
    return "" if row.language.lower().startswith("en") else language_name(row.language)


def _entry(library: Library, row: SourceRow) -> Entry:
    reference = library.reference(row.id)
    return Entry(
        id=row.id, title=row.title, has_text=row.kind == "user", year=str(row.year or ""), interest=row.interest,
        guessed=reference is not None and "interest" in reference.guessed, passages=row.passages,
        language=_language(row), version=row.version, added=_day(row.added_at), notes=row.notes,
    )  # fmt: skip


def _day(moment: str) -> str:
    """`23 Nov 2026` of an ISO date; "" if it is not known."""
    if not moment:
        return ""
    day = date.fromisoformat(moment[:10])
    return f"{day.day} {day:%b %Y}"


# --- one source --------------------------------------------------------------------------------------------


def on_choose(bench: Workbench, source_id: str) -> Chosen:
    """One of the user's sources, to be looked at and changed."""
    return told_once(lambda: _chosen(bench, source_id), lambda sentence: Chosen(notice=sentence))


def _chosen(bench: Workbench, source_id: str) -> Chosen:
    library = bench.assistant().library
    row = next((row for row in library.sources() if row.id == source_id and row.kind != "dossier"), None)
    reference = library.reference(source_id)
    if row is None or reference is None:
        raise KnowledgeError("This source is not in the library any more.")
    return Chosen(
        id=source_id, title=reference.title, author=author_text(reference), issued=reference.issued or "",
        interest=reference.interest, guessed=reference.guessed, facts=_facts(row, reference), notes=row.notes,
        has_text=row.kind == "user", passages=row.passages,
    )  # fmt: skip


def author_text(reference: Reference) -> str:
    """The authors as `Library.edit` takes them: `Family, Given; Body`."""
    return "; ".join(
        ", ".join(part for part in (name.family, name.given) if part) or name.literal
        for name in reference.author
    )


def _facts(row: SourceRow, reference: Reference) -> tuple[str, ...]:
    text = counted(row.passages, "passage") if row.kind == "user" else "record without a text"
    version = f"version {row.version}" if row.version > 1 else ""
    added = f"added {_day(row.added_at)}" if row.added_at else ""
    place = (reference.DOI and f"https://doi.org/{reference.DOI}") or reference.URL or ""
    return tuple(fact for fact in (text, _language(row), version, added, f"key {row.id}", place) if fact)


def on_save(bench: Workbench, source_id: str, title: str, author: str, issued: str, interest: str) -> Chosen:
    """The source with what was changed in its record; what was not changed stays a guess if it was one."""
    before = on_choose(bench, source_id)
    if before.notice:
        return before
    typed = replace(before, title=title, author=author, issued=issued)
    if interest != GUESS:
        typed = replace(typed, interest=interest)
    return told_once(
        lambda: _saved(bench, before, typed, interest),
        lambda sentence: replace(typed, notice=sentence),
    )


def _saved(bench: Workbench, before: Chosen, typed: Chosen, interest: str) -> Chosen:
    if not typed.title.strip():
        raise KnowledgeError("A source needs a title.")
    issued = typed.issued.strip()
    if issued and not _DATE.fullmatch(issued):
        raise KnowledgeError(f"The date {issued!r} is not understood: write 2024, 2024-10 or 2024-10-16.")
    now: dict[str, str | None] = {
        "title": typed.title.strip(),
        "author": typed.author.strip(),
        "issued": issued,
    }
    then = {"title": before.title, "author": before.author, "issued": before.issued}
    fields = {name: value for name, value in now.items() if value != then[name]}
    # Choosing the label that was guessed says that the guess is right.
    if interest != GUESS and (interest != before.interest or "interest" in before.guessed):
        fields["interest"] = interest
    if not fields:
        return replace(before, saved="Nothing was changed.")
    bench.assistant().library.edit(
        before.id, **{k: v or (None if k == "issued" else v) for k, v in fields.items()}
    )
    return replace(_chosen(bench, before.id), saved="Saved.")


def on_remove(bench: Workbench, source_id: str) -> Outcome:
    """Takes one of the user's sources out for good."""
    return told_once(
        lambda: _removed(bench, source_id),
        lambda sentence: Outcome(state="failed", name="Not removed", words=sentence),
    )


def _removed(bench: Workbench, source_id: str) -> Outcome:
    gone = _chosen(bench, source_id)
    bench.assistant().library.remove(source_id)
    with_it = f"with {counted(gone.passages, 'passage')}" if gone.has_text else "a record without a text"
    return Outcome(state="removed", name=gone.title, words=with_it)


# --- export ------------------------------------------------------------------------------------------------


def on_export_records(bench: Workbench) -> Files:
    """All of the user's records as BibTeX, RIS and CSL-JSON."""
    return told_once(lambda: _exported(bench), lambda sentence: Files(notice=sentence))


def _exported(bench: Workbench) -> Files:
    library = bench.assistant().library
    if not library.references():
        return Files(notice="There are no records to export yet.")
    folder = bench.new_folder()
    paths = [folder / f"sources{suffix}" for suffix, _ in FORMATS]
    for path, (_, format) in zip(paths, FORMATS, strict=True):
        path.write_text(library.export(format), encoding="utf-8")
    return Files(paths=tuple(str(path) for path in paths))
