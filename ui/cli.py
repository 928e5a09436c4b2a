"""The command `attache`: each command reads its arguments, calls one function and prints what came back.

Results go to stdout, progress and notes to stderr. What is heavy is imported inside a command, so that help is
there at once. Exit code 0 done, 1 an error in one sentence, 2 wrong usage.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from assistant.session import Assistant
    from knowledge import AddReport, Library

F = TypeVar("F", bound=Callable[..., Any])
json_option = click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
model_option = click.option(
    "--model", default="", metavar="SPEC", help="local, openai:NAME, ollama:NAME, a URL, ..."
)
audience_help = "Who is addressed, such as finance_ministry."


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


@click.group(cls=Attache, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--debug", is_flag=True, help="Show tracebacks.")
@click.version_option(package_name="science-attache", prog_name="attache")
def main(debug: bool) -> None:
    """Science Attaché: cited answers and checked drafts for shared science projects."""
    if debug:
        import logging

        logging.basicConfig(level=logging.DEBUG)


@contextmanager
def _assistant(model: str = "") -> Iterator[tuple[Assistant, Any]]:
    """An open Assistant and the progress to report to; stdout is kept for the result."""
    from . import terminal, workbench

    progress = terminal.Progress()
    with terminal.stdout_kept_clean():
        assistant = workbench.open_assistant(model, progress)
        try:
            yield assistant, progress
        finally:
            progress.end()
            assistant.close()


@contextmanager
def _library() -> Iterator[tuple[Library, Any]]:
    """The open built-in library and the progress to report to."""
    from . import terminal, workbench

    progress = terminal.Progress()
    with terminal.stdout_kept_clean(), workbench.open_library(progress) as library:
        yield library, progress
        progress.end()


# --- page, answers, drafts ---------------------------------------------------------------------------------


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to serve on.")
@click.option(
    "--port", default=7860, show_default=True, type=click.IntRange(0, 65535), help="Port to serve on."
)
@click.option("--no-browser", is_flag=True, help="Do not open a browser.")
@click.option("--auth", default="", metavar="USER:PASS", help="Ask for this name and password.")
@model_option
def chat(host: str, port: int, no_browser: bool, auth: str, model: str) -> None:
    """Open the web page."""
    from .app import serve
    from .workbench import Workbench, open_assistant

    user, _, password = auth.partition(":")
    if auth and not (user and password):
        raise click.BadParameter("write USER:PASS, both not empty", param_hint="--auth")
    login = (user, password) if auth else None
    bench = Workbench(lambda progress: open_assistant(model, progress))
    serve(bench, host=host, port=port, auth=login, browser=not no_browser)


@main.command()
@click.argument("question")
@click.option("--audience", default="", metavar="ID", help=audience_help)
@model_option
@json_option
def ask(question: str, audience: str, model: str, as_json: bool) -> None:
    """Answer a question, with a source for each fact."""
    from . import terminal

    with _assistant(model) as (assistant, progress):
        answer = terminal.follow(assistant.ask_events(question, audience=audience), progress)
    if as_json:
        terminal.print_json(answer.model_dump(mode="json"))
    else:
        click.echo(terminal.answer_text(answer))


@main.command()
@click.argument("format")
@click.option("--brief", required=True, type=click.Path(path_type=Path), help="The proposal in YAML.")
@click.option("--audience", required=True, metavar="ID", help=audience_help)
@click.option("--words", type=click.IntRange(min=1), help="Length; by default what the format suggests.")
@click.option(
    "--balance", type=click.Choice(["hub", "balanced", "network"]), default="balanced", show_default=True
)
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), help="A .md, .docx, .odt, .html or .pdf file."
)
@click.option("--style", default="", metavar="CSL", help="Citation style: a name we ship or a .csl file.")
@model_option
@json_option
def draft(format: str, brief: Path, audience: str, words: int | None, balance: Any, out: Path | None, style: str,
          model: str, as_json: bool) -> None:  # fmt: skip
    """Write a text of FORMAT, such as op-ed, every fact checked against its source."""
    from assistant.answer import Brief

    from . import terminal

    proposal = Brief.read(brief)
    with _assistant(model) as (assistant, progress):
        events = assistant.draft_events(format, proposal, audience, words=words, lean=balance)
        answer = terminal.follow(events, progress)
    written = _export(answer, out, style)
    if as_json:
        terminal.print_json({**answer.model_dump(mode="json"), "files": written})
    else:
        click.echo("\n".join(written) or _markdown(answer))


def _export(answer: Any, out: Path | None, style: str) -> list[str]:
    if out is None:
        return []
    from assistant.export import export

    return [str(path) for path in export(answer, out, style=style)]


def _markdown(answer: Any) -> str:
    from assistant.export import markdown

    return markdown(answer)


@main.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--against",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Check against this file.",
)
@json_option
def check(file: Path, against: tuple[Path, ...], as_json: bool) -> None:
    """Check each sentence of FILE against the library, or against given files."""
    from knowledge.sources import read

    from . import terminal

    text, others = read(file).text, [read(path).text for path in against]
    with _assistant() as (assistant, _):
        report = assistant.check(text, others or None)
    if as_json:
        terminal.print_json(report.model_dump(mode="json"))
    else:
        click.echo(terminal.check_text(report.model_dump(), report.sentences))


@main.command()
@click.argument("query")
@click.option("-k", default=10, show_default=True, type=click.IntRange(1, 1000), help="How many passages.")
@json_option
def search(query: str, k: int, as_json: bool) -> None:
    """Find passages in the library."""
    from . import terminal

    with _assistant() as (assistant, _):
        hits = assistant.search(query, k)
    if as_json:
        terminal.print_json({"hits": [hit.model_dump(mode="json") for hit in hits]})
    else:
        click.echo(terminal.hits_text(hits))


# --- sources -----------------------------------------------------------------------------------------------


@main.group()
def sources() -> None:
    """Your own sources in the library."""


@sources.command("add")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@json_option
def sources_add(paths: tuple[Path, ...], as_json: bool) -> None:
    """Add files and folders; what cannot be read is named, the rest goes in."""
    from . import terminal

    with _library() as (library, progress):
        report = library.add(list(paths), progress=progress)
    data = _report(report)
    if as_json:
        terminal.print_json(data)
    else:
        _print_report(data)
    if not data["added"] and not any("already" in one["reason"] for one in data["skipped"]):
        raise click.exceptions.Exit(1)


def _report(report: AddReport) -> dict[str, Any]:
    return {
        "added": [
            {"source_id": one.source_id, "path": str(one.path), "title": one.title, "passages": one.passages}
            for one in report.added
        ],
        "skipped": [{"path": str(path), "reason": reason} for path, reason in report.skipped],
        "failed": [{"path": str(path), "reason": reason} for path, reason in report.failed],
    }


def _print_report(data: dict[str, Any]) -> None:
    for one in data["added"]:
        click.echo(f"added {one['path']} as {one['source_id']}, {one['passages']} passages")
    for state in ("skipped", "failed"):
        for one in data[state]:
            click.echo(f"{state} {one['path']}: {one['reason']}", err=True)


@sources.command("list")
@click.option("--all", "with_dossier", is_flag=True, help="Show the built-in sources too.")
@json_option
def sources_list(with_dossier: bool, as_json: bool) -> None:
    """List your sources."""
    from . import terminal

    with _library() as (library, _):
        rows = [row for row in library.sources() if with_dossier or row.kind == "user"]
    if as_json:
        terminal.print_json({"sources": [_row(row) for row in rows]})
    elif rows:
        click.echo(terminal.table([(row.id, f"{row.passages} passages", row.title) for row in rows]))
    else:
        click.echo("You have added no sources yet: attache sources add FILE ...", err=True)


def _row(row: Any) -> dict[str, Any]:
    keys = ("id", "title", "kind", "path", "passages", "added_at")
    values = {key: getattr(row, key) for key in keys}
    return {
        "source_id": values.pop("id"),
        **{k: v if isinstance(v, int) else str(v or "") for k, v in values.items()},
    }


@sources.command("show")
@click.argument("source_id", metavar="ID")
@json_option
def sources_show(source_id: str, as_json: bool) -> None:
    """Show the full text of one of your sources."""
    from . import terminal

    with _library() as (library, _):
        text = library.source_text(source_id)
        row = next(row for row in library.sources() if row.id == source_id)
    if as_json:
        terminal.print_json({**_row(row), "text": text})
    else:
        click.echo(f"{row.title} ({row.id}, {row.passages} passages)\n\n{text}")


@sources.command("remove")
@click.argument("source_id", metavar="ID")
@json_option
def sources_remove(source_id: str, as_json: bool) -> None:
    """Take one of your sources out of the library."""
    from . import terminal

    with _library() as (library, _):
        library.remove(source_id)
    if as_json:
        terminal.print_json({"removed": source_id})
    else:
        click.echo(f"removed {source_id}")


# --- models, prompts, doctor -------------------------------------------------------------------------------


@main.group()
def models() -> None:
    """Chat models."""


@models.command("list")
@json_option
def models_list(as_json: bool) -> None:
    """List what --model takes, and which one is in use."""
    from assistant.models import PROVIDERS
    from assistant.settings import Settings

    from . import terminal

    used = Settings.load().model
    specs = [
        *(name if name == "local" else f"{name}:NAME" for name in PROVIDERS),
        "http(s)://HOST:PORT/v1#MODEL",
    ]
    rows = [
        {"spec": spec, "in_use": used.split(":")[0] == spec.split(":")[0].removesuffix("(s)")}
        for spec in specs
    ]
    if as_json:
        terminal.print_json({"models": rows, "in_use": used})
    else:
        click.echo(terminal.table([("*" if row["in_use"] else " ", row["spec"]) for row in rows]))
        click.echo(f"in use: {used} (change it with --model, ATTACHE_MODEL or config.toml)", err=True)


@models.command("test")
@model_option
@json_option
def models_test(model: str, as_json: bool) -> None:
    """Ask the model for one word and say how long it took."""
    from assistant.models import chat_model, try_model
    from assistant.settings import Settings

    from . import terminal

    progress = terminal.Progress()
    with terminal.stdout_kept_clean():
        result = try_model(chat_model(Settings.load(model=model), progress=progress))
        progress.end()
    if as_json:
        terminal.print_json(result)
    else:
        seconds = ", ".join(f"{name} {value} s" for name, value in result["seconds"].items())
        click.echo(f"{result['model']} on {result['destination']} says {result['reply']!r} ({seconds})")


@main.group()
def prompts() -> None:
    """Versioned prompts."""


@prompts.command("list")
@json_option
def prompts_list(as_json: bool) -> None:
    """List all prompts and their versions."""
    from prompts.registry import listing

    from . import terminal

    fields = ("ref", "task", "version", "released", "purpose", "digest")
    rows = [{field: getattr(prompt, field) for field in fields} for prompt in listing()]
    if as_json:
        terminal.print_json({"prompts": rows})
    else:
        state = {True: "released", False: "open"}
        click.echo(
            terminal.table(
                [(row["ref"], state[row["released"]], row["digest"], row["purpose"]) for row in rows]
            )
        )


@prompts.command("show")
@click.argument("ref")
@json_option
def prompts_show(ref: str, as_json: bool) -> None:
    """Show one prompt; REF is a task or a version of it, such as restate@1."""
    from prompts.registry import load

    from . import terminal

    prompt = load(ref)
    if as_json:
        terminal.print_json({"ref": prompt.ref, "digest": prompt.digest, **prompt.model_dump(mode="json")})
        return
    click.echo(f"{prompt.ref} ({prompt.digest}): {prompt.purpose}\nchanged: {prompt.changed}")
    for message in prompt.messages:
        click.echo(f"\n[{message.role}]\n{message.content}")


@main.command()
@json_option
def doctor(as_json: bool) -> None:
    """Say what is installed, which settings are in force, and what is missing."""
    from assistant.doctor import report

    from . import terminal

    rows = [dict(row) for row in report()]
    if as_json:
        terminal.print_json({"checks": rows})
    else:
        fields = ("state", "name", "detail", "how")
        click.echo(terminal.table([[row.get(field, "") for field in fields] for row in rows]))
