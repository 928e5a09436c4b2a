from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from knowledge import Library, LibraryLocked

HOLD = "import sys; from knowledge import Library; library = Library.open(sys.argv[1]); print('open', flush=True); sys.stdin.read()"


def _holder(path: Path) -> subprocess.Popen[str]:
    """Another process that has the library open."""
    command = [sys.executable, "-c", HOLD, str(path), "--marked"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline().strip() == "open"
    return process


def _end(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.communicate()


def test_the_second_process_is_told_who_holds_the_library(tmp_path: Path) -> None:
    process = _holder(tmp_path)
    try:
        with pytest.raises(LibraryLocked) as caught:
            Library.open(tmp_path)
        assert f"process {process.pid} (" in str(caught.value)
        assert "--marked" in str(caught.value)
        assert caught.value.retryable
    finally:
        _end(process)


def test_a_killed_process_leaves_no_lock(tmp_path: Path) -> None:
    process = _holder(tmp_path)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    with Library.open(tmp_path) as library:
        assert library.status()["passages"] == 0


def test_one_process_cannot_open_it_twice_either(tmp_path: Path) -> None:
    with Library.open(tmp_path), pytest.raises(LibraryLocked, match=f"process {os.getpid()}"):
        Library.open(tmp_path)
    Library.open(tmp_path).close()


def test_killed_in_the_middle_of_adding_leaves_whole_sources_only(tmp_path: Path) -> None:
    code = (
        "import sys, os; from knowledge import Library; library = Library.open(sys.argv[1])\n"
        "library.add_texts([('first', 'First', 'Bees dance on the comb.')])\n"
        "library._index.vectors.put = lambda *a: os.kill(os.getpid(), 9)\n"
        "library.add_texts([('second', 'Second', 'Oysters filter the harbour.')])"
    )
    result = subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False)
    assert result.returncode == -signal.SIGKILL
    with Library.open(tmp_path) as library:
        status = library.status()
        assert status["passages"] == status["vectors"] == 2
        assert library.search("What do oysters filter?", k=1)[0].passage.source_id == "second"
