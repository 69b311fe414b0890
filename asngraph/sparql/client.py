"""Read-only SPARQL: a query is checked and answered in a separate process with limits."""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from asngraph.errors import AsnGraphError, DamageError, MissingExtraError, UsageError
from asngraph.model.pool_text import text_problem
from asngraph.rdf import iris
from asngraph.rdf.write import lines
from asngraph.sparql.named_queries import NamedQuery

if TYPE_CHECKING:
    from asngraph.graph.association_graph import AssociationGraph
    from asngraph.sparql.worker import Task

_PROGRAM = "import sys; sys.path.insert(0, sys.argv[1]); from asngraph.sparql.worker import main; main()"
_ROOT = Path(__file__).parents[2]
_MOST = 10_000_000  # of any limit


@dataclass(frozen=True)
class Limits:
    """The limits of a query.

    Parameters
    ----------
    seconds : int
        The time, after the graph is loaded.
    mebibytes : int
        The memory, in addition to the graph.
    rows : int
        The maximum number of rows.
    """

    seconds: int = 60
    mebibytes: int = 2048
    rows: int = 100_000

    def __post_init__(self) -> None:
        for name in ("seconds", "mebibytes", "rows"):
            if not 1 <= getattr(self, name) <= _MOST:
                raise UsageError(f"{name} must be between 1 and {_MOST:,}; it is {getattr(self, name)}")


DEFAULT_LIMITS = Limits()


@dataclass(frozen=True)
class Answer:
    """The answer to a query.

    Parameters
    ----------
    columns : list of str
        The names of the columns; empty for an ASK query.
    rows : list of list
        One row for each solution or triple; each cell as in the JSON of SPARQL results, or None.
    boolean : bool, optional
        The answer to an ASK query.
    more : bool
        Whether there are more rows than the limit.
    unknown : dict of str to str
        Names in the query that no exposure has, or more than one, each with a message with suggestions.
    """

    columns: list[str] = field(default_factory=list)
    rows: list[list[dict[str, str] | None]] = field(default_factory=list)
    boolean: bool | None = None
    more: bool = False
    unknown: dict[str, str] = field(default_factory=dict)

    @property
    def texts(self) -> list[tuple[str, ...]]:
        """The rows as plain text: IRIs in full, unbound values empty."""
        return [tuple(cell["value"] if cell else "" for cell in row) for row in self.rows]

    def document(self) -> dict[str, Any]:
        """Return the JSON of SPARQL results (https://www.w3.org/TR/sparql11-results-json/)."""
        if self.boolean is not None:
            return {"head": {}, "boolean": self.boolean}
        bindings = [{c: cell for c, cell in zip(self.columns, row, strict=True) if cell} for row in self.rows]
        return {"head": {"vars": self.columns}, "results": {"bindings": bindings}}


def ask(
    query: str | NamedQuery,
    source: AssociationGraph | str | os.PathLike[str],
    bound: Mapping[str, str] | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> Answer:
    """Return the answer to a query in SPARQL 1.1.

    Parameters
    ----------
    query : str or NamedQuery
        The query, which may use the prefixes of `asngraph.rdf.iris.PREFIXES`.
    source : AssociationGraph or path
        A graph, or the folder of an Oxigraph store. The default graph is the union of its named graphs.
    bound : mapping of str to str, optional
        Values of variables of the query; for a named query, names of exposures with or without path and suffix.
    limits : Limits
        The limits of the query.

    Returns
    -------
    Answer

    Raises
    ------
    UsageError
        When the text is not a SPARQL query, or the query does more than read the source, as with SERVICE or FROM.
    AsnGraphError
        When the query exceeds a limit, or pyoxigraph is not installed.

    Examples
    --------
    >>> import asngraph
    >>> graph = asngraph.generate(asngraph.simulate(3, ["nircam-imaging"], seed=1))
    >>> ask("SELECT (COUNT(*) AS ?exposures) { ?e a asn:Exposure }", graph).texts
    [('3',)]
    """
    named = isinstance(query, NamedQuery)
    folder, name = (os.fspath(source),) * 2 if isinstance(source, str | os.PathLike) else (None, source.pool.name)
    task: Task = {
        "query": query.text if isinstance(query, NamedQuery) else query,
        "bound": _variables(query, bound or {}),
        "names": named,
        "store": folder,
        "source": name,
        "seconds": limits.seconds,
        "mebibytes": limits.mebibytes,
        "rows": limits.rows,
    }
    _check_system()
    quads: Iterable[bytes] = ()
    if not isinstance(source, str | os.PathLike):
        quads = lines(source, iris.pool(source.pool.name))
    return _answered(_run(task, quads), limits)


def _variables(query: str | NamedQuery, bound: Mapping[str, str]) -> dict[str, str]:
    variables = {name.lstrip("?$"): value for name, value in bound.items()}
    for name, value in variables.items():
        if not (name.isascii() and name.isidentifier()):
            raise UsageError(f"{name!r} is not the name of a variable")
        problem = text_problem(value)
        if problem:
            raise UsageError(f"{name}: {problem}")
        if isinstance(query, NamedQuery) and name not in query.parameters:
            takes = ", ".join(query.parameters) or "nothing"
            raise UsageError(f"the query {query.name} has no variable {name}; it takes {takes}")
    return variables


def _check_system() -> None:
    if importlib.util.find_spec("resource") is None:
        raise AsnGraphError("SPARQL queries need a system on which processes can have limits: Linux or macOS")
    if importlib.util.find_spec("pyoxigraph") is None:
        raise MissingExtraError("SPARQL is answered by pyoxigraph", "rdf")


def _run(task: Task, quads: Iterable[bytes]) -> subprocess.CompletedProcess[bytes]:
    # -P: files of the current folder are not imported as modules.
    command = [sys.executable, "-P", "-c", _PROGRAM, str(_ROOT)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, **pipes) as process:  # type: ignore[call-overload] # noqa: S603 (no shell)
        try:
            # A process that ended early has written the reason.
            with suppress(BrokenPipeError):
                _feed(process.stdin, task, quads)
            out = process.stdout.read()
        except BaseException:
            process.kill()
            raise
        return subprocess.CompletedProcess(command, process.wait(), out)


def _feed(pipe: IO[bytes], task: Task, quads: Iterable[bytes]) -> None:
    try:
        pipe.write(json.dumps(task).encode("ascii") + b"\n")
        pipe.writelines(quads)
    finally:
        pipe.close()


def _answered(done: subprocess.CompletedProcess[bytes], limits: Limits) -> Answer:
    if done.returncode == -signal.SIGALRM:
        raise AsnGraphError(f"the query took longer than {limits.seconds} s; simplify it, or allow more time")
    if done.returncode < 0:
        raise _out_of_memory(limits)
    if done.returncode:
        raise AsnGraphError(f"the query could not be answered: its process ended with code {done.returncode}")
    said = json.loads(done.stdout)
    if "memory" in said:
        raise _out_of_memory(limits)
    if "damage" in said:
        raise DamageError(*said["damage"])
    if "error" in said:
        raise (UsageError if said["usage"] else AsnGraphError)(said["error"])
    return Answer(**said)


def _out_of_memory(limits: Limits) -> AsnGraphError:
    return AsnGraphError(f"the query needs more memory than {limits.mebibytes} MiB; simplify it, or allow more memory")
