from __future__ import annotations

from pathlib import Path

import pytest

from assistant.errors import SettingsError
from assistant.settings import Settings


def test_argument_beats_environment_beats_file_beats_default(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(
        'model = "ollama:file"\ntimeout_s = 30\nthreads = 3\n', encoding="utf-8"
    )
    environ = {"ATTACHE_HOME": str(tmp_path), "ATTACHE_MODEL": "ollama:env", "ATTACHE_TIMEOUT_S": "40"}
    settings = Settings.load(environ, model="ollama:argument")
    assert (settings.model, settings.timeout_s, settings.threads, settings.samples) == (
        "ollama:argument",
        40,
        3,
        1,
    )
    assert settings.origins == {
        **dict.fromkeys(Settings.model_fields.keys() - {"origins"}, "default"),
        "home": "environment",
        "model": "argument",
        "timeout_s": "environment",
        "threads": "config.toml",
    }


def test_an_empty_argument_counts_as_not_given(tmp_path: Path) -> None:
    assert (
        Settings.load({"ATTACHE_MODEL": "local"}, home=tmp_path, model="").origins["model"] == "environment"
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("modle = 'local'", "unknown setting 'modle'"),
        ("model = ", "cannot be used"),
        ("timeout_s = 1", "'timeout_s'"),
    ],
)
def test_a_wrong_config_file_is_named_in_one_sentence(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "config.toml").write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError, match=said) as caught:
        Settings.load({}, home=tmp_path)
    assert "\n" not in str(caught.value)


def test_the_key_is_not_shown() -> None:
    assert "secret" not in repr(Settings.load({"ATTACHE_API_KEY": "secret"}))
