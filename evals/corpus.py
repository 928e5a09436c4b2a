"""Documents, short texts and questions for measuring, made from the built-in dossier's own sentences.

The sentences of facts, opposing views, label cases and audiences are recombined by a seeded generator, so the same
number gives the same texts on every machine. It is real prose, which tokenisers meet as they meet a user's; the order
of the sentences means nothing, so nothing about the quality of a search can be learnt from it.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from knowledge import load_audiences, load_dossier

from .golden import cases

SHORTEST, LONGEST = 3_000, 60_000  # characters of a document
SEED = 1954
_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z])")


@dataclass(frozen=True, kw_only=True)
class Document:
    title: str
    text: str


def sentences() -> list[str]:
    """All different sentences, in the dossier's order."""
    dossier = load_dossier()
    texts = [fact.statement for fact in dossier.facts]
    for view in dossier.opposing_views:
        texts += [view.position, view.strongest_statement, view.honest_best_reply, view.concede_when]
    for case in dossier.label_cases:
        texts += [case.instrument_note, case.what_happened, case.lesson]
    texts += [note.wording for note in dossier.editorial]
    texts += [text for audience in load_audiences().values() for text in _strings(audience.model_dump())]
    parts = (" ".join(part.split()) for text in texts for part in _END.split(text))
    return list(dict.fromkeys(part for part in parts if len(part) > 40))


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, (list, tuple)):
        for part in value:
            yield from _strings(part)
    elif isinstance(value, dict):
        yield from _strings(list(value.values()))


def documents(characters: int, *, seed: int = SEED) -> list[Document]:
    """Documents of 3,000 to 60,000 characters, as many as reach so many characters; the last one ends there."""
    chance, pool = random.Random(seed), sentences()
    found: list[Document] = []
    left = characters
    while left > 0:
        # Short ones are the most frequent, as in a folder of somebody's papers.
        length = int(SHORTEST * (LONGEST / SHORTEST) ** chance.random())
        document = _document(len(found), min(length, left), chance, pool)
        found.append(document)
        left -= len(document.text)
    return found


def _document(number: int, length: int, chance: random.Random, pool: list[str]) -> Document:
    # Titles that differ: equal ones would be taken for one work.
    title = f"Report {number:04d}: {' '.join(chance.choice(pool).split()[:6]).rstrip('.,;:')}"
    blocks, written = [f"# {title}"], len(title)
    while written < length:
        block = " ".join(chance.sample(pool, chance.randint(3, 8)))
        if chance.random() < 0.15:
            block = f"## {' '.join(chance.choice(pool).split()[:5])}\n\n{block}"
        blocks.append(block)
        written += len(block) + 2
    return Document(title=title, text="\n\n".join(blocks)[: max(length, 400)] + "\n")


def write(folder: Path, characters: int) -> list[Path]:
    """The documents as .txt files in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for number, document in enumerate(documents(characters)):
        path = folder / f"report-{number:04d}.txt"
        path.write_text(document.text, encoding="utf-8")
        paths.append(path)
    return paths


def short_texts(n: int, *, first: int = 0) -> list[tuple[str, str, str]]:
    """(id, title, text) of one or two sentences, all different; numbered from `first`, whatever is asked before."""
    pool = sentences()
    texts = []
    for number in range(first, first + n):
        chance = random.Random(SEED + number)
        chosen = " ".join(chance.sample(pool, chance.randint(1, 2)))
        texts.append((f"text-{number:06d}", f"Note {number:06d}", f"Note {number:06d}. {chosen}"))
    return texts


def questions(n: int) -> list[str]:
    """The first n of: the golden questions, the dossier's own questions, its sentences; all different."""
    golden = [case.question for case in cases()]
    asked = [text for entry in load_dossier().questions for text in entry.questions]
    return list(dict.fromkeys([*golden, *asked, *sentences()]))[:n]
