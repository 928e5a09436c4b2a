"""How good the claim check is on public claims that nobody of the project wrote: `python -m evals.public_claims FOLDER`.

SciFact claims against whole abstracts and SummEdits summaries against their texts, on the documents that
`lessons.held_out` keeps from every training. Four ways; a summary is as good as its worst sentence.
"""

from __future__ import annotations

import argparse
import gzip
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from assistant import check
from assistant.claims import Text, read, sentences_of
from assistant.sentences import plain, split_sentences

from .check_figures import auroc
from .lessons import held_out

SETS = {"SciFact": "scifact_train.jsonl.gz", "SummEdits": "summedits_evaluation.jsonl.gz"}
_RESAMPLED = 1000


@dataclass(frozen=True, kw_only=True)
class Case:
    """One public claim, often of several sentences, with the text it is held against."""

    document: str
    text: str
    claim: str
    supported: bool


def cases(path: Path) -> list[Case]:
    """The held-out cases of a file."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    found = [
        Case(
            document=row.get("source_doc_id") or row["orig_id"],
            text=row["source_text"],
            claim=row["claim"],
            supported=row["label"] == "supported",
        )
        for row in rows
    ]
    return [case for case in found if held_out(case.document)]


def figures(known: Sequence[Case]) -> dict[str, tuple[float, float, float]]:
    """AUROC by way, each with its 95 % interval over documents drawn anew."""
    asked = [
        (place, read(plain(part))) for place, case in enumerate(known) for part in split_sentences(case.claim)
    ]
    seen = check.weigh([(part, sentences_of(known[place].text)) for place, part in asked])
    ways: dict[str, Callable[[Text, check.Weighing, Case], float]] = {
        "together": lambda _, one, __: check.scored(one),
        "pair model alone": lambda _, one, __: one.reading.support,
        "hard checks alone": lambda _, one, __: -len(one.hard()) - one.new_share,
        "word overlap": lambda _, one, __: 1 - one.new_share,
        "cosine": lambda part, _, case: max(check.closeness(part, sentences_of(case.text))),
    }
    found = {}
    for name, way in ways.items():
        worst = [np.inf] * len(known)
        for (place, part), one in zip(asked, seen, strict=True):
            worst[place] = min(worst[place], way(part, one, known[place]))
        found[name] = _with_interval(known, worst)
    return found


def _with_interval(known: Sequence[Case], scores: Sequence[float]) -> tuple[float, float, float]:
    rng = np.random.default_rng(1)
    documents = sorted({case.document for case in known})
    by_document = {name: [i for i, case in enumerate(known) if case.document == name] for name in documents}
    truth = [case.supported for case in known]
    drawn = []
    for _ in range(_RESAMPLED):
        chosen = [i for name in rng.choice(documents, len(documents)) for i in by_document[name]]
        drawn.append(auroc([truth[i] for i in chosen], [scores[i] for i in chosen]))
    low, high = np.quantile(drawn, (0.025, 0.975))
    return round(auroc(truth, scores), 4), round(float(low), 4), round(float(high), 4)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    for name, file in SETS.items():
        known = cases(folder / file)
        print(name, len(known), json.dumps(figures(known)), flush=True)


if __name__ == "__main__":
    main()
