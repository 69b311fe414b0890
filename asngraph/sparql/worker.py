"""The process that answers a query, with limits of its own: its failure does not end the main process.

`asngraph.sparql.client` starts it. Its standard input is a line of JSON, the `Task`, followed by the quads to query
unless the task names a store; its standard output is a JSON document.
"""

from __future__ import annotations

import json
import resource
import signal
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any, TypedDict

from asngraph.archive.damage import in_words
from asngraph.archive.storage import Folder
from asngraph.errors import AsnGraphError, DamageError, UsageError
from asngraph.rdf.exposure_names import exposure_named
from asngraph.rdf.iris import PREFIXES
from asngraph.rdf.store import Opened, store_of_quads
from asngraph.sparql.policy import checked
from asngraph.sparql.stores import open_store

_MIB = 2**20
_DAMAGE = ("Corruption", "IO error")  # prefixes of storage errors


class Task(TypedDict):
    """A query to answer.

    Parameters
    ----------
    query : str
        The query.
    bound : dict of str to str
        Values of variables.
    names : bool
        Whether these values are names of exposures, with or without path and suffix.
    store : str, optional
        The folder of a store.
    source : str
        The name of the pool or the store, for messages.
    seconds, mebibytes, rows : int
        The limits.
    """

    query: str
    bound: dict[str, str]
    names: bool
    store: str | None
    source: str
    seconds: int
    mebibytes: int
    rows: int


def main() -> None:
    """Answer the query on standard input."""
    sys.stdout.write(json.dumps(answered(sys.stdin.buffer)))
    sys.stdout.flush()


def answered(request: IO[bytes]) -> dict[str, Any]:
    """Return the document that answers a request, after limiting this process.

    Parameters
    ----------
    request : file in binary mode
        A line of JSON, the `Task`, followed by the quads to query unless the task names a store.

    Returns
    -------
    dict
        The fields of an `asngraph.sparql.client.Answer`, or what is wrong.
    """
    try:
        task: Task = json.loads(request.readline())
        return _answer(task, request)
    except AsnGraphError as error:
        document: dict[str, Any] = {"error": str(error), "usage": isinstance(error, UsageError)}
        if isinstance(error, DamageError):
            document["damage"] = [error.folder, error.problem]
        return document
    except MemoryError:
        return {"memory": True}


def _answer(task: Task, quads: IO[bytes]) -> dict[str, Any]:
    # The limits include parsing, which can take long too.
    _prepare()
    opened = store_of_quads(quads) if task["store"] is None else open_store(task["store"])
    _limit(task)
    return _ask(opened, checked(task["query"]), task)


def _prepare() -> None:
    """Import the parser while files can be opened."""
    checked("ASK { ?s ?p ?o FILTER(?o > 1) }")


def _limit(task: Task) -> None:
    memory = Path("/proc/self/statm")
    if memory.is_file():
        used = int(memory.read_text().split()[0]) * resource.getpagesize()
        most = used + task["mebibytes"] * _MIB
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if task["store"] is None:
        # No file and no connection can be opened from here on; a store in a folder opens its files when it needs them.
        resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))
    # The system ends the process when the time is over.
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(task["seconds"])


def _ask(opened: Opened, query: str, task: Task) -> dict[str, Any]:
    try:
        return _results_of(opened, query, task)
    except (SyntaxError, ValueError) as error:
        raise UsageError(f"invalid SPARQL: {error}") from None
    except (OSError, RuntimeError) as error:
        raise _unreadable(task["store"], error) from None


def _unreadable(store: str | None, error: Exception) -> AsnGraphError:
    if store is not None and Folder(store).is_archive:
        return DamageError(store, in_words(error))
    return AsnGraphError(f"the store cannot be read: {in_words(error)}")


def _results_of(opened: Opened, query: str, task: Task) -> dict[str, Any]:
    import pyoxigraph

    bound: dict[Any, Any] = {}
    unknown: dict[str, str] = {}
    for variable, value in task["bound"].items():
        name = value
        if task["names"]:
            try:
                name = exposure_named(opened, value, task["source"])
            except UsageError as error:
                unknown[value] = str(error)
        bound[pyoxigraph.Variable(variable)] = pyoxigraph.Literal(name)
    try:
        results = opened.store.query(
            query,
            prefixes=PREFIXES,
            use_default_graph_as_union=opened.graphs is None,
            default_graph=opened.graphs,
            named_graphs=opened.graphs,
            substitutions=bound or None,
        )
        return {"unknown": unknown} | _results(results, task["rows"])
    except RuntimeError as error:
        if not bound or str(error).startswith(_DAMAGE):
            raise
        raise UsageError(
            f"only variables that the query returns can be set; it does not return {' and '.join(task['bound'])}"
        ) from None


def _results(results: Any, most: int) -> dict[str, Any]:
    import pyoxigraph

    if isinstance(results, pyoxigraph.QueryBoolean):
        return {"boolean": bool(results)}
    if isinstance(results, pyoxigraph.QuerySolutions):
        columns = [variable.value for variable in results.variables]
        return {"columns": columns} | _rows((list(solution) for solution in results), most)
    triples = ([each.subject, each.predicate, each.object] for each in results)
    return {"columns": ["subject", "predicate", "object"]} | _rows(triples, most)


def _rows(found: Iterable[list[Any]], most: int) -> dict[str, Any]:
    rows: list[list[dict[str, str] | None]] = []
    cells: Iterator[list[Any]] = iter(found)
    for row in cells:
        if len(rows) == most:
            return {"rows": rows, "more": True}
        rows.append([_cell(value) for value in row])
    return {"rows": rows, "more": False}


def _cell(value: Any) -> dict[str, str] | None:
    """Return a value as in the JSON of SPARQL results."""
    import pyoxigraph

    if value is None:
        return None
    if isinstance(value, pyoxigraph.NamedNode):
        return {"type": "uri", "value": value.value}
    if isinstance(value, pyoxigraph.BlankNode):
        return {"type": "bnode", "value": value.value}
    if not isinstance(value, pyoxigraph.Literal):
        raise UsageError(f"{value} cannot be shown in a table; return its parts instead")
    cell = {"type": "literal", "value": value.value}
    if value.language:
        return cell | {"xml:lang": value.language}
    plain = f"{PREFIXES['xsd']}string"
    return cell if value.datatype.value == plain else cell | {"datatype": value.datatype.value}
