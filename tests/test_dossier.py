from __future__ import annotations

import shutil
from importlib.resources import files
from pathlib import Path

import pytest
import yaml

from knowledge import DossierError, Library, Passage, load_dossier
from knowledge.dossier import Dossier, passages

NAMES = ("facts", "references", "opposing_views", "label_cases")


@pytest.fixture(scope="module")
def dossier() -> Dossier:
    return load_dossier()


@pytest.fixture(scope="module")
def notes(dossier: Dossier) -> dict[str, Passage]:
    """The notes by the stem of their id."""
    return {passage.id.rpartition("-")[0]: passage for passage in passages(dossier)}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the dossier that a test may break."""
    for name in NAMES:
        shutil.copyfile(str(files("knowledge.dossier") / f"{name}.yaml"), tmp_path / f"{name}.yaml")
    return tmp_path


def _change(folder: Path, name: str, entry: str, /, **fields: object) -> None:
    path = folder / f"{name}.yaml"
    rows = yaml.load(path.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    next(row for row in rows if row["id"] == entry).update(fields)
    path.write_text(yaml.safe_dump(rows, allow_unicode=True), encoding="utf-8")


def test_every_entry_becomes_its_passages(dossier: Dossier, notes: dict[str, Passage]) -> None:
    expected = [fact.id for fact in dossier.facts]
    expected += [
        f"{view.id}.{part}" for view in dossier.opposing_views for part in ("position", "reply", "concede")
    ]
    expected += [case.id for case in dossier.label_cases]
    assert list(notes) == expected
    assert (len(dossier.facts), len(dossier.references)) == (250, 277)


def test_a_fact_carries_what_an_editor_needs(notes: dict[str, Passage]) -> None:
    fact = notes["fun14"]
    assert (fact.kind, fact.topic, fact.confidence, fact.needs_original) == ("fact", "funding", "high", False)
    assert fact.text.startswith("For a small state CERN membership can be cheap: Slovenia’s")
    assert fact.source_id in fact.citekeys
    assert fact.citable
    assert (fact.start, fact.end, fact.page) == (None, None, None)


def test_as_of_is_the_newest_date_of_a_figure(dossier: Dossier, notes: dict[str, Passage]) -> None:
    for fact in dossier.facts:
        dates = [figure.as_of for figure in fact.figures if figure.as_of]
        assert notes[fact.id].as_of == (max(dates) if dates else "")


def test_a_fact_behind_pointers_only_is_not_citable(notes: dict[str, Passage]) -> None:
    facts = [stem for stem, note in notes.items() if note.kind == "fact" and not note.citable]
    # As the dossier's own list has them.
    assert sorted(facts) == sorted(
        [
            "cen02",
            "hub13",
            "hub15",
            "fun35",
            "hst08",
            "hst10",
            "hst12",
            "hst13",
            "pre11",
            "cri04",
            "cri06",
            "cri12",
            "eup06",
        ]
    )


def test_the_source_of_a_note_is_its_first_citable_reference(
    dossier: Dossier, notes: dict[str, Passage]
) -> None:
    citable = {reference.id: reference.citable != "pointer_only" for reference in dossier.references}
    for note in notes.values():
        assert note.source_id == next((key for key in note.citekeys if citable[key]), note.citekeys[0])


def test_an_opposing_view_is_three_passages(notes: dict[str, Passage]) -> None:
    position, reply = notes["ov01.position"], notes["ov01.reply"]
    assert position.text.startswith(
        "A network is the better model; no central site is needed: AI has no instrument"
    )
    # A critic's position is cited to those who hold it, the reply to what the reply rests on.
    assert "ellisfaq" in position.citekeys
    assert "ruland2025alliance" not in position.citekeys
    assert "ruland2025alliance" in reply.citekeys
    assert "ellisfaq" not in reply.citekeys
    assert "dec01" in reply.fact_ids
    assert notes["ov01.concede"].kind == "opposing_view"


def test_a_label_case_reads_as_one_text(notes: dict[str, Passage]) -> None:
    case = notes["lc03"]
    assert case.text.startswith(
        "Mini CERN for the Middle East (synchrotron light (SESAME), 1997–2017). Set up under"
    )
    assert case.text.endswith("Lesson: Works as diplomacy, slowly.")


def test_ids_depend_on_the_text_alone(folder: Path, dossier: Dossier) -> None:
    _change(folder, "facts", "cfa01", confidence="low")
    _change(folder, "facts", "cfa02", statement="Another statement.")
    before, after = passages(dossier), passages(load_dossier(folder))
    changed = [old.id.split("-")[0] for old, new in zip(before, after, strict=True) if old.id != new.id]
    assert changed == ["cfa02"]


def test_no_note_is_longer_than_the_embedder_reads(library: Library) -> None:
    count_tokens, limit = library.embedder.count_tokens, library.embedder.max_tokens
    assert [note.id for note in library.passages() if count_tokens(note.text) > limit] == []


@pytest.mark.parametrize(
    ("name", "id", "fields", "message"),
    [
        ("facts", "cfa01", {"refs": ["nobody1900"]}, "facts.yaml, cfa01: there is no nobody1900"),
        ("facts", "cfa01", {"id": "cfa02"}, "facts.yaml has cfa02 twice"),
        ("facts", "cfa01", {"confidense": "high"}, "facts.yaml, cfa01: field 'confidense'"),
        ("opposing_views", "ov01", {"facts": ["xyz99"]}, "opposing_views.yaml, ov01: there is no xyz99"),
        ("label_cases", "lc01", {"confidence": "certain"}, "label_cases.yaml, lc01: field 'confidence'"),
        ("references", "kohler2025", {"citable": "maybe"}, "references.yaml, kohler2025: field 'citable'"),
    ],
    ids=["dangling reference", "double id", "unknown key", "dangling fact", "unknown value", "unknown gate"],
)
def test_a_broken_entry_is_named(
    folder: Path, name: str, id: str, fields: dict[str, object], message: str
) -> None:
    _change(folder, name, id, **fields)
    with pytest.raises(DossierError) as caught:
        load_dossier(folder)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("- id: [", "facts.yaml is not YAML"),
        ("id: x", "facts.yaml is a list"),
        (None, "facts.yaml cannot be read"),
    ],
    ids=["broken", "mapping", "missing"],
)
def test_a_broken_file_is_named(folder: Path, content: str | None, message: str) -> None:
    path = folder / "facts.yaml"
    path.unlink() if content is None else path.write_text(content, encoding="utf-8")
    with pytest.raises(DossierError, match=message):
        load_dossier(folder)


def test_the_editorial_layer_is_taken_over_and_may_be_partial(folder: Path) -> None:
    entry = {
        "id": "ov01.reply",
        "pole": "joined",
        "scope": "any",
        "moves": ["reply"],
        "wording": "We would join both.",
    }
    (folder / "editorial.yaml").write_text(yaml.safe_dump([entry]), encoding="utf-8")
    found = {passage.id.split("-")[0]: passage for passage in passages(load_dossier(folder))}
    reply = found["ov01.reply"]
    assert (reply.pole, reply.scope, reply.moves, reply.wording) == (
        "joined",
        "any",
        ("reply",),
        "We would join both.",
    )
    assert found["cfa01"].pole == ""


def test_an_editorial_entry_for_nothing_is_refused(folder: Path) -> None:
    (folder / "editorial.yaml").write_text("- id: cfa999\n", encoding="utf-8")
    with pytest.raises(DossierError, match=r"editorial.yaml, cfa999"):
        load_dossier(folder)
