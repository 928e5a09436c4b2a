"""The bytes of an HTML page -> its main text and what it says about itself; the only home of trafilatura.

The main text is what trafilatura finds; where that lost much of what stands between the head and the foot of the
page, or finds nothing, it is what is visible there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from copy import deepcopy
from typing import Any

from ..errors import SourceUnreadable
from .content import Content, blocks_joined, date, doi, heading, language, people, squeezed, table
from .plaintext import BOMS, decode

_FEW_WORDS = 40  # below which a page probably shows its text only in a browser
_KEPT_OF_CORE = 0.8  # of the words between head and foot of a page that the main text must hold
_LINKS_OF_CORE = 0.2  # share of words in links, from which what is there may be lists of other pages


def read_html(data: bytes, charset: str = "") -> Content:
    """The main text of a page; `charset` is what the web server said about its letters.

    Raises:
        SourceUnreadable: the page holds no elements at all.
    """
    import trafilatura

    tree = parse(decode_html(data, charset))
    about = _About(tree)
    whole = blocks_joined(page_blocks(tree))
    core, alone = _core(tree)
    found: Any = trafilatura.bare_extraction(
        tree, with_metadata=True, include_comments=False, date_extraction_params={"extensive_search": False}
    )
    main = blocks_joined(_main_blocks(found.body)) if found is not None and found.body is not None else ""
    if main and core and (alone or len(main.split()) < _KEPT_OF_CORE * len(core.split())):
        main = core
    text = main or whole
    words = len(text.split())
    note = f"only {words} words were found on the page: if a browser shows more, save it as PDF and add that"
    return Content(
        text=text,
        title=about.first("citation_title") or squeezed(getattr(found, "title", "") or "") or about.title,
        authors=about.all("citation_author") or about.bodies() or people(getattr(found, "author", ""), ";"),
        issued=date(about.first(*_DATES)) or date(getattr(found, "date", "")),
        url=_web_address(about.canonical or getattr(found, "url", "")),
        publisher=about.first("citation_journal_title") or squeezed(getattr(found, "sitename", "") or ""),
        doi=next((value for value in map(doi, about.all(*_DOIS)) if value), ""),
        language=about.language,
        notes=(note,) if words < _FEW_WORDS else (),
    )


_DATES = ("citation_publication_date", "citation_date", "citation_online_date", "dc.date", "dcterms.issued")
_DOIS = ("citation_doi", "dc.identifier", "dcterms.identifier", "prism.doi", "bepress_citation_doi", "doi")


def parse(html: str) -> Any:
    """The tree of a page.

    Raises:
        SourceUnreadable: there is nothing in it.
    """
    from lxml import etree  # type: ignore[import-untyped]
    from lxml import html as lxml_html

    # A byte order, not a declaration in the text, says how to read it; lxml refuses text that declares an encoding.
    parser = lxml_html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    try:
        tree = lxml_html.document_fromstring(html.encode("utf-8", "replace"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError) as exc:
        raise SourceUnreadable("it is damaged (a web page without content)") from exc
    for element in tree.iter():
        if element.text and _NOT_IN_XML.search(element.text):
            element.text = _NOT_IN_XML.sub(" ", element.text)
        if element.tail and _NOT_IN_XML.search(element.tail):
            element.tail = _NOT_IN_XML.sub(" ", element.tail)
    return tree


# Characters with which lxml can read a tree but not change it.
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def decode_html(data: bytes, charset: str = "") -> str:
    """The text of a page: byte order mark, then the server's word, then the page's own, then a guess."""
    declared = re.search(rb"<meta[^>]+charset\s*=\s*[\"']?\s*([\w.:-]+)", data[:4096], re.IGNORECASE)
    xml = re.match(rb"\s*<\?xml[^>]+encoding=[\"']([\w.:-]+)", data[:200])
    named = [charset, *(found.group(1).decode("ascii", "replace") for found in (declared, xml) if found)]
    if not data.startswith(tuple(bom for bom, _ in BOMS)):
        for name in named:
            encoding = _AS_BROWSERS.get(name.lower(), name.lower())
            # Python knows codecs that are no encodings of letters; UnicodeError covers those that fail as a whole.
            if not encoding or encoding in _NO_LETTERS:
                continue
            try:
                text = data.decode(encoding)
            except (LookupError, UnicodeError):
                continue
            if "\0" not in text:
                return text
    return decode(data)


_AS_BROWSERS = {
    "iso-8859-1": "cp1252",
    "latin1": "cp1252",
    "us-ascii": "cp1252",
    "ascii": "cp1252",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc-kr": "cp949",
}
_NO_LETTERS = frozenset(
    {"utf-7", "utf7", "unicode_escape", "raw_unicode_escape", "idna", "punycode", "undefined"}
)


class _About:
    """What the head of a page says about it."""

    def __init__(self, tree: Any) -> None:
        self._metas: dict[str, list[str]] = {}
        for meta in tree.iter("meta"):
            name = (meta.get("name") or meta.get("property") or "").lower()
            if value := squeezed(meta.get("content") or ""):
                self._metas.setdefault(name, []).append(value)
        self.title = squeezed(tree.findtext(".//title") or "")
        links = (link for link in tree.iter("link") if (link.get("rel") or "").lower() == "canonical")
        self.canonical = next((link.get("href") or "" for link in links), "")
        self.language = language(tree.get("lang") or tree.get("xml:lang")) or language(
            self.first("citation_language", "dc.language", "og:locale")
        )

    def all(self, *names: str) -> tuple[str, ...]:
        return tuple(value for name in names for value in self._metas.get(name, ()))

    def bodies(self) -> tuple[str, ...]:
        """Authors that are no persons; trafilatura would make "European Court" of the "European Court of Auditors"."""
        stated = self.all("author", "dc.creator")
        return tuple(
            name for name in stated if re.search(r" (?:of|for|de|für) ", name) and not re.search("[,;]", name)
        )

    def first(self, *names: str) -> str:
        return next(iter(self.all(*names)), "")


def _web_address(url: str | None) -> str | None:
    return url if url and re.match(r"https?://[^\s/]+", url) else None


def _drop_hidden(tree: Any) -> None:
    for element in list(tree.iter()):
        if not isinstance(element.tag, str) or element.tag in ("html", "body"):
            continue
        style = re.sub(r"\s", "", element.get("style") or "").lower()
        hidden = element.get("hidden") is not None or re.search(r"display:none|visibility:hidden", style)
        # The number of a note in the text, and the arrow that leads back from the note.
        link = element.get("role") in ("doc-noteref", "doc-backlink") or element.get("epub:type") == "noteref"
        if (hidden or link) and element.getparent() is not None:
            element.drop_tree()


def _core(tree: Any) -> tuple[str, bool]:
    """What stands between head and foot of a page, and whether nothing stands around it; "" where links abound."""
    inner = [*tree.iter("main")] or [*tree.iter("article")]
    page = deepcopy(inner[0] if len(inner) == 1 else tree)
    around = [part for part in page.iter("nav", "aside", "footer", "form") if part is not page]
    for part in around:
        part.drop_tree()
    text = blocks_joined(_visible(page))
    links = sum(len("".join(link.itertext()).split()) for link in page.iter("a"))
    return text if links < _LINKS_OF_CORE * len(text.split()) else "", not inner and not around


_UNSEEN = frozenset({"head", "script", "style", "template", "noscript", "iframe", "object", "svg", "select", "button",
                     "textarea", "audio", "video", "canvas"})  # fmt: skip
_BREAKS = frozenset({"address", "article", "aside", "blockquote", "body", "center", "dd", "details", "dialog", "div",
                     "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "header", "hr", "html", "main",
                     "nav", "ol", "p", "pre", "section", "summary", "ul", "caption"})  # fmt: skip


def page_blocks(tree: Any) -> list[str]:
    """What a reader of the whole page sees: paragraphs, headings, list items and tables in their order."""
    _drop_hidden(tree)
    return list(_visible(tree))


def _visible(element: Any) -> Iterator[str]:
    """Paragraphs, headings, list items and tables of a page in their order, navigation and all."""
    line: list[str] = [element.text or ""]
    for child in element:
        tag = child.tag if isinstance(child.tag, str) else ""
        block = tag in _BREAKS or tag in ("li", "table") or bool(re.fullmatch("h[1-6]", tag))
        if block:
            yield from _paragraph(line)
            line = []
            yield from _block(child, tag)
        elif tag == "br":
            line.append(" ")
        elif tag == "math":
            line.append(f" {_formula(child)} ")
        elif tag and tag not in _UNSEEN:
            inner = list(_visible(child))
            # A link or a span around whole blocks: they stay apart.
            if len(inner) > 1:
                yield from _paragraph(line)
                yield from inner
                line = []
            else:
                line.append(_spaced(child, inner))
        line.append(child.tail or "")
    yield from _paragraph(line)


def _formula(math: Any) -> str:
    """The text of a formula without the TeX that some pages keep beside it."""
    return squeezed(
        "".join(
            text for part in math.iter() if "annotation" not in str(part.tag) for text in [part.text or ""]
        )
    )


def _spaced(element: Any, inner: list[str]) -> str:
    """Text inside a line, with the blanks at its ends as they stand."""
    if not inner:
        return " " if "".join(element.itertext()) else ""
    raw = "".join(element.itertext())
    return f"{' ' if raw[:1].isspace() else ''}{inner[0]}{' ' if raw[-1:].isspace() else ''}"


def _paragraph(line: list[str]) -> Iterator[str]:
    if text := squeezed("".join(line)):
        yield text


def _block(element: Any, tag: str) -> Iterator[str]:
    if tag == "table":
        yield from _table(element)
    elif tag == "pre":
        for paragraph in re.split(r"\n\s*\n", "".join(element.itertext())):
            yield from _paragraph([paragraph])
    elif tag == "li":
        blocks = list(_visible(element))
        yield from (block if block.startswith(("- ", "|")) else f"- {block}" for block in blocks[:1])
        yield from blocks[1:]
    elif tag[0] == "h" and tag[1:].isdigit():
        if text := squeezed(" ".join(_visible(element))):
            yield heading(int(tag[1:]), text)
    else:
        yield from _visible(element)


def _table(element: Any) -> Iterator[str]:
    """A pipe table; a table that only sets out the page, with tables or headings in it, gives its blocks."""
    if next(element.iter("h1", "h2", "h3", "h4"), None) is not None or len(list(element.iter("table"))) > 1:
        for cell in element.iter("td", "th"):
            if not any(parent.tag in ("td", "th") for parent in _inside(cell, element)):
                yield from _visible(cell)
        return
    yield from (squeezed(" ".join(_visible(caption))) for caption in element.iter("caption"))
    if rows := table(
        [" ".join(_visible(cell)) for cell in row.iter("td", "th")] for row in element.iter("tr")
    ):
        yield rows


def _inside(cell: Any, table: Any) -> Iterator[Any]:
    for parent in cell.iterancestors():
        if parent is table:
            return
        yield parent


def _main_blocks(body: Iterable[Any]) -> Iterator[str]:
    """Paragraphs, headings, list items and tables of trafilatura's tree."""
    for element in body:
        text = _flat(element)
        if not text:
            continue
        if element.tag == "head":
            yield heading(int(re.sub(r"\D", "", element.get("rend", "")) or "2"), text)
        elif element.tag == "list":
            yield from _items(element)
        elif element.tag == "table":
            if rows := table([_flat(cell) for cell in row.iter("cell")] for row in element.iter("row")):
                yield rows
        elif any(child.tag in ("p", "head", "list", "table") for child in element):
            yield from _paragraph([element.text or ""])
            yield from _with_tails(element)
        else:
            yield text


def _with_tails(element: Any) -> Iterator[str]:
    for child in element:
        yield from _main_blocks([child])
        yield from _paragraph([child.tail or ""])


def _items(element: Any) -> Iterator[str]:
    for item in element:
        own = _flat(item, leave_out="list")
        if own:
            yield f"- {own}"
        for inner in item.iter("list"):
            if next(inner.iterancestors("item"), None) is item:
                yield from _items(inner)


_APART = frozenset({"p", "item", "head", "lb", "cell", "row", "quote", "list", "table", "code"})


def _flat(element: Any, leave_out: str = "") -> str:
    """All text of an element in one line; words of two paragraphs do not run together."""
    pieces = [element.text or ""]
    for child in element:
        if child.tag != leave_out:
            gap = " " if child.tag in _APART else ""
            pieces += [gap, _flat(child, leave_out), gap] if gap else [_inner(child, leave_out)]
        pieces.append(child.tail or "")
    return squeezed("".join(pieces))


def _inner(element: Any, leave_out: str) -> str:
    raw = "".join(element.itertext())
    return f"{' ' if raw[:1].isspace() else ''}{_flat(element, leave_out)}{' ' if raw[-1:].isspace() else ''}"
