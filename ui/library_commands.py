"""The commands about what is known: search, sources and dossiers."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .command import dossier_option, json_option, open_assistant, open_library

if TYPE_CHECKING:
    from knowledge import Added, AddReport, Filter
    from knowledge.bibliography import Format

INTERESTS = ("advocate", "rival", "public_body", "auditor", "peer_reviewed", "press", "own_project")
FORMATS: dict[str, Format] = {".bib": "bibtex", ".bibtex": "bibtex", ".ris": "ris", ".json": "csljson"}


@click.command()
@click.argument("query")
@click.option("-k", default=10, show_default=True, type=click.IntRange(1, 1000), help="How many passages.")
@click.option(
    "--source", "source_ids", multiple=True, metavar="ID", help="Only this source; may be repeated."
)
@click.option("--from-year", type=int, metavar="YEAR", help="Only sources of this year or later.")
@click.option("--to-year", type=int, metavar="YEAR", help="Only sources of this year or earlier.")
@click.option(
    "--interest",
    "interests",
    multiple=True,
    type=click.Choice(INTERESTS),
    help="Only sources with this interest.",
)
@click.option(
    "--confidence",
    "confidences",
    multiple=True,
    type=click.Choice(["high", "medium", "low"]),
    help="Only notes of this confidence.",
)
@click.option("--hub", type=click.IntRange(min=0), help="At least so many passages that speak for a hub.")
@click.option("--network", type=click.IntRange(min=0), help="At least so many that speak for a network.")
@click.option("--objections", type=click.IntRange(min=0), help="At least so many opposing views.")
@dossier_option
@json_option
def search(
    query: str,
    k: int,
    hub: int | None,
    network: int | None,
    objections: int | None,
    as_json: bool,
    **narrowed: Any,
) -> None:
    """Find passages in the library."""
    from . import terminal

    asked = {"hub": hub, "network": network, "objection": objections}
    quotas = {side: n for side, n in asked.items() if n}
    with open_assistant() as (assistant, _):
        hits = assistant.search(query, k, only=_filter(**narrowed), quotas=quotas)
    if as_json:
        terminal.print_json({"hits": [hit.model_dump(mode="json") for hit in hits]})
    else:
        click.echo(terminal.hits_text(hits))


def _filter(
    source_ids: tuple[str, ...],
    from_year: int | None,
    to_year: int | None,
    interests: tuple[str, ...],
    confidences: tuple[str, ...],
) -> Filter:
    from knowledge import Filter

    return Filter(
        sources=source_ids, years=(from_year, to_year), interests=interests, confidences=confidences
    )


# --- sources -----------------------------------------------------------------------------------------------


@click.group()
def sources() -> None:
    """Your own sources in the library."""


@sources.command("add")
@click.argument("paths", nargs=-1, required=True, metavar="PATH_OR_URL ...")
@click.option(
    "--as",
    "citekey",
    default="",
    metavar="KEY",
    help="Attach the one file to this record, or replace its text.",
)
@click.option("--password", default="", help="Of encrypted PDF files.")
@click.option("--no-ocr", is_flag=True, help="Do not read scanned pages by OCR.")
@dossier_option
@json_option
def sources_add(paths: tuple[str, ...], citekey: str, password: str, no_ocr: bool, as_json: bool) -> None:
    """Add files, folders, web addresses and bibliographies (.bib, .ris, CSL-JSON).

    What cannot be read is named with its reason, the rest goes in.
    """
    from knowledge import Options

    from . import terminal

    out = sys.stdout
    options = Options(citekey=citekey, password=password, ocr="off" if no_ocr else "auto")

    with open_library() as (library, progress):

        def told(added: Added) -> None:
            # At once and line by line, so that whoever stops the command knows what is in.
            if not as_json:
                progress.end()
                click.echo(_added(added), file=out)

        report = library.add(list(paths), options=options, progress=progress, told=told)
    data = _report(report)
    if as_json:
        terminal.print_json(data)
    else:
        _print_rest(data)
    if not data["added"] and not any("already" in one["reason"] for one in data["skipped"]):
        raise click.exceptions.Exit(1)


def _added(added: Added) -> str:
    version = f" (version {added.version})" if added.version > 1 else ""
    return f"added {added.path} as {added.source_id}, {added.passages} passages{version}"


def _report(report: AddReport) -> dict[str, Any]:
    told = {"skipped": report.skipped, "failed": report.failed, "notes": report.notes}
    return {
        "added": [{**asdict(one), "path": str(one.path)} for one in report.added],
        **{
            name: [{"path": str(path), "reason": reason} for path, reason in pairs]
            for name, pairs in told.items()
        },
    }


MOST_LINES = 50


def _print_rest(data: dict[str, Any]) -> None:
    records = [one for one in data["added"] if not one["passages"]]
    for one in records[:MOST_LINES]:
        click.echo(f"added {one['source_id']}, a record without a text: {one['title']}")
    if len(records) > MOST_LINES:
        click.echo(f"added {len(records) - MOST_LINES} more records")
    for state, word in (("notes", "note"), ("skipped", "skipped"), ("failed", "failed")):
        for one in data[state][:MOST_LINES]:
            click.echo(f"{word} {one['path']}: {one['reason']}", err=True)
        if len(data[state]) > MOST_LINES:
            click.echo(f"{word}: {len(data[state]) - MOST_LINES} more, all with --json", err=True)


@sources.command("list")
@click.option("--all", "with_dossier", is_flag=True, help="Show the built-in sources too.")
@dossier_option
@json_option
def sources_list(with_dossier: bool, as_json: bool) -> None:
    """List your sources."""
    from . import terminal

    with open_library() as (library, _):
        rows = [row for row in library.sources() if with_dossier or row.kind != "dossier"]
    if as_json:
        terminal.print_json({"sources": [_row(row) for row in rows]})
    elif rows:
        click.echo(terminal.table([_columns(row) for row in rows]))
    else:
        click.echo("You have added no sources yet: attache sources add FILE ...", err=True)


def _columns(row: Any) -> tuple[str, ...]:
    size = "no text" if row.kind == "record" else f"{row.passages} passages"
    return row.id, size, str(row.year or "-"), row.interest or "-", row.title


def _row(row: Any) -> dict[str, Any]:
    values = asdict(row)
    return {"source_id": values.pop("id"), **values, "notes": list(values["notes"])}


@sources.command("show")
@click.argument("source_id", metavar="ID")
@click.option("--version", type=click.IntRange(min=1), help="An earlier version of its text.")
@dossier_option
@json_option
def sources_show(source_id: str, version: int | None, as_json: bool) -> None:
    """Show the record and the full text of one of your sources."""
    from . import terminal

    with open_library() as (library, _):
        text = library.source_text(source_id, version)
        row = next(row for row in library.sources() if row.id == source_id and row.kind == "user")
        reference, versions = library.reference(source_id), library.versions(source_id)
    about = reference.model_dump(mode="json", by_alias=True, exclude_defaults=True) if reference else {}
    if as_json:
        told = {"reference": about, "versions": [asdict(one) for one in versions], "text": text}
        terminal.print_json({**_row(row), **told})
    else:
        click.echo(terminal.source_text(row, about, versions, text))


@sources.command("edit")
@click.argument("source_id", metavar="ID")
@click.option("--title")
@click.option("--author", help='Names as "Family, Given; Family, Given", or a body.')
@click.option("--issued", metavar="DATE", help="2024, 2024-10 or 2024-10-16.")
@click.option("--interest", type=click.Choice(INTERESTS), help="Whose voice it is.")
@click.option("--doi", "DOI")
@click.option("--url", "URL")
@click.option("--publisher")
@dossier_option
@json_option
def sources_edit(source_id: str, as_json: bool, **fields: str | None) -> None:
    """Set fields of a record; what you set no longer counts as guessed."""
    from . import terminal

    given = {name: value for name, value in fields.items() if value is not None}
    if not given:
        raise click.UsageError("name at least one field to set, such as --interest press")
    with open_library() as (library, _):
        reference = library.edit(source_id, **given)
    if as_json:
        terminal.print_json(
            {"reference": reference.model_dump(mode="json", by_alias=True, exclude_defaults=True)}
        )
    else:
        click.echo(f"{source_id}: {', '.join(given)} set")


@sources.command("remove")
@click.argument("source_id", metavar="ID")
@dossier_option
@json_option
def sources_remove(source_id: str, as_json: bool) -> None:
    """Take one of your sources out of the library, with all its versions."""
    from . import terminal

    with open_library() as (library, _):
        library.remove(source_id)
    if as_json:
        terminal.print_json({"removed": source_id})
    else:
        click.echo(f"removed {source_id}")


@sources.command("export")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--source", "source_ids", multiple=True, metavar="ID", help="Only this record; may be repeated."
)
@dossier_option
@json_option
def sources_export(file: Path, source_ids: tuple[str, ...], as_json: bool) -> None:
    """Write your records to FILE: .bib (BibTeX), .ris or .json (CSL-JSON)."""
    from . import terminal

    format = FORMATS.get(file.suffix.lower())
    if format is None:
        raise click.BadParameter(
            f"the name ends in {', '.join(FORMATS)}, not {file.suffix!r}", param_hint="FILE"
        )
    with open_library() as (library, _):
        count = len(source_ids) or len(library.references())
        text = library.export(format, source_ids)
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as exc:
        raise click.ClickException(f"{file} cannot be written: {exc.strerror}") from exc
    if as_json:
        terminal.print_json({"file": str(file), "format": format, "records": count})
    else:
        click.echo(f"{count} records in {file}")


@sources.command("rebuild")
@click.option(
    "--embed", is_flag=True, help="Make the vectors themselves anew, with the embedder of the settings."
)
@dossier_option
@json_option
def sources_rebuild(embed: bool, as_json: bool) -> None:
    """Make Chroma's index anew from SQLite."""
    from . import terminal

    with open_library(rebuild=embed) as (library, progress):
        count = library.status()["vectors"] if embed else library.rebuild(progress=progress)
        differences = library.compare().sentences()
    if as_json:
        terminal.print_json({"vectors": count, "differences": differences})
    else:
        click.echo("\n".join([f"{count} vectors put back", *differences]))


