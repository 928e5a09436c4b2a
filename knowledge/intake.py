"""Files, addresses and texts -> entries of the library: read, recognised, cut, embedded, put in whole.

What cannot be read is named in the report and the rest goes in. A text that is there already changes nothing; a file
that changed becomes the next version of its source; a file whose DOI or address belongs to a known record is attached
to it. Reading runs ahead in threads while the network encodes.
"""

from __future__ import annotations

import dataclasses
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from string import ascii_lowercase
from typing import Literal

from . import bibliography
from .errors import SourceUnreadable
from .identity import identities, same_work
from .index import BATCH, Index, Named, Progress
from .interest import guess_interest
from .languages import language_name
from .passages import Passage, main_language
from .readers import kind_of
from .records import DOSSIER
from .references import Reference
from .sources import MAX_BYTES, SUFFIXES, Source, from_text, read, read_bytes
from .store import Entry

BIBLIOGRAPHIES = frozenset({".bib", ".bibtex", ".ris", ".json"})
_MAY_BE_RECORDS = BIBLIOGRAPHIES | {".txt", ""}
DOCUMENTS = frozenset({"pdf", "docx", "odt", "pptx", "epub", "rtf", "html"})
"""Kinds that are known by their content, whatever the file is called."""
AHEAD = 4  # files that are read before their turn to be encoded
IDLE_BATCH = 48  # passages on which the network starts when it has nothing to do
FLIGHTS = 2  # batches at the network, so that one is cut into tokens while the other is encoded
MOST_WAITING = 200  # sources that wait to be encoded together
RECORDS_AT_ONCE = 500


@dataclass(frozen=True, kw_only=True)
class Added:
    source_id: str
    path: str
    title: str
    passages: int
    """0 for a record without a text."""
    version: int = 1


@dataclass(frozen=True, kw_only=True)
class AddReport:
    """What became of every file; skipped, failed and notes hold (path, sentence)."""

    added: list[Added] = field(default_factory=list)
    skipped: list[tuple[str, str]] = field(default_factory=list)
    failed: list[tuple[str, str]] = field(default_factory=list)
    notes: list[tuple[str, str]] = field(default_factory=list)
    """What the user should know of something that went in: read by OCR, in a language the embedder does not read."""


@dataclass(frozen=True, kw_only=True)
class Options:
    """How to read: the password of encrypted files, OCR, and the record to which a single file belongs."""

    password: str = ""
    ocr: Literal["auto", "off"] = "auto"
    citekey: str = ""


@dataclass(frozen=True, kw_only=True)
class Records:
    """What a bibliography file holds."""

    name: str
    found: bibliography.Records


@dataclass(frozen=True, kw_only=True)
class _Item:
    """One thing to read, and how large it is."""

    name: str
    size: int
    read: Callable[[], Source | Records]


def of_paths(named: Iterable[str | Path], options: Options, report: AddReport) -> list[_Item]:
    """What lies at these paths and addresses, folders searched; what a folder holds beside it is named as skipped."""
    return [item for name in named for item in _items(name, options, report)]


def of_texts(texts: Iterable[tuple[str, str, str]]) -> Iterator[_Item]:
    """Texts that are at hand, as (id, title, text)."""
    for id, title, text in texts:
        yield _Item(name=id, size=len(text), read=partial(from_text, id, title, text))


def _items(name: str | Path, options: Options, report: AddReport) -> Iterator[_Item]:
    if isinstance(name, str) and name.lower().startswith(("http://", "https://")):
        yield _Item(name=name, size=100_000, read=partial(_from_web, name, options))
        return
    for file in _walk(Path(name).expanduser(), report):
        size = file.stat().st_size if file.is_file() else 1
        yield _Item(name=str(file), size=size, read=partial(_from_file, file, options))


def _walk(path: Path, report: AddReport) -> Iterator[Path]:
    """The files to read: the path itself, or in a folder all of known kinds, hidden ones left out."""
    if not path.is_dir():
        yield path
        return
    for file in sorted(file for file in path.rglob("*") if file.is_file()):
        if any(part.startswith((".", "~$")) for part in file.relative_to(path).parts):
            continue
        if reason := _unwanted(file):
            report.skipped.append((str(file), reason))
        else:
            yield file


