"""Versioned prompt templates: `templates/<task>/v<N>.yaml` in, checked and rendered messages out.

A released template is never edited: `released.json` keeps the digest of each, `python -m prompts.registry --freeze`
adds the new ones and refuses a changed one. Knows nothing of models, passages or drafts.
"""

from __future__ import annotations

import difflib
import hashlib
import json
import re
import sys
from collections.abc import Iterable, Sequence
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from string import Template
from typing import Annotated, Literal, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from .errors import PromptError

_FILE = re.compile(r"v([1-9]\d*)\.yaml")
_REF = re.compile(r"([a-z][a-z0-9_]*)@([1-9]\d*)")
_Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
_Model = TypeVar("_Model", bound=BaseModel)


class Message(BaseModel):
    """One message of a template; `content` holds `$name` where a variable goes and `$$` for a dollar."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    role: Literal["system", "user", "assistant"]
    content: str = Field(min_length=1)


class Prompt(BaseModel):
    """One version of a template."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    task: _Name
    version: int = Field(ge=1)
    released: bool
    purpose: str = Field(min_length=1)
    variables: tuple[_Name, ...]
    messages: tuple[Message, ...] = Field(min_length=1)
    changed: str = Field(min_length=1)
    """What differs from the version before, and why; one sentence."""
    max_tokens: int | None = Field(default=None, ge=1)
    temperature: float | None = Field(default=None, ge=0, le=2)

    @model_validator(mode="after")
    def _variables_are_those_used(self) -> Prompt:
        templates = [Template(message.content) for message in self.messages]
        for number, template in enumerate(templates):
            if not template.is_valid():
                raise ValueError(
                    f"messages.{number}.content has a '$' that starts no name; write '$$' for a dollar"
                )
        used = {name for template in templates for name in template.get_identifiers()}
        if used != set(self.variables):
            undeclared, unused = sorted(used - set(self.variables)), sorted(set(self.variables) - used)
            raise ValueError(
                f"variables and messages differ (undeclared: {undeclared}, never used: {unused})"
            )
        return self

    @property
    def ref(self) -> str:
        return f"{self.task}@{self.version}"

    @property
    def digest(self) -> str:
        """First 12 hex digits of the SHA-256 of the content as sorted JSON.

        Comments, line breaks of YAML and `released` do not count, so a prompt keeps its digest when it is released.
        """
        content = self.model_dump(mode="json", exclude={"released"}, exclude_unset=True)
        canonical = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()[:12]

    def render(self, **variables: str) -> list[dict[str, str]]:
        """The messages with every `$name` replaced.

        Raises:
            PromptError: a variable of the template is missing, or one was given that it does not have.
        """
        missing = sorted(set(self.variables) - set(variables))
        unknown = sorted(set(variables) - set(self.variables))
        if missing or unknown:
            wrong = [
                f"{what}: {', '.join(names)}"
                for what, names in (("missing", missing), ("unknown", unknown))
                if names
            ]
            raise PromptError(
                f"{self.ref} takes the variables {', '.join(self.variables) or '(none)'}; {'; '.join(wrong)}"
            )
        return [
            {"role": message.role, "content": Template(message.content).substitute(variables)}
            for message in self.messages
        ]


def load(task: str, version: int | None = None, *, root: Traversable | None = None) -> Prompt:
    """The newest released version of a task, or the pinned one; `task` may be a ref such as "draft@2".

    Raises:
        PromptError: no such task or version, nothing released, or a template of the task is broken.
    """
    if "@" in task:
        task, version = _pinned(task, version)
    prompts = {prompt.version: prompt for prompt in _versions(_task_folder(task, _templates(root)))}
    if version is not None:
        if version not in prompts:
            raise PromptError(f"{task!r} has no version {version}; it has {_listed(prompts)}")
        return prompts[version]
    released = [prompt for prompt in prompts.values() if prompt.released]
    if not released:
        raise PromptError(f"no version of {task!r} is released; pin one, such as '{task}@{max(prompts)}'")
    return max(released, key=lambda prompt: prompt.version)


def listing(*, root: Traversable | None = None) -> list[Prompt]:
    """All versions of all templates, by task and version."""
    templates = _templates(root)
    return [prompt for task in _tasks(templates) for prompt in _versions(templates / task)]


def frozen(file: Traversable | None = None) -> dict[str, str]:
    """Ref to digest of what has been released, as `released.json` has it; empty if there is no such file."""
    file = file or files("prompts") / "released.json"
    if not file.is_file():
        return {}
    kept: dict[str, str] = json.loads(file.read_text(encoding="utf-8"))
    return kept


