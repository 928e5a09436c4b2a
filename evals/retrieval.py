"""How well the right source is found: `python -m evals.retrieval FOLDER`, or without a folder on the golden questions.

FOLDER holds a collection as BEIR lays it out: corpus.jsonl (id, title, text), queries.jsonl (id, text) and qrels.tsv
(query, document, grade), the first two perhaps compressed (.gz). Each document becomes a source of a library of its own;
a ranking of sources is that of their best passages. The library's search stands beside its two halves, meaning alone
and words alone, on the same index. Figures are means over the queries, with the bounds of a 95 % bootstrap interval.
The last line is JSON.
"""

from __future__ import annotations

import argparse
import gzip
import json
import math
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from assistant.settings import Settings
from knowledge import Library, Passage

from .golden import Case, cases, stems

DEPTH = 100  # passages that are asked for, so that ten sources are among them
ROUNDS = 1000  # of the bootstrap

Way = Callable[[str], Sequence[Passage]]
"""A query -> passages, best first."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One way of searching over all queries; means from 0 to 1."""

    name: str
    n: int
    ndcg_10: float
    low: float
    high: float
    """Bounds of the 95 % interval of nDCG@10."""
    recall_5: float
    """Share of queries with something relevant among the first five."""
    recall_100: float


def ndcg(ranked: Sequence[str], relevant: Mapping[str, int], k: int = 10) -> float:
    """Normalised discounted cumulative gain of the first k, 0 to 1 (Järvelin, Kekäläinen 2002, gain = grade)."""
    gains = [relevant.get(id, 0) for id in ranked[:k]]
    best = sorted(relevant.values(), reverse=True)[:k]
    return _discounted(gains) / _discounted(best) if any(best) else 0.0


def _discounted(gains: Sequence[int]) -> float:
    return sum(gain / math.log2(rank + 2) for rank, gain in enumerate(gains))


def row(name: str, ranked: Sequence[Sequence[str]], relevant: Sequence[Mapping[str, int]]) -> Row:
    """The figures of one way of searching."""
    values = np.array([ndcg(ids, want) for ids, want in zip(ranked, relevant, strict=True)])
    draws = np.random.default_rng(0).integers(0, len(values), (ROUNDS, len(values)))
    low, high = np.percentile(values[draws].mean(axis=1), [2.5, 97.5])
    hits = [
        [bool(set(ids[:k]) & set(want)) for k in (5, 100)] for ids, want in zip(ranked, relevant, strict=True)
    ]
    in_5, in_100 = np.array(hits).mean(axis=0)
    figures = (values.mean(), low, high, in_5, in_100)
    mean, low, high, in_5, in_100 = (round(float(figure), 4) for figure in figures)
    return Row(name=name, n=len(values), ndcg_10=mean, low=low, high=high, recall_5=in_5, recall_100=in_100)


def ways(library: Library) -> dict[str, Way]:
    """The three ways of searching one library."""
    return {
        "meaning alone": lambda query: library.nearest(query, DEPTH),
        "words alone": lambda query: library.worded(query, DEPTH),
        "the library's search": lambda query: [hit.passage for hit in library.search(query, DEPTH)],
    }


def plain(library: Library) -> Way:
    """What a plain vector store finds: the nearest texts, nothing else embedded beside them."""
    passages = library.passages()
    vectors = library.embedder.documents([passage.text for passage in passages])

    def nearest(query: str) -> list[Passage]:
        order = np.argsort(-(vectors @ library.embedder.query(query)))[:DEPTH]
        return [passages[row] for row in order]

    return nearest


def of_collection(folder: Path, library: Library) -> list[Row]:
    """The figures on a collection, which is added to the library first."""
    corpus = [(one["id"], one.get("title", ""), one["text"]) for one in _lines(folder, "corpus.jsonl")]
    report = library.add_texts(corpus, progress=_tell)
    print(f"\n{len(report.added)} documents, {library.count()} passages, {len(report.failed)} failed")
    judged = _judgements(folder)
    queries = [
        (one["text"], judged[one["id"]]) for one in _lines(folder, "queries.jsonl") if one["id"] in judged
    ]
    relevant = [want for _, want in queries]

    def sources(way: Way, query: str) -> list[str]:
        return list(dict.fromkeys(passage.source_id for passage in way(query)))

    return [
        row(name, [sources(way, text) for text, _ in queries], relevant)
        for name, way in ways(library).items()
    ]


def of_golden(library: Library, asked: Sequence[Case]) -> list[Row]:
    """The figures on golden questions, by facts: a view or a case counts for the facts behind it."""
    relevant = [dict.fromkeys(case.answers, 1) for case in asked]

    def facts(way: Way, case: Case) -> list[str]:
        named = (sorted(stems(passage) & set(case.answers)) or [passage.id] for passage in way(case.question))
        return list(dict.fromkeys(id for ids in named for id in ids))

    every = {"a plain vector store": plain(library), **ways(library)}
    return [row(name, [facts(way, case) for case in asked], relevant) for name, way in every.items()]


def _lines(folder: Path, name: str) -> Iterator[dict[str, Any]]:
    path = next(path for path in (folder / name, folder / f"{name}.gz") if path.exists())
    data = path.read_bytes()
    text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode("utf-8")
    for line in text.split("\n"):
        if line.strip():
            one = json.loads(line)
            yield {**one, "id": str(one.get("id", one.get("_id")))}


def _judgements(folder: Path) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for line in (folder / "qrels.tsv").read_text(encoding="utf-8").splitlines():
        query, document, grade = line.split("\t")[:3]
        if grade.strip().isdigit() and int(grade) > 0:
            found.setdefault(query, {})[document] = int(grade)
    return found


def _tell(stage: str, done: int, total: int) -> None:
    del total
    print(f"\r{stage} ({done:,})   ", end="", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument(
        "folder", nargs="?", type=Path, help="a collection; without one, the golden questions"
    )
    parser.add_argument("--library", type=Path, help="keep the collection's library in this folder")
    args = parser.parse_args()
    if args.folder is None:
        with Library.open(home=Settings.load().home) as library:
            asked = [case for case in cases() if case.answers]
            kinds = dict.fromkeys(case.kind for case in asked)
            tables = {"all": of_golden(library, asked)}
            tables.update({kind: of_golden(library, [c for c in asked if c.kind == kind]) for kind in kinds})
    else:
        with tempfile.TemporaryDirectory() as scratch, Library.open(args.library or Path(scratch)) as library:
            tables = {args.folder.name: of_collection(args.folder, library)}
    for name, rows in tables.items():
        print(f"\n| {name} | n | nDCG@10 | 95 % | recall@5 | recall@100 |\n|---|---|---|---|---|---|")
        for one in rows:
            print(
                f"| {one.name} | {one.n} | {one.ndcg_10:.3f} | {one.low:.3f}-{one.high:.3f} | {one.recall_5:.3f} | {one.recall_100:.3f} |"
            )
    print(json.dumps({name: [asdict(one) for one in rows] for name, rows in tables.items()}))


if __name__ == "__main__":
    main()
