"""How the parts of the Sources tab work together: panel and workbench in, events wired, nothing out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import gradio as gr

from . import adding, catalogue, handlers, panels, render, shelf
from .adding import Adding, Outcome
from .app import EXPORT, INSTANT, QUIET, SOURCES
from .shelf import Chosen, Shelf
from .workbench import Workbench

FILTER_FROM = 10
"""Sources from which on there is a box to filter them."""
SHELF = {"concurrency_id": "shelf", "concurrency_limit": 1}
"""Changes of single records do not wait until all files are in."""
PRIVATE = {"api_visibility": "private", "show_progress": "hidden"}


def wire(bench: Workbench, panel: panels.SourcesPanel, state: Any, opened: list[Any]) -> None:
    """Makes the tab work; `state` is the state line, `opened` the events at which the shelf is shown anew."""
    _wire_shelf(bench, panel, opened)
    _wire_adding(bench, panel, state)
    _wire_chosen(bench, panel)
    _wire_removing(bench, panel, state)
    panel.export.click(
        lambda: _files_view(handlers.Files()), None, [panel.files, panel.notice], **INSTANT
    ).then(
        lambda: _files_view(shelf.on_export_records(bench)),
        None,
        [panel.files, panel.notice],
        **EXPORT,
        **QUIET,
    )


def _shelf_parts(panel: panels.SourcesPanel) -> list[Any]:
    return [panel.table, panel.count, panel.wanted, panel.export]


def _shelf_view(now: Shelf) -> list[Any]:
    return [
        catalogue.shelf_html(now),
        catalogue.count_html(now),
        # Shown as long as it hides something, however few are left.
        gr.Textbox(visible=now.total >= FILTER_FROM or now.matching < now.total),
        gr.Button(visible=now.total > 0),
    ]


def _state_line(bench: Workbench) -> str:
    return render.state_html(handlers.on_state(bench).parts)


def _files_view(made: handlers.Files) -> list[Any]:
    return [
        gr.File(value=list(made.paths) or None, visible=bool(made.paths)),
        render.notice_html(made.notice),
    ]


def _wire_shelf(bench: Workbench, panel: panels.SourcesPanel, opened: list[Any]) -> None:
    def show(wanted: str) -> list[Any]:
        return _shelf_view(shelf.on_shelf(bench, wanted))

    gr.on(opened, show, [panel.wanted], _shelf_parts(panel), **INSTANT)
    # The box itself is left alone: what is typed meanwhile must not be taken back.
    panel.wanted.change(
        lambda wanted: _shelf_view(shelf.on_shelf(bench, wanted))[:2],
        [panel.wanted],
        [panel.table, panel.count],
        trigger_mode="always_last",
        **INSTANT,
    )


# --- adding ------------------------------------------------------------------------------------------------


def _wire_adding(bench: Workbench, panel: panels.SourcesPanel, state: Any) -> None:
    form = [panel.upload, panel.addresses, panel.password]
    shown = [panel.progress, panel.outcome, panel.notice, panel.add, *form]
    rest = [*_shelf_parts(panel), *_chosen_parts(panel), state]

    def view(now: Adding, wanted: str, chosen: str) -> list[Any]:
        top = [
            catalogue.adding_html(now),
            catalogue.outcomes_html(now.outcomes),
            render.notice_html(now.notice),
            gr.Button("Add to the library" if now.finished else "Adding …", interactive=now.finished),
        ]
        if not now.finished:
            return [*top, *[gr.skip()] * (len(form) + len(rest))]
        left = [list(now.paths) or None, now.addresses, gr.skip() if now.paths else ""]
        one = shelf.on_choose(bench, chosen) if chosen else Chosen()
        return [
            *top,
            *left,
            *_shelf_view(shelf.on_shelf(bench, wanted)),
            *_chosen_view(one),
            _state_line(bench),
        ]

    def add(
        paths: list[str] | None, addresses: str, password: str, ocr: bool, wanted: str, chosen: str
    ) -> Iterator[list[Any]]:
        for now in adding.on_add(bench, paths or [], addresses, password=password, ocr=ocr):
            yield view(now, wanted, chosen)

    def put(
        path: str, addresses: str, password: str, ocr: bool, wanted: str, chosen: str
    ) -> Iterator[list[Any]]:
        """The file as the text of the chosen source; what else is in the form stays there."""
        for now in adding.on_add(bench, [path], password=password, ocr=ocr, citekey=chosen):
            # A file given for one source must not be taken for a new one at the next press of the button.
            yield view(replace(now, paths=(), addresses=addresses), wanted, chosen)

    options = [panel.addresses, panel.password, panel.ocr, panel.wanted, panel.chosen]
    outputs = [*shown, *rest]
    panel.add.click(add, [panel.upload, *options], outputs, **SOURCES, **PRIVATE)
    panel.text.upload(put, [panel.text, *options], outputs, **SOURCES, **PRIVATE)


# --- one source --------------------------------------------------------------------------------------------


def _chosen_parts(panel: panels.SourcesPanel) -> list[Any]:
    return [
        panel.editor, panel.about, panel.title, panel.author, panel.issued, panel.interest, panel.meaning, panel.text,
        panel.saved, panel.confirm, panel.asked, panel.actions, panel.chosen,
    ]  # fmt: skip


def _chosen_view(now: Chosen) -> list[Any]:
    """The chosen source as values of the components that show it; they vanish if none is chosen."""
    guessed = "interest" in now.guessed
    value = shelf.GUESS if guessed else now.interest
    return [
        gr.Column(visible=bool(now.id)),
        catalogue.chosen_html(now),
        now.title,
        now.author,
        now.issued,
        gr.Dropdown(choices=panels.voices(now.interest if guessed else ""), value=value),
        meaning(value, now.id),
        gr.UploadButton("New version" if now.has_text else "Add its text", value=None),
        catalogue.saved_html(now) + render.notice_html(now.notice),
        gr.Column(visible=False),
        catalogue.confirm_html(now) if now.id else "",
        gr.Row(visible=bool(now.id)),
        now.id,
    ]


def meaning(value: str, chosen: str) -> str:
    """What the label in the dropdown means."""
    del chosen
    return render.meaning_html(value, guess=value == shelf.GUESS)


def _wire_chosen(bench: Workbench, panel: panels.SourcesPanel) -> None:
    parts = _chosen_parts(panel)

    def choose(event: gr.EventData) -> list[Any]:
        return _chosen_view(shelf.on_choose(bench, str(event.source)))

    def save(chosen: str, wanted: str, *fields: str) -> list[Any]:
        saved = shelf.on_save(bench, chosen, *fields)
        return [*_chosen_view(saved), *_shelf_view(shelf.on_shelf(bench, wanted))]

    panel.table.click(choose, None, parts, **INSTANT)
    panel.close.click(lambda: _chosen_view(Chosen()), None, parts, **INSTANT)
    panel.interest.input(meaning, [panel.interest, panel.chosen], [panel.meaning], **INSTANT)
    fields = [panel.title, panel.author, panel.issued, panel.interest]
    inputs = [panel.chosen, panel.wanted, *fields]
    panel.save.click(save, inputs, [*parts, *_shelf_parts(panel)], **SHELF, **PRIVATE)


def _wire_removing(bench: Workbench, panel: panels.SourcesPanel, state: Any) -> None:
    both = [panel.confirm, panel.actions]

    def ask(yes: bool) -> list[Any]:
        return [gr.Column(visible=yes), gr.Row(visible=not yes)]

    def remove(chosen: str, wanted: str) -> list[Any]:
        gone: Outcome = shelf.on_remove(bench, chosen)
        return [
            *_chosen_view(Chosen()),
            *_shelf_view(shelf.on_shelf(bench, wanted)),
            catalogue.outcomes_html([gone]),
            _state_line(bench),
        ]

    panel.remove.click(lambda: ask(True), None, both, **INSTANT)
    panel.keep.click(lambda: ask(False), None, both, **INSTANT)
    outputs = [*_chosen_parts(panel), *_shelf_parts(panel), panel.outcome, state]
    panel.sure.click(remove, [panel.chosen, panel.wanted], outputs, **SHELF, **PRIVATE)
