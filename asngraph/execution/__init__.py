"""Many pools: one after the other, on several cores, or on the machines of a Dask cluster.

Every pool is decided by itself, so pools are what is spread. To a worker goes the text of a pool, and back come the
texts of its association files and what there is to count; graphs do not travel. No more pools are under way than keep
the workers busy, so that memory does not grow with their number.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Sequence
from typing import Any

from asngraph.execution.executors import spread
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
    **options: Any,
) -> Generator[Outcome]:
    """Decide many pools, each by itself. Whoever does not take all of them closes what is returned.

    Parameters
    ----------
    pools : sequence of path or Pool
        The pools; ``-`` is standard input.
    workers : int
        How many processes work; one is this process itself.
    scheduler : str, optional
        The address of a Dask scheduler whose workers are to work: ``tls://HOST:PORT``. Certificates are those of Dask's
        configuration.
    insecure : bool
        Whether the scheduler may be a ``tcp://`` one: it sends everything in the clear, and runs what anyone sends it.
    settings : Settings, optional
        How pools are read, and what is wanted of them.
    rules : RuleSet or function, optional
        The rules, or what makes them, here and on each worker; by default those of the observatory. Rules of a rule
        file can hold functions, which cannot be sent: a function that reads the file can.
    support : path, optional
        A table of files that serve exposures of any of the pools. For it all pools are read once more, at the start.
    **options
        What else `asngraph.generate` takes.

    Yields
    ------
    Outcome
        One for each pool, in the order in which they are done; `Outcome.position` is the pool's place among `pools`. A
        pool that fails does not stop the others.

    Raises
    ------
    UsageError
        When the address is none, or is not safe; when the support table is wrong, or the rules cannot be sent.
    AsnGraphError
        When no scheduler answers, it has no workers, or loses all of them.

    Examples
    --------
    >>> from asngraph import simulate
    >>> pools = [simulate(5, ["nircam-imaging"], seed=seed, name=f"{seed}.csv") for seed in (1, 2)]
    >>> [(outcome.pool, len(outcome.names), len(list(outcome.texts))) for outcome in generate_many(pools)]
    [('1.csv', 7, 7), ('2.csv', 7, 7)]
    """
    settings = settings or Settings()
    pools = [settings.read(pool) if is_stream(pool) else pool for pool in pools]
    loaded = rules() if callable(rules) else observatory_rules() if rules is None else rules
    serving: Sequence[list[Support] | None] = [None] * len(pools)
    if support is not None:
        serving = read_support_of(support, (settings.read(pool) for pool in pools))

    tasks = (
        Task(position, pool, settings, loaded, served, options, name_of(pool))
        for position, (pool, served) in enumerate(zip(pools, serving, strict=True))
    )
    workers = min(workers, len(pools))
    if workers <= 1 and scheduler is None:
        return (outcome_of(task) for task in tasks)
    pickled = packed_rules(rules)
    sent = (packed(task, pickled) for task in tasks)
    return spread(sent_outcome_of, sent, lost, workers=workers, scheduler=scheduler, insecure=insecure)
