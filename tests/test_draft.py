"""Op-eds from end to end, from the brief to the exported file."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from assistant import Answer, Assistant, Brief
from assistant.check import check_claim
from assistant.errors import DraftError
from assistant.export import export
from assistant.lines import passes
from knowledge import Library, load_audiences
from prompts import PromptError, format_of

EXAMPLES = Path(__file__).parent.parent / "examples"
MOVES = ["open", "problem", "proposal", "hub_network", "why_together", "return", "objection", "ask"]


@pytest.fixture(scope="module")
def brief() -> Brief:
    return Brief.read(EXAMPLES / "cern-for-ai.yaml")


@pytest.fixture(scope="module")
def plain(assistant: Assistant) -> Assistant:
    """The floor alone: our wording of every fact, no model."""
    return Assistant(assistant.library, settings=assistant.settings.model_copy(update={"samples": 0}))


def check_draft(draft: Answer, library: Library, words: int) -> None:
    """What holds of every draft that may be signed."""
    assert 0.9 * words <= draft.words <= 1.1 * words
    texts = [sentence.text for sentence in draft.sentences]
    assert len(set(texts)) == len(texts)
    assert list(dict.fromkeys(sentence.move for sentence in draft.sentences)) == MOVES
    for sentence in draft.sentences:
        if sentence.kind != "fact":
            assert not sentence.citations
            assert sentence.finding.reason
            continue
        assert sentence.citations, sentence.text
        assert sentence.finding.verdict == "supported", sentence
        passage = library.passage(sentence.citations[0].passage_id)
        assert passage is not None
        assert check_claim(sentence.text, [passage.text, passage.wording]).verdict == "supported"
    printed = {item["id"] for item in draft.references}
    cited = {citation.source_id for sentence in draft.sentences for citation in sentence.citations}
    assert cited == printed
    records = [library.reference(key) for key in printed]
    assert all(record is not None and record.citable != "pointer_only" for record in records)


@pytest.mark.model
def test_an_op_ed_goes_the_whole_way_from_the_brief_to_the_files(
    assistant: Assistant, brief: Brief, tmp_path: Path
) -> None:
    stages: list[str] = []
    draft: Answer | None = None
    for event in assistant.draft_events("op-ed", brief, "mep_small_state", words=600):
        stages += [event.text] if event.kind == "stage" else []
        draft = event.answer or draft
    assert draft is not None
    check_draft(draft, assistant.library, 600)
    assert draft.headline
    assert draft.standfirst
    assert draft.balance is not None
    assert draft.label is not None
    assert draft.label["risk"] == "high"
    assert len(stages) >= 9
    for name in ("oped.docx", "oped.pdf", "oped.md"):
        written = export(draft, tmp_path / name)
        assert [path.stat().st_size > 500 for path in written] == [True, True]
    sheet = (tmp_path / "oped.factcheck.md").read_text(encoding="utf-8")
    facts = [sentence for sentence in draft.sentences if sentence.kind == "fact"]
    assert sheet.count("high") + sheet.count("medium") >= len(facts)


@pytest.mark.parametrize("audience", sorted(load_audiences()))
@pytest.mark.parametrize("example", sorted(EXAMPLES.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_audience_gets_a_whole_text_for_every_example(
    plain: Assistant, audience: str, example: Path
) -> None:
    draft = plain.draft("op-ed", Brief.read(example), audience, words=600)
    check_draft(draft, plain.library, 600)


@pytest.mark.parametrize("words", [400, 800])
def test_the_length_asked_for_is_kept(plain: Assistant, brief: Brief, words: int) -> None:
    check_draft(plain.draft("op-ed", brief, "finance_ministry", words=words), plain.library, words)


def test_a_text_about_another_field_does_not_speak_of_ai(plain: Assistant) -> None:
    draft = plain.draft(
        "op-ed",
        Brief(
            title="A shared neutron source", summary="One source, many instruments.", field="neutron science"
        ),
        "newspaper_readers",
    )
    assert not re.search(r"\bAI\b|CLAIRE|ELLIS|RAISE", draft.text)


def test_the_dial_moves_the_balance(plain: Assistant, brief: Brief) -> None:
    shares = {}
    for lean in ("hub", "network"):
        balance = plain.draft("op-ed", brief, "science_ministry", lean=lean).balance  # type: ignore[arg-type]
        assert balance is not None
        shares[lean] = balance.hub - balance.network
    assert shares["hub"] > shares["network"]


def test_a_figure_of_the_brief_that_nothing_supports_is_left_out_and_named(plain: Assistant) -> None:
    brief = Brief(
        title="A shared neutron source",
        summary="The source would serve all of Europe. It will create 90,000 jobs in Zanzibar by 2031.",
    )
    draft = plain.draft("op-ed", brief, "industry")
    assert "90,000" not in draft.text
    assert any("90,000" in point for point in draft.open_points)


def test_what_the_brief_leaves_open_is_named(plain: Assistant, brief: Brief) -> None:
    draft = plain.draft("op-ed", brief, "rectors")
    assert any("cost" in point for point in draft.open_points)


@pytest.mark.parametrize(
    ("format", "audience", "words", "error", "said"),
    [
        ("op-ed", "nobody", 600, DraftError, "unknown audience 'nobody'"),
        ("op-ed", "rectors", 60, DraftError, "takes 400 to 1000 words"),
        ("sonnet", "rectors", 600, PromptError, "sonnet"),
    ],
)
def test_what_cannot_be_drafted_is_said_at_once(
    plain: Assistant, brief: Brief, format: str, audience: str, words: int, error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        plain.draft(format, brief, audience, words=words)


def test_a_library_without_the_dossier_says_that_the_evidence_is_too_thin(
    assistant: Assistant, brief: Brief, tmp_path: Path
) -> None:
    with Library.open(tmp_path / "empty") as library:
        bare = Assistant(library, settings=assistant.settings.model_copy(update={"samples": 0}))
        with pytest.raises(DraftError, match="too few printable facts"):
            bare.draft("op-ed", brief, "rectors")


OURS = "We would rather publish the ceiling of the cost first than explain an overrun later."


@pytest.mark.parametrize(
    "text",
    [
        "We should publish 12 criteria for the hub first.",
        "The centre will create growth that we should all welcome.",
        "We should follow the example of Heidelberg and publish the cost early.",
        "In today’s landscape we should leverage the cost of this crucial project.",
        "Publishing the cost is a fine thing for every taxpayer there is.",
        "We should. And we would publish the cost of the project early on.",
        "We should publish.",
    ],
    ids=["number", "promise", "name", "cliché", "no wish", "two sentences", "too short"],
)
def test_a_models_line_that_could_be_taken_for_a_fact_is_turned_down(
    plain: Assistant, brief: Brief, text: str
) -> None:
    from assistant.answering import Tools

    tools = Tools(plain.library, plain.model, {}, 1, print)
    assert not passes(text, OURS, brief, "close", [], tools)


def test_a_models_line_that_is_a_wish_may_stand(plain: Assistant, brief: Brief) -> None:
    from assistant.answering import Tools

    tools = Tools(plain.library, plain.model, {}, 1, print)
    text = "We should publish a ceiling for the cost before anyone has to explain an overrun."
    assert passes(text, OURS, brief, "close", [], tools)
    assert not passes(text, OURS, brief, "close", [text], tools)


def test_the_format_has_its_moves() -> None:
    assert [move.id for move in format_of("op-ed").moves] == MOVES


def test_a_models_line_about_somebody_else_is_turned_down(plain: Assistant, brief: Brief) -> None:
    from assistant.answering import Tools

    tools = Tools(plain.library, plain.model, {}, 1, print)
    ours = "The case for a CERN for AI is a case for sharing out the work."
    assert not passes(
        "CERN should bridge the gap between Europe and the rest of the world.",
        ours,
        brief,
        "close",
        [],
        tools,
    )


def test_the_critic_is_cited_and_what_we_offer_in_reply_is_not(plain: Assistant, brief: Brief) -> None:
    for audience in ("mep_small_state", "finance_ministry", "sceptical_peers"):
        draft = plain.draft("op-ed", brief, audience)
        heard = [s for s in draft.sentences if s.move == "objection" and s.citations]
        assert any(".position" in sentence.citations[0].passage_id for sentence in heard)
        assert not [
            sentence for sentence in draft.sentences if sentence.text.startswith("We ") and sentence.citations
        ]
