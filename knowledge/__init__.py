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
    UnknownDossier,
    UnknownSource,
)
from .index import Differences
from .intake import Added, AddReport, Options
from .library import Library
from .passages import Passage
from .references import Reference
from .search import EVERYTHING, SIDES, Filter, Hit
from .sources import Source
from .store import SourceRow, Version

__all__ = [
    "EVERYTHING",
    "SIDES",
    "AddReport",
    "Added",
    "Audience",
    "Differences",
    "DossierError",
    "Embedder",
    "EmbedderMissing",
    "Filter",
    "Hit",
    "IndexMismatch",
    "KnowledgeError",
    "Library",
    "LibraryLocked",
    "Options",
    "Passage",
    "Reference",
    "Source",
    "SourceRow",
    "SourceUnreadable",
    "UnknownDossier",
    "UnknownSource",
    "Version",
    "load_audiences",
    "load_dossier",
    "load_embedder",
]