def _unwanted(file: Path) -> str:
    """Why a file found in a folder is passed over; "" if it is read. A wrong name does not matter, its content does."""
    suffix = file.suffix.lower()
    if suffix in SUFFIXES | BIBLIOGRAPHIES:
        return ""
    try:
        kind = kind_of(file.read_bytes(), suffix) if file.stat().st_size <= MAX_BYTES else "too large"
    except (SourceUnreadable, OSError) as exc:
        return str(exc)
    if kind in DOCUMENTS:
        return ""
    return f"files of the kind {suffix or 'without suffix'} are not taken from folders: name it by itself to try it"


def _from_file(path: Path, options: Options) -> Source | Records:
    suffix = path.suffix.lower()
    if path.is_file() and suffix in _MAY_BE_RECORDS:
        data = path.read_bytes()
        if format := bibliography.recognise(data, suffix):
            return Records(name=str(path), found=bibliography.read_records(data, format))
        if suffix == ".json":
            raise SourceUnreadable(f"{path.name} cannot be read: it is JSON, but no bibliography in CSL-JSON")
    # The whole path: a file that changed is known by where it lies.
    return read(path.resolve(), password=options.password, ocr=options.ocr)


def _from_web(url: str, options: Options) -> Source | Records:
    from .web import fetch  # here, because it loads httpx

    page = fetch(url)
    if format := bibliography.recognise(page.data, Path(page.url).suffix.lower()):
        return Records(name=url, found=bibliography.read_records(page.data, format))
    return read_bytes(
        page.data, "", url=page.url, media_type=page.media_type, password=options.password, ocr=options.ocr
    )


_Cut = tuple[str, Source, list[Passage]]
"""A source under the name by which it was given, with its passages."""


