from __future__ import annotations

import json
import random
import re
from pathlib import Path
from typing import Any

import pypandoc
import pytest
from bibtexparser import model
from bibtexparser.splitter import Splitter

from knowledge import dossier
from knowledge.bibliography import Format, clean_key, read_records, recognise, write_records
from knowledge.references import Name, Reference

FORMATS: tuple[Format, ...] = ("bibtex", "ris", "csljson")
DOSSIER = tuple(dossier.load().references)


def read_one(text: str, format: Format) -> Reference:
    records = read_records(text.encode(), format)
    assert not records.failed
    return records.references[0]


# What strangers see: each format read without our code.


def bibtex_entries(text: str) -> list[tuple[str, str, list[tuple[str, str]]]]:
    library = Splitter(text).split()
    entries = [getattr(block, "ignore_error_block", block) for block in library.blocks]
    return [
        (re.findall(r"@(\w+)", entry.raw)[0], entry.key, [(field.key, field.value) for field in entry.fields])
        for entry in entries
        if isinstance(entry, model.Entry)
    ]


def ris_lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.splitlines() if line.strip()]


def content(text: str, format: Format) -> Any:
    if format == "csljson":
        return json.loads(text)
    return bibtex_entries(text) if format == "bibtex" else ris_lines(text)


# Awkward records, made by a seed.

WORDS = (
    "Diplomacy", "science", "{DNA}", "für", r"Universit{\"a}t", r"Erd\H{o}s", r"{\L}{\'o}d{\'z}", "R\\&D", "CERN",
    "50\\%", "“EU”", "l’Europe", "北京", "Ελλάδα", "co-operation", "$\\alpha$-decay", "{\\textless}i{\\textgreater}",
    "a = b", "(1954)", "one, two", "É", "C\\#", "e.g.,", "‐", "🙂", "AT\\_T", "100 @ {home}", "``quoted''", "--",
)  # fmt: skip
PLAIN = (
    *(word for word in WORDS if not re.search(r"[{}\\$`]", word)), "<i>E. coli</i>", "{x}", "\\n", "a_b", '"q"'
)  # fmt: skip
NAMES = (
    "van der Berg, Jan", "{European Commission}", "Rüland, Anna-Lena", r"Erd\H{o}s, Paul", "King, Jr., Martin Luther",
    "Ludwig van Beethoven", "{Barnes and Noble}", "Plato", "de la Cruz, Juana In{\\'e}s", "others",
)  # fmt: skip
MONTHS = ("jan", "{February}", '"mar"', "{4}", '"1~" # may', "dec")


def phrase(dice: random.Random, words: tuple[str, ...], most: int = 8) -> str:
    return " ".join(dice.choices(words, k=dice.randint(1, most)))


def awkward_bibtex(dice: random.Random, number: int) -> str:
    kind = dice.choice(
        ("article", "Book", "INPROCEEDINGS", "techreport", "phdthesis", "misc", "online", "weird")
    )
    fields = [
        ("title", f"{{{phrase(dice, WORDS)}}}"),
        ("author", f"{{{' and '.join(dice.sample(NAMES[:-1], dice.randint(1, 4)))}}}"),
        ("Year", dice.choice(("2020", "{1999}", '"2001"', "{in press}"))),
        ("month", dice.choice(MONTHS)),
        ("journal", '"' + phrase(dice, WORDS[:6]).replace('\\"a', "ä") + '"'),
        ("pages", dice.choice(("{12--15}", "{e1}", "{3-4, 7}"))),
        ("doi", dice.choice(("{10.1000/a_b(c)<d>}", "{https://doi.org/10.1000/XYZ}", "{}"))),
        ("url", "{https://example.org/~me/a_b?x=1&y=%20#z}"),
        ("file", r"{Full Text:C\:\\a b\\x.pdf:application/pdf;Snap:y.html:text/html}"),
        ("x-unknown", f"{{{phrase(dice, WORDS)}}}"),
        ("note", f"{{{phrase(dice, WORDS, 30)}\n\n{phrase(dice, WORDS)}}}"),
        ("abstract", f"{{{phrase(dice, WORDS, 60)}}}"),
        ("keywords", "{a, b {C}, d}"),
        ("note", "{a second note}"),
        ("crossref", f"{{key:{dice.randint(0, 9)}}}"),
    ]
    chosen = fields[:1] + dice.sample(fields[1:], dice.randint(0, len(fields) - 1))
    body = ",\n".join(f"  {tag} = {value}" for tag, value in chosen)
    return f"@{kind}{{key:{number},\n{body}{dice.choice(('', ','))}\n}}\n\n"


