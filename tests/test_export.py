"""Export: what is printed in every format, what never is, and the sheet a fact-checker works from."""

from __future__ import annotations

import json
import re
import subprocess
import zipfile
from html import unescape
from itertools import pairwise
from pathlib import Path
from typing import Any

import pypandoc
import pypdfium2
import pytest
from docx import Document

from assistant.answer import Answer, Citation, Finding, PassageView, Sentence
from assistant.errors import ExportError
from assistant.export import FORMATS, body_markdown, export, fact_check_sheet, markdown

RULAND = "ruland2025alliance"
KOHLER = "kohler2025"
VISION = "claire2018vision"

REFERENCES: list[dict[str, Any]] = [
    {
        "id": RULAND,
        "type": "webpage",
        "title": "How to lobby for large international science projects: Key lessons from CERN for AI",
        "author": [{"family": "Rüland", "given": "Anna-Lena"}],
        "container-title": "News",
        "publisher": "EU Science Diplomacy Alliance",
        "issued": {"date-parts": [[2025]]},
        "URL": "https://science-diplomacy.eu/news/how-to-lobby-for-large-international-science-projects-key-lessons-from-cern-for-ai",
    },
    {
        "id": KOHLER,
        "type": "post-weblog",
        "title": "CERN for AI: One Analogy, Many Visions",
        "author": [{"family": "Kohler", "given": "Kevin"}],
        "publisher": "Simon Institute for Longterm Governance",
        "issued": {"date-parts": [[2025, 7, 8]]},
        "URL": "https://simoninstitute.ch/blog/post/cern-for-ai-one-analogy-many-visions",
    },
    {
        "id": VISION,
        "type": "report",
        "title": "CLAIRE: a vision for European excellence",
        "author": [{"literal": "CLAIRE"}],
        "publisher": "CLAIRE",
        "issued": {"date-parts": [[2018, 6]]},
        "DOI": "10.1000/claire_2018",
    },
    {
        "id": "pointer2026",
        "type": "webpage",
        "title": "A news digest nobody cites",
        "author": [{"literal": "Digest Bot"}],
        "issued": {"date-parts": [[2026]]},
        "URL": "https://digest.example/never",
    },
]

PASSAGES = [
    PassageView(
        rank=1, score=0.8, passage_id="cfa01-1a2b3c", source_id=RULAND, title="How to lobby",
        text="The version promoted by CAIRNE combines a central hub with a network of research clusters.",
        confidence="high", as_of="2025-02", citekeys=[RULAND], pole="joined",
    ),
    PassageView(
        rank=2, score=0.7, passage_id="cfa10-4d5e6f", source_id=VISION, title="CLAIRE vision",
        text="The hub was not meant to keep a permanent research staff.",
        confidence="medium", as_of="2018-06", needs_original=True, citekeys=[VISION],
    ),
    PassageView(
        rank=3, score=0.6, passage_id="kohler-789abc", source_id=KOHLER, title="One Analogy",
        text="Several proposals share the name but differ on purpose, membership and structure.",
        start=120, end=201, page=3, confidence="high", citekeys=[KOHLER],
    ),
    PassageView(rank=4, score=0.1, passage_id="aes01-000000", source_id="pointer2026", title="Digest", text="x"),
]  # fmt: skip


def cite(passage_id: str, source_id: str, quote: str = "") -> Citation:
    return Citation(passage_id=passage_id, source_id=source_id, quote=quote)


def supported(score: float) -> Finding:
    return Finding(verdict="supported", score=score, reason="numbers and names occur in the passage")


SENTENCES = [
    Sentence(text="Every finance minister knows the invoice that comes without an address.", kind="link", move="open", written_by="model"),
    Sentence(text="Europe's laboratories for artificial intelligence are many, good and far apart.", kind="opinion", move="open", written_by="model"),
    Sentence(
        text="The version promoted by CAIRNE combines a central hub with a network of research clusters and is paid for with public money.",
        kind="fact", move="proposal", written_by="note", finding=supported(0.93),
        citations=[cite("cfa01-1a2b3c", RULAND, "combines a central hub with a network of research clusters")],
    ),
    Sentence(
        text="Several proposals share the name “CERN for AI” but differ on purpose, membership and structure.",
        kind="fact", move="proposal", written_by="source", finding=supported(0.88),
        citations=[cite("kohler-789abc", KOHLER, "differ on purpose, membership and structure"), cite("cfa01-1a2b3c", RULAND)],
    ),
    Sentence(
        text="In CLAIRE’s 2018 vision the hub keeps no permanent research staff: scientists come for limited stays, and centres of excellence do most of the work.",
        kind="fact", move="hub and network", written_by="model",
        finding=Finding(verdict="partly", score=0.61, reason="the stays are not in the passage"),
        citations=[cite("cfa10-4d5e6f", VISION)],
    ),
    Sentence(text="One place gives the field an address; many places give every member state a return.", kind="opinion", move="hub and network", written_by="note"),
    Sentence(text="The hub would cost EUR 300 million over ten years, and twelve states have offered nodes.", kind="fact", move="cost", written_by="brief"),
    Sentence(text="No single treasury can carry that, and none has to.", kind="opinion", move="cost", written_by="model"),
    Sentence(text="Put the hub and its network on the agenda of the next Competitiveness Council, together.", kind="ask", move="ask", written_by="format"),
]  # fmt: skip


