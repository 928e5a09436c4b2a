"""Checking any text: the cited source first, unknown keys by name, given texts as wholes, and what stands beside a finding."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.answer import Finding
from assistant.checking import TextCheck, check_text, cited_keys, outcome_of
from knowledge import Library, SourceUnreadable
from knowledge.sources import read

CAIRNE = "The version promoted by CAIRNE combines a central hub with a network of research clusters"
FEE = "Slovenia’s associate fee was about CHF 2.2 million in 2023"


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("So it is [@one2020].", [("one2020", None)]),
        ("So it is [@one2020, p. 4].", [("one2020", range(4, 5))]),
        ("So [see @one2020, pp. 4-6; -@two_b:2021].", [("one2020", range(4, 7)), ("two_b:2021", None)]),
        ("So it is [@{odd key}, p. 12].", [("odd key", range(12, 13))]),
        ("Write to ada@example.org [or not].", []),
    ],
)
def test_citation_marks_are_read_with_their_pages(text: str, keys: list[tuple[str, range | None]]) -> None:
    assert cited_keys(text) == keys


@pytest.mark.parametrize(
    ("finding", "outcome"),
    [
        (Finding(verdict="supported", score=0.9), "supported"),
        (Finding(verdict="partly", score=0.5), "unclear"),
        (Finding(verdict="unsupported", score=0.1, reason="the year 1951 is not in the passage"), "contradicted"),
        (Finding(verdict="unsupported", score=0.1, reason="‘tea’ not in the passage"), "not_found"),
        (Finding(verdict="unsupported", score=0.1, outcome="not_found"), "not_found"),
        (Finding(verdict="not_checked"), ""),
    ],
)  # fmt: skip
def test_every_verdict_has_an_outcome(finding: Finding, outcome: str) -> None:
    assert outcome_of(finding) == outcome


def test_the_cited_source_answers_and_carries_its_edge(library: Library) -> None:
    (sentence,) = check_text(f"{CAIRNE} [@ruland2025alliance].", library).sentences
    assert sentence.finding.outcome == "supported"
    (citation,) = sentence.citations
    assert citation.source_id == "ruland2025alliance" and citation.passage_id.startswith("cfa01-")
    assert citation.support == "alone" and (citation.score or 0) > 0.65


def test_a_source_that_does_not_say_it_is_named_and_a_better_one_is_offered(library: Library) -> None:
    (sentence,) = check_text(f"{FEE} [@ruland2025alliance].", library).sentences
    assert sentence.finding.verdict == "unsupported"
    assert {(one.source_id, one.support) for one in sentence.citations} == {("ruland2025alliance", "no")}
    assert sentence.better[0].source_id == "sta2024" and sentence.better[0].support == "alone"


def test_an_unknown_key_is_named_and_the_library_asked_instead(library: Library) -> None:
    check = check_text(f"{FEE} [@nokey2020].", library)
    (sentence,) = check.sentences
    assert check.unknown_keys == ["nokey2020"]
    assert sentence.finding.reason.startswith("the source key ‘nokey2020’ is not in the library")
    assert sentence.finding.verdict == "supported" and sentence.citations[0].source_id == "sta2024"


def test_a_wrong_figure_is_contradicted_by_the_passage_that_knows(library: Library) -> None:
    (sentence,) = check_text(FEE.replace("2.2", "2.9") + ".", library).sentences
    assert sentence.finding.outcome == "contradicted" and sentence.finding.verdict == "unsupported"
    assert sentence.against[0].source_id == "sta2024" and sentence.citations == []


def test_what_no_passage_speaks_of_is_not_found_and_not_contradicted(library: Library) -> None:
    (sentence,) = check_text("The mayor of Zanzibar opened the Ritz in 1899.", library).sentences
    assert sentence.finding.outcome == "not_found" and sentence.finding.verdict == "unsupported"
    assert sentence.against == [] and "nothing in the library says so" in sentence.finding.reason


def test_counts_passages_and_references_belong_together(library: Library) -> None:
    text = f"{FEE}. {CAIRNE}. We ask the Council to act now. The mayor of Zanzibar opened the Ritz in 1899."
    check = check_text(text, library, title="A text")
    assert check.counts == {"supported": 2, "partly": 0, "unsupported": 1, "not_checked": 1}
    assert check.outcomes == {"supported": 2, "not_found": 1} and check.title == "A text"
    named = {c.passage_id for one in check.sentences for c in (*one.citations, *one.better, *one.against)}
    assert {passage.passage_id for passage in check.passages} == named
    assert {item["id"] for item in check.references} >= {"sta2024", "ruland2025alliance"}
    assert TextCheck.model_validate_json(check.model_dump_json()) == check


def test_a_whole_document_is_searched_for_the_place_that_says_it(library: Library) -> None:
    rest = " ".join(passage.text for passage in library.passages(kind="fact"))
    given = f"{rest} The observatory on Mount Gorm opened in 1931 with two telescopes. {rest}"
    seen: list[tuple[str, int, int]] = []
    check = check_text(
        "The observatory on Mount Gorm opened in 1931. The observatory on Mount Gorm opened in 1938.",
        library,
        [given],
        progress=lambda *told: seen.append(told),
    )
    right, wrong = check.sentences
    assert right.finding.verdict == "supported" and "Mount Gorm" in right.citations[0].quote
    assert len(right.citations[0].quote) < 1500 and wrong.finding.outcome == "contradicted"
    assert check.against == ["given text 1"]
    assert seen[-2:] == [("checking sentences", 0, 2), ("checking sentences", 1, 2)]


def test_given_files_keep_their_title_and_reference(library: Library, tmp_path: Path) -> None:
    path = tmp_path / "report.md"
    path.write_text(
        "# Report on the ring\n\nThe ring opened in 1931 with two telescopes.\n", encoding="utf-8"
    )
    check = check_text("The ring opened in 1931.", library, [read(path)])
    assert check.against == ["Report on the ring"]
    assert check.sentences[0].citations[0].source_id == check.references[0]["id"]
    with pytest.raises(SourceUnreadable, match="holds no text"):
        check_text("The ring opened in 1931.", library, [" "])


def test_pages_named_by_the_text_are_compared(tmp_path: Path) -> None:
    with Library.open(tmp_path / "own") as own:
        key = own.add(_pdf(tmp_path)).added[0].source_id
        right, wrong = check_text(
            f"The tunnel was dug in 1931 [@{key}, p. 2]. The tunnel was dug in 1931 [@{key}, p. 1].", own
        ).sentences
    assert right.finding.verdict == wrong.finding.verdict == "supported"
    assert "page" not in right.finding.reason
    assert "it stands on page 2, not on page 1" in wrong.finding.reason


def _pdf(folder: Path) -> Path:
    import typst

    source = folder / "tunnel.typ"
    source.write_text(
        "The fee of a member is paid in March of each year.\n#pagebreak()\nThe tunnel was dug in 1931 by forty workers."
    )
    typst.compile(str(source), output=str(folder / "tunnel.pdf"))
    return folder / "tunnel.pdf"


def test_a_record_without_a_text_says_how_to_add_it(tmp_path: Path) -> None:
    (tmp_path / "refs.bib").write_text("@article{ada2020, title={On rings}, author={Ada, A.}, year={2020}}")
    with Library.open(tmp_path / "own") as own:
        own.add(tmp_path / "refs.bib")
        (sentence,) = check_text("The ring opened in 1931 [@ada2020].", own).sentences
    assert "attache sources add FILE --as ada2020" in sentence.finding.reason
    assert sentence.finding.outcome == "not_found"


def test_over_claims_are_marked_in_every_kind_of_sentence(library: Library) -> None:
    check = check_text(
        "We must act, for there is no alternative. The centre will create 3,000 jobs.", library
    )
    assert [[one.words for one in sentence.over_claims] for sentence in check.sentences] == [
        ["no alternative"],
        ["will create 3,000 jobs"],
    ]


def test_the_built_in_wordings_are_borne_out(library: Library) -> None:
    """Our own reader-facing wordings, without their citation: the search must find their note again."""
    wordings = [fact.wording for fact in library.passages(kind="fact")[::10] if fact.wording]
    checks = [check_text(wording, library) for wording in wordings]
    good = sum(check.counts["unsupported"] == 0 for check in checks)
    assert good >= 0.96 * len(wordings)
    assert not any(sentence.against for check in checks for sentence in check.sentences)
