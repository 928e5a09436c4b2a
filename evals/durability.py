"""Whether a library loses anything when its process is killed: `python -m evals.durability --rounds 100`.

In each round a process of its own opens the library, removes sources, adds a folder of documents of which some have
changed, and closes; at a random moment it is killed with SIGKILL. Half of the moments are drawn over the whole time that
the work takes undisturbed, half shortly after one of its steps, where the writing is. Then the library is opened anew:
what was reported as added is there in whole, what was reported as removed is gone, nothing is there by half, and search
finds what it should. The exit code is 1 if anything is amiss.
"""

from __future__ import annotations

import argparse
import math
import multiprocessing
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from knowledge import Added, Library, Passage
from knowledge.passages import split
from knowledge.sources import read

KINDS = (".txt", ".md", ".html", ".docx")
LONG_EVERY, LONG = 6, (200, 400)  # every so manyth document has so many sentences
SHORT = (4, 50)
REMOVED, CHANGED = 6, 4  # sources a round
FRESH_EVERY = 10  # rounds after which an empty library is begun
STEPS = ("opening", "removing", "removed", "encoded", "added", "closing")
SOON_S = (1e-4, 0.5)
"""After a step, drawn so that each power of ten is as likely."""
_PRELOADED = [
    "knowledge.library",
    "torch",
    "transformers",
    "sentence_transformers",
    "chromadb",
    "docx",
    "trafilatura",
]

_NOUNS = """
agency agreement archive author balance bridge budget chamber city climate committee computer contract council country data
decade delegate detector director engine estimate europe expert factory fellow fund harbour hospital industry institute island
journal laboratory language law library machine market measure meeting member minister model museum nation network observer
ocean office parliament partner physics plan policy project proposal region report research river satellite scholar school
science seminar service society station student study summit survey system teacher telescope theory treaty union university
vaccine valley village visitor water winter workshop
"""
_VERBS = "builds joins opens leaves studies praises measures hosts shares plans funds doubts leads"


@dataclass(frozen=True, kw_only=True)
class Content:
    """What one file holds at a time, and what a library must make of it."""

    marker: str
    """A word that no other content has."""
    text: str
    passages: int


@dataclass(frozen=True, kw_only=True)
class Round:
    """What became of one round."""

    step: str
    """What the process had last said that it was doing."""
    killed: bool
    moment_s: float
    reported: int
    """Sources that it said were added or removed."""
    found: int
    """Sources that are there."""
    faults: tuple[str, ...] = ()


@dataclass(kw_only=True)
class Told:
    """What a process said before its end."""

    step: str = "starting"
    moment_s: float = 0.0
    killed: bool = False
    added: dict[str, str] = field(default_factory=dict)
    """Path -> source."""
    removed: list[str] = field(default_factory=list)


# --- documents ---------------------------------------------------------------------------------------------


class Documents:
    """A folder of seeded documents, each of which may be written anew with another content."""

    def __init__(self, folder: Path, count: int, draw: random.Random) -> None:
        self.folder = folder
        self._draw = draw
        self._long = {n for n in range(count) if n % LONG_EVERY == LONG_EVERY - 1}
        self._serial = 0
        self.known: dict[str, list[Content]] = {}
        """Path -> what the file has held, the last one being what it holds now."""
        folder.mkdir(parents=True)
        for number in range(count):
            self.write(folder / f"document-{number:03}{KINDS[number % len(KINDS)]}")

    def write(self, path: Path) -> None:
        """A new content for this file."""
        self._serial += 1
        marker = f"zq{self._serial:04}x"
        long = int(path.stem[-3:]) in self._long
        # The title stays, since a file that changed keeps the record of before.
        _write(
            path,
            f"Report {path.stem}",
            self._paragraphs(marker, self._draw.randint(*(LONG if long else SHORT))),
        )
        source = read(path)
        known = self.known.setdefault(str(path), [])
        known.append(Content(marker=marker, text=source.text, passages=len(self._cut(source))))

    def _paragraphs(self, marker: str, sentences: int) -> list[str]:
        made = [self._sentence(marker if n == 0 else "") for n in range(sentences)]
        return [" ".join(made[n : n + 6]) for n in range(0, sentences, 6)]

    def _sentence(self, marker: str) -> str:
        nouns, verbs = _NOUNS.split(), _VERBS.split()
        words = [*self._draw.choices(nouns, k=3), self._draw.choice(verbs), *self._draw.choices(nouns, k=4)]
        return f"The {' '.join(words)}{f' {marker}' if marker else ''} in {self._draw.randint(1950, 2030)}."

    @cached_property
    def _cut(self) -> Callable[[Any], list[Passage]]:
        from knowledge import load_embedder

        made = load_embedder()
        return lambda source: split(
            source, made.count_tokens, made.max_tokens, token_starts=made.token_starts, title=True
        )


