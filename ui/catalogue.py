"""The user's sources as HTML: the shelf, one source, how far adding is, and what became of each file.

As in render.py, everything that a source or a user wrote passes `plain`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from .render import counted, plain, voice_html, web_link

if TYPE_CHECKING:
    from .adding import Adding, Outcome
    from .shelf import Chosen, Entry, Shelf

EMPTY = (
    "Nothing here yet. Add the documents of your dossier, and the assistant finds and cites them beside the built-in "
    "library, which is always there."
)
HEAD = ("Title", "Year", "Whose voice", "Passages", "Added")
UNSAID = '<span class="sa-unsaid">not said</span>'
STATES = ("added", "attached", "new version", "saved", "removed", "skipped", "failed", "note")


def count_html(shelf: Shelf) -> str:
    """How many sources there are and how many of them are shown."""
    if not shelf.total:
        return ""
    texts = shelf.total - shelf.records
    records = f"{counted(shelf.records, 'record')} without a text"
    kinds = [
        words for number, words in ((texts, counted(texts, "document")), (shelf.records, records)) if number
    ]
    words = ", ".join(kinds)
    if shelf.matching < shelf.total:
        words = f"{shelf.matching:,} of {shelf.total:,} found"
    if shelf.matching > len(shelf.entries):
        words += f"; the first {len(shelf.entries):,} are shown, narrow them with the filter"
    return f'<p class="sa-count" role="status">{plain(words)}</p>'


def shelf_html(shelf: Shelf) -> str:
    """The table of sources; a title is a button that opens its source."""
    if shelf.notice:
        return f'<p class="sa-empty">{plain(shelf.notice)}</p>'
    if not shelf.total:
        return f'<p class="sa-empty sa-bare">{plain(EMPTY)}</p>'
    if not shelf.entries:
        return '<p class="sa-empty">No source has all these words in its title, key, year or voice.</p>'
    top = "".join(f'<th scope="col">{plain(name)}</th>' for name in HEAD)
    body = "".join(_row(entry) for entry in shelf.entries)
    return f'<table class="sa-table sa-shelf"><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>'


def _row(entry: Entry) -> str:
    tags = [
        tag
        for tag in (
            "" if entry.has_text else "no text",
            entry.language,
            f"version {entry.version}" if entry.version > 1 else "",
        )
        if tag
    ]
    marks = "".join(f' <span class="sa-tag">{plain(tag)}</span>' for tag in tags)
    title = f'<button type="button" class="sa-title" data-source="{plain(entry.id)}" title="Open to edit">{plain(entry.title)}</button>'
    cells = (
        ("Year", plain(entry.year)),
        ("Whose voice", voice_html(entry.interest, guessed=entry.guessed) or UNSAID),
        ("Passages", _size(entry.passages) if entry.has_text else ""),
        ("Added", plain(entry.added)),
    )
    rest = "".join(f'<td data-label="{name}">{cell}</td>' for name, cell in cells)
    return f"<tr><td>{title}{marks}{notes_html(entry.notes)}</td>{rest}</tr>"


def _size(passages: int) -> str:
    """The number; its unit shows where the head of the table does not."""
    number, _, unit = counted(passages, "passage").partition(" ")
    return f'{number}<span class="sa-unit"> {unit}</span>'


def notes_html(notes: Sequence[str]) -> str:
    """Notes on a source, folded."""
    if not notes:
        return ""
    items = "".join(f"<li>{plain(note)}</li>" for note in notes)
    word = "1 note" if len(notes) == 1 else f"{len(notes)} notes"
    return f'<details class="sa-notes"><summary>{word}</summary><ul>{items}</ul></details>'


def chosen_html(chosen: Chosen) -> str:
    """What is known of the chosen source beside the fields that can be edited."""
    if not chosen.id:
        return ""
    facts = " · ".join(web_link(fact) if "://" in fact else plain(fact) for fact in chosen.facts)
    items = "".join(f"<li>{plain(note)}</li>" for note in chosen.notes)
    notes = f'<ul class="sa-notes">{items}</ul>' if items else ""
    return f'<div class="sa-chosen"><h4>{plain(chosen.title)}</h4><p>{facts}</p>{notes}</div>'


def saved_html(chosen: Chosen) -> str:
    return f'<p class="sa-saved" role="status">{plain(chosen.saved)}</p>' if chosen.saved else ""


def confirm_html(chosen: Chosen) -> str:
    """The question before a source is removed."""
    what = f"its {chosen.passages:,} passages and its record" if chosen.has_text else "all that it says"
    if chosen.passages == 1:
        what = "its one passage and its record"
    return (
        f'<p class="sa-confirm" role="alert"><b>Take “{plain(chosen.title)}” out, with {what}?</b> '
        "This cannot be undone here: keep the file if you may need it again.</p>"
    )


def adding_html(adding: Adding) -> str:
    """What is being added now, how far it is and how long it still takes; nothing once it has ended."""
    if adding.finished or not adding.stage:
        return ""
    share = adding.percent
    known = "" if share is None else f' aria-valuenow="{share}" aria-valuemin="0" aria-valuemax="100"'
    width = "" if share is None else f' style="width:{share}%"'
    facts = " · ".join(
        plain(fact) for fact in (f"{share} %" if share is not None else "", adding.left) if fact
    )
    return (
        f'<div class="sa-adding{"" if share is not None else " sa-unknown"}"><p role="status">{plain(adding.stage)}</p>'
        f'<div class="sa-track" role="progressbar" aria-label="Adding sources"{known}><span{width}></span></div>'
        f"<p>{facts}</p></div>"
    )


def outcomes_html(outcomes: Sequence[Outcome]) -> str:
    """What became of each file that was given, with how many of each on top."""
    if not outcomes:
        return ""
    counts: Counter[str] = Counter()
    for one in outcomes:
        counts[one.state] += one.count
    words = " · ".join(
        f"<b>{counts[state]:,}</b> {_plural(state, counts[state])}" for state in STATES if counts[state]
    )
    total = f'<p class="sa-total" role="status">{words}</p>' if len(outcomes) > 1 else ""
    items = "".join(_outcome(one) for one in outcomes)
    return f'{total}<ul class="sa-outcome">{items}</ul>'


def _plural(state: str, count: int) -> str:
    return f"{state}s" if state in ("note", "new version") and count > 1 else state


def _outcome(one: Outcome) -> str:
    notes = "".join(f"<small>{plain(note)}</small>" for note in one.notes)
    mood = one.state.replace(" ", "-")
    return f'<li class="sa-{plain(mood)}"><b>{plain(one.name)}</b> <span>{plain(one.state)}</span> {plain(one.words)}{notes}</li>'
