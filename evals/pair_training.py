"""Teach the pair model: lessons in, `assistant/pair_model.safetensors` and a log out. `python -m evals.pair_training`.

The embedder's six layers are trained on, with marks, a head for the pair and one for each word of the claim; the word
embeddings stay as they are. Each step is cut in two halves, one a thread, whose gradients are added in a fixed order: two
cores that wait for each other after each small operation are slower. The halves reckon in bfloat16 on a copy, the weights
themselves are kept in float32. Same seed and machine, same weights.
"""

from __future__ import annotations

import argparse
import json
import math
import multiprocessing
import random
import sys
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from assistant.check import closeness
from assistant.claims import read, sentences_of
from assistant.pairs import MARKS, SIDES, WEIGHTS, Encoded, encoded, packed, window
from knowledge.embedders import minilm_config, minilm_weights

from . import drills, lessons
from .lessons import Lesson

CLASSES = ("supported", "contradicted", "absent")
TARGET = Path(__file__).parent.parent / "assistant" / WEIGHTS


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What shapes the result."""

    seed: int = 1
    epochs: int = 3
    batch: int = 32
    rate: float = 3e-4
    """Learning rate of the top layer; each layer below has `layer_decay` of the one above."""
    layer_decay: float = 0.9
    heads_rate: float = 3.0
    """Times the rate for heads and marks, which start from nothing."""
    warm_up: float = 0.06
    dropout: float = 0.1
    swapped: float = 0.15
    """Share of the faithful claims that are shown once more with a wrong passage."""
    taken_over: float = 0.3
    drills: int = 4000
    """Claims put together from frames, new ones in each epoch, each with two passages."""
    smoothing: float = 0.02
    class_weight: float = 0.3
    twin_weight: float = 0.5
    """How much it counts that a claim is better borne out by the one version of its passage than by the other."""
    word_weight: float = 0.5
    wrong_word_weight: float = 3.0
    averaged: float = 0.998
    """What is kept is a running mean of the weights, with this share of the mean before each step."""


@dataclass(frozen=True, kw_only=True)
class Example:
    """A lesson as the network takes it."""

    pair: Encoded
    standing: int
    wrong: list[float] | None
    """For each word piece of the claim 1 where it is not borne out; None if nobody marked it."""


Unit = tuple[int, ...]
"""Places of examples that stay together: one alone, or a claim with two versions of its passage."""


def example(lesson: Lesson) -> Example:
    claim = read(lesson.claim)
    sentences = sentences_of(lesson.passage)
    pair = encoded(lesson.claim, window(claim, sentences, lambda: closeness(claim, sentences)))
    return Example(pair=pair, standing=CLASSES.index(lesson.standing), wrong=_wrong(lesson, pair))


def _wrong(lesson: Lesson, pair: Encoded) -> list[float] | None:
    if lesson.wrong is None:
        return None
    spans = [(lesson.claim.find(words), len(words)) for words in lesson.wrong]
    return [
        float(any(start >= 0 and begin < start + size and stop > start for start, size in spans))
        for begin, stop in pair.claim_offsets
    ]


class _Dropout(nn.Module):  # type: ignore[misc]
    """Dropout that draws from the thread's own generator, so that two threads do not mix their numbers."""

    def __init__(self, share: float, drawn: threading.local) -> None:
        super().__init__()
        self.share, self.drawn = share, drawn

    def forward(self, x: Tensor) -> Tensor:
        if not self.training or not self.share:
            return x
        drawn = torch.empty(x.shape, dtype=torch.uint8).random_(0, 256, generator=self.drawn.generator)
        return x * (drawn >= round(self.share * 256)) * (1 / (1 - self.share))


