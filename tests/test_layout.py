"""Imports go down only: ui > evals > assistant > {knowledge, prompts}; each big library has one home."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MAY_IMPORT = {
    "prompts": set(),
    "knowledge": set(),
    "assistant": {"knowledge", "prompts"},
    "evals": {"assistant", "knowledge", "prompts"},
    "ui": {"evals", "assistant", "knowledge", "prompts"},
}
HEAVY = {
    "torch", "chromadb", "sentence_transformers", "transformers", "lxml", "httpx", "trafilatura", "pypdfium2", "docx",
}  # fmt: skip
HOMES = {
    "chromadb": "knowledge/vectors.py",
    "sentence_transformers": "knowledge/embedders.py",
    "langgraph": "assistant/graph.py",
    "xllamacpp": "assistant/local_model.py",
    "tiktoken": "assistant/models.py",
}


def imported(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names.add(node.module.split(".")[0])
    return names


def modules() -> list[Path]:
    return [path for folder in MAY_IMPORT for path in sorted((ROOT / folder).rglob("*.py"))]


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_imports_only_what_lies_below_it(path: Path) -> None:
    folder = path.relative_to(ROOT).parts[0]
    ours = imported(path) & set(MAY_IMPORT)
    assert ours <= MAY_IMPORT[folder], f"{path} imports {sorted(ours - MAY_IMPORT[folder])}"


@pytest.mark.parametrize("library", HOMES)
def test_a_big_library_has_one_home(library: str) -> None:
    homes = [str(path.relative_to(ROOT)) for path in modules() if library in imported(path)]
    assert homes == [HOMES[library]]


def test_gradio_is_touched_by_the_page_alone() -> None:
    assert {path.relative_to(ROOT).parts[0] for path in modules() if "gradio" in imported(path)} == {"ui"}


def test_importing_knowledge_loads_no_heavy_library() -> None:
    code = f"import sys, knowledge; print(sorted({HEAVY} & set(sys.modules)))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"