def awkward_ris(dice: random.Random, number: int) -> str:
    lines = [
        f"TI  - {phrase(dice, PLAIN)}", "AU  - van der Berg, Jan", "AU  - European Commission",
        "A2  - King, Martin, Jr.", "PY  - 2020///", "DA  - 2020/05/06/Spring", "T2  - " + phrase(dice, PLAIN),
        "JO  - Abbr. J.", "SP  - 12", "EP  - 15", "SN  - 1234-5678", "SN  - 978-3-16-148410-0",
        "UR  - https://a.org/x;y=1", "UR  - https://b.org", "DO  - https://doi.org/10.1000/A_b", "KW  - one, two",
        "KW  - three", "N1  - <p>a note</p>", "N1  - another", "L1  - internal-pdf://x.pdf", "U1  - mine",
        f"AB  - {phrase(dice, PLAIN, 50)}\n{phrase(dice, PLAIN)}", "ZZ  - unknown", "M3  - Policy brief", "LA  - en",
        "C1  - ", f"ID  - key{number}",
    ]  # fmt: skip
    chosen = dice.sample(lines, dice.randint(1, len(lines)))
    return "\n".join(
        [f"TY  - {dice.choice(('JOUR', 'RPRT', 'BOOK', 'ELEC', 'XXXX'))}", *chosen, "ER  - ", "", ""]
    )


def awkward_csl(dice: random.Random, number: int) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "author": [{"family": "Berg", "given": "Jan", "non-dropping-particle": "van der"}, {"literal": "EU, DG RTD"}],
        "editor": [{"family": "La Fontaine", "given": "Jean", "dropping-particle": "de", "suffix": "Jr."}],
        "translator": [{"family": "X"}],
        "issued": dice.choice(
            ({"date-parts": [[2020, "5", 6], [2021]]}, {"raw": "2020-05"}, {"date-parts": [["1999"]], "season": 1})
        ),
        "page": "12-15", "volume": 3, "DOI": "10.1000/X", "note": "PMID: 1\nother: 2", "custom": {"a": [1, None]},
        "container-title": phrase(dice, PLAIN), "abstract": phrase(dice, PLAIN, 50), "x": {"nested": [1.5, True]},
        "keyword": "a,b", "URL": "https://example.org/a?b=c", "title-short": "T",
    }  # fmt: skip
    kind = dice.choice(("article-journal", "report", "webpage", "x-own"))
    chosen = dice.sample(list(fields), dice.randint(0, len(fields)))
    item = {"id": f"key{number}", "type": kind, "title": phrase(dice, PLAIN)}
    return item | {key: fields[key] for key in chosen}


def awkward_file(format: Format, count: int, seed: int = 7) -> str:
    dice = random.Random(seed)
    if format == "csljson":
        return json.dumps([awkward_csl(dice, number) for number in range(count)], ensure_ascii=False)
    make = awkward_bibtex if format == "bibtex" else awkward_ris
    return "".join(make(dice, number) for number in range(count))


