"""Running tasks in processes of this machine."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import BrokenExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from asngraph.execution.streaming import flow

# multiprocessing is imported when processes are started: it is not needed for work in one process.
if TYPE_CHECKING:
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing.connection import Connection

T = TypeVar("T")
R = TypeVar("R")


def in_processes(
    work: Callable[[T], R], tasks: Iterable[T], lost: Callable[[T, Exception], R], workers: int
) -> Generator[R]:
    """Run tasks in processes, and yield the results as `asngraph.execution.executors.run_tasks` does.

    When a process dies, Python abandons its whole executor without naming the task. The tasks in progress are therefore
    run again, each in a process of its own, and only a task that kills its process again is lost.
    """
    waiting = iter(tasks)
    again = True
    while again:
        # Two for each worker: one in progress and one queued.
        with _executor(workers) as executor:
            suspects = yield from flow(executor, work, waiting, lost, lambda: 2 * workers)
        for task in suspects:
            yield _in_own_process(work, task, lost)
        again = bool(suspects)


@contextmanager
def _executor(workers: int) -> Iterator[ProcessPoolExecutor]:
    """Yield an executor whose processes end at once when it is interrupted or closed."""
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor

    # A forked process would inherit the locks of threads that it does not have, such as that of a progress bar.
    context = multiprocessing.get_context("spawn")
    wanted, asking = context.Pipe(duplex=False)
    with wanted, asking, ProcessPoolExecutor(workers, context, _prepare, (wanted,)) as executor:
        try:
            yield executor
        except BaseException:
            asking.close()
            _stop_sending(executor)
            raise
        if executor._broken:
            _stop_sending(executor)


def _stop_sending(executor: ProcessPoolExecutor) -> None:
    """Close the pipe of the tasks: Python before 3.11.5 waits for ever for one that no process will take (gh-94777)."""
    tasks = getattr(executor, "_call_queue", None)
    if sys.version_info < (3, 11, 5) and tasks is not None:
        tasks._reader.close()


def _in_own_process(work: Callable[[T], R], task: T, lost: Callable[[T, Exception], R]) -> R:
    with _executor(1) as executor:
        try:
            return executor.submit(work, task).result()
        except BrokenExecutor:
            return lost(task, ChildProcessError("its process died twice: killed, or out of memory?"))
        except Exception as error:
            return lost(task, error)


def _prepare(wanted: Connection) -> None:
    """Make a worker end silently when it is interrupted, and when its parent ends or closes a pipe.

    Parameters
    ----------
    wanted : Connection
        The worker's end of the pipe; reading it fails when the other end is closed.
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
