"""Adding to the library from the page: files and web addresses in, views of how far it is and what became of each out.

The library works in a thread of its own meanwhile. What it says for the command line is put into the page's words here.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from .handlers import POLL_SECONDS, told
from .render import counted
from .workbench import Workbench

if TYPE_CHECKING:
    from knowledge import Added, AddReport, Library, Options

T = TypeVar("T")
LISTED = 100
"""Outcomes of one state; the rest is counted."""
FEW = 3
"""Up to so many records of one bibliography are named one by one."""
ATTACHED, CHANGED = "attached to the record ", "the file has changed: "
SURE_SECONDS = 2.0  # from which on the time left can be told

_ASKS_PASSWORD = re.compile(r"--password|password given is wrong")
_BARE_ADDRESS = re.compile(r"[\w-]+(\.[\w-]+)*\.[a-z]{2,}(:\d+)?(/\S*)?", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of one file, or of many records together."""

    state: str
    """added, attached, new version, skipped, failed, note, saved or removed."""
    name: str
    words: str
    notes: tuple[str, ...] = ()
    count: int = 1


@dataclass(frozen=True, kw_only=True)
class Adding:
    """How far adding has come; `paths` and `addresses` are what should stay in the form."""

    stage: str = ""
    percent: int | None = None
    left: str = ""
    outcomes: tuple[Outcome, ...] = ()
    notice: str = ""
    finished: bool = False
    paths: tuple[str, ...] = ()
    addresses: str = ""


def on_add(
    bench: Workbench,
    paths: Sequence[str],
    addresses: str = "",
    *,
    password: str = "",
    ocr: bool = True,
    citekey: str = "",
) -> Iterator[Adding]:
    """Adds files and web addresses, telling how far it is; with `citekey` the one file becomes that source's text."""

    def failed(sentence: str, last: Adding | None) -> Adding:
        done = last.outcomes if last else ()
        return Adding(outcomes=done, notice=sentence, finished=True, paths=tuple(paths), addresses=addresses)

    yield from told(_adding(bench, paths, addresses, password, ocr, citekey), failed)


def _adding(
    bench: Workbench, paths: Sequence[str], addresses: str, password: str, ocr: bool, citekey: str
) -> Iterator[Adding]:
    from knowledge import Options

    urls, refused = web_addresses(addresses)
    wrong = tuple(
        Outcome(state="failed", name=line, words="it is no web address: one begins with https://")
        for line in refused
    )
    given = [*paths, *urls]
    if not given:
        empty = "" if wrong else "Choose files or write down web addresses first."
        yield Adding(outcomes=wrong, notice=empty, finished=True, addresses=addresses)
        return
    yield Adding(stage="waiting for the library", outcomes=wrong)
    options = Options(password=password, ocr="auto" if ocr else "off", citekey=citekey)
    work = _Work(bench.assistant().library, given, options)
    while not work.wait(POLL_SECONDS):
        yield replace(work.view(), outcomes=(*wrong, *work.so_far()))
    report = work.result()
    again = {path for path, reason in report.failed if _ASKS_PASSWORD.search(reason)}
    lines = [url for url in urls if url in {path for path, _ in report.failed}]
    yield Adding(
        outcomes=(*wrong, *outcomes(report, given, citekey)),
        finished=True,
        # What may go in at a second try stays in the form.
        paths=tuple(path for path in paths if str(Path(path)) in again),
        addresses="\n".join([*refused, *lines]),
    )


def web_addresses(text: str) -> tuple[list[str], list[str]]:
    """The web addresses in the lines of a text, each once, and the lines that are none."""
    good: list[str] = []
    wrong: list[str] = []
    for line in dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()):
        url = f"https://{line}" if _BARE_ADDRESS.fullmatch(line) else line
        # Anything else would be taken for the name of a file on this machine.
        fits = re.match(r"https?://[^\s/]+", url, re.IGNORECASE) and " " not in url
        (good if fits else wrong).append(url if fits else line)
    return good, wrong


