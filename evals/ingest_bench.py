"""How fast documents go in and are found, beside what most people would build: part of `make bench`.

What is measured: ingest (files to a searchable store, end to end), search (a question to ten hits in a store of short
texts), growth (adding to a store that is already large). What bounds it: the embedder's network, on the processor, for
nearly all of ingest; what storing costs must not grow with the store. All contestants get the same files, the same
weights and the same number of threads, each measurement in a process of its own, in turns, after a warm-up.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from . import corpus
from .contestants import ADDS, AN_ADD, CHUNK, CONTESTANTS, NODE, NODE_OVERLAP, OVERLAP, Task

OURS = "ours"
SEARCHED = (OURS, "LangChain")
SIZES, LARGE = (1_000, 10_000), 100_000
LIMIT_S = 3 * 3600
_RIVALS = ("langchain-chroma", "langchain-text-splitters", "llama-index-core", "tokenizers")
_FLAGS = ("avx512f", "avx512_bf16", "amx_bf16")

Measure = Callable[[Task], dict[str, Any]]


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How much is measured."""

    characters: int = 1_500_000
    rounds: int = 3
    passages: int = 20_000
    questions: int = 300
    sizes: tuple[int, ...] = SIZES
    threads: int = 2
    contestants: tuple[str, ...] = tuple(CONTESTANTS)


@dataclass(frozen=True, kw_only=True)
class IngestRow:
    """One contestant over all rounds; medians, with the slowest beside it."""

    name: str
    n: int
    characters_per_s: int
    slowest_characters_per_s: int
    passages: int
    passages_per_s: float
    ours_times: float
    """How many times as fast ours is, median of the rounds' ratios."""
    dtype: str
    unread_share: float
    """Share of the word pieces that the model never sees, since the passage is longer than it reads."""


@dataclass(frozen=True, kw_only=True)
class SearchRow:
    name: str
    n: int
    passages: int
    median_ms: float
    p95_ms: float
    slowest_ms: float


@dataclass(frozen=True, kw_only=True)
class GrowthRow:
    """Adding short texts until the store holds `passages`; medians of some calls."""

    passages: int
    n: int
    ms_per_passage: float
    slowest_ms_per_passage: float
    outside_ms_per_passage: float
    """The part that is not the embedder's: reading, cutting, SQLite, Chroma."""
    outside_share: float


