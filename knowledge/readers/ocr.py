"""The picture of a page -> its text, read by Tesseract where that is installed; it knows nothing of PDF.

Tesseract is a program of its own and is found on the machine, it is not brought along. Where the Python package OCRmyPDF
is installed too, it is asked instead: it calls Tesseract, but turns and straightens crooked scans before.
"""

from __future__ import annotations

import importlib.util
import io
import re
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from ..errors import SourceUnreadable

DPI = 300
"""What Tesseract was trained on; pages are to be drawn at this resolution."""
PAGE_TIMEOUT_S = 120.0
_INSTALL = "install Tesseract (https://tesseract-ocr.github.io, on Debian: apt install tesseract-ocr)"
_WANTED = ("eng", "deu", "fra", "spa", "ita", "por", "nld", "pol", "slv", "ces", "swe", "ell", "heb", "ara")
_MOST_LANGUAGES = 6  # each costs time on every page


def available() -> str:
    """What would be used: "OCRmyPDF", "Tesseract", or "" where Tesseract is missing or has no language."""
    if not languages():
        return ""
    return "OCRmyPDF" if _ocrmypdf_works() else "Tesseract"


@cache
def _ocrmypdf_works() -> bool:
    """Whether it starts: with one of its own parts missing it is installed all the same."""
    if importlib.util.find_spec("ocrmypdf") is None:
        return False
    try:
        return _run([sys.executable, "-m", "ocrmypdf", "--version"], timeout_s=30.0).returncode == 0
    except SourceUnreadable:
        return False


def advice() -> str:
    """What the user can do where nothing is available, to be put into a sentence."""
    return _INSTALL


def languages() -> tuple[str, ...]:
    """Codes of the languages that Tesseract knows here among those we ask for, in order of preference."""
    program = shutil.which("tesseract")
    return _languages(program) if program else ()


@cache
def _languages(program: str) -> tuple[str, ...]:
    try:
        listed = _run([program, "--list-langs"], timeout_s=20.0).stdout.decode("utf-8", "replace").split()
    except SourceUnreadable:
        return ()  # a program that does not even list its languages counts as missing
    wanted = tuple(code for code in _WANTED if code in listed)[:_MOST_LANGUAGES]
    others = tuple(code for code in listed if re.fullmatch(r"[a-z]{3}(_[a-z]+)?", code) and code != "osd")
    return wanted or others[:1]


def recognise(picture: Any, *, timeout_s: float = PAGE_TIMEOUT_S) -> str:
    """The text of one page, given as a PIL image at `DPI`; "" for a page without letters.

    Lines end in a line break, paragraphs in an empty line.

    Raises:
        SourceUnreadable: Tesseract is missing, fails, or needs more than `timeout_s` seconds.
    """
    tool = available()
    if not tool:
        raise SourceUnreadable(f"it cannot be recognised: {_INSTALL}")
    with tempfile.TemporaryDirectory(prefix="ocr-") as folder:
        page = Path(folder) / "page.png"
        page.write_bytes(_png(picture))
        if tool == "OCRmyPDF" and (text := _by_ocrmypdf(page, timeout_s)) is not None:
            return text
        return _by_tesseract(page, timeout_s)


def _png(picture: Any) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, format="PNG", dpi=(DPI, DPI), compress_level=1)
    return buffer.getvalue()


def _by_ocrmypdf(page: Path, timeout_s: float) -> str | None:
    """Its text, or None where OCRmyPDF itself cannot work, for instance because one of its programs is missing."""
    text = page.with_suffix(".txt")
    command = [sys.executable, "-m", "ocrmypdf", "--quiet", "--image-dpi", str(DPI), "--deskew"]
    command += ["--language", "+".join(languages()), "--tesseract-timeout", str(timeout_s), "--jobs", "1"]
    command += ["--output-type", "pdf", "--optimize", "0", "--sidecar", str(text)]
    result = _run([*command, str(page), str(page.with_suffix(".pdf"))], timeout_s=1.5 * timeout_s)
    if result.returncode != 0 or not text.is_file():
        return None
    return _tidy(text.read_bytes())


def _by_tesseract(page: Path, timeout_s: float) -> str:
    command = [shutil.which("tesseract") or "tesseract", str(page), "stdout"]
    command += ["--dpi", str(DPI), "-l", "+".join(languages()), "--psm", "3"]
    result = _run(command, timeout_s=timeout_s)
    if result.returncode != 0:
        said = result.stderr.decode("utf-8", "replace").strip().splitlines()
        raise SourceUnreadable(f"Tesseract failed on a page ({said[-1] if said else result.returncode})")
    return _tidy(result.stdout)


def _run(command: list[str], *, timeout_s: float) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(command, capture_output=True, timeout=timeout_s, check=False)
    except subprocess.TimeoutExpired as exc:
        raise SourceUnreadable(f"text recognition of a page took more than {timeout_s:.0f} s") from exc
    except OSError as exc:
        raise SourceUnreadable(f"text recognition cannot be started ({exc.strerror})") from exc


def _tidy(output: bytes) -> str:
    text = output.decode("utf-8", "replace").replace("\r\n", "\n").replace("\f", "\n")
    return re.sub(r"\n[ \t]*\n\s*", "\n\n", text).strip()
