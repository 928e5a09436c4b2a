"""The bytes of an RTF file -> its text, by way of pandoc, which may open no other file."""

from __future__ import annotations

import re
import subprocess

from ..errors import SourceUnreadable
from .content import Content, blocks_joined, first_heading, meaningful
from .plaintext import first_title
from .webpage import page_blocks, parse

_TIMEOUT_S = 120
_MEMORY = "1500m"
_BULLET = re.compile(r"^[•▪◦·●]\s+")


def read_rtf(data: bytes) -> Content:
    """The text of an RTF file.

    Raises:
        SourceUnreadable: it is damaged, or too large to be read in two minutes.
    """
    # RTF writes the bullets of its lists as text.
    text = blocks_joined(_BULLET.sub("- ", block) for block in page_blocks(parse(_html(data))))
    stated = re.search(rb"\{\\title ([^{}\\]{4,300})\}", data[:50_000])
    title = meaningful(stated.group(1).decode("ascii", "replace")) if stated else ""
    return Content(text=text, title=title or first_heading(text) or first_title(text))


def _html(data: bytes) -> str:
    import pypandoc

    command = [pypandoc.get_pandoc_path(), "+RTS", f"-M{_MEMORY}", "-RTS", "--sandbox", "--wrap=none"]
    try:
        done = subprocess.run(
            [*command, "--from=rtf", "--to=html"],
            input=data,
            capture_output=True,
            timeout=_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired as exc:
        raise SourceUnreadable(f"it could not be read within {_TIMEOUT_S} seconds: save it as DOCX") from exc
    if done.returncode:
        raise SourceUnreadable("it is damaged: open it in its program and save it as PDF or DOCX")
    return done.stdout.decode("utf-8", "replace")
