"""What the documents show is what comes out.

    python tests/test_docs.py

writes docs/relations.md and docs/commands.md again, and what the commands in the other documents print.
"""

from __future__ import annotations

import doctest
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import click
import pytest
from conftest import ROOT
from needs import needs

import asngraph
from asngraph import cli
from asngraph.model.relations import NODE_KINDS, RELATIONS
from asngraph.rules.description import rule_text

README = (ROOT / "README.md").read_text()


@pytest.mark.parametrize("name", ["README.md", "docs/tutorial.md"])
def test_the_python_session(monkeypatch, name: str) -> None:
    monkeypatch.chdir(ROOT)
    session = (ROOT / name).read_text().split("```python\n")[1].split("```")[0]
    parsed = doctest.DocTestParser().get_doctest(session, {}, name, name, 0)
    assert parsed.examples
    assert doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE).run(parsed).failed == 0


def test_the_first_command(run, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(ROOT)
    result = run("generate", "examples/nircam_mosaic.csv", "-p", tmp_path / "associations")
    shown = re.sub(r"in \d.\d\d s", "in 0.03 s", result.err.replace(str(tmp_path) + os.sep, ""))
    assert shown in README
    assert "in 0.03 s" in shown


def test_a_rule_in_words() -> None:
    rule = asngraph.observatory_rules().named("Lv3MIRMRS")
    assert rule is not None
    assert rule_text(rule) in (ROOT / "docs" / "own_rules.md").read_text()


def relations_document() -> str:
    """Return docs/relations.md: the kinds of node and the relations of the graph."""
    kinds = [f"| {kind.name} | {kind.definition} |" for kind in NODE_KINDS.values()]
    rows = []
    for relation in RELATIONS.values():
        traits = [name for name in ("symmetric", "transitive", "implied") if getattr(relation, name)]
        ends = f"{relation.source} -> {relation.target}"
        cells = (relation.name, ends, relation.definition, relation.parent, ", ".join(traits), relation.through)
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(
        [
            "# Nodes and relations",
            "",
            "The vocabulary of `asngraph.model.relations`, which the engine, the questions, the exports and the page",
            "share. An edge leads from its first node to its second: *a* `background_for` *b*. A symmetric relation,",
            "such as `same_target`, is not stored as pairs of exposures: each exposure has an edge to a node that they",
            "share, here the target, by the relation in the last column. An implied relation follows from others",
            "(`implied=False` excludes it).",
            "",
            "| node | meaning |",
            "|---|---|",
            *kinds,
            "",
            "| relation | from -> to | the first ... the second | a case of | | through |",
            "|---|---|---|---|---|---|",
            *rows,
            "",
        ]
    )


def commands_document() -> str:
    """Return docs/commands.md: the help text of each command."""
    group = cli.cli
    context = click.Context(group, info_name="asngraph", **group.context_settings)
    parts = ["# Commands", "", "What `asngraph COMMAND --help` says."]
    for name, text in _helps(group, context):
        parts += ["", f"## {name}", "", "```", *(line.rstrip() for line in text.splitlines()), "```"]
    return "\n".join([*parts, ""])


def _helps(group: click.Group, context: click.Context, before: str = "") -> Iterator[tuple[str, str]]:
    """Yield the names of the commands of a group, and of the groups within it, with their help texts."""
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        inner = click.Context(command, context, name, terminal_width=100)
        yield before + name, command.get_help(inner)
        if isinstance(command, click.Group):
            yield from _helps(command, inner, f"{before}{name} ")


_BLOCK = re.compile(r"(?<=```console\n).*?(?=```\n)", re.DOTALL)
_TIME = re.compile(r"\d+\.\d\d s\b")


def replayed(document: str) -> str:
    """Run the commands that a document shows, in its order, and put what comes out in the place of what it shows."""
    with TemporaryDirectory() as name:
        shutil.copytree(ROOT / "examples", Path(name) / "examples")

        def run_block(block: re.Match[str]) -> str:
            commands = [line for line in block[0].splitlines() if line.startswith("$ ")]
            return "".join(f"{command}\n{_output(command, name)}" for command in commands)

        return _BLOCK.sub(run_block, (ROOT / document).read_text())


def _output(command: str, folder: str) -> str:
    words = shlex.split(command.removeprefix("$ "))
    words = words[1:] if words[0] == "python" else ["-m", *words]
    ran = subprocess.run(
        [sys.executable, *words], cwd=folder, stdout=-1, stderr=subprocess.STDOUT, text=True, check=False
    )
    return ran.stdout


# All that the commands in them use.
_REPLAYING = (pytest.mark.slow, needs("astropy", "matplotlib", "pyarrow", "pyoxigraph", "graphviz", "distributed"))
_REPLAYED = (
    "README.md",
    *(f"docs/{name}.md" for name in ("tutorial", "combine", "editing", "archive", "own_rules", "many", "rdf")),
)
DOCUMENTS = {
    "docs/relations.md": relations_document,
    "docs/commands.md": commands_document,
    **{name: partial(replayed, name) for name in _REPLAYED},
}


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=_REPLAYING if name in _REPLAYED else ()) for name in DOCUMENTS]
)
def test_the_reference_is_up_to_date(name: str) -> None:
    there, wanted = (_TIME.sub("", text) for text in ((ROOT / name).read_text(), DOCUMENTS[name]()))
    assert there.split() == wanted.split(), "run `python tests/test_docs.py`"


if __name__ == "__main__":
    for name, text in DOCUMENTS.items():
        (ROOT / name).write_text(text())
