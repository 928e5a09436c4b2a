"""The measurements of `make bench` at tiny sizes: they run, count rightly and say what they left out."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from evals import bench, contestants, corpus, ingest_bench
from evals.contestants import Task
from evals.ingest_bench import Plan

SMALL = Plan(characters=4_000, rounds=2, passages=20, questions=4, sizes=(10, 20))


def test_the_same_number_gives_the_same_documents() -> None:
    once, again = corpus.documents(100_000), corpus.documents(100_000)
    assert once == again
    assert len({document.title for document in once}) == len(once)
    assert sum(len(document.text) for document in once) == pytest.approx(100_000, abs=500)


def test_documents_are_of_realistic_length() -> None:
    # The last one ends where the sum is reached.
    lengths = [len(document.text) for document in corpus.documents(300_000)][:-1]
    assert min(lengths) >= corpus.SHORTEST and max(lengths) <= corpus.LONGEST + 1


def test_short_texts_go_on_where_the_last_ones_ended() -> None:
    whole = corpus.short_texts(40)
    assert whole == corpus.short_texts(15) + corpus.short_texts(25, first=15)
    assert len({text for _, _, text in whole}) == 40


def test_no_question_is_asked_twice() -> None:
    asked = corpus.questions(305)
    assert len(set(asked)) == 305


@pytest.mark.parametrize("name", contestants.CONTESTANTS)
def test_each_contestant_takes_in_the_same_files(name: str, tmp_path: Path) -> None:
    corpus.write(tmp_path, 8_000)
    found = contestants.ingest(Task(measure="ingest", name=name, files=str(tmp_path)))
    assert found["passages"] > 1 and found["seconds"] > 0
    assert found["dtype"] in ("float32", "bfloat16")
    # Only nodes of 1024 tokens are longer than the model reads.
    assert (found["unread_share"] > 0.3) == (name == "LlamaIndex, defaults")


@pytest.mark.parametrize("name", ingest_bench.SEARCHED)
def test_each_question_is_measured_once(name: str) -> None:
    found = contestants.search(Task(measure="search", name=name, passages=20, questions=4))
    assert found["passages"] == 20 and len(found["seconds"]) == 4


def test_growth_tells_the_embedder_from_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contestants, "AN_ADD", 2)
    found = contestants.growth(Task(measure="growth", sizes=(10, 20)))
    assert list(found) == ["10", "20"]
    for adds in found.values():
        assert len(adds) == contestants.ADDS
        assert all(0 < add["embedder_s"] < add["seconds"] for add in adds)


def test_a_measurement_that_fails_says_whose_it_was() -> None:
    with pytest.raises(RuntimeError, match=r"(?s)ingest of nobody failed: .*KeyError"):
        ingest_bench.in_own_process(Task(measure="ingest", name="nobody"))


def known(task: Task) -> dict[str, Any]:
    """Figures that are known beforehand."""
    if task.measure == "ingest":
        seconds = 1.0 if task.name == "ours" else 4.0
        return {"seconds": seconds, "passages": 10, "dtype": "float32", "unread_share": 0.0}
    if task.measure == "search":
        return {"seconds": [n / 1000 for n in range(1, 101)], "passages": task.passages}
    return {str(size): [{"seconds": 2.0, "embedder_s": 1.5}] * 5 for size in task.sizes}


def test_rows_hold_medians_and_ratios(capsys: pytest.CaptureFixture[str]) -> None:
    found = ingest_bench.run(SMALL, known)
    ours, *others = found["ingest"]
    assert ours["ours_times"] == 1 and {row["ours_times"] for row in others} == {4}
    assert ours["passages_per_s"] == 10 and ours["n"] == 2
    one = found["search"][0]
    assert (one["median_ms"], one["p95_ms"], one["slowest_ms"]) == (50.5, 95, 100)
    grown = found["growth"][-1]
    assert (grown["passages"], grown["ms_per_passage"], grown["outside_share"]) == (20, 10, 0.25)
    json.dumps(found)
    printed = capsys.readouterr().out
    assert "characters_per_s" in printed and "p95_ms" in printed


def test_what_is_left_out_is_said() -> None:
    said = "\n".join(ingest_bench.notes(replace(SMALL, contestants=("ours",))))
    assert "100000 passages" in said and "LangChain" in said.splitlines()[-1]
    said = "\n".join(ingest_bench.notes(replace(SMALL, sizes=(1_000, ingest_bench.LARGE))))
    assert "left out" not in said


def test_ours_takes_part_whoever_is_chosen() -> None:
    plan = bench.plan_of(bench.arguments().parse_args(["--contestants", "LangChain", "--large"]))
    assert plan.contestants == ("ours", "LangChain")
    assert plan.sizes == (1_000, 10_000, 100_000)
