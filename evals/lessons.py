"""Lessons for the pair model: passages with claims that each bears out or does not, read from `data/lessons`.

Every file is one writer's. Passages are notes of the built-in dossier or made up for the purpose, with invented bodies
and figures: they are exercises, never evidence. Files whose names begin with `aside-` hold facts, fields and writers that
no training sees.

`data/twins` holds passages with switches, such as `{1 direction: rose | fell}`, and claims that hang on one side of them:
each is right in one version of its passage and wrong in another, so that the claim alone can give nothing away.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import random
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any, Literal

from assistant.sentences import split_sentences

FOLDER = Path(__file__).parent / "data" / "lessons"
TWINS = Path(__file__).parent / "data" / "twins"
ASIDE = "aside-"
FALSE_KINDS = (
    "number", "unit", "year", "name", "negation", "direction", "modality", "attribution", "consequence", "half",
    "scope", "role", "swap",
)  # fmt: skip
_CHECKED_SHARE = 10
"""Per cent of the passages that are kept out of the training to choose thresholds by."""
_PUBLIC_ASIDE = 40
"""Per cent of the public documents that are kept out to measure on."""
Standing = Literal["supported", "contradicted", "absent"]


@dataclass(frozen=True, kw_only=True)
class Lesson:
    """One claim held against one passage."""

    writer: str
    passage_id: str
    field: str
    passage: str
    claim: str
    standing: Standing
    kind: str
    """How it is wrong, or for a faithful one `free`, `near`, `part` or `voice`."""
    wording: str = ""
    """`free` (far from the passage's words) or `near`."""
    wrong: tuple[str, ...] | None = ()
    """The words of the claim that are not borne out; None if nobody marked them."""

    @property
    def faithful(self) -> bool:
        return self.standing == "supported"


def load(files: Iterable[Path] | None = None) -> list[Lesson]:
    """The lessons of the files, by default of all in `FOLDER`, in the order of file and line."""
    chosen = sorted(FOLDER.glob("*.jsonl")) if files is None else list(files)
    return [lesson for path in chosen for lesson in _read(path)]


def training() -> list[Lesson]:
    """What may be trained on or tuned by."""
    return [lesson for lesson in load() if not lesson.writer.startswith(ASIDE)]


def aside() -> list[Lesson]:
    """What no training and no choice has seen: for the last figure alone."""
    return [lesson for lesson in load() if lesson.writer.startswith(ASIDE)]


def _read(path: Path) -> list[Lesson]:
    found = []
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        found += [_lesson(path.stem, row, claim) for claim in row["claims"]]
    return found


def _lesson(writer: str, row: dict[str, Any], claim: dict[str, Any]) -> Lesson:
    return Lesson(
        writer=writer,
        passage_id=row["id"],
        field=row["field"],
        passage=row["passage"],
        claim=claim["text"],
        standing="supported" if claim["faithful"] else _standing(claim["kind"]),
        kind=claim["kind"],
        wording=claim["wording"],
        wrong=() if claim["faithful"] else _marked(claim),
    )


def _marked(claim: dict[str, Any]) -> tuple[str, ...] | None:
    return (claim["wrong"],) if claim.get("wrong", "") in claim["text"] and claim.get("wrong") else None


def _standing(kind: str) -> Standing:
    """An added consequence is as a rule not in the passage, any other change speaks against it."""
    return "absent" if kind == "consequence" else "contradicted"


def split(lessons: Sequence[Lesson]) -> tuple[list[Lesson], list[Lesson]]:
    """To learn from, and to choose thresholds by: whole passages, the same on every machine."""
    learn: list[Lesson] = []
    choose: list[Lesson] = []
    for lesson in lessons:
        (choose if _per_cent(lesson.passage) < _CHECKED_SHARE else learn).append(lesson)
    return learn, choose


def learned_twins() -> list[Twin]:
    """The twins that are taught; the rest, by passage, is there to choose by."""
    return [twin for twin in twins() if _per_cent(twin.passage) >= _CHECKED_SHARE]


def _per_cent(text: str) -> int:
    """A number from 0 to 99 that hangs on the text alone."""
    return int(hashlib.md5(text.encode(), usedforsecurity=False).hexdigest(), 16) % 100


def held_out(document: str) -> bool:
    """Whether a public document, by its id, is kept to measure on."""
    return _per_cent(document) < _PUBLIC_ASIDE


_SWITCH = re.compile(r"\{(?P<number>\d) (?P<kind>\w+):(?P<a>[^{}|]*)\|(?P<b>[^{}|]*)\}")
_EITHER = re.compile(r"\{(?P<a>[^{}|]*)\|(?P<b>[^{}|]*)\}")


@dataclass(frozen=True, kw_only=True)
class Twin:
    """One claim on a passage with switches."""

    writer: str
    passage_id: str
    field: str
    passage: str
    """With its switches."""
    claim: str
    needs: tuple[str, ...]
    """The sides under which it is right, each a switch and `a` or `b`; right only if all hold."""
    turned: str | None
    """The words of the claim that make the difference; None if nobody marked them."""


def twins(files: Iterable[Path] | None = None) -> list[Twin]:
    """The twin claims of the files, by default of all in `TWINS`."""
    chosen = sorted(TWINS.glob("*.jsonl")) if files is None else list(files)
    return [
        twin
        for path in chosen
        for line in path.read_text(encoding="utf-8").splitlines()
        for twin in _twins(path.stem, json.loads(line))
    ]


def _twins(writer: str, row: dict[str, Any]) -> list[Twin]:
    """A claim in which a switch is named without a side, as `{more | less}`, is two."""
    found = []
    for when, text in row["claims"]:
        choices = list(_EITHER.finditer(text))
        for side in "ab" if choices else ("",):
            claim = text
            for choice in reversed(choices):
                claim = claim[: choice.start()] + choice[side].strip() + claim[choice.end() :]
            claim = _tidy(claim)
            turned = choices[0][side].strip() if choices else None
            found.append(
                Twin(
                    writer=writer, passage_id=row["id"], field=row["field"], passage=row["passage"], claim=claim,
                    needs=tuple(f"{each}{side}" for each in when.split()),
                    turned=turned if turned and claim.count(turned) == 1 else None,
                )
            )  # fmt: skip
    return found


def versions(known: Iterable[Twin], seed: int) -> list[Lesson]:
    """Each claim twice: held against a version of its passage that bears it out, and against one that does not.

    All switches are thrown anew, but for those that the claim hangs on.
    """
    rng = random.Random(seed)
    found = []
    for twin in known:
        switches = {switch["number"]: switch for switch in _SWITCH.finditer(twin.passage)}
        for faithful in (True, False):
            sides = {number: rng.choice("ab") for number in switches}
            sides |= {need[0]: need[1] for need in twin.needs}
            right = Lesson(
                writer=twin.writer, passage_id=twin.passage_id, field=twin.field,
                passage=_thrown(twin.passage, sides), claim=twin.claim, standing="supported", kind="free", wording="free",
            )  # fmt: skip
            if faithful:
                found.append(right)
                continue
            need = rng.choice(twin.needs)
            switch, other = switches[need[0]], "b" if need[1] == "a" else "a"
            found.append(
                replace(
                    right,
                    passage=_thrown(twin.passage, {**sides, need[0]: other}),
                    standing="contradicted" if switch[other].strip() else "absent",
                    kind=switch["kind"],
                    wrong=None if twin.turned is None else (twin.turned,),
                )
            )
    return found


def _thrown(passage: str, sides: dict[str, str]) -> str:
    """The passage with one side of each switch."""

    def side(match: re.Match[str]) -> str:
        words = match[sides[match["number"]]].strip()
        # Words that meet must not run together; `_tidy` takes back what is too much.
        before, after = passage[: match.start()][-1:], passage[match.end() :][:1]
        opening = " " if before.isalnum() and words[:1].isalnum() else ""
        return f"{opening}{words}{' ' if after.isalnum() else ''}"

    return _tidy(_SWITCH.sub(side, passage))


def _tidy(text: str) -> str:
    """With the gaps closed that an empty side leaves."""
    text = re.sub(r"\s+([,.;:!?])", r"\1", " ".join(text.split()))
    return re.sub(r",(?=[.;,])", "", text)


def swapped(lessons: Sequence[Lesson], share: float, seed: int) -> list[Lesson]:
    """That share of the faithful claims, each held against another passage of its writer: right claim, wrong source."""
    rng = random.Random(seed)
    by_writer: dict[str, list[Lesson]] = {}
    for lesson in lessons:
        by_writer.setdefault(lesson.writer, []).append(lesson)
    found = []
    for lesson in lessons:
        if lesson.faithful and rng.random() < share:
            other = rng.choice(by_writer[lesson.writer])
            if other.passage != lesson.passage:
                changed = replace(lesson, passage=other.passage, passage_id=other.passage_id)
                found.append(replace(changed, standing="absent", kind="swap", wrong=(lesson.claim,)))
    return found


def taken_over(lessons: Sequence[Lesson], share: float, seed: int) -> list[Lesson]:
    """Sentences of that share of the passages, word for word: what needs no doubt."""
    rng = random.Random(seed)
    found = []
    for lesson in {lesson.passage: lesson for lesson in lessons}.values():
        if rng.random() < share:
            claim = rng.choice(split_sentences(lesson.passage))
            found.append(
                replace(lesson, claim=claim, standing="supported", kind="near", wording="near", wrong=())
            )
    return found


def public(folder: Path) -> list[Lesson]:
    """SciFact claims and SummEdits summaries (sentence by sentence) in a folder, those held out left out.

    Nothing of them is in the project.

    Raises:
        FileNotFoundError: the folder does not hold the two files.
    """
    both = [
        *_scifact(folder / "scifact_train.jsonl.gz"),
        *_summedits(folder / "summedits_evaluation.jsonl.gz"),
    ]
    return [lesson for lesson in both if not held_out(lesson.passage_id)]


def _rows(path: Path) -> list[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def _scifact(path: Path) -> list[Lesson]:
    standings: dict[str, Standing] = {"support": "supported", "contradict": "contradicted"}
    return [
        Lesson(
            writer="scifact",
            passage_id=row["source_doc_id"],
            field="scifact",
            passage=row["source_text"],
            claim=row["claim"],
            standing=standings.get(row["label_detail"], "absent"),
            kind=row["label_detail"],
            wrong=() if row["label_detail"] == "support" else None,
        )
        for row in _rows(path)
    ]


def _summedits(path: Path) -> list[Lesson]:
    found = []
    for row in _rows(path):
        before, after = row["original_summary"].split(), row["claim"].split()
        changes = [
            " ".join(after[start:end])
            for tag, _, _, start, end in SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
            if tag != "equal" and end > start
        ]
        for sentence in split_sentences(row["claim"]):
            wrong = tuple(change for change in changes if change in sentence)
            if row["label"] == "unsupported" and not wrong:
                continue
            faithful = row["label"] == "supported"
            found.append(
                Lesson(
                    writer="summedits",
                    passage_id=row["orig_id"],
                    field=row["domain"],
                    passage=row["source_text"],
                    claim=sentence,
                    standing="supported" if faithful else "contradicted",
                    kind="free" if faithful else "edited",
                    wrong=() if faithful else wrong,
                )
            )
    return found
