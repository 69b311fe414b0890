"""Processes of this machine."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import BrokenExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from asngraph.execution.streaming import flow

# multiprocessing is imported when processes are started: whoever works in one process does not need it.
if TYPE_CHECKING:
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing.connection import Connection

T = TypeVar("T")
R = TypeVar("R")


def in_processes(
    work: Callable[[T], R], tasks: Iterable[T], lost: Callable[[T, Exception], R], workers: int
) -> Generator[R]:
    """Do tasks in processes, as `asngraph.execution.executors.spread` says.

    When a process dies, Python gives up all of its executor and cannot say whose fault it was. So what was under way is
    done again, each task in a process of its own, and only one that kills its process again is lost.
    """
    waiting = iter(tasks)
    again = True
    while again:
        # Two for each worker: one that is worked, and one that waits, so that none idles.
        with _executor(workers) as executor:
            suspects = yield from flow(executor, work, waiting, lost, lambda: 2 * workers)
        for task in suspects:
            yield _alone(work, task, lost)
        again = bool(suspects)


@contextmanager
def _executor(workers: int) -> Iterator[ProcessPoolExecutor]:
    """Have processes work; when this is interrupted or closed, they end at once, whatever they are doing."""
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor

    # A forked process would take over the locks of threads that it does not have, such as that of a progress bar.
    context = multiprocessing.get_context("spawn")
    wanted, asking = context.Pipe(duplex=False)
    with wanted, asking, ProcessPoolExecutor(workers, context, _prepare, (wanted,)) as executor:
        try:
            yield executor
        except BaseException:
            asking.close()
            raise


def _alone(work: Callable[[T], R], task: T, lost: Callable[[T, Exception], R]) -> R:
    with _executor(1) as executor:
        try:
            return executor.submit(work, task).result()
        except BrokenExecutor:
            return lost(task, ChildProcessError("the process that worked it died, twice: killed, or out of memory?"))
        except Exception as error:
            return lost(task, error)


def _prepare(wanted: Connection) -> None:
    """Make a worker end when it is interrupted, without a word, and when the process that asked ends or closes a pipe.

    Parameters
    ----------
    wanted : Connection
        The end of the pipe at which it is seen that the other is closed.
    """
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    threading.Thread(target=_end_when_unwanted, args=(wanted,), daemon=True).start()


def _end_when_unwanted(wanted: Connection) -> None:
    from multiprocessing import parent_process
    from multiprocessing.connection import wait

    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel, wanted])
        os._exit(1)
