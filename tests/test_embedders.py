from __future__ import annotations

import json
import shutil
from pathlib import Path
from threading import Thread

import numpy as np
import pytest

from knowledge import EmbedderMissing, embedders, load_embedder
from knowledge.network import BATCH_TOKENS, batches


def test_vectors_have_length_one_and_keep_the_order() -> None:
    embedder = load_embedder(dtype="float32")
    # Longest first: texts are sorted by length inside.
    texts = ["A laboratory for all of Europe, paid by its states. " * 4, "Fees of small states", "Oysters"]
    vectors = embedder.documents(texts)
    assert vectors.shape == (3, embedder.dimension)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    for text, vector in zip(texts, vectors, strict=True):
        assert float(embedder.query(text) @ vector) == pytest.approx(1, abs=1e-4)
    assert embedder.documents([]).shape == (0, embedder.dimension)


MANY_LENGTHS = [
    "",
    "Fees",
    "A laboratory for all of Europe.",
    "Ein Labor für alle, 欧洲 и Европа 🧪.",
    *(
        "The fee of a small state is low, and its people come to work there. " * n
        for n in (1, 2, 5, 9, 9, 14)
    ),
    "Longer than the network reads. " * 90,
]


def _own(folder: Path, texts: list[str]) -> np.ndarray:
    """What the model's own library makes of the texts."""
    return embedders._Own(embedders._load(folder).float()).documents(texts)


def test_the_vectors_are_those_of_the_models_own_library() -> None:
    embedder = load_embedder(dtype="float32")
    own = _own(embedder._folder, MANY_LENGTHS)
    assert isinstance(embedder._ready[0], embedders._Flat)
    assert float((embedder.documents(MANY_LENGTHS) * own).sum(axis=1).min()) > 0.9999


def test_bfloat16_stays_near_float32() -> None:
    plain, rounded = (load_embedder(dtype=dtype).documents(MANY_LENGTHS) for dtype in ("float32", "bfloat16"))
    assert float((plain * rounded).sum(axis=1).min()) > embedders.BF16_AGREEMENT


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_a_model_of_another_kind_runs_as_its_own_library_runs_it(tmp_path: Path, dtype: str) -> None:
    folder = tmp_path / "first-token"
    shutil.copytree(load_embedder()._folder, folder, ignore=shutil.ignore_patterns(embedders.WEIGHTS))
    (folder / embedders.WEIGHTS).symlink_to(load_embedder()._folder / embedders.WEIGHTS)
    pooling = folder / "1_Pooling" / "config.json"
    pooling.write_text(
        json.dumps({"word_embedding_dimension": 384, "pooling_mode_cls_token": True}), encoding="utf-8"
    )
    embedder = load_embedder(str(folder), dtype=dtype)
    vectors = embedder.documents(MANY_LENGTHS)
    assert isinstance(embedder._ready[0], embedders._Own)
    assert float((vectors * _own(folder, MANY_LENGTHS)).sum(axis=1).min()) > embedders.BF16_AGREEMENT
    assert float(embedder.query(MANY_LENGTHS[2]) @ vectors[2]) > embedders.BF16_AGREEMENT
    assert embedder.reads == ""


def test_a_batch_holds_no_more_than_its_tokens_and_no_row_is_left_out() -> None:
    lengths = [3, 256, 40, 1, 5000, 256, 7] * 40
    found = batches(lengths)
    assert sorted(row for share in found for row in share) == list(range(len(lengths)))
    assert all(sum(lengths[row] for row in share) <= BATCH_TOKENS or len(share) == 1 for share in found)
    assert batches([]) == []


def test_like_means_near() -> None:
    embedder = load_embedder(dtype="float32")
    query = embedder.query("What does a small country pay?")
    near, far = embedder.documents(
        ["The fee of a small state is about two million.", "Bees dance to show the way."]
    )
    assert query @ near > query @ far + 0.2


def test_tokens_are_word_pieces_with_the_special_ones() -> None:
    embedder = load_embedder()
    assert embedder.max_tokens == 256
    assert embedder.count_tokens("") == 2
    assert embedder.count_tokens("hello world") == 4


def test_tokens_between_offsets_add_up_where_words_end() -> None:
    embedder = load_embedder()
    text = "Prof. Müller's fee, 2.5 % of it: 欧洲!  A  second\n\nline, antidisestablishmentarianism."
    starts = embedder.token_starts(text)
    assert starts == sorted(starts)
    for end in [offset for offset, char in enumerate(text) if char.isspace()] + [len(text)]:
        assert sum(start < end for start in starts) == embedder.count_tokens(text[:end]) - 2


def test_the_built_in_embedder_says_which_language_it_reads() -> None:
    assert load_embedder().reads == "en"


def test_one_embedder_a_process_and_precision() -> None:
    assert load_embedder(dtype="float32") is load_embedder("minilm", dtype="float32")
    assert load_embedder(dtype="float32").stamp == "minilm@float32"


def test_the_self_test_decides_for_one_of_two() -> None:
    assert load_embedder().dtype in ("float32", "bfloat16")


def test_weights_that_are_not_the_published_ones_are_refused(tmp_path: Path) -> None:
    weights = tmp_path / "model.safetensors"
    weights.write_bytes(b"not the weights")
    with pytest.raises(EmbedderMissing, match="not the ones published"):
        embedders._check_hash(weights, embedders.MINILM_SHA256)


@pytest.mark.parametrize(("name", "dtype"), [("minilm2", None), ("minilm", "int4")])
def test_an_unknown_embedder_is_named(name: str, dtype: str | None) -> None:
    with pytest.raises(EmbedderMissing, match=r"known are minilm|float32 or bfloat16"):
        load_embedder(name, dtype=dtype)


def test_questions_and_documents_may_come_at_once() -> None:
    embedder = load_embedder(dtype="float32")
    alone = embedder.query("What does it cost?")
    found: list[np.ndarray] = []
    writing = Thread(target=lambda: found.append(embedder.documents(MANY_LENGTHS * 3)))
    writing.start()
    assert all(np.allclose(embedder.query("What does it cost?"), alone, atol=1e-5) for _ in range(5))
    writing.join()
    assert found[0].shape == (3 * len(MANY_LENGTHS), embedder.dimension)


def test_several_threads_may_encode() -> None:
    embedder = load_embedder(dtype="float32")
    found: list[np.ndarray] = []
    threads = [
        Thread(target=lambda: found.append(embedder.documents(["hub and network"] * 5))) for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 6
    assert all(np.allclose(vectors, found[0], atol=1e-5) for vectors in found)
