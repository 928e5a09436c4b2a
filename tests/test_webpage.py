from __future__ import annotations

import random

import pytest

from knowledge import SourceUnreadable
from knowledge.readers.webpage import decode_html
from knowledge.sources import read_bytes

PARAGRAPH = (
    "<p>Slovenia paid a fee that its ministry called small, and its firms won contracts for the machine. "
    "The same year the council asked what came back, and nobody had counted.</p>"
)
HEAD = """<title>Fees | A Journal</title><link rel="canonical" href="https://journal.example/fees">
<meta name="citation_title" content="Fees of small states"><meta name="citation_author" content="Lovelace, Ada">
<meta name="citation_author" content="Renner, Karl"><meta name="citation_publication_date" content="2024/03/05">
<meta name="citation_doi" content="doi:10.1234/Fees.5"><meta name="citation_journal_title" content="A Journal">"""
NAVIGATION = "<nav>" + "".join(f"<a href='/{n}'>Section {n} of the site</a> " for n in range(30)) + "</nav>"


def page(body: str, head: str = HEAD, around: str = NAVIGATION) -> bytes:
    return f"<!doctype html><html lang='en-GB'><head>{head}</head><body>{around}{body}</body></html>".encode()


def text_of(body: str, around: str = "") -> str:
    return read_bytes(page(body, around=around), "page.html").text


def test_a_scholarly_page_says_its_record() -> None:
    source = read_bytes(page(f"<article><h1>Fees</h1>{PARAGRAPH * 4}</article>"), "saved.html")
    reference = source.reference
    assert [(name.family, name.given) for name in reference.author] == [
        ("Lovelace", "Ada"),
        ("Renner", "Karl"),
    ]
    assert (source.title, reference.issued, reference.DOI) == (
        "Fees of small states",
        "2024-03-05",
        "10.1234/Fees.5",
    )
    assert (reference.URL, reference.container_title) == ("https://journal.example/fees", "A Journal")
    assert reference.language == "en-GB"
    assert {"title", "author", "issued", "URL", "DOI", "container_title", "language"} == set(
        reference.guessed
    )
    assert "Section 3" not in source.text


def test_the_address_it_was_fetched_from_is_known_and_wins() -> None:
    source = read_bytes(page(PARAGRAPH * 4), "", url="https://mirror.example/a/fees", media_type="text/html")
    assert (source.path, source.reference.URL) == (
        "https://mirror.example/a/fees",
        "https://mirror.example/a/fees",
    )
    assert "URL" not in source.reference.guessed


def test_a_table_becomes_a_pipe_table() -> None:
    table = "<table><tr><th>state</th><th>fee</th></tr><tr><td>Slovenia</td><td><p>2.2</p><p>a|b</p></td></tr></table>"
    for around in ("", NAVIGATION):
        text = text_of(f"<article><h1>Fees</h1>{PARAGRAPH * 3}{table}{PARAGRAPH}</article>", around)
        assert "\n\n| state | fee |\n| --- | --- |\n| Slovenia | 2.2 a¦b |\n\n" in text


def test_lists_in_lists_keep_every_item() -> None:
    body = f"{PARAGRAPH * 3}<ul><li>contracts<ul><li>for firms</li><li>for labs</li></ul></li><li>places</li></ul>"
    for around in ("", NAVIGATION):
        assert "- contracts\n- for firms\n- for labs\n- places" in text_of(
            f"<article>{body}</article>", around
        )


def test_what_nobody_sees_is_not_read() -> None:
    hidden = (
        "<p hidden>Secret one.</p><p style='display: none'>Secret two.</p><div style='visibility:hidden'>Secret three."
        "</div><template>Secret four.</template><script>secret()</script><!-- Secret five. -->"
    )
    for around in ("", NAVIGATION):
        text = text_of(f"<article>{PARAGRAPH * 3}{hidden}{PARAGRAPH}</article>", around)
        assert "ecret" not in text
        assert "Slovenia" in text


def test_a_document_written_in_html_is_kept_whole() -> None:
    sections = "".join(f"<h2>Part {n}</h2><div>Short line {n}.</div><pre>code {n}</pre>" for n in range(30))
    text = text_of(sections)
    assert all(f"## Part {n}\n\nShort line {n}.\n\ncode {n}" in text for n in range(30))


