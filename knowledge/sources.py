"""A file, or bytes from the web -> a Source: its text, pages, title and a bibliographic record guessed from it.

The kind is recognised by content, not by extension. Offsets of passages refer to `Source.text`: for text files that is
the decoded file with line ends as \\n, for other kinds what the reader made of it.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Literal
from urllib.parse import unquote, urlsplit

from .errors import SourceUnreadable
from .identity import citekey
from .readers import (
    Content,
    decode,
    kind_of,
    read_docx,
    read_epub,
    read_html,
    read_markdown,
    read_odt,
    read_pdf,
    read_pptx,
    read_rtf,
    read_text,
)
from .readers.content import date, doi_in, meaningful, people, squeezed
from .references import Name, Reference

__all__ = [
    "GUESSED",
    "MAX_BYTES",
    "SUFFIXES",
    "Content",
    "Source",
    "decode",
    "from_text",
    "read",
    "read_bytes",
]

SUFFIXES = frozenset(
    {
        ".txt", ".text", ".md", ".markdown", ".html", ".htm", ".xhtml", ".pdf", ".docx", ".odt", ".pptx", ".epub",
        ".rtf",
    }
)  # fmt: skip
"""What a folder is searched for; a file named by itself may have any suffix."""
MAX_BYTES = 200_000_000
Ocr = Literal["auto", "off"]
_LONGEST_TITLE = 500  # characters
GUESSED = "metadata guessed from the file"


@dataclass(frozen=True, kw_only=True)
class Source:
    """A document with its text; `reference` is its bibliographic record under the same id."""

    id: str
    title: str
    text: str
    digest: str
    """SHA-256 of the text: the same text is the same source, whatever the file is called."""
    path: str = ""
    """Where it came from: a file, or an address on the web."""
    media: str = "text"
    """text, markdown, html, pdf, docx, odt, pptx, epub or rtf."""
    pages: tuple[tuple[int, int], ...] = ()
    """Start and end offset of every page or slide; empty where there are none."""
    reference: Reference
    notes: tuple[str, ...] = ()
    """Sentences for the user about what was left out or is doubtful."""


def read(path: Path, *, password: str = "", ocr: Ocr = "auto") -> Source:
    """The source in a file; its id is a citekey made from author, title and year.

    `password` and `ocr` ("auto" or "off") are for PDF.

    Raises:
        SourceUnreadable: the file is missing, empty, scanned, encrypted, damaged or of a kind that is not read.
    """
    return _read(_bytes(path), path.name, path.suffix.lower(), str(path), password=password, ocr=ocr)


def read_bytes(
    data: bytes, name: str, *, url: str = "", media_type: str = "", password: str = "", ocr: Ocr = "auto"
) -> Source:
    """The source in bytes that are at hand; `name` stands for the file's name in messages and as a last title.

    With a `url` that is where the source is said to be from, whatever the page says; `media_type` is the web server's
    word, such as `text/html; charset=utf-8`, and counts less than the content.

    Raises:
        SourceUnreadable: empty, too large, scanned, encrypted, damaged or of a kind that is not read.
    """
    name = name or PurePosixPath(unquote(urlsplit(url).path)).name or urlsplit(url).netloc or "the text"
    if len(data) > MAX_BYTES:
        raise SourceUnreadable(f"{name} is larger than {MAX_BYTES // 1_000_000} MB: split it first")
    if not data.strip():
        raise SourceUnreadable(f"{name} is empty")
    suffix = PurePosixPath(name).suffix.lower()
    return _read(data, name, suffix, url or name, url=url, media_type=media_type, password=password, ocr=ocr)


def from_text(id: str, title: str, text: str) -> Source:
    """A source from a text that is already at hand, under an id that the caller chose.

    Raises:
        SourceUnreadable: there is no id or no text, or the text is no valid Unicode.
    """
    if not id.strip():
        raise SourceUnreadable(f"the text {title!r} has no id")
    if not text.strip():
        raise SourceUnreadable(f"{id} holds no text")
    for what in (id, title, text):
        if bad := _SURROGATE.search(what):
            raise SourceUnreadable(f"{id!a} is no valid Unicode: lone surrogate at character {bad.start()}")
    title = title.strip() or id
    reference = Reference(
        id=id, title=title, access_level="full_text", note="added as text, without metadata"
    )
    # The id is part of the content here: two ids with one text were asked for as two sources.
    return Source(id=id, title=title, text=text, digest=_digest(f"{id}\0{text}"), reference=reference)


_SURROGATE = re.compile("[\ud800-\udfff]")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def _bytes(path: Path) -> bytes:
    try:
        # A pipe or a device might never end.
        if path.exists() and not path.is_file():
            raise SourceUnreadable(f"{path.name or path} is a folder or a device, not a file")
        if path.stat().st_size > MAX_BYTES:
            raise SourceUnreadable(f"{path.name} is larger than {MAX_BYTES // 1_000_000} MB: split it first")
        data = path.read_bytes()
    except FileNotFoundError as exc:
        raise SourceUnreadable(f"there is no file {path}") from exc
    except OSError as exc:
        raise SourceUnreadable(f"{path.name} cannot be opened: {exc.strerror}") from exc
    except ValueError as exc:  # a zero byte in the name
        raise SourceUnreadable(f"{path.name!a} cannot be opened: {exc}") from exc
    if not data.strip():
        raise SourceUnreadable(f"{path.name} is empty")
    return data


def _read(
    data: bytes,
    name: str,
    suffix: str,
    path: str,
    *,
    url: str = "",
    media_type: str = "",
    password: str,
    ocr: Ocr,
) -> Source:
    try:
        media_type, _, parameters = media_type.lower().partition(";")
        media = kind_of(data, suffix, media_type.strip())
        content = _content(data, media, parameters, password, ocr)
        if not content.text.strip():
            raise SourceUnreadable("it holds no text")
    except SourceUnreadable as exc:
        raise SourceUnreadable(f"{name} cannot be read: {exc}") from exc
    except RecursionError as exc:
        raise SourceUnreadable(f"{name} cannot be read: it is damaged (nested too deeply)") from exc
    named = _NAMED.get(suffix, media)
    if named != media and not {named, media} <= {"text", "markdown"}:
        note = f"it is named {suffix}, but was read as what it holds: {media}"
        content = replace(content, notes=(note, *content.notes))
    return _source(path, name, media, content, url)


_NAMED = {
    ".txt": "text", ".text": "text", ".md": "markdown", ".markdown": "markdown", ".html": "html", ".htm": "html",
    ".xhtml": "html", ".pdf": "pdf", ".docx": "docx", ".doc": "doc", ".odt": "odt", ".pptx": "pptx", ".ppt": "ppt",
    ".epub": "epub", ".rtf": "rtf", ".zip": "zip",
}  # fmt: skip


def _content(data: bytes, media: str, parameters: str, password: str, ocr: Ocr) -> Content:
    if media == "pdf":
        return _pdf(data, password, ocr)
    if media == "html":
        charset = re.search(r"charset\s*=\s*[\"']?([\w.:-]+)", parameters)
        return read_html(data, charset.group(1) if charset else "")
    return _READERS[media](data)


_READERS = {
    "text": read_text,
    "markdown": read_markdown,
    "docx": read_docx,
    "pptx": read_pptx,
    "odt": read_odt,
    "epub": read_epub,
    "rtf": read_rtf,
}


def _pdf(data: bytes, password: str, ocr: Ocr) -> Content:
    document = read_pdf(data, password=password, ocr=ocr)
    return Content(
        text=document.text,
        pages=document.pages,
        title=meaningful(document.title),
        authors=people(document.author, ";"),
        issued=date(document.issued),
        notes=document.notes,
    )


def _source(path: str, name: str, media: str, content: Content, url: str) -> Source:
    text = _SURROGATE.sub("\ufffd", content.text)
    # The name of a machine has no suffix.
    stem = name if name == urlsplit(url).netloc else PurePosixPath(name.replace("\\", "/")).stem
    title = _shown(content.title) or _shown(re.sub(r"[_\-]+", " ", stem)) or _shown(name) or "untitled"
    title = title[:_LONGEST_TITLE]
    authors = tuple(_name(author) for author in map(_shown, content.authors) if re.search(r"\w", author))
    digest = _digest(text)
    key = citekey(authors, title, content.issued) or f"source-{digest[:8]}"
    fields = {
        "title": title,
        "author": authors,
        "issued": content.issued,
        "URL": content.url,
        "container-title" if media in ("html", "pdf") else "publisher": _shown(content.publisher),
        "DOI": _shown(content.doi) or doi_in(text),
        "language": content.language,
    }
    reference = Reference.model_validate(
        fields
        | {
            "id": key,
            "type": "webpage" if media == "html" else "book" if media == "epub" else "document",
            "URL": url or content.url,
            "access_level": "full_text",
            "note": GUESSED,
            # An address that the caller gave is known.
            "guessed": tuple(
                field.replace("-", "_")
                for field, value in fields.items()
                if value and not (field == "URL" and url)
            ),
        }
    )
    return Source(
        id=key,
        title=title,
        text=text,
        digest=digest,
        path=path,
        media=media,
        pages=content.pages,
        reference=reference,
        notes=content.notes,
    )


def _shown(text: str) -> str:
    """One line of metadata: no control characters, no half characters."""
    return squeezed(_SURROGATE.sub("\ufffd", re.sub(r"[\x00-\x1f\x7f]", " ", text)))


def _name(author: str) -> Name:
    if "," in author:
        family, _, given = author.partition(",")
        return Name(family=family.strip(), given=given.strip())
    given, _, family = author.strip().rpartition(" ")
    # Three words and more may be a body: "European Research Council" has no family name.
    if (
        not given
        or len(author.split()) > 3
        or re.search(r"\b(of|for|and|the|council|university|institute|team)\b", author, re.I)
    ):
        return Name(literal=author.strip())
    return Name(family=family, given=given)
