"""What goes to a worker and what comes back: texts and numbers, and no graph."""

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
from asngraph.graph.orphans import Orphan, orphans
from asngraph.graph.support_files import Support
from asngraph.model.pool import Pool
from asngraph.model.pool_text import source_bytes
from asngraph.rules.observatory import observatory_rules
from asngraph.rules.rule import RuleSet

Source: TypeAlias = str | os.PathLike[str] | Pool


class Failure(NamedTuple):
    """Why a pool came to nothing.

    Parameters
    ----------
    message : str
        What is wrong, in one line.
    usage : bool
        Whether it is wrong with what was given, rather than with the work.
    trace : str
        Where in the code it was, if nobody expected it.
    """

    message: str
    usage: bool = False
    trace: str = ""

    def error(self) -> AsnGraphError:
        """Return it as an error to raise."""
        return UsageError(self.message) if self.usage else AsnGraphError(self.message)


@dataclass(frozen=True)
class Settings:
    """How pools are read, and what is wanted of them.

    Parameters
    ----------
    delimiter : str
        The character between the cells of a pool.
    pool_format : str
        The format of pools that are files: ``ascii``, or another that astropy reads.
    format_ : str, optional
        ``json`` or ``yaml``; with None associations are counted and no texts are made.
    listing : bool
        Whether every association and every orphan is to be told.
    leftover : bool
        Whether the rows of the orphans are wanted.
    """

    delimiter: str = "|"
    pool_format: str = "ascii"
    format_: str | None = "json"
    listing: bool = False
    leftover: bool = False

    def read(self, pool: Source) -> Pool:
        """Read a pool, unless it is one."""
        if isinstance(pool, Pool):
            return pool
        return Pool.read(pool, self.delimiter) if self.pool_format == "ascii" else Pool.read_as(pool, self.pool_format)


@dataclass(frozen=True)
class Task:
    """A pool to decide.

    Parameters
    ----------
    position : int
        Its place among the pools.
    pool : path, Pool, bytes or Failure
        Where it is, or itself; where it is worked far away, what is in the file, or why that could not be read.
    settings : Settings
        How to read it, and what is wanted.
    rules : RuleSet or bytes, optional
        The rules, by default those of the observatory. Far away they are pickled, or what makes them: if they cannot be
        had again there, that is a pool's failure and not the worker's end.
    support : list of Support, optional
        Files that serve its exposures.
    options : mapping
        What else is asked of `asngraph.generate`.
    name : str
        Its name.
    version : str
        The version of asngraph that asks.
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
    """What became of a pool.

    Parameters
    ----------
    position : int
        Its place among the pools.
    pool : str
        Its name.
    failure : Failure, optional
        Why there is nothing else.
    exposures : int
        How many it has.
    names : list of str
        The names of its associations' files, as JSON.
    texts : iterable of str
        The texts of the files, in the format that was wanted; it can be gone through once.
    types : dict of str to int
        How many associations there are of each type.
    duplicates : int
        How many were set aside as duplicates.
    reasons : dict of str to int
        Why exposures are in no association, and how many.
    notes : list of str
        What is odd about the pool, or about what was asked for.
    listing : list of str
        A line for each association, if wanted.
    orphans : list of (str, str)
        The file name of each exposure that is in no association, and why; if wanted.
    leftover : dict of str to list of str, optional
        The columns of the orphans' rows, if wanted.
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
    """Decide a pool; whatever goes wrong is told, and the work goes on."""
    try:
        return _decided(task)
    except Exception as error:
        return lost(task, error)


def packed(task: Task, rules: bytes | None) -> Task:
    """Put into a task what it is about, so that it can be worked far away; a text is still to be read there."""
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
    """Decide a packed pool far away: all texts are made there, and no graph is kept for them."""
    try:
        outcome = _decided(task)
        return replace(outcome, texts=list(outcome.texts))
    except Exception as error:
        return lost(task, error)


def name_of(pool: Source) -> str:
    """Name a pool as it will name itself."""
    return pool.name if isinstance(pool, Pool) else PurePath(pool).name


def lost(task: Task, error: Exception) -> Outcome:
    """Make an outcome of an error that came in place of one."""
    if isinstance(error, AsnGraphError):
        return Outcome(task.position, task.name, Failure(str(error), isinstance(error, UsageError)))
    trace = "".join(traceback.format_exception(error))
    return Outcome(task.position, task.name, Failure(f"{task.name}: {type(error).__name__}: {error}", trace=trace))


def _decided(task: Task) -> Outcome:
    if task.version != __version__:
        raise AsnGraphError(
            f"{task.name}: asngraph {task.version} asks, and the worker has {__version__}; install the same on both"
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
        listing=_listing(graph) if settings.listing else [],
        orphans=[(file_names[each.exposure], each.reason) for each in alone] if settings.listing else [],
        leftover=_rows(pool, alone) if settings.leftover else None,
    )


def packed_rules(rules: RuleSet | Callable[[], RuleSet] | None) -> bytes | None:
    """Write rules, or a function that makes them, so that they can be sent; `unpacked_rules` has them again.

    Raises
    ------
    UsageError
        When they cannot be sent.
    """
    try:
        # With a mark of this run: a worker keeps rules for a run, and a rule file may be another in the next.
        return None if rules is None else pickle.dumps((os.urandom(8), rules))
    except Exception as error:
        raise UsageError(f"these rules cannot be sent to workers; give a function that makes them: {error}") from error


@lru_cache(maxsize=2)
def unpacked_rules(pickled: bytes | None) -> RuleSet:
    """Return the rules that were sent; of many pools, all but the first find them made."""
    if pickled is None:
        return observatory_rules()
    _, made = pickle.loads(pickled)  # noqa: S301 (who sends work is trusted)
    return made() if callable(made) else made  # type: ignore[no-any-return]


def _pool(task: Task) -> Pool:
    if isinstance(task.pool, Failure):
        raise task.pool.error()
    if isinstance(task.pool, bytes):
        return Pool.read(io.BytesIO(task.pool), task.settings.delimiter, task.name)
    return task.settings.read(task.pool)


def _listing(graph: AssociationGraph) -> list[str]:
    return [
        f"{each.file_name}  {each['asn_rule']}, {len(each.members)} members, {each['products'][0]['name']}"
        for each in graph
    ]


def _rows(pool: Pool, alone: list[Orphan]) -> dict[str, list[str]]:
    left = pool.take([each.exposure for each in alone])
    return {name: list(column) for name, column in left.columns.items()}
