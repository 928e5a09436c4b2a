"""A file -> a Source: its text, pages, title and a bibliographic record guessed from it.

The kind is recognised by content, not by extension. Offsets of passages refer to `Source.text`: for text files that is
the decoded file with line ends as \\n, for other kinds what the reader made of it.
"""

from __future__ import annotations

import hashlib
import io
import re
import unicodedata
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .errors import SourceUnreadable
from .pdf import read_pdf
from .references import Name, Reference

SUFFIXES = frozenset({".txt", ".md", ".markdown", ".html", ".htm", ".pdf", ".docx"})
"""What a folder is searched for; a file named by itself may have any suffix."""
MAX_BYTES = 200_000_000
GUESSED = "metadata guessed from the file"

# A plain text says its title, if at all, in its first lines.
TITLE_LINES = 4


@dataclass(frozen=True, kw_only=True)
class Source:
    """A document with its text; `reference` is its bibliographic record under the same id."""

    id: str
    title: str
    text: str
    digest: str
    """SHA-256 of the text: the same text is the same source, whatever the file is called."""
    path: str = ""
    media: str = "text"
    """text, markdown, html, pdf or docx."""
    pages: tuple[tuple[int, int], ...] = ()
    """Start and end offset of every page; empty where there are no pages."""
    reference: Reference


@dataclass(frozen=True, kw_only=True)
class Content:
    """What a reader found in a file."""

    text: str
    title: str = ""
    authors: tuple[str, ...] = ()
    issued: str | None = None
    url: str | None = None
    publisher: str = ""
    pages: tuple[tuple[int, int], ...] = ()


def read(path: Path) -> Source:
    """The source in a file; its id is a citekey made from author, title and year.

    Raises:
        SourceUnreadable: the file is missing, empty, scanned, encrypted, damaged or of a kind that is not read.
    """
    data = _bytes(path)
    try:
        media = _media(data, path.suffix.lower())
        content = _READERS[media](data)
        if not content.text.strip():
            raise SourceUnreadable("it holds no text")
    except SourceUnreadable as exc:
        raise SourceUnreadable(f"{path.name} cannot be read: {exc}") from exc
    return _source(path, media, content)


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
        if bad := re.search("[\ud800-\udfff]", what):
            raise SourceUnreadable(f"{id!a} is no valid Unicode: lone surrogate at character {bad.start()}")
    title = title.strip() or id
    reference = Reference(
        id=id, title=title, access_level="full_text", note="added as text, without metadata"
    )
    # The id is part of the content here: two ids with one text were asked for as two sources.
    return Source(id=id, title=title, text=text, digest=_digest(f"{id}\0{text}"), reference=reference)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def _bytes(path: Path) -> bytes:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise SourceUnreadable(f"{path.name} is larger than {MAX_BYTES // 1_000_000} MB: split it first")
        data = path.read_bytes()
    except FileNotFoundError as exc:
        raise SourceUnreadable(f"there is no file {path}") from exc
    except OSError as exc:
        raise SourceUnreadable(f"{path.name} cannot be opened: {exc.strerror}") from exc
    if not data.strip():
        raise SourceUnreadable(f"{path.name} is empty")
    return data


_OTHER_KINDS = {
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"GIF8": "a picture",
    b"II*\x00": "a picture",
    b"MM\x00*": "a picture",
    b"{\\rtf": "an RTF file",
    b"\x1f\x8b": "a compressed file",
    b"Rar!": "an archive",
    b"7z\xbc\xaf": "an archive",
    b"\x7fELF": "a program",
    b"MZ\x90": "a program",
    b"SQLite format 3": "a database",
    b"%!PS": "a PostScript file",
}
_KINDS_READ = "text, Markdown, HTML, PDF and DOCX are read"


