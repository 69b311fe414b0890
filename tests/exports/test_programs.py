"""Tables of many pools by program: read by DuckDB and pyarrow, and what docs/many.md shows."""

from __future__ import annotations

import doctest
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from conftest import EXAMPLES, ROOT, make_pool
from pyarrow import dataset

import asngraph
from asngraph.errors import UsageError
from asngraph.exports.parquet_by_program import export_by_program
from asngraph.graph.networkx_view import VIEWS
from asngraph.simulation import simulate

MRS, MOSAIC = EXAMPLES / "miri_mrs_background.csv", EXAMPLES / "nircam_mosaic.csv"
DOCUMENT = (ROOT / "docs" / "many.md").read_text()
TIME = re.compile(r"\d+\.\d\d s\b")


def read(folder: Path, table: str) -> duckdb.DuckDBPyRelation:
    """Read a table of all programs."""
    how = "hive_partitioning = true, hive_types = {'program': VARCHAR}, union_by_name = true"
    return duckdb.sql(f"FROM read_parquet('{folder}/{table}/*/*.parquet', {how})")


@pytest.mark.parametrize("view", VIEWS)
def test_duckdb_finds_the_nodes_and_edges_of_the_graphs(tmp_path, view) -> None:
    graphs = [asngraph.generate(pool) for pool in (MRS, MOSAIC, simulate(60, seed=3, program=7))]
    written = [programs for _, programs in export_by_program(graphs, tmp_path, view)]
    assert written == [["04322"], ["04321"], ["00007"]]
    nodes, edges = [], []
    for graph, (program,) in zip(graphs, written, strict=True):
        network = graph.to_networkx(view)
        nodes += [(program, node, data["kind"], data["label"]) for node, data in network.nodes(data=True)]
        edges += [(program, *ends, data["relation"], data.get("rule")) for *ends, data in network.edges(data=True)]
    assert sorted(read(tmp_path, "nodes").project("program, id, kind, label").fetchall()) == sorted(nodes)
    rule = "rule" if any(edge[-1] for edge in edges) else "NULL"
    found = read(tmp_path, "edges").project(f"program, src, dst, relationship, {rule}").fetchall()
    assert sorted(found, key=str) == sorted(edges, key=str)


def test_columns_that_differ_from_pool_to_pool_fit_together(tmp_path) -> None:
    pools = [
        make_pool({"exp_type": "nis_image", "level": "2", "members": "many"}, program="1"),
        make_pool({"exp_type": "nis_image", "extra": "x"}, program="2"),
    ]
    list(export_by_program(map(asngraph.generate, pools), tmp_path))
    found = read(tmp_path, "nodes").filter("kind = 'exposure'").project("program, level, members, extra").fetchall()
    assert sorted(found) == [("00001", "2", "many", None), ("00002", None, None, "x")]
    assert dataset.dataset(tmp_path / "nodes", partitioning="hive").to_table().num_rows > 2


def test_a_part_is_replaced_whole_and_no_other(tmp_path) -> None:
    first, second = (
        make_pool({"filename": "a"}, {"filename": "b"}, program="1"),
        make_pool({"filename": "c"}, program="2"),
    )
    list(export_by_program(map(asngraph.generate, (first, second)), tmp_path, "exposures"))
    other = tmp_path / "nodes" / "program=00002" / "part-0.parquet"
    before = other.stat().st_mtime_ns
    list(export_by_program([asngraph.generate(make_pool({"filename": "d"}, program="1"))], tmp_path, "exposures"))
    assert {(row[0], row[1]) for row in read(tmp_path, "nodes").project("program, id").fetchall()} == {
        ("00001", "d"), ("00002", "c")
    }  # fmt: skip
    assert not read(tmp_path, "edges").filter("program = '00001'").fetchall()
    assert other.stat().st_mtime_ns == before
    assert len(list(tmp_path.rglob("*.*"))) == 4


def test_programs_with_odd_names_stay_in_the_folder(tmp_path) -> None:
    odd = ["..", "a b", "%2f", "x=y", "'; drop", "é", "null"]
    frame = pd.DataFrame({"filename": [f"{n}.fits" for n in range(len(odd))], "program": odd})
    list(export_by_program([asngraph.generate(asngraph.Pool.from_frame(frame))], tmp_path / "out", "full"))
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    found = dict(read(tmp_path / "out", "nodes").project("id, program").fetchall())
    assert found == {f"{n}.fits": None if text == "null" else f"{text:0>5s}" for n, text in enumerate(odd)}
    assert len(list((tmp_path / "out" / "nodes").iterdir())) == len(odd)


def test_two_pools_of_one_program_are_refused(tmp_path) -> None:
    pools = (simulate(5, seed=1, program=9, name="a.csv"), simulate(5, seed=2, program=9, name="b.csv"))
    written = export_by_program(map(asngraph.generate, pools), tmp_path)
    assert next(written) == ("a.csv", ["00009"])
    with pytest.raises(UsageError, match=r"program 00009 is in a.csv and in b.csv"):
        next(written)
    assert not list(tmp_path.iterdir())


def test_support_is_of_the_program_that_it_serves(run, tmp_path) -> None:
    support = EXAMPLES / "miri_mrs_background_support.txt"
    assert run("graph", MOSAIC, MRS, "--by-program", "-o", tmp_path, "--support", support).code == 0
    found = read(tmp_path, "nodes").filter("kind IN ('support', 'product')").project("program, id").fetchall()
    assert {program for program, node in found if node.startswith("support:")} == {"04322"}
    assert all(node[10:15] == program for program, node in found if node.startswith("product:"))


@pytest.mark.parametrize(
    "arguments", [[MRS, "-o", "x", "--by-program", "-f", "csv"], ["-o", "x"], [MRS, MOSAIC, "--in", MRS, "-o", "x.csv"]]
)
def test_what_is_refused(run, tmp_path, monkeypatch, arguments) -> None:
    monkeypatch.chdir(tmp_path)
    assert run("graph", *arguments).code == 2
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_the_worked_example(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(EXAMPLES, tmp_path / "examples")
    for command in re.findall(r"^\$ (asngraph .*)$", DOCUMENT, re.MULTILINE):
        arguments = [sys.executable, "-m", *shlex.split(command)]
        ran = subprocess.run(arguments, stderr=subprocess.PIPE, text=True, env={"PYTHONPATH": str(ROOT)})
        assert TIME.sub("", ran.stderr) in TIME.sub("", DOCUMENT), command
    session = "\n".join(block.split("```")[0] for block in DOCUMENT.split("```python\n")[1:])
    parsed = doctest.DocTestParser().get_doctest(session, {}, "many.md", "many.md", 0)
    assert len(parsed.examples) == 7
    assert doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE).run(parsed).failed == 0
