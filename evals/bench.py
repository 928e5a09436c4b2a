"""How long a person waits, how fast documents go in, and how much memory it takes: `make bench`.

`python -m evals.bench --only answers` measures what is described here, `--only ingest` what is described in
ingest_bench.py: documents going in and being found, beside plain LangChain and plain LlamaIndex.

What is measured, from the outside where possible: page (command to the first page served), ask (question to evidence,
to the first token, to the end), search and check alone, draft (an op-ed of 600 words), peak memory of a process that did all of
it. What bounds it: the processor; the embedded model reads some 60 and writes some 15 tokens a second on two cores, so
ask and draft grow with the tokens, search does not. Every figure is a median of the runs with the slowest beside it,
after one warm-up; the library and the weights are prepared before the clock starts. The last line is JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import socket
import statistics
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from importlib.metadata import version
from typing import Any

from assistant import Answer, Assistant, Brief, check_claim

from . import ingest_bench

QUESTIONS = (
    "Why did the CERN label partly backfire for AI?",
    "Which research infrastructures combine a hub with national nodes, and what does membership cost a small state?",
    "How long did it take from the first discussions to EMBL's legal existence?",
    "What happened to the Human Brain Project?",
    "Why did the Superconducting Super Collider fail?",
)
BRIEF = Brief(
    title="A shared centre for kilometre-scale climate modelling",
    field="climate modelling",
    summary="One European centre develops climate models, and national services use and adapt them as nodes.",
    needs_central_instrument="partly",
    hub="a centre for model development",
    network="national climate services",
)
AUDIENCE, WORDS = "mep_small_state", 600
PAGE_TIMEOUT_S = 120


@dataclass(frozen=True, kw_only=True)
class Row:
    """One figure over several runs, in seconds."""

    name: str
    n: int
    median_s: float
    slowest_s: float


def row(name: str, values: list[float]) -> Row:
    return Row(
        name=name,
        n=len(values),
        median_s=round(statistics.median(values), 3),
        slowest_s=round(max(values), 3),
    )


def measure_search(assistant: Assistant, runs: int) -> list[Row]:
    """Retrieval alone: the embedder, Chroma, FTS5 and their fusion."""
    assistant.search(QUESTIONS[0])
    asked = [question for question in QUESTIONS for _ in range(runs)]
    return [row("search", [timed(partial(assistant.search, question)) for question in asked])]


def timed(work: Callable[[], Any]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def measure_ask(assistant: Assistant, runs: int) -> list[Row]:
    """From the question to the evidence, to the first token and to the end, as the screen gets them."""
    assistant.ask(QUESTIONS[-1])
    waits = [_ask_once(assistant, QUESTIONS[run % len(QUESTIONS)]) for run in range(runs)]
    names = ("ask: evidence", "ask: first token", "ask: end")
    return [row(name, [wait[i] for wait in waits]) for i, name in enumerate(names)]


def _ask_once(assistant: Assistant, question: str) -> tuple[float, float, float]:
    begun = time.perf_counter()
    seen: dict[str, float] = {}
    for event in assistant.ask_events(question):
        seen.setdefault(event.kind, time.perf_counter() - begun)
    return seen["evidence"], seen.get("token", seen["done"]), seen["done"]


def measure_draft(assistant: Assistant, runs: int) -> tuple[list[Row], list[Answer]]:
    """An op-ed of 600 words from the brief to the finished text."""
    drafts: list[Answer] = []
    times = [
        timed(lambda: drafts.append(assistant.draft("op-ed", BRIEF, AUDIENCE, words=WORDS)))
        for _ in range(runs)
    ]
    return [row(f"op-ed of {WORDS} words", times)], drafts


def measure_check(assistant: Assistant, runs: int) -> list[Row]:
    """One claim against a passage of some 300 words; every claim is another one, the passage stays."""
    facts = [passage.text for passage in assistant.library.passages(kind="fact")]
    passage = " ".join(facts[40:50])
    claims = [text.replace(" in ", f" in run {run} of ", 1) for run in range(runs) for text in facts[:100]]
    check_claim(facts[0], [passage])
    return [row("check of one claim", [timed(partial(check_claim, claim, [passage])) for claim in claims])]


def measure_page(runs: int) -> list[Row]:
    """From the command to the first page that a browser would get; model and library load behind it."""
    return [row("page open", [_page_once() for _ in range(runs)])]


def _page_once() -> float:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "ui", "chat", "--no-browser", "--port", str(port)]
    begun = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while time.perf_counter() - begun < PAGE_TIMEOUT_S:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5):
                    return time.perf_counter() - begun
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                time.sleep(0.05)
        raise TimeoutError(f"the page was not served within {PAGE_TIMEOUT_S} s")
    finally:
        process.terminate()
        process.wait(timeout=60)


def machine() -> dict[str, Any]:
    """What the figures were measured on."""
    names = ("torch", "sentence-transformers", "chromadb", "gradio", "xllamacpp")
    return {
        "processor": platform.processor() or platform.machine(),
        "cores": os.cpu_count(),
        "load_before": round(os.getloadavg()[0], 2),
        "python": platform.python_version(),
        **{name: version(name) for name in names},
    }


def measure_answers(runs: int, drafts: int) -> dict[str, Any]:
    """Measures and prints what a person waits for; what it gives back goes into the last line."""
    # The page before the library: two processes cannot hold one library, and both are wanted warm on disk.
    with Assistant() as assistant:
        assistant.warm()
    rows = measure_page(runs)
    with Assistant() as assistant:
        assistant.warm()
        rows += measure_search(assistant, runs) + measure_check(assistant, runs)
        rows += measure_ask(assistant, runs)
        more, written = measure_draft(assistant, drafts)
        rows += more
    peak_gib = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2, 2)
    for item in rows:
        print(f"{item.name:<24} n={item.n:<4} median_s={item.median_s:<9} slowest_s={item.slowest_s}")
    print(f"{'words of the op-eds':<24} {[draft.words for draft in written]}")
    print(f"{'peak memory':<24} {peak_gib} GiB", flush=True)
    return {"rows": [asdict(item) for item in rows], "peak_gib": peak_gib}


def arguments() -> argparse.ArgumentParser:
    """The command line."""
    plan = ingest_bench.Plan()
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", choices=("answers", "ingest", "all"), default="all", help="which part")
    parser.add_argument("--runs", type=int, default=5, help="answers: runs of each measurement (default 5)")
    parser.add_argument("--drafts", type=int, default=None, help="answers: op-eds (default: as --runs)")
    parser.add_argument(
        "--rounds", type=int, default=plan.rounds, help="ingest: turns of all contestants (default 3)"
    )
    parser.add_argument("--characters", type=int, default=plan.characters, help="ingest: of all documents")
    parser.add_argument("--passages", type=int, default=plan.passages, help="ingest: in which is searched")
    parser.add_argument("--questions", type=int, default=plan.questions, help="ingest: that are searched for")
    parser.add_argument("--threads", type=int, default=plan.threads, help="ingest: of each contestant")
    parser.add_argument(
        "--sizes",
        type=int,
        nargs="+",
        default=plan.sizes,
        help="ingest: passages in store when more are added",
    )
    parser.add_argument("--large", action="store_true", help="ingest: also 100,000 passages in store (long)")
    parser.add_argument(
        "--contestants",
        nargs="+",
        choices=plan.contestants,
        default=plan.contestants,
        help="ingest: who takes part",
    )
    return parser


def plan_of(options: argparse.Namespace) -> ingest_bench.Plan:
    """How much of ingest is measured; ours always takes part, since the others are compared with it."""
    sizes = {*options.sizes, *([ingest_bench.LARGE] if options.large else [])}
    return ingest_bench.Plan(
        characters=options.characters,
        rounds=options.rounds,
        passages=options.passages,
        questions=options.questions,
        sizes=tuple(sorted(sizes)),
        threads=options.threads,
        contestants=tuple(dict.fromkeys([ingest_bench.OURS, *options.contestants])),
    )


def main() -> None:
    options = arguments().parse_args()
    head = machine()
    print(f"{head}\nonly: {options.only}, runs: {options.runs}, rounds: {options.rounds}", flush=True)
    found: dict[str, Any] = {"machine": head}
    # Ingest first: the assistant's model stays in this process's memory.
    if options.only in ("ingest", "all"):
        found["ingest"] = ingest_bench.run(plan_of(options))
    if options.only in ("answers", "all"):
        found |= measure_answers(options.runs, options.drafts or options.runs)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
