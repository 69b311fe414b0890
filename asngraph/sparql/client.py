"""SPARQL, read only and closed: a query is checked and answered in a process of its own, with limits."""

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
    """How much a query may take.

    Parameters
    ----------
    seconds : int
        How long it may work, once the graph is loaded.
    mebibytes : int
        How much memory it may use beside the graph.
    rows : int
        How many rows are returned.
    """

    seconds: int = 60
    mebibytes: int = 2048
    rows: int = 100_000

    def __post_init__(self) -> None:
        for name in ("seconds", "mebibytes", "rows"):
            if not 1 <= getattr(self, name) <= _MOST:
                raise UsageError(f"a limit of {getattr(self, name)} {name} is none; give 1 to {_MOST}")


DEFAULT_LIMITS = Limits()


@dataclass(frozen=True)
class Answer:
    """What a query was answered.

    Parameters
    ----------
    columns : list of str
        The names of the columns; none for a question to be answered with yes or no.
    rows : list of list
        One row for each solution, or for each triple; each cell as the JSON of SPARQL results has it, or None.
    boolean : bool, optional
        The answer to a question to be answered with yes or no.
    more : bool
        Whether there are more rows than were allowed.
    unknown : list of str
        Names that were asked for, and that nothing has.
    """

    columns: list[str] = field(default_factory=list)
    rows: list[list[dict[str, str] | None]] = field(default_factory=list)
    boolean: bool | None = None
    more: bool = False
    unknown: list[str] = field(default_factory=list)

    @property
    def texts(self) -> list[tuple[str, ...]]:
        """The rows as plain text: IRIs in full, and nothing where there is no value."""
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
    """Answer a query in SPARQL 1.1.

    Parameters
    ----------
    query : str or NamedQuery
        The query, which may use the prefixes of `asngraph.rdf.iris.PREFIXES`.
    source : AssociationGraph or path
        What is asked: a graph, or the folder of a store of Oxigraph. All its named graphs are the default graph.
    bound : mapping of str to str, optional
        Texts for variables of the query; for a named query, the names of exposures as people have them.
    limits : Limits
        How much it may take.

    Returns
    -------
    Answer

    Raises
    ------
    UsageError
        When it is no query, or asks for more than to read what is there, such as SERVICE or FROM.
    AsnGraphError
        When it takes more than is allowed, or pyoxigraph is missing.

    Examples
    --------
    >>> import asngraph
    >>> graph = asngraph.generate(asngraph.simulate(3, ["nircam-imaging"], seed=1))
    >>> ask("SELECT (COUNT(*) AS ?exposures) { ?e a asn:Exposure }", graph).texts
    [('3',)]
    """
    named = isinstance(query, NamedQuery)
    folder = os.fspath(source) if isinstance(source, str | os.PathLike) else None
    task: Task = {
        "query": query.text if isinstance(query, NamedQuery) else query,
        "bound": _variables(query, bound or {}),
        "names": named,
        "store": folder,
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
            raise UsageError(f"{name!r} is no variable of a query")
        problem = text_problem(value)
        if problem:
            raise UsageError(f"{name}: {problem}")
        if isinstance(query, NamedQuery) and name not in query.parameters:
            takes = ", ".join(query.parameters) or "nothing"
            raise UsageError(f"the query {query.name} has no {name} to set; it takes {takes}")
    return variables


def _check_system() -> None:
    if importlib.util.find_spec("resource") is None:
        raise AsnGraphError("queries are answered where a process can be given limits: on Linux and macOS")
    if importlib.util.find_spec("pyoxigraph") is None:
        raise MissingExtraError("SPARQL is answered by pyoxigraph", "rdf")


def _run(task: Task, quads: Iterable[bytes]) -> subprocess.CompletedProcess[bytes]:
    # -P: what lies in the folder that the user is in is not taken for a module.
    command = [sys.executable, "-P", "-c", _PROGRAM, str(_ROOT)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, **pipes) as process:  # type: ignore[call-overload] # noqa: S603 (no shell)
        try:
            # A process that ended early says why.
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
        raise AsnGraphError(f"the query took longer than {limits.seconds} s; ask for less, or allow more time")
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
    return AsnGraphError(f"the query needs more memory than {limits.mebibytes} MiB; ask for less, or allow more")
