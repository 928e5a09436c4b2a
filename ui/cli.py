"""The command `attache`: each command reads its arguments, calls one function and prints what came back.

Results go to stdout, progress and notes to stderr. What is heavy is imported inside a command, so that help is
there at once. Exit code 0 done, 1 an error in one sentence, 2 wrong usage.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .command import (
    Attache,
    audience_help,
    dossier,
    dossier_option,
    json_option,
    model_option,
    open_assistant,
)
from .library_commands import dossiers, search, sources

if TYPE_CHECKING:
    from knowledge import Source


@click.group(cls=Attache, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--debug", is_flag=True, help="Show tracebacks.")
@click.version_option(package_name="science-attache", prog_name="attache")
def main(debug: bool) -> None:
    """Science Attaché: cited answers and checked drafts for shared science projects."""
    if debug:
        import logging

        logging.basicConfig(level=logging.DEBUG)


# --- page, answers, drafts ---------------------------------------------------------------------------------


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to serve on.")
@click.option(
    "--port", default=7860, show_default=True, type=click.IntRange(0, 65535), help="Port to serve on."
)
@click.option("--no-browser", is_flag=True, help="Do not open a browser.")
@click.option("--auth", default="", metavar="USER:PASS", help="Ask for this name and password.")
@dossier_option
@model_option
def chat(host: str, port: int, no_browser: bool, auth: str, model: str) -> None:
    """Open the web page."""
    from . import workbench
    from .app import serve

    user, _, password = auth.partition(":")
    if auth and not (user and password):
        raise click.BadParameter("write USER:PASS, both not empty", param_hint="--auth")
    login = (user, password) if auth else None
    name = dossier()
    bench = workbench.Workbench(lambda progress: workbench.open_assistant(model, progress, name))
    serve(bench, host=host, port=port, auth=login, browser=not no_browser)


@main.command()
@click.argument("question")
@click.option("--audience", default="", metavar="ID", help=audience_help)
@dossier_option
@model_option
@json_option
def ask(question: str, audience: str, model: str, as_json: bool) -> None:
    """Answer a question, with a source for each fact."""
    from . import terminal

    with open_assistant(model) as (assistant, progress):
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
@click.option(
    "--sheet",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the fact-check sheet here as well: .md, .docx, .odt, .html or .pdf.",
)
@dossier_option
@model_option
@json_option
def draft(format: str, brief: Path, audience: str, words: int | None, balance: Any, out: Path | None, style: str,
          sheet: Path | None, model: str, as_json: bool) -> None:  # fmt: skip
    """Write a text of FORMAT, such as op-ed, every fact checked against its source."""
    from assistant.answer import Brief

    from . import terminal

    proposal = Brief.read(brief)
    with open_assistant(model) as (assistant, progress):
        events = assistant.draft_events(format, proposal, audience, words=words, lean=balance)
        answer = terminal.follow(events, progress)
    written = _export(answer, out, style) + ([_sheet(answer, sheet)] if sheet else [])
    if as_json:
        terminal.print_json({**answer.model_dump(mode="json"), "files": written})
    else:
        click.echo("\n".join(written) or _markdown(answer))
        if points := terminal.open_points(answer.open_points):
            click.echo(points, err=True)


def _export(answer: Any, out: Path | None, style: str) -> list[str]:
    if out is None:
        return []
    from assistant.export import export

    return [str(path) for path in export(answer, out, style=style)]


def _markdown(answer: Any) -> str:
    from assistant.export import markdown

    return markdown(answer)


@main.command()
@click.argument("file", metavar="FILE_OR_URL")
@click.option(
    "--against", multiple=True, metavar="FILE_OR_URL", help="Check against this instead of the library."
)
@click.option(
    "--sheet",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write a fact-check sheet: a .md, .docx, .odt, .html or .pdf file.",
)
@dossier_option
@json_option
def check(file: str, against: tuple[str, ...], sheet: Path | None, as_json: bool) -> None:
    """Check each sentence of a text against the library, or against given files.

    FILE_OR_URL is a file of any kind that is read as a source, a web address, or - for a text on standard input.
    """
    from . import terminal

    text, given = _read(file), [_read(one) for one in against]
    with open_assistant() as (assistant, progress):
        report = assistant.check(text.text, given or None, title=text.title, progress=progress)
    written = [_sheet(report, sheet)] if sheet else []
    if as_json:
        terminal.print_json({**report.model_dump(mode="json"), "files": written})
    else:
        click.echo("\n".join(written) or terminal.check_text(report))


def _read(name: str) -> Source:
    """The text in a file, behind a web address, or on standard input for `-`."""
    from knowledge.sources import read, read_bytes

    if name == "-":
        if sys.stdin.isatty():
            click.echo("paste the text, then press Ctrl-D", err=True)
        return read_bytes(sys.stdin.buffer.read(), "pasted text")
    if re.match(r"https?://", name, re.IGNORECASE):
        from knowledge.web import fetch

        page = fetch(name)
        return read_bytes(page.data, "", url=page.url, media_type=page.media_type)
    return read(Path(name))


def _sheet(checked: Any, path: Path) -> str:
    from assistant.export import export_sheet

    return str(export_sheet(checked, path))


@main.command()
@click.argument("file", metavar="DRAFT.json", type=click.Path(path_type=Path))
@dossier_option
@json_option
def verify(file: Path, as_json: bool) -> None:
    """Check a saved answer or draft against the library of today; exit code 1 says that something got worse.

    DRAFT.json is what `attache ask --json` or `attache draft --json` printed.
    """
    from assistant.verifying import read_answer

    from . import terminal

    answer = read_answer(file)
    with open_assistant() as (assistant, progress):
        found = assistant.verify(answer, progress=progress)
    if as_json:
        terminal.print_json(found.model_dump(mode="json"))
    else:
        click.echo(terminal.verification_text(found))
    if not found.holds:
        raise click.ClickException(found.summary)


main.add_command(search)
main.add_command(sources)
main.add_command(dossiers)


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
@dossier_option
@json_option
def doctor(as_json: bool) -> None:
    """Say what is installed, which settings are in force, and what is missing."""
    from assistant.doctor import report
    from assistant.settings import Settings

    from . import terminal

    rows = [dict(row) for row in report(Settings.load(dossier=dossier()))]
    if as_json:
        terminal.print_json({"checks": rows})
    else:
        fields = ("state", "name", "detail", "how")
        click.echo(terminal.table([[row.get(field, "") for field in fields] for row in rows]))
