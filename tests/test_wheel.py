"""The built wheel holds code and data of all five packages and runs away from the checkout."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LOOK = """
import json, pathlib
import assistant, evals, knowledge, prompts, ui
from importlib.resources import files
print(json.dumps({
    "places": [str(pathlib.Path(p.__file__).parent.parent) for p in (assistant, evals, knowledge, prompts, ui)],
    "facts": len(knowledge.load_dossier().facts),
    "prompt": prompts.load("answer").ref,
    "moves": len(prompts.format_of("op-ed").moves),
    "voice": prompts.voice_of("mep_small_state").id,
    "golden": (files("evals") / "data" / "golden.jsonl").is_file(),
    "style": (files("assistant") / "styles" / "numeric.csl").is_file(),
    "css": (files("ui") / "assets" / "style.css").is_file(),
    "typed": (files("knowledge") / "py.typed").is_file(),
}))
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    quiet = {"check": True, "capture_output": True, "cwd": ROOT}
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder)]
    subprocess.run(build, **quiet)  # type: ignore[call-overload]
    wheel = next(folder.glob("*.whl"))
    target = folder / "site"
    pip = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "-q",
        "--disable-pip-version-check",
        "--no-deps",
        "--no-index",
    ]
    subprocess.run([*pip, "--target", str(target), str(wheel)], **quiet)  # type: ignore[call-overload]
    return target


def run(installed: Path, *args: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "PYTHONPATH": str(installed)}
    return subprocess.run(
        [sys.executable, "-P", *args],
        capture_output=True,
        text=True,
        cwd=installed.parent,
        env=env,
        check=False,
    )


def test_every_package_and_its_data_come_from_the_wheel(installed: Path) -> None:
    done = run(installed, "-c", LOOK)
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    assert set(seen.pop("places")) == {str(installed)}
    assert seen == {
        "facts": 250,
        "prompt": "answer@1",
        "moves": 8,
        "voice": "mep_small_state",
        "golden": True,
        "style": True,
        "css": True,
        "typed": True,
    }


def test_the_command_prints_its_help(installed: Path) -> None:
    done = run(installed, "-m", "ui", "--help")
    assert done.returncode == 0, done.stderr
    assert "draft" in done.stdout
