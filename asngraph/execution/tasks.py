"""Tasks for workers, and their outcomes: texts and numbers, not graphs."""

from __future__ import annotations

import io
import json
import os
import pickle
import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import lru_cache
from pathlib import Path, PurePath
from typing import Any, NamedTuple, TypeAlias

from asngraph._version import __version__
from asngraph.engine.result import Request
from asngraph.errors import AsnGraphError, UsageError
from asngraph.execution.update import can_update, packed_state, state_of, unpacked_state, updated
from asngraph.graph.association_graph import AssociationGraph, graph_of, request_of
from asngraph.graph.orphans import orphans
from asngraph.graph.support_files import Support
from asngraph.model.pool import Pool
from asngraph.model.pool_text import source_bytes
from asngraph.model.run_file import Run, sha256
from asngraph.pools.sources import read_source
from asngraph.rules.fingerprint import fingerprint
from asngraph.rules.observatory import observatory_rules
from asngraph.rules.rule import RuleSet

_DEFAULTS = asdict(Request())

Source: TypeAlias = str | os.PathLike[str] | Pool


class Failure(NamedTuple):
    """The reason why a pool failed.

    Parameters
    ----------
    message : str
        What is wrong, in one line.
    usage : bool
        Whether the input or the usage is wrong, rather than the work.
    trace : str
        The traceback, if the error was unexpected.
    """

    message: str
    usage: bool = False
    trace: str = ""

    def error(self) -> AsnGraphError:
        """Return an exception for the failure."""
        return UsageError(self.message) if self.usage else AsnGraphError(self.message)


@dataclass(frozen=True)
class Settings:
    """How pools are read, and which results are returned.

    Parameters
    ----------
    delimiter : str
        The character between the cells of a pool.
    pool_format : str
        The format of pools that are files: ``ascii``, or another that astropy reads.
    format_ : str, optional
        ``json`` or ``yaml``; with None associations are only counted.
    listing : bool
        Whether to list every association and every orphan.
    leftover : bool
        Whether to return the rows of the orphans.
    graph : bool
        Whether to return the graph, which a remote worker does not.
    run_file : bool
        Whether to return what a run file has: ids, checksums, and the state for an update. Not with `format_` None.
    """

    delimiter: str = "|"
    pool_format: str = "ascii"
    format_: str | None = "json"
    listing: bool = False
    leftover: bool = False
    graph: bool = False
    run_file: bool = True

    @property
    def recorded(self) -> bool:
        """Whether what a run file has is returned."""
        return self.run_file and self.format_ is not None

    def read(self, pool: Source) -> Pool:
        """Return a pool, read from a file if it is not a `Pool` already."""
        if isinstance(pool, Pool):
            return pool
        return (
            read_source(pool, self.delimiter) if self.pool_format == "ascii" else Pool.read_as(pool, self.pool_format)
        )


@dataclass(frozen=True)
class Task:
    """A pool whose associations are to be made.

    Parameters
    ----------
    position : int
        Its place among the pools.
    pool : path, Pool, bytes or Failure
        The file or the pool itself; for a remote worker, the content of the file, or the reason why it could not be
        read.
    settings : Settings
        How to read it, and which results to return.
    rules : RuleSet or bytes, optional
        The rules, by default those of the observatory. For a remote worker they, or the function that returns them, are
        pickled: if unpickling fails, the pool fails and not the worker.
    support : list of Support, optional
        The support files of its exposures.
    options : mapping
        Other options of `asngraph.generate`.
    name : str
        Its name.
    earlier : Run, optional
        The last run of the pool, to be updated.
    version : str
        The version of asngraph that sends the task.
    """

    position: int
    pool: Source | bytes | Failure
    settings: Settings
    rules: RuleSet | bytes | None
    support: list[Support] | None
    options: Mapping[str, Any]
    name: str
    earlier: Run | None = None
    version: str = __version__


@dataclass(frozen=True)
class Outcome:
    """The outcome of a pool.

    Parameters
    ----------
    position : int
        Its place among the pools.
    pool : str
        Its name.
    failure : Failure, optional
        The failure; without it the pool succeeded.
    exposures : int
        The number of its exposures.
    names : list of str
        The names of its associations' files, as JSON.
    texts : iterable of str
        The texts of the files, in the requested format; can be iterated once.
    types : dict of str to int
        The number of associations of each type.
    duplicates : int
        The number of duplicates.
    reasons : dict of str to int
        The number of orphans for each reason.
    notes : list of str
        Warnings about the pool, or about the options.
    listing : list of str
        A line for each association, if requested.
    orphans : list of (str, str)
        The file name of each exposure that is in no association, and the reason, if requested.
    leftover : dict of str to list of str, optional
        The columns of the orphans' rows, if requested.
    uuids : list of str
        The ids of the associations, if requested.
    kept : list of str
        After an update, for each association the name that its file has had, if it was taken over; its text is empty.
    state : str
        What the next update needs.
    sha256, rules, asngraph : str
        The checksum of the pool, the fingerprint of the rules, and the version of asngraph.
    options : dict
        The options that determine the associations, as JSON data.
    graph : AssociationGraph, optional
        The graph, if requested.
    """

    position: int
    pool: str
    failure: Failure | None = None
    exposures: int = 0
    names: list[str] = field(default_factory=list)
    texts: Iterable[str] = ()
    types: dict[str, int] = field(default_factory=dict)
    duplicates: int = 0
    reasons: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    listing: list[str] = field(default_factory=list)
    orphans: list[tuple[str, str]] = field(default_factory=list)
    leftover: dict[str, list[str]] | None = None
    uuids: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    state: str = ""
    sha256: str = ""
    rules: str = ""
    asngraph: str = __version__
    options: dict[str, Any] = field(default_factory=dict)
    graph: AssociationGraph | None = None


