from __future__ import annotations

import gc
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
import warnings
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

import knowledge.index
import knowledge.passages
from knowledge import IndexMismatch, KnowledgeError, Library, Passage
from knowledge.store import Store

OYSTERS = "Oysters filter the harbour. Each cleans two hundred litres a day."
BEES = "Bees dance to show where flowers are. A hive votes on a new home."
CRANES = "Cranes cross the mountains in autumn. They rest on wet meadows."


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Library]:
    with Library.open(tmp_path / "library") as library:
        yield library


def _only(library: Library) -> Passage:
    (passage,) = library.passages()
    return passage


def _is_cut_by(monkeypatch: pytest.MonkeyPatch, stamp: str) -> None:
    """As if the splitter had changed: every passage gets another id."""
    monkeypatch.setattr(knowledge.index, "SPLITTER", stamp)
    monkeypatch.setattr(knowledge.passages, "SPLITTER", stamp)


# --- versions ----------------------------------------------------------------------------------------------


def test_a_changed_text_is_the_next_version_and_the_old_one_stays_readable(own: Library) -> None:
    own.add_texts([("notes", "Notes", OYSTERS)])
    old = _only(own)
    (added,) = own.add_texts([("notes", "Notes", BEES)]).added
    assert added.version == 2
    assert [(one.version, one.state) for one in own.versions("notes")] == [(1, "past"), (2, "ready")]
    assert (own.source_text("notes"), own.source_text("notes", version=1)) == (BEES, OYSTERS)
    assert own.passage(old.id) is None
    assert own.passage(old.id, past=True) == old
    assert own.source_text("notes", version=1)[old.start : old.end] == old.text


def test_what_is_past_is_not_found(own: Library) -> None:
    own.add_texts([("notes", "Notes", OYSTERS), ("cranes", "Cranes", CRANES)])
    old = next(passage for passage in own.passages() if passage.source_id == "notes")
    own.add_texts([("notes", "Notes", BEES)])
    assert old.id not in [hit.passage.id for hit in own.search(OYSTERS, k=10)]
    assert own.frequency("oysters") == 0
    assert own._index.vectors.get([old.id]) == {}
    with pytest.raises(KnowledgeError, match="no passage"):
        own.vectors([old.id])
    assert own.compare().sentences() == []


def test_a_text_that_comes_back_is_in_force_under_the_ids_of_before(own: Library) -> None:
    own.add_texts([("notes", "Notes", OYSTERS)])
    first = _only(own)
    own.add_texts([("notes", "Notes", BEES)])
    own.add_texts([("notes", "Notes", OYSTERS)])
    assert own.source_text("notes") == OYSTERS
    assert own.passage(first.id) == first
    assert own.search("What do oysters filter?", k=1)[0].passage == first
    assert own.frequency("bees") == 0
    assert own.compare().sentences() == []
    assert {own.source_text("notes", one.version) for one in own.versions("notes")} == {OYSTERS, BEES}


def test_removing_takes_all_versions(own: Library) -> None:
    own.add_texts([("notes", "Notes", OYSTERS)])
    old = _only(own)
    own.add_texts([("notes", "Notes", BEES)])
    own.remove("notes")
    assert own.passage(old.id, past=True) is None
    assert own.sources() == []
    assert own.status()["vectors"] == 0
    assert own.compare().sentences() == []


# --- Chroma is made again from SQLite ----------------------------------------------------------------------


def test_rebuilding_puts_back_what_chroma_lost(own: Library) -> None:
    own.add_texts([("oysters", "Oysters", OYSTERS), ("bees", "Bees", BEES)])
    before = own.search("Who votes on a home?")
    own._index.vectors.delete([passage.id for passage in own.passages()])
    assert own.compare().sentences() == ["2 vectors are in SQLite but not in Chroma"]
    assert own.rebuild() == 2
    assert own.compare().sentences() == []
    assert own.search("Who votes on a home?") == before


