"""Export of many pools to Parquet tables of nodes and edges, partitioned by program, for Spark, DuckDB and others.

The folder has ``nodes/program=01234/part-0.parquet`` and ``edges/program=01234/part-0.parquet``. The program is only in
the path, and all columns are text, which makes the files of different pools compatible; a column that the nodes of a
program lack is not in their file.
"""

from __future__ import annotations

import os
from collections.abc import Generator, Iterable, Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any
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

_ROWS = 65536  # in memory at once
_OPEN = 64  # files that are open at once

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
        import pyarrow.parquet  # noqa: F401 (used below)
    pool_of: dict[str, str] = {}
    with Staging(folder) as staging:
        for graph in graphs:
            shown = Checked(graph, view, "parquet")
            program_of, columns = _programs(shown)
            programs = sorted(columns)
            of_edges = [*_COLUMNS["edges"], *(name for name in shown.edge_columns if name != "relation")]
            for program in programs:
                if program in pool_of:
                    raise UsageError(
                        f"program {program} is in {pool_of[program]} and in {graph.pool.name}; merge them into one pool"
                    )
                pool_of[program] = graph.pool.name
            for some in _batches(programs):
                nodes = ((program_of[node], node_row(node, data)) for node, data in shown.nodes())
                _write(staging, "nodes", {program: list(columns[program]) for program in some}, nodes)
                edges = ((program_of[edge[0]], edge_row(*edge)) for edge in shown.edges())
                _write(staging, "edges", dict.fromkeys(some, of_edges), edges)
            yield graph.pool.name, programs
        staging.publish(replace=replace)


def _place(table: str, program: str) -> str:
    return f"{table}/program={quote(program, safe='')}/part-0.parquet"


def _batches(programs: list[str]) -> Iterator[list[str]]:
    """Yield programs whose files are open together."""
    yield from (programs[first : first + _OPEN] for first in range(0, len(programs), _OPEN))


def _write(
    staging: Staging, table: str, columns: dict[str, list[str]], rows: Iterable[tuple[str, dict[str, Any]]]
) -> None:
    """Write the rows of some programs, each with its columns, to a table of each."""
    import pyarrow as pa
    from pyarrow import parquet

    waiting: dict[str, Rows] = {program: [] for program in columns}
    most = max(_ROWS // len(columns), 1)
    with ExitStack() as stack:
        writers = {}
        for program, names in columns.items():
            file = stack.enter_context(staging.open(_place(table, program)))
            schema = pa.schema([(name, pa.string()) for name in names])
            writers[program] = stack.enter_context(parquet.ParquetWriter(file, schema))
        for program, row in rows:
            if program in waiting:
                waiting[program].append(row)
                if len(waiting[program]) >= most:
                    writers[program].write_table(text_table(waiting[program], columns[program]))
                    waiting[program].clear()
        for program, left in waiting.items():
            if left:
                writers[program].write_table(text_table(left, columns[program]))


def _programs(view: View) -> tuple[dict[str, str], dict[str, dict[str, None]]]:
    """Return the program of each node, and the columns of the nodes of each program.

    Products, auxiliary files and target names have the program of their neighbours.
    """
    known: dict[str, str] = {}
    others: dict[str, dict[str, None]] = {}
    columns: dict[str, dict[str, None]] = {}
    for node, data in view.nodes():
        names = dict.fromkeys(name for name in data if name != "program")
        if data["kind"] in ("product", "support", "target_name"):
            others[node] = names
            continue
        known[node] = f"{data['program']:0>5s}" if is_defined(data.get("program", "")) else _UNDEFINED
        columns.setdefault(known[node], dict.fromkeys(_COLUMNS["nodes"])).update(names)
    pairs = [(source, target) for source, target, _ in view.edges() if source in others or target in others]
    before = -1
    while len(known) > before:
        before = len(known)
        for source, target in pairs:
            if source in known:
                known.setdefault(target, known[source])
            elif target in known:
                known[source] = known[target]
    for node, names in others.items():
        program = known.setdefault(node, _UNDEFINED)
        columns.setdefault(program, dict.fromkeys(_COLUMNS["nodes"])).update(names)
    return known, columns
