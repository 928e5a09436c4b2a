from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from knowledge import Filter, KnowledgeError, Library, LibraryLocked, UnknownDossier, UnknownSource, dossiers

OYSTERS = "Zebroysters filter the harbour. Each cleans two hundred litres a day."
BEES = "Zebrobees dance to show where flowers are. A hive votes on a new home."
BIB = "@book{doe2020hives, title={Hives of the Valley}, author={Doe, Jane}, year={2020}}"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the built-in library and two dossiers, `alpha` with oysters and `beta` with bees."""
    home = tmp_path_factory.mktemp("home")
    Library.open(home=home).close()
    bib = home / "refs.bib"
    bib.write_text(BIB, encoding="utf-8")
    for name, id, text in (("alpha", "oysters", OYSTERS), ("beta", "bees", BEES)):
        dossiers.create(home, name)
        with Library.open(home=home, dossier=name) as library:
            library.add_texts([(id, id, text)])
            if name == "beta":
                library.add(bib)
    return home


@pytest.mark.parametrize("other", ["alpha", ""])
def test_nothing_of_one_dossier_is_seen_in_another(home: Path, other: str) -> None:
    with Library.open(home=home, dossier="beta") as library:
        (secret,) = [passage for passage in library.passages() if passage.source_id == "bees"]
        assert library.search(BEES, k=1)[0].passage == secret
    with Library.open(home=home, dossier=other) as library:
        assert "bees" not in {hit.passage.source_id for hit in library.search(BEES, k=50)}
        assert library.search(BEES, only=Filter(sources=("bees",))) == []
        assert library.passage(secret.id) is None
        assert library.passage(secret.id, past=True) is None
        assert library.frequency("zebrobees") == 0
        assert not {"bees", "doe2020hives"} & {row.id for row in library.sources()}
        assert library.reference("bees") is None
        assert library.reference("doe2020hives") is None
        assert not {"bees", "doe2020hives"} & {reference.id for reference in library.references(own=False)}
        with pytest.raises(UnknownSource):
            library.source_text("bees")
        with pytest.raises(UnknownSource):
            library.remove("bees")


def test_the_built_in_notes_are_in_each_dossier(home: Path) -> None:
    with Library.open(home=home) as library:
        notes = library.passages()
    with Library.open(home=home, dossier="alpha") as library:
        own = library.passages()
        assert own[: len(notes)] == notes
        assert len(own) == len(notes) + 1
        assert library.compare().sentences() == []


def test_an_exported_dossier_is_the_same_in_another_home(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "beta.zip"
    assert dossiers.export(home, "beta", file).sources == 2
    assert dossiers.take_in(tmp_path / "other", file).name == "beta"
    with (
        Library.open(home=home, dossier="beta") as one,
        Library.open(home=tmp_path / "other", dossier="beta") as two,
    ):
        assert two.sources() == one.sources()
        assert two.references(own=False) == one.references(own=False)
        assert two.source_text("bees") == one.source_text("bees") == BEES
        assert two.passages() == one.passages()
        ids = [passage.id for passage in one.passages()]
        assert np.array_equal(two.vectors(ids), one.vectors(ids))
        for question in ("Where are flowers?", "What does Slovenia pay to CERN?"):
            assert [hit.passage.id for hit in two.search(question)] == [
                hit.passage.id for hit in one.search(question)
            ]
        assert two.compare().sentences() == []


def test_an_imported_dossier_shares_no_vectors_with_its_twin_on_a_server(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "beta.zip"
    dossiers.export(home, "beta", file)
    dossiers.take_in(home, file, "twin")
    try:
        ids = []
        for name in ("beta", "twin"):
            with Library.open(home=home, dossier=name) as library:
                ids.append(library._store.meta("id"))
        assert ids[0] != ids[1]
    finally:
        dossiers.remove(home, "twin")


def test_export_refuses_what_would_overwrite_or_cannot_be_written(home: Path, tmp_path: Path) -> None:
    taken = tmp_path / "taken.zip"
    taken.write_text("mine", encoding="utf-8")
    with pytest.raises(KnowledgeError, match="is there already"):
        dossiers.export(home, "alpha", taken)
    assert taken.read_text(encoding="utf-8") == "mine"
    with pytest.raises(KnowledgeError, match="cannot be written"):
        dossiers.export(home, "alpha", tmp_path / "nowhere" / "alpha.zip")
    with pytest.raises(UnknownDossier, match="there is no dossier 'gamma'"):
        dossiers.export(home, "gamma", tmp_path / "gamma.zip")


def test_import_refuses_a_taken_name_and_takes_another(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "alpha.zip"
    dossiers.export(home, "alpha", file)
    with pytest.raises(KnowledgeError, match="there is a dossier 'alpha' already"):
        dossiers.take_in(home, file)
    assert dossiers.take_in(home, file, "alpha-2").sources == 1
    assert "alpha-2" in [row.name for row in dossiers.listing(home)]
    dossiers.remove(home, "alpha-2")


def _foreign(file: Path, members: dict[str, str]) -> None:
    with zipfile.ZipFile(file, "w") as archive:
        for name, text in members.items():
            archive.writestr(name, text)


@pytest.mark.parametrize(
    ("members", "told"),
    [
        ({"readme.txt": "hello"}, "is no exported dossier"),
        ({"dossier.json": "{}"}, r"its dossier\.json is broken"),
        ({"dossier.json": "[1, 2]"}, r"its dossier\.json is broken"),
        ({"dossier.json": '{"schema": 99, "name": "x", "created_at": "x"}'}, "written by a newer version"),
        ({"dossier.json": '{"schema": 1, "name": "../x", "created_at": "x"}'}, "a dossier's name is made of"),
        (
            {
                "dossier.json": '{"schema": 1, "name": "x", "created_at": "x"}',
                "library.sqlite": "no database" * 99,
            },
            "is damaged",
        ),
        (
            {"dossier.json": '{"schema": 1, "name": "x", "created_at": "x"}', "../evil": "x"},
            "is no exported dossier",
        ),
    ],
)
def test_import_refuses_what_is_no_dossier(tmp_path: Path, members: dict[str, str], told: str) -> None:
    _foreign(tmp_path / "foreign.zip", members)
    with pytest.raises(KnowledgeError, match=told):
        dossiers.take_in(tmp_path / "home", tmp_path / "foreign.zip")
    assert dossiers.listing(tmp_path / "home") == []
    assert list((tmp_path / "home").glob("dossiers/*")) == [], "nothing is left of the attempt"


def test_import_refuses_a_damaged_file(home: Path, tmp_path: Path) -> None:
    dossiers.export(home, "alpha", tmp_path / "whole.zip")
    data = (tmp_path / "whole.zip").read_bytes()
    broken = bytearray(data)
    broken[len(data) // 2 : len(data) // 2 + 100] = b"\0" * 100
    for number, some in enumerate((bytes(broken), data[: len(data) // 2], b"", b"no zip file")):
        file = tmp_path / f"{number}.zip"
        file.write_bytes(some)
        with pytest.raises(KnowledgeError):
            dossiers.take_in(tmp_path / "fresh", file)
    with pytest.raises(KnowledgeError, match="cannot be read"):
        dossiers.take_in(tmp_path / "fresh", tmp_path / "missing.zip")
    assert dossiers.listing(tmp_path / "fresh") == []


@pytest.mark.parametrize(
    "name", ["", ".", "..", "../up", "a/b", ".hidden", "a b", "x" * 65, "ä", "-dash", "a\n"]
)
def test_a_name_that_is_no_folder_name_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(KnowledgeError, match="a dossier's name is made of letters"):
        dossiers.create(tmp_path, name)
    assert list(tmp_path.iterdir()) == []


def test_dossiers_are_made_listed_and_removed(tmp_path: Path) -> None:
    assert dossiers.listing(tmp_path) == []
    for name in ("second", "First.1"):
        dossiers.create(tmp_path, name)
    with pytest.raises(KnowledgeError, match="there is a dossier 'second' already"):
        dossiers.create(tmp_path, "second")
    assert [(row.name, row.sources) for row in dossiers.listing(tmp_path)] == [("First.1", 0), ("second", 0)]
    dossiers.remove(tmp_path, "second")
    assert [row.name for row in dossiers.listing(tmp_path)] == ["First.1"]
    with pytest.raises(UnknownDossier, match=r"there is no dossier 'second' \(there are: First\.1\)"):
        dossiers.remove(tmp_path, "second")
    with pytest.raises(UnknownDossier, match="attache dossier new second"):
        Library.open(home=tmp_path, dossier="second")


def test_an_open_dossier_is_not_removed(home: Path) -> None:
    dossiers.create(home, "busy")
    with Library.open(home=home, dossier="busy"), pytest.raises(LibraryLocked, match="close that first"):
        dossiers.remove(home, "busy")
    assert "busy" in [row.name for row in dossiers.listing(home)]
    dossiers.remove(home, "busy")


def test_a_new_dossier_takes_the_vectors_over_without_loading_a_network(home: Path) -> None:
    dossiers.create(home, "quick")
    code = (
        "import sys; from pathlib import Path; from knowledge import Library\n"
        f"with Library.open(home=Path({str(home)!r}), dossier='quick') as library:\n"
        "    status = library.status()\n"
        "print(sorted({'torch', 'sentence_transformers', 'transformers'} & set(sys.modules)),"
        " status['vectors'] == status['vectors_wanted'] > 0)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.split() == ["[]", "True"]
    dossiers.remove(home, "quick")


def test_a_home_may_be_a_relative_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    dossiers.create(Path("home"), "alpha")
    with Library.open(home=Path("home"), dossier="alpha") as library:
        library.add_texts([("oysters", "Oysters", OYSTERS)])
    assert [(row.name, row.sources) for row in dossiers.listing(Path("home"))] == [("alpha", 1)]
