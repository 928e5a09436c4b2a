from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import bibtexparser
import pytest
import rispy

from knowledge import Library, UnknownSource
from knowledge.bibliography import Format

COUNT = 300
NOUNS = [
    "Archive",
    "Bridge",
    "Climate",
    "Detector",
    "Estonia",
    "Fund",
    "Harbour",
    "Institute",
    "Laboratory",
    "Zürich",
]
FAMILIES = ["Doe", "Müller", "van der Berg", "O'Neill", "Çelik", "Łukasik"]
KINDS = ["article", "book", "techreport", "phdthesis", "misc", "inproceedings"]


def _titles(draw: random.Random) -> list[str]:
    return [f"The {' '.join(draw.sample(NOUNS, 4))} No. {number}" for number in range(COUNT)]


def bibtex(seed: int = 1) -> str:
    draw, entries = random.Random(seed), []
    for number, title in enumerate(_titles(draw)):
        kind = draw.choice(KINDS)
        authors = " and ".join(
            f"{draw.choice(FAMILIES)}, Ada {letter}." for letter in draw.sample("ABCDE", 2)
        )
        where = {"article": "journal", "inproceedings": "booktitle"}.get(kind, "publisher")
        entries.append(
            f"@{kind}{{key{number},\n  title = {{{title} with {{CERN}} \\& more}},\n  author = {{{authors}}},\n"
            f"  year = {{{draw.randint(1950, 2024)}}},\n  {where} = {{Annals of {draw.choice(NOUNS)}}},\n"
            f"  doi = {{10.1234/Test.{number}}},\n  my-own-field = {{kept {number}}},\n  note = {{50\\% done}}\n}}\n"
        )
    return "\n".join(entries)


def ris(seed: int = 2) -> str:
    draw = random.Random(seed)
    return "\n".join(
        f"TY  - {draw.choice(['JOUR', 'BOOK', 'RPRT'])}\nID  - key{number}\nTI  - {title}\nAU  - {draw.choice(FAMILIES)}, Ada\n"
        f"AU  - {draw.choice(FAMILIES)}, Bo\nPY  - {draw.randint(1950, 2024)}\nDO  - 10.1234/Test.{number}\nKW  - one\n"
        f"KW  - two\nC7  - kept {number}\nER  - \n"
        for number, title in enumerate(_titles(draw))
    )


def csljson(seed: int = 3) -> str:
    draw = random.Random(seed)
    return json.dumps(
        [
            {
                "id": f"key{number}",
                "type": draw.choice(["article-journal", "book", "report"]),
                "title": title,
                "author": [{"family": draw.choice(FAMILIES), "given": "Ada"}],
                "issued": {"date-parts": [[draw.randint(1950, 2024), 5]]},
                "DOI": f"10.1234/Test.{number}",
                "custom": {"kept": number},
            }
            for number, title in enumerate(_titles(draw))
        ]
    )


def _bibtex_entries(text: str) -> list[Any]:
    found = bibtexparser.parse_string(text)
    assert not found.failed_blocks
    return [
        (entry.entry_type, entry.key, {field.key: field.value for field in entry.fields})
        for entry in found.entries
    ]


FORMATS: list[tuple[Format, str, str, Any]] = [
    ("bibtex", "refs.bib", bibtex(), _bibtex_entries),
    ("ris", "refs.ris", ris(), rispy.loads),
    ("csljson", "refs.json", csljson(), json.loads),
]


@pytest.mark.parametrize(("format", "name", "text", "parsed"), FORMATS, ids=[row[0] for row in FORMATS])
def test_a_bibliography_goes_out_as_it_came_in(
    tmp_path: Path, format: Format, name: str, text: str, parsed: Any
) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    with Library.open(tmp_path / "library") as library:
        report = library.add(tmp_path / name)
        assert (len(report.added), report.failed, report.skipped) == (COUNT, [], [])
    # Opened anew, so that it is what was stored that goes out.
    with Library.open(tmp_path / "library") as library:
        assert len(parsed(text)) == COUNT
        assert parsed(library.export(format)) == parsed(text)


@pytest.mark.parametrize(("format", "name", "text", "parsed"), FORMATS, ids=[row[0] for row in FORMATS])
def test_an_edited_field_wins_and_the_rest_stays(
    tmp_path: Path, format: Format, name: str, text: str, parsed: Any
) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    with Library.open(tmp_path / "library") as library:
        library.add(tmp_path / name)
        library.edit("key7", title="Oysters of the Bay", DOI="10.9999/New")
        (out,) = parsed(library.export(format, ["key7"]))
        (before,) = [one for one in parsed(text) if _key(one) == "key7"]
        assert "Oysters of the Bay" in str(out).replace("{", "").replace("}", "")
        assert "10.9999/New" in str(out)
        assert "10.1234/Test.7" not in str(out)
        assert "kept" in str(out)
        assert str(out).count("kept") == str(before).count("kept")
        others = [one for one in parsed(library.export(format)) if _key(one) != "key7"]
        assert others == [one for one in parsed(text) if _key(one) != "key7"]


def _key(entry: Any) -> str:
    if isinstance(entry, tuple):
        return str(entry[1])
    return str(entry["id"])


def test_records_chosen_by_key_go_out_alone_and_an_unknown_one_is_named(tmp_path: Path) -> None:
    (tmp_path / "refs.bib").write_text(bibtex(), encoding="utf-8")
    with Library.open(tmp_path / "library") as library:
        library.add(tmp_path / "refs.bib")
        assert [one[1] for one in _bibtex_entries(library.export("bibtex", ["key9", "key2"]))] == [
            "key9",
            "key2",
        ]
        with pytest.raises(UnknownSource, match="the library has no source 'key9999'"):
            library.export("bibtex", ["key9", "key9999"])
