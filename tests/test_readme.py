"""What the README says can be typed, can be typed."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from assistant.settings import Settings
from ui.cli import main

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
COMMANDS = sorted(set(re.findall(r"`attache ([^`]+)`", README)))


def test_the_readme_names_the_commands() -> None:
    assert len(COMMANDS) >= 8
    assert "make chat" in README
    assert "make test" in README


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_of_the_readme_is_understood(command: str) -> None:
    # With --help a command is parsed, its options and all, and not run.
    result = CliRunner().invoke(main, [*shlex.split(command), "--help"])
    assert result.exit_code == 0, result.output


@pytest.mark.parametrize("name", sorted(set(re.findall(r"ATTACHE_([A-Z_]+)", README))))
def test_a_variable_of_the_readme_is_a_setting(name: str) -> None:
    assert name.lower() in Settings.model_fields


@pytest.mark.parametrize("path", sorted(set(re.findall(r"\]\(([a-zA-Z/_.]+)\)", README))))
def test_a_link_of_the_readme_leads_somewhere(path: str) -> None:
    assert (Path(__file__).parent.parent / path).exists()
