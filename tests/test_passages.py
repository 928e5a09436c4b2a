from __future__ import annotations

from itertools import pairwise

import pytest

from knowledge import Source, load_embedder
from knowledge.borders import sentences
from knowledge.passages import embedded_text, split
from knowledge.sources import from_text

LONG_WORD = "Donaudampfschifffahrt" * 400
UGLY = {
    "plain": "One sentence. Another one! A third? Yes.",
    "windows line ends": "First line.\r\nSecond line.\r\n\r\nThird.\r\n",
    "no full stop": "words without any end " * 600,
    "one endless word": LONG_WORD,
    "endless word inside": f"Before it. {LONG_WORD} After it.",
    "combining marks": "Ru\u0308land fa\u0308hrt. " * 200 + "\u0301" * 1500,
    "emoji and astral": "Science 🧪🔬 wins 𝒜𝓁𝓁. " * 150,
    "zero width and nbsp": "A\u200bB\u00a0C\u00ad\u00adD. \ufeffNext one.\u2028Line separator. " * 60,
    "control characters": "a\x00b\x07c. \x1bD e. " * 50,
    "arabic": "هذا مختبر كبير للعلوم. تموله الدول معا! " * 60,
    "chinese": "欧洲需要一个中心和一个网络。没有一个国家能够单独支付。" * 60,
    "only headings": "# One\n\n## Two\n\n### Three",
    "headings": "# Costs\n\nThe fee is small. It is paid yearly.\n\n## Site\n\nNo one knows.\n" * 30,
    "list": "- first item\n- second item\n- third item without stop\n1. numbered\n2. again\n" * 40,
    "abbreviations": "Prof. Kendrew et al. wrote in 1962, e.g. to J. Watson, that the U.S. model fits. Dr. No left. "
    * 30,
    "table": "a | b | c\n1 | 2 | 3\n" * 300,
    "markdown table": "Caption above it.\n\n| State | Share of the yearly fee |\n| --- | --- |\n"
    + "| Austria | 2.1 % |\n| Latvia | 0.1 % |\n" * 60
    + "\nText below it. It goes on.",
    "wide rows": "| a | b |\n| --- | --- |\n" + ("| " + "many words in one cell " * 40 + "| x |\n") * 3,
    "long header": "| " + "a header of very many words " * 30 + "|\n| --- |\n" + "| row |\n" * 40,
    "long headings": "## " + "A heading that is a whole abstract. " * 12 + "\n\nText below. " * 9,
    "capitals": "THE WHOLE TEXT\nIS IN CAPITALS\nLINE AFTER LINE\n" * 30,
    "poem": "First line of a song\nsecond line of it,\nthird without an end\n\n" * 40,
    "mail": "On 3 May she wrote:\n> Dear all.\n> > We met. See you\n-- \nThe sender\n" * 30,
    "odd separators": "a\x1cb c\x85d. \x0bE\x0cf. " * 80,
    "white space around": "\n\n \t  Text in the middle.  \n\n\n",
    "urls": "See https://example.org/" + "path/" * 400 + " for it. Done.",
}


@pytest.mark.parametrize("name", UGLY)
@pytest.mark.parametrize("limit", [256, 40, 12])
@pytest.mark.parametrize("whole", [True, False], ids=["by offsets", "by counting"])
def test_offsets_give_the_text_and_nothing_is_too_long(name: str, limit: int, whole: bool) -> None:
    count_tokens = load_embedder().count_tokens
    token_starts = load_embedder().token_starts if whole else None
    source = from_text("s", "title", UGLY[name])
    passages = split(source, count_tokens, limit, token_starts=token_starts)
    assert passages
    for passage in passages:
        assert passage.start is not None
        assert passage.end is not None
        assert source.text[passage.start : passage.end] == passage.text
        assert passage.text == passage.text.strip()
        assert passage.text
        assert count_tokens(embedded_text(passage)) <= limit
    spans = [(passage.start, passage.end) for passage in passages]
    assert spans == sorted(spans), "in the order of the text"
    assert all(before[1] <= after[0] for before, after in pairwise(spans)), "no overlap"  # type: ignore[operator]
    assert len({passage.id for passage in passages}) == len(passages)


@pytest.mark.parametrize("name", [name for name in UGLY if "headings" not in name])
def test_no_word_is_lost(name: str) -> None:
    source = from_text("s", "title", UGLY[name])
    passages = split(source, load_embedder().count_tokens, 40)
    assert "".join("".join(p.text.split()) for p in passages) == "".join(UGLY[name].split())


def _texts(text: str, limit: int = 24) -> list[str]:
    return [
        passage.text
        for passage in split(from_text("s", "t", text), lambda text: len(text.split()) + 2, limit)
    ]


def test_passages_end_at_sentence_borders() -> None:
    text = "The hub is in one place. The nodes are in many. Each state pays a share. All of them take part. Nobody can do it alone."
    assert all(passage.endswith(".") for passage in _texts(text, limit=14))


@pytest.mark.parametrize(
    "text",
    [
        "It was Prof. Kendrew who asked for it.",
        "They met J. D. Watson there.",
        "The fee, approx. 2.2 million, is low.",
        "Plans, e.g. Ravello, came early.",
        "It says so in No. 5 of the paper.",
        "The U.S. Congress took its part.",
        "Am 3. Mai kamen sie alle.",
        "Das ist z.B. Bern oder Genf.",
        "He said: Wait ... what is it?",
        "Elle dit « non ! » et sort.",
        "Včera přišel např. číslo dva ven.",
    ],
)
def test_a_full_stop_inside_a_sentence_is_no_border(text: str) -> None:
    filler = "Ten words stand here to fill this passage well up. "
    assert any(text in passage for passage in _texts(filler + text + " " + filler, limit=14))