@pytest.mark.parametrize("format", FORMATS)
def test_awkward_records_go_out_as_they_came(format: Format) -> None:
    text = awkward_file(format, 200)
    records = read_records(text.encode(), format)
    assert len(records.references) == 200 and not records.failed
    stored = [Reference.model_validate_json(reference.model_dump_json()) for reference in records.references]
    assert content(write_records(stored, format), format) == content(text, format)


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("other", FORMATS)
def test_awkward_records_keep_their_fields_in_another_format(format: Format, other: Format) -> None:
    first = read_records(awkward_file(format, 200).encode(), format).references
    written = write_records([reference.model_copy(update={"raw": None}) for reference in first], other)
    second = read_records(written.encode(), other)
    assert not second.failed
    for before, after in zip(first, second.references, strict=True):
        assert after.title == before.title and after.author == before.author
        assert (after.issued, after.DOI, after.volume) == (before.issued, before.DOI, before.volume)
        assert after.keywords == before.keywords


@pytest.mark.parametrize("format", FORMATS)
def test_records_of_the_dossier_come_back_equal(format: Format) -> None:
    text = write_records(DOSSIER, format)
    assert recognise(text.encode(), ".txt") == format
    again = read_records(text.encode(), format)
    assert [reference.csl() for reference in again.references] == [reference.csl() for reference in DOSSIER]
    assert not again.failed and not again.notes


@pytest.mark.parametrize("format", FORMATS)
def test_pandoc_reads_what_is_written(format: Format, tmp_path: Path) -> None:
    awkward = [
        r for f in FORMATS for r in read_records(awkward_file(f, 20, seed=len(f)).encode(), f).references
    ]
    made = [r.model_copy(update={"raw": None, "id": f"r{n}"}) for n, r in enumerate(awkward)]
    path = tmp_path / "out"
    path.write_text(write_records([*made, *DOSSIER], format), encoding="utf-8")
    items = json.loads(pypandoc.convert_file(str(path), "csljson", format=format))
    by_id = {item["id"]: item for item in items}
    assert list(by_id) == [reference.id for reference in [*made, *DOSSIER]]
    for reference in DOSSIER:
        item = by_id[reference.id]
        assert plain(item["title"]) == plain(reference.title)
        # pandoc gives particles fields of their own.
        assert [name.get("family") or name.get("literal") for name in item.get("author", [])] == [
            name.family.split()[-1] if name.family[:1].islower() else name.family or name.literal
            for name in reference.author
        ] or format == "ris"
        assert item.get("DOI", "") == reference.DOI


def plain(title: str) -> str:
    """Without what pandoc writes in its own way: quotation marks, dots, spans."""
    return re.sub(r"[“”‘’\"'…. ]", "", re.sub(r"</?span[^>]*>", "", title))


def test_bibtex_fields_become_ours() -> None:
    reference = read_one(
        r"""@string{nat = "Nature {\&} Science"}
        @Article{ruland:2025, title = {The {CERN} of {\L}{\'o}d{\'z}: 50\% more -- or less?}, subtitle={A tale},
          author = {van der Berg, Jan and {European Commission} and King, Jr., Martin and Anna-Lena R{\"u}land
                    and others},
          journal = nat, year = 2020, month = may # "~6", pages = {12--15}, number = {3}, volume=7,
          doi = {https://doi.org/10.1000/A\_b}, url = {https://x.org/~me/a\_b}, issn = {1234-5678},
          langid = {ngerman}, keywords = {R\&D; peace, war}, abstract = {One.

          Two.}, note = {Read it}, urldate = {2024-01-02}}""",
        "bibtex",
    )
    assert reference.id == "ruland:2025"
    assert reference.type == "article-journal"
    assert reference.title == "The CERN of Łódź: 50% more – or less?: A tale"
    assert reference.author == (
        Name(family="van der Berg", given="Jan"),
        Name(literal="European Commission"),
        Name(family="King", given="Martin", suffix="Jr."),
        Name(family="Rüland", given="Anna-Lena"),
        Name(family="others"),
    )
    assert reference.container_title == "Nature & Science"
    assert (reference.issued, reference.page, reference.issue) == ("2020-05-06", "12–15", "3")
    assert (reference.DOI, reference.URL) == ("10.1000/A_b", "https://x.org/~me/a_b")
    assert (reference.language, reference.keywords) == ("de", ("R&D", "peace, war"))
    assert (reference.abstract, reference.note, reference.accessed) == (
        "One.\n\nTwo.",
        "Read it",
        "2024-01-02",
    )


