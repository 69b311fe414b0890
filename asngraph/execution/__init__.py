"""Associations of many pools: in one process, on several cores, or on a Dask cluster.

Pools are independent, and each is one task. A worker receives the text of a pool, and returns the texts of its
association files and their counts; graphs are not sent. Only as many pools are in progress as keep the workers busy, so
that memory does not grow with the number of pools.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Mapping, Sequence
from typing import Any

from asngraph.execution.divided import divided_outcome_of
from asngraph.execution.executors import run_tasks
from asngraph.execution.tasks import (
    Failure,
    Outcome,
    Settings,
    Source,
    Task,
    lost,
    name_of,
    outcome_of,
    packed,
    packed_rules,
    sent_outcome_of,
)
from asngraph.graph.support_files import Support, read_support_of
from asngraph.model.run_file import Run
from asngraph.rules.observatory import observatory_rules
from asngraph.rules.rule import RuleSet
from asngraph.util.limits import is_stream

__all__ = ["Failure", "Outcome", "Settings", "generate_many"]


def generate_many(
    pools: Sequence[Source],
    *,
    workers: int = 1,
    scheduler: str | None = None,
    insecure: bool = False,
    settings: Settings | None = None,
    rules: RuleSet | Callable[[], RuleSet] | None = None,
    support: str | os.PathLike[str] | None = None,
    earlier: Mapping[str, Run] | None = None,
    **options: Any,
) -> Generator[Outcome]:
    """Make the associations of many pools, each independently. Close the generator if not all results are used.

    Parameters
    ----------
    pools : sequence of path or Pool
        The pools; ``-`` is standard input.
    workers : int
        The number of processes; with 1 this process does the work. A single large pool is divided over them, where its
        exposures can be (`asngraph.engine.division`).
    scheduler : str, optional
        The address of a Dask scheduler whose workers do the work: ``tls://HOST:PORT``. Certificates are those of Dask's
        configuration.
    insecure : bool
        Whether the scheduler may be a ``tcp://`` one: it is not encrypted, and runs the code of anyone who can reach
        it.
    settings : Settings, optional
        How pools are read, and which results are returned.
    rules : RuleSet or function, optional
        The rules, or a function that returns them, which is called here and on each worker; by default the
        observatory's rules. Rules of a rule file can contain functions, which cannot be sent; a function that reads the
        file can.
    support : path, optional
        A table of support files of the exposures of all pools. With it all pools are read a first time at the start.
    earlier : mapping of str to Run, optional
        The last run of each pool, by its name: only what can differ from it is decided (`Outcome.kept`).
    **options
        Other options of `asngraph.generate`.

    Yields
    ------
    Outcome
        One for each pool, in the order of completion; `Outcome.position` is the pool's place among `pools`. A pool that
        fails does not stop the others.

    Raises
    ------
    UsageError
        When the address is invalid or not encrypted, the support table is wrong, or the rules cannot be sent.
    AsnGraphError
        When no scheduler answers, or it has no workers or loses all of them.

    Examples
    --------
    >>> from asngraph import simulate
    >>> pools = [simulate(5, ["nircam-imaging"], seed=seed, name=f"{seed}.csv") for seed in (1, 2)]
    >>> [(outcome.pool, len(outcome.names), len(list(outcome.texts))) for outcome in generate_many(pools)]
    [('1.csv', 7, 7), ('2.csv', 7, 7)]
    """
    settings = settings or Settings()

    def local(pool: Source) -> Source:
        return settings.read(pool) if is_stream(pool) else pool  # a worker's standard input is another

    loaded = rules() if callable(rules) else observatory_rules() if rules is None else rules
    serving: Sequence[list[Support] | None] = [None] * len(pools)
    if support is not None:
        pools = [local(pool) for pool in pools]
        serving = read_support_of(support, (settings.read(pool) for pool in pools))

    last = earlier or {}
    tasks = (
        Task(position, pool, settings, loaded, served, options, name_of(pool), last.get(name_of(pool)))
        for position, (pool, served) in enumerate(zip(map(local, pools), serving, strict=True))
    )
    if workers > 1 and len(pools) == 1 and scheduler is None:
        return (divided_outcome_of(task, loaded, rules, workers) for task in tasks)
    workers = min(workers, len(pools))
    if workers <= 1 and scheduler is None:
        return (outcome_of(task) for task in tasks)
    pickled = packed_rules(rules)
    sent = (packed(task, pickled) for task in tasks)
    return run_tasks(sent_outcome_of, sent, lost, workers=workers, scheduler=scheduler, insecure=insecure)
