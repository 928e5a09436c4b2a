"""Templates: what loads, what is refused with file and field, and that a released one stays as it was."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

import prompts
from prompts.errors import PromptError
from prompts.registry import Prompt, broken_promises, freeze, frozen, listing, load


def write(root: Path, task: str = "greet", version: int = 1, **changes: object) -> Path:
    data = {
        "task": task,
        "version": version,
        "released": True,
        "purpose": "Greets a reader.",
        "variables": ["name"],
        "messages": [
            {"role": "system", "content": 'Answer in JSON: {"greeting": "..."}; it costs $$5.'},
            {"role": "user", "content": "Greet ${name}, twice: $name."},
        ],
        "changed": "First version.",
    } | changes
    file = root / task / f"v{version}.yaml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(yaml.safe_dump({key: value for key, value in data.items() if value is not None}))
    return file


def test_variables_are_filled_and_json_braces_stay(tmp_path: Path) -> None:
    write(tmp_path)
    system, user = load("greet", root=tmp_path).render(name="Ada $name {x}")
    assert system == {"role": "system", "content": 'Answer in JSON: {"greeting": "..."}; it costs $5.'}
    assert user["content"] == "Greet Ada $name {x}, twice: Ada $name {x}."


def test_the_newest_released_version_is_loaded_and_any_can_be_pinned(tmp_path: Path) -> None:
    for version, released in ((1, True), (2, True), (10, True), (11, False)):
        write(tmp_path, version=version, released=released)
    assert load("greet", root=tmp_path).ref == "greet@10"
    assert load("greet", 2, root=tmp_path).ref == "greet@2"
    assert load("greet@11", root=tmp_path).version == 11
    assert [prompt.version for prompt in listing(root=tmp_path)] == [1, 2, 10, 11]


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({}, "missing: name"),
        ({"name": "Ada", "nmae": "Bo"}, "unknown: nmae"),
        ({"nmae": "Bo"}, "missing: name; unknown: nmae"),
    ],
)
def test_missing_and_unknown_variables_are_named(
    tmp_path: Path, variables: dict[str, str], words: str
) -> None:
    write(tmp_path)
    with pytest.raises(PromptError, match=words):
        load("greet", root=tmp_path).render(**variables)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"purpose": None}, "purpose"),
        ({"colour": "red"}, "colour"),
        ({"version": 3}, "version"),
        ({"task": "grete"}, "task"),
        ({"released": "perhaps"}, "released"),
        ({"variables": ["name", "city"]}, "never used: \\['city'\\]"),
        ({"variables": []}, "undeclared: \\['name'\\]"),
        ({"messages": [{"role": "robot", "content": "$name"}]}, "messages.0.role"),
        ({"messages": [{"role": "user", "content": "$name owes 5$ now"}]}, "messages.0.content"),
        ({"max_tokens": 0}, "max_tokens"),
    ],
)
def test_a_broken_template_fails_at_load_with_file_and_field(
    tmp_path: Path, changes: dict[str, object], field: str
) -> None:
    file = write(tmp_path, "greet", 1)
    data = yaml.safe_load(file.read_text()) | changes
    file.write_text(yaml.safe_dump({key: value for key, value in data.items() if value is not None}))
    with pytest.raises(PromptError, match=field) as caught:
        load("greet", root=tmp_path)
    assert str(file) in str(caught.value)


@pytest.mark.parametrize("text", ["- a list", "a: [1", "\x00"])
def test_a_file_that_is_no_mapping_is_refused(tmp_path: Path, text: str) -> None:
    write(tmp_path).write_text(text)
    with pytest.raises(PromptError, match=r"v1\.yaml"):
        load("greet", root=tmp_path)


@pytest.mark.parametrize(
    ("task", "version", "words"),
    [
        ("great", None, "did you mean 'greet'"),
        ("greet", 7, "it has 1, 2"),
        ("greet@seven", None, "task@version"),
        ("greet@1", 2, "give one of them"),
        ("fresh", None, "pin one, such as 'fresh@1'"),
    ],
)
def test_what_does_not_exist_is_said_with_what_does(
    tmp_path: Path, task: str, version: int | None, words: str
) -> None:
    write(tmp_path, version=1)
    write(tmp_path, version=2)
    write(tmp_path, "fresh", 1, released=False)
    with pytest.raises(PromptError, match=words):
        load(task, version, root=tmp_path)


def test_a_misnamed_file_is_not_skipped(tmp_path: Path) -> None:
    write(tmp_path).rename(tmp_path / "greet" / "v1.yml")
    with pytest.raises(PromptError, match=r"v1\.yml"):
        listing(root=tmp_path)


def test_the_digest_follows_the_words_and_nothing_else(tmp_path: Path) -> None:
    write(tmp_path, released=False)
    before = load("greet@1", root=tmp_path).digest
    file = write(tmp_path, released=True)
    file.write_text(file.read_text() + "# a comment\n")
    assert load("greet", root=tmp_path).digest == before
    assert len(before) == 12
    write(tmp_path, changed="Second thoughts.")
    assert load("greet", root=tmp_path).digest != before


def test_freezing_adds_new_refs_and_refuses_a_changed_one(tmp_path: Path) -> None:
    kept = tmp_path / "released.json"
    root = tmp_path / "templates"
    write(root)
    write(root, version=2, released=False)
    assert freeze(kept, root=root) == ["greet@1"]
    write(root, version=2)
    assert freeze(kept, root=root) == ["greet@2"]
    before = kept.read_text()
    assert set(json.loads(before)) == {"greet@1", "greet@2"}
    write(root, purpose="Insults a reader.")
    write(root, version=3)
    with pytest.raises(PromptError, match="greet@1 was released as"):
        freeze(kept, root=root)
    assert kept.read_text() == before


def test_a_released_template_can_be_neither_removed_nor_withdrawn(tmp_path: Path) -> None:
    file = write(tmp_path)
    kept = {"greet@1": load("greet", root=tmp_path).digest}
    write(tmp_path, released=False)
    assert "released: false" in broken_promises(listing(root=tmp_path), kept)[0]
    file.unlink()
    file.parent.rmdir()
    assert "is gone" in broken_promises(listing(root=tmp_path), kept)[0]


def test_our_released_templates_are_those_frozen() -> None:
    ours: list[Prompt] = listing()
    assert broken_promises(ours, frozen()) == []
    new = {prompt.ref for prompt in ours if prompt.released} - set(frozen())
    assert not new, f"run `python -m prompts.registry --freeze` for {sorted(new)}"


def test_every_public_name_can_be_had() -> None:
    for name in prompts.__all__:
        assert getattr(prompts, name).__name__ == name
    with pytest.raises(AttributeError, match="laod"):
        prompts.laod  # noqa: B018
