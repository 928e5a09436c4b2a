"""The bytes of a file -> its Content: text, pages, title and what else the file says of itself; one reader a kind.

In: bytes, of a kind that `kind_of` tells by content; for PDF also a password and whether pages may be recognised by OCR.
Out: text in the conventions of `content`, metadata as the file has them, notes for the user on what is doubtful; or
`SourceUnreadable`, a sentence on what is wrong. Each reader loads its library when it is called.
"""

from __future__ import annotations

from .content import Content
from .ebooks import read_epub
from .kinds import kind_of
from .ocr import available as ocr_available
from .office import read_docx, read_pptx
from .opendocument import read_odt
from .pdf import PdfText, read_pdf
from .plaintext import decode, read_markdown, read_text
from .rtf import read_rtf
from .webpage import read_html

__all__ = [
    "Content",
    "PdfText",
    "decode",
    "kind_of",
    "ocr_available",
    "read_docx",
    "read_epub",
    "read_html",
    "read_markdown",
    "read_odt",
    "read_pdf",
    "read_pptx",
    "read_rtf",
    "read_text",
]
