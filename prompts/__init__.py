"""What we say to models and to readers: versioned templates, formats with their moves, the voices of audiences.

Names are imported when first used, so that `python -m prompts.registry` runs a module not yet imported.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .errors import PromptError
    from .formats import Format, Line, Move, Voice, fill, format_of, voice_of
    from .registry import Message, Prompt, listing, load

_HOMES = {
    "errors": ("PromptError",),
    "formats": ("Format", "Line", "Move", "Voice", "fill", "format_of", "voice_of"),
    "registry": ("Message", "Prompt", "listing", "load"),
}

__all__ = [
    "Format",
    "Line",
    "Message",
    "Move",
    "Prompt",
    "PromptError",
    "Voice",
    "fill",
    "format_of",
    "listing",
    "load",
    "voice_of",
]


def __getattr__(name: str) -> object:
    for module, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f".{module}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