def broken_promises(prompts: Iterable[Prompt], kept: dict[str, str]) -> list[str]:
    """One sentence for each released template that was changed, withdrawn or removed after its release."""
    now = {prompt.ref: prompt for prompt in prompts}
    found = []
    for ref, digest in sorted(kept.items()):
        if ref not in now:
            found.append(f"{ref} was released and is gone: bring its file back")
        elif now[ref].digest != digest:
            found.append(
                f"{ref} was released as {digest} and is now {now[ref].digest}: undo it, make a new version"
            )
        elif not now[ref].released:
            found.append(f"{ref} was released and says `released: false`: set it back, make a new version")
    return found


def freeze(file: Path, *, root: Traversable | None = None) -> list[str]:
    """Add the refs released since last time to `file` and return them; what is there is never changed.

    Raises:
        PromptError: a template was changed after its release; nothing is written then.
    """
    kept, prompts = frozen(file), listing(root=root)
    if found := broken_promises(prompts, kept):
        raise PromptError("; ".join(found))
    new = {prompt.ref: prompt.digest for prompt in prompts if prompt.released and prompt.ref not in kept}
    file.write_text(json.dumps(kept | new, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    return sorted(new)


def read(model: type[_Model], file: Traversable) -> _Model:
    """The YAML mapping in `file` as a checked value.

    Raises:
        PromptError: not readable, not a mapping, or a field is wrong; it names file and field.
    """
    try:
        data = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as exc:
        raise PromptError(f"{file}: is not YAML that can be read: {' '.join(str(exc).split())}") from exc
    if not isinstance(data, dict):
        raise PromptError(f"{file}: should hold fields such as `id: ...`, found {type(data).__name__}")
    try:
        return model.model_validate(data)
    except ValidationError as exc:
        first = exc.errors()[0]
        field = ".".join(str(part) for part in first["loc"]) or "(whole)"
        raise PromptError(f"{file}: field {field!r}: {first['msg'].removeprefix('Value error, ')}") from exc


def unknown(what: str, asked: str, known: Iterable[str]) -> PromptError:
    """The error for a name that does not exist: lists the known ones and the nearest."""
    names = sorted(known)
    near = difflib.get_close_matches(asked, names, n=1)
    hint = f" (did you mean {near[0]!r}?)" if near else ""
    return PromptError(f"there is no {what} {asked!r}{hint}; known: {', '.join(names) or 'none'}")


def _templates(root: Traversable | None) -> Traversable:
    return root or files("prompts") / "templates"


def _pinned(ref: str, version: int | None) -> tuple[str, int]:
    match = _REF.fullmatch(ref)
    if match is None:
        raise PromptError(f"{ref!r} is no ref of a prompt; write task@version, such as 'draft@2'")
    if version is not None and version != int(match[2]):
        raise PromptError(f"{ref!r} and version {version} were asked for at once; give one of them")
    return match[1], int(match[2])


def _tasks(templates: Traversable) -> list[str]:
    return sorted(entry.name for entry in templates.iterdir() if entry.is_dir() and entry.name[0] not in "._")


def _task_folder(task: str, templates: Traversable) -> Traversable:
    known = _tasks(templates)
    if task not in known:
        raise unknown("prompt", task, known)
    return templates / task


def _versions(folder: Traversable) -> list[Prompt]:
    numbers = {}
    for file in folder.iterdir():
        if match := _FILE.fullmatch(file.name):
            numbers[int(match[1])] = file
        elif file.name.endswith((".yaml", ".yml")):
            raise PromptError(f"{file}: a template is named v<number>.yaml, such as v1.yaml")
    if not numbers:
        raise PromptError(f"{folder}: holds no template; expected v1.yaml")
    return [_checked(numbers[number], folder.name, number) for number in sorted(numbers)]


def _checked(file: Traversable, task: str, version: int) -> Prompt:
    prompt = read(Prompt, file)
    for field, found, wanted in (("task", prompt.task, task), ("version", prompt.version, version)):
        if found != wanted:
            raise PromptError(f"{file}: field {field!r}: says {found!r}, the file's place says {wanted!r}")
    return prompt


def _listed(versions: Iterable[int]) -> str:
    return ", ".join(str(version) for version in sorted(versions))


def main(arguments: Sequence[str]) -> int:
    """List the templates; with --freeze, add the newly released ones to released.json."""
    if arguments not in ([], ["--freeze"]):
        print("usage: python -m prompts.registry [--freeze]", file=sys.stderr)
        return 2
    try:
        if arguments:
            added = freeze(Path(__file__).with_name("released.json"))
            print(f"added to released.json: {', '.join(added) or 'nothing new'}")
        else:
            for prompt in listing():
                print(prompt.ref, prompt.digest, "released" if prompt.released else "open", prompt.purpose)
    except PromptError as exc:
        print(exc, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
