"""The parts of the page, one function each: what stands where, with no behaviour; app.py wires them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr

from knowledge.interest import LABELS
from knowledge.readers.ocr import available

from . import render
from .handlers import audiences
from .shelf import GUESS

EXAMPLES = (
    "Why did the CERN label partly backfire for AI?",
    "What does a small member state pay, and what does it get back?",
    "Which bodies join a central hub with a network of sites?",
    "What is the strongest argument against one central institute?",
)
EVIDENCE_EMPTY = "Each sentence of an answer rests on passages from the library. They appear here, numbered as in the answer."
PROOF_EMPTY = "The passages behind each factual sentence of the draft appear here."
FIELDS = {
    "title": ("Title", "A shared European centre for …", 1),
    "summary": ("Summary", "Two or three sentences: what is proposed, for whom, why now.", 4),
    "field": ("Field", "climate modelling", 1),
    "hub": ("Hub", "What stands or sits in one place", 2),
    "network": ("Network", "Which sites take part, and with what", 2),
    "cost": ("Cost", "Leave empty if it is not known", 1),
    "payers": ("Payers", "Member states, EU budget, industry …", 1),
    "label": ("Borrowed name", "“CERN for …”, if you use one", 1),
    "rival": ("Rival", "A network or plan that competes", 1),
    "stage": ("Stage", "idea, study, call, negotiation …", 1),
    "country": ("Country", "Where the text will be read", 1),
}
HEADER = '<div class="sa-brand"><h1>Science Attaché</h1><p>Framing for shared science, every fact traced to its source</p></div>'


@dataclass(frozen=True, kw_only=True)
class AskPanel:
    chat: Any
    stage: Any
    notice: Any
    question: Any
    ask: Any
    stop: Any
    anew: Any
    examples_row: Any
    examples: list[Any]
    audience: Any
    evidence: Any


@dataclass(frozen=True, kw_only=True)
class DraftPanel:
    fields: dict[str, Any]
    """Components of the form by field of the brief."""
    example: Any
    upload: Any
    audience: Any
    words: Any
    lean: Any
    draft: Any
    stop: Any
    stage: Any
    notice: Any
    text: Any
    evidence: Any
    files: Any


@dataclass(frozen=True, kw_only=True)
class SourcesPanel:
    upload: Any
    addresses: Any
    password: Any
    ocr: Any
    add: Any
    progress: Any
    notice: Any
    outcome: Any
    count: Any
    wanted: Any
    export: Any
    files: Any
    table: Any
    chosen: Any
    """State: id of the source in the editor, "" if it is closed."""
    editor: Any
    about: Any
    title: Any
    author: Any
    issued: Any
    interest: Any
    meaning: Any
    saved: Any
    actions: Any
    save: Any
    text: Any
    remove: Any
    close: Any
    confirm: Any
    asked: Any
    sure: Any
    keep: Any


def _html(value: str = "", *, script: str | None = None, **options: Any) -> Any:
    # Without a script of its own the component stays what it is here: markup that render.py has made safe.
    return gr.HTML(value, js_on_load=script, apply_default_css=False, **options)


def header() -> Any:
    """Name and state line; gives back the state line."""
    with gr.Row(elem_id="sa-header"):
        _html(HEADER)
        return _html(elem_id="sa-state")


def ask_panel() -> AskPanel:
    """The conversation on the left, whom it is for and what it rests on at the right."""
    with gr.Row(elem_classes="sa-columns"):
        with gr.Column(scale=2, min_width=320, elem_classes="sa-main"):
            chat = gr.Chatbot(
                show_label=False,
                container=False,
                elem_id="sa-chat",
                height="auto",
                buttons=[],
                latex_delimiters=[],
                feedback_options=None,
                group_consecutive_messages=False,
                allow_tags=False,
                placeholder='<div class="sa-hello"><h2>What does the record say?</h2><p>Ask about large shared science projects: who paid, what '
                "worked, which name helped or harmed, and what the strongest critic would answer.</p></div>",
            )
            stage, notice = _html(elem_id="sa-stage"), _html(elem_id="sa-notice")
            with gr.Row(elem_classes="sa-examples") as examples_row:
                examples = [gr.Button(text, size="sm", elem_classes="sa-example") for text in EXAMPLES]
            with gr.Row(elem_classes="sa-askline"):
                question = gr.Textbox(
                    label="Your question",
                    show_label=False,
                    container=False,
                    placeholder="Ask a question (Enter sends, Shift+Enter starts a new line)",
                    lines=1,
                    max_lines=6,
                    autofocus=True,
                    scale=5,
                    elem_id="sa-question",
                )
                ask = gr.Button("Ask", variant="primary", scale=0, min_width=96, elem_id="sa-ask")
                stop = gr.Button(
                    "Stop", variant="stop", scale=0, min_width=96, visible=False, elem_id="sa-stop"
                )
            anew = gr.Button(
                "Start a new conversation",
                size="sm",
                visible=False,
                elem_id="sa-anew",
                elem_classes="sa-quiet",
            )
        with gr.Column(scale=1, min_width=300, elem_classes="sa-side"):
            audience = _audience("sa-audience", "", ("No particular audience", ""))
            _html("<h3>Evidence</h3>")
            evidence = _html(
                render.evidence_html([], render.Numbers(), empty=EVIDENCE_EMPTY), elem_id="sa-evidence"
            )
    return AskPanel(chat=chat, stage=stage, notice=notice, question=question, ask=ask, stop=stop, anew=anew,
                    examples_row=examples_row, examples=examples, audience=audience, evidence=evidence)  # fmt: skip


def _audience(elem_id: str, value: str, *others: tuple[str, str]) -> Any:
    return gr.Dropdown(
        [*others, *audiences()], value=value, label="Who is addressed", elem_id=elem_id, filterable=False
    )


def draft_panel() -> DraftPanel:
    """The brief on the left; the text, its findings and its evidence at the right."""
    with gr.Row(elem_classes="sa-columns"):
        with gr.Column(scale=1, min_width=320, elem_classes="sa-brief"):
            with gr.Row(elem_classes="sa-briefline"):
                example = gr.Button("Load example", size="sm", elem_id="sa-load-example")
                upload = gr.UploadButton(
                    "Load YAML brief", size="sm", file_types=[".yaml", ".yml"], elem_id="sa-load-brief"
                )
            fields = _brief_form()
            audience = _audience("sa-draft-audience", "newspaper_readers")
            words = gr.Slider(400, 900, value=600, step=50, label="Words", elem_id="sa-words")
            lean = gr.Radio(
                [("Hub-led", "hub"), ("Balanced", "balanced"), ("Network-led", "network")],
                value="balanced",
                label="Balance",
            )
            draft = gr.Button("Draft the op-ed", variant="primary", elem_id="sa-draft")
        with gr.Column(scale=2, min_width=320, elem_classes="sa-main"):
            stage, notice = _html(elem_id="sa-draft-stage"), _html(elem_id="sa-draft-notice")
            stop = gr.Button("Stop", variant="stop", size="sm", visible=False, elem_id="sa-draft-stop")
            text = _html(DRAFT_EMPTY, elem_id="sa-draft-text")
            files = gr.File(
                label="Download", file_count="multiple", interactive=False, visible=False, elem_id="sa-files"
            )
            _html("<h3>Evidence</h3>")
            evidence = _html(
                render.evidence_html([], render.Numbers(), empty=PROOF_EMPTY), elem_id="sa-proof"
            )
    return DraftPanel(fields=fields, example=example, upload=upload, audience=audience, words=words, lean=lean, draft=draft,
                      stop=stop, stage=stage, notice=notice, text=text, evidence=evidence, files=files)  # fmt: skip


DRAFT_EMPTY = (
    '<div class="sa-hello"><h2>An op-ed you can sign</h2><p>Fill in the brief, as far as it is known. The text is written sentence by '
    "sentence, each fact from a passage that you can open; what the brief leaves open is named, not filled in.</p></div>"
)


def _brief_form() -> dict[str, Any]:
    fields = {
        name: gr.Textbox(label=label, placeholder=hint, lines=lines, max_lines=8, elem_id=f"sa-brief-{name}")
        for name, (label, hint, lines) in FIELDS.items()
    }
    fields["needs_central_instrument"] = gr.Radio(
        ["yes", "no", "partly", "unknown"],
        value="unknown",
        label="Does the field need one central instrument?",
    )
    return fields


CHOOSES = """element.addEventListener("click", (event) => {
  const one = event.target.closest("[data-source]");
  if (one) trigger("click", { source: one.dataset.source });
});"""
"""A click on a title tells which source it is."""
KINDS = "PDF, Word, OpenDocument, PowerPoint, EPUB, RTF, web pages, Markdown, text, and reference lists (.bib, .ris, CSL-JSON)."
NOT_SAID = ("Not said", "")


def voices(guessed: str = "") -> list[tuple[str, str]]:
    """(words, value) of the labels for whose voice a source is; first the guess, if there is one."""
    guess = [(f"{LABELS[guessed]} (guess)", GUESS)] if guessed in LABELS else []
    return [*guess, *((label, key) for key, label in LABELS.items()), NOT_SAID]


def sources_panel() -> SourcesPanel:
    """What the user added with one source open for changes, and a way to add more."""
    with gr.Row(elem_classes="sa-columns"):
        with gr.Column(scale=1, min_width=300, elem_classes="sa-intake"):
            adding = _adding()
        with gr.Column(scale=2, min_width=320, elem_classes="sa-main"):
            with gr.Row(elem_classes="sa-shelfhead"):
                _html("<h3>Your sources</h3>")
                export = gr.Button(
                    "Export records", size="sm", visible=False, elem_id="sa-export", elem_classes="sa-quiet"
                )
            files = gr.File(
                label="Download",
                file_count="multiple",
                interactive=False,
                visible=False,
                elem_id="sa-records",
            )
            editor = _editor()
            wanted = gr.Textbox(value="", placeholder="Filter by title, year, voice …", show_label=False, label="Filter", container=False,
                visible=False, elem_id="sa-wanted",
            )  # fmt: skip
            count = _html(elem_id="sa-count")
            table = _html(elem_id="sa-sources", script=CHOOSES)
    return SourcesPanel(
        **adding,
        **editor,
        export=export,
        files=files,
        wanted=wanted,
        count=count,
        table=table,
        chosen=gr.State(""),
    )


def _adding() -> dict[str, Any]:
    _html(f"<h3>Add sources</h3><p class='sa-hint'>{KINDS} They stay on this machine.</p>")
    upload = gr.File(label="Files", show_label=False, file_count="multiple", elem_id="sa-upload", height=150)
    addresses = gr.Textbox(
        value="",
        label="Web addresses",
        placeholder="https://…  one a line",
        lines=2,
        max_lines=8,
        elem_id="sa-addresses",
    )
    with gr.Accordion("Password or OCR", open=False, elem_id="sa-options"):
        password = gr.Textbox(
            value="", label="Password of encrypted PDFs", type="password", elem_id="sa-password"
        )
        reader = available()
        ocr = gr.Checkbox(
            label="Read scanned pages by OCR", value=bool(reader), interactive=bool(reader), elem_id="sa-ocr",
            info=f"With {reader}; check quotations against the page." if reader else "Tesseract is not installed on this machine.",
        )  # fmt: skip
    add = gr.Button("Add to the library", variant="primary", elem_id="sa-add")
    return {
        "upload": upload, "addresses": addresses, "password": password, "ocr": ocr, "add": add,
        "progress": _html(elem_id="sa-adding"), "notice": _html(elem_id="sa-sources-notice"),
        "outcome": _html(elem_id="sa-outcome"),
    }  # fmt: skip


def _editor() -> dict[str, Any]:
    with gr.Column(visible=False, elem_id="sa-editor") as editor:
        about = _html(elem_id="sa-about")
        title = gr.Textbox(value="", label="Title", max_lines=3, elem_id="sa-title")
        with gr.Row():
            author = gr.Textbox(
                value="",
                label="Author",
                placeholder="Family, Given; Family, Given",
                scale=2,
                min_width=200,
                elem_id="sa-author",
            )
            issued = gr.Textbox(
                value="", label="Date", placeholder="2024-10-16", scale=1, min_width=120, elem_id="sa-issued"
            )
        interest = gr.Dropdown(voices(), label="Whose voice", filterable=False, elem_id="sa-interest")
        meaning, saved = _html(elem_id="sa-meaning"), _html(elem_id="sa-saved")
        with gr.Row(elem_classes="sa-actions") as actions:
            save = gr.Button("Save", variant="primary", size="sm", scale=0, min_width=90, elem_id="sa-save")
            text = gr.UploadButton("New version", size="sm", scale=0, min_width=120, elem_id="sa-text")
            remove = gr.Button(
                "Remove", variant="stop", size="sm", scale=0, min_width=90, elem_id="sa-remove"
            )
            close = gr.Button(
                "Close", size="sm", scale=0, min_width=60, elem_id="sa-close", elem_classes="sa-quiet"
            )
        with gr.Column(visible=False, elem_id="sa-confirm") as confirm:
            asked = _html()
            with gr.Row(elem_classes="sa-actions"):
                sure = gr.Button(
                    "Remove for good", variant="stop", size="sm", scale=0, min_width=150, elem_id="sa-sure"
                )
                keep = gr.Button("Keep it", size="sm", scale=0, min_width=90, elem_id="sa-keep")
    return {
        "editor": editor, "about": about, "title": title, "author": author, "issued": issued, "interest": interest,
        "meaning": meaning, "saved": saved, "actions": actions, "save": save, "text": text, "remove": remove,
        "close": close, "confirm": confirm, "asked": asked, "sure": sure, "keep": keep,
    }  # fmt: skip