def test_a_heading_stands_beside_the_passages_below_it() -> None:
    source = from_text("s", "t", "Before.\n\n# Costs\n\nThe fee is small.\n\n## Site ##\n\nNo one knows.")
    found = [(p.heading, p.text) for p in split(source, load_embedder().count_tokens, 256)]
    assert found == [("", "Before."), ("Costs", "The fee is small."), ("Site", "No one knows.")]


def test_passages_of_one_stretch_are_of_like_size() -> None:
    words = [len(passage.split()) for passage in _texts("Five words are in here. " * 11, limit=52)]
    assert len(words) == 2
    assert max(words) - min(words) <= 5


def test_the_same_text_has_the_same_ids() -> None:
    def ids(source: Source) -> list[str]:
        return [passage.id for passage in split(source, load_embedder().count_tokens, 40)]

    first, again = from_text("s", "t", UGLY["plain"]), from_text("s", "t", UGLY["plain"])
    assert ids(first) == ids(again)
    assert ids(first) != ids(from_text("s", "t", UGLY["plain"] + " More."))
    assert ids(first)[0].startswith("s-")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("He said no. Then he left.", ["He said no.", "Then he left."]),
        ("Why ? « La science unit. » Elle sort.", ["Why ?", "« La science unit. »", "Elle sort."]),
        ("Er sagte: „Ja.“ Dann ging er.", ["Er sagte: „Ja.“", "Dann ging er."]),
        ("It was paid.[12] She left.", ["It was paid.[12]", "She left."]),
        ("The costs.12 The fee is 3.5 now.", ["The costs.12", "The fee is 3.5 now."]),
        ("ما هذا؟ هذا مختبر. نعم", ["ما هذا؟", "هذا مختبر.", "نعم"]),
        ("这是什么？我们知道。好", ["这是什么？", "我们知道。", "好"]),
        ("COSTS AND FEES\nThey are low", ["COSTS AND FEES", "They are low"]),
        ("Two of them:\n• one\n(b) two\n3. three", ["Two of them:", "• one", "(b) two", "3. three"]),
        ("Done. 🧪 Next one.", ["Done.", "🧪 Next one."]),
        ("> He said it.\n> Then he left.", ["> He said it.", "> Then he left."]),
    ],
)
def test_sentences_end_where_a_reader_would_end_them(text: str, expected: list[str]) -> None:
    assert [text[start:end] for start, end in sentences(text, 0, len(text))] == expected


TABLE = "# Fees\n\nWho pays what.\n\n| State | Share |\n| --- | --- |\n" + "".join(
    f"| State {number} | {number} % of it |\n" for number in range(40)
)


def test_rows_stay_whole_and_carry_the_header() -> None:
    embedder = load_embedder()
    passages = split(
        from_text("s", "t", TABLE), embedder.count_tokens, 100, token_starts=embedder.token_starts
    )
    first, *later = passages
    assert first.text.startswith("Who pays what.")
    assert "| State | Share |" in first.text
    assert first.context == ""
    assert later
    for passage in later:
        assert passage.context == "| State | Share |"
        assert embedded_text(passage).startswith("Fees\n| State | Share |\n| State ")
        assert all(
            line.startswith("| State") and line.endswith("of it |") for line in passage.text.splitlines()
        )


def test_only_a_row_that_is_too_long_by_itself_is_cut() -> None:
    passages = split(from_text("s", "t", UGLY["wide rows"]), load_embedder().count_tokens, 100)
    assert len(passages) > 3
    assert all(passage.context == "| a | b |" for passage in passages[1:])


def test_a_long_heading_is_text_too() -> None:
    heading = "A heading that goes on and on with word after word " * 8
    source = from_text("s", "t", f"# {heading}\n\nText below.")
    passages = split(source, load_embedder().count_tokens, 256)
    assert "".join(passages[0].text.split()).startswith("".join(heading.split()))
    assert heading.startswith(passages[0].heading)
    assert load_embedder().count_tokens(passages[0].heading) <= 34


def test_room_is_left_for_a_title_that_is_embedded() -> None:
    embedder = load_embedder()
    source = from_text(
        "s", "A title of quite some words, " * 9, UGLY["headings"] + TABLE + UGLY["no full stop"]
    )
    for passage in split(source, embedder.count_tokens, 128, token_starts=embedder.token_starts, title=True):
        assert embedder.count_tokens(embedded_text(passage, title=True)) <= 128


def test_a_heading_that_is_the_title_is_embedded_once() -> None:
    source = from_text("s", "Costs", "# Costs\n\nThe fee is small.")
    (passage,) = split(source, load_embedder().count_tokens, 64)
    assert embedded_text(passage, title=True) == "Costs\nThe fee is small."


def test_counting_by_offsets_gives_the_same_passages() -> None:
    embedder = load_embedder()
    for name in ("headings", "abbreviations", "markdown table", "poem", "chinese"):
        source = from_text("s", "t", UGLY[name])
        counted = split(source, embedder.count_tokens, 64)
        assert split(source, embedder.count_tokens, 64, token_starts=embedder.token_starts) == counted


def test_a_passage_has_its_own_language_or_that_of_its_source() -> None:
    german = "Kein Staat kann das Labor allein bezahlen, und alle Staaten nehmen an seiner Arbeit teil. " * 4
    english = "No state can pay for the laboratory alone, and all states take part in its daily work. " * 12
    source = from_text("s", "t", f"# One\n\n{english}\n\n# Two\n\n{german}\n\n# Three\n\nYes.")
    found = {p.heading: p.language for p in split(source, load_embedder().count_tokens, 256)}
    assert found == {"One": "en", "Two": "de", "Three": "en"}
