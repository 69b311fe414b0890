"""Export of many pools to Parquet tables of nodes and edges, partitioned by program, for Spark, DuckDB and others.

The folder has ``nodes/program=01234/part-0.parquet`` and ``edges/program=01234/part-0.parquet``. The program is only in
the path, and all columns are text, which makes the files of different pools compatible; a column that the rows of a
program lack is not in its file.
"""

from __future__ import annotations

import os
from collections.abc import Generator, Iterable
from typing import TYPE_CHECKING
from urllib.parse import quote

from asngraph.errors import UsageError
from asngraph.exports import Checked
from asngraph.exports.tabular import Rows, edge_row, node_row, text_table
from asngraph.graph.networkx_view import View
from asngraph.model.column import is_defined
from asngraph.util.extras import needed
from asngraph.util.staging import Staging

if TYPE_CHECKING:
    from asngraph.graph.association_graph import AssociationGraph

# The columns of each table, even if it is empty.
_COLUMNS = {"nodes": ("id", "kind", "label"), "edges": ("src", "dst", "relationship")}

# The name of a partition with an undefined value in Hive.
_UNDEFINED = "__HIVE_DEFAULT_PARTITION__"


def export_by_program(
    graphs: Iterable[AssociationGraph], folder: str | os.PathLike[str], view: str = "full", *, replace: bool = True
) -> Generator[tuple[str, list[str]]]:
    """Write the graphs of many pools as Parquet tables, partitioned by program.

    All files are published together, at the end.

    Parameters
    ----------
    graphs : iterable of AssociationGraph
        The graphs; from a generator, only one is in memory at a time.
    folder : path
        The folder to write to; it is created if it does not exist.
    view : str
        The part of each graph: one of `asngraph.graph.networkx_view.VIEWS`.
    replace : bool
        Whether to replace existing files.

    Yields
    ------
    pool : str
        The name of a pool that was processed.
    programs : list of str
        Its programs, with at least five digits; nodes without one are in `__HIVE_DEFAULT_PARTITION__`.

    Raises
    ------
    UsageError
        When two pools have exposures of the same program, of which the second would replace the first; or when the
        view is unknown.
    OutputExistsError
        When a file exists and `replace` is false.
    MissingExtraError
        When the package pyarrow is missing.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import asngraph
    >>> graphs = (asngraph.generate(asngraph.simulate(5, seed=n, program=n, name=f"{n}.csv")) for n in (7, 8))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     list(export_by_program(graphs, folder)), sorted(path.name for path in Path(folder, "nodes").iterdir())
    ([('7.csv', ['00007']), ('8.csv', ['00008'])], ['program=00007', 'program=00008'])
    """
    with needed("parquet", "Parquet is written by pyarrow"):
        from pyarrow import parquet
    pool_of: dict[str, str] = {}
    with Staging(folder) as staging:
        for graph in graphs:
            parts = _parts(Checked(graph, view, "parquet"))
            programs = sorted({program for program, _ in parts})
            for program in programs:
                if program in pool_of:
                    raise UsageError(
                        f"program {program} is in {pool_of[program]} and in {graph.pool.name}; merge them into one pool"
                    )
                pool_of[program] = graph.pool.name
            for (program, table), rows in parts.items():
                with staging.open(_place(table, program)) as file:
                    parquet.write_table(text_table(rows, _COLUMNS[table]), file)
            yield graph.pool.name, programs
        staging.publish(replace=replace)


def _place(table: str, program: str) -> str:
    return f"{table}/program={quote(program, safe='')}/part-0.parquet"


def _parts(view: View) -> dict[tuple[str, str], Rows]:
    """Return the rows, by program and table."""
    programs = _programs(view)
    parts: dict[tuple[str, str], Rows] = {
        (program, table): [] for program in dict.fromkeys(programs.values()) for table in _COLUMNS
    }
    for node, data in view.nodes():
        row = node_row(node, data)
        row.pop("program", None)
        parts[programs[node], "nodes"].append(row)
    for source, target, data in view.edges():
        parts[programs[source], "edges"].append(edge_row(source, target, data))
    return parts


def _programs(view: View) -> dict[str, str]:
    """Return the program of each node; products, auxiliary files and target names have that of their neighbours."""
    names, known = [], {}
    for node, data in view.nodes():
        names.append(node)
        if data["kind"] not in ("product", "support", "target_name"):
            known[node] = f"{data['program']:0>5s}" if is_defined(data.get("program", "")) else _UNDEFINED
    before = -1
    while len(known) > before:
        before = len(known)
        for source, target, _ in view.edges():
            if source in known:
                known.setdefault(target, known[source])
            elif target in known:
                known[source] = known[target]
    return {node: known.get(node, _UNDEFINED) for node in names}
