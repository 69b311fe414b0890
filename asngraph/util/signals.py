"""Signals: a clean end on those that can be caught, and none in the middle of replacing files."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from types import FrameType

# The signals with which people, shells and batch systems end a program.
CATCHABLE = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))


class Ended(SystemExit):
    """Exception raised in the main thread when a signal ends the process; the exit code is 128 plus its number.

    Parameters
    ----------
    number : int
        The number of the signal.
    """

    def __init__(self, number: int) -> None:
        super().__init__(128 + number)
        self.number = number


@contextmanager
def ending() -> Iterator[None]:
    """Raise `Ended` on SIGTERM and SIGHUP in this context, so that files are closed and temporary files removed.

    A signal that is ignored (`nohup` does that with SIGHUP) or already has a handler is left as it is. SIGINT raises
    Python's KeyboardInterrupt.

    Raises
    ------
    Ended
        When a signal comes, after a line about it on standard error.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    with ExitStack() as restored:
        for number in CATCHABLE:
            if number != signal.SIGINT and signal.getsignal(number) is signal.SIG_DFL:
                restored.callback(signal.signal, number, signal.SIG_DFL)
                signal.signal(number, _end)
        try:
            yield
        except KeyboardInterrupt:  # a second one, while the first is reported
            sys.exit(1)
        except Ended as ended:
            restored.pop_all()  # a second signal must not interrupt the end
            for number in CATCHABLE:
                signal.signal(number, signal.SIG_IGN)
            with suppress(OSError, ValueError):  # the terminal may be gone
                sys.stderr.write(f"asngraph: error: ended by {signal.Signals(ended.number).name}\n")
                sys.stderr.flush()
            raise


def _end(number: int, _: FrameType | None) -> None:
    raise Ended(number)


@contextmanager
def deferred() -> Iterator[None]:
    """Defer signals in this context, which should last a few milliseconds; they take effect at its end.

    Python handles signals only in the main thread, so other threads have nothing to defer.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    held: list[int] = []
    with ExitStack() as restored:
        restored.callback(_raise_all, held)  # when all handlers are back
        for number in CATCHABLE:
            before = signal.getsignal(number)
            if before is not None and before is not signal.SIG_IGN:
                restored.callback(signal.signal, number, before)
                signal.signal(number, lambda number, _: held.append(number))
        yield


def _raise_all(held: list[int]) -> None:
    for number in held:
        signal.raise_signal(number)