def outcome_of(task: Task) -> Outcome:
    """Return the outcome of a pool; any error becomes a failure in the outcome."""
    try:
        return _decided(task)
    except Exception as error:
        return lost(task, error)


def packed(task: Task, rules: bytes | None) -> Task:
    """Return a task for a remote worker, with the content of the pool's file and the pickled rules."""
    pool: Pool | bytes | Failure
    try:
        if isinstance(task.pool, str | os.PathLike) and task.settings.pool_format == "ascii":
            pool = source_bytes(Path(task.pool))
        else:
            pool = pool_of(task)[0]
    except UsageError as error:
        pool = Failure(str(error), usage=True)
    return replace(task, pool=pool, rules=rules)


def sent_outcome_of(task: Task) -> Outcome:
    """Return the outcome of a packed task, with all texts made, so that no graph is kept."""
    try:
        outcome = _decided(task)
        return replace(outcome, texts=list(outcome.texts), graph=None)
    except Exception as error:
        return lost(task, error)


def name_of(pool: Source) -> str:
    """Return the name that a pool will have when it is read."""
    return pool.name if isinstance(pool, Pool) else PurePath(pool).name


def lost(task: Task, error: Exception) -> Outcome:
    """Return the outcome of a task that was lost with an error."""
    if isinstance(error, AsnGraphError):
        return Outcome(task.position, task.name, Failure(str(error), isinstance(error, UsageError)))
    trace = "".join(traceback.format_exception(error))
    return Outcome(task.position, task.name, Failure(f"{task.name}: {type(error).__name__}: {error}", trace=trace))


def _decided(task: Task) -> Outcome:
    if task.version != __version__:
        raise AsnGraphError(
            f"{task.name}: the task is of asngraph {task.version}, and the worker has "
            f"{__version__}; install the same version on both"
        )
    (pool, checksum), settings = pool_of(task), task.settings
    rules = task.rules if isinstance(task.rules, RuleSet) else unpacked_rules(task.rules)
    record = record_of(task, rules, checksum) if settings.recorded else {}
    if task.earlier is not None and _same_inputs(task.earlier, record) and not settings.listing:
        outcome = _updated(task, task.earlier, pool, rules, record)
        if outcome is not None:
            return outcome
    graph = graph_of(pool, rules=rules, support=task.support, **task.options)
    alone, file_names = orphans(graph), pool["filename"]
    state = ""
    if record and _can_update(task, rules):
        left = [(each.exposure, each.reason) for each in alone]
        state = packed_state(state_of(graph.decision, left), graph.file_names)
    return Outcome(
        task.position,
        pool.name,
        exposures=len(pool),
        names=graph.file_names,
        texts=() if settings.format_ is None else graph.texts(settings.format_),
        types=dict(Counter(made.draft.rule.asn_type for made in graph.decision.made)),
        duplicates=sum(each.duplicate_of is not None for each in graph.decision.aside),
        reasons=dict(Counter(each.reason for each in alone)),
        notes=graph.notes,
        listing=listing_of(graph) if settings.listing else [],
        orphans=[(file_names[each.exposure], each.reason) for each in alone] if settings.listing else [],
        leftover=rows_of(pool, [each.exposure for each in alone]) if settings.leftover else None,
        graph=graph if settings.graph else None,
        uuids=graph.uuids if record else [],
        state=state,
        **record,
    )


def record_of(task: Task, rules: RuleSet, checksum: str) -> dict[str, Any]:
    """Return what a run file records of the inputs of a pool."""
    request = _request(task)
    options = {name: value for name, value in asdict(request).items() if value != _DEFAULTS[name]}
    options |= {"with_support": bool(task.options.get("with_support")), "format": task.settings.format_}
    if request.excluded:
        options["excluded"] = sha256(json.dumps(sorted(request.excluded.items())).encode())
    if task.support:
        options["support"] = sha256(repr(task.support).encode("utf-8", "surrogatepass"))
    plain = {name: list(value) if isinstance(value, tuple) else value for name, value in options.items() if value}
    return {"sha256": checksum, "asngraph": __version__, "rules": fingerprint(rules), "options": plain}


