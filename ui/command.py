"""What all commands share: options, errors as one sentence, an open Assistant or library with progress on stderr."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from assistant.session import Assistant
    from knowledge import Library

F = TypeVar("F", bound=Callable[..., Any])
json_option = click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
model_option = click.option(
    "--model", default="", metavar="SPEC", help="local, openai:NAME, ollama:NAME, a URL, ..."
)
audience_help = "Who is addressed, such as finance_ministry."


DOSSIER = "attache.dossier"


def _keep_dossier(context: click.Context, _: click.Parameter, name: str) -> None:
    context.meta[DOSSIER] = name


dossier_option = click.option(
    "--dossier",
    default="",
    metavar="NAME",
    expose_value=False,
    callback=_keep_dossier,
    help="Workspace to use; by default the built-in library alone.",
)


def dossier() -> str:
    """The workspace that the command at hand was asked to use; "" for none."""
    return str(click.get_current_context().meta.get(DOSSIER, ""))


def _user_errors() -> tuple[type[Exception], ...]:
    from assistant.errors import AssistantError
    from knowledge.errors import KnowledgeError
    from prompts.errors import PromptError

    return (AssistantError, KnowledgeError, PromptError)


class Attache(click.Group):
    """A group that turns our errors into one sentence and exit code 1."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (click.exceptions.Exit, click.ClickException, click.Abort):
            raise
        except Exception as exc:
            if ctx.params.get("debug") or not isinstance(exc, _user_errors()):
                raise
            raise click.ClickException(str(exc)) from exc


@contextmanager
def open_assistant(model: str = "") -> Iterator[tuple[Assistant, Any]]:
    """An open Assistant and the progress to report to; stdout is kept for the result."""
    from . import terminal, workbench

    progress = terminal.Progress()
    with terminal.stdout_kept_clean():
        assistant = workbench.open_assistant(model, progress, dossier())
        try:
            yield assistant, progress
        finally:
            progress.end()
            assistant.close()


@contextmanager
def open_library(*, rebuild: bool = False) -> Iterator[tuple[Library, Any]]:
    """The open library and the progress to report to; with `rebuild` its vectors are made anew."""
    from . import terminal, workbench

    progress = terminal.Progress()
    with (
        terminal.stdout_kept_clean(),
        workbench.open_library(progress, dossier(), rebuild=rebuild) as library,
    ):
        yield library, progress
        progress.end()
