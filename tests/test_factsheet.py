"""The fact-check sheet of somebody's text and of a draft, and the command that writes it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from click.testing import CliRunner, Result
from docx import Document
from test_export import HOSTILE, RENDERED, SENTENCES, cite, printed, sample

from assistant import Assistant, Settings, export
from assistant.answer import Citation, Finding, OverClaim, PassageView, Sentence
from assistant.checking import TextCheck, check_text
from assistant.errors import ExportError
from assistant.export import checker_error_rates, export_sheet, fact_check_sheet, text_sheet
from knowledge import Library
from knowledge.web import Fetched
from ui import cli, workbench

TEXT = """# A hub for Europe

CERN was founded in 1951 by twelve states [@ruland2025alliance]. Slovenia’s associate fee was about CHF 2.2 million in
2023. The centre will create 3,417 jobs [@nokey2020]. We ask the Council to act now, since there is no alternative.
"""
RATE = {"n": 200, "passed": 3, "rate": 0.015, "low": 0.005, "high": 0.043}
RATES = {
    "measured_on": "claims nobody tuned on",
    "strict": {"kinds": {"wrong_year": {**RATE, "n": 211}}, "faithful": {**RATE, "n": 105}},
    "advisory": {"kinds": {"wrong_year": RATE, "swapped_roles": RATE}, "faithful": {"reworded": RATE}},
}


@pytest.fixture(scope="module")
def checked(library: Library) -> TextCheck:
    return check_text(TEXT, library, title="A hub for Europe")


def section(sheet: str, name: str) -> str:
    return sheet.split(f"## {name}\n")[1].split("\n## ")[0]


def test_the_sheet_counts_in_words_and_says_what_the_words_mean(checked: TextCheck) -> None:
    top = text_sheet(checked).split("## Before print")[0]
    assert top.startswith("# Fact-check sheet: A hub for Europe\n")
    assert f"Checked on {checked.checked_on} against the library." in top
    for row in ("factual sentences | 3", "… borne out | 1", "… contradicted | 1", "… not found | 1", "over-claims | 2"):  # fmt: skip
        assert f"| {row} |" in top
    assert "which does not make it false" in top


def test_what_must_be_settled_stands_first_the_contradicted_before_the_rest(checked: TextCheck) -> None:
    lines = re.findall(r"^- \[ \] (.+)$", section(text_sheet(checked), "Before print"), flags=re.MULTILINE)
    assert "nokey2020" in lines[0]
    assert lines[1].startswith("**Sentence 2, contradicted**")
    assert lines[2].startswith("**Sentence 4, not found**")
    assert lines[-1] == "**Says more than can be known**: sentences 4, 5"


def test_each_sentence_has_its_finding_passage_and_sober_wording(checked: TextCheck) -> None:
    sheet = text_sheet(checked)
    heads = re.findall(r"^### (.+)$", sheet, flags=re.MULTILINE)
    assert heads == ["2. Contradicted", "3. Borne out", "4. Not found"]
    assert "STA 2024" in sheet and "it bears it out alone" in sheet
    assert "**Against it:**" in sheet and "it does not bear it out" in sheet
    assert "“will create 3,417 jobs” is a forecast told as a fact; write “could create 3,417 jobs”" in sheet
    assert "press or other third party without review" in section(sheet, "Sources")
    assert "as of 2024" in section(sheet, "Sources")


def test_words_not_borne_out_better_passages_and_originals_are_printed() -> None:
    cited = Citation(passage_id="p1", source_id="s1", quote="It says this.", support="with_others", score=0.5)
    other = Citation(passage_id="p2", source_id="s2", quote="It says more.")
    sentence = Sentence(
        text="It was so in 1999.",
        kind="fact",
        citations=[cited],
        better=[other],
        finding=Finding(
            verdict="partly", score=0.5, outcome="unclear", wrong=["1999"], reason="the year is new"
        ),
        over_claims=[OverClaim(words="so", why="a test", sober="", start=7, end=9)],
    )
    view = {"rank": 1, "score": 1.0, "title": "Minutes", "text": "It says this.", "page": 7}
    check = TextCheck(
        sentences=[sentence],
        counts={},
        passages=[
            PassageView(
                passage_id="p1", source_id="s1", needs_original=True, confidence="low", as_of="2021", **view
            )
        ],
    )
    sheet = text_sheet(check)
    for part in (
        "### 1. Unclear",
        "**Not borne out:** “1999”",
        "Minutes, page 7; it bears it out together with others",
        "**Better:** s2: “It says more.”",
        "“so” is a test; leave it out",
        "confidence low, as of 2021; **original not yet opened**",
        "**Open the original; confidence only low**: Minutes, page 7 (sentence 1)",
    ):
        assert part in sheet


def test_error_rates_are_told_as_measured(checked: TextCheck, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "checker_error_rates", lambda: None)
    assert "How far to trust" not in text_sheet(checked)
    monkeypatch.setattr(export, "checker_error_rates", lambda: RATES)
    trust = text_sheet(checked).split("## How far to trust this check\n")[1]
    assert "claims nobody tuned on" in trust
    assert "- Of 200 false claims (wrong year) 3 passed: 1.5 % (95 % interval 0.5 to 4.3 %)." in trust
    assert "false claims (swapped roles)" in trust and "- Of 200 true claims (reworded) 3 passed" in trust
    draft = fact_check_sheet(sample())
    assert "- Of 211 false claims (wrong year)" in draft and "- Of 105 true claims 3 passed" in draft


def test_the_shipped_rates_if_any_have_the_format_that_the_sheet_reads(checked: TextCheck) -> None:
    rates = checker_error_rates()
    if rates is None:
        assert "How far to trust" not in text_sheet(checked)
    else:
        assert rates["measured_on"] and "How far to trust" in text_sheet(checked)


@pytest.mark.parametrize("suffix", RENDERED)
def test_hostile_text_stays_text_in_the_sheet_of_every_format(suffix: str, tmp_path: Path) -> None:
    sentences = [Sentence(text=text, kind="fact" if n % 2 else "opinion") for n, text in enumerate(HOSTILE)]
    check = TextCheck(
        sentences=sentences, counts={}, title=HOSTILE[7], against=[HOSTILE[5]], unknown_keys=["a`b<i>"]
    )
    path = export_sheet(check, tmp_path / f"sheet{suffix}")
    bare = re.sub(r"\s", "", printed(path).replace("\ufffe", "-"))
    for hostile in HOSTILE:
        assert re.sub(r"\s", "", hostile) in bare, hostile
    if suffix == ".html":
        assert "<script>" not in path.read_text() and "<i>" not in path.read_text()


def test_the_docx_has_a_title_a_table_and_quoted_sentences(checked: TextCheck, tmp_path: Path) -> None:
    document = Document(str(export_sheet(checked, tmp_path / "sheet.docx")))
    styles = [paragraph.style.name for paragraph in document.paragraphs if paragraph.style]
    assert styles[0] == "Title" and styles.count("Block Text") == 3
    cells = [cell.text for row in document.tables[0].rows for cell in row.cells]
    assert cells[:4] == ["what", "count", "factual sentences", "3"]


def test_a_sheet_that_cannot_be_written_says_why(checked: TextCheck, tmp_path: Path) -> None:
    with pytest.raises(ExportError, match=r"ending must be one of \.md"):
        export_sheet(checked, tmp_path / "sheet.rtf")
    with pytest.raises(ExportError, match="no sentence"):
        export_sheet(TextCheck(sentences=[], counts={}), tmp_path / "sheet.md")
    assert list(tmp_path.iterdir()) == []


def test_the_sheet_of_a_draft_tells_outcomes_edges_and_over_claims(tmp_path: Path) -> None:
    better = Citation(passage_id="kohler-789abc", source_id="kohler2025", quote="Several proposals")
    sentence = SENTENCES[2].model_copy(
        update={
            "citations": [cite("cfa01-1a2b3c", "ruland2025alliance").model_copy(update={"support": "no"})],
            "finding": Finding(verdict="unsupported", score=0.1, reason="no 5", outcome="contradicted"),
            "better": [better],
            "against": [better],
            "over_claims": [OverClaim(words="central", why="praise", sober="shared", start=0, end=7)],
        }
    )
    answer = sample(sentences=[sentence, *SENTENCES[3:]])
    sheet = fact_check_sheet(answer)
    assert "unsupported, 0.10 (contradicted); no 5" in sheet
    assert "; it does not bear it out" in sheet
    assert "**Better:** Kohler 2025" in sheet and "**Against it:** Kohler 2025" in sheet
    assert "a passage speaks against it" in sheet and "“central” is praise; write “shared”" in sheet
    path = export_sheet(answer, tmp_path / "draft.docx")
    assert "contradicted" in printed(path)


# --- the command ------------------------------------------------------------------------------------------


@pytest.fixture
def attache(library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Runs the command over the built-in library."""
    settings = Settings.load({}, home=tmp_path / "home")
    monkeypatch.setattr(workbench, "open_assistant", lambda *_: Assistant(library, settings=settings))

    def run(*args: object, stdin: str | None = None) -> Result:
        return CliRunner().invoke(cli.main, [str(arg) for arg in args], input=stdin)

    return run