@dataclass
class _Work:
    """`library.add` in a thread: what it has reported so far, and its report at the end."""

    library: Library
    given: list[str]
    options: Options
    added: list[Added] = field(default_factory=list)
    stage: tuple[str, int, int] = ("reading", 0, 0)
    first: tuple[float, int, int] = (0.0, 0, -1)
    """When the work of this size began, in seconds, how much of it was done then, and its size."""

    def __post_init__(self) -> None:
        self._future: Future[AddReport] = Future()
        threading.Thread(target=self._run, name="adding", daemon=True).start()

    def _run(self) -> None:
        try:
            items = [item if "://" in item else Path(item) for item in self.given]
            report = self.library.add(
                items,
                options=self.options,
                progress=self._note,
                told=self.added.append,
            )
            self._future.set_result(report)
        except Exception as exc:  # noqa: BLE001 - carried over to the thread that waits for it
            self._future.set_exception(exc)

    def _note(self, stage: str, done: int, total: int) -> None:
        if total != self.first[2]:
            self.first = (time.monotonic(), done, total)
        self.stage = (stage, done, total)

    def wait(self, seconds: float) -> bool:
        return bool(wait([self._future], seconds).done)

    def result(self) -> AddReport:
        return self._future.result()

    def so_far(self) -> tuple[Outcome, ...]:
        """The sources that are in for good."""
        return tuple(_document(one, (), self.given) for one in list(self.added) if one.passages)

    def view(self) -> Adding:
        stage, done, total = self.stage
        if total <= 0:
            return Adding(stage=stage)
        started, before, _ = self.first
        seconds = time.monotonic() - started
        left = time_left(seconds, done - before, total - done)
        return Adding(stage=stage, percent=min(100, 100 * done // total), left=left)


def time_left(seconds: float, done: int, rest: int) -> str:
    """Such as `about 2 min left`, if so much was done in so many seconds; "" while that is too little to tell."""
    if done <= 0 or seconds < SURE_SECONDS or rest <= 0:
        return ""
    left = seconds * rest / done
    return f"about {left / 60:.0f} min left" if left >= 90 else f"about {max(1, round(left))} s left"


# --- outcomes ----------------------------------------------------------------------------------------------


def outcomes(report: AddReport, given: Sequence[str], citekey: str = "") -> tuple[Outcome, ...]:
    """What became of everything that was given: problems first, many records of one file together.

    Args:
        citekey: of the record to which the one file was to be attached.
    """
    notes: dict[str, list[str]] = {}
    for path, note in report.notes:
        notes.setdefault(path, []).append(note)
    for one in report.added:
        if one.source_id == citekey:
            notes.setdefault(one.path, []).append(ATTACHED + citekey)
    documents = [one for one in report.added if one.passages]
    records = [one for one in report.added if not one.passages]
    own = {one.path for one in documents}
    loose = [(path, note) for path, found in notes.items() if path not in own for note in found]
    return (
        *_told_of("failed", report.failed, given),
        *_few(tuple(_document(one, tuple(notes.get(one.path, ())), given) for one in documents)),
        *_records(records, given),
        *_told_of("skipped", report.skipped, given),
        *_told_of("note", loose, given),
    )


def _document(added: Added, notes: tuple[str, ...], given: Sequence[str]) -> Outcome:
    size = counted(added.passages, "passage")
    words = f"“{added.title}”, {size}"
    state = "added"
    if any(note.startswith(ATTACHED) for note in notes):
        state, words = "attached", f"to the record “{added.title}”, {size}"
    if added.version > 1:
        state, words = "new version", f"version {added.version} of “{added.title}”, {size}"
    kept = tuple(_plainly(note, given) for note in notes if not note.startswith((ATTACHED, CHANGED)))
    return Outcome(state=state, name=_name(added.path, given), words=words, notes=kept)


def _records(records: Sequence[Added], given: Sequence[str]) -> Iterator[Outcome]:
    for file, some in _by_file(records, lambda one: one.path, given).items():
        if len(some) <= FEW:
            for one in some:
                yield Outcome(state="added", name=_name(file, given), words=f"the record “{one.title}”")
        else:
            words = f"{counted(len(some), 'record')}, without their texts"
            yield Outcome(state="added", name=_name(file, given), words=words, count=len(some))


def _told_of(state: str, pairs: Sequence[tuple[str, str]], given: Sequence[str]) -> tuple[Outcome, ...]:
    """Outcomes of (path, reason); where many records of one file share a reason they are told together."""
    found: list[Outcome] = []
    for file, some in _by_file(pairs, lambda pair: pair[0], given).items():
        alike: dict[str, list[tuple[str, str]]] = {}
        for path, reason in some:
            alike.setdefault(_kind_of(reason), []).append((path, reason))
        for kind, same in alike.items():
            if len(same) > FEW:
                words = f"{counted(len(same), 'record')}: {kind}"
                found.append(Outcome(state=state, name=_name(file, given), words=words, count=len(same)))
            else:
                found += [
                    Outcome(state=state, name=_name(path, given), words=_plainly(reason, given))
                    for path, reason in same
                ]
    return _few(tuple(found))


def _kind_of(reason: str) -> str:
    """The reason without the name of the one source that it speaks of."""
    return re.sub(r"^(already in the library) as .*$", r"\1", reason, flags=re.DOTALL)


def _few(found: tuple[Outcome, ...]) -> tuple[Outcome, ...]:
    if len(found) <= LISTED:
        return found
    rest = sum(one.count for one in found[LISTED:])
    more = Outcome(state=found[0].state, name=f"and {rest:,} more", words="", count=rest)
    return (*found[:LISTED], more)


def _by_file(items: Iterable[T], path: Callable[[T], str], given: Sequence[str]) -> Mapping[str, list[T]]:
    """The items by the file or address they came from, of those that were given."""
    files = sorted((str(one) for one in given), key=len, reverse=True)
    found: dict[str, list[T]] = {}
    for item in items:
        own = path(item)
        file = next((one for one in files if own == one or own.startswith(f"{one}: ")), own)
        found.setdefault(file, []).append(item)
    return found


def _name(path: str, given: Sequence[str]) -> str:
    """A path without the folder of the upload, which says nothing to its reader; an address as it is."""
    for one in given:
        if "://" not in one:
            path = path.replace(f"{Path(one).parent}/", "").replace(f"{Path(one).resolve().parent}/", "")
    return path


def _plainly(reason: str, given: Sequence[str]) -> str:
    """A reason in the words of the page: what the command line calls an option is a field or a button here."""
    reason = _name(reason, given)
    reason = re.sub(
        r"add it with `--as \S+` to put it in place of that text",
        "to put it in place of that text, open that source and choose “New version”",
        reason,
    )
    # Most reasons begin with the name or address, which stands before them already.
    reason = re.sub(r"^https?://\S+ (?=cannot )", "", reason)
    for one in given:
        reason = reason.removeprefix(f"{Path(one).name} ")
    return re.sub(r"(give it )?with --password", r"\1under “Password or OCR”", reason)
