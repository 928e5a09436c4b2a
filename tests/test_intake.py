from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import docx
import pytest
from test_pdf import encrypted_pdf
from test_sources import write_pdf

from knowledge import Added, Library, Options

OYSTERS = (
    "Oysters filter the harbour. Each cleans two hundred litres a day. Reefs of oysters break the waves."
)
BEES = "Bees dance to show where flowers are. The dance gives direction and distance. A hive votes on a new home."
GERMAN = (
    "Die kleinen Länder zahlen einen Beitrag, den das Ministerium gering nennt. Ihre Unternehmen erhalten Aufträge. "
    "Die Forscher arbeiten an der großen Anlage und kehren später mit neuem Wissen nach Hause zurück."
)
DOI = "10.1234/abcd.5"
BIB = f"@article{{doe2020fees, title={{Fees of Small States}}, author={{Doe, Jane}}, year={{2020}}, journal={{Nature}}, doi={{{DOI}}}}}"


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Library]:
    with Library.open(tmp_path / "library") as library:
        yield library


def _file(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def _page(path: Path, body: str, *, doi: str = "", title: str = "Fees") -> Path:
    meta = f'<meta name="citation_doi" content="{doi}">' if doi else ""
    return _file(
        path,
        f"<html><head><title>{title}</title>{meta}</head><body><article><p>{body}</p></article></body></html>",
    )


def test_all_that_reads_goes_in_and_each_that_does_not_is_named(own: Library, tmp_path: Path) -> None:
    folder = tmp_path / "files"
    _file(folder / "a.txt", OYSTERS)
    _file(folder / "b.md", f"# Bees\n\n{BEES}")
    _page(folder / "c.html", "The telescope stands on a high mountain where the air is dry. " * 4)
    document = docx.Document()
    document.add_paragraph("The plan costs less than one road a year.")
    document.save(str(folder / "d.docx"))
    write_pdf(folder / "e.pdf", "Estonia pays one million for its share of the station.")
    (folder / "e.typ").unlink()
    _file(folder / "f.bib", BIB)
    for name in ("broken.pdf", "broken.docx", "broken.pptx", "broken.epub", "broken.odt"):
        (folder / name).write_bytes(b"\x00\x01\x02 nothing of the kind \xff\xfe" * 20)
    _file(folder / "empty.txt", "")
    _file(folder / "broken.json", '{"no": "bibliography"}')
    _file(folder / "table.csv", "a,b")
    report = own.add(folder)
    assert {Path(added.path.partition(": ")[0]).name for added in report.added} == {
        "a.txt", "b.md", "c.html", "d.docx", "e.pdf", "f.bib",
    }  # fmt: skip
    failed = {Path(path).name: reason for path, reason in report.failed}
    assert set(failed) == {
        "broken.pdf", "broken.docx", "broken.pptx", "broken.epub", "broken.odt", "broken.json", "empty.txt",
    }  # fmt: skip
    assert all(name in reason for name, reason in failed.items())
    assert [Path(path).name for path, _ in report.skipped] == ["table.csv"]
    assert len([row for row in own.sources() if row.kind == "user"]) == 5
    assert own.compare().sentences() == []


@pytest.mark.parametrize("kind", ["html", "pdf"])
def test_a_file_with_the_doi_of_a_record_is_attached_to_it(own: Library, tmp_path: Path, kind: str) -> None:
    own.add(_file(tmp_path / "refs.bib", BIB))
    if kind == "html":
        file = _page(tmp_path / "page.html", OYSTERS * 3, doi=DOI)
    else:
        file = write_pdf(tmp_path / "paper.pdf", f"Fees of small states. doi:{DOI}\n\n{OYSTERS}")
    report = own.add(file)
    assert [(added.source_id, added.title) for added in report.added] == [
        ("doe2020fees", "Fees of Small States")
    ]
    assert (str(file), "attached to the record doe2020fees") in report.notes
    (row,) = own.sources()
    assert (row.id, row.kind, row.year) == ("doe2020fees", "user", 2020)
    reference = own.reference("doe2020fees")
    assert reference is not None
    assert (reference.author[0].family, reference.access_level) == ("Doe", "full_text")
    assert {"title", "author", "issued", "DOI"}.isdisjoint(reference.guessed), (
        "what the record said is no guess"
    )
    assert own.search("What do oysters filter?", k=1)[0].passage.title == "Fees of Small States"


def test_a_file_is_attached_to_the_record_that_is_named(own: Library, tmp_path: Path) -> None:
    own.add(_file(tmp_path / "refs.bib", BIB))
    file = _file(tmp_path / "scan.txt", OYSTERS)
    (added,) = own.add(file, options=Options(citekey="doe2020fees")).added
    assert (added.source_id, added.version) == ("doe2020fees", 1)
    assert own.source_text("doe2020fees") == OYSTERS
    better = _file(tmp_path / "better scan.txt", BEES)
    (added,) = own.add(better, options=Options(citekey="doe2020fees")).added
    assert (added.source_id, added.version) == ("doe2020fees", 2)
    assert (own.source_text("doe2020fees"), own.source_text("doe2020fees", 1)) == (BEES, OYSTERS)


def test_a_second_file_of_one_work_is_skipped_with_the_reason(own: Library, tmp_path: Path) -> None:
    first = _page(tmp_path / "one.html", OYSTERS * 3, doi=DOI, title="Fees of Small States")
    second = _page(tmp_path / "two.html", BEES * 3, doi=DOI, title="Fees of Small States")
    report = own.add([first, second])
    (added,) = report.added
    assert report.skipped == [
        (
            str(second),
            f"the same work is in the library as {added.source_id}: "
            f"add it with `--as {added.source_id}` to put it in place of that text",
        )
    ]


def test_a_file_that_changed_is_the_next_version(own: Library, tmp_path: Path) -> None:
    file = _file(tmp_path / "notes.md", f"# First title\n\n{OYSTERS}")
    (first,) = own.add(file).added
    _file(file, f"# Second title\n\n{BEES}")
    report = own.add(file)
    (second,) = report.added
    assert (second.source_id, second.version) == (first.source_id, 2)
    assert (str(file), f"the file has changed: this is the new version of {first.source_id}") in report.notes
    (row,) = own.sources()
    assert row.title == second.title == "Second title"
    assert own.search("Where are flowers?", k=1)[0].passage.title == "Second title"
    assert own.frequency("oysters") == 0


def test_a_title_that_a_person_set_stays_when_the_file_changes(own: Library, tmp_path: Path) -> None:
    file = _file(tmp_path / "notes.md", f"# First title\n\n{OYSTERS}")
    (added,) = own.add(file).added
    own.edit(added.source_id, title="My title")
    _file(file, f"# Second title\n\n{BEES}")
    own.add(file)
    assert [row.title for row in own.sources()] == ["My title"]
    assert own.search("Where are flowers?", k=1)[0].passage.title == "My title"


def test_two_files_with_one_name_are_two_sources(own: Library, tmp_path: Path) -> None:
    report = own.add(
        [_file(tmp_path / "a" / "notes.txt", OYSTERS), _file(tmp_path / "b" / "notes.txt", BEES)]
    )
    assert len({added.source_id for added in report.added}) == 2
    assert {own.source_text(added.source_id) for added in report.added} == {OYSTERS, BEES}


RIS = (
    f"TY  - JOUR\nID  - roe2021\nTI  - Oysters of the Bay\nAU  - Roe, Ann\nPY  - 2021\nDO  - {DOI}9\nER  - \n"
)
CSL = [{"id": "poe2022", "type": "book", "title": "Cranes of the North", "author": [{"family": "Poe", "given": "Eva"}], "issued": {"date-parts": [[2022]]}}]  # fmt: skip


def test_ris_and_csl_json_give_records_without_a_text(own: Library, tmp_path: Path) -> None:
    files = [_file(tmp_path / "refs.ris", RIS), _file(tmp_path / "refs.json", json.dumps(CSL))]
    report = own.add(files)
    assert [(added.source_id, added.passages) for added in report.added] == [("roe2021", 0), ("poe2022", 0)]
    assert [(row.id, row.kind, row.year) for row in own.sources()] == [
        ("roe2021", "record", 2021),
        ("poe2022", "record", 2022),
    ]


def test_reading_a_bibliography_again_adds_nothing(own: Library, tmp_path: Path) -> None:
    file = _file(tmp_path / "refs.bib", BIB)
    own.add(file)
    before = own.references()
    report = own.add(file)
    assert report.added == []
    assert report.skipped == [(f"{file}: doe2020fees", "already in the library as doe2020fees")]
    assert own.references() == before


def test_a_key_of_another_work_gets_a_letter(own: Library, tmp_path: Path) -> None:
    own.add(_file(tmp_path / "one.bib", BIB))
    other = "@book{doe2020fees, title={Bees of the Valley}, author={Doe, Max}, year={2020}}"
    report = own.add(file := _file(tmp_path / "two.bib", other))
    assert [added.source_id for added in report.added] == ["doe2020feesa"]
    assert (f"{file}: doe2020fees", "kept as doe2020feesa, since doe2020fees is another work") in report.notes
    assert [reference.title for reference in own.references()] == [
        "Fees of Small States",
        "Bees of the Valley",
    ]


def test_a_text_in_another_language_says_how_it_is_found(own: Library, tmp_path: Path) -> None:
    files = [german := _file(tmp_path / "beitrag.txt", GERMAN), _file(tmp_path / "bees.txt", BEES)]
    notes = own.add(files).notes
    assert [path for path, note in notes if "it is in German" in note] == [str(german)]
    assert own.search("Beitrag des Ministeriums", k=1)[0].passage.text in GERMAN


def test_a_guessed_interest_is_marked_until_a_person_sets_it(own: Library, tmp_path: Path) -> None:
    own.add(_file(tmp_path / "refs.bib", BIB))
    reference = own.reference("doe2020fees")
    assert reference is not None
    assert reference.interest == "peer_reviewed"
    assert "interest" in reference.guessed
    own.edit("doe2020fees", interest="advocate")
    reference = own.reference("doe2020fees")
    assert reference is not None
    assert reference.interest == "advocate"
    assert "interest" not in reference.guessed


def test_texts_are_in_under_the_ids_that_were_given(own: Library) -> None:
    ids = ["a/1", "ü 2", "3"]
    report = own.add_texts([(id, f"Title {id}", f"{OYSTERS} Number {id}.") for id in ids])
    assert [added.source_id for added in report.added] == ids
    assert [row.id for row in own.sources()] == ids
    assert {passage.source_id for passage in own.passages()} == set(ids)


def test_progress_only_grows_and_ends_at_its_total(own: Library, tmp_path: Path) -> None:
    for number in range(8):
        _file(tmp_path / "files" / f"{number}.txt", f"Number {number}. {OYSTERS * (1 + 9 * number)}")
    _file(tmp_path / "files" / "empty.txt", "")
    seen: list[tuple[int, int]] = []
    own.add(tmp_path / "files", progress=lambda _, done, total: seen.append((done, total)))
    assert seen == sorted(seen)
    assert len({total for _, total in seen}) == 1
    assert seen[-1][0] == seen[-1][1] > 0


def test_a_source_is_told_only_when_it_can_be_found(own: Library, tmp_path: Path) -> None:
    for number in range(3):
        _file(tmp_path / "files" / f"n{number}.txt", f"Wordmark{number} stands here. {OYSTERS}")
    found: list[bool] = []

    def told(added: Added) -> None:
        word = own.source_text(added.source_id).split()[0]
        found.append(own.search(word, k=1)[0].passage.source_id == added.source_id)

    own.add(tmp_path / "files", told=told)
    assert found == [True] * 3


def test_an_encrypted_file_goes_in_with_its_password_alone(own: Library, tmp_path: Path) -> None:
    file = tmp_path / "sealed.pdf"
    content = "BT /F1 12 Tf 20 100 Td (The treaty stays under seal.) Tj ET"
    file.write_bytes(encrypted_pdf(content, user=b"sesame", owner=b"owner"))
    for options in (None, Options(password="wrong")):
        report = own.add(file, options=options)
        assert report.added == []
        assert [path for path, _ in report.failed] == [str(file)]
        assert "password" in report.failed[0][1]
    (added,) = own.add(file, options=Options(password="sesame")).added
    assert own.source_text(added.source_id) == "The treaty stays under seal."
