"""What is registered is whole: every question is answered from every source, every export format is read again."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import click
import pytest
from conftest import EXAMPLES, ROOT

import asngraph
from asngraph import questions
from asngraph.cli.questions import COMMANDS
from asngraph.exports import FORMATS, file_names
from asngraph.outputs import OUTPUTS, output

MOSAIC = EXAMPLES / "nircam_mosaic.csv"
EXPOSURE = "jw04321001001_02101_00001_nrca1_uncal.fits"
# What a question that is asked of these gets; one that asks of anything else says here what of.
ARGUMENTS = {"exposure": EXPOSURE, "exposures": EXPOSURE, "other": "jw04321-o001_image2_00010"}
ARGUMENTS["association"] = "jw04321-o001_image3_00001"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The associations of the mosaic, as files, and their pool beside them."""
    made = tmp_path_factory.mktemp("associations")
    shutil.copy(MOSAIC, made)
    for association in asngraph.generate(MOSAIC):
        association.write(made)
    return made


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_every_question_is_answered_from_a_pool_and_from_files(run, folder: Path, command: click.Command) -> None:
    asked = [
        ARGUMENTS[str(each.name)]
        for each in command.params
        if isinstance(each, click.Argument) and each.nargs != -1 or each.name == "exposures"
    ]
    answers: list[Any] = []
    for source in (MOSAIC, folder):
        result = run(command.name, *asked, "--in", source, "--json")
        assert result.code == 0, result.err
        answers.append(json.loads(result.out))
    assert all(answers)
    assert type(answers[0]) is type(answers[1])
    assert str(command.name).replace("-", "_") in questions.__all__


def test_every_output_is_there() -> None:
    for name in OUTPUTS:
        if OUTPUTS[name][0] == "asngraph.plots":
            pytest.importorskip("matplotlib", reason="needs the extra `plot`")
        assert callable(output(name))


def read_again(format_: str, files: list[Path]) -> set[str]:
    """Return the labels of the nodes that other programs find in an export."""
    import networkx as nx
    import pandas as pd

    if format_ in ("graphml", "gexf"):
        read = {"graphml": nx.read_graphml, "gexf": nx.read_gexf}[format_](files[0])
        return {data["label"] for _, data in read.nodes(data=True)}
    if format_ in ("cytoscape", "node-link"):
        document = json.loads(files[0].read_text())
        nodes = (
            document["nodes"] if format_ == "node-link" else [each["data"] for each in document["elements"]["nodes"]]
        )
        return {node["label"] for node in nodes}
    if format_ == "dot":
        return set(files[0].read_text().replace("\\n", '"').split('"'))
    table = pd.read_csv(files[0]) if format_ == "csv" else pd.read_parquet(files[0])
    return set(table["label"])


@pytest.mark.parametrize("format_", FORMATS)
def test_every_export_format_is_read_again(tmp_path: Path, format_: str) -> None:
    if format_ in ("dot", "parquet"):
        pytest.importorskip({"dot": "graphviz", "parquet": "pyarrow"}[format_], reason="needs the extra `exports`")
    graph = asngraph.generate(MOSAIC)
    path = tmp_path / f"graph{FORMATS[format_].extensions[0]}"
    assert graph.export(path, format_) == file_names(path, format_)
    assert set(graph.exposure_names) <= read_again(format_, file_names(path, format_))
    assert format_ in (ROOT / "docs" / "commands.md").read_text()
