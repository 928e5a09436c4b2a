"""Where sentences end, what their words are, and which of them state something that can be checked."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from assistant.sentences import classify, plain, split_sentences
from assistant.words import stem, words

STATEMENTS = [
    fact["statement"]
    for fact in yaml.safe_load(
        (Path(__file__).parent.parent / "knowledge/dossier/facts.yaml").read_text(encoding="utf-8")
    )
]


@pytest.mark.parametrize(
    "sentences",
    [
        ["Dr. J. Kendrew met Prof. Waddington.", "They spoke of Art. 5 in vol. 3, p. 12."],
        ["He works for the U.S. Congress.", "She left the U.S. The rest stayed."[:17], "The rest stayed."],
        ["It cost CHF 3.1 million.", "It grew by 12.5% in No. 4 alone."],
        ["Kohler et al. (2025) say so.", "It is, e.g. in Geneva, i.e. at CERN, well known."],
        ["“Why not?” she asked.", "“It works.”", "He left."],
        ["We waited … and waited.", "Then it came…", "And went."],
        ["Is it so?", "Yes!", "No."],
        ["The plan was old [@key2020, p. 3].", "It failed. [@other]", "Nobody wept."],
        ["It was **bold.**", "It was _brave._", "euRobotics agreed."],
        ["In 2017 it began.", "117 groups signed.", "(Not all stayed.)", "Most did."],
        ["He met A. Turing Jr. in May.", "They talked."],
    ],
)
def test_sentences_come_apart_where_a_reader_would_part_them(sentences):
    assert split_sentences(" ".join(sentences)) == sentences


def test_headings_list_items_and_paragraphs_stand_alone():
    text = (
        "# A heading\nFirst line\nruns on. Second.\n\n- an item\n- another. With more.\n1. numbered\n\nLast"
    )
    assert split_sentences(text) == [
        "# A heading",
        "First line runs on.",
        "Second.",
        "- an item",
        "- another.",
        "With more.",
        "1. numbered",
        "Last",
    ]


@pytest.mark.parametrize("text", STATEMENTS)
def test_no_word_of_the_dossier_is_lost(text):
    assert " ".join(split_sentences(text)) == " ".join(text.split())


def test_nothing_gives_nothing():
    assert split_sentences(" \n\n — \n") == []


def test_plain_drops_marks_and_citations_only():
    assert (
        plain("- **It** costs [€3 billion](http://x.eu) [@a; @b, p. 2] and _more_ [1].")
        == "It costs €3 billion and more."
    )


@pytest.mark.parametrize(
    "forms",
    [
        "propose proposed proposes proposal",
        "organise organised organizing organisation",
        "city cities",
        "agree agreed agreement",
        "pay paid paying payment",
        "note noted notes",
        "mobilise mobilised mobilising",
        "centre center centres",
    ],
)
def test_forms_of_a_word_have_one_stem(forms):
    assert len({stem(form) for form in forms.split()}) == 1


def test_words_that_only_look_alike_have_different_stems():
    assert stem("founded") != stem("found")
    assert stem("noted") != stem("not")
    assert stem("news") != stem("new")


def test_words_know_their_place_and_whether_they_open_a_sentence():
    text = "Rüland’s study. The CERN-like body"
    found = words(text)
    assert [text[word.start : word.end] for word in found] == [word.text for word in found]
    assert [word.text for word in found if word.first] == ["Rüland", "The"]


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        ("fact", "We must not forget that ESS cost €3 billion."),
        ("fact", "An ELLIS unit must bring at least €1.5 million a year."),
        ("fact", "Holger Hoos leads the group."),
        ("fact", "Critics say the EU should wait."),
        ("fact", "According to its founders, the network works."),
        ("fact", "Talent is leaving Europe."),
        ("fact", "Europe should build what CERN built in 1954, because it worked."),
        ("fact", "The campaign failed."),
        ("fact", "Spending on research fell after the crisis."),
        ("fact", "Let us remember that CERN was founded in 1954."),
        ("fact", "Did Austria not announce its withdrawal in 2009?"),
        ("fact", "Europe, which spent €3 billion on ESS, should now act."),
        ("fact", "Twelve states signed."),
        ("ask", "We propose a hub with nodes in every member state."),
        ("ask", "We ask the Commission to fund it with €100 million."),
        ("ask", "Europe should act now."),
        ("ask", "Fund the hub."),
        ("ask", "Let us begin."),
        ("ask", "Please write to your minister."),
        ("ask", "Parliament must not wait."),
        ("opinion", "A hub gives the field one voice."),
        ("opinion", "This is the right moment."),
        ("opinion", "We believe that openness is worth its price."),
        ("opinion", "CERN is a triumph."),
        ("link", "But there is more."),
        ("link", "That is why it matters."),
        ("link", "What would it take?"),
        ("link", "So much for the problem."),
    ],
)
def test_kinds_of_sentences(kind, sentence):
    assert classify(sentence) == kind


def test_nearly_every_statement_of_the_dossier_is_a_fact():
    # "Objection: ..." and rules of thumb for writers are told as advice.
    others = [text for text in STATEMENTS if classify(text) != "fact"]
    assert len(others) / len(STATEMENTS) <= 0.03, others