def sample(**changes: Any) -> Answer:
    data: dict[str, Any] = {
        "kind": "draft",
        "text": "this ready text is not trusted",
        "sentences": SENTENCES,
        "passages": PASSAGES,
        "references": REFERENCES,
        "audience": "finance_ministry",
        "prompts": ["draft@2", "headline@1"],
        "model": "Qwen2.5-Coder-1.5B-Instruct",
        "headline": "One hub, many laboratories: the cheaper way to a European AI science",
        "standfirst": "A shared centre and the laboratories we already have belong in one decision, and in one budget line.",
        "format": "op-ed",
        "words": 142,
        "open_points": ["Who pays the running costs after year ten is unknown."],
    }
    return Answer(**(data | changes))


def one(text: str, **changes: Any) -> Answer:
    return sample(sentences=[Sentence(text=text, kind="opinion")], **changes)


def printed(path: Path) -> str:
    """The words a reader sees, whatever the format, with every run of white space as one blank."""
    if path.suffix == ".pdf":
        with pypdfium2.PdfDocument(path) as pdf:
            text = "\n".join(page.get_textpage().get_text_bounded() for page in pdf)
    elif path.suffix == ".docx":
        text = "\n".join(paragraph.text for paragraph in Document(str(path)).paragraphs)
    elif path.suffix == ".odt":
        with zipfile.ZipFile(path) as archive:
            text = unescape(re.sub(r"<[^>]*>", "", archive.read("content.xml").decode()))
    else:
        text = unescape(re.sub(r"(?s)<style>.*</style>|<[^>]*>", "", path.read_text(encoding="utf-8")))
    return re.sub(r"\s+", " ", text.replace("\r", ""))


RENDERED = [suffix for suffix in FORMATS if suffix != ".md"]