def _media(data: bytes, suffix: str) -> str:
    if b"%PDF-" in data[:1024]:
        return "pdf"
    if data.startswith(b"PK\x03\x04"):
        return _zip_media(data)
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise SourceUnreadable(_old_office(data))
    for magic, kind in _OTHER_KINDS.items():
        if data.startswith(magic):
            raise SourceUnreadable(f"it is {kind}; {_KINDS_READ}")
    start = data[:4096].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").lower()
    if start.startswith((b"<!doctype html", b"<html")) or (suffix in (".html", ".htm") and b"<" in start):
        return "html"
    if re.match(rb"(?:<\?xml[^>]*>|<!--.*?-->|\s)*(?:<!doctype html|<html)", start, re.DOTALL):
        return "html"
    return "markdown" if suffix in (".md", ".markdown") else "text"


def _zip_media(data: bytes) -> str:
    try:
        names = set(zipfile.ZipFile(io.BytesIO(data)).namelist())
    except zipfile.BadZipFile as exc:
        raise SourceUnreadable("it is damaged (a ZIP file, such as DOCX, that ends too early)") from exc
    if "word/document.xml" in names:
        return "docx"
    kinds = {
        "xl/workbook.xml": "a spreadsheet",
        "ppt/presentation.xml": "a presentation",
        "content.xml": "an OpenDocument file",
    }
    kind = next((kind for name, kind in kinds.items() if name in names), "a ZIP archive")
    raise SourceUnreadable(f"it is {kind}; {_KINDS_READ}")


def _old_office(data: bytes) -> str:
    if "EncryptedPackage".encode("utf-16-le") in data:
        return "it is encrypted: remove the password first"
    return f"it is an old Office file (before 2007): save it as DOCX; {_KINDS_READ}"


def decode(data: bytes) -> str:
    """The text of a text file in whatever encoding, line ends as \\n.

    Raises:
        SourceUnreadable: the bytes are no text.
    """
    encoding = _encoding(data)
    text = data.decode(encoding, "replace").removeprefix("\ufeff")
    controls = sum(
        1 for char in text[:10_000] if unicodedata.category(char) == "Cc" and char not in "\t\n\r\f\v\x85"
    )
    if controls > 0.02 * len(text[:10_000]) or "\0" in text:
        raise SourceUnreadable(f"it is not text; {_KINDS_READ}")
    return text.replace("\r\n", "\n").replace("\r", "\n")


_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe\0\0", "utf-32"), (b"\0\0\xfe\xff", "utf-32"),
         (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))  # fmt: skip


_FEW_ACCENTS = 0.25  # share of bytes above ASCII, below which a text is in Latin letters
_NOISE = 0.05  # difference in charset-normalizer's measure of chaos that says nothing


def _encoding(data: bytes) -> str:
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            return encoding
    for encoding in ("utf-8", *_wide(data)):
        try:
            if "\0" not in data.decode(encoding):
                return encoding
        except UnicodeDecodeError:
            continue
    from charset_normalizer import from_bytes

    matches = from_bytes(data[:200_000])
    best = matches.best()
    # cp1252 is what Western European Windows programs write, and a few accents do not tell it from its neighbours.
    few_accents = sum(byte > 127 for byte in data) < _FEW_ACCENTS * len(data)
    if best is None or (few_accents and best.multi_byte_usage):
        return "cp1252"
    likely = any(match.encoding == "cp1252" and match.chaos <= best.chaos + _NOISE for match in matches)
    return "cp1252" if likely else best.encoding


def _wide(data: bytes) -> list[str]:
    """UTF-16 or UTF-32 without a mark, told by where the zero bytes of Latin letters lie."""
    sample = data[:4000]
    zeros = [sample[i::4].count(0) > len(sample) / 16 for i in range(4)]
    patterns = {
        (False, True, True, True): "utf-32-le",
        (True, True, True, False): "utf-32-be",
        (False, True, False, True): "utf-16-le",
        (True, False, True, False): "utf-16-be",
    }
    return [patterns[found]] if (found := (zeros[0], zeros[1], zeros[2], zeros[3])) in patterns else []


def _read_text(data: bytes) -> Content:
    text = decode(data)
    return Content(text=text, title=_first_title(text))


def _read_markdown(data: bytes) -> Content:
    text = decode(data)
    heading = re.search(r"^#{1,6}[ \t]+(\S[^\n]*?)[ \t#]*$", text, re.MULTILINE)
    return Content(text=text, title=heading.group(1) if heading else _first_title(text))


