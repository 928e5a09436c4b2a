from __future__ import annotations

from pathlib import Path

import pytest

from assistant import Brief
from assistant.errors import BriefError
from assistant.lines import Material, project_phrase

EXAMPLES = sorted((Path(__file__).parent.parent / "examples").glob("*.yaml"))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_every_example_is_a_brief(path: Path) -> None:
    assert Brief.read(path).title


@pytest.mark.parametrize(
    ("written", "read"), [("yes", "yes"), ("no", "no"), ("partly", "partly"), ("", "unknown")]
)
def test_a_bare_yes_or_no_in_yaml_is_a_word(tmp_path: Path, written: str, read: str) -> None:
    file = tmp_path / "brief.yaml"
    needs = f"needs_central_instrument: {written}\n" if written else ""
    file.write_text(
        f"title: A neutron source\nsummary: One source for all of Europe.\n{needs}", encoding="utf-8"
    )
    assert Brief.read(file).needs_central_instrument == read


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("titel: x\nsummary: a long enough one\ntitle: abc", "'titel'"),
        ("title: abc", "'summary'"),
        ("- a\n- b", "a brief is a list of fields"),
        ("title: [", "is not YAML"),
        (
            "title: abc\nsummary: a long enough one\nneeds_central_instrument: perhaps",
            "'needs_central_instrument'",
        ),
    ],
    ids=["unknown field", "missing field", "a list", "no YAML", "wrong word"],
)
def test_a_wrong_brief_says_what_is_wrong_in_one_line(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "brief.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(BriefError, match=said) as caught:
        Brief.read(file)
    assert "\n" not in str(caught.value)


def test_what_is_left_open_is_named() -> None:
    brief = Brief(title="A shared lab", summary="A laboratory for everybody.", cost="10", field="physics")
    assert brief.unknown() == [
        "needs_central_instrument",
        "rival",
        "hub",
        "network",
        "payers",
        "label",
        "stage",
        "country",
    ]


@pytest.mark.parametrize(
    ("title", "phrase"),
    [
        ("A CERN for AI, built as a hub and a network", "a CERN for AI"),
        ("Pandemic data space: sharing what we know", "a pandemic data space"),
        ("The European Spallation Source", "the European Spallation Source"),
        ("European Neutron Network", "the European Neutron Network"),
        ("AI research centre", "an AI research centre"),
        ("Our shared neutron source.", "our shared neutron source"),
    ],
)
def test_a_title_becomes_a_noun_phrase(title: str, phrase: str) -> None:
    assert project_phrase(title) == phrase


def test_a_summary_without_a_verb_becomes_a_sentence_and_hub_and_network_are_said_once() -> None:
    brief = Brief(
        title="A shared lab",
        summary="A laboratory for quantum sensors: many places where people work.",
        hub="a calibration centre",
        network="test sites in the regions.",
        cost="€40 million",
    )
    assert Material.of(brief).sentences == (
        "What we mean is a laboratory for quantum sensors: many places where people work.",
        "At its centre we see a calibration centre; around it, test sites in the regions.",
        "We ask that our own estimate of the cost, €40 million, be examined by independent auditors.",
    )
