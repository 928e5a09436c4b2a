"""What the page shows: escaped, numbered, and readable without colour."""

import re
from html.parser import HTMLParser

import pytest

from assistant.answer import Answer, Balance, Citation, Finding, OverClaim, PassageView, Sentence
from ui import catalogue, render
from ui.adding import Adding, Outcome
from ui.shelf import Chosen, Entry, Shelf

HOSTILE = "<img src=x onerror=\"window.hacked=1\"> <script>window.hacked=1</script> [a](javascript:alert(1)) 'x' & \n\n# H"


def passage(number, text="A passage.", title="A title", **more):
    return PassageView(
        rank=number,
        score=0.5,
        passage_id=f"p{number}",
        source_id=f"s{number}",
        title=title,
        text=text,
        **more,
    )


def fact(text, *numbers, verdict="supported", reason="", move=""):
    cited = [Citation(passage_id=f"p{number}", source_id=f"s{number}") for number in numbers]
    return Sentence(
        text=text, kind="fact", citations=cited, move=move, finding=Finding(verdict=verdict, reason=reason)
    )


class Tags(HTMLParser):
    """Tags and attributes that a browser would see."""

    def __init__(self, html):
        super().__init__()
        self.seen, self.text, self.attributes = [], "", []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.seen.append(tag)
        self.attributes += [name for name, _ in attrs]

    def handle_data(self, data):
        self.text += data


def hostile_entry():
    return Entry(
        id=HOSTILE, title=HOSTILE, has_text=True, year=HOSTILE, interest=HOSTILE, guessed=True, passages=1,
        language=HOSTILE, version=2, added=HOSTILE, notes=(HOSTILE,),
    )  # fmt: skip


def everything_hostile():
    numbers = render.Numbers()
    view = passage(1, HOSTILE, HOSTILE, confidence=HOSTILE, as_of=HOSTILE, needs_original=True)
    sentence = fact(HOSTILE, 1, verdict="partly", reason=HOSTILE)
    sentence.finding.wrong = ["onerror", "<script>"]
    sentence.over_claims = [OverClaim(words="<img", why=HOSTILE, sober=HOSTILE, start=0, end=4)]
    title = sentence.model_copy(update={"move": "headline", "citations": []})
    answer = Answer(
        kind="draft", text=HOSTILE, sentences=[sentence], passages=[view], headline=HOSTILE, standfirst=HOSTILE,
        open_points=[HOSTILE],
    )  # fmt: skip
    card = render.Card(passage=view, year=HOSTILE, link="javascript:alert(1)//<script>")
    return {
        "draft": render.draft_html(answer, numbers),
        "titles": render.titles_html([title]),
        "evidence": render.evidence_html([card], numbers, empty=""),
        "question": render.question_html(HOSTILE),
        "stage": render.stage_html(HOSTILE),
        "notice": render.notice_html(HOSTILE),
        "pending": render.prose_html([], numbers, [], pending=HOSTILE),
        "shelf": catalogue.shelf_html(Shelf(entries=(hostile_entry(),), matching=1, total=1)),
        "chosen": catalogue.chosen_html(
            Chosen(id=HOSTILE, title=HOSTILE, facts=(HOSTILE,), notes=(HOSTILE,))
        ),
        "confirm": catalogue.confirm_html(Chosen(id=HOSTILE, title=HOSTILE)),
        "adding": catalogue.adding_html(Adding(stage=HOSTILE, percent=5, left=HOSTILE)),
        "outcome": catalogue.outcomes_html(
            [Outcome(state="failed", name=HOSTILE, words=HOSTILE, notes=(HOSTILE,))]
        ),
        "state": render.state_html([("good", HOSTILE, HOSTILE)]),
    }


@pytest.mark.parametrize("name", everything_hostile())
def test_hostile_text_stays_text_everywhere(name):
    html = everything_hostile()[name]
    page = Tags(html)
    assert not {"img", "script"} & set(page.seen)
    assert "onerror" not in page.attributes
    assert not re.search(r'href="\s*javascript', html)
    # A blank line would end Markdown's HTML block, and what follows would be read as Markdown.
    assert "\n\n" not in html
    assert "<script>window.hacked=1</script>" in page.text


def test_passages_are_numbered_in_the_order_of_first_citation():
    numbers = render.Numbers()
    passages = [passage(number) for number in (1, 2, 3)]
    sentences = [fact("One.", 3), fact("Two.", 1, 3), fact("Three.", 1)]
    html = render.prose_html(sentences, numbers, passages)
    assert re.findall(r'href="#evidence-(\d)"', html) == ["1", "2", "1", "2"]
    cards = render.evidence_html([render.Card(passage=one) for one in passages], numbers, empty="")
    assert (
        cards.index('id="evidence-1"') < cards.index('id="evidence-2"') < cards.index("Read, not cited (1)")
    )
    assert 'id="evidence-3"' not in cards


def test_each_finding_is_told_in_words_and_unsupported_is_struck():
    sentences = [
        fact("Good.", 1),
        fact("Half.", 1, verdict="partly", reason="no year"),
        fact("Bad.", 1, verdict="unsupported"),
        Sentence(text="We think so.", kind="opinion"),
    ]
    html = render.prose_html(sentences, render.Numbers(), [passage(1)])
    assert 'title="supported by the passage"' in html
    assert "partly supported: read the passage (no year)" in html
    assert re.search(r'<s class="sa-s sa-unsupported"[^>]*>Bad\.</s><small[^>]*>unsupported</small>', html)
    assert 'title="opinion"' in html
    assert render.counts(sentences) == {"supported": 1, "partly": 1, "unsupported": 1, "voice": 1}