def _same_inputs(earlier: Run, record: dict[str, Any]) -> bool:
    """Return whether an earlier run has the version, rules and options of this one."""
    return bool(record) and all(getattr(earlier, name) == record[name] for name in ("asngraph", "rules", "options"))


def _request(task: Task) -> Request:
    return request_of(**{name: value for name, value in task.options.items() if name != "with_support"})


def _can_update(task: Task, rules: RuleSet) -> bool:
    return can_update(_request(task), rules) and not task.support and not task.options.get("with_support")


def _updated(task: Task, earlier: Run, pool: Pool, rules: RuleSet, record: dict[str, Any]) -> Outcome | None:
    """Return the outcome of an update; None where everything is to be decided."""
    before = unpacked_state(earlier.state, pool.name) if _can_update(task, rules) else None
    update = None if before is None else updated(before[0], pool, rules, _request(task))
    if before is None or update is None:
        return None
    format_, old = str(task.settings.format_), before[1]
    graph = AssociationGraph(pool, update.decision, replace(_request(task), part=update.only))
    alone = update.state.orphans + [(each.exposure, each.reason) for each in orphans(graph)]
    alone.sort()
    for each in update.associations:
        if each.earlier < 0:
            update.decision.made[~each.earlier].name = each.name.removesuffix("_asn.json")
    records = list(graph)
    kept = [old[each.earlier] if each.earlier >= 0 else "" for each in update.associations]
    files = [name.removesuffix("json") + format_ for name in kept]
    if any(name and name not in earlier.files for name in files if name != format_):
        return None
    names = [each.name for each in update.associations]
    return Outcome(
        task.position,
        pool.name,
        exposures=len(pool),
        names=names,
        texts=("" if each.earlier >= 0 else records[~each.earlier].text(format_) for each in update.associations),
        types=dict(Counter(_asn_type(rules, each.origin.rule) for each in update.associations)),
        duplicates=len(update.state.duplicates),
        reasons=dict(Counter(reason for _, reason in alone)),
        notes=graph.notes,
        leftover=rows_of(pool, [row for row, _ in alone]) if task.settings.leftover else None,
        uuids=[
            earlier.files[file].uuid if each.earlier >= 0 else graph.uuids[~each.earlier]
            for each, file in zip(update.associations, files, strict=True)
        ],
        kept=kept,
        state=packed_state(replace(update.state, orphans=alone), names),
        **record,
    )


def _asn_type(rules: RuleSet, name: str) -> str:
    rule = rules.named(name)
    return "" if rule is None else rule.asn_type


def packed_rules(rules: RuleSet | Callable[[], RuleSet] | None) -> bytes | None:
    """Return rules, or a function that returns them, pickled for workers; `unpacked_rules` reverses it.

    Raises
    ------
    UsageError
        When the rules cannot be pickled.
    """
    try:
        # With an id of this run: a worker caches rules for one run, since a rule file can change until the next.
        return None if rules is None else pickle.dumps((os.urandom(8), rules))
    except Exception as error:
        raise UsageError(
            f"these rules cannot be sent to workers; give a function that returns them: {error}"
        ) from error


@lru_cache(maxsize=2)
def unpacked_rules(pickled: bytes | None) -> RuleSet:
    """Return the rules that were sent; they are cached for the next pools."""
    if pickled is None:
        return observatory_rules()
    _, made = pickle.loads(pickled)  # noqa: S301 (the sender is trusted)
    return made() if callable(made) else made  # type: ignore[no-any-return]


def pool_of(task: Task) -> tuple[Pool, str]:
    """Return a pool, and the checksum of its file or, without one, of its text."""
    if isinstance(task.pool, Failure):
        raise task.pool.error()
    source = task.pool
    if isinstance(source, str | os.PathLike) and task.settings.pool_format == "ascii":
        source = source_bytes(Path(source))
    if isinstance(source, bytes):
        return Pool.read(io.BytesIO(source), task.settings.delimiter, task.name), sha256(source)
    pool = task.settings.read(source)
    return pool, "" if task.settings.format_ is None else sha256(pool.text().encode())


def listing_of(graph: AssociationGraph) -> list[str]:
    """Return a line for each association, which begins with its name.

    Parameters
    ----------
    graph : AssociationGraph
        The graph.
    """
    return [
        f"{each.file_name}  {each['asn_rule']}, {len(each.members)} members, {each['products'][0]['name']}"
        for each in graph
    ]


def rows_of(pool: Pool, rows: list[int]) -> dict[str, list[str]]:
    """Return the columns of some rows of a pool.

    Parameters
    ----------
    pool : Pool
        The pool.
    rows : list of int
        The rows.
    """
    left = pool.take(rows)
    return {name: list(column) for name, column in left.columns.items()}