def _write(path: Path, title: str, paragraphs: Sequence[str]) -> None:
    if path.suffix == ".docx":
        import docx

        document = docx.Document()
        document.core_properties.title = title
        for paragraph in paragraphs:
            document.add_paragraph(paragraph)
        document.save(str(path))
        return
    head = {".md": f"# {title}", ".html": "", ".txt": title}[path.suffix]
    text = "\n\n".join([head, *paragraphs])
    if path.suffix == ".html":
        body = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
        text = f"<html><head><title>{title}</title></head><body><article>{body}</article></body></html>"
    path.write_text(text, encoding="utf-8")


# --- the process that is killed ----------------------------------------------------------------------------


def work(library: str, folder: str, removals: Sequence[str], out: Connection[Any, Any]) -> None:
    """What the other process does: every step is told before the next one begins."""
    out.send(("opening", ""))
    with Library.open(Path(library)) as opened:
        for source in removals:
            out.send(("removing", source))
            opened.remove(source)
            out.send(("removed", source))

        def progress(what: str, done: int, total: int) -> None:
            out.send(("encoded" if "passages a second" in what else "reading", f"{done} of {total}"))

        def told(added: Added) -> None:
            out.send(("added", (added.path, added.source_id)))

        opened.add([folder], progress=progress, told=told)
        out.send(("closing", ""))
    out.send(("closed", ""))


