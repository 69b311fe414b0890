"""``asngraph schema``: the JSON Schemas of what asngraph writes as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from importlib import resources
from importlib.resources.abc import Traversable

import click

from asngraph.cli.output import table
from asngraph.errors import UsageError
from asngraph.util.suggest import closest, did_you_mean


@click.command()
@click.argument("words", nargs=-1, metavar="[COMMAND]...")
def schema(words: Sequence[str]) -> None:
    """Print the JSON Schema (2020-12) of the JSON that COMMAND answers with, such as archive stats.

    Without COMMAND, list all schemas: also those of association files (level2, level3) and of the run file that
    generate writes (asngraph-run). The last part of a schema's $id is its version.
    """
    files = _files()
    if not words:
        rows = [(name, json.loads(file.read_text("utf-8"))["title"]) for name, file in files.items()]
        table("", ("schema", "of"), rows)
        return
    name = "-".join(words)
    if name not in files:
        near = did_you_mean(closest(name, list(files)), "`asngraph schema` lists all")
        raise UsageError(f"unknown schema {name}; {near}")
    click.echo(files[name].read_text("utf-8"), nl=False)


def _files() -> dict[str, Traversable]:
    """Return the files of the schemas by their names, those of answers first."""
    folder = resources.files("asngraph").joinpath("schemas")
    return {
        file.name.removesuffix(".json"): file
        for place in (folder.joinpath("answers"), folder)
        for file in sorted(place.iterdir(), key=lambda file: file.name)
        if file.name.endswith(".json")
    }
