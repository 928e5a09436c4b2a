"""Golden questions: does retrieval find the fact, and does it know when there is none? `python -m evals.golden`.

In: evals/data/golden.jsonl, questions with the ids of the facts that answer them (none for those that nothing in the
library answers). Out: recall by kind of question, and the share of questions that would be answered. No chat model.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from importlib.resources import files
from typing import Literal

from pydantic import BaseModel, ConfigDict

from assistant.retrieval import Part, look_up, parts_of
from assistant.settings import Settings
from knowledge import Library, Passage

Kind = Literal["plain", "far", "two_part", "none_off", "none_near"]


class Case(BaseModel):
    """One question; `answers` are fact ids, empty where the library holds no answer."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    question: str
    answers: tuple[str, ...]
    kind: Kind


class Score(BaseModel):
    """Shares over the questions of one kind, 0 to 1."""

    kind: Kind
    n: int
    first: float | None
    """A fact that answers is on top; None where there is none to find."""
    in_five: float | None
    answered: float
    """Questions of which at least one part would be answered rather than refused."""


def cases() -> list[Case]:
    """The golden questions, in the order of the file."""
    text = (files("evals") / "data" / "golden.jsonl").read_text(encoding="utf-8")
    return [Case.model_validate(json.loads(line)) for line in text.splitlines() if line.strip()]


def score(library: Library, kind: Kind, asked: Iterable[Case]) -> Score:
    """How retrieval does on the questions of one kind."""
    chosen = [case for case in asked if case.kind == kind]
    whole = [look_up(library, case.question) for case in chosen]
    ranks = [_rank(part, case) for part, case in zip(whole, chosen, strict=True)]
    held = [any(look_up(library, part).held for part in parts_of(case.question)) for case in chosen]
    n = len(chosen)
    findable = not kind.startswith("none")
    return Score(
        kind=kind,
        n=n,
        first=round(sum(rank == 1 for rank in ranks) / n, 3) if findable else None,
        in_five=round(sum(0 < rank <= 5 for rank in ranks) / n, 3) if findable else None,
        answered=round(sum(held) / n, 3),
    )


def _rank(part: Part, case: Case) -> int:
    """Rank of the first passage that answers, from 1; 0 if none does. Views and cases count through their facts."""
    for rank, hit in enumerate(part.hits, 1):
        if stems(hit.passage) & set(case.answers):
            return rank
    return 0


def stems(passage: Passage) -> set[str]:
    """Ids of the facts that a note states or, as a view or a case, rests on."""
    return {passage.id.split("-")[0], *passage.fact_ids}


def main() -> None:
    kinds: tuple[Kind, ...] = ("plain", "far", "two_part", "none_off", "none_near")
    asked = cases()
    print("| kind | n | first | in five | answered |\n|---|---|---|---|---|")
    with Library.open(home=Settings.load().home) as library:
        for kind in kinds:
            row = score(library, kind, asked)
            print(f"| {kind} | {row.n} | {row.first} | {row.in_five} | {row.answered} |")


if __name__ == "__main__":
    main()