class Intake:
    """One call of `add`: use `run` once."""

    def __init__(
        self,
        index: Index,
        report: AddReport,
        options: Options,
        progress: Progress,
        told: Callable[[Added], None],
    ) -> None:
        self._index = index
        self._store = index.store
        self._report = report
        self._options = options
        self._progress = progress
        self._told = told
        self._waiting: list[_Cut] = []
        self._flights: deque[tuple[list[_Cut], Future[Named]]] = deque()
        self._ids: set[str] = set()
        self._digests: set[str] = set()
        self._meter = _Meter(progress)

    def run(self, items: Iterable[_Item], *, total: int = 0) -> None:
        """Takes everything in.

        Args:
            total: sum of the sizes, for the progress; 0 if unknown.
        """
        self._meter.total = total
        # The next sources are read and cut while the network is at work on those before them.
        with ThreadPoolExecutor(max_workers=FLIGHTS, thread_name_prefix="encoder") as self._encoder:
            for item, result in _ahead(items):
                self._meter.reading(item.name)
                self._sorted_in(item.name, result)
                self._meter.read(item.size)
                if self._enough():
                    self._settle()
            self._flush()
        self._meter.end()

    def _sorted_in(self, name: str, result: Source | Records | SourceUnreadable) -> None:
        if isinstance(result, SourceUnreadable):
            self._report.failed.append((name, str(result)))
        elif isinstance(result, Records):
            self._take_records(result)
        else:
            self._take(name, result)

    def _enough(self) -> bool:
        passages = sum(len(passages) for *_, passages in self._waiting)
        # Little at first, so that the network is not kept waiting.
        idle = all(coming.done() for _, coming in self._flights)
        return passages >= (IDLE_BATCH if idle else BATCH) or len(self._waiting) >= MOST_WAITING

    # --- sources -------------------------------------------------------------------------------------------

    def _take(self, name: str, source: Source) -> None:
        if self._meets_waiting(source):
            self._flush()
        accepted = self._accept(name, source)
        if accepted is None:
            return
        passages = self._index.cut(accepted)
        if not passages:
            self._report.failed.append((name, "it holds no words"))
            return
        notes = (*accepted.notes, *_about_language(self._index.embedder.reads, passages))
        accepted = dataclasses.replace(accepted, notes=notes)
        self._ids.add(accepted.id)
        self._digests.add(accepted.digest)
        self._waiting.append((name, accepted, passages))

    def _meets_waiting(self, source: Source) -> bool:
        """True if what to do with the source depends on one that is not in the store yet."""
        if source.digest in self._digests:
            return True
        # Texts come with ids that the caller chose; files may turn out to be one work.
        coming = [*self._waiting, *(one for sources, _ in self._flights for one in sources)]
        return bool(source.path) and any(
            same_work(source.reference, other.reference) for _, other, _ in coming
        )

    def _accept(self, name: str, source: Source) -> Source | None:
        """The source under its id, or None if it does not go in; the report then says why."""
        if self._is_there(name, source):
            return None
        if key := self._options.citekey:
            return self._under(key, source)
        if not source.path:
            return self._as_given(name, source)
        if owner := self._store.owner_of_path(source.path):
            self._report.notes.append((name, f"the file has changed: this is the new version of {owner}"))
            return self._under(owner, source)
        if not (known := self._known_work(source)):
            return self._anew(source)
        if self._store.has_text(known):
            how = f"add it with `--as {known}` to put it in place of that text"
            self._report.skipped.append((name, f"the same work is in the library as {known}: {how}"))
            return None
        self._report.notes.append((name, f"attached to the record {known}"))
        return self._under(known, source)

    def _as_given(self, name: str, source: Source) -> Source | None:
        """A text under the id that the caller chose; another text under it is its next version."""
        if source.id in self._ids:
            reason = f"the id {source.id!r} was given twice with different texts: the first one went in"
        elif self._store.taken(source.id) and not self._store.has_text(source.id):
            reason = f"the id {source.id!r} belongs to another record: use another id"
        else:
            record = self._store.records.get(source.id)
            # What a person set of the record stays; the title is the one that was given now.
            kept = record.model_copy(update={"title": source.title}) if record else source.reference
            return dataclasses.replace(source, reference=kept)
        self._report.failed.append((name, reason))
        return None

    def _known_work(self, source: Source) -> str | None:
        """The key of the record of the same work."""
        for key in self._store.records.known_as(source.reference):
            record = self._store.records.get(key)
            if record and same_work(record, source.reference) and _sure(record, source.reference):
                return key
        return None

    def _under(self, key: str, source: Source) -> Source:
        """The source under a key that is known; what its record says wins over what the file says."""
        record = self._store.records.get(key)
        reference = source.reference.model_copy(update={"id": key})
        if record is not None:
            known = record.model_dump(exclude_defaults=True)
            guessed = tuple(name for name in reference.guessed if name not in known or name in record.guessed)
            kept = {name: value for name, value in known.items() if name not in guessed and name != "guessed"}
            reference = reference.model_copy(
                update={name: getattr(record, name) for name in kept}
                | {"guessed": guessed, "access_level": "full_text"}
            )
        return dataclasses.replace(source, id=key, title=reference.title, reference=reference)

    def _anew(self, source: Source) -> Source:
        id = source.id
        if self._store.taken(id) or id in self._ids:
            id = f"{source.id}-{source.digest[:4]}"
        reference = _with_interest(source.reference.model_copy(update={"id": id}), source.text)
        return dataclasses.replace(source, id=id, reference=reference)

    def _settle(self) -> None:
        """Starts on the vectors of the sources that wait, then takes in those whose vectors are made."""
        arrived = self._flights.popleft() if len(self._flights) == FLIGHTS or not self._waiting else None
        vectors = arrived[1].result() if arrived else {}
        if self._waiting:
            passages = [passage for *_, passages in self._waiting for passage in passages]
            size = self._meter.start()
            self._flights.append((self._waiting, self._encoder.submit(self._encoded, passages, size)))
            self._waiting = []
        if arrived:
            self._land(arrived[0], vectors)

    def _flush(self) -> None:
        """Everything that has been accepted goes in."""
        while self._waiting or self._flights:
            self._settle()

    def _land(self, sources: list[_Cut], vectors: Named) -> None:
        """Takes in sources whose vectors are made; only now are they told of."""
        with self._index.lock.writing():
            # Another process may have been quicker where several share the library.
            fresh = [one for one in sources if not self._is_there(one[0], one[1])]
            made = _by_passage(vectors)
            self._index.put(
                [
                    Entry(
                        source=source,
                        passages=passages,
                        vectors={id: pair for passage in passages for id, pair in made[passage.id].items()},
                    )
                    for _, source, passages in fresh
                ]
            )
        self._digests -= {source.digest for _, source, _ in sources}
        for name, source, passages in fresh:
            self._report_added(name, source, passages)

    def _encoded(self, passages: Sequence[Passage], size: int) -> Named:
        found: Named = {}
        for begin in range(0, len(passages), BATCH):
            found.update(self._index.encode(passages[begin : begin + BATCH]))
            self._meter.encoded(min(begin + BATCH, len(passages)), len(passages), size)
        return found

    def _is_there(self, name: str, source: Source) -> bool:
        """Whether the library has this text; the report then says so."""
        owner = self._store.owner_of_digest(source.digest)
        if owner:
            self._skip_known(name, owner)
        return owner is not None

    def _skip_known(self, name: str, key: str) -> None:
        self._report.skipped.append((name, f"already in the library as {key}"))

    def _report_added(self, name: str, source: Source, passages: Sequence[Passage]) -> None:
        version = self._store.versions(source.id)[-1].version
        added = Added(
            source_id=source.id, path=name, title=source.title, passages=len(passages), version=version
        )
        self._report.added.append(added)
        self._report.notes.extend((name, note) for note in source.notes)
        self._told(added)

    # --- records -------------------------------------------------------------------------------------------

    def _take_records(self, records: Records) -> None:
        for where, reason in records.found.failed:
            self._report.failed.append((f"{records.name}: {where}", reason))
        self._report.notes.extend((records.name, note) for note in records.found.notes)
        references = records.found.references
        for begin in range(0, len(references), RECORDS_AT_ONCE):
            with self._index.lock.writing():
                self._take_some_records(records.name, references[begin : begin + RECORDS_AT_ONCE])
            self._progress(f"reading {Path(records.name).name}", begin, len(references))

    def _take_some_records(self, file: str, references: Sequence[Reference]) -> None:
        chosen: dict[str, Reference] = {}
        seen = _Seen()
        for reference in references:
            name = f"{file}: {reference.id}"
            known = self._same_record(reference) or seen.same(reference)
            if known and (known != reference.id or not self._differs(reference)):
                self._skip_known(name, known)
                continue
            reference = self._record_anew(name, reference, known, chosen)
            chosen[reference.id] = reference
            seen.add(reference)
            added = Added(source_id=reference.id, path=name, title=reference.title, passages=0)
            self._report.added.append(added)
        self._store.records.put(chosen.values())
        for reference in chosen.values():
            if self._store.has_text(reference.id):
                self._store.set_title(reference.id, reference.title)

    def _same_record(self, reference: Reference) -> str | None:
        """The user's own record of the same work; the dossier's do not stand in for it, since it may go out again."""
        for key in self._store.records.known_as(reference):
            record = self._store.records.get(key)
            if record and self._store.records.owner(key) != DOSSIER and same_work(record, reference):
                return key
        return None

    def _differs(self, reference: Reference) -> bool:
        record = self._store.records.get(reference.id)
        return record is not None and record.raw != reference.raw

    def _record_anew(
        self, name: str, reference: Reference, known: str | None, chosen: dict[str, Reference]
    ) -> Reference:
        key = reference.id
        if known is None and (self._store.taken(key) or key in chosen):
            key = next(
                f"{reference.id}{letter}"
                for letter in _letters()
                if not self._store.taken(f"{reference.id}{letter}")
                and f"{reference.id}{letter}" not in chosen
            )
            self._report.notes.append((name, f"kept as {key}, since {reference.id} is another work"))
        return _with_interest(reference.model_copy(update={"id": key}))