@pytest.mark.parametrize(
    ("entry", "kind", "date"),
    [
        ("@inproceedings{a, title={T}, date={2020-05-06/2020-05-09}}", "paper-conference", "2020-05-06"),
        ("@incollection{a, title={T}, year={c. 1999}}", "chapter", "1999"),
        ("@phdthesis{a, title={T}, year={2001}, month={7}}", "thesis", "2001-07"),
        ("@misc{a, title={T}, url={https://x.org}, year={forthcoming}}", "webpage", None),
        ("@misc{a, title={T}, date={2020-23}}", "document", "2020"),
        (
            "@article{a, title={T}, entrysubtype={newspaper}, year=2020, month=dec}",
            "article-newspaper",
            "2020-12",
        ),
        ("@nonsense(a, title={T})", "document", None),
    ],
)
def test_bibtex_types_and_dates(entry: str, kind: str, date: str | None) -> None:
    reference = read_one(entry, "bibtex")
    assert (reference.type, reference.issued) == (kind, date)


def test_a_child_takes_from_its_crossref_and_writes_it_only_without_its_parent() -> None:
    text = (
        "@incollection{kid, title={A chapter}, crossref={Mother}}\n"
        "@book{mother, title={The book}, year=1999, publisher={P}, isbn={9783161484100}}"
    )
    kid, mother = read_records(text.encode(), "bibtex").references
    assert (kid.title, kid.container_title, kid.issued) == ("A chapter", "The book", "1999")
    assert write_records([kid, mother], "bibtex").count("The book") == 1
    assert "booktitle = {The book}" in write_records([kid], "bibtex")
    assert "The book" in write_records([kid], "csljson")


def test_ris_fields_become_ours() -> None:
    reference = read_one(
        "Provider: somebody\n\nTY  - RPRT\r\nAU  - van der Berg, Jan, Jr.\r\nAU  - European Commission\r\n"
        "TI  - A report\r\n that goes on\r\nDA  - 2020/05/06/\r\nPY  - 2020\r\nPB  - EU\r\nCY  - Brussels\r\n"
        "SN  - COM(2020) 1\r\nSP  - 320\r\nDO  - doi:10.1000/x\r\nKW  - a; b\r\nKW  - c\r\nN2  - Short.\r\n"
        "ID  - 42\r\nER  -\r\n",
        "ris",
    )
    assert reference.id == "van-report-that-goes-2020"
    assert (reference.type, reference.title) == ("report", "A report that goes on")
    assert reference.author == (
        Name(family="van der Berg", given="Jan", suffix="Jr."),
        Name(literal="European Commission"),
    )
    assert (reference.issued, reference.number, reference.DOI) == ("2020-05-06", "COM(2020) 1", "10.1000/x")
    # SP alone counts the pages of a report.
    assert (reference.page, reference.keywords, reference.abstract) == ("", ("a", "b", "c"), "Short.")


def test_csl_fields_become_ours() -> None:
    item = {
        "id": "http://zotero.org/users/1/items/ABC", "type": "article-journal", "title": "Some  title",
        "author": [{"family": "Berg", "given": "Jan", "non-dropping-particle": "van", "suffix": "Jr."}, {"literal": "EU"}],
        "issued": {"date-parts": [["2020", 5]]}, "page": "12-15", "volume": 7, "DOI": "https://doi.org/10.1000/x",
        "keyword": "a, b", "custom": {"interest": "rival"},
    }  # fmt: skip
    reference = read_one(json.dumps({"items": [item]}), "csljson")
    assert reference.id == "van-some-title-2020"
    assert reference.author == (Name(family="van Berg", given="Jan", suffix="Jr."), Name(literal="EU"))
    assert (reference.issued, reference.page, reference.volume) == ("2020-05", "12–15", "7")
    assert (reference.DOI, reference.keywords, reference.interest) == ("10.1000/x", ("a", "b"), "rival")