@pytest.mark.parametrize("suffix", [".txt", ".md", ".docx", ".odt", ".html", ".pdf"])
def test_a_text_of_every_kind_is_checked(attache: Any, suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"oped{suffix}"
    if suffix in (".txt", ".md"):
        path.write_text(TEXT, encoding="utf-8")
    else:
        sentences = [
            Sentence(text="CERN was founded in 1951 by twelve states.", kind="fact"),
            Sentence(text="The centre will create 3,417 jobs.", kind="fact"),
        ]
        export.export(sample(sentences=sentences, references=[], passages=[]), path)
    data = json.loads(attache("check", path, "--json").stdout)
    assert set(data) >= {"schema_version", "sentences", "counts", "balance", "label", "outcomes", "files"}
    by_text = {one["text"]: one for one in data["sentences"]}
    founded = next(one for text, one in by_text.items() if text.startswith("CERN was founded"))
    jobs = next(one for text, one in by_text.items() if text.startswith("The centre will"))
    assert founded["finding"]["outcome"] == "contradicted"
    assert jobs["over_claims"][0]["sober"] == "could create 3,417 jobs"
    assert data["counts"]["unsupported"] >= 2


def test_a_pasted_text_and_an_address_are_checked(attache: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    done = attache("check", "-", stdin="The centre will create 3,417 jobs.")
    assert done.exit_code == 0
    assert "1. [NOT FOUND] The centre will create 3,417 jobs." in done.stdout
    assert "write “could create 3,417 jobs”" in " ".join(done.stdout.split())
    assert "1 factual sentence of 1: 1 not found. 1 over-claim." in done.stdout
    page = b"<html><body><article><h1>News</h1><p>The centre will create 3,417 jobs in the region, said nobody at all. " + b"It opens in 2031 with two hundred staff and a telescope. " * 5 + b"</p></article></body></html>"  # fmt: skip
    answer = Fetched(url="https://example.org/news", data=page, media_type="text/html")
    monkeypatch.setattr("knowledge.web.fetch", lambda _: answer)
    data = json.loads(attache("check", "https://example.org/news", "--json").stdout)
    assert any("two hundred staff" in one["text"] for one in data["sentences"])


def test_an_empty_or_missing_text_is_one_sentence(attache: Any, tmp_path: Path) -> None:
    for args, said in ((["-"], "is empty"), ([tmp_path / "none.md"], "there is no file")):
        done = attache("check", *args, stdin="")
        assert done.exit_code == 1 and said in done.stderr.splitlines()[-1]


def test_the_sheet_is_written_and_named(attache: Any, tmp_path: Path) -> None:
    (tmp_path / "oped.md").write_text(TEXT, encoding="utf-8")
    sheet = tmp_path / "sheet.docx"
    done = attache("check", tmp_path / "oped.md", "--sheet", sheet)
    assert done.exit_code == 0 and done.stdout.strip() == str(sheet)
    assert "Fact-check sheet: A hub for Europe" in printed(sheet)
    (tmp_path / "given.md").write_text("# Minutes\n\nThe centre opens in 2031.\n", encoding="utf-8")
    done = attache(
        "check", tmp_path / "oped.md", "--against", tmp_path / "given.md", "--sheet", sheet, "--json"
    )
    assert json.loads(done.stdout)["files"] == [str(sheet)]
    assert "against “Minutes”" in printed(sheet)


def test_headings_of_a_printed_sheet_are_smaller_level_by_level(checked: TextCheck, tmp_path: Path) -> None:
    path = export_sheet(checked, tmp_path / "sheet.pdf")
    sizes = []
    with pypdfium2.PdfDocument(path) as pdf:
        page = pdf[0].get_textpage()
        text = page.get_text_range()
        for heading in ("Fact-check sheet", "Before print", "Contradicted", "Checked on"):
            at = text.index(heading) if heading != "Contradicted" else text.index("2. Contradicted")
            sizes.append(pypdfium2.raw.FPDFText_GetFontSize(page, at))
    assert sizes[0] > sizes[1] > sizes[2] > sizes[3]
