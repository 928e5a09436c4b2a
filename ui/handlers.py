"""What the page does when something is pressed: plain values in, plain values out; no Gradio in here.

A handler that takes time is a generator of whole views (`Talk`, `Draft`), each of which can be shown as it stands.
`told` is the one place where an error becomes a sentence in a view.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.resources import files
from typing import TYPE_CHECKING, TypeVar

import yaml

from assistant.answer import Answer, Brief, PassageView, Sentence
from assistant.errors import AssistantError
from knowledge.errors import KnowledgeError
from prompts.errors import PromptError

from .render import Card
from .workbench import Workbench

if TYPE_CHECKING:
    from assistant.answer import Lean
    from assistant.events import Event
    from knowledge import Library

USER_ERRORS = (AssistantError, KnowledgeError, PromptError)
DOWNLOADS = (".docx", ".pdf", ".md")
STATE_WHILE_WAITING = {False: "preparing the library", True: "loading the model"}
POLL_SECONDS = 0.4
TOKEN_SECONDS = 0.08

_log = logging.getLogger(__name__)
V = TypeVar("V")


@dataclass(frozen=True, kw_only=True)
class Turn:
    """One question and what has been said to it so far."""

    question: str
    sentences: tuple[Sentence, ...] = ()
    passages: tuple[PassageView, ...] = ()
    pending: str = ""
    """Text that is being written and not checked yet."""
    stage: str = ""
    answer: Answer | None = None
    stopped: bool = False

    @property
    def open(self) -> bool:
        return self.answer is None and not self.stopped


@dataclass(frozen=True, kw_only=True)
class Talk:
    """The conversation as it stands; `question` is what belongs into the box."""

    turns: tuple[Turn, ...] = ()
    question: str = ""
    notice: str = ""

    @property
    def busy(self) -> bool:
        return bool(self.turns) and self.turns[-1].open


@dataclass(frozen=True, kw_only=True)
class Draft:
    """The draft as it stands."""

    turn: Turn | None = None
    notice: str = ""

    @property
    def busy(self) -> bool:
        return self.turn is not None and self.turn.open


@dataclass(frozen=True, kw_only=True)
class Files:
    """Files made for download, or why they could not be made."""

    paths: tuple[str, ...] = ()
    notice: str = ""


def told(steps: Iterator[V], failed: Callable[[str, V | None], V]) -> Iterator[V]:
    """The views of `steps`; if they fail, `failed(sentence, last view before)` as the last one."""
    last: V | None = None
    try:
        for last in steps:
            yield last
    except USER_ERRORS as exc:
        yield failed(str(exc), last)
    except Exception as exc:  # noqa: BLE001 - the outermost edge: the page must stay usable and lose nothing
        _log.exception("a handler failed")
        sentence = (
            f"Science Attaché itself failed ({type(exc).__name__}); nothing you typed is lost. "
            "Try again; the terminal shows the details."
        )
        yield failed(sentence, last)


def told_once(step: Callable[[], V], failed: Callable[[str], V]) -> V:
    """The one view of `step`, or `failed(sentence)`."""
    return next(told((step() for _ in range(1)), lambda sentence, _last: failed(sentence)))


# --- asking ------------------------------------------------------------------------------------------------


def on_post(talk: Talk, question: str) -> Talk:
    """The conversation with the question in it, at once; a question asked while one is open stays in the box."""
    if talk.busy:
        return replace(
            talk, question=question, notice="One question at a time: wait for the answer or press Stop."
        )
    if not question.strip():
        return replace(talk, question="", notice="Write a question first, or choose one of the examples.")
    turn = Turn(question=question.strip(), stage="waiting for the model")
    return Talk(turns=(*talk.turns, turn))


def on_ask(bench: Workbench, talk: Talk, audience: str) -> Iterator[Talk]:
    """Answers the open question, if there is one."""
    if not talk.busy:
        yield talk
        return
    *earlier, turn = talk.turns

    def failed(sentence: str, last: Talk | None) -> Talk:
        said = [stopped(last.turns[-1])] if last and last.turns[-1].sentences else []
        return Talk(turns=(*earlier, *said), question=turn.question, notice=sentence)

    yield from told(_answering(bench, tuple(earlier), turn, audience), failed)


def _answering(bench: Workbench, earlier: tuple[Turn, ...], turn: Turn, audience: str) -> Iterator[Talk]:
    for stage in _waiting(bench):
        yield Talk(turns=(*earlier, replace(turn, stage=stage)))
    assistant = bench.assistant(with_model=True)
    history = [past.question for past in earlier]
    for step in follow(assistant.ask_events(turn.question, audience=audience, history=history), turn):
        yield Talk(turns=(*earlier, step))


def on_stop(talk: Talk) -> Talk:
    """The conversation with the open answer ended where it is."""
    if not talk.busy:
        return talk
    *earlier, turn = talk.turns
    return Talk(turns=(*earlier, stopped(turn)))


def stopped(turn: Turn) -> Turn:
    return replace(turn, stopped=True, pending="", stage="")


def follow(events: Iterator[Event], turn: Turn) -> Iterator[Turn]:
    """The turn after each event; words that come faster than anyone reads are shown together."""
    shown = 0.0
    for event in events:
        turn = _after(turn, event)
        if event.kind != "token" or time.monotonic() - shown > TOKEN_SECONDS:
            shown = time.monotonic()
            yield turn


def _after(turn: Turn, event: Event) -> Turn:
    if event.kind == "stage":
        return replace(turn, stage=event.text)
    if event.kind == "token":
        return replace(turn, pending=turn.pending + event.text)
    if event.kind == "evidence":
        return replace(turn, passages=_joined(turn.passages, event.passages))
    if event.kind == "sentence" and event.sentence is not None:
        return replace(turn, sentences=(*turn.sentences, event.sentence), pending="")
    if event.kind == "done" and event.answer is not None:
        answer = event.answer
        return replace(turn, answer=answer, sentences=tuple(answer.sentences), pending="", stage="",
                       passages=_joined(turn.passages, answer.passages))  # fmt: skip
    return turn


def _joined(old: Sequence[PassageView], new: Sequence[PassageView]) -> tuple[PassageView, ...]:
    return tuple({passage.passage_id: passage for passage in (*old, *new)}.values())


def _waiting(bench: Workbench) -> Iterator[str]:
    """What is being prepared, now and then, until all is ready or has failed; what failed before is tried again."""
    bench.retry()
    while not bench.wait(POLL_SECONDS):
        yield bench.stage or STATE_WHILE_WAITING[bench.library_ready]


def cards(bench: Workbench, passages: Sequence[PassageView]) -> list[Card]:
    """The passages with year, address and voice of their sources, as far as the library knows them."""
    if not passages:
        return []
    library = bench.assistant().library
    return [_card(library, passage) for passage in passages]


def _card(library: Library, passage: PassageView) -> Card:
    reference = library.reference(passage.source_id)
    if reference is None:
        return Card(passage=passage)
    item = reference.csl()
    dates = item.get("issued", {}).get("date-parts") or [[""]]
    link = item.get("URL") or (f"https://doi.org/{item['DOI']}" if item.get("DOI") else "")
    return Card(
        passage=passage,
        year=str(dates[0][0]),
        link=str(link),
        interest=reference.interest,
        guessed="interest" in reference.guessed,
    )


# --- drafting ----------------------------------------------------------------------------------------------


def brief_of(fields: Mapping[str, str]) -> Brief:
    """The form as a brief.

    Raises:
        BriefError: a field is missing or wrong; the message names it.
    """
    return Brief.parse({name: value for name, value in fields.items() if value}, name="the form")


def read_brief(path: str) -> dict[str, str]:
    """A YAML brief as the fields of the form."""
    return {name: str(value) for name, value in Brief.read(path).model_dump().items()}


def example_brief() -> dict[str, str]:
    """The fields of the brief that ships with the page."""
    text = (files("ui") / "assets" / "example_brief.yaml").read_text(encoding="utf-8")
    return {name: str(value) for name, value in Brief.parse(yaml.safe_load(text)).model_dump().items()}


def on_brief(read: Callable[[], dict[str, str]]) -> tuple[dict[str, str], str]:
    """The fields of a brief and no notice, or no fields and why it cannot be used."""
    return told_once(lambda: (read(), ""), lambda sentence: ({}, sentence))


def on_draft(
    bench: Workbench, fields: Mapping[str, str], audience: str, *, words: int, lean: Lean
) -> Iterator[Draft]:
    """The op-ed for the brief in the form, as it is written."""

    def failed(sentence: str, last: Draft | None) -> Draft:
        return Draft(turn=stopped(last.turn) if last and last.turn else None, notice=sentence)

    yield from told(_drafting(bench, fields, audience, words, lean), failed)


def _drafting(
    bench: Workbench, fields: Mapping[str, str], audience: str, words: int, lean: Lean
) -> Iterator[Draft]:
    brief = brief_of(fields)
    turn = Turn(question=brief.title, stage="waiting for the model")
    yield Draft(turn=turn)
    for stage in _waiting(bench):
        yield Draft(turn=replace(turn, stage=stage))
    assistant = bench.assistant(with_model=True)
    for step in follow(assistant.draft_events("op-ed", brief, audience, words=words, lean=lean), turn):
        yield Draft(turn=step)


def on_draft_stop(draft: Draft) -> Draft:
    """The draft ended where it is, its sentences kept."""
    return Draft(turn=stopped(draft.turn)) if draft.turn is not None and draft.busy else draft


def on_export(bench: Workbench, draft: Draft) -> Files:
    """The finished draft as DOCX, PDF, Markdown and fact-check sheet; nothing if there is no finished draft."""
    answer = draft.turn.answer if draft.turn else None
    if answer is None:
        return Files()
    return told_once(lambda: Files(paths=_exported(bench, answer)), lambda sentence: Files(notice=sentence))


def _exported(bench: Workbench, answer: Answer) -> tuple[str, ...]:
    from assistant.export import export

    folder = bench.new_folder()
    name = re.sub(r"[^a-z0-9]+", "-", answer.headline.lower()).strip("-")[:60] or "op-ed"
    paths = [path for suffix in DOWNLOADS for path in export(answer, folder / f"{name}{suffix}")]
    return tuple(dict.fromkeys(str(path) for path in paths))


# --- state -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class State:
    """What the state line says, and whether it can still change by itself."""

    parts: tuple[tuple[str, str, str], ...]
    settled: bool


def on_state(bench: Workbench) -> State:
    """Library and model in words: what is there, what is being loaded, what goes where."""
    return State(parts=(_library_state(bench), _model_state(bench)), settled=bench.wait(0))


def _library_state(bench: Workbench) -> tuple[str, str, str]:
    if not bench.library_ready:
        return (
            ("bad", "Library", f"not open: {bench.error}")
            if bench.error
            else ("wait", "Library", bench.stage)
        )
    assistant = bench.assistant()
    count = int(assistant.library.status()["passages"])
    dossier = f"dossier {assistant.settings.dossier}, " if assistant.settings.dossier else ""
    return (
        ("good", "Library", f"{dossier}{count:,} passages")
        if count
        else ("bad", "Library", f"{dossier}empty: add sources first")
    )


def _model_state(bench: Workbench) -> tuple[str, str, str]:
    if not bench.library_ready:
        return ("bad", "Model", "not loaded") if bench.error else ("wait", "Model", "loads after the library")
    assistant = bench.assistant()
    name = assistant.model_name
    if not bench.wait(0):
        return ("wait", "Model", f"{name}: {bench.stage or 'loading'}")
    if bench.error:
        return ("bad", "Model", bench.error)
    destination = str(assistant.status()["sends_to"])
    if destination:
        return (
            "good",
            "Model",
            f"{name}: your questions, briefs and the passages found are sent to {destination}",
        )
    return ("good", "Model", f"{name}: ready on this machine, nothing is sent anywhere")


def audiences() -> list[tuple[str, str]]:
    """(name, id) of every audience."""
    from knowledge import load_audiences

    return [(one.name, key) for key, one in load_audiences().items()]