BROKEN = {
    "bibtex": "@article{one, title={A first one}}\n@article{two, title={never closed\n\n@book{three, title={A third}}",
    "ris": "TY  - JOUR\nTI  - A first one\nER  - \nTI  - lost\nER  - \nTY  - BOOK\nTI  - A third\nER  - \n",
    "csljson": '[{"id":"one","type":"book","title":"A first one"},\n{"id":"two","title":,"author":[{"family":"X"}]},\n'
    '{"id":"three","type":"book","title":"A third"}]',
}
WHERE = {"bibtex": "two (line 2)", "ris": "line 4", "csljson": "line 2"}


@pytest.mark.parametrize("format", FORMATS)
def test_a_broken_record_is_named_and_the_others_come(format: Format) -> None:
    records = read_records(BROKEN[format].encode(), format)
    assert [reference.title for reference in records.references] == ["A first one", "A third"]
    assert records.failed[0][0] == WHERE[format]


def test_a_ris_file_that_was_cut_off_says_so() -> None:
    records = read_records(b"TY  - JOUR\nTI  - One two three\nTY  - BOOK\nTI  - Four", "ris")
    assert [reference.title for reference in records.references] == ["One two three", "Four"]
    assert "before line 3" in records.notes[0] and "cut off" in records.notes[1]


def test_two_records_with_one_key_both_come_and_go_out_as_they_came() -> None:
    text = "@book{a, title={One}}\n@book{a, title={Two}}\n@book{a-2, title={Three}}\n@book{a b, title={Four}}"
    records = read_records(text.encode(), "bibtex")
    assert [reference.id for reference in records.references] == ["a", "a-2", "a-2-2", "a-b"]
    assert len(records.notes) == 3
    keys = [key for _, key, _ in bibtex_entries(write_records(records.references, "bibtex"))]
    assert keys == ["a", "a", "a-2", "a b"]
    keys = [key for _, key, _ in bibtex_entries(write_records(records.references, "bibtex", own_ids=True))]
    assert keys == ["a", "a-2", "a-2-2", "a-b"]


@pytest.mark.parametrize("format", FORMATS)
def test_an_edited_field_wins_and_the_rest_stays(format: Format) -> None:
    for reference in read_records(awkward_file(format, 40).encode(), format).references:
        edits = {"title": "Another: title", "interest": "auditor", "issued": "2024-03-02", "volume": ""}
        edited = reference.model_copy(update=edits)
        text = write_records([edited], format)
        (again,) = read_records(text.encode(), format).references
        assert (again.title, again.interest, again.issued, again.volume) == (*edits.values(),)
        assert again.author == reference.author and again.abstract == reference.abstract
        for kept in ("x-unknown", '"x":', "ZZ  -", "internal-pdf", "{a second note}", "U1  - mine"):
            assert (kept in text) == (kept in write_records([reference], format))


def test_an_edit_keeps_the_tag_that_the_record_had() -> None:
    reference = read_one("@article{a, title={T}, journaltitle={Old}, note={n}, file={x}}", "bibtex")
    text = write_records([reference.model_copy(update={"container_title": "New", "note": "m"})], "bibtex")
    assert bibtex_entries(text)[0][2] == [
        ("title", "{T}"), ("journaltitle", "{New}"), ("note", "{m}"), ("file", "{x}"),
    ]  # fmt: skip


def test_a_guessed_interest_is_no_edit() -> None:
    text = "@article{a,\n\ttitle = {T}\n}\n"
    reference = read_one(text, "bibtex").model_copy(update={"interest": "press", "guessed": ("interest",)})
    assert write_records([reference], "bibtex") == text


