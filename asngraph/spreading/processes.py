"""Processes of this machine."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import TypeVar

from asngraph.spreading.executors import flow

T = TypeVar("T")
R = TypeVar("R")


def in_processes(
    work: Callable[[T], R], tasks: Iterable[T], lost: Callable[[T, Exception], R], workers: int
) -> Iterator[R]:
    """Do tasks in processes, as `asngraph.spreading.executors.spread` says.

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


def _executor(workers: int) -> ProcessPoolExecutor:
    # A forked process would take over the locks of threads that it does not have, such as that of a progress bar.
    return ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"), _prepare)


def _alone(work: Callable[[T], R], task: T, lost: Callable[[T, Exception], R]) -> R:
    with _executor(1) as executor:
        try:
            return executor.submit(work, task).result()
        except BrokenProcessPool:
            return lost(task, ChildProcessError("the process that worked it died, twice: killed, or out of memory?"))
        except Exception as error:
            return lost(task, error)


def _prepare() -> None:
    """Make a worker end when it is interrupted, without a word, and when the process that asked ends."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
