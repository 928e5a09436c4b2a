"""The bytes of an EPUB book -> its chapters in reading order and what the book says about itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote
from xml.etree.ElementTree import Element

from ..errors import SourceUnreadable
from .archives import Parts, attribute, child, joined, local
from .content import Content, blocks_joined, date, doi, language, meaningful, squeezed
from .webpage import decode_html, page_blocks, parse

# Ways to scramble the book's fonts; any other way locks its text.
_FONT_LOCKS = frozenset({"http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC"})
_EMPTY = "area|base|br|col|embed|hr|img|input|link|meta|param|source|track|wbr"


def read_epub(data: bytes) -> Content:
    """The text of a book.

    Raises:
        SourceUnreadable: it is damaged, locked, or names no chapters.
    """
    parts = Parts(data)
    _refuse_locked(parts)
    container = parts.xml("META-INF/container.xml")
    root = next((attribute(file, "full-path") for file in container.iter() if local(file) == "rootfile"), "")
    package = parts.xml(root)
    chapters = list(_chapters(package, root))
    missing = sum(name not in parts.names for name in chapters)
    blocks = [block for name in chapters if name in parts.names for block in _chapter(parts.read(name))]
    about = _About(child(package, "metadata"))
    return Content(
        text=blocks_joined(blocks),
        title=meaningful(about.first("title")),
        authors=about.authors(),
        issued=date(about.first("date")),
        publisher=about.first("publisher"),
        doi=next((found for found in map(doi, about.all("identifier")) if found), ""),
        language=language(about.first("language")),
        notes=(f"{missing} of {len(chapters)} chapters are missing from the file",) if missing else (),
    )


def _refuse_locked(parts: Parts) -> None:
    name = "META-INF/encryption.xml"
    methods = (
        (part for part in parts.xml(name).iter() if local(part) == "EncryptionMethod")
        if name in parts.names
        else ()
    )
    if any(attribute(method, "Algorithm") not in _FONT_LOCKS for method in methods):
        raise SourceUnreadable("its text is locked by the seller (DRM): add an edition without a lock")


def _chapters(package: Element, root: str) -> Iterator[str]:
    """The names of the chapters' parts in reading order, the table of contents left out."""
    folder = root.rpartition("/")[0]
    manifest = child(package, "manifest")
    items = {attribute(item, "id"): item for item in manifest} if manifest is not None else {}
    spine = child(package, "spine")
    for link in spine if spine is not None else ():
        item = items.get(attribute(link, "idref"))
        if item is not None and "nav" not in attribute(item, "properties").split():
            yield joined(folder, unquote(attribute(item, "href")))


def _chapter(data: bytes) -> list[str]:
    if not data.strip():
        return []
    # Chapters are XML, where any element may close itself; to a reader of HTML it would swallow all that follows.
    html = re.sub(
        rf"<(?!(?:{_EMPTY})\b)([A-Za-z][\w:-]*)((?:\s[^<>]*)?)/>", r"<\1\2></\1>", decode_html(data)
    )
    return page_blocks(parse(html))


class _About:
    """The book's own metadata."""

    def __init__(self, metadata: Element | None) -> None:
        self._elements = (
            [element for element in metadata.iter() if element.text] if metadata is not None else []
        )

    def all(self, name: str) -> list[str]:
        return [squeezed(element.text or "") for element in self._elements if local(element) == name]

    def first(self, name: str) -> str:
        return next(iter(self.all(name)), "")

    def authors(self) -> tuple[str, ...]:
        """The creators who are not marked as something else, such as editors or illustrators."""
        roles = {
            attribute(element, "refines").lstrip("#"): squeezed(element.text or "")
            for element in self._elements
            if attribute(element, "property") == "role"
        }
        creators = (element for element in self._elements if local(element) == "creator")
        return tuple(
            squeezed(element.text or "")
            for element in creators
            if (attribute(element, "role") or roles.get(attribute(element, "id"), "aut")) in ("aut", "")
        )
