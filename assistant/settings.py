"""Settings: what the user may choose, where each value came from. The only reader of environment and config file.

Order: explicit argument, then environment (`ATTACHE_...`), then `config.toml` in the home folder, then the
default. `Settings.origins` says which one won, so that `attache doctor` can show it.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from platformdirs import user_data_path
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from .errors import SettingsError

APP = "science-attache"


class Settings(BaseModel):
    """All settings, checked; frozen, so that what an Answer names is what was used."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    home: Path = Field(default_factory=lambda: user_data_path(APP), description="folder of all user data")
    model: str = Field(
        default="local", description="chat model: local, openai:..., anthropic:..., ollama:..., or a URL"
    )
    api_key: str = Field(
        default="", description="key for a hosted model or an OpenAI-compatible URL", repr=False
    )
    timeout_s: float = Field(default=120.0, ge=5, le=3600, description="seconds to wait for one model reply")
    context_tokens: int = Field(
        default=4096, ge=2048, le=131072, description="tokens of prompt and reply a model may hold"
    )
    threads: int = Field(
        default=0, ge=0, le=256, description="threads of the embedded model; 0 takes all cores"
    )
    samples: int = Field(
        default=1, ge=0, le=5, description="rewordings tried for a fact; 0 keeps our own wording"
    )
    dossier: str = Field(default="", description="workspace in use; none means the built-in library alone")
    embedder: str = Field(
        default="minilm", description="text embedder: minilm, or a folder of a sentence-transformers model"
    )
    reranker: str = Field(
        default="", description="folder of a cross-encoder that orders the best hits anew; none by default"
    )
    nli: str = Field(
        default="",
        description="folder of an NLI cross-encoder that reads along in the claim check; none by default",
    )
    chroma_url: str = Field(
        default="", description="Chroma server for the vectors, so that several processes share a library"
    )

    origins: dict[str, str] = Field(default_factory=dict, exclude=True)

    @classmethod
    def load(cls, environ: Mapping[str, str] | None = None, **explicit: Any) -> Settings:
        """The settings in force; `explicit` values that are None or empty count as not given.

        Raises:
            SettingsError: the config file is broken, or a value is out of its range.
        """
        environ = os.environ if environ is None else environ
        names = [name for name in cls.model_fields if name != "origins"]
        given = {name: value for name, value in explicit.items() if value not in (None, "")}
        from_env = {
            name: environ[f"ATTACHE_{name.upper()}"]
            for name in names
            if environ.get(f"ATTACHE_{name.upper()}")
        }
        home = Path(given.get("home") or from_env.get("home") or user_data_path(APP))
        from_file = _read_file(home / "config.toml", names)
        layers = [("default", {}), ("config.toml", from_file), ("environment", from_env), ("argument", given)]
        values: dict[str, Any] = {}
        origins = dict.fromkeys(names, "default")
        for origin, layer in layers:
            values.update(layer)
            origins.update(dict.fromkeys(layer, origin))
        try:
            return cls(**values, origins=origins)
        except ValidationError as exc:
            first = exc.errors()[0]
            name = str(first["loc"][0])
            raise SettingsError(
                f"the setting {name!r} from {origins.get(name, 'argument')}: {first['msg'].lower()}"
            ) from exc


def _read_file(path: Path, known: list[str]) -> dict[str, Any]:
    if not path.exists():
        return {}
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as exc:
        raise SettingsError(f"the config file {path} cannot be used: {exc}") from exc
    unknown = sorted(set(data) - set(known))
    if unknown:
        raise SettingsError(
            f"the config file {path} has an unknown setting {unknown[0]!r} (known: {', '.join(known)})"
        )
    return data
