"""The workers of a Dask cluster."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, TypeVar

from asngraph._version import __version__
from asngraph.errors import AsnGraphError, InsecureAddressError, UsageError
from asngraph.execution.streaming import flow
from asngraph.util.extras import needed

if TYPE_CHECKING:
    from distributed import Client

T = TypeVar("T")
R = TypeVar("R")

# Seconds: until a scheduler answers, until it has a worker, and how old its number of workers may be.
_ANSWER, _FIRST_WORKER, _FRESH = 10.0, 60.0, 5.0


def on_cluster(
    work: Callable[[T], R],
    tasks: Iterable[T],
    lost: Callable[[T, Exception], R],
    address: str,
    *,
    insecure: bool = False,
) -> Generator[R]:
    """Do tasks on the workers of a Dask scheduler, as `asngraph.execution.executors.spread` says.

    What a worker had when it died the scheduler gives to another; a task with which several die is lost.

    Raises
    ------
    UsageError
        When the address is none, or not safe.
    MissingExtraError
        When Dask is not installed.
    AsnGraphError
        When no scheduler answers, or it has no worker.
    """
    check_address(address, insecure=insecure)
    with needed("dask", "clusters are reached by Dask"):
        import distributed  # noqa: F401
    return _results(work, tasks, lost, address)


def check_address(address: str, *, insecure: bool) -> None:
    """Refuse an address that is none, or that is not safe unless that was said aloud.

    Raises
    ------
    UsageError
        When it is refused.

    Examples
    --------
    >>> check_address("tls://scheduler:8786", insecure=False)
    """
    scheme, found, place = address.partition("://")
    if not found or not place or scheme not in ("tls", "tcp"):
        raise UsageError(f"{address!r} is no address of a scheduler; it looks like tls://HOST:PORT")
    if scheme == "tcp" and not insecure:
        raise InsecureAddressError(
            f"{address} is not encrypted, and whoever reaches it can run programs on its workers; use tls://"
        )


def _results(
    work: Callable[[T], R], tasks: Iterable[T], lost: Callable[[T, Exception], R], address: str
) -> Generator[R]:
    with _connected(address) as client:
        _check_versions(client, address)
        # Not pure: Dask would read every pool through to see whether it had it before.
        yield from flow(client.get_executor(pure=False), work, iter(tasks), lost, _Room(client, address))


@contextmanager
def _connected(address: str) -> Iterator[Client]:
    import dask

    # Pools are sent as they are, which is what Dask warns of; where a worker dies, they are needed again.
    with dask.config.set({"distributed.admin.large-graph-warning-threshold": "1 TiB"}), _quiet():
        try:
            client = _client(address)
        except AsnGraphError:
            raise
        except Exception as error:
            raise AsnGraphError(f"{address}: no Dask scheduler can be reached there: {error}") from error
        try:
            yield client
        finally:
            client.close()


def _client(address: str) -> Client:
    """Connect to a scheduler; Dask's own limit of time does not hold for who listens and never says a word."""
    from distributed import Client, Security

    if address.startswith("tls://") and Security().get_connection_args("client")["ssl_context"] is None:
        raise UsageError(
            f"{address}: there are no certificates; name them in Dask's configuration: distributed.comm.tls.ca-file, "
            "distributed.comm.tls.client.cert and distributed.comm.tls.client.key"
        )
    answer: SimpleQueue[Client | Exception] = SimpleQueue()

    def connect() -> None:
        try:
            answer.put(Client(address, timeout=_ANSWER, set_as_default=False))
        except Exception as error:
            answer.put(error)

    threading.Thread(target=connect, daemon=True).start()
    try:
        client = answer.get(timeout=_ANSWER + 2)
    except Empty:
        raise TimeoutError("somebody listens and does not answer") from None
    if isinstance(client, Exception):
        raise client
    return client


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep Dask from logging, with tracebacks, what is told as an error here."""
    loggers = [logging.getLogger(name) for name in ("distributed", "distributed.client")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


def _check_versions(client: Client, address: str) -> None:
    """Wait for a worker. One with another asngraph would make other associations; the scheduler opens tasks too."""
    from distributed import TimeoutError as TooLong

    try:
        client.wait_for_workers(1, timeout=_FIRST_WORKER)
        versions = client.run(_version) | {address: client.run_on_scheduler(_version)}
    except TooLong:
        raise AsnGraphError(f"{address}: the scheduler has no worker; start some with `dask worker`") from None
    except Exception as error:
        raise AsnGraphError(
            f"{address}: asngraph cannot be loaded on the scheduler and its workers: {error}"
        ) from error
    others = sorted(worker for worker, version in versions.items() if version != __version__)
    if others:
        raise AsnGraphError(
            f"{others[0]} has asngraph {versions[others[0]]}, and here it is {__version__}; install the same on both"
        )


def _version() -> str:
    return __version__


class _Room:
    """How many tasks the workers can be given: two for each thread, now and then counted anew."""

    def __init__(self, client: Client, address: str) -> None:
        self._client, self._address = client, address
        self._threads, self._counted, self._seen = 0, -_FRESH, time.monotonic()

    def __call__(self) -> int:
        now = time.monotonic()
        if now - self._counted >= _FRESH:
            self._counted = now
            self._threads = self._count()
            if self._threads:
                self._seen = now
            elif now - self._seen > _FIRST_WORKER:
                raise AsnGraphError(f"{self._address}: the scheduler has lost all workers")
        return 2 * max(1, self._threads)

    def _count(self) -> int:
        try:
            threads: dict[str, Any] = self._client.nthreads()
        except Exception as error:
            raise AsnGraphError(f"{self._address}: the scheduler went away: {error}") from error
        return sum(threads.values())
