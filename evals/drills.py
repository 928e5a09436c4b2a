"""Drills for the pair model: short passages and claims put together from frames, each a statement in a dozen wordings.

A frame (`data/frames`) has states that exclude each other, and for each state wordings that say the same. A claim in one
wording of a state is borne out by a passage that has another wording of that state, and not by one that has another
state, the parts exchanged, or the same said of something else. Each claim is drawn with a passage of either sort, so that
alone it gives nothing away. Wordings and fillers are written by hand; what a drill says is made up and evidence of nothing.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from .lessons import Lesson, Standing

FRAMES = Path(__file__).parent / "data" / "frames"
_CONTEXT = (0.2, 0.4, 0.3, 0.1)
"""How often a passage says nothing, one, two or three other things."""
_TWOFOLD = 0.35
"""Share of the claims that state something else from the passage as well."""
_ABSENT = 0.12
_OF_ANOTHER = 0.2
"""How often a passage that does not bear out a claim is silent on it, and how often it says it of something else."""
_OPENINGS = (
    "",
    "",
    "",
    "As the report notes, ",
    "In the second year, ",
    "By the end of the term, ",
    "Meanwhile, ",
    "At the same time, ",
)
_JOINTS = ("{}, and {}", "{}; {}", "{}, while {}", "{}, whereas {}")


@dataclass(frozen=True, kw_only=True)
class Frame:
    """A statement with its wordings."""

    name: str
    kind: str
    """How a claim is wrong that has another state: one of `lessons.FALSE_KINDS`."""
    states: dict[str, tuple[str, ...]]
    """Wordings by state; with one state alone the parts X and Y are exchanged instead."""
    slots: dict[str, tuple[str, ...]]
    """What can be put in for X, Y and Z."""

    def fillers(self, rng: random.Random) -> dict[str, str]:
        found: dict[str, str] = {}
        for slot, values in self.slots.items():
            found[slot] = rng.choice([value for value in values if value not in found.values()] or values)
        return found


@dataclass(frozen=True, kw_only=True)
class _Said:
    frame: Frame
    state: str
    fillers: dict[str, str]

    def worded(self, rng: random.Random, other_than: str = "") -> str:
        wordings = self.frame.states[self.state]
        return self.filled(rng.choice([each for each in wordings if each != other_than] or wordings))

    def filled(self, wording: str) -> str:
        return wording.format(**self.fillers)

    def turned(self, rng: random.Random) -> _Said:
        """Another state of the same, or the parts exchanged."""
        others = [state for state in self.frame.states if state != self.state]
        if others:
            return _Said(frame=self.frame, state=rng.choice(others), fillers=self.fillers)
        changed = {**self.fillers, "X": self.fillers["Y"], "Y": self.fillers["X"]}
        return _Said(frame=self.frame, state=self.state, fillers=changed)

    def of_another(self, rng: random.Random) -> _Said:
        """The same said of something else; if there is nothing else, `turned`."""
        slot = rng.choice(sorted(self.fillers))
        others = [value for value in self.frame.slots[slot] if value not in self.fillers.values()]
        if not others:
            return self.turned(rng)
        changed = {**self.fillers, slot: rng.choice(others)}
        return _Said(frame=self.frame, state=self.state, fillers=changed)


def frames(files: Sequence[Path] | None = None) -> list[Frame]:
    """The frames of the files, by default of all in `FRAMES`."""
    chosen = sorted(FRAMES.glob("*.yaml")) if files is None else files
    return [_frame(row) for path in chosen for row in yaml.safe_load(path.read_text(encoding="utf-8"))]


def _frame(row: dict[str, Any]) -> Frame:
    return Frame(
        name=row["name"],
        kind=row["kind"],
        states={state: tuple(wordings) for state, wordings in row["states"].items()},
        slots={slot: tuple(values) for slot, values in row["slots"].items()},
    )


def drilled(known: Sequence[Frame], count: int, seed: int) -> list[Lesson]:
    """That many claims, each twice: held against a passage that bears it out, then against one that does not."""
    rng = random.Random(seed)
    return [lesson for number in range(count) for lesson in _drill(known, number, rng)]


def _drill(known: Sequence[Frame], number: int, rng: random.Random) -> tuple[Lesson, Lesson]:
    more = rng.choices(range(len(_CONTEXT)), _CONTEXT)[0]
    main, *rest = rng.sample(known, min(1 + more, len(known)))
    said = _said(main, rng)
    context = [_said(frame, rng) for frame in rest]
    if rng.random() < 0.3:
        # Something else in the same frame, in whatever state: what is said of which must be read.
        other = said.of_another(rng)
        context.append(other.turned(rng) if rng.random() < 0.7 else other)
    wording = rng.choice(main.states[said.state])
    claim = _sentence(said.filled(wording))
    if context and rng.random() < _TWOFOLD:
        pair = [said.filled(wording), rng.choice(context).worded(rng)]
        rng.shuffle(pair)
        claim = _sentence(rng.choice(_JOINTS).format(*pair))
    place = rng.randint(0, len(context))
    shown = [each.worded(rng) for each in context]

    def lesson(middle: str, standing: Standing, kind: str) -> Lesson:
        passage = _passage([*shown[:place], *([middle] if middle else []), *shown[place:]], rng)
        return Lesson(
            writer="drills", passage_id=f"drill-{number}", field=main.name, passage=passage, claim=claim,
            standing=standing, kind=kind, wording="free", wrong=() if standing == "supported" else None,
        )  # fmt: skip

    right = lesson(said.worded(rng, wording), "supported", "free")
    chance = rng.random()
    if context and chance < _ABSENT:
        return right, lesson("", "absent", "half")
    if chance < _ABSENT + _OF_ANOTHER:
        return right, lesson(said.of_another(rng).worded(rng), "absent", "swap")
    return right, lesson(said.turned(rng).worded(rng), "contradicted", main.kind)


def _said(frame: Frame, rng: random.Random) -> _Said:
    return _Said(frame=frame, state=rng.choice(sorted(frame.states)), fillers=frame.fillers(rng))


def _passage(clauses: Sequence[str], rng: random.Random) -> str:
    found = []
    left = list(clauses)
    while left:
        first = left.pop(0)
        if left and rng.random() < 0.3:
            found.append(_sentence(rng.choice(_JOINTS).format(first, left.pop(0))))
        else:
            found.append(_sentence(rng.choice(_OPENINGS) + first))
    return " ".join(found)


def _sentence(clause: str) -> str:
    return clause[:1].upper() + clause[1:] + "."
