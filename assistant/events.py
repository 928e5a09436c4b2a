"""What happens while an answer is made, in the order the screen shows it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from .answer import Answer, PassageView, Sentence

EventKind = Literal["stage", "evidence", "token", "sentence", "done"]


@dataclass(frozen=True, kw_only=True)
class Event:
    """One thing worth showing."""

    kind: EventKind
    text: str = ""
    """The stage in words, or the piece of text just written: not checked, to be shown as such or not at all."""
    passages: tuple[PassageView, ...] = ()
    sentence: Sentence | None = None
    """A checked sentence; it replaces the tokens streamed since the one before."""
    answer: Answer | None = None

    def plain(self) -> dict[str, Any]:
        """The event as data that a graph may stream."""
        return {
            "kind": self.kind,
            "text": self.text,
            "passages": [view.model_dump() for view in self.passages],
            "sentence": self.sentence.model_dump() if self.sentence else None,
            "answer": self.answer.model_dump() if self.answer else None,
        }

    @classmethod
    def of(cls, data: dict[str, Any]) -> Event:
        """The event that `plain` made."""
        return cls(
            kind=data["kind"],
            text=data["text"],
            passages=tuple(PassageView(**view) for view in data["passages"]),
            sentence=Sentence(**data["sentence"]) if data["sentence"] else None,
            answer=Answer(**data["answer"]) if data["answer"] else None,
        )


Tell = Callable[[Event], None]
