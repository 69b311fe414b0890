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

# Timeouts in seconds: for the scheduler's answer, for its first worker, and for recounting the workers.
_ANSWER, _FIRST_WORKER, _FRESH = 10.0, 60.0, 5.0


def on_cluster(
    work: Callable[[T], R],
    tasks: Iterable[T],
    lost: Callable[[T, Exception], R],
    address: str,
    *,
    insecure: bool = False,
) -> Generator[R]:
    """Run tasks on the workers of a Dask scheduler, and yield the results in the order of completion.

    The parameters are those of `asngraph.execution.executors.run_tasks`.

    The tasks of a worker that dies go to another; a task with which several workers die is lost.

    Raises
    ------
    UsageError
        When the address is invalid or not encrypted.
    MissingExtraError
        When Dask is not installed.
    AsnGraphError
        When no scheduler answers, or it has no workers.
    """
    check_address(address, insecure=insecure)
    with needed("dask", "Dask runs tasks on clusters"):
        import distributed  # noqa: F401
    return _results(work, tasks, lost, address)


def check_address(address: str, *, insecure: bool) -> None:
    """Check the address of a scheduler.

    Parameters
    ----------
    address : str
        The address.
    insecure : bool
        Whether a ``tcp://`` address is allowed.

    Raises
    ------
    UsageError
        When the address is invalid, or not encrypted and `insecure` is false.

    Examples
    --------
    >>> check_address("tls://scheduler:8786", insecure=False)
    """
    scheme, found, place = address.partition("://")
    if not found or not place or scheme not in ("tls", "tcp"):
        raise UsageError(f"invalid scheduler address {address!r}; use tls://HOST:PORT")
    if scheme == "tcp" and not insecure:
        raise InsecureAddressError(
            f"{address} is not encrypted, and anyone who can reach it can run programs on its workers; use tls://"
        )


def _results(
    work: Callable[[T], R], tasks: Iterable[T], lost: Callable[[T, Exception], R], address: str
) -> Generator[R]:
    with _connected(address) as client:
        _check_versions(client, address)
        # Not pure: else Dask would hash every pool to find repeated tasks.
        yield from flow(client.get_executor(pure=False), work, iter(tasks), lost, _Capacity(client, address))


@contextmanager
def _connected(address: str) -> Iterator[Client]:
    import dask

    # Dask warns of large tasks; pools are sent whole, since they are needed again when a worker dies.
    with dask.config.set({"distributed.admin.large-graph-warning-threshold": "1 TiB"}), _quiet():
        try:
            client = _client(address)
        except AsnGraphError:
            raise
        except Exception as error:
            raise AsnGraphError(f"{address}: cannot connect to a Dask scheduler: {error}") from error
        try:
            yield client
        finally:
            client.close()


def _client(address: str) -> Client:
    """Return a client of a scheduler, with a timeout also for a port that accepts connections and never answers."""
    from distributed import Client, Security

    if address.startswith("tls://") and Security().get_connection_args("client")["ssl_context"] is None:
        raise UsageError(
            f"{address}: no certificates; set them in Dask's configuration: distributed.comm.tls.ca-file, "
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
        raise TimeoutError("the connection is accepted, but nothing answers") from None
    if isinstance(client, Exception):
        raise client
    return client


@contextmanager
def _quiet() -> Iterator[None]:
    """Suppress Dask's logs of errors that are raised here anyway."""
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
    """Wait for a worker; check the version of asngraph on workers and scheduler, which both unpickle tasks."""
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
            f"{others[0]} has asngraph {versions[others[0]]}, and this machine "
            f"{__version__}; install the same version on both"
        )


def _version() -> str:
    return __version__


class _Capacity:
    """The number of tasks to submit: two for each thread of the workers, which are counted every few seconds."""

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
            raise AsnGraphError(f"{self._address}: lost the connection to the scheduler: {error}") from error
        return sum(threads.values())
