"""Spreading work over processes or over a Dask cluster, with one flow of tasks and results for both."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait
from itertools import islice
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")

# How often it is asked anew how many workers there are, in seconds.
_PULSE = 5.0


def spread(
    work: Callable[[T], R],
    tasks: Iterable[T],
    lost: Callable[[T, Exception], R],
    *,
    workers: int,
    scheduler: str | None = None,
    insecure: bool = False,
) -> Generator[R]:
    """Do tasks, and yield the results in the order in which they are done.

    Parameters
    ----------
    work : function
        What is done with a task, a function of a module that workers can import.
    tasks : iterable
        The tasks; they are taken when there is room for them.
    lost : function
        What makes a result of a task and an error that came in place of one.
    workers : int
        How many processes of this machine work.
    scheduler : str, optional
        The address of a Dask scheduler whose workers work instead.
    insecure : bool
        Whether the scheduler may be a ``tcp://`` one.
    """
    if scheduler is not None:
        from asngraph.execution.dask_cluster import on_cluster

        return on_cluster(work, tasks, lost, scheduler, insecure=insecure)
    from asngraph.execution.processes import in_processes

    return in_processes(work, tasks, lost, workers)


def flow(
    executor: Executor,
    work: Callable[[T], R],
    tasks: Iterator[T],
    lost: Callable[[T, Exception], R],
    room: Callable[[], int],
) -> Generator[R, None, list[T]]:
    """Keep an executor busy, and yield results as they come.

    When this is closed, or an exception comes, tasks are under way still: whoever has the executor ends them.

    Parameters
    ----------
    executor : concurrent.futures.Executor
        What works.
    work, lost : function
        As `spread` has them.
    tasks : iterator
        The tasks.
    room : function
        Says how many tasks may be under way, done ones that were not yet yielded included.

    Returns
    -------
    list
        The tasks that were under way when the executor broke; none if it did not.
    """
    under_way: dict[Future[R], T] = {}
    broken: list[T] = []
    while not broken:
        for task in islice(tasks, max(0, room() - len(under_way))):
            try:
                under_way[executor.submit(work, task)] = task
            except BrokenExecutor:
                broken.append(task)
                break
        if not under_way:
            break
        for future in wait(under_way, _PULSE, FIRST_COMPLETED).done:
            task = under_way.pop(future)
            try:
                result = future.result()
            except BrokenExecutor:
                broken.append(task)
                continue
            except Exception as error:
                result = lost(task, error)
            yield result
    return broken + list(under_way.values())
