"""The web page: panels wired to handlers, and the one function that serves it.

A Workbench comes in; nothing goes out but the page. Answers and drafts share one place in the queue (`model`),
so that the embedded model writes one text at a time; sources and exports have queues of their own.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
import webbrowser
from collections.abc import Callable, Iterator
from importlib.resources import files
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

from assistant.errors import AssistantError

from .workbench import Workbench

if TYPE_CHECKING:
    from assistant.answer import Lean

    from .handlers import Draft, Files, State, Talk

MODEL = {"concurrency_id": "model", "concurrency_limit": 1}
SOURCES = {"concurrency_id": "sources", "concurrency_limit": 1}
EXPORT = {"concurrency_id": "export", "concurrency_limit": 2}
QUIET = {"show_progress": "hidden", "api_visibility": "private"}
INSTANT = {**QUIET, "queue": False}
MAX_UPLOAD = "100mb"
STATE_SECONDS = 1.0


class PageError(AssistantError):
    """The page cannot be served."""


def keep_private(folder: Path) -> None:
    """Settings of the libraries below that must stand before they are imported: no telemetry, uploads in `folder`."""
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    os.environ["GRADIO_RUN_HISTORY"] = "False"
    os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
    os.environ["GRADIO_TEMP_DIR"] = str(folder)
    for name in ("NO_PROXY", "no_proxy"):
        # Gradio asks its own address for a sign of life; behind a proxy that request must not leave.
        os.environ[name] = ",".join(filter(None, [os.environ.get(name, ""), "127.0.0.1", "localhost"]))


def page(bench: Workbench) -> Any:
    """The Blocks of the page; `keep_private` comes first."""
    import gradio as gr

    from . import panels, sources_tab

    with gr.Blocks(title="Science Attaché", analytics_enabled=False, fill_width=True) as blocks:
        state = panels.header()
        with gr.Tabs(elem_id="sa-tabs"):
            with gr.Tab("Ask"):
                ask = panels.ask_panel()
            with gr.Tab("Draft an op-ed"):
                draft = panels.draft_panel()
            with gr.Tab("Sources") as shelf_tab:
                shelf = panels.sources_panel()
        _wire_state(blocks, bench, state)
        _wire_ask(bench, ask)
        _wire_draft(bench, draft)
        sources_tab.wire(bench, shelf, state, [blocks.load, shelf_tab.select])
    return blocks.queue(api_open=False)


def _wire_state(blocks: Any, bench: Workbench, line: Any) -> None:
    import gradio as gr

    from .handlers import on_state

    timer = gr.Timer(STATE_SECONDS)

    def show() -> tuple[str, Any]:
        now = on_state(bench)
        return _state_view(now), gr.Timer(active=not now.settled)

    blocks.load(show, None, [line, timer], **INSTANT)
    timer.tick(show, None, [line, timer], **INSTANT)


def _state_view(now: State) -> str:
    from .render import state_html

    return state_html(now.parts)


def _wire_ask(bench: Workbench, panel: Any) -> None:
    import gradio as gr

    from . import handlers

    talk = gr.State(handlers.Talk())
    shown = [
        panel.chat,
        panel.evidence,
        panel.stage,
        panel.notice,
        panel.examples_row,
        panel.ask,
        panel.stop,
        panel.anew,
        talk,
    ]

    def post(talk: Talk, question: str) -> list[Any]:
        now = handlers.on_post(talk, question)
        return [*_talk_view(bench, now), now.question]

    def answer(talk: Talk, audience: str) -> Iterator[list[Any]]:
        for now in handlers.on_ask(bench, talk, audience):
            yield [*_talk_view(bench, now), now.question or gr.skip()]

    def stop(talk: Talk) -> list[Any]:
        return _talk_view(bench, handlers.on_stop(talk))

    sent = gr.on(
        [panel.ask.click, panel.question.submit],
        post,
        [talk, panel.question],
        [*shown, panel.question],
        **INSTANT,
    )
    answers = [sent.then(answer, [talk, panel.audience], [*shown, panel.question], **MODEL, **QUIET)]
    for button in panel.examples:
        chosen = button.click(post, [talk, button], [*shown, panel.question], **INSTANT)
        answers.append(
            chosen.then(answer, [talk, panel.audience], [*shown, panel.question], **MODEL, **QUIET)
        )
    panel.stop.click(stop, [talk], shown, cancels=answers, **INSTANT)
    panel.anew.click(lambda: _talk_view(bench, handlers.Talk()), None, shown, cancels=answers, **INSTANT)


def _talk_view(bench: Workbench, talk: Talk) -> list[Any]:
    """The conversation as values of the components that show it."""
    import gradio as gr

    from . import panels, render
    from .handlers import cards

    numbers = render.Numbers("evidence")
    messages = [message for turn in talk.turns for message in _messages(turn, numbers)]
    passages = {passage.passage_id: passage for turn in talk.turns for passage in turn.passages}
    sentences = [sentence for turn in talk.turns for sentence in turn.sentences]
    shown = cards(bench, list(passages.values()))
    stage = talk.turns[-1].stage if talk.busy else ""
    return [
        messages,
        render.evidence_html(shown, numbers, empty=panels.EVIDENCE_EMPTY, sentences=sentences),
        render.stage_html(stage),
        render.notice_html(talk.notice),
        gr.Row(visible=not talk.turns),
        gr.Button(visible=not talk.busy),
        gr.Button(visible=talk.busy),
        gr.Button(visible=bool(talk.turns) and not talk.busy),
        talk,
    ]


def _messages(turn: Any, numbers: Any) -> Iterator[dict[str, str]]:
    from . import render

    yield {"role": "user", "content": render.question_html(turn.question)}
    if content := render.turn_html(turn, numbers):
        yield {"role": "assistant", "content": content}


def _wire_draft(bench: Workbench, panel: Any) -> None:
    import gradio as gr

    from . import handlers

    current = gr.State(handlers.Draft())
    names = list(panel.fields)
    boxes = list(panel.fields.values())
    shown = [panel.text, panel.evidence, panel.stage, panel.notice, panel.draft, panel.stop, current]

    def write(audience: str, words: float, lean: Lean, *values: str) -> Iterator[list[Any]]:
        fields = dict(zip(names, values, strict=True))
        for now in handlers.on_draft(bench, fields, audience, words=int(words), lean=lean):
            yield [*_draft_view(bench, now), gr.File(visible=False)]

    def stop(now: Draft) -> list[Any]:
        return _draft_view(bench, handlers.on_draft_stop(now))

    def offer(now: Draft) -> list[Any]:
        return _files_view(handlers.on_export(bench, now))

    def fill(read: Callable[[], dict[str, str]]) -> list[Any]:
        from .render import notice_html

        loaded, notice = handlers.on_brief(read)
        return [*(loaded.get(name, gr.skip()) for name in names), notice_html(notice)]

    choices = [panel.audience, panel.words, panel.lean]
    written = panel.draft.click(write, [*choices, *boxes], [*shown, panel.files], **MODEL, **QUIET)
    written.then(offer, [current], [panel.files, panel.notice], **EXPORT, **QUIET)
    panel.stop.click(stop, [current], shown, cancels=[written], **INSTANT)
    panel.example.click(lambda: fill(handlers.example_brief), None, [*boxes, panel.notice], **INSTANT)
    panel.upload.upload(
        lambda path: fill(lambda: handlers.read_brief(path)),
        [panel.upload],
        [*boxes, panel.notice],
        **INSTANT,
    )


def _draft_view(bench: Workbench, draft: Draft) -> list[Any]:
    """The draft as values of the components that show it."""
    import gradio as gr

    from . import panels, render
    from .handlers import cards

    numbers = render.Numbers("proof")
    turn = draft.turn
    text = render.turn_draft_html(turn, numbers) if turn else panels.DRAFT_EMPTY
    shown = cards(bench, list(turn.passages) if turn else [])
    sentences = turn.sentences if turn else ()
    return [
        text,
        render.evidence_html(shown, numbers, empty=panels.PROOF_EMPTY, sentences=sentences),
        render.stage_html(turn.stage if turn else ""),
        render.notice_html(draft.notice),
        gr.Button(visible=not draft.busy),
        gr.Button(visible=draft.busy),
        draft,
    ]


def _files_view(made: Files) -> list[Any]:
    import gradio as gr

    from .render import notice_html

    notice = notice_html(made.notice) if made.notice else gr.skip()
    return [gr.File(value=list(made.paths) or None, visible=bool(made.paths)), notice]


def theme() -> Any:
    """Warm paper, one accent, fonts that are on the machine; everything finer is in style.css."""
    import gradio as gr

    sans = (gr.themes.LocalFont("IBM Plex Sans", weights=(400, 700)), "system-ui", "sans-serif")
    return gr.themes.Base(
        font=sans, font_mono=("ui-monospace", "monospace"), neutral_hue="stone", primary_hue="teal"
    )


def launch(blocks: Any, *, host: str, port: int, auth: tuple[str, str] | None = None) -> str:
    """Serves the page from a thread and gives back its address.

    Raises:
        PageError: the port is taken or the address is not of this machine.
    """
    assets = files("ui") / "assets"
    try:
        blocks.launch(
            server_name=host, server_port=port, auth=auth, share=False, inbrowser=False, quiet=True, prevent_thread_lock=True,
            show_error=False, footer_links=[], run_history=False, enable_monitoring=False, ssr_mode=False, pwa=False,
            mcp_server=False, max_file_size=MAX_UPLOAD, favicon_path=str(assets / "favicon.svg"), theme=theme(),
            css=(assets / "style.css").read_text(encoding="utf-8"),
            head=f"<script>{(assets / 'page.js').read_text(encoding='utf-8')}</script>",
        )  # fmt: skip
    except OSError as exc:
        raise PageError(
            f"port {port} on {host} cannot be used, another program may hold it: choose one with --port"
        ) from exc
    shown = f"[{host}]" if ":" in host else host
    return f"http://{shown}:{blocks.server_port}"


def serve(bench: Workbench, *, host: str, port: int, auth: tuple[str, str] | None, browser: bool) -> None:
    """Serves the page until SIGINT or SIGTERM; the Assistant opens meanwhile and is closed at the end.

    Raises:
        PageError: the page cannot be served there.
    """
    keep_private(bench.new_folder())
    logging.getLogger("httpx").setLevel(logging.WARNING)
    blocks = page(bench)
    ended = threading.Event()
    try:
        url = launch(blocks, host=host, port=port, auth=auth)
        bench.start()

        def end(_signal: int, _frame: FrameType | None) -> None:
            ended.set()

        for name in (signal.SIGINT, signal.SIGTERM):
            signal.signal(name, end)
        print(f"Science Attaché is open at {url}", flush=True)
        if browser and _has_display():
            webbrowser.open(url)
        ended.wait()
    finally:
        blocks.close(verbose=False)
        bench.close()


def _has_display() -> bool:
    return sys.platform in ("darwin", "win32") or bool(
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    )
