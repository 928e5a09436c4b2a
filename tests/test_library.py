from __future__ import annotations

import shutil
from pathlib import Path
from threading import Thread

import numpy as np
import pytest
from test_sources import PARAGRAPH, write_docx, write_pdf

from knowledge import Hit, IndexMismatch, KnowledgeError, Library, Passage, UnknownSource, dossier
from knowledge.passages import split
from knowledge.sources import from_text
from knowledge.store import Entry, Store

OYSTERS = (
    "Oysters filter the harbour. Each cleans two hundred litres a day. Reefs of oysters break the waves."
)
BEES = "Bees dance to show where flowers are. The dance gives direction and distance. A hive votes on a new home."


@pytest.fixture
def own(tmp_path: Path) -> Library:
    return Library.open(tmp_path / "library")


def _stems(hits: list[Hit]) -> list[str]:
    return [hit.passage.id.rpartition("-")[0] for hit in hits]


@pytest.mark.parametrize(
    ("question", "first", "wanted"),
    [
        ("membership fee Slovenia CERN", 1, {"fun14"}),
        ("why did the CERN label backfire for AI", 8, {"lbl01", "lbl02", "lbl03", "lbl04"}),
        ("Why did the CERN label partly backfire?", 1, {"lbl01"}),
        ("Why did Austria want to leave CERN?", 3, {"obj03"}),
    ],
)
def test_a_question_finds_the_fact(library: Library, question: str, first: int, wanted: set[str]) -> None:
    assert wanted <= set(_stems(library.search(question, k=first)))


def test_a_hit_says_how_it_was_found(library: Library) -> None:
    hits = library.search("membership fee Slovenia CERN", k=8)
    assert [hit.rank for hit in hits] == list(range(1, 9))
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert all(0 < hit.score <= 1 for hit in hits)
    assert hits[0].words is not None
    assert 0 < hits[0].words <= 1
    assert all(hit.dense is not None and -1 <= hit.dense <= 1 for hit in hits)


def test_a_hit_in_a_source_has_the_cosine_of_its_passage(own: Library) -> None:
    own.add_texts([("oysters", "On oysters", OYSTERS), ("bees", "On bees", BEES)])
    best = own.search("What do oysters filter?", k=1)[0]
    # One part, so the passage's vector is the one that was found.
    cosine = own.vectors([best.passage.id])[0] @ own.embedder.query("What do oysters filter?")
    assert best.dense == pytest.approx(float(cosine), abs=1e-4)


def test_a_filter_still_fills_the_list(library: Library) -> None:
    def rare(passage: Passage) -> bool:
        return passage.kind == "label_case" and "CERN" not in passage.text

    hits = library.search("who pays for the laboratory", k=5, keep=rare)
    assert len(hits) == 5
    assert all(rare(hit.passage) for hit in hits)


@pytest.mark.parametrize(
    "query", ["", "  \n", '"', "the of and", "AND OR NOT NEAR(", "'; DROP TABLE words; --", "*", "ü" * 3000]
)
def test_no_query_breaks_the_search(library: Library, query: str) -> None:
    assert isinstance(library.search(query, k=3), list)
    assert library.search("fee", k=0) == []


def test_the_library_tells_what_it_holds(library: Library) -> None:
    status = library.status()
    notes = library.passages()
    assert status["passages"] == len(notes)
    assert status["vectors"] == status["vectors_wanted"] > len(notes)
    assert status["references"] == 277
    assert {row.kind for row in library.sources()} == {"dossier"}
    assert sum(row.passages for row in library.sources()) == len(notes)
    assert library.passages(kind="label_case") == [note for note in notes if note.kind == "label_case"]
    assert library.passage(notes[7].id) == notes[7]
    assert library.passage("nothing-1") is None
    assert all(library.reference(key) for note in notes for key in note.citekeys)


