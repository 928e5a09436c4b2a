"""What is measured against what: this library, plain LangChain and plain LlamaIndex, each with the same weights.

Run as a program it is one measurement in a process of its own, so that no setting of one contestant reaches another:
`python -m evals.contestants '{"measure": "ingest", ...}'`. The last line it prints is JSON. Loading models and modules
is not measured: each contestant takes in one small document elsewhere before the clock starts.

The rivals are built as their own guides build them: one model.encode behind their Embeddings class, float32, their
default batch. Nothing of theirs is slowed down, and nothing is tuned.
"""

from __future__ import annotations

import importlib
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from knowledge import Library, load_embedder
from knowledge.passages import embedded_text

from . import corpus

WARM_UP = 2_000  # characters
AT_ONCE = 5_000  # texts of one call; Chroma takes 5461 at most, and LangChain does not divide
CHUNK, OVERLAP = 1000, 200  # characters, as in LangChain's guides
NODE, NODE_OVERLAP = 256, 50  # tokens: what the model reads, and the overlap in the proportion of LangChain's


class Contestant(Protocol):
    """One way from files to something that can be searched."""

    @property
    def dtype(self) -> str: ...

    def add(self, files: Sequence[Path], folder: Path) -> None:
        """All of it: open, read, split, embed, store."""

    def embedded(self) -> list[str]:
        """The texts that were embedded."""

    def close(self) -> None: ...


class Ours:
    """This library; with `dtype` empty it chooses the precision as it does for a user."""

    def __init__(self, dtype: str = "") -> None:
        self._asked = dtype
        self._library: Library | None = None

    def add(self, files: Sequence[Path], folder: Path) -> None:
        library = self.open(folder)
        report = library.add(files)
        if len(report.added) != len(files):
            raise RuntimeError(f"not all went in: {[*report.failed, *report.skipped][:3]}")

    def open(self, folder: Path) -> Library:
        self._library = library = Library.open(folder)
        if self._asked:
            # There is no such setting, since nobody needs it but who wants to know what the precision is worth.
            library._index.store.set_meta("embedder", f"{load_embedder().name}@{self._asked}")
        return library

    @property
    def dtype(self) -> str:
        return self._library.embedder.dtype if self._library else ""

    def embedded(self) -> list[str]:
        return [embedded_text(p, title=True) for p in self._library.passages()] if self._library else []

    def close(self) -> None:
        if self._library:
            self._library.close()


class PlainLangChain:
    """RecursiveCharacterTextSplitter and Chroma in a folder, as in LangChain's guides."""

    dtype = "float32"

    def __init__(self) -> None:
        self._embeddings = _langchain_embeddings(_sentence_transformer())
        self._store: Any = None

    def add(self, files: Sequence[Path], folder: Path) -> None:
        from langchain_core.documents import Document
        from langchain_text_splitters import RecursiveCharacterTextSplitter

        texts = [
            Document(page_content=file.read_text("utf-8"), metadata={"source": str(file)}) for file in files
        ]
        splitter = RecursiveCharacterTextSplitter(chunk_size=CHUNK, chunk_overlap=OVERLAP)
        self._put(splitter.split_documents(texts), folder)

    def add_texts(self, texts: Sequence[tuple[str, str, str]], folder: Path) -> None:
        from langchain_core.documents import Document

        self._put([Document(page_content=text, metadata={"source": id}) for id, _, text in texts], folder)

    def search(self, question: str, k: int) -> Any:
        return self._store.similarity_search_with_score(question, k=k)

    def _put(self, pieces: Sequence[Any], folder: Path) -> None:
        from langchain_chroma import Chroma

        self._store = Chroma(
            collection_name="rival", embedding_function=self._embeddings, persist_directory=str(folder)
        )
        for begin in range(0, len(pieces), AT_ONCE):
            self._store.add_documents(pieces[begin : begin + AT_ONCE])

    def embedded(self) -> list[str]:
        return list(self._store.get(include=["documents"])["documents"])

    def close(self) -> None:
        self._store = None