# --- dossiers ----------------------------------------------------------------------------------------------


@click.group("dossier")
def dossiers() -> None:
    """Workspaces: each with its own sources over the built-in library."""


def _home() -> Path:
    from assistant.settings import Settings

    return Settings.load().home


@dossiers.command("new")
@click.argument("name")
@json_option
def dossier_new(name: str, as_json: bool) -> None:
    """Make a dossier; use it with --dossier NAME."""
    from knowledge import dossiers as workspaces

    from . import terminal

    path = workspaces.create(_home(), name)
    if as_json:
        terminal.print_json({"dossier": name, "path": str(path)})
    else:
        click.echo(f"made {name}: attache sources add FILE ... --dossier {name}")


@dossiers.command("list")
@json_option
def dossier_list(as_json: bool) -> None:
    """List all dossiers."""
    from knowledge import dossiers as workspaces

    from . import terminal

    rows = workspaces.listing(_home())
    if as_json:
        terminal.print_json({"dossiers": [asdict(row) for row in rows]})
    elif rows:
        click.echo(terminal.table([(row.name, f"{row.sources} sources", row.created_at) for row in rows]))
    else:
        click.echo("There are no dossiers yet: attache dossier new NAME", err=True)


@dossiers.command("export")
@click.argument("name")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@json_option
def dossier_export(name: str, file: Path, as_json: bool) -> None:
    """Write everything that dossier NAME holds to one FILE."""
    from knowledge import dossiers as workspaces

    from . import terminal

    row = workspaces.export(_home(), name, file)
    if as_json:
        terminal.print_json({"dossier": name, "file": str(file), "sources": row.sources})
    else:
        click.echo(f"{row.sources} sources of {name} in {file}")


@dossiers.command("import")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--name", default="", help="Take it in under another name.")
@json_option
def dossier_import(file: Path, name: str, as_json: bool) -> None:
    """Take in a dossier that was exported to FILE."""
    from knowledge import dossiers as workspaces

    from . import terminal

    row = workspaces.take_in(_home(), file, name)
    if as_json:
        terminal.print_json({"dossier": row.name, "sources": row.sources})
    else:
        click.echo(f"took in {row.name} with {row.sources} sources")


@dossiers.command("remove")
@click.argument("name")
@json_option
def dossier_remove(name: str, as_json: bool) -> None:
    """Take dossier NAME with all its sources away for good."""
    from knowledge import dossiers as workspaces

    from . import terminal

    workspaces.remove(_home(), name)
    if as_json:
        terminal.print_json({"removed": name})
    else:
        click.echo(f"removed {name}")