def test_vectors_come_in_the_order_asked_for(library: Library) -> None:
    ids = [note.id for note in library.passages()[:5]]
    vectors = library.vectors(ids)
    assert vectors.shape == (5, library.embedder.dimension)
    assert np.allclose(library.vectors(ids[::-1]), vectors[::-1])
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-3)
    assert library.vectors([]).shape == (0, library.embedder.dimension)
    with pytest.raises(KnowledgeError, match="no passage 'x-1'"):
        library.vectors(["x-1"])


def test_builtin_sources_cannot_be_removed(library: Library) -> None:
    with pytest.raises(UnknownSource, match="built-in dossier and cannot be removed"):
        library.remove("ruland2025alliance")
    with pytest.raises(UnknownSource, match="its text is not in the library"):
        library.source_text("ruland2025alliance")


def test_files_of_all_kinds_go_in_and_a_failing_one_is_named(own: Library, tmp_path: Path) -> None:
    folder = tmp_path / "files"
    (folder / "deep").mkdir(parents=True)
    (folder / "oysters.txt").write_text(OYSTERS, encoding="utf-8")
    (folder / "deep" / "bees.md").write_text(f"# On bees\n\n{BEES}", encoding="utf-8")
    (folder / "empty.md").write_text("", encoding="utf-8")
    (folder / "data.csv").write_text("a,b", encoding="utf-8")
    (folder / ".hidden.txt").write_text("hidden", encoding="utf-8")
    write_pdf(
        folder / "fees.pdf",
        f"{PARAGRAPH}\n#pagebreak()\nEstonia pays one million for its share of the telescope.",
    )
    write_docx(folder / "plan.docx")
    (folder / "fees.typ").unlink()
    seen: list[tuple[str, int, int]] = []
    report = own.add([folder, tmp_path / "missing.txt"], progress=lambda *step: seen.append(step))
    assert {Path(added.path).name for added in report.added} == {
        "oysters.txt",
        "bees.md",
        "fees.pdf",
        "plan.docx",
    }
    assert [Path(path).name for path, _ in report.skipped] == ["data.csv"]
    assert {(Path(path).name, reason.rpartition(" ")[0]) for path, reason in report.failed} == {
        ("empty.md", "empty.md is"),
        ("missing.txt", "there is no file"),
    }
    assert seen[-1][0] == "adding sources"
    assert seen[-1][1] == seen[-1][2] > 0
    assert [done for _, done, _ in seen] == sorted(done for _, done, _ in seen)
    best = own.search("What does Estonia pay for the telescope?", k=1)[0].passage
    assert (best.page, best.source_id, best.kind) == (2, "fees", "span")
    assert own.source_text("fees")[best.start : best.end] == best.text
    reference = own.reference("fees")
    assert reference is not None
    assert (reference.title, reference.verified) == ("fees", "unverified")
    assert own.search("On bees")[0].passage.heading == "On bees"


def test_adding_twice_changes_nothing(own: Library, tmp_path: Path) -> None:
    first, second = tmp_path / "a.txt", tmp_path / "copy of a.md"
    first.write_text(OYSTERS, encoding="utf-8")
    shutil.copyfile(first, second)
    assert [added.source_id for added in own.add(first).added] == ["a"]
    before = own.status()
    report = own.add([first, second])
    assert report.added == []
    assert [reason for _, reason in report.skipped] == ["already in the library as a"] * 2
    assert own.status() == before


def test_two_files_with_one_name_are_two_sources(own: Library, tmp_path: Path) -> None:
    for folder, text in (("one", OYSTERS), ("two", BEES)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "notes.txt").write_text(text, encoding="utf-8")
    ids = [added.source_id for added in own.add([tmp_path / "one", tmp_path / "two"]).added]
    assert ids[0] == "notes"
    assert ids[1].startswith("notes-")
    for id, text in zip(ids, (OYSTERS, BEES), strict=True):
        reference = own.reference(id)
        assert reference is not None
        assert (reference.id, own.source_text(id)) == (id, text)
        assert [hit.passage.source_id for hit in own.search(text, k=1)] == [id]


