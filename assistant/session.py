"""Assistant: the one front door. Screen, command line and evals ask here and nowhere else."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

import prompts as prompt_files
from knowledge import EVERYTHING, Filter, Library, Source

from .answer import Answer, Brief, Lean, PassageView
from .answering import Tools
from .checking import TextCheck, check_text
from .errors import AssistantError, DraftError
from .events import Event, Tell
from .models import ChatModel, chat_model
from .pairs import second_opinion
from .retrieval import view
from .settings import Settings
from .verifying import Verification, verify

TASKS = ("answer", "restate", "line", "headline")
Progress = Callable[[str, int, int], None]


def open_library(settings: Settings, *, progress: Progress | None = None, rebuild: bool = False) -> Library:
    """The library that the settings name: the built-in one or a dossier's, with its embedder and its Chroma.

    Args:
        rebuild: make all vectors anew, whatever embedder made those of before.

    Raises:
        KnowledgeError: there is no such dossier, another process holds it, or the settings do not fit it.
    """
    return Library.open(
        home=settings.home,
        dossier=settings.dossier,
        embedder=settings.embedder,
        reranker=settings.reranker,
        chroma_url=settings.chroma_url,
        progress=progress,
        rebuild=rebuild,
    )


class Assistant:
    """Answers and drafts over one library with one chat model; the model is loaded at first use.

    Args:
        library: opened by the caller and closed by them; by default the built-in one, opened and closed here.
        model: overrides the setting, e.g. `openai:gpt-4o-mini` or `http://127.0.0.1:8000/v1`.
        dossier: overrides the setting: the workspace whose library is opened.
    """

    def __init__(
        self,
        library: Library | None = None,
        *,
        model: str = "",
        settings: Settings | None = None,
        progress: Progress | None = None,
        dossier: str = "",
    ) -> None:
        self.settings = settings or Settings.load(model=model, dossier=dossier)
        if model and self.settings.model != model:
            self.settings = self.settings.model_copy(update={"model": model})
        if self.settings.nli:
            second_opinion(self.settings.nli)
        self.model: ChatModel = chat_model(self.settings, progress=progress)
        self._own_library = library is None
        self.library = library or open_library(self.settings, progress=progress)

    @property
    def model_name(self) -> str:
        return self.model.name

    def __enter__(self) -> Assistant:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes the library if it was opened here; the embedded model stops with the process."""
        if self._own_library:
            self.library.close()

    def warm(self) -> None:
        """Loads embedder and model, so that the first question does not wait for them."""
        self.library.warm()
        self.model.load()

    def status(self) -> dict[str, Any]:
        """What state things are in, in words and counts for the screen."""
        return {
            "library": self.library.status(),
            "model": self.model.name,
            "model_state": "ready" if self.model.loaded else "not loaded yet",
            "sends_to": self.model.destination,
        }

    def search(
        self,
        query: str,
        k: int = 10,
        *,
        only: Filter = EVERYTHING,
        quotas: Mapping[str, int] | None = None,
    ) -> list[PassageView]:
        """The `k` best passages for a query, best first; with `quotas` at least so many of each side."""
        return [view(hit, hit.rank) for hit in self.library.search(query, k, only=only, quotas=quotas)]

    def ask(self, question: str, *, audience: str = "", history: Sequence[str] = ()) -> Answer:
        """A cited answer, or one that says that the library does not hold it."""
        return _last(self.ask_events(question, audience=audience, history=history))

    def ask_events(
        self, question: str, *, audience: str = "", history: Sequence[str] = ()
    ) -> Iterator[Event]:
        """The same, told as it happens.

        Args:
            history: the questions asked before, oldest first.

        Raises:
            AssistantError: the question is empty, or the model failed.
        """
        if not question.strip():
            raise AssistantError("the question is empty: write what you want to know")
        state = {
            "question": question.strip(),
            "audience": audience,
            "history": list(history),
            "started": time.perf_counter(),
        }
        yield from self._run("ask", state)

    def draft(
        self, format: str, brief: Brief, audience: str, *, words: int | None = None, lean: Lean = "balanced"
    ) -> Answer:
        """A checked text of the format, with its evidence."""
        return _last(self.draft_events(format, brief, audience, words=words, lean=lean))

    def draft_events(
        self, format: str, brief: Brief, audience: str, *, words: int | None = None, lean: Lean = "balanced"
    ) -> Iterator[Event]:
        """The same, told as it happens.

        Raises:
            DraftError: the audience is unknown, the length is out of the format's range, or the evidence is too thin.
            PromptError: the format is unknown.
        """
        form = prompt_files.format_of(format)
        words = words or form.words.default
        if not form.words.least <= words <= form.words.most:
            raise DraftError(
                f"the format {form.id} takes {form.words.least} to {form.words.most} words, {words} were asked for"
            )
        state = {
            "brief": brief.model_dump(),
            "audience": audience,
            "format": form.id,
            "words": words,
            "lean": lean,
            "started": time.perf_counter(),
        }
        yield from self._run("draft", state)

    def check(
        self,
        text: str,
        against: Sequence[str | Source] | None = None,
        *,
        title: str = "",
        progress: Progress | None = None,
    ) -> TextCheck:
        """Findings for each sentence of a text, against the library or against given texts.

        Raises:
            SourceUnreadable: a given text is empty.
        """
        return check_text(text, self.library, against, title=title, progress=progress)

    def verify(self, answer: Answer, *, progress: Progress | None = None) -> Verification:
        """Whether what a saved answer cites is still there and still bears it out, in the library of today."""
        return verify(answer, self.library, progress=progress)

    @cached_property
    def _prompts(self) -> dict[str, Any]:
        return {task: prompt_files.load(task) for task in TASKS}

    @cached_property
    def _graphs(self) -> dict[str, Any]:
        from .graph import ask_graph, draft_graph

        return {"ask": ask_graph(), "draft": draft_graph()}

    def _run(self, name: str, state: dict[str, Any]) -> Iterator[Event]:
        from .graph import STEP_LIMIT

        def work(tell: Tell) -> None:
            tools = Tools(self.library, self.model, self._prompts, self.settings.samples, tell)
            done = self._graphs[name].invoke(state, context=tools, config={"recursion_limit": STEP_LIMIT})
            tell(Event(kind="done", answer=Answer(**done["answer"])))

        yield from _as_it_happens(work)


def _last(events: Iterator[Event]) -> Answer:
    for event in events:
        if event.answer is not None:
            return event.answer
    raise AssistantError("the work ended without an answer")


class _Stopped(Exception):
    """The reader went away; the work ends at its next word."""


def _as_it_happens(work: Callable[[Tell], None]) -> Iterator[Event]:
    """Events of a piece of work that runs in a thread of its own, so that each is seen when it happens.

    Closing the iterator stops the work at its next event.
    """
    events: queue.Queue[Event | BaseException | None] = queue.Queue()
    stopped = threading.Event()

    def tell(event: Event) -> None:
        if stopped.is_set():
            raise _Stopped
        events.put(event)

    def run() -> None:
        try:
            work(tell)
        except _Stopped:
            pass
        except BaseException as exc:  # noqa: BLE001 - handed over to the thread that asked, and raised there
            events.put(exc)
        finally:
            events.put(None)

    thread = threading.Thread(target=run, name="attache-work", daemon=True)
    thread.start()
    try:
        while (item := events.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item
    finally:
        stopped.set()
