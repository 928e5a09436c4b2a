"""What is said: cited answers, checked drafts, and the check itself.

Names are imported when first used, so that `import assistant` loads no model, no torch and no database.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .answer import Answer, Balance, Brief, Citation, Finding, PassageView, Sentence
    from .check import check_claim
    from .checking import TextCheck
    from .errors import AssistantError
    from .events import Event
    from .export import fact_check_sheet, markdown
    from .sentences import classify, split_sentences
    from .session import Assistant
    from .settings import Settings

_HOMES = {
    "answer": ("Answer", "Balance", "Brief", "Citation", "Finding", "PassageView", "Sentence"),
    "check": ("check_claim",),
    "sentences": ("classify", "split_sentences"),
    "checking": ("TextCheck",),
    "errors": ("AssistantError",),
    "events": ("Event",),
    "export": ("fact_check_sheet", "markdown"),
    "session": ("Assistant",),
    "settings": ("Settings",),
}

__all__ = [
    "Answer",
    "Assistant",
    "AssistantError",
    "Balance",
    "Brief",
    "Citation",
    "Event",
    "Finding",
    "PassageView",
    "Sentence",
    "Settings",
    "TextCheck",
    "check_claim",
    "classify",
    "fact_check_sheet",
    "markdown",
    "split_sentences",
]


def __getattr__(name: str) -> object:
    for module, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f".{module}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
