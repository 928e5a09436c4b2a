"""What kind of file some bytes are, told by content; the extension decides only between kinds of plain text.

A kind that is not read is refused with a sentence that says what the file is and what to do with it.
"""

from __future__ import annotations

import re

from ..errors import SourceUnreadable
from .archives import Parts

_TEXT_SUFFIXES = {".md": "markdown", ".markdown": "markdown"}
_TEXT_TYPES = {
    "text/markdown": "markdown",
    "text/html": "html",
    "application/xhtml+xml": "html",
}

_SAVE = "save it as PDF or DOCX and add that"
_UNPACK = "unpack it and add the documents in it"
_PICTURE = ("a picture", "run text recognition (OCR) on it and add the PDF")
_SOUND = ("a recording", "add its transcript")
_PROGRAM = ("a program", "add the document that describes it")
_ARCHIVE = ("an archive", _UNPACK)
_DATA = ("data, not a document", "add a document that describes it")
_REFUSED: tuple[tuple[int, bytes, tuple[str, str]], ...] = (
    (0, b"\x89PNG", _PICTURE),
    (0, b"\xff\xd8\xff", _PICTURE),
    (0, b"GIF8", _PICTURE),
    (0, b"II*\x00", _PICTURE),
    (0, b"MM\x00*", _PICTURE),
    (0, b"8BPS", _PICTURE),
    (8, b"WEBP", _PICTURE),
    (4, b"ftyphei", _PICTURE),
    (4, b"ftypavif", _PICTURE),
    (4, b"ftyp", _SOUND),
    (8, b"WAVE", _SOUND),
    (8, b"AVI ", _SOUND),
    (0, b"ID3", _SOUND),
    (0, b"OggS", _SOUND),
    (0, b"fLaC", _SOUND),
    (0, b"\x1aE\xdf\xa3", _SOUND),
    (0, b"\x1f\x8b", ("a compressed file", _UNPACK)),
    (0, b"BZh", ("a compressed file", _UNPACK)),
    (0, b"\xfd7zXZ", ("a compressed file", _UNPACK)),
    (0, b"\x28\xb5\x2f\xfd", ("a compressed file", _UNPACK)),
    (0, b"Rar!", _ARCHIVE),
    (0, b"7z\xbc\xaf", _ARCHIVE),
    (257, b"ustar", _ARCHIVE),
    (0, b"\x7fELF", _PROGRAM),
    (0, b"MZ\x90", _PROGRAM),
    (0, b"\xca\xfe\xba\xbe", _PROGRAM),
    (0, b"\xcf\xfa\xed\xfe", _PROGRAM),
    (0, b"\0asm", _PROGRAM),
    (0, b"SQLite format 3", ("a database", "export what you need as text")),
    (0, b"PAR1", _DATA),
    (0, b"\x89HDF", _DATA),
    (0, b"%!PS", ("a PostScript file", "convert it to PDF")),
    (0, b"AT&TFORM", ("a DjVu file", "convert it to PDF")),
    (60, b"BOOKMOBI", ("a Kindle book", "add it as EPUB or PDF")),
    (0, b"wOFF", _DATA),
    (0, b"\0\x01\0\0\0", _DATA),
)


def kind_of(data: bytes, suffix: str = "", media_type: str = "") -> str:
    """The name of the reader for these bytes: text, markdown, html, pdf, docx, odt, pptx, epub or rtf.

    Raises:
        SourceUnreadable: the file is of a kind that is not read, or a damaged archive.
    """
    if data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n\0").startswith(b"%PDF-"):
        return "pdf"
    if b"%PDF-" in data[:1024] and re.search(rb"\d obj\b", data):
        return "pdf"
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zip_kind(data)
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise SourceUnreadable(_old_office(data))
    if data.startswith(b"{\\rtf"):
        return "rtf"
    for offset, magic, (kind, advice) in _REFUSED:
        if data.startswith(magic, offset):
            raise SourceUnreadable(f"it is {kind}: {advice}")
    return _text_kind(data, suffix, media_type)


def _text_kind(data: bytes, suffix: str, media_type: str) -> str:
    start = data[:4096].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").lower()
    if re.match(rb"(?:<\?xml[^>]*>|<!--(?:(?!-->).)*-->|\s)*(?:<!doctype html|<html\b)", start, re.DOTALL):
        return "html"
    if start.startswith((b"<?xml", b"<!doctype", b"<svg")):
        raise SourceUnreadable(
            "it is XML data, not a document: open it in its program and save it as PDF or DOCX"
        )
    if re.match(rb"(?:[\w-]+: [^\n]*\n(?:[ \t][^\n]*\n)*)*?mime-version: 1", start.replace(b"\r", b"")):
        raise SourceUnreadable("it is an e-mail or a web archive (MIME): save it as HTML or PDF and add that")
    wanted = _TEXT_TYPES.get(media_type) or _TEXT_SUFFIXES.get(suffix, "text")
    if (wanted == "html" or suffix in (".html", ".htm", ".xhtml")) and b"<" in start:
        return "html"
    return "text" if wanted == "html" else wanted


def _old_office(data: bytes) -> str:
    def holds(stream: str) -> bool:
        return stream.encode("utf-16-le") in data

    if holds("EncryptedPackage"):
        return "it is encrypted: remove the password first"
    if holds("WordDocument"):
        return f"it is an old Word file (before 2007): {_SAVE}"
    if holds("PowerPoint Document"):
        return "it is an old PowerPoint file (before 2007): save it as PPTX or PDF and add that"
    if holds("Workbook"):
        return "it is an old Excel file (before 2007): put what you need into a text, Markdown or DOCX file"
    if holds("__substg1.0_"):
        return "it is an Outlook message: save it as text or PDF and add that"
    return f"it is an old Office file (before 2007): {_SAVE}"


def _zip_kind(data: bytes) -> str:
    parts = Parts(data)
    main = "" if "[Content_Types].xml" not in parts.names else parts.target("", "officeDocument")
    for folder, kind in (("word/", "docx"), ("ppt/", "pptx")):
        if main.startswith(folder) or f"{folder}{_MAIN[kind]}" in parts.names:
            return kind
    if "META-INF/container.xml" in parts.names:
        return "epub"
    if "content.xml" in parts.names:
        return _open_document(parts)
    raise SourceUnreadable(_other_archive(parts.names))


_MAIN = {"docx": "document.xml", "pptx": "presentation.xml"}


def _open_document(parts: Parts) -> str:
    media = parts.read("mimetype").decode("ascii", "replace") if "mimetype" in parts.names else ""
    for name in ("presentation", "spreadsheet", "graphics", "formula", "chart"):
        if name in media:
            raise SourceUnreadable(f"it is an OpenDocument {name}: save it as PDF and add that")
    return "odt"


def _other_archive(names: frozenset[str]) -> str:
    if any(name.startswith("xl/") for name in names):
        return "it is a spreadsheet: put what you need into a text, Markdown or DOCX file"
    if any(name.endswith(".iwa") or name.startswith("Index.zip") for name in names):
        return "it is an Apple Pages, Numbers or Keynote file: export it as PDF or DOCX and add that"
    if "AndroidManifest.xml" in names or "META-INF/MANIFEST.MF" in names:
        return "it is a program: add the document that describes it"
    return f"it is a ZIP archive: {_UNPACK}"
