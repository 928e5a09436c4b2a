"""Drills put together from frames: as often right as wrong, and nothing left unfilled."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from evals import drills, lessons

KNOWN = drills.frames()
RISE = drills.Frame(
    name="rise",
    kind="direction",
    states={"A": ("{X} rose", "{X} went up"), "B": ("{X} fell", "{X} went down")},
    slots={"X": ("the budget", "the staff")},
)
LEAD = drills.Frame(
    name="lead",
    kind="role",
    states={"A": ("{X} overtook {Y}", "{Y} fell behind {X}")},
    slots={"X": ("Ulm", "Bern", "Metz"), "Y": ("Graz", "Linz", "Lund")},
)


def meaning(sentence: str) -> tuple[str, bool]:
    return ("budget" if "budget" in sentence else "staff"), any(word in sentence for word in ("rose", "up"))


def test_a_claim_is_borne_out_by_its_first_passage_and_not_by_its_second() -> None:
    held = drills.drilled([RISE], 200, 1)
    assert len(held) == 400
    for lesson in held:
        said = {
            meaning(part) for part in re.split(r"[.;,]", lesson.passage) if re.search("budget|staff", part)
        }
        claimed = {
            meaning(part) for part in re.split(r"[.;,]", lesson.claim) if re.search("budget|staff", part)
        }
        assert (claimed <= said) == lesson.faithful, (lesson.passage, lesson.claim)


def test_parts_are_exchanged_where_there_is_one_state() -> None:
    def led(text: str) -> set[tuple[str, str]]:
        return {(x, y) for x, y in re.findall(r"(\w+) overtook (\w+)", text)} | {
            (x, y) for y, x in re.findall(r"(\w+) fell behind (\w+)", text)
        }

    held = drills.drilled([LEAD], 100, 1)
    assert all((led(lesson.claim) <= led(lesson.passage)) == lesson.faithful for lesson in held)
    assert any({(y, x) for x, y in led(lesson.claim)} & led(lesson.passage) for lesson in held)


def test_the_same_seed_gives_the_same_drills() -> None:
    assert drills.drilled(KNOWN, 50, 4) == drills.drilled(KNOWN, 50, 4)
    assert drills.drilled(KNOWN, 50, 4) != drills.drilled(KNOWN, 50, 5)


def test_each_claim_stands_on_both_sides() -> None:
    held = drills.drilled(KNOWN, 2000, 1)
    right, wrong = held[0::2], held[1::2]
    assert all(lesson.faithful for lesson in right) and not any(lesson.faithful for lesson in wrong)
    assert [lesson.claim for lesson in right] == [lesson.claim for lesson in wrong]
    assert set(Counter(lesson.kind for lesson in wrong)) <= set(lessons.FALSE_KINDS)
    for lesson in held:
        assert not re.search(r"[{}|]|\s[,.;:]|\s\s|^[a-z]|\.\.", f"{lesson.passage} {lesson.claim}"), lesson


@pytest.mark.parametrize("frame", KNOWN, ids=[frame.name for frame in KNOWN])
def test_no_wording_stands_under_two_states(frame: drills.Frame) -> None:
    wordings = Counter(wording for state in frame.states.values() for wording in set(state))
    assert max(wordings.values()) == 1
    named = {
        slot
        for state in frame.states.values()
        for wording in state
        for slot in re.findall(r"\{(\w)\}", wording)
    }
    assert named <= set(frame.slots)
    assert frame.kind in lessons.FALSE_KINDS
    assert len(frame.states) > 1 or {"X", "Y"} <= named
