"""What is known and where it is written: sources, passages, and the library in which they are found."""

from __future__ import annotations

from .dossier import load as load_dossier
from .dossier.audiences import Audience, load_audiences
from .embedders import Embedder, load_embedder
from .errors import (
    DossierError,
    EmbedderMissing,
    IndexMismatch,
    KnowledgeError,
    LibraryLocked,
    SourceUnreadable,
    UnknownSource,
)
from .library import Added, AddReport, Hit, Library
from .passages import Passage
from .references import Reference
from .sources import Source
from .store import SourceRow

__all__ = [
    "AddReport",
    "Added",
    "Audience",
    "DossierError",
    "Embedder",
    "EmbedderMissing",
    "Hit",
    "IndexMismatch",
    "KnowledgeError",
    "Library",
    "LibraryLocked",
    "Passage",
    "Reference",
    "Source",
    "SourceRow",
    "SourceUnreadable",
    "UnknownSource",
    "load_audiences",
    "load_dossier",
    "load_embedder",
]