def _first_title(text: str) -> str:
    """The longest of the first lines that looks like a title: a few words, no full stop; "" if none does."""
    lines = [" ".join(line.split()) for line in text[:2000].splitlines() if line.strip()][:TITLE_LINES]
    fitting = [
        line for line in lines if 3 <= len(line.split()) <= 25 and line[-1] not in ".,;:" and len(line) <= 160
    ]
    return max(fitting, key=len, default="")


def _read_html(data: bytes) -> Content:
    import trafilatura

    html = _decode_html(data)
    document: Any = trafilatura.bare_extraction(
        html, with_metadata=True, include_comments=False, date_extraction_params={"extensive_search": False}
    )
    if document is None or document.body is None:
        return Content(text=_squeezed(trafilatura.html2txt(html)), title=_html_title(html))
    return Content(
        text="\n\n".join(_html_blocks(document.body)) or _squeezed(trafilatura.html2txt(html)),
        title=document.title or _html_title(html),
        authors=_people(document.author, ";"),
        issued=document.date,
        url=document.url,
        publisher=document.sitename or "",
    )


def _decode_html(data: bytes) -> str:
    declared = re.search(rb"<meta[^>]+charset=[\"']?([\w.:-]+)", data[:4096], re.IGNORECASE)
    if declared and not data.startswith(tuple(bom for bom, _ in _BOMS)):
        try:
            return data.decode(declared.group(1).decode("ascii"))
        except (LookupError, UnicodeDecodeError):
            pass
    return decode(data)


def _html_title(html: str) -> str:
    match = re.search(r"<title[^>]*>(.*?)</title>", html, re.IGNORECASE | re.DOTALL)
    return _squeezed(match.group(1)) if match else ""


def _html_blocks(body: Any) -> Iterator[str]:
    """Paragraphs, headings, list items and table rows of trafilatura's tree, each as one line of text."""
    for element in body:
        text = _squeezed("".join(element.itertext()))
        if not text:
            continue
        if element.tag == "head":
            level = re.sub(r"\D", "", element.get("rend", "")) or "2"
            yield f"{'#' * min(int(level), 6)} {text}"
        elif element.tag == "list":
            items = [_squeezed("".join(item.itertext())) for item in element]
            yield "\n".join(f"- {item}" for item in items if item)
        elif element.tag == "table":
            yield "\n".join(_row(row) for row in element.iter("row"))
        elif element.tag in ("quote", "div") and any(child.tag in ("p", "head", "list") for child in element):
            yield from _html_blocks(element)
        else:
            yield text


def _row(row: Any) -> str:
    return " | ".join(_squeezed("".join(cell.itertext())) for cell in row)


def _read_docx(data: bytes) -> Content:
    import docx
    from docx.opc.exceptions import PackageNotFoundError

    # A broken part inside raises lxml's XMLSyntaxError, which is a SyntaxError.
    try:
        document: Any = docx.Document(io.BytesIO(data))
        text = "\n\n".join(_docx_blocks(document))
    except (PackageNotFoundError, SyntaxError, zipfile.BadZipFile, KeyError, ValueError) as exc:
        raise SourceUnreadable(f"it is damaged ({str(exc).strip() or type(exc).__name__})") from exc
    about = document.core_properties
    heading = re.search(r"^#{1,6} (.+)$", text, re.MULTILINE)
    return Content(
        text=text,
        title=_meaningful(about.title) or (heading.group(1) if heading else ""),
        authors=_people(about.author, r"[;,]"),
    )


def _docx_blocks(container: Any) -> Iterator[str]:
    for block in container.iter_inner_content():
        if hasattr(block, "rows"):
            rows = (" | ".join(_cells(row)) for row in block.rows)
            yield "\n".join(row for row in rows if row.strip(" |"))
        elif text := _docx_text(block):
            style = (block.style.name if block.style is not None else "") or ""
            level = re.fullmatch(r"(?:Heading|heading) (\d)", style)
            prefix = "# " if style == "Title" else "#" * min(int(level.group(1)), 6) + " " if level else ""
            yield prefix + (_squeezed(text) if prefix else text)


