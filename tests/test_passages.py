from __future__ import annotations

from itertools import pairwise

import pytest

from knowledge import Source, load_embedder
from knowledge.passages import split
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
    "white space around": "\n\n \t  Text in the middle.  \n\n\n",
    "urls": "See https://example.org/" + "path/" * 400 + " for it. Done.",
}


@pytest.mark.parametrize("name", UGLY)
@pytest.mark.parametrize("limit", [256, 40, 12])
def test_offsets_give_the_text_and_nothing_is_too_long(name: str, limit: int) -> None:
    count_tokens = load_embedder().count_tokens
    source = from_text("s", "title", UGLY[name])
    passages = split(source, count_tokens, limit)
    assert passages
    for passage in passages:
        assert passage.start is not None
        assert passage.end is not None
        assert source.text[passage.start : passage.end] == passage.text
        assert passage.text == passage.text.strip()
        assert passage.text
        assert count_tokens(passage.text) <= limit
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
