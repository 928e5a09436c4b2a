"""Claims that are right in one version of their passage and wrong in another."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

import pytest

from evals import lessons

KNOWN = lessons.twins()


def twin_file(folder: Path, passage: str, *claims: tuple[str, str]) -> Path:
    path = folder / "w.jsonl"
    row = {"id": "w-001", "field": "f", "passage": passage, "claims": claims}
    path.write_text(json.dumps(row) + "\n", encoding="utf-8")
    return path


def test_a_claim_is_held_against_a_version_that_bears_it_out_and_one_that_does_not(tmp_path: Path) -> None:
    passage = "Fees {1 direction: rose | fell} by 12 %{2 consequence:, which emptied two halls | }."
    path = twin_file(
        tmp_path, passage, ("1", "They went {up | down}."), ("1a 2a", "Dearer, and two halls are empty.")
    )
    known = lessons.twins([path])
    assert [(twin.claim, twin.needs, twin.turned) for twin in known] == [
        ("They went up.", ("1a",), "up"),
        ("They went down.", ("1b",), "down"),
        ("Dearer, and two halls are empty.", ("1a", "2a"), None),
    ]
    for seed in range(8):
        right, wrong, *_ = lessons.versions(known, seed)
        assert right.faithful and "Fees rose by 12 %" in right.passage
        assert wrong.standing == "contradicted" and "Fees fell by 12 %" in wrong.passage
        assert wrong.kind == "direction" and wrong.wrong == ("up",)
        both, not_both = lessons.versions(known, seed)[4:]
        assert both.passage == "Fees rose by 12 %, which emptied two halls."
        assert not_both.standing == ("contradicted" if not_both.kind == "direction" else "absent")


@pytest.mark.parametrize("seed", [1, 2])
def test_every_claim_is_as_often_right_as_wrong(seed: int) -> None:
    held = lessons.versions(KNOWN, seed)
    assert Counter(lesson.claim for lesson in held if lesson.faithful) == Counter(
        lesson.claim for lesson in held if not lesson.faithful
    )
    assert {lesson.kind for lesson in held if not lesson.faithful} <= set(lessons.FALSE_KINDS)


def test_versions_read_as_written_texts() -> None:
    for lesson in lessons.versions(KNOWN, 1):
        for text in (lesson.passage, lesson.claim):
            assert not re.search(r"[{}|]|\s[,.;:]|\s\s|,[,.;]|^\s|\s$", text), text


def test_each_claim_hangs_on_switches_of_its_passage() -> None:
    for twin in KNOWN:
        switches = set(re.findall(r"\{(\d) \w+:", twin.passage))
        assert {need[0] for need in twin.needs} <= switches
        assert {need[1] for need in twin.needs} <= {"a", "b"}


def test_no_twin_shares_a_field_with_what_is_kept_aside() -> None:
    assert not {twin.field for twin in KNOWN} & {lesson.field for lesson in lessons.aside()}