class PlainLlamaIndex:
    """SimpleDirectoryReader, SentenceSplitter and the vector index in memory; nothing is written to disk.

    Args:
        tokens: of a node; 0 for its default of 1024, of which this model reads a quarter.
    """

    dtype = "float32"

    def __init__(self, tokens: int) -> None:
        self._tokens = tokens
        self._embedding = _llama_embedding(_sentence_transformer())
        self._index: Any = None

    def add(self, files: Sequence[Path], folder: Path) -> None:
        from llama_index.core import SimpleDirectoryReader, VectorStoreIndex
        from llama_index.core.node_parser import SentenceSplitter

        del folder
        sizes = {"chunk_size": self._tokens, "chunk_overlap": NODE_OVERLAP} if self._tokens else {}
        documents = SimpleDirectoryReader(input_files=[str(file) for file in files]).load_data()
        self._index = VectorStoreIndex.from_documents(
            documents, transformations=[SentenceSplitter(**sizes)], embed_model=self._embedding
        )

    def embedded(self) -> list[str]:
        from llama_index.core.schema import MetadataMode

        return [node.get_content(MetadataMode.EMBED) for node in self._index.docstore.docs.values()]

    def close(self) -> None:
        self._index = None


CONTESTANTS: dict[str, Callable[[], Contestant]] = {
    "ours": Ours,
    "ours, float32": lambda: Ours("float32"),
    "LangChain": PlainLangChain,
    "LlamaIndex, 256 tokens": lambda: PlainLlamaIndex(NODE),
    "LlamaIndex, defaults": lambda: PlainLlamaIndex(0),
}


def _sentence_transformer() -> Any:
    # By name, because in the product this library has one home; a rival is no part of the product.
    library: Any = importlib.import_module("sentence_transformers")
    return library.SentenceTransformer(str(model_folder()), device="cpu", local_files_only=True)


def model_folder() -> Path:
    """Where the weights are that all contestants use."""
    return load_embedder()._folder


def _langchain_embeddings(model: Any) -> Any:
    from langchain_core.embeddings import Embeddings

    class OneModel(Embeddings):
        def embed_documents(self, texts: list[str]) -> list[list[float]]:
            vectors: list[list[float]] = model.encode(texts, show_progress_bar=False).tolist()
            return vectors

        def embed_query(self, text: str) -> list[float]:
            return self.embed_documents([text])[0]

    return OneModel()


def _llama_embedding(model: Any) -> Any:
    from llama_index.core.base.embeddings.base import BaseEmbedding

    class OneModel(BaseEmbedding):  # type: ignore[misc]
        def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
            vectors: list[list[float]] = model.encode(texts, show_progress_bar=False).tolist()
            return vectors

        def _get_text_embedding(self, text: str) -> list[float]:
            return self._get_text_embeddings([text])[0]

        def _get_query_embedding(self, query: str) -> list[float]:
            return self._get_text_embedding(query)

        async def _aget_query_embedding(self, query: str) -> list[float]:
            return self._get_query_embedding(query)

    return OneModel()


@dataclass(frozen=True, kw_only=True)
class Task:
    """One measurement; `measure` says which of the functions below."""

    measure: str
    name: str = "ours"
    files: str = ""
    threads: int = 2
    passages: int = 0
    questions: int = 0
    sizes: tuple[int, ...] = ()


def ingest(task: Task) -> dict[str, Any]:
    """Seconds from the files to a searchable store, and how many passages that gave."""
    files = sorted(Path(task.files).glob("*.txt"))
    with _folder() as folder:
        _warm(CONTESTANTS[task.name], folder)
        contestant = CONTESTANTS[task.name]()
        begun = time.perf_counter()
        contestant.add(files, folder / "store")
        seconds = time.perf_counter() - begun
        texts, dtype = contestant.embedded(), contestant.dtype
        contestant.close()
    return {"seconds": seconds, "passages": len(texts), "dtype": dtype, "unread_share": unread_share(texts)}