OUTCOMES = [
    ("supported", "supported", "supported by the passage", "supported"),
    ("unsupported", "contradicted", "contradicted by a passage: do not use", "contradicted"),
    ("unsupported", "not_found", "not found in the sources: do not use", "not found"),
    ("partly", "unclear", "unclear, supported in part: read the passage", "unclear"),
    ("not_checked", "", "not checked", "not checked"),
]


@pytest.mark.parametrize(("verdict", "outcome", "title", "flag"), OUTCOMES)
def test_the_outcome_is_told_in_words_behind_the_sentence(verdict, outcome, title, flag):
    sentence = fact("It began in 1951.", 1, verdict=verdict)
    sentence.finding.outcome = outcome
    html = render.sentence_html(sentence, render.Numbers(), {})
    assert f'title="{title}"' in html
    assert re.search(rf"<small[^>]*>{flag}</small>", html)


def test_wrong_words_and_over_claims_are_underlined_where_they_stand():
    text = "The 19 nodes [@k2019] will always pay 19 euros."
    sentence = fact(text, 1, verdict="unsupported")
    sentence.finding.wrong = ["19", "19 euros"]
    at = text.index("always")
    sentence.over_claims = [
        OverClaim(words="always", why="no exception", sober="often", start=at, end=at + 6)
    ]
    html = render.sentence_html(sentence, render.Numbers(), {})
    assert re.findall(r'<u class="sa-(\w+)" title="([^"]*)">([^<]*)</u>', html) == [
        ("wrong", render.WRONG, "19"),
        ("over", "over-claim: write “often” (no exception)", "always"),
        ("wrong", render.WRONG, "19 euros"),
    ]
    assert Tags(html).text.startswith("The 19 nodes will always pay 19 euros.")
    assert "over-claim: write “often”</small>" in html


def test_a_card_says_what_its_passage_does_for_the_sentences():
    sentences = [fact(f"{n}.", 1) for n in range(3)]
    for sentence, support in zip(sentences, ("alone", "alone", "with_others"), strict=True):
        sentence.citations[0].support = support
    sentences[2].against = [Citation(passage_id="p2", source_id="s2")]
    sentences[2].better = [Citation(passage_id="p3", source_id="s3")]
    assert render.support_of(sentences) == {
        "p1": "supports 2 sentences alone; supports its sentence with others",
        "p2": "speaks against its sentence",
        "p3": "supports its sentence better than what is cited",
    }
    html = render.evidence_html(
        [render.Card(passage=passage(2))], render.Numbers(), empty="", sentences=sentences
    )
    assert "Speaks against its sentence</p>" in html
    assert render.support_of([fact("Nobody looked.", 1)]) == {}


def test_an_answer_from_before_titles_had_findings_says_so():
    answer = Answer(
        kind="draft",
        text="",
        sentences=[fact("So.", 1)],
        passages=[],
        headline="A head",
        standfirst="It stands.",
    )
    assert "Headline and standfirst were not checked." in render.draft_html(answer, render.Numbers())


def test_an_unchecked_fact_is_never_shown_as_supported():
    assert render.tone(fact("Never checked.", verdict="not_checked")) == "partly"


def test_pandoc_marks_give_way_to_numbers():
    html = render.prose_html(
        [fact("It began in 2017 [@ruland2025; @cern].", 1)], render.Numbers(), [passage(1)]
    )
    assert "It began in 2017.</span>" in html
    assert "@" not in html


def test_paragraphs_follow_the_text_and_else_the_moves():
    one, two, three = fact("One.", move="open"), fact("Two.", move="open"), fact("Three.", move="ask")
    assert render.paragraphs([one, two, three]) == [[one, two], [three]]
    assert render.paragraphs([one, two, three], "One [@a].\n\nTwo. Three.") == [[one], [two, three]]


def test_the_balance_reads_without_colour():
    html = render.balance_html(Balance(hub=0.5, network=0.25, joined=0.125))
    assert 'aria-label="Balance: hub 50 %, joined 12 %, network 25 %, neither 12 %"' in html
    assert "hub <b>50 %</b>" in html
    assert render.balance_html(None) == ""


def test_a_card_says_how_far_its_passage_can_be_trusted():
    note = passage(1, confidence="high", as_of="2025", needs_original=True)
    own = passage(2, page=3, start=10, end=20)
    first = render.card_html(
        render.Card(passage=note, year="2025", link="https://example.org/a?b=1&c"), "evidence-1", "1"
    )
    assert "confidence: <b>high</b> · as of 2025" in first
    assert "Open the original first" in first
    assert 'href="https://example.org/a?b=1&amp;c"' in first
    assert "your source · page 3, characters 10–20" in render.card_html(render.Card(passage=own), "", "")


def test_a_voice_is_told_with_its_meaning_and_a_guess_as_a_guess():
    card = render.Card(passage=passage(1, confidence="high"), interest="auditor", guessed=True)
    html = render.card_html(card, "", "")
    assert re.search(r'title="A court of auditors[^"]*">Auditor or appointed reviewer</span>', html)
    assert 'aria-label="Guessed' in html
    assert "Guessed" not in render.voice_html("auditor", guessed=False)
    assert render.voice_html("", guessed=False) == ""
    unknown = render.card_html(render.Card(passage=passage(1, confidence="high")), "", "")
    assert '<p class="sa-meta">confidence: <b>high</b></p>' in unknown


def test_progress_reads_without_colour_and_ends():
    now = catalogue.adding_html(Adding(stage="adding sources", percent=42, left="about 2 min left"))
    assert 'aria-valuenow="42"' in now
    assert "42 % · about 2 min left" in now
    assert catalogue.adding_html(Adding(stage="adding sources", finished=True)) == ""
