"""Tasks for workers, and their outcomes: texts and numbers, not graphs."""

from __future__ import annotations

import io
import os
import pickle
import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path, PurePath
from typing import Any, NamedTuple, TypeAlias

from asngraph._version import __version__
from asngraph.errors import AsnGraphError, UsageError
from asngraph.graph.association_graph import AssociationGraph, generate
from asngraph.graph.orphans import orphans
from asngraph.graph.support_files import Support
from asngraph.model.pool import Pool
from asngraph.model.pool_text import source_bytes
from asngraph.rules.observatory import observatory_rules
from asngraph.rules.rule import RuleSet

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
    """

    delimiter: str = "|"
    pool_format: str = "ascii"
    format_: str | None = "json"
    listing: bool = False
    leftover: bool = False

    def read(self, pool: Source) -> Pool:
        """Return a pool, read from a file if it is not a `Pool` already."""
        if isinstance(pool, Pool):
            return pool
        return Pool.read(pool, self.delimiter) if self.pool_format == "ascii" else Pool.read_as(pool, self.pool_format)


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
            pool = _pool(task)
    except UsageError as error:
        pool = Failure(str(error), usage=True)
    return replace(task, pool=pool, rules=rules)


def sent_outcome_of(task: Task) -> Outcome:
    """Return the outcome of a packed task, with all texts made, so that no graph is kept."""
    try:
        outcome = _decided(task)
        return replace(outcome, texts=list(outcome.texts))
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
    pool, settings = _pool(task), task.settings
    rules = task.rules if isinstance(task.rules, RuleSet) else unpacked_rules(task.rules)
    graph = generate(pool, rules=rules, support=task.support, **task.options)
    alone, file_names = orphans(graph), pool["filename"]
    return Outcome(
        task.position,
        pool.name,
        exposures=len(pool),
        names=graph.file_names,
        texts=() if settings.format_ is None else (each.text(settings.format_) for each in graph),
        types=dict(Counter(made.draft.rule.asn_type for made in graph.decision.made)),
        duplicates=sum(each.duplicate_of is not None for each in graph.decision.aside),
        reasons=dict(Counter(each.reason for each in alone)),
        notes=graph.notes,
        listing=listing_of(graph) if settings.listing else [],
        orphans=[(file_names[each.exposure], each.reason) for each in alone] if settings.listing else [],
        leftover=rows_of(pool, [each.exposure for each in alone]) if settings.leftover else None,
    )


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


def _pool(task: Task) -> Pool:
    if isinstance(task.pool, Failure):
        raise task.pool.error()
    if isinstance(task.pool, bytes):
        return Pool.read(io.BytesIO(task.pool), task.settings.delimiter, task.name)
    return task.settings.read(task.pool)


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