@pytest.mark.parametrize("suffix", RENDERED)
def test_every_format_holds_text_sources_and_how_it_was_made(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"oped{suffix}"
    assert export(sample(), path) == [path, tmp_path / "oped.factcheck.md"]
    text = printed(path)
    assert sample().headline in text and sample().standfirst in text
    for sentence in SENTENCES:
        assert sentence.text.rstrip(".") in text
    assert "Sources" in text and "Rüland" in text and "8 July 2025" in text
    assert "How this text was made. A program helped" in text and "Qwen2.5-Coder-1.5B-Instruct" in text
    assert text.index("Competitiveness Council") < text.index("How this text") < text.index("Sources")


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_source_that_is_not_cited_is_never_printed(suffix: str, tmp_path: Path) -> None:
    path, sheet = export(sample(), tmp_path / f"oped{suffix}")
    whole = printed(path) if suffix != ".md" else path.read_text()
    for text in (whole, sheet.read_text()):
        assert "digest" not in text.lower() and "pointer2026" not in text
        assert "???" not in text


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_citation_without_a_record_is_refused_and_leaves_nothing(suffix: str, tmp_path: Path) -> None:
    answer = sample(references=[item for item in REFERENCES if item["id"] != VISION])
    with pytest.raises(ExportError, match=VISION):
        export(answer, tmp_path / f"oped{suffix}")
    assert list(tmp_path.iterdir()) == []


def test_the_numbers_are_superscripts_after_the_full_stop(tmp_path: Path) -> None:
    path, _ = export(sample(), tmp_path / "oped.docx")
    document = Document(str(path))
    runs = [run for paragraph in document.paragraphs for run in paragraph.runs]
    marks = [(before.text[-1], run.text) for before, run in pairwise(runs) if run.font.superscript]
    assert marks == [(".", "1"), (".", "1,2"), (".", "3")]
    styles = [paragraph.style.name for paragraph in document.paragraphs if paragraph.style]
    assert styles[:3] == ["Title", "Subtitle", "First Paragraph"]
    assert (
        styles.count("Body Text") == 4 and styles.count("Colophon") == 1 and styles.count("Bibliography") == 3
    )


def test_the_odt_uses_the_styles_of_its_reference(tmp_path: Path) -> None:
    path, _ = export(sample(), tmp_path / "oped.odt")
    with zipfile.ZipFile(path) as archive:
        content, styles = (archive.read(name).decode() for name in ("content.xml", "styles.xml"))
        assert archive.namelist()[0] == "mimetype"
    for name in ("Title", "Subtitle", "Colophon", "Bibliography"):
        assert f'style-name="{name}"' in content and f'style:name="{name}"' in styles
    assert 'fo:page-width="210mm"' in styles


def test_html_and_pdf_need_nothing_from_elsewhere(tmp_path: Path) -> None:
    page, _ = export(sample(), tmp_path / "oped.html")
    assert not re.search(r"<(link|script|img|iframe)\b|@import|url\(", page.read_text())
    pdf, _ = export(sample(), tmp_path / "oped.pdf")
    assert b"LibertinusSerif" in pdf.read_bytes()


def test_author_date_and_a_style_file_are_taken(tmp_path: Path) -> None:
    path, _ = export(sample(), tmp_path / "a.html", style="author-date")
    assert "with public money (Rüland 2025). Several" in printed(path)
    csl = tmp_path / "mine.csl"
    csl.write_text(
        '<style xmlns="http://purl.org/net/xbiblio/csl" class="in-text" version="1.0"><info><title>t</title>'
        "<id>t</id><updated>2026-01-01T00:00:00Z</updated></info><citation><layout prefix='[' suffix=']' "
        "delimiter=', '><text variable='citation-number'/></layout></citation></style>"
    )
    path, _ = export(sample(), tmp_path / "b.html", style=str(csl))
    assert "with public money [1]. Several" in printed(path)


@pytest.mark.parametrize("content", [None, "no xml", "<style/>"], ids=["missing", "text", "other xml"])
def test_a_style_that_cannot_be_used_is_refused(content: str | None, tmp_path: Path) -> None:
    csl = tmp_path / "odd.csl"
    if content is not None:
        csl.write_text(content)
    with pytest.raises(ExportError, match=r"numeric or author-date" if content is None else r"odd\.csl"):
        export(sample(), tmp_path / "oped.docx", style=str(csl))


@pytest.mark.parametrize("name", ["oped.rtf", "oped", "missing/oped.pdf"])
def test_a_path_that_cannot_be_written_says_why(name: str, tmp_path: Path) -> None:
    with pytest.raises(ExportError, match=r"ending must be one of \.md|does not exist"):
        export(sample(), tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "Oped.HTML"
    path.write_text("old")
    with pytest.raises(ExportError, match="no sentence"):
        export(sample(sentences=[]), path)
    assert path.read_text() == "old"
    export(sample(), path)
    assert "old" not in path.read_text()[:20]
    assert sorted(file.name for file in tmp_path.iterdir()) == ["Oped.HTML", "Oped.factcheck.md"]
    (tmp_path / "folder.md").mkdir()
    with pytest.raises(ExportError, match="cannot be written"):
        export(sample(), tmp_path / "folder.md")


HOSTILE = [
    "# Not a headline",
    "Write to ada@example.org or @ruland2025alliance, [@nobody] said",
    "[x] is no box and [this](https://evil.example) no link",
    "It costs $5 and then $6, never $x^2$ or H~2~O",
    "*All* of __it__ is `literal`, ~~even~~ this",
    "<script>alert(1)</script> <b>bold</b> & &amp; &lt;",
    r"\textbf{loud} \input{/etc/passwd} \@x",
    '#read("/etc/passwd") #import "@preview/x:1.0.0" $ #panic() $',
    "```{=html} <img src=x> ``` `<hr>`{=html}",
    "- no list", "+ no list", "1. No list either", "2018) was the year", "(i) is no item", "a. neither", "iv) nor this",
    ": no definition", "% no title", "| no | table |", "> no quotation", "--- no rule", "::: {#refs} no div", "=== under",
    "^[no note] and [^1] and {#refs .class} {{< x >}} $body$ ${title}",
    "Wait... from -5 to --6, soft-?hyphen, 2018-19, ‘single’ “double” and ’it’s",
    "Table: no caption", "https://example.org/a_b_c?x=1&copy=2",
]  # fmt: skip


@pytest.mark.parametrize("suffix", RENDERED)
def test_hostile_text_stays_text_in_every_format(suffix: str, tmp_path: Path) -> None:
    sentences = [Sentence(text=text, kind="opinion", move=str(n)) for n, text in enumerate(HOSTILE)]
    answer = sample(sentences=sentences, headline=HOSTILE[7], standfirst=HOSTILE[5], audience=HOSTILE[3])
    path, _ = export(answer, tmp_path / f"oped{suffix}")
    text = printed(path)
    # A page may break a line anywhere, and pdfium gives a hyphen at such a break as U+FFFE.
    text = text.replace("\ufffe", "-")
    bare = re.sub(r"\s", "", text)
    for hostile in HOSTILE:
        assert re.sub(r"\s", "", hostile) in bare, hostile
    assert bare.count(re.sub(r"\s", "", HOSTILE[7])) >= 2 and bare.count(re.sub(r"\s", "", HOSTILE[5])) >= 2
    if suffix == ".html":
        assert "<script>" not in path.read_text() and 'evil.example"' not in path.read_text()


def literal(source: str) -> list[str]:
    """The paragraphs that pandoc, as installed and with all its extensions, reads in Markdown, as plain words."""
    blocks = json.loads(pypandoc.convert_text(source, "json", "markdown-smart"))["blocks"]
    assert {block["t"] for block in blocks} == {"Para"}
    assert all(part["t"] in ("Str", "Space") for block in blocks for part in block["c"])
    return ["".join(part.get("c", " ") for part in block["c"]) for block in blocks]


def test_body_markdown_is_literal_for_plain_pandoc_too() -> None:
    sentences = [Sentence(text=text, kind="opinion", move=str(n)) for n, text in enumerate(HOSTILE)]
    assert literal(body_markdown(sample(sentences=sentences, headline="", standfirst=""))) == HOSTILE


def test_control_characters_and_line_breaks_do_not_survive() -> None:
    text = body_markdown(one("a\x00b\u202e c\n\n# d\u2028e\ud800\u00a0f", headline="", standfirst=""))
    assert text == "ab c \\# d e\u00a0f"


def test_hostile_records_give_no_link_and_no_markup(tmp_path: Path) -> None:
    record = {
        "id": "we]ird {key}", "type": "banana", "title": "A *b* <script>x</script> $5 #c", "URL": "javascript:alert(1)",
        "author": [{"family": "O_o", "given": "@me"}], "issued": "2024-05-06", "note": "secret", "DOI": "10.1/<x>",
    }  # fmt: skip
    sentence = Sentence(text="So it is.", kind="fact", citations=[cite("p`1", "we]ird {key}")])
    answer = sample(sentences=[sentence], references=[record], passages=[])
    for suffix in RENDERED:
        path, sheet = export(answer, tmp_path / f"oped{suffix}")
        text = printed(path)
        assert "A *b* <script>x</script> $5 #c" in text and "O_o" in text
        for never in ("javascript", "secret", "???", "10.1/"):
            assert never not in text and never not in sheet.read_text()
    assert "<script>" not in (tmp_path / "oped.html").read_text()
    assert r"O\_o 2024, *A \*b\* \<script\>" in markdown(answer)


def test_the_md_has_a_line_for_each_key_and_pandoc_reads_its_citations(tmp_path: Path) -> None:
    path, _ = export(sample(), tmp_path / "oped.md")
    text = path.read_text()
    assert text.startswith(f"# {sample().headline}\n\n*{sample().standfirst}*\n\n")
    assert "public money [@ruland2025alliance]. Several" in text
    assert f"[@{KOHLER}; @{RULAND}]." in text
    keys = re.findall(r"^- `(.+?)`: ", text.split("## Sources")[1], flags=re.MULTILINE)
    assert keys == [RULAND, KOHLER, VISION]
    assert "this ready text is not trusted" not in text
    native = json.dumps(json.loads(pypandoc.convert_text(text, "json", "markdown")))
    assert native.count('"citationId"') == 4


def test_one_paragraph_for_each_move() -> None:
    body = body_markdown(sample()).split("\n\n")[2:]
    assert len(body) == 5
    assert body[0].startswith("Every finance minister") and body[0].endswith("good and far apart.")


def test_an_unsupported_sentence_is_struck_through_and_stands_first_on_the_sheet(tmp_path: Path) -> None:
    bad = SENTENCES[2].model_copy(
        update={"finding": Finding(verdict="unsupported", score=0.1, reason="no 5 in it")}
    )
    answer = sample(sentences=[bad, *SENTENCES[3:]])
    path, _ = export(answer, tmp_path / "oped.docx")
    struck = [
        run.text for paragraph in Document(str(path)).paragraphs for run in paragraph.runs if run.font.strike
    ]
    assert bad.text in struck
    assert "What is struck through" in printed(path)
    before_print = fact_check_sheet(answer).split("## Factual sentences")[0]
    assert "**Sentence 1**" in before_print and "unsupported (no 5 in it)" in before_print


def test_the_sheet_has_each_factual_sentence_once_with_its_verdict() -> None:
    sheet = fact_check_sheet(sample())
    listed = sheet.split("## Factual sentences")[1].split("## Opinions")[0]
    heads = re.findall(r"^### (.+)$", listed, flags=re.MULTILINE)
    assert heads == ["3. Supported, 0.93", "4. Supported, 0.88", "5. Partly, 0.61", "7. Not checked"]
    for sentence in SENTENCES:
        assert listed.count(f"> {sentence.text}\n") == (sentence.kind == "fact")
    assert "| 4 | 2 | 1 | 0 | 1 | 5 |" in sheet
    assert "page 3, passage `kohler-789abc`, characters 120–201" in sheet
    assert "**It says:** “differ on purpose, membership and structure”" in sheet
    assert "**Our note on it says:** “combines a central hub" in sheet
    assert "confidence medium, as of 2018-06; **original not yet opened**" in sheet
    assert "- **Wording:** that of the author's brief" in sheet
    assert "- **9**, ask: Put the hub" in sheet and "- Who pays the running costs" in sheet


def test_the_sheet_opens_with_what_must_be_settled_before_print() -> None:
    warnings = re.findall(r"^- \[ \] (.+)$", fact_check_sheet(sample()), flags=re.MULTILINE)
    assert len(warnings) == 3
    assert warnings[0].startswith("**Open the original; confidence only medium**: CLAIRE 2018")
    assert "`cfa10-4d5e6f`, sentence 5" in warnings[0]
    assert "partly" in warnings[1] and "rests on the brief alone" in warnings[2]


def test_a_quotation_that_is_not_in_its_passage_is_a_warning() -> None:
    sentence = SENTENCES[3].model_copy(
        update={"citations": [cite("kohler-789abc", KOHLER, "never said this")]}
    )
    assert "the quoted words are not in passage `kohler-789abc`" in fact_check_sheet(
        sample(sentences=[sentence])
    )


def test_how_it_was_made_names_machine_age_and_the_brief() -> None:
    made = markdown(sample()).split("---")[1].split("## Sources")[0]
    for part in (
        "draft\\@2",
        "4 of 9 sentences",
        "finance ministry",
        "2025-02",
        "rests one sentence",
        "author answers",
    ):
        assert part in made
    assert "no language model is on record" in markdown(sample(model=""))


def test_an_answer_without_headline_or_sources_is_exported_as_well(tmp_path: Path) -> None:
    for suffix in RENDERED:
        path, _ = export(
            one("The record is silent.", headline="", standfirst="", model=""), tmp_path / f"a{suffix}"
        )
        assert "The record is silent." in printed(path) and "Sources" not in printed(path)


def test_the_sheet_is_markdown_that_pandoc_lays_out() -> None:
    page = subprocess.run(
        [pypandoc.get_pandoc_path(), "-f", "markdown", "-t", "html"],
        input=fact_check_sheet(sample()), capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    assert page.count("<h3") == 4 and page.count("<blockquote>") == 4 and "<table" in page
    assert page.count('type="checkbox"') == 3


@pytest.mark.parametrize("suffix", RENDERED)
def test_no_path_of_this_machine_is_in_the_file(suffix: str, tmp_path: Path) -> None:
    csl = tmp_path / "private-folder-name.csl"
    csl.write_text((Path(__file__).parents[1] / "assistant" / "styles" / "numeric.csl").read_text())
    path, _ = export(sample(), tmp_path / f"oped{suffix}", style=str(csl))
    parts = [path.read_bytes()]
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            parts = [archive.read(name) for name in archive.namelist()]
    assert not any(
        word in part for part in parts for word in (b"private-folder-name", b"sources.json", b".export-")
    )


@pytest.mark.parametrize(("suffix", "part"), [(".docx", "docProps/core.xml"), (".odt", "meta.xml")])
def test_a_word_processor_file_is_dated_today(suffix: str, part: str, tmp_path: Path) -> None:
    path, _ = export(sample(), tmp_path / f"oped{suffix}")
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        dates = re.findall(r">(\d{4})-\d\d-\d\dT", archive.read(part).decode())
    assert len(dates) == 2 and all(int(year) > 2000 for year in dates)