def test_a_folder_of_vectors_that_is_gone_is_filled_again_at_opening(tmp_path: Path) -> None:
    with Library.open(tmp_path) as library:
        library.add_texts([("oysters", "Oysters", OYSTERS), ("bees", "Bees", BEES)])
    shutil.rmtree(tmp_path / "chroma")
    with Library.open(tmp_path) as library:
        assert library.compare().sentences() == []
        assert library.search("What do oysters filter?", k=1)[0].passage.source_id == "oysters"


def test_a_vector_that_was_changed_is_named_and_mended(own: Library) -> None:
    own.add_texts([("oysters", "Oysters", OYSTERS), ("bees", "Bees", BEES)])
    id = own.passages()[0].id
    (right,) = own.vectors([id])
    own._index.vectors.put({id: -right}, {id: "oysters"})
    assert own.compare().changed == (id,)
    assert own.compare().sentences() == ["1 vectors in Chroma are not the ones in SQLite"]
    own.rebuild()
    assert own.compare().sentences() == []
    assert np.allclose(own._index.vectors.get([id])[id], right, atol=1e-6)


def test_a_vector_of_nothing_is_named_and_taken_away(own: Library) -> None:
    own.add_texts([("oysters", "Oysters", OYSTERS)])
    vector = own.vectors([_only(own).id])[0]
    own._index.vectors.put({"stray-1": vector}, {"stray-1": "stray"})
    assert own.compare().extra == ("stray-1",)
    assert [hit.passage.source_id for hit in own.search("oysters")] == ["oysters"]
    path = own.path
    own.close()
    with Library.open(path) as again:
        assert again.compare().sentences() == []


def test_embedding_anew_gives_the_same_vectors(own: Library) -> None:
    own.add_texts([("oysters", "Oysters", OYSTERS), ("bees", "Bees", BEES)])
    ids = [passage.id for passage in own.passages()]
    before = own.vectors(ids)
    assert own.rebuild(embed=True) == 2
    assert np.allclose(own.vectors(ids), before, atol=1e-3)
    assert own.compare().sentences() == []


