from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from threading import Thread

import numpy as np
import pytest

from knowledge import EmbedderMissing, embedders, load_embedder


def test_importing_knowledge_loads_no_heavy_library() -> None:
    heavy = (
        "('torch', 'chromadb', 'sentence_transformers', 'transformers', 'trafilatura', 'pypdfium2', 'docx')"
    )
    code = f"import sys, knowledge; print([name for name in {heavy} if name in sys.modules])"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


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