def test_add_remove_search_finds_nothing(own: Library) -> None:
    own.add_texts([("oysters", "On oysters", OYSTERS), ("bees", "On bees", BEES)])
    assert own.search("What do oysters filter?", k=1)[0].passage.source_id == "oysters"
    with pytest.raises(UnknownSource, match="nearest: oysters"):
        own.remove("oyster")
    own.remove("oysters")
    assert {hit.passage.source_id for hit in own.search("What do oysters filter?", k=10)} == {"bees"}
    assert [row.id for row in own.sources()] == ["bees"]
    assert own.status()["vectors"] == own.status()["passages"]
    assert own.compare().sentences() == []
    assert own.reference("oysters") is None
    own.add_texts([("oysters", "On oysters", OYSTERS)])
    assert own.search("What do oysters filter?", k=1)[0].passage.source_id == "oysters"


def test_texts_keep_their_ids_and_offsets(own: Library) -> None:
    ugly = "  First line.\r\nSecond \x00 one\t.\n\nDer Plan kostet nichts: café.  "
    report = own.add_texts(
        [
            ("u/1", "Ugly", ugly),
            ("u/2", "Twin", ugly),
            ("u/1", "Again", ugly),
            ("u/1", "Other", BEES),
            ("u/3", "", " "),
        ]
    )
    assert [added.source_id for added in report.added] == ["u/1", "u/2"]
    assert report.skipped == [("u/1", "already in the library as u/1")]
    assert [id for id, _ in report.failed] == ["u/1", "u/3"]
    assert own.source_text("u/1") == ugly
    assert all(ugly[note.start : note.end] == note.text for note in own.passages())
    assert {hit.passage.source_id for hit in own.search("cafe", k=2)} == {"u/1", "u/2"}


def test_no_passage_is_longer_than_the_embedder_reads(own: Library) -> None:
    own.add_texts([("long", "A long text", f"{OYSTERS} {BEES} " * 60)])
    count_tokens, limit = own.embedder.count_tokens, own.embedder.max_tokens
    assert own.status()["passages"] > 5
    assert all(count_tokens(note.text) <= limit for note in own.passages())


def test_a_library_comes_back_as_it_was(own: Library) -> None:
    own.add_texts([("oysters", "On oysters", OYSTERS), ("bees", "On bees", BEES)])
    before = [(hit.passage, hit.score) for hit in own.search("who votes on a home?")]
    status = own.status()
    own.close()
    with Library.open(own.path) as again:
        assert again.status() == status
        assert [(hit.passage, hit.score) for hit in again.search("who votes on a home?")] == before
        # The precision chosen at first is kept, whatever a new self-test would say.
        assert again.embedder.stamp == status["embedder"]
    with pytest.raises(KnowledgeError, match="was closed"):
        own.search("bees")


def test_a_source_cut_off_while_it_was_added_is_repaired(own: Library) -> None:
    own.add_texts([("bees", "On bees", BEES)])
    own.close()
    source = from_text("oysters", "On oysters", OYSTERS)
    passages = split(source, own.embedder.count_tokens, own.embedder.max_tokens)
    store = Store(own.path / "library.sqlite")
    store.put([Entry(source=source, passages=passages, vectors={})])
    ids = [passage.id for passage in passages]
    assert store.passages_of(ids) == {}, "not seen before its vectors are there"
    store.close()
    with Library.open(own.path) as again:
        assert again.search("What do oysters filter?", k=1)[0].passage.source_id == "oysters"
        assert again.status()["vectors"] == again.status()["passages"]


def test_a_removal_cut_off_is_finished(own: Library) -> None:
    own.add_texts([("bees", "On bees", BEES), ("oysters", "On oysters", OYSTERS)])
    own.close()
    store = Store(own.path / "library.sqlite")
    store.set_removing("oysters")
    store.close()
    with Library.open(own.path) as again:
        assert [row.id for row in again.sources()] == ["bees"]
        assert again.status()["vectors"] == again.status()["passages"]