class _Seen:
    """Records of the batch that is being taken in, found by what they can be recognised by."""

    def __init__(self) -> None:
        self._by: dict[str, list[Reference]] = {}

    def add(self, reference: Reference) -> None:
        for identity in identities(reference):
            self._by.setdefault(identity, []).append(reference)

    def same(self, reference: Reference) -> str | None:
        near = (other for identity in identities(reference) for other in self._by.get(identity, ()))
        return next((other.id for other in near if same_work(other, reference)), None)


def _letters() -> Iterator[str]:
    yield from ascii_lowercase
    yield from (f"{a}{b}" for a in ascii_lowercase for b in ascii_lowercase)


def _sure(a: Reference, b: Reference) -> bool:
    """True unless only a guessed title and a year say that two records are one work."""
    return bool((a.DOI and b.DOI) or (a.URL and b.URL) or (a.author and b.author))


def _with_interest(reference: Reference, text: str = "") -> Reference:
    """The record with a guess of whose voice it is, where it says nothing of it and something speaks for a label."""
    if reference.interest or not (interest := guess_interest(reference, text)):
        return reference
    return reference.model_copy(update={"interest": interest, "guessed": (*reference.guessed, "interest")})


def _by_passage(vectors: Named) -> dict[str, Named]:
    found: dict[str, Named] = {}
    for id, pair in vectors.items():
        found.setdefault(pair[0], {})[id] = pair
    return found


