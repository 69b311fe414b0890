"""Running tasks in processes or on a Dask cluster."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from typing import TypeVar

from asngraph.execution.dask_cluster import on_cluster
from asngraph.execution.processes import in_processes

T = TypeVar("T")
R = TypeVar("R")


def run_tasks(
    work: Callable[[T], R],
    tasks: Iterable[T],
    lost: Callable[[T, Exception], R],
    *,
    workers: int,
    scheduler: str | None = None,
    insecure: bool = False,
) -> Generator[R]:
    """Run tasks in parallel, and yield the results in the order of completion.

    Parameters
    ----------
    work : function
        The function of a task; workers must be able to import it.
    tasks : iterable
        The tasks; they are taken as workers become free.
    lost : function
        A function that returns a result for a task that failed, from the task and its error.
    workers : int
        The number of processes on this machine.
    scheduler : str, optional
        The address of a Dask scheduler whose workers run the tasks instead.
    insecure : bool
        Whether the scheduler's address may be ``tcp://``.

    Yields
    ------
    object
        The results of `work`, or of `lost`.
    """
    if scheduler is not None:
        return on_cluster(work, tasks, lost, scheduler, insecure=insecure)
    return in_processes(work, tasks, lost, workers)


spread = run_tasks  # the earlier name, for one release