def run(
    library: Path,
    folder: Path,
    removals: Sequence[str],
    *,
    step: str = "",
    after: int = 0,
    delay_s: float | None = None,
) -> Told:
    """What the process told until it ended by itself or was killed.

    Args:
        step: kill `delay_s` after it told that step; "" counts from its start.
        after: so many times it may tell that step before.
        delay_s: None lets it end by itself.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(_PRELOADED)
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=work, args=(str(library), str(folder), list(removals), theirs))
    process.start()
    theirs.close()
    told = Told()
    try:
        _listen(ours, process, told, [step] * (after + 1), delay_s)
    finally:
        process.kill()
        process.join()
        ours.close()
    if not told.killed and process.exitcode:
        raise RuntimeError(f"the process ended with {process.exitcode} while it was {told.step}")
    return told


def _listen(
    ours: Connection[Any, Any], process: Any, told: Told, awaited: list[str], delay_s: float | None
) -> None:
    begun = time.monotonic()
    due = begun + delay_s if delay_s is not None and awaited == [""] else None
    while True:
        if due is not None and not told.killed and time.monotonic() >= due:
            process.kill()
            told.killed = True
            told.moment_s = time.monotonic() - begun
        # What it had sent before it was killed is still to be heard.
        if not ours.poll(None if due is None or told.killed else max(due - time.monotonic(), 0)):
            continue
        try:
            what, about = ours.recv()
        except (EOFError, OSError):
            # The end, perhaps in the middle of a message.
            break
        told.step = what
        if what == "added":
            told.added[about[0]] = about[1]
        elif what == "removed":
            told.removed.append(about)
        if what in awaited:
            awaited.remove(what)
            if not awaited and delay_s is not None:
                due = time.monotonic() + delay_s
    told.moment_s = told.moment_s or time.monotonic() - begun
    process.join()


# --- what is verified --------------------------------------------------------------------------------------


def faults(
    path: Path, documents: Documents, before: dict[str, str], removals: Sequence[str], told: Told
) -> tuple[list[str], dict[str, str]]:
    """What is amiss in the library opened anew, each in words; and what is in it, as path -> source.

    Args:
        before: what was in it before the process began.
        removals: sources that it was to remove.
    """
    with Library.open(path) as library:
        there = {row.path: row.id for row in library.sources()}
        found = [f"{name} was reported as added and is not there" for name in told.added if name not in there]
        gone = {name for name, id in before.items() if id in removals}
        found += [f"{name} was there before and is lost" for name in set(before) - set(there) - gone]
        for name, id in before.items():
            if id in told.removed and name in there and not Path(name).exists():
                found.append(f"{name} was reported as removed and is still there")
        for name, id in there.items():
            found += _of_source(library, id, name, documents.known[name], current=name in told.added)
        wanted = sum(_in_force(library, id, documents.known[name]).passages for name, id in there.items())
        if library.count() != wanted:
            found.append(f"{library.count()} passages are found, {wanted} belong to the sources")
        found += library.compare().sentences()
        found += _searched(library, there, documents, told)
    return found, there


def _in_force(library: Library, id: str, known: Sequence[Content]) -> Content:
    text = library.source_text(id)
    return next((content for content in known if content.text == text), known[-1])


def _of_source(library: Library, id: str, path: str, known: Sequence[Content], *, current: bool) -> list[str]:
    text, content = library.source_text(id), _in_force(library, id, known)
    passages = [passage for passage in library.passages() if passage.source_id == id]
    found = []
    if text != content.text or (current and content is not known[-1]):
        found.append(f"{path} has another text than its file")
    if len(passages) != content.passages:
        found.append(f"{path} has {len(passages)} passages instead of {content.passages}")
    if any(passage.text != text[passage.start : passage.end] for passage in passages):
        found.append(f"{path} has passages that are not in its text")
    texts = {one.text for one in known}
    if any(library.source_text(id, one.version) not in texts for one in library.versions(id)):
        found.append(f"{path} has a version that its file never had")
    for one in known:
        if bool(library.frequency(one.marker)) != (one is content):
            found.append(
                f"{path}: words of {'the text in force are not' if one is content else 'a past text are'} found"
            )
    return found


def _searched(library: Library, there: dict[str, str], documents: Documents, told: Told) -> list[str]:
    found = []
    # Those that were reported last are the likeliest to be missing.
    for path in [*list(told.added)[-2:], *list(there)[:1]]:
        content = _in_force(library, there[path], documents.known[path]) if path in there else None
        if content is None:
            continue
        sentence = next(part for part in content.text.split(".") if content.marker in part)
        if there[path] not in [hit.passage.source_id for hit in library.search(sentence, k=5)]:
            found.append(f"{path} is not found by its own sentence")
    return found


# --- rounds ------------------------------------------------------------------------------------------------


class Trial:
    """Rounds over one folder of documents; each leaves its library to the next."""

    def __init__(self, scratch: Path, *, documents: int, seed: int) -> None:
        self._draw = random.Random(seed)
        self._scratch = scratch
        self.documents = Documents(scratch / "documents", documents, self._draw)
        self._library = scratch / "library"
        self._there: dict[str, str] = {}
        self.idle_s = self.full_s = 0.0

    def measure(self) -> Round:
        """One run undisturbed, for its time: all documents into an empty library; then one with nothing to do."""
        self._fresh()
        told = run(self._library, self.documents.folder, ())
        self.full_s = told.moment_s
        done = self._verified(told, ())
        self.idle_s = run(self._library, self.documents.folder, ()).moment_s
        return done

    def round(self, *, step: str | None = None, after: int = 0, delay_s: float = 0.0) -> Round:
        """One process killed, and what was then found; at a random moment unless one is given as for `run`."""
        removals = self._prepare()
        if step is None:
            step, after, delay_s = self._moment(len(removals))
        told = run(self._library, self.documents.folder, removals, step=step, after=after, delay_s=delay_s)
        return self._verified(told, removals)

    def _moment(self, removals: int) -> tuple[str, int, float]:
        if self._draw.random() < 0.5:
            lacking = len(list(self.documents.folder.iterdir())) - len(self._there) + removals + CHANGED
            share = min(lacking / len(self.documents.known), 1.0)
            return "", 0, self._draw.uniform(0, self.idle_s + (self.full_s - self.idle_s) * share)
        step = self._draw.choice(STEPS)
        among = {"removing": REMOVED, "removed": REMOVED, "added": 2 * REMOVED}.get(step, 1)
        return step, self._draw.randrange(among), 10 ** self._draw.uniform(*map(math.log10, SOON_S))

    def _verified(self, told: Told, removals: Sequence[str]) -> Round:
        found, self._there = faults(self._library, self.documents, self._there, removals, told)
        reported = len(told.added) + len(told.removed)
        return Round(
            step=told.step, killed=told.killed, moment_s=told.moment_s, reported=reported,
            found=len(self._there), faults=tuple(found),
        )  # fmt: skip

    def _prepare(self) -> list[str]:
        """Sources to remove; files that were taken away come back, some others change or go."""
        away = self._scratch / "away"
        away.mkdir(exist_ok=True)
        for file in sorted(away.iterdir()):
            shutil.move(file, self.documents.folder / file.name)
        chosen = self._draw.sample(sorted(self._there), min(REMOVED, len(self._there)))
        for name in chosen[::2]:
            # Out of the folder, so that a removed source does not come back with the rest.
            shutil.move(name, away / Path(name).name)
        files = sorted(self.documents.folder.iterdir())
        for path in self._draw.sample(files, min(CHANGED, len(files))):
            self.documents.write(path)
        return [self._there[name] for name in chosen]

    def begin_anew(self) -> None:
        """An empty library for the next rounds."""
        self._fresh()

    def _fresh(self) -> None:
        shutil.rmtree(self._library, ignore_errors=True)
        self._there = {}


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m evals.durability", description=__doc__)
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--documents", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="durability-") as scratch:
        trial = Trial(Path(scratch), documents=asked.documents, seed=asked.seed)
        rounds = [trial.measure()]
        print(
            f"undisturbed: {trial.full_s:.1f} s for {rounds[0].found} documents, {trial.idle_s:.1f} s for none"
        )
        for number in range(1, asked.rounds + 1):
            if number % FRESH_EVERY == 1:
                trial.begin_anew()
            rounds.append(trial.round())
            print(_line(number, rounds[-1]), flush=True)
    return _summed(rounds[1:], rounds[0])


def _line(number: int, done: Round) -> str:
    end = "killed" if done.killed else "ended by itself"
    head = f"{number:3} {end} after {done.moment_s:5.2f} s ({done.step}): {done.reported} reported, {done.found} there"
    return "\n".join([head, *(f"    FAULT: {one}" for one in done.faults)])


def _summed(rounds: Sequence[Round], first: Round) -> int:
    killed = [done for done in rounds if done.killed]
    amiss = [done for done in (first, *rounds) if done.faults]
    steps = {
        step: sum(done.step == step for done in killed) for step in sorted({done.step for done in killed})
    }
    print(
        f"{len(killed)} of {len(rounds)} rounds killed: {', '.join(f'{n} {step}' for step, n in steps.items())}"
    )
    print(
        f"{sum(done.reported for done in rounds)} changes reported; {len(amiss)} rounds with something amiss"
    )
    return 1 if amiss else 0


if __name__ == "__main__":
    sys.exit(main())
