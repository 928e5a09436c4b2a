"""Whether a sentence comes apart into its statements, and stays whole where its parts would say something else."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml

from assistant.facts import facts_of
from assistant.sentences import plain, split_sentences
from assistant.words import STOP_WORDS, words

HERE = Path(__file__).parent


def _rows(name):
    return [json.loads(line) for line in (HERE / "data" / name).read_text(encoding="utf-8").splitlines()]


CASES = _rows("sentences_parts_first.jsonl") + _rows("sentences_parts_second.jsonl")
STATEMENTS = [
    fact["statement"]
    for fact in yaml.safe_load((HERE.parent / "knowledge/dossier/facts.yaml").read_text(encoding="utf-8"))
]
EVERYTHING = [
    *STATEMENTS,
    *(
        row["text"]
        for row in _rows("sentences_kinds_dev.jsonl") + _rows("sentences_kinds_held.jsonl") + CASES
    ),
]
# Words that join two statements and belong to neither.
JOINTS = {"whereas", "whose", "though", "although"}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["text"][:60])
def test_a_sentence_comes_apart_into_what_it_states(case):
    assert list(facts_of(case["text"])) == case["parts"]


def _content(text):
    return {word.fold for word in words(text) if word.fold not in STOP_WORDS} - JOINTS


@pytest.mark.parametrize("text", EVERYTHING)
def test_no_number_name_or_content_word_is_lost_or_made_up(text):
    joined = " ".join(facts_of(text))
    assert _content(plain(text)) <= _content(joined)
    assert set(re.findall(r"\d+", plain(text))) <= set(re.findall(r"\d+", joined))
    assert _content(joined) <= _content(text)


@pytest.mark.parametrize("text", EVERYTHING)
def test_a_part_has_no_parts_of_its_own(text):
    parts = facts_of(text)
    if len(parts) > 1:
        assert [facts_of(part) for part in parts] == [(part,) for part in parts]


@pytest.mark.parametrize(
    "text",
    [
        "The committee voted to close the lab and open a museum in Rome.",
        "The agency supports students working in Spain and studying in Italy.",
        "The EU gives money to states that build reactors and trains the staff.",
        "The institute, together with Oxford, runs the ship and pays the crew.",
        "The director said he had resigned and left for Spain.",
        "Scientists hope the drug works and saves lives.",
        "Some argue the treaty failed and the court was right.",
        "The telescope was to open in 2020 and cost €1 billion.",
        "The reactor was supposed to produce power by 2018 and cost €5 billion.",
        "Not all members signed the treaty and paid their share.",
        "The agency has, critics say, no money and is badly run.",
        "The group found that mice fed on sugar grew fat and died early.",
        "The archive was opened to scholars in 1998 and the public in 2004.",
        "Both probes left the solar system and send data.",
        "The trial showed the drug was safe and it was approved in May.",
        "Only Sweden paid in full, and Norway left.",
        "CERN grew from a conference in 1949 and a resolution adopted in Florence in 1950.",
        "The journal publishes papers and reviews in English.",
        "He denied having built the plant and sold the land.",
        "The minister is accused of having taken bribes and sold the land.",
        "The wing was expected to be built by 2010 and opened by the king.",
        "According to Nature, the trial was stopped, and the minister resigned.",
        "The plant leaked and the staff fled, according to the union.",
        "Norway pays half and hosts the site once Russia has left.",
        "The lab, a year later, was closed.",
        "Although they differ, the plan works.",
        "CERN opened in 1954, and it rained.",
        "Spain said that it had paid and would leave.",
        "Researchers who left Spain and moved to Bonn earn more.",
        "The belief that bees sleep and dream is old.",
        "In Spain, the law was passed in 1985, and in Italy it was passed in 1990.",
    ],
)
def test_what_has_a_second_reading_stays_whole(text):
    assert facts_of(text) == (text,)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (
            "The drug, which may be toxic, is sold in Peru and was banned in Chile.",
            ("The drug may be toxic", "The drug is sold in Peru", "The drug was banned in Chile"),
        ),
        (
            "The first plant was built in 1950 and closed in 1990.",
            ("The first plant was built in 1950", "The first plant closed in 1990"),
        ),
        (
            "Rome did not sign the pact but pays its share.",
            ("Rome did not sign the pact", "Rome pays its share"),
        ),
        (
            "The vaccine was developed in Oxford and approved in 2020, but supplies ran short.",
            ("The vaccine was developed in Oxford", "The vaccine was approved in 2020", "Supplies ran short"),
        ),
        (
            "RAISE, a virtual institute, began in 2025 and has €107 million.",
            ("RAISE is a virtual institute", "RAISE began in 2025", "RAISE has €107 million"),
        ),
        (
            "In 1961 Spain joined CERN and left it in 1969.",
            ("In 1961 Spain joined CERN", "Spain left it in 1969"),
        ),
    ],
)
def test_parts_keep_the_words_that_hold_for_them(text, parts):
    assert facts_of(text) == parts


def test_a_sentence_that_stays_whole_comes_back_as_it_was():
    assert facts_of("  CERN was founded in 1954 [@key2020]. ") == ("CERN was founded in 1954 [@key2020].",)


def test_parts_have_no_citations():
    assert facts_of("CERN was founded in 1954 [@a] and has 25 members [@b, p. 2].") == (
        "CERN was founded in 1954",
        "CERN has 25 members",
    )


def test_several_sentences_come_apart_too():
    assert facts_of("Spain left in 1969. Italy stayed.") == ("Spain left in 1969.", "Italy stayed.")


def test_a_long_row_of_names_takes_no_long_time():
    text = f"X was founded in {'Paris ' * 60}x; it ran."
    assert facts_of(text) == (text,)


def test_nothing_is_one_empty_statement():
    assert facts_of(" ") == ("",)


def test_at_least_a_sixth_of_the_dossier_comes_apart():
    apart = [text for text in STATEMENTS if len(facts_of(text)) > max(1, len(split_sentences(text)))]
    assert len(apart) / len(STATEMENTS) >= 0.15