def in_own_process(task: Task) -> dict[str, Any]:
    """What a measurement gives when it runs in a fresh process.

    Raises:
        RuntimeError: it failed; the message ends as its own did.
    """
    command = [sys.executable, "-m", "evals.contestants", json.dumps(asdict(task))]
    done = subprocess.run(command, capture_output=True, text=True, env=_environment(), timeout=LIMIT_S)
    if done.returncode:
        raise RuntimeError(f"{task.measure} of {task.name} failed: {done.stderr[-2000:]}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def _environment() -> dict[str, str]:
    # What this process has set for itself must not hold back a rival's tokenizer; each has its own defaults.
    ours = ("TOKENIZERS_PARALLELISM", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
    kept = {name: value for name, value in os.environ.items() if name not in ours}
    return {**kept, "HF_HUB_OFFLINE": "1", "ANONYMIZED_TELEMETRY": "False"}


def measure_ingest(plan: Plan, measure: Measure = in_own_process) -> list[IngestRow]:
    """All contestants on the same files, in turns."""
    with tempfile.TemporaryDirectory(prefix="attache-bench-files-") as folder:
        files = corpus.write(Path(folder), plan.characters)
        characters = sum(len(file.read_text(encoding="utf-8")) for file in files)
        print(f"ingest: {len(files)} files, {characters} characters, {plan.rounds} rounds", flush=True)
        rounds = [
            {
                name: measure(Task(measure="ingest", name=name, files=folder, threads=plan.threads))
                for name in plan.contestants
            }
            for _ in range(plan.rounds)
        ]
    return [ingest_row(name, rounds, characters) for name in plan.contestants]


def ingest_row(name: str, rounds: Sequence[Mapping[str, Mapping[str, Any]]], characters: int) -> IngestRow:
    """One contestant's figures from what each round gave."""
    own = [one[name] for one in rounds]
    seconds = [float(found["seconds"]) for found in own]
    ratios = [one[name]["seconds"] / one[OURS]["seconds"] for one in rounds]
    return IngestRow(
        name=name,
        n=len(own),
        characters_per_s=round(characters / statistics.median(seconds)),
        slowest_characters_per_s=round(characters / max(seconds)),
        passages=own[0]["passages"],
        passages_per_s=round(own[0]["passages"] / statistics.median(seconds), 1),
        ours_times=round(statistics.median(ratios), 2),
        dtype="/".join(sorted({found["dtype"] for found in own})),
        unread_share=round(own[0]["unread_share"], 3),
    )


def measure_search(plan: Plan, measure: Measure = in_own_process) -> list[SearchRow]:
    """The same questions against as many short texts."""
    rows = []
    for name in (name for name in SEARCHED if name in plan.contestants):
        print(f"search: {plan.passages} short texts into {name} ...", flush=True)
        task = Task(
            measure="search",
            name=name,
            passages=plan.passages,
            questions=plan.questions,
            threads=plan.threads,
        )
        found = measure(task)
        rows.append(search_row(name, found["seconds"], found["passages"]))
    return rows


def search_row(name: str, seconds: Sequence[float], passages: int) -> SearchRow:
    """The figures of one store; p95 is the value that 95 of 100 questions do not exceed."""
    ordered = sorted(1000 * value for value in seconds)
    p95 = ordered[max(0, -(-95 * len(ordered) // 100) - 1)]
    return SearchRow(
        name=name,
        n=len(ordered),
        passages=passages,
        median_ms=round(statistics.median(ordered), 1),
        p95_ms=round(p95, 1),
        slowest_ms=round(ordered[-1], 1),
    )


def measure_growth(plan: Plan, measure: Measure = in_own_process) -> list[GrowthRow]:
    """What one passage more costs in a store of each size; one library grows through all of them."""
    print(f"growth: up to {max(plan.sizes)} passages ...", flush=True)
    found = measure(Task(measure="growth", sizes=plan.sizes, threads=plan.threads))
    return [growth_row(int(size), adds) for size, adds in found.items()]


def growth_row(size: int, adds: Sequence[Mapping[str, float]]) -> GrowthRow:
    """The figures at one size from the adds measured there."""
    whole = [1000 * add["seconds"] / AN_ADD for add in adds]
    outside = [1000 * (add["seconds"] - add["embedder_s"]) / AN_ADD for add in adds]
    shares = [part / all for part, all in zip(outside, whole, strict=True)]
    return GrowthRow(
        passages=size,
        n=len(adds),
        ms_per_passage=round(statistics.median(whole), 2),
        slowest_ms_per_passage=round(max(whole), 2),
        outside_ms_per_passage=round(statistics.median(outside), 2),
        outside_share=round(statistics.median(shares), 3),
    )


def run(plan: Plan, measure: Measure = in_own_process) -> dict[str, Any]:
    """Measures and prints everything; what it gives back goes into the last line."""
    tables: dict[str, Sequence[Any]] = {
        "ingest": measure_ingest(plan, measure),
        "search": measure_search(plan, measure),
        "growth": measure_growth(plan, measure),
    }
    for name, rows in tables.items():
        print(f"\n{name}")
        show(rows)
    for sentence in notes(plan):
        print(sentence)
    return {
        "plan": asdict(plan),
        **processor(),
        **{name: [asdict(row) for row in rows] for name, rows in tables.items()},
    }


def notes(plan: Plan) -> list[str]:
    """What a reader of the tables must know: how they were set up, what was left out."""
    found = [
        "",
        f"threads: {plan.threads} for each; {processor()}",
        "ours: a passage has several vectors, one for each part of it; so compare characters_per_s, not passages_per_s",
        f"LangChain: RecursiveCharacterTextSplitter({CHUNK}, {OVERLAP}), Chroma in a folder; {OVERLAP} characters of each passage are read twice",
        f"LlamaIndex: SentenceSplitter({NODE}, {NODE_OVERLAP}) or its defaults of (1024, 200), index in memory, nothing on disk",
        "rivals: sentence-transformers as it is (float32, its batches of 32, of 10 in LlamaIndex); ours writes SQLite and Chroma",
        f"growth: the last {ADDS} adds of {AN_ADD} texts each; outside = not in the embedder",
    ]
    if LARGE not in plan.sizes:
        found.append(f"left out: growth at {LARGE} passages (--large)")
    if missing := [name for name in CONTESTANTS if name not in plan.contestants]:
        found.append(f"left out: {'; '.join(missing)} (--contestants)")
    return found


def show(rows: Sequence[Any]) -> None:
    """Prints rows of one kind as a table with the field names on top."""
    cells = [list(asdict(rows[0])), *([str(value) for value in asdict(row).values()] for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(cells[0]))]
    for line in cells:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def processor() -> dict[str, Any]:
    """Which of the instructions that matter here the processor has, and versions of what is compared with."""
    info = Path("/proc/cpuinfo")
    flags = set(info.read_text(encoding="utf-8").split()) if info.exists() else set()
    has = [flag for flag in _FLAGS if flag in flags] if flags else [f"unknown on {platform.system()}"]
    return {"instructions": has, "rivals": {name: _version(name) for name in _RIVALS}}


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed: `make bench` installs it"
