"""The flow of tasks to an executor, and of results from it."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait
from itertools import islice
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")

# How often it is asked anew how many workers there are, in seconds.
_PULSE = 5.0


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
        As `asngraph.execution.executors.spread` has them.
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