def test_what_failed_while_it_was_added_is_in_after_the_next_try(
    own: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise KnowledgeError("the disk is full")

    with monkeypatch.context() as broken:
        broken.setattr(own._index.vectors, "put", fails)
        with pytest.raises(KnowledgeError, match="the disk is full"):
            own.add_texts([("oysters", "Oysters", OYSTERS)])
    assert own.search("What do oysters filter?") == []
    own.add_texts([("oysters", "Oysters", OYSTERS)])
    assert [hit.passage.source_id for hit in own.search("What do oysters filter?")] == ["oysters"]
    assert own.compare().sentences() == []


# --- another splitter, another layout ----------------------------------------------------------------------


def test_another_splitter_cuts_anew_and_what_was_cited_stays_verifiable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cited = []
    with Library.open(tmp_path) as library:
        library.add_texts([("oysters", "Oysters", OYSTERS)])
        cited.append(_only(library))
    for stamp in ("by words", "by lines"):
        _is_cut_by(monkeypatch, stamp)
        with Library.open(tmp_path) as library:
            assert library.compare().sentences() == []
            assert _only(library).id not in {passage.id for passage in cited}
            assert library.search("What do oysters filter?", k=1)[0].passage == _only(library)
            assert [library.passage(passage.id, past=True) for passage in cited] == cited
            cited.append(_only(library))
    with Library.open(tmp_path) as library:
        assert _only(library) == cited[-1], "the same splitter cuts nothing anew"


def test_cutting_anew_goes_on_where_it_was_cut_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Library.open(tmp_path) as library:
        library.add_texts([("oysters", "Oysters", OYSTERS), ("bees", "Bees", BEES)])
    _is_cut_by(monkeypatch, "by words")
    put, done = knowledge.index.Index.put, []

    def fails_later(self: knowledge.index.Index, entries: list[object]) -> None:
        if done:
            raise KeyboardInterrupt
        done.append(put(self, entries))  # type: ignore[arg-type, func-returns-value]

    with monkeypatch.context() as broken:
        broken.setattr(knowledge.index.Index, "put", fails_later)
        with pytest.raises(KeyboardInterrupt):
            Library.open(tmp_path)
    with Library.open(tmp_path) as library:
        assert [len(library.versions(id)) for id in ("oysters", "bees")] == [2, 2]
        assert library.count() == 2
        assert library.compare().sentences() == []


FIRST_LAYOUT = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE units (owner TEXT PRIMARY KEY, state TEXT NOT NULL, digest TEXT NOT NULL, title TEXT NOT NULL, path TEXT NOT NULL,
  media TEXT NOT NULL, text TEXT NOT NULL, pages TEXT NOT NULL,
  added_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ', 'now')));
CREATE UNIQUE INDEX units_digest ON units (digest);
CREATE TABLE records (citekey TEXT PRIMARY KEY, owner TEXT NOT NULL, json TEXT NOT NULL);
CREATE TABLE passages (seq INTEGER PRIMARY KEY, owner TEXT NOT NULL, "id", "source_id", "title", "text", "start", "end", "page",
  "heading", "kind", "citekeys", "confidence", "wording", "moves", "pole", "citable", "needs_original", "fact_ids", UNIQUE (id));
CREATE INDEX passages_owner ON passages (owner);
CREATE INDEX passages_source ON passages (source_id);
CREATE VIRTUAL TABLE words USING fts5 (text, wording, title, tokenize = "porter unicode61 remove_diacritics 2");
INSERT INTO meta VALUES ('schema', '1'), ('dossier', 'old');
"""


def _first_layout(path: Path) -> None:
    """A library as the first layout had it, with two sources; one of them was cut off while it was added."""
    path.mkdir()
    with closing(sqlite3.connect(path / "library.sqlite")) as db:
        db.executescript(FIRST_LAYOUT)
        for state, id, title, text in (
            ("ready", "oysters", "Oysters", OYSTERS),
            ("pending", "bees", "Bees", BEES),
        ):
            db.execute(
                "INSERT INTO units VALUES (?, ?, ?, ?, ?, 'text', ?, '[]', '2024-01-02T03:04:05Z')",
                (id, state, f"digest of {id}", title, f"/{id}.txt", text),
            )
            db.execute(
                "INSERT INTO records VALUES (?, ?, ?)",
                (id, id, f'{{"id":"{id}","title":"{title}","issued":"2019"}}'),
            )
            db.execute(
                'INSERT INTO passages (owner, id, source_id, title, text, "start", "end", heading, kind, citekeys, confidence,'
                " wording, moves, pole, citable, needs_original, fact_ids)"
                " VALUES (?, ?, ?, ?, ?, 0, ?, '', 'span', ?, '', '', '[]', '', 1, 0, '[]')",
                (id, f"{id}-1", id, title, text, len(text), f'["{id}"]'),
            )
        db.commit()


def test_a_library_of_the_first_layout_is_raised_with_nothing_lost(tmp_path: Path) -> None:
    _first_layout(tmp_path / "library")
    with Library.open(tmp_path / "library") as library:
        assert [(row.id, row.title, row.year) for row in library.sources()] == [
            ("oysters", "Oysters", 2019),
            ("bees", "Bees", 2019),
        ]
        assert (library.source_text("oysters"), library.source_text("bees")) == (OYSTERS, BEES)
        for id in ("oysters", "bees"):
            old = library.passage(f"{id}-1", past=True)
            assert old is not None
            assert library.source_text(id)[old.start : old.end] == old.text
            assert library.versions(id)[0].added_at == "2024-01-02T03:04:05Z"
        assert library.search("What do oysters filter?", k=1)[0].passage.source_id == "oysters"
        assert library.search("Where are flowers?", k=1)[0].passage.source_id == "bees"
        assert library.compare().sentences() == []
        status = library.status()
    with Library.open(tmp_path / "library") as again:
        assert again.status() == status


def test_a_newer_layout_is_refused(tmp_path: Path) -> None:
    Library.open(tmp_path).close()
    store = Store(tmp_path / "library.sqlite")
    store.set_meta("schema", "99")
    store.close()
    with pytest.raises(IndexMismatch, match="written by a newer version: update this program"):
        Library.open(tmp_path)


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "library.sqlite").write_bytes(b"no database at all " * 500)
    with pytest.raises(KnowledgeError, match=r"library\.sqlite cannot be opened"):
        Library.open(tmp_path)


# --- several processes over a Chroma server ----------------------------------------------------------------

ADD = """
import sys
from knowledge import Library
path, url, name = sys.argv[1:]
with Library.open(path, chroma_url=url) as library:
    for n in range(30):
        text = f"The station {name} measured {n} degrees in the valley. Nobody was surprised by {name} number {n}."
        report = library.add_texts([(f"{name}-{n}", f"Station {name}, {n}", text)])
        assert len(report.added) == 1, report
"""


def _free_port() -> int:
    with closing(socket.socket()) as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _answers(port: int) -> bool:
    with closing(socket.socket()) as one:
        return one.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """A Chroma server of its own: its address and its process."""
    port = _free_port()
    chroma = Path(sys.executable).with_name("chroma")
    command = [
        str(chroma),
        "run",
        "--path",
        str(tmp_path / "served"),
        "--port",
        str(port),
        "--host",
        "127.0.0.1",
    ]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=tmp_path)
    try:
        for _ in range(600):
            if _answers(port) or process.poll() is not None:
                break
            time.sleep(0.1)
        assert _answers(port), "the Chroma server did not start"
        yield f"http://127.0.0.1:{port}", process
    finally:
        process.kill()
        process.wait()
        with warnings.catch_warnings():
            # Chroma's client for servers leaves its connections to the garbage collector.
            warnings.simplefilter("ignore", ResourceWarning)
            gc.collect()


def test_several_processes_add_at_the_same_time_and_all_is_there(
    tmp_path: Path, server: tuple[str, subprocess.Popen[bytes]]
) -> None:
    url, _ = server
    path, names = tmp_path / "library", ("alfa", "bravo", "carol")
    with Library.open(path, chroma_url=url) as reader:
        assert reader.search("station alfa") == []
        writers = [
            subprocess.Popen([sys.executable, "-c", ADD, str(path), url, name], stderr=subprocess.PIPE)
            for name in names
        ]
        errors = [writer.communicate()[1].decode() for writer in writers]
        assert [writer.returncode for writer in writers] == [0, 0, 0], errors
        assert {row.id for row in reader.sources()} == {f"{name}-{n}" for name in names for n in range(30)}
        status = reader.status()
        assert status["vectors"] == status["vectors_wanted"] == status["passages"] == 90
        assert reader.compare().sentences() == []
        for name in names:
            best = reader.search(f"{name} number 17 in the valley", k=1)[0].passage
            assert best.source_id == f"{name}-17"


def test_a_server_that_went_away_is_one_clear_error_and_nothing_is_lost(
    tmp_path: Path, server: tuple[str, subprocess.Popen[bytes]]
) -> None:
    url, process = server
    with Library.open(tmp_path / "library", chroma_url=url) as library:
        library.add_texts([("oysters", "Oysters", OYSTERS)])
        process.kill()
        process.wait()
        with pytest.raises(KnowledgeError, match=f"the Chroma server {url} does not answer"):
            library.search("What do oysters filter?")
        with pytest.raises(KnowledgeError, match=f"the Chroma server {url} does not answer"):
            library.add_texts([("bees", "Bees", BEES)])
    # Without the server: in a folder of its own the vectors are put back from SQLite.
    with Library.open(tmp_path / "library") as library:
        assert library.search("What do oysters filter?", k=1)[0].passage.source_id == "oysters"
        assert library.compare().sentences() == []


def test_no_server_at_opening_says_how_to_start_one(tmp_path: Path) -> None:
    port = _free_port()
    with pytest.raises(KnowledgeError, match=f"start it with `chroma run --path FOLDER --port {port}`"):
        Library.open(tmp_path / "library", chroma_url=f"http://127.0.0.1:{port}")
    Library.open(tmp_path / "library").close()