def _cells(row: Any) -> Iterator[str]:
    seen = None
    for cell in row.cells:
        # A merged cell comes once for every column that it spans.
        if cell._tc is not seen:
            yield _squeezed(" ".join(_docx_blocks(cell)))
        seen = cell._tc


_WORDS = ".//w:t | .//w:tab | .//w:br | .//*[local-name()='t' and namespace-uri()='http://schemas.openxmlformats.org/officeDocument/2006/math']"


def _docx_text(paragraph: Any) -> str:
    """The text as it would print: insertions and formulas in, deletions and fall-back drawings out."""
    pieces = []
    for node in paragraph._p.xpath(_WORDS):
        if any(parent.tag.endswith("}Fallback") for parent in node.iterancestors()):
            continue
        name = node.tag.rpartition("}")[2]
        pieces.append({"tab": "\t", "br": "\n"}.get(name, node.text or ""))
    return "".join(pieces).strip()


def _read_pdf(data: bytes) -> Content:
    document = read_pdf(data)
    return Content(
        text=document.text,
        pages=document.pages,
        title=_meaningful(document.title),
        authors=_people(document.author, ";"),
    )


_READERS: dict[str, Callable[[bytes], Content]] = {
    "text": _read_text,
    "markdown": _read_markdown,
    "html": _read_html,
    "docx": _read_docx,
    "pdf": _read_pdf,
}


def _squeezed(text: str) -> str:
    return " ".join(text.split())


def _meaningful(title: str | None) -> str:
    """The title from a file's metadata, unless a program filled it in."""
    title = _squeezed(title or "")
    machine_made = re.search(
        r"^(\(?untitled|\(?anonymous|microsoft word|document ?\d*$|slide ?\d|print)|\.(docx?|indd|pdf|tex|dvi)$",
        title,
        re.IGNORECASE,
    )
    return "" if machine_made or len(title) < 4 else title


def _people(names: str | None, separator: str) -> tuple[str, ...]:
    """The names in a file's metadata, unless a program filled them in."""
    found = (_squeezed(name) for name in re.split(separator, names or ""))
    return tuple(name for name in found if name and name.strip("()").lower() not in _NOBODY)


_NOBODY = frozenset(
    {
        "anonymous",
        "python-docx",
        "admin",
        "administrator",
        "user",
        "author",
        "unknown",
        "microsoft office user",
    }
)


def _source(path: Path, media: str, content: Content) -> Source:
    title = _squeezed(content.title) or _squeezed(re.sub(r"[_\-]+", " ", path.stem)) or path.name
    authors = tuple(_name(author) for author in content.authors)
    digest = _digest(content.text)
    key = _citekey(authors, title, content.issued) or f"source-{digest[:8]}"
    reference = Reference.model_validate(
        {
            "id": key,
            "type": "webpage" if media == "html" else "document",
            "title": title,
            "author": authors,
            "issued": content.issued,
            "URL": content.url,
            "container-title": content.publisher,
            "access_level": "full_text",
            "note": GUESSED,
        }
    )
    return Source(
        id=key,
        title=title,
        text=content.text,
        digest=digest,
        path=str(path),
        media=media,
        pages=content.pages,
        reference=reference,
    )


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


_SMALL = "a an and at by der die das for from in into la le of on or the to und von with"
_SMALL_WORDS = frozenset(_SMALL.split())


def _citekey(authors: tuple[Name, ...], title: str, issued: str | None) -> str:
    """Such as `ruland-how-lobby-large-2025`: stable for one file, readable in a text."""
    who = (authors[0].family or authors[0].literal.split()[0]) if authors else ""
    words = [word for word in _ascii(title).split() if word not in _SMALL_WORDS] or _ascii(title).split()
    parts = [*_ascii(who).split()[:1], *words[:4], (issued or "")[:4]]
    return "-".join(part for part in parts if part)[:60].strip("-")


def _ascii(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.replace("ß", "ss")).encode("ascii", "ignore").decode("ascii")
    return re.sub(r"[^a-z0-9]+", " ", plain.lower()).strip()
