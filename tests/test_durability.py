from __future__ import annotations

import random
from pathlib import Path

import pytest

from evals.durability import Documents, Trial, faults, run
from knowledge import Library
from knowledge.store import Store


@pytest.fixture(scope="module")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Trial:
    trial = Trial(tmp_path_factory.mktemp("durability"), documents=8, seed=7)
    assert trial.measure().faults == ()
    return trial


@pytest.mark.parametrize(
    ("step", "after", "delay_s"),
    [
        ("", 0, 0.2),
        ("opening", 0, 0.02),
        ("removing", 2, 0.001),
        ("encoded", 0, 0.005),
        ("added", 1, 0.0),
        ("closing", 0, 0.002),
    ],
)
def test_nothing_is_lost_when_the_process_is_killed(
    trial: Trial, step: str, after: int, delay_s: float
) -> None:
    # On a busy machine the signal may come after the child has ended: then once more.
    rounds = [trial.round(step=step, after=after, delay_s=delay_s)]
    while not rounds[-1].killed and len(rounds) < 5:
        rounds.append(trial.round(step=step, after=after, delay_s=delay_s))
    assert [fault for done in rounds for fault in done.faults] == []


def test_moments_drawn_at_random_find_nothing_amiss_either(trial: Trial) -> None:
    trial.begin_anew()
    assert [fault for _ in range(2) for fault in trial.round().faults] == []


def test_what_is_amiss_is_seen(tmp_path: Path, trial: Trial) -> None:
    """The trial is worth nothing unless it notices a loss."""
    library, documents = tmp_path / "library", trial.documents
    told = run(library, documents.folder, ())
    found, there = faults(library, documents, {}, (), told)
    assert found == []
    assert (told.killed, told.step, set(told.added)) == (False, "closed", set(there))
    lost, cut = sorted(there)[:2]
    with Library.open(library) as opened:
        opened.remove(there[lost])
    store = Store(library / "library.sqlite")
    with store._database.write() as db:
        db.execute("UPDATE units SET text = 'x' || text WHERE owner = ?", (there[cut],))
    store.close()
    found, _ = faults(library, documents, there, (), told)
    assert f"{lost} was reported as added and is not there" in found
    assert f"{lost} was there before and is lost" in found
    assert f"{cut} has another text than its file" in found
    assert f"{cut} has passages that are not in its text" in found


def test_documents_are_the_same_for_the_same_seed(tmp_path: Path) -> None:
    texts = [
        [
            content.text
            for known in Documents(tmp_path / name, 8, random.Random(3)).known.values()
            for content in known
        ]
        for name in ("one", "two")
    ]
    assert texts[0] == texts[1]
    assert len(set(texts[0])) == 8