def _about_language(reads: str, passages: Sequence[Passage]) -> Iterator[str]:
    main = main_language(passages)
    if reads and main and main != reads:
        yield (
            f"it is in {language_name(main)}; the embedder was made for {language_name(reads)}: "
            "it is found by its words, less surely by its meaning"
        )


def _ahead(items: Iterable[_Item]) -> Iterator[tuple[_Item, Source | Records | SourceUnreadable]]:
    """Each item with what reading it gave, in order; the next ones are read meanwhile."""
    with ThreadPoolExecutor(max_workers=2, thread_name_prefix="reader") as pool:
        coming: list[tuple[_Item, Future[Source | Records | SourceUnreadable]]] = []
        try:
            for item in items:
                coming.append((item, pool.submit(_read, item)))
                if len(coming) > AHEAD:
                    first, future = coming.pop(0)
                    yield first, future.result()
            for first, future in coming:
                yield first, future.result()
        finally:
            for _, future in coming:
                future.cancel()


def _read(item: _Item) -> Source | Records | SourceUnreadable:
    try:
        return item.read()
    except SourceUnreadable as exc:
        return exc


class _Meter:
    """Progress by the size of what was read and encoded, with the rate in words; told from two threads."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._started = time.monotonic()
        self._done = self._read = self._passages = 0
        self._flying: dict[int, int] = {}
        self._told = threading.Lock()
        self.total = 0

    def reading(self, name: str) -> None:
        self._tell(f"reading {Path(name).name}")

    def read(self, size: int) -> None:
        self._read += size

    def start(self) -> int:
        """The size of what was read, which is now being encoded."""
        size, self._read = self._read, 0
        return size

    def encoded(self, done: int, of: int, size: int) -> None:
        """So many of the passages at work are encoded, which stand for this size."""
        seconds = max(time.monotonic() - self._started, 1e-3)
        with self._told:
            self._flying[threading.get_ident()] = size * done // max(of, 1) if done < of else 0
            if done == of:
                self._passages, self._done = self._passages + of, self._done + size
            encoded = self._passages + (done if done < of else 0)
        self._tell(f"adding sources, {encoded / seconds:.0f} passages a second")

    def end(self) -> None:
        self._done, self._read = self._done + self._read, 0
        self._tell("adding sources")

    def _tell(self, stage: str) -> None:
        with self._told:
            self._progress(stage, self._done + sum(self._flying.values()), self.total)