def test_words_of_two_blocks_do_not_run_together_and_letters_of_one_word_do() -> None:
    assert text_of(
        "<div>one<div>two</div>three</div><p>H<sub>2</sub>O <b>in</b> <i>Ge</i>neva<br>now</p>"
    ) == ("one\n\ntwo\n\nthree\n\nH2O in Geneva now")


def test_a_page_that_shows_its_text_only_in_a_browser_says_so() -> None:
    source = read_bytes(page("<p>Please enable JavaScript.</p>", around=""), "app.html")
    assert source.notes == (
        "only 3 words were found on the page: if a browser shows more, save it as PDF and add that",
    )


@pytest.mark.parametrize(
    ("declared", "written"),
    [
        ("iso-8859-1", "cp1252"),
        ("windows-1251", "cp1251"),
        ("gb2312", "gb18030"),
        ("shift_jis", "cp932"),
        ("utf-8", "cp1252"),
        ("no-such-letters", "utf-8"),
        ("unicode_escape", "utf-8"),
        ("undefined", "utf-8"),
        ("hex", "utf-8"),
    ],
)
def test_letters_are_read_as_browsers_do(declared: str, written: str) -> None:
    words = {"cp1251": "Европейский проект", "gb18030": "欧洲核子研究组织", "cp932": "日本の研究所"}
    text = words.get(written, "Die Gebühr “klein” kostet 5 €, très bien, l’été.")
    html = f"<html><head><meta charset='{declared}'></head><body><p>{text}</p></body></html>"
    assert text in decode_html(html.encode(written))


def test_the_servers_word_on_letters_counts_more_than_the_pages() -> None:
    html = "<html><head><meta charset='utf-8'></head><body><p>Привет, проект.</p></body></html>".encode(
        "koi8-r"
    )
    source = read_bytes(html, "page", media_type="text/html; charset=KOI8-R")
    assert source.text == "Привет, проект."


def test_xhtml_with_an_xml_declaration_is_read() -> None:
    html = (
        "<?xml version='1.0' encoding='utf-8'?><!DOCTYPE html><html><body><p>Schöne Grüße</p></body></html>"
    )
    assert read_bytes(html.encode(), "page.xml").text == "Schöne Grüße"


@pytest.mark.parametrize(
    "odd", ["\x01", "\x0b", "\x0c", "&#1;", "&#x1F;", "&#xD800;", "&#65535;", "\ufffe", "&#0;", "&#99999999;"]
)
def test_control_characters_beside_hidden_parts_do_no_harm(odd: str) -> None:
    for around in ("", NAVIGATION):
        text = text_of(f"<article>{PARAGRAPH * 3}{odd}<i hidden>x{odd}</i>{odd}words{odd}</article>", around)
        assert "words" in text


def test_a_page_nested_absurdly_is_read_or_refused() -> None:
    try:
        text = text_of("<div>" * 5000 + "words" + "</div>" * 5000)
    except SourceUnreadable:
        return
    assert text == "words"


def test_a_damaged_page_is_read_or_refused_and_nothing_else() -> None:
    whole = page(
        f"<article><h1>Fees</h1>{PARAGRAPH * 3}<table><tr><td>a</td></tr></table><ul><li>x</li></ul></article>"
    )
    rng = random.Random(3)
    for _ in range(40):
        data = bytearray(whole[: rng.randrange(20, len(whole))])
        for _ in range(rng.choice((0, 1, 20))):
            data[rng.randrange(len(data))] = rng.randrange(256)
        try:
            assert read_bytes(bytes(data), "page.html").text.strip()
        except SourceUnreadable as refusal:
            assert "\n" not in str(refusal)


def test_a_body_as_author_keeps_its_whole_name() -> None:
    head = '<title>Special report</title><meta name="author" content="European Court of Auditors">'
    reference = read_bytes(page(f"<article>{PARAGRAPH * 4}</article>", head), "report.html").reference
    assert [name.literal for name in reference.author] == ["European Court of Auditors"]
