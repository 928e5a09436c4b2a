"""One Assistant for a whole process, opened in the background so that the page is there at once.

In: a function that opens the Assistant and reports its progress. Out: the Assistant when it is ready, or the
error that stopped it; meanwhile `stage` says in words what is being done.
"""

from __future__ import annotations

import logging
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.errors import AssistantError

if TYPE_CHECKING:
    from assistant.session import Assistant
    from knowledge import Library

Progress = Callable[[str, int, int], None]
Opener = Callable[[Progress], "Assistant"]

_log = logging.getLogger(__name__)


def open_assistant(model: str = "", progress: Progress | None = None, dossier: str = "") -> Assistant:
    """The Assistant on the built-in library or a dossier's, which is prepared if it is not there yet; the model is not loaded.

    Raises:
        AssistantError, KnowledgeError: a setting, the model's name or the library cannot be used.
    """
    from assistant.session import Assistant

    return Assistant(model=model, progress=progress, dossier=dossier)


def open_library(progress: Progress | None = None, dossier: str = "", *, rebuild: bool = False) -> Library:
    """The built-in library or a dossier's, alone; with `rebuild` all its vectors are made anew.

    Raises:
        AssistantError, KnowledgeError: a setting or the library cannot be used.
    """
    from assistant import session
    from assistant.settings import Settings

    return session.open_library(Settings.load(dossier=dossier), progress=progress, rebuild=rebuild)


def progress_words(stage: str, done: int, total: int) -> str:
    """`stage` with how far it is, if the total is known."""
    return f"{stage}: {100 * done // total} %" if total > 0 else stage


class NotOpened(AssistantError):
    """The Assistant could not be opened; the message is the reason's own."""


class Workbench:
    """The Assistant behind the page: `start` it, ask for `assistant()`, `close` it."""

    def __init__(self, opener: Opener) -> None:
        self._opener = opener
        self._assistant: Assistant | None = None
        self._library_open = threading.Event()
        self._settled = threading.Event()
        self._lock = threading.Lock()
        self._files = tempfile.TemporaryDirectory(prefix="attache-page-", ignore_cleanup_errors=True)
        self.stage = "preparing the library"
        self.error = ""

    @property
    def library_ready(self) -> bool:
        return self._assistant is not None

    @property
    def model_ready(self) -> bool:
        return self._settled.is_set() and not self.error

    def new_folder(self) -> Path:
        """An empty folder for files made for download; gone when the workbench closes."""
        return Path(tempfile.mkdtemp(dir=self._files.name))

    def start(self) -> Workbench:
        threading.Thread(target=self._open, name="workbench", daemon=True).start()
        return self

    def retry(self) -> None:
        """Opens again what failed before, for the cause may be gone; else does nothing."""
        with self._lock:
            if self._settled.is_set() and self.error:
                self.error = ""
                self._settled.clear()
                self.start()

    def assistant(self, *, with_model: bool = False) -> Assistant:
        """The Assistant, waited for; `with_model` waits until the model is loaded as well.

        Raises:
            NotOpened: opening failed; the message says why.
        """
        (self._settled if with_model else self._library_open).wait()
        if self._assistant is None or (with_model and self.error):
            raise NotOpened(self.error)
        return self._assistant

    def wait(self, seconds: float) -> bool:
        """Whether library and model are ready or have failed, waited for at most so long."""
        return self._settled.wait(seconds)

    def close(self) -> None:
        """Stops the Assistant and removes the files made for download."""
        if self._assistant is not None:
            self._assistant.close()
        self._files.cleanup()

    def _open(self) -> None:
        try:
            if self._assistant is None:
                self.stage = "preparing the library"
                self._assistant = self._opener(self._note)
            self._library_open.set()
            self.stage = "loading the model"
            self._assistant.warm()
        except Exception as exc:  # noqa: BLE001 - the last edge of this thread; whoever waits must learn of it
            _log.debug("opening failed", exc_info=True)
            self.error = str(exc) or f"the assistant could not start: {type(exc).__name__}"
        finally:
            self.stage = ""
            self._library_open.set()
            self._settled.set()

    def _note(self, stage: str, done: int, total: int) -> None:
        self.stage = progress_words(stage, done, total)