def unread_share(texts: Sequence[str]) -> float:
    """Share of the word pieces that lie beyond what the model reads, 0 to 1."""
    embedder = load_embedder()
    pieces = [embedder.count_tokens(text) for text in texts]
    return sum(max(0, n - embedder.max_tokens) for n in pieces) / max(sum(pieces), 1)


def search(task: Task) -> dict[str, Any]:
    """Seconds of each question against a store of short texts."""
    texts = corpus.short_texts(task.passages)
    asked = corpus.questions(task.questions + 5)
    with _folder() as folder:
        find, count, close = _filled(task.name, texts, folder)
        # The last five warm up, so that no question was asked before.
        for question in asked[-5:]:
            find(question)
        seconds = [_timed(find, question) for question in asked[:-5]]
        close()
    return {"seconds": seconds, "passages": count}


def _filled(
    name: str, texts: Sequence[tuple[str, str, str]], folder: Path
) -> tuple[Callable[[str], Any], int, Callable[[], None]]:
    if name == "LangChain":
        rival = PlainLangChain()
        rival.add_texts(texts, folder)
        return lambda question: rival.search(question, 10), len(texts), rival.close
    library = Library.open(folder)
    library.add_texts(texts)
    return lambda question: library.search(question, 10), library.count(), library.close


def _timed(work: Callable[[str], Any], value: str) -> float:
    begun = time.perf_counter()
    work(value)
    return time.perf_counter() - begun


ADDS, AN_ADD = 5, 200  # calls that are measured at each size, and texts of one call


def growth(task: Task) -> dict[str, Any]:
    """Seconds of the last five adds of 200 short texts before each size, and how much of it was the embedder's."""
    found: dict[str, Any] = {}
    with _folder() as folder:
        _warm(Ours, folder)
        with Library.open(folder / "store") as library:
            for size in sorted(task.sizes):
                _grow(library, size - ADDS * AN_ADD)
                found[str(size)] = [_an_add(library) for _ in range(ADDS)]
    return found


def _grow(library: Library, size: int) -> None:
    while (count := library.count()) < size:
        library.add_texts(corpus.short_texts(min(1000, size - count), first=count))


def _an_add(library: Library) -> dict[str, float]:
    texts = corpus.short_texts(AN_ADD, first=library.count())
    with _watched(library) as spent:
        begun = time.perf_counter()
        library.add_texts(texts)
        seconds = time.perf_counter() - begun
    return {"seconds": seconds, "embedder_s": sum(spent)}


@contextmanager
def _watched(library: Library) -> Iterator[list[float]]:
    """Collects the seconds of each call of the library's embedder."""
    embedder, spent = library.embedder, list[float]()
    documents = embedder.documents

    def timed(texts: Sequence[str]) -> Any:
        begun = time.perf_counter()
        try:
            return documents(texts)
        finally:
            spent.append(time.perf_counter() - begun)

    setattr(embedder, "documents", timed)  # noqa: B010
    try:
        yield spent
    finally:
        delattr(embedder, "documents")


@contextmanager
def _folder() -> Iterator[Path]:
    # Files that a store keeps open cannot be deleted everywhere.
    with tempfile.TemporaryDirectory(prefix="attache-bench-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def _warm(contestant: Callable[[], Contestant], folder: Path) -> None:
    one = contestant()
    one.add(corpus.write(folder / "warm-files", WARM_UP), folder / "warm-store")
    one.close()


MEASURES: dict[str, Callable[[Task], dict[str, Any]]] = {
    "ingest": ingest,
    "search": search,
    "growth": growth,
}


def main() -> None:
    task = Task(**json.loads(sys.argv[1]))
    import torch

    torch.set_num_threads(task.threads)
    print(json.dumps(MEASURES[task.measure](task)))


if __name__ == "__main__":
    main()