@pytest.mark.parametrize("damage", ["lost", "garbage", "other version"])
def test_vectors_are_made_again_from_the_texts(own: Library, damage: str) -> None:
    own.add_texts([("bees", "On bees", BEES), ("oysters", "On oysters", OYSTERS)])
    ids = [note.id for note in own.passages()]
    vectors = own.vectors(ids)
    own.close()
    if damage == "lost":
        shutil.rmtree(own.path / "chroma")
    elif damage == "garbage":
        (own.path / "chroma" / "chroma.sqlite3").write_bytes(b"no database" * 1000)
    else:
        store = Store(own.path / "library.sqlite")
        store.set_meta("embedded_as", "text@1")
        store.close()
    with Library.open(own.path) as again:
        assert np.allclose(again.vectors(ids), vectors, atol=1e-3)
        assert again.search("What do oysters filter?", k=1)[0].passage.source_id == "oysters"


def test_an_index_of_another_embedder_is_refused_and_lets_go(own: Library) -> None:
    own.add_texts([("bees", "On bees", BEES)])
    own.close()
    store = Store(own.path / "library.sqlite")
    right = store.meta("embedder")
    assert right
    store.set_meta("embedder", "e5-small@float32")
    with pytest.raises(IndexMismatch, match="'e5-small', the settings ask for 'minilm'"):
        Library.open(own.path)
    store.set_meta("embedder", right)
    store.close()
    Library.open(own.path).close()


def test_a_changed_dossier_is_taken_in_and_the_users_sources_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Library.open(home=tmp_path) as library:
        library.add_texts([("bees", "On bees", BEES)])
        before = {note.id for note in library.passages()}
    real = dossier.load()
    facts = (*real.facts[1:6], real.facts[6].model_copy(update={"statement": "A hub needs nodes."}))
    less = real.model_copy(
        update={"facts": facts, "opposing_views": (), "label_cases": (), "editorial": (), "questions": ()}
    )
    monkeypatch.setattr(dossier, "load", lambda: less)
    monkeypatch.setattr(dossier, "digest", lambda: "another")
    with Library.open(home=tmp_path) as library:
        after = {note.id for note in library.passages()}
        assert len(after - before) == 1
        assert len(after) == 7
        assert library.status()["vectors"] == 7
        assert library.search("Bees dance", k=1)[0].passage.source_id == "bees"
        assert library.search("A hub needs nodes.", k=1)[0].passage.text == "A hub needs nodes."


def test_opening_again_loads_no_network_and_makes_nothing(library: Library, tmp_path: Path) -> None:
    import subprocess
    import sys

    with Library.open(home=tmp_path):
        pass
    code = (
        "import sys; from pathlib import Path; from knowledge import Library\n"
        f"library = Library.open(home=Path({str(tmp_path)!r}), progress=print)\n"
        "print(sorted({'torch', 'sentence_transformers', 'transformers'} & set(sys.modules)), library.status()['passages'])"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.split() == ["[]", str(library.status()["passages"])]


def test_many_threads_search_while_one_adds_and_removes(own: Library) -> None:
    own.add_texts([("bees", "On bees", BEES)])
    failures: list[BaseException] = []

    def read() -> None:
        try:
            for _ in range(10):
                assert own.search("Where are flowers?", k=3)[0].passage.source_id == "bees"
                own.status()
        except BaseException as exc:  # noqa: BLE001
            failures.append(exc)

    def write() -> None:
        try:
            for i in range(4):
                own.add_texts([(f"o{i}", "On oysters", OYSTERS)])
                own.remove(f"o{i}")
        except BaseException as exc:  # noqa: BLE001
            failures.append(exc)

    threads = [Thread(target=read) for _ in range(3)] + [Thread(target=write)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert own.status()["vectors"] == own.status()["passages"] == 1
