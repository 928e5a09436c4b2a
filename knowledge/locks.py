"""Who may write a library's folder: one process at a time, and the others are told which one."""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from .errors import KnowledgeError, LibraryLocked

WAIT_S = 120
"""Seconds for which a writer waits for its turn where several processes share a library."""


class FolderLock:
    """The lock of one folder; the operating system frees it when the process ends, however it ends.

    Args:
        shared: False holds it from `open` to `close`; True takes it for each writing only, so that several
            processes may have the library open (their vectors are on a Chroma server).
    """

    def __init__(self, folder: Path, *, shared: bool) -> None:
        self._folder = folder
        self._shared = shared
        self._threads = threading.RLock()
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as exc:
            raise _unusable(folder, exc) from exc
        # Not per thread: whoever closes the library may be another thread than the one that opened it.
        self._file = FileLock(folder / "library.lock", thread_local=False)

    def open(self) -> None:
        """Takes the folder, unless it is shared.

        Raises:
            LibraryLocked: another process has it.
        """
        if not self._shared:
            self._acquire(0)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """While inside, no other thread and no other process writes.

        Raises:
            LibraryLocked: another process did not let go in time.
        """
        with self._threads:
            if self._file.is_locked:
                yield
                return
            self._acquire(WAIT_S)
            try:
                yield
            finally:
                self.close()

    def close(self) -> None:
        """Lets go; doing so twice is no harm."""
        if self._file.is_locked:
            self._holder.unlink(missing_ok=True)
            self._file.release()

    @property
    def _holder(self) -> Path:
        return self._folder / "library.holder.json"

    def _acquire(self, timeout_s: float) -> None:
        try:
            self._file.acquire(timeout=timeout_s, poll_interval=0.02)
        except Timeout as exc:
            raise LibraryLocked(
                f"the library {self._folder} is in use by {self._who_holds()}: close that first"
            ) from exc
        except OSError as exc:
            raise _unusable(self._folder, exc) from exc
        about = {"pid": os.getpid(), "command": " ".join(sys.argv) or "python"}
        self._holder.write_text(json.dumps(about), encoding="utf-8")

    def _who_holds(self) -> str:
        try:
            holder = json.loads(self._holder.read_text(encoding="utf-8"))
            return f"process {holder['pid']} ({holder['command'][:200]})"
        except (OSError, ValueError, KeyError):
            return "another process"


def _unusable(folder: Path, exc: OSError) -> KnowledgeError:
    return KnowledgeError(f"the library folder {folder} cannot be used: {exc.strerror or exc}")
