"""A cross-encoder as a setting: its order is taken over for the best hits, and a wrong folder is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from knowledge import EmbedderMissing, Library
from knowledge.embedders import load_reranker

TEXTS = [
    ("bees", "Bees", "Bees dance to show where flowers are."),
    ("oysters", "Oysters", "Oysters filter the harbour and break the waves."),
    ("hubs", "Hubs", "A hub needs nodes in many places to do its work."),
]


@pytest.fixture
def judge(tmp_path: Path) -> Path:
    """A real cross-encoder, tiny and untrained: its order is its own."""
    import torch
    from sentence_transformers import CrossEncoder
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

    torch.manual_seed(3)
    words = {word for _, _, text in TEXTS for word in text.lower().replace(".", "").split()}
    words |= {"what", "where", "who", ".", "?"}
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *sorted(words)]
    (tmp_path / "vocab.txt").write_text("\n".join(vocabulary), encoding="utf-8")
    tokenizer = BertTokenizerFast(vocab=str(tmp_path / "vocab.txt"))
    config = BertConfig(
        vocab_size=len(vocabulary), hidden_size=32, num_hidden_layers=1, num_attention_heads=2,
        intermediate_size=32, num_labels=1, initializer_range=1.0,
    )  # fmt: skip
    folder = tmp_path / "judge"
    BertForSequenceClassification(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    CrossEncoder(str(folder), device="cpu", local_files_only=True).save_pretrained(str(folder))
    return folder


def test_the_order_of_the_best_hits_is_the_cross_encoders(tmp_path: Path, judge: Path) -> None:
    reranker = load_reranker(str(judge))
    assert reranker is not None
    question = "Where do bees dance?"
    worth = dict(
        zip([id for id, _, _ in TEXTS], reranker.scores(question, [t for _, _, t in TEXTS]), strict=True)
    )
    assert len({float(score) for score in worth.values()}) == len(TEXTS)
    with Library.open(tmp_path / "plain") as library:
        library.add_texts(TEXTS)
        plain = library.search(question, 3)
    with Library.open(tmp_path / "plain", reranker=str(judge)) as library:
        judged = library.search(question, 3)
    assert [hit.passage.source_id for hit in judged] == sorted(worth, key=lambda id: -worth[id])
    assert [hit.score for hit in judged] == [hit.score for hit in plain]


def test_a_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EmbedderMissing, match="no cross-encoder in"):
        Library.open(tmp_path / "library", reranker=str(tmp_path))
    assert load_reranker("") is None