class Taught(nn.Module):  # type: ignore[misc]
    """The network while it learns: transformers' BERT with the embedder's weights, marks and two heads."""

    def __init__(self, dropout: float) -> None:
        super().__init__()
        from transformers import BertConfig, BertModel

        made: Any = BertConfig
        # Fused attention is slower backwards on two cores than plain products of matrices.
        config = made(**minilm_config(), attn_implementation="eager")
        config.attention_probs_dropout_prob = 0.0
        self.drawn = threading.local()
        self.bert: Any = BertModel(config, add_pooling_layer=False)
        self.bert.load_state_dict(minilm_weights(), strict=False)
        for module in list(self.bert.modules()):
            for name, child in module.named_children():
                if isinstance(child, nn.Dropout) and child.p:
                    setattr(module, name, _Dropout(dropout, self.drawn))
        width = config.hidden_size
        self.marks = nn.Embedding(MARKS + SIDES, width)
        nn.init.normal_(self.marks.weight, std=0.01)
        self.inner, self.outer, self.word = (
            nn.Linear(3 * width, width),
            nn.Linear(width, 3),
            nn.Linear(width, 1),
        )
        self.dropout = _Dropout(dropout, self.drawn)
        self.bert.embeddings.word_embeddings.weight.requires_grad_(False)

    def forward(self, batch: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
        """Log-odds of the three classes, and of each word piece to be wrong."""
        added = self.marks(batch["marks"]) + self.marks(batch["sides"] + MARKS)
        x = self.bert.embeddings.word_embeddings(batch["ids"]) + added
        states = self.bert(inputs_embeds=x, attention_mask=batch["there"]).last_hidden_state
        means = [_mean(states.float(), batch["sides"] == side).to(states.dtype) for side in (1, 2)]
        hidden = self.dropout(torch.tanh(self.inner(torch.cat([states[:, 0], *means], -1))))
        return self.outer(hidden).float(), self.word(self.dropout(states)).squeeze(-1).float()

    def _heads(self) -> tuple[tuple[str, nn.Linear], ...]:
        return ("pair.inner", self.inner), ("pair.outer", self.outer), ("word", self.word)

    def taught(self) -> dict[str, Tensor]:
        """What was learned, by the names that `assistant.pairs` reads: differences for the layers, the heads whole."""
        before = minilm_weights()
        now = self.bert.state_dict()
        found = {
            name: now[name] - values
            for name, values in before.items()
            if name in now and not torch.equal(now[name], values)
        }
        found["marks.weight"] = self.marks.weight
        for name, layer in self._heads():
            found |= {f"{name}.weight": layer.weight, f"{name}.bias": layer.bias}
        return {name: values.detach().contiguous() for name, values in found.items()}


def _mean(states: Tensor, chosen: Tensor) -> Tensor:
    weights = chosen.float().unsqueeze(-1)
    return (states * weights).sum(1) / weights.sum(1).clamp(min=1)


def collated(examples: Sequence[Example]) -> dict[str, Tensor]:
    """Examples side by side, filled up to one length."""
    length = max(len(example.pair.ids) for example in examples)
    length += -length % 8

    def rows(values: Sequence[Sequence[float]], kind: torch.dtype = torch.long) -> Tensor:
        return torch.tensor([[*row, *[0] * (length - len(row))] for row in values], dtype=kind)

    pairs = [example.pair for example in examples]
    marked = [example.wrong or [] for example in examples]
    return {
        "ids": rows([pair.ids for pair in pairs]),
        "marks": rows([pair.marks for pair in pairs]),
        "sides": rows([pair.sides for pair in pairs]),
        "there": rows([[1] * len(pair.ids) for pair in pairs]),
        "standing": torch.tensor([example.standing for example in examples]),
        "wrong": rows([[0, *wrong] for wrong in marked], torch.float32),
        "told": rows([[0, *[1] * len(wrong)] for wrong in marked], torch.float32),
    }


def support(logits: Tensor) -> Tensor:
    """Log-odds of `supported` against the other two."""
    return logits[:, 0] - torch.logsumexp(logits[:, 1:], 1)


def _loss(model: Taught, batch: dict[str, Tensor], twins: int, plan: Plan) -> Tensor:
    """The first twice `twins` rows are claims with the version that bears them out and the one that does not, in turn."""
    logits, words = model(batch)
    goal = (batch["standing"] == 0).float() * (1 - 2 * plan.smoothing) + plan.smoothing
    pair = functional.binary_cross_entropy_with_logits(support(logits), goal)
    classes = functional.cross_entropy(logits, batch["standing"])
    weight = torch.tensor(plan.wrong_word_weight)
    each = functional.binary_cross_entropy_with_logits(
        words, batch["wrong"], reduction="none", pos_weight=weight
    )
    told = batch["told"]
    loss = (
        pair + plan.class_weight * classes + plan.word_weight * (each * told).sum() / told.sum().clamp(min=1)
    )
    if twins:
        odds = support(logits[: 2 * twins])
        share = 2 * twins / len(goal)
        loss = loss + plan.twin_weight * share * functional.softplus(odds[1::2] - odds[0::2]).mean()
    return loss


def train(
    taught: Callable[[int], tuple[Sequence[Lesson], Sequence[Lesson]]],
    plan: Plan,
    keep: Callable[[Taught], None] | None = None,
) -> Taught:
    """The network after the plan; tells each hundred steps and each epoch on stderr.

    Args:
        taught: gives the lessons of an epoch, counted from 0: single ones, and twin ones as `lessons.versions` has them.
        keep: gets the network as it stands after each epoch, with the mean weights.
    """
    torch.manual_seed(plan.seed)
    rng = random.Random(plan.seed)
    model, working = Taught(plan.dropout), Taught(plan.dropout)
    working.load_state_dict(model.state_dict())
    working.to(torch.bfloat16).train()
    names = _learning(model)
    parameters, worked = [each for _, each in names], [each for _, each in _learning(working)]
    groups: list[dict[str, Any]] = [
        {"params": [each], "base": _rate(name, plan), "weight_decay": 0.01 if each.dim() > 1 else 0.0}
        for name, each in names
    ]
    optimizer = torch.optim.AdamW(groups, lr=plan.rate, betas=(0.9, 0.98), fused=True)
    steps = plan.epochs * math.ceil(sum(map(len, taught(0))) / plan.batch)
    means = [each.detach().clone() for each in parameters]
    drawn = working.drawn
    examples: list[Example] = []
    started, step = time.perf_counter(), 0

    def half(work: tuple[int, list[Unit]]) -> tuple[float, tuple[Tensor | None, ...]]:
        seed, chosen = work
        drawn.generator = torch.Generator().manual_seed(seed)
        chosen = sorted(chosen, key=len, reverse=True)
        twins = sum(len(unit) == 2 for unit in chosen)
        loss = _loss(working, collated([examples[i] for unit in chosen for i in unit]), twins, plan)
        return loss.item(), torch.autograd.grad(loss, worked, allow_unused=True)

    with ThreadPoolExecutor(2, initializer=torch.set_num_threads, initargs=(1,)) as threads:
        for epoch in range(plan.epochs):
            losses = []
            examples, units = _examples(*taught(epoch))
            for chosen in _batches(examples, units, plan.batch, rng):
                pace = min(1.0, (step + 1) / (plan.warm_up * steps)) * max(0.02, 1 - step / steps)
                for group in optimizer.param_groups:
                    group["lr"] = group["base"] * pace
                seeds = (rng.randrange(2**31), rng.randrange(2**31))
                parts = list(threads.map(half, zip(seeds, (chosen[0::2], chosen[1::2]), strict=True)))
                for place, each in enumerate(parameters):
                    found = [grad.float() for part in parts if (grad := part[1][place]) is not None]
                    each.grad = sum(found[1:], found[0]) / len(parts) if found else None
                nn.utils.clip_grad_norm_(parameters, 1.0)
                optimizer.step()
                _set(worked, parameters)
                step += 1
                # Early on the mean forgets faster, so that the start does not stay in it.
                share = min(plan.averaged, step / (step + 10))
                torch._foreach_lerp_(means, [each.detach() for each in parameters], 1 - share)
                losses.append(sum(part[0] for part in parts) / len(parts))
                if step % 100 == 0:
                    print(
                        f"step {step} of {steps}, {time.perf_counter() - started:.0f} s",
                        file=sys.stderr,
                        flush=True,
                    )
            print(f"epoch {epoch + 1}: loss {np.mean(losses):.4f}", file=sys.stderr, flush=True)
            own = [each.detach().clone() for each in parameters]
            _set(parameters, means)
            if keep:
                keep(model)
            if epoch + 1 < plan.epochs:
                _set(parameters, own)
    return model


def _learning(model: Taught) -> list[tuple[str, nn.Parameter]]:
    return [
        (name, each)
        for name, each in model.named_parameters()
        if each.requires_grad and "token_type" not in name
    ]


def _examples(single: Sequence[Lesson], twin: Sequence[Lesson]) -> tuple[list[Example], list[Unit]]:
    units: list[Unit] = [(i,) for i in range(len(single))]
    units += [(i, i + 1) for i in range(len(single), len(single) + len(twin), 2)]
    # A forked process would wait for ever for torch's threads, which it does not inherit.
    with ProcessPoolExecutor(2, multiprocessing.get_context("spawn"), torch.set_num_threads, (1,)) as pool:
        return list(pool.map(example, [*single, *twin], chunksize=100)), units


def _set(parameters: Sequence[Tensor], values: Sequence[Tensor]) -> None:
    with torch.no_grad():
        for each, value in zip(parameters, values, strict=True):
            each.copy_(value)


def _rate(name: str, plan: Plan) -> float:
    if ".layer." in name:
        return plan.rate * plan.layer_decay ** (5 - int(name.split(".layer.")[1].split(".")[0]))
    return plan.rate * (plan.layer_decay**6 if name.startswith("bert.") else plan.heads_rate)


def _batches(
    examples: Sequence[Example], units: Sequence[Unit], size: int, rng: random.Random
) -> list[list[Unit]]:
    """Neighbours of like length, since filling up costs; each batch has two units at least."""
    order = sorted(units, key=lambda unit: len(examples[unit[0]].pair.ids) + rng.random() * 24)
    found: list[list[Unit]] = [[]]
    for unit in order:
        if sum(map(len, found[-1])) >= size:
            found.append([])
        found[-1].append(unit)
    if len(found) > 1 and len(found[-1]) < 2:
        found[-2] += found.pop()
    rng.shuffle(found)
    return found


def curriculum(learn: Sequence[Lesson], plan: Plan, more: Sequence[Lesson] = ()) -> list[Lesson]:
    """The lessons, some faithful claims beside a wrong passage, some sentences taken over, and `more`."""
    return [
        *learn,
        *lessons.swapped(learn, plan.swapped, plan.seed),
        *lessons.taken_over(learn, plan.taken_over, plan.seed),
        *more,
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--public", type=Path, metavar="FOLDER", help="also learn from the public claims in this folder"
    )
    parser.add_argument("--epochs", type=int, default=Plan.epochs)
    parser.add_argument("--seed", type=int, default=Plan.seed)
    parser.add_argument("--out", type=Path, default=TARGET, help="where the weights go")
    options = parser.parse_args()
    plan = replace(Plan(), epochs=options.epochs, seed=options.seed)
    started = time.perf_counter()
    learn, _ = lessons.split(lessons.training())
    more = lessons.public(options.public) if options.public else []
    chosen = curriculum(learn, plan, more)
    twins = lessons.learned_twins()

    def keep(model: Taught) -> None:
        options.out.write_bytes(packed(model.taught()))

    known = drills.frames()

    def taught(epoch: int) -> tuple[list[Lesson], list[Lesson]]:
        seed = plan.seed + 1000 * epoch
        return chosen, [*lessons.versions(twins, seed), *drills.drilled(known, plan.drills, seed)]

    train(taught, plan, keep=keep)
    log = {
        **asdict(plan), "lessons": len(learn), "public": len(more), "twins": len(twins),
        "frames": len(known), "pairs_an_epoch": len(chosen) + 2 * (len(twins) + plan.drills),
        "minutes": round((time.perf_counter() - started) / 60, 1), "torch": torch.__version__,
    }  # fmt: skip
    print(json.dumps(log))


if __name__ == "__main__":
    main()
