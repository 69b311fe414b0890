"""What is done before a pool is loaded: its associations are made, and its quads written, maybe by another process."""

from __future__ import annotations

import hashlib
import io
import json
import multiprocessing
import os
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from asngraph._version import __version__
from asngraph.errors import AsnGraphError, UsageError


@dataclass(frozen=True)
class Source:
    """A pool that is to be added.

    Parameters
    ----------
    file : str
        Its file.
    delimiter : str
        The character between its cells.
    support : str, optional
        A table of files that serve its exposures.
    """

    file: str
    delimiter: str = "|"
    support: str | None = None

    @property
    def pool(self) -> str:
        """The pool's name."""
        return Path(self.file).name


@dataclass(frozen=True)
class Prepared:
    """A pool that is ready to be loaded, or cannot be.

    Parameters
    ----------
    source : Source
        What it was made of.
    fingerprint, checksum : str
        What tells this version from others, and the SHA-256 of the pool's file.
    exposures, associations, quads : int
        How many there are.
    file : str
        The file of N-Quads.
    notes : tuple of str
        What is odd about the pool.
    error : str
        Why it cannot be loaded; empty otherwise.
    """

    source: Source
    fingerprint: str = ""
    checksum: str = ""
    exposures: int = 0
    associations: int = 0
    quads: int = 0
    file: str = ""
    notes: tuple[str, ...] = ()
    error: str = ""


def fingerprint(source: Source) -> str:
    """Return what tells one version of a pool from another.

    It is made of the contents of its files, the delimiter, and the version of asngraph.

    Parameters
    ----------
    source : Source
        The pool.

    Raises
    ------
    UsageError
        When a file cannot be read.
    """
    return _fingerprint(source, _content(source.file), _support(source))


def _fingerprint(source: Source, pool: bytes, support: bytes | None) -> str:
    told = [__version__, source.delimiter, _sha256(pool), _sha256(support) if support else ""]
    return _sha256(json.dumps(told).encode("ascii"))[:32]


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _content(file: str) -> bytes:
    try:
        return Path(file).read_bytes()
    except OSError as error:
        raise UsageError(f"{file}: {error.strerror or error}") from None


def _support(source: Source) -> bytes | None:
    return _content(source.support) if source.support else None


def prepare(source: Source, target: str) -> Prepared:
    """Make the associations of a pool, and write its graph as N-Quads.

    Parameters
    ----------
    source : Source
        The pool.
    target : str
        The file to write.

    Raises
    ------
    AsnGraphError
        When the pool is none, or holds what RDF cannot.
    """
    from asngraph.graph import generate
    from asngraph.pool import Pool
    from asngraph.rdf import iris
    from asngraph.rdf.write import lines

    content = _content(source.file)
    support = _support(source)
    version = _fingerprint(source, content, support)
    pool = Pool.read(io.BytesIO(content), source.delimiter, source.pool)
    serving: Any = None
    if support is not None:
        serving = io.BytesIO(support)
        serving.name = source.support
    graph = generate(pool, support=serving)
    quads = 0
    with Path(target).open("wb") as file:
        for some in lines(graph, iris.pool_version(pool.name, version)):
            quads += some.count(b"\n")
            file.write(some)
    return Prepared(source, version, _sha256(content), len(pool), len(graph), quads, target, notes=tuple(graph.notes))


def _prepared(source: Source, target: str) -> Prepared:
    try:
        return prepare(source, target)
    except AsnGraphError as error:
        return Prepared(source, error=str(error))


def prepared(sources: Iterable[Source], folder: Path, workers: int = 0) -> Iterator[Prepared]:
    """Prepare pools one after the other, a few of them ahead of what is asked for.

    Parameters
    ----------
    sources : iterable of Source
        The pools.
    folder : path
        Where the files of N-Quads go.
    workers : int
        How many processes do it; with 0 it is this one.

    Yields
    ------
    Prepared
        In the order of the pools; each file is there until the next is asked for.

    Raises
    ------
    AsnGraphError
        When a process ends before its time.
    """
    tasks = ((source, os.fspath(folder / f"{number}.nq")) for number, source in enumerate(sources))
    made = _here(tasks) if not workers else _by_workers(tasks, workers)
    for each in made:
        yield each
        if each.file:
            Path(each.file).unlink(missing_ok=True)


def _here(tasks: Iterator[tuple[Source, str]]) -> Iterator[Prepared]:
    return (_prepared(*task) for task in tasks)


def _by_workers(tasks: Iterator[tuple[Source, str]], workers: int) -> Iterator[Prepared]:
    # A process that has opened a store has threads, and must not fork.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, context, _end_with_parent) as executor:
        ahead: deque[Future[Prepared]] = deque()
        try:
            ahead.extend(executor.submit(_prepared, *task) for task in islice(tasks, workers + 1))
            while ahead:
                done = ahead.popleft().result()
                ahead.extend(executor.submit(_prepared, *task) for task in islice(tasks, 1))
                yield done
        except BrokenProcessPool:
            raise AsnGraphError(
                "a worker ended before its time; it may have run out of memory: adding again goes on, with fewer "
                "--workers if need be"
            ) from None
        finally:
            executor.shutdown(wait=True, cancel_futures=True)


def _end_with_parent() -> None:
    """End this process when the one that started it has ended, in whatever way."""
    parent = multiprocessing.parent_process()
    assert parent is not None

    def watch() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