def test_a_record_without_a_title_says_that_its_title_was_guessed() -> None:
    reference = read_one("@misc{key, howpublished={x}}", "bibtex")
    assert (reference.title, reference.guessed) == ("key", ("title",))
    assert "title" not in write_records([reference], "bibtex")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_encodings(encoding: str) -> None:
    data = "TY  - JOUR\r\nTI  - Über Łódź’s “Größe”\r\nER  - é".replace("Łódź", "Lodz").encode(encoding)
    assert recognise(data, ".txt") == "ris"
    assert read_records(data, "ris").references[0].title == "Über Lodz’s “Größe”"


BIBTEX_IN_PROSE = "# A tool\n\nPlease cite:\n\n@article{a, title={T}}\n"


@pytest.mark.parametrize(
    ("text", "suffix", "format"),
    [
        ("% made by hand\n\n@Book{a, title={T}}", ".txt", "bibtex"),
        ("Some words first\n@Book{a, title={T}}", ".bib", "bibtex"),
        ("\n1.\nTY  - JOUR\nTI  - T\nER  - \n", ".txt", "ris"),
        ('[{"id": 1, "type": "book", "title": "T"}]', ".json", "csljson"),
        ('{"items": [{"id": "a", "type": "report", "title": "T"}]}', ".txt", "csljson"),
        (BROKEN["csljson"], ".json", "csljson"),
        (BIBTEX_IN_PROSE, ".md", None),
        ("How RIS looks:\n" * 9 + "TY  - JOUR\nTI  - T\nER  - \n", ".txt", None),
        ('{"type": "FeatureCollection", "features": [{"type": "Feature"}]}', ".json", None),
        ('[{"name": "x"}]', ".json", None),
        ("[1, 2]", ".json", None),
        ("[]", ".json", None),
        ("{ broken", ".json", None),
        ("@mention someone, please", ".txt", None),
        ("", ".bib", None),
    ],
)
def test_a_bibliography_is_recognised_by_content(text: str, suffix: str, format: Format | None) -> None:
    assert recognise(text.encode(), suffix) == format


@pytest.mark.parametrize("format", FORMATS)
def test_nothing_is_written_for_nothing_and_read_from_it(format: Format) -> None:
    assert read_records(write_records([], format).encode(), format).references == ()


@pytest.mark.parametrize("format", FORMATS)
def test_a_new_id_goes_out(format: Format) -> None:
    reference = read_records(awkward_file(format, 12).encode(), format).references[11]
    text = write_records([reference.model_copy(update={"id": "key1"})], format)
    assert read_records(text.encode(), format).references[0].id == "key1"


@pytest.mark.parametrize(
    ("key", "format", "id"),
    [
        ("smith:2020a+b", "bibtex", "smith:2020a+b"),
        ("müller_2020", "bibtex", "müller_2020"),
        ("a b", "bibtex", "a-b"),
        ("a--b::c.", "bibtex", "a-b:c"),
        ("1984", "bibtex", "1984"),
        ("1984", "ris", ""),
        (7, "csljson", ""),
        ("zotero/items/{AB, C}", "csljson", "zotero/items/AB-C"),
        ("http://zotero.org/items/A", "csljson", ""),
        ("{}", "bibtex", ""),
    ],
)
def test_a_key_becomes_one_that_a_text_can_cite(key: object, format: Format, id: str) -> None:
    assert clean_key(key, format) == id
    if id:
        cited = pypandoc.convert_text(f"[@{id}]", "json", format="markdown")
        assert json.loads(cited)["blocks"][0]["c"][0]["c"][0][0]["citationId"] == id


def test_items_in_lines_are_read() -> None:
    lines = '{"id": "a", "type": "book", "title": "A"}\n{"id": "b", "type": "book", "title": "B"}\n'
    records = read_records(lines.encode(), "csljson")
    assert [reference.id for reference in records.references] == ["a", "b"] and not records.failed
