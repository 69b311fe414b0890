"""Spreading work over processes or over a Dask cluster, with one flow of tasks and results for both."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from typing import TypeVar

from asngraph.execution.dask_cluster import on_cluster
from asngraph.execution.processes import in_processes

T = TypeVar("T")
R = TypeVar("R")


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
        return on_cluster(work, tasks, lost, scheduler, insecure=insecure)
    return in_processes(work, tasks, lost, workers)
