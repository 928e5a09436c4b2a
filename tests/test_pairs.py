"""The taught pair model: its marks, its size, its window, and an NLI cross-encoder that reads along."""

from __future__ import annotations

import math
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest

from assistant import pairs
from assistant.check import check_claim
from assistant.claims import read, sentences_of
from knowledge import EmbedderMissing

PASSAGE = "CERN was founded in 1954 by twelve states. Its members pay in proportion to their national income."


def test_what_is_committed_is_small() -> None:
    assert len(files("assistant").joinpath(pairs.WEIGHTS).read_bytes()) < 25_000_000


def marks_of(claim: str) -> dict[str, int]:
    spans, _ = pairs.marked(read(claim), read(PASSAGE))
    return {claim[start:end]: mark for start, end, mark in spans}


def test_marks_tell_held_from_missing_figures_and_names() -> None:
    wrong = marks_of("CERN began in 1955, says Lindqvist, with a dozen states.")
    right = marks_of("CERN began in 1954 with a dozen states.")
    assert wrong["1955"] != right["1954"]
    assert wrong["CERN"] == right["CERN"] != wrong["Lindqvist"]


def test_each_word_piece_has_a_mark_and_a_side() -> None:
    pair = pairs.encoded("Twelve states founded CERN.", PASSAGE)
    assert len(pair.ids) == len(pair.marks) == len(pair.sides)
    assert pair.sides.count(1) == len(pair.claim_offsets)
    assert set(pair.marks) <= set(range(pairs.MARKS))


def test_a_long_passage_is_cut_to_what_speaks_of_the_claim() -> None:
    filler = " ".join(f"The weather of day {day} was dull and the canteen served soup." for day in range(60))
    sentences = sentences_of(f"{filler} {PASSAGE} {filler}")
    claim = read("Members of CERN pay by national income.")
    chosen = pairs.window(claim, sentences, lambda: [0.0] * len(sentences))
    assert "in proportion to their national income" in chosen
    assert len(pairs.encoded(claim.text, chosen).ids) <= pairs.PASSAGE_TOKENS + 3 + len(claim.text)
    assert len(chosen) < len(filler)


def test_the_same_pair_reads_the_same_alone_and_among_others() -> None:
    model = pairs.pair_model()
    wanted = ("Twelve states founded CERN in 1954.", PASSAGE)
    alone = model.read([wanted])[0]
    among = model.read([("A hub needs nodes.", PASSAGE * 2), wanted, ("No state pays.", PASSAGE)])[1]
    assert math.isclose(alone.support, among.support, abs_tol=1e-4)
    assert alone.wrong == among.wrong


def test_no_pairs_no_readings() -> None:
    assert pairs.pair_model().read([]) == []


@pytest.fixture
def nli(tmp_path: Path) -> Iterator[Path]:
    """A real NLI cross-encoder, tiny and untrained: it says what it likes."""
    import torch
    from sentence_transformers import CrossEncoder
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

    torch.manual_seed(5)
    words = sorted(set(PASSAGE.lower().replace(".", "").split()))
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *words]
    (tmp_path / "vocab.txt").write_text("\n".join(vocabulary), encoding="utf-8")
    labels = {0: "contradiction", 1: "entailment", 2: "neutral"}
    config = BertConfig(
        vocab_size=len(vocabulary), hidden_size=32, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32,
        num_labels=3, id2label=labels, label2id={name: place for place, name in labels.items()}, initializer_range=2.0,
    )  # fmt: skip
    folder = tmp_path / "nli"
    BertForSequenceClassification(config).save_pretrained(folder)
    BertTokenizerFast(vocab=str(tmp_path / "vocab.txt")).save_pretrained(folder)
    CrossEncoder(str(folder), device="cpu", local_files_only=True).save_pretrained(str(folder))
    yield folder
    pairs.second_opinion("")


def test_an_nli_cross_encoder_reads_along(nli: Path) -> None:
    pair = ("Twelve states founded CERN in 1954.", PASSAGE)
    before = pairs.pair_model().read([pair])[0]
    pairs.second_opinion(str(nli))
    after = pairs.pair_model().read([pair])[0]
    assert after.support != before.support
    assert after.wrong == before.wrong
    assert check_claim(*pair[:1], [PASSAGE]).score is not None


def test_a_folder_without_such_a_model_is_refused(tmp_path: Path, nli: Path) -> None:
    with pytest.raises(EmbedderMissing, match="no cross-encoder"):
        pairs.second_opinion(str(tmp_path / "nothing"))
    (nli / "config.json").write_text((nli / "config.json").read_text().replace("entailment", "label_1"))
    with pytest.raises(EmbedderMissing, match="made for NLI"):
        pairs.second_opinion(str(nli))
