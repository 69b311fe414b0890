"""Streaming of tasks to an executor, and of results from it."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait
from itertools import islice
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")

# The interval at which the capacity is updated, in seconds.
_PULSE = 5.0


def flow(
    executor: Executor,
    work: Callable[[T], R],
    tasks: Iterator[T],
    lost: Callable[[T, Exception], R],
    room: Callable[[], int],
) -> Generator[R, None, list[T]]:
    """Keep an executor busy, and yield results as they come.

    When the generator is closed, or an exception is raised, tasks may still be in progress; the owner of the executor
    ends them.

    Parameters
    ----------
    executor : concurrent.futures.Executor
        The executor.
    work, lost : function
        As in `asngraph.execution.executors.run_tasks`.
    tasks : iterator
        The tasks.
    room : function
        Returns the maximum number of submitted tasks, including finished ones that were not yielded yet.

    Returns
    -------
    list
        The tasks that were in progress when the executor broke; empty if it did not.
    """
    in_progress: dict[Future[R], T] = {}
    broken: list[T] = []
    while not broken:
        for task in islice(tasks, max(0, room() - len(in_progress))):
            try:
                in_progress[executor.submit(work, task)] = task
            except BrokenExecutor:
                broken.append(task)
                break
        if not in_progress:
            break
        for future in wait(in_progress, _PULSE, FIRST_COMPLETED).done:
            task = in_progress.pop(future)
            try:
                result = future.result()
            except BrokenExecutor:
                broken.append(task)
                continue
            except Exception as error:
                result = lost(task, error)
            yield result
    return broken + list(in_progress.values())
