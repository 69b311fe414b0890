"""Preparing a pool for an archive: making its associations and writing its quads, also in other processes."""

from __future__ import annotations

import hashlib
import io
import json
import os
import zlib
from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, Any, NamedTuple

from asngraph._version import __version__
from asngraph.archive.validity import validity_text
from asngraph.errors import AsnGraphError, UsageError
from asngraph.execution.executors import run_tasks
from asngraph.execution.tasks import unpacked_rules
from asngraph.graph.association_graph import generate
from asngraph.graph.support_files import Support
from asngraph.model.pool import Pool
from asngraph.rdf import iris
from asngraph.rdf.write import lines
from asngraph.rules.fingerprint import fingerprint as rules_fingerprint
from asngraph.rules.fingerprint import observatory_fingerprint, summary
from asngraph.rules.rule import RuleSet
from asngraph.util.limits import POOL, is_stream, read_bounded


@dataclass(frozen=True)
class Source:
    """A pool to add.

    Parameters
    ----------
    file : str
        Its file.
    delimiter : str
        The character between its cells.
    support : tuple of Support, optional
        The support files of its exposures.
    support_checksum : str
        The SHA-256 of the support table; empty without a table.
    rules : RuleSet or bytes, optional
        The rules, by default those of the observatory; for other processes, pickled
        (`asngraph.execution.tasks.packed_rules`).
    excluded : mapping of str to str
        File names of exposures that are left out, each with the reason.
    """

    file: str
    delimiter: str = "|"
    support: tuple[Support, ...] | None = None
    support_checksum: str = ""
    rules: RuleSet | bytes | None = None
    excluded: Mapping[str, str] = field(default_factory=dict)

    @property
    def pool(self) -> str:
        """The pool's name."""
        return Path(self.file).name


@dataclass(frozen=True)
class Prepared:
    """A pool that is ready to be loaded, or failed.

    Parameters
    ----------
    source : Source
        The pool and its options.
    fingerprint, checksum : str
        The identifier of this version, and the SHA-256 of the pool's file.
    exposures, associations, quads : int
        The numbers of exposures, associations and quads.
    file : str
        The file of N-Quads.
    notes : tuple of str
        Warnings about the pool.
    rules, rules_fingerprint, validity : str
        A short description of its rules, their fingerprint, and their validity requirements.
    error : str
        The reason why it failed; empty otherwise.
    """

    source: Source
    fingerprint: str = ""
    checksum: str = ""
    exposures: int = 0
    associations: int = 0
    quads: int = 0
    file: str = ""
    notes: tuple[str, ...] = ()
    rules: str = ""
    rules_fingerprint: str = ""
    validity: str = "[]"
    error: str = ""


def fingerprint(source: Source) -> str:
    """Return the fingerprint that identifies a version of a pool.

    It depends on the contents of its files, the delimiter, the version of asngraph, the excluded exposures and the
    rules. The observatory's rules do not enter, to keep the fingerprints of archives from before rules could be chosen.

    Parameters
    ----------
    source : Source
        The pool.

    Raises
    ------
    UsageError
        When a file cannot be read.
    """
    return _fingerprint(source, content_of(source.file), rules_fingerprint(_rules(source)))


def _fingerprint(source: Source, pool: bytes, rules: str) -> str:
    inputs: list[Any] = [__version__, source.delimiter, sha256(pool), source.support_checksum]
    if rules != observatory_fingerprint():
        inputs.append({"rules": rules})
    if source.excluded:
        inputs.append({"excluded": sorted(source.excluded.items())})
    return sha256(json.dumps(inputs).encode("ascii"))[:32]


def _rules(source: Source) -> RuleSet:
    return source.rules if isinstance(source.rules, RuleSet) else unpacked_rules(source.rules)


def sha256(content: bytes) -> str:
    """Return the SHA-256 of the content of a file."""
    return hashlib.sha256(content).hexdigest()


def content_of(file: str) -> bytes:
    """Return the content of a file.

    Raises
    ------
    UsageError
        When it cannot be read.
    """
    if is_stream(file):  # a pool needs a name, and is read more than once
        raise UsageError(f"{file}: pools of an archive cannot come from pipes; write the pool to a file")
    try:
        return read_bounded(file, POOL)
    except OSError as error:
        raise UsageError(f"{file}: {error.strerror or error}") from None


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
        When the pool is invalid, or has text that RDF cannot represent.
    """
    content = content_of(source.file)
    with _fresh(target) as file:
        made = _written(source, content, file)
    return replace(made, file=target)


def _fresh(target: str) -> IO[bytes]:
    """Open a new file without following links; an unfinished file of a killed process is replaced."""
    with suppress(FileNotFoundError):
        Path(target).unlink()
    return Path(target).open("xb")


def _written(source: Source, content: bytes, file: IO[bytes]) -> Prepared:
    """Make the associations of the content of a pool's file, and write its graph."""
    rules = _rules(source)
    digest = rules_fingerprint(rules)
    version = _fingerprint(source, content, digest)
    pool = Pool.read(io.BytesIO(content), source.delimiter, source.pool)
    graph = generate(pool, rules=rules, support=source.support, excluded=source.excluded)
    quads = 0
    for some in lines(graph, iris.pool_version(pool.name, version)):
        quads += some.count(b"\n")
        file.write(some)
    return Prepared(
        source,
        version,
        sha256(content),
        len(pool),
        len(graph),
        quads,
        notes=tuple(graph.notes),
        rules=summary(rules),
        rules_fingerprint=digest,
        validity=validity_text(rules),
    )


class _Task(NamedTuple):
    """A pool to prepare, and the file to write; for a remote worker, also the content of the pool's file."""

    source: Source
    target: str
    content: bytes | None = None


def _prepared(task: _Task) -> Prepared:
    try:
        return prepare(task.source, task.target)
    except AsnGraphError as error:
        return Prepared(task.source, error=str(error))


def _prepared_remotely(task: _Task) -> tuple[Prepared, str, bytes]:
    """Prepare a pool on a machine without the archive's folders, and return the quads compressed."""
    file = io.BytesIO()
    try:
        made = _written(task.source, task.content or b"", file)
    except AsnGraphError as error:
        return Prepared(task.source, error=str(error)), "", b""
    return made, task.target, zlib.compress(file.getvalue(), 1)


def prepared(
    sources: Iterable[Source], folder: Path, workers: int = 0, scheduler: str | None = None, *, insecure: bool = False
) -> Generator[Prepared]:
    """Prepare pools one after the other, some of them ahead of the consumer.

    Parameters
    ----------
    sources : iterable of Source
        The pools.
    folder : path
        The folder for the files of N-Quads.
    workers : int
        The number of processes; with 0 this process does the work.
    scheduler : str, optional
        The address of a Dask scheduler whose workers do the work instead.
    insecure : bool
        Whether the scheduler's address may be ``tcp://``.

    Yields
    ------
    Prepared
        In the order of completion; the file exists until the next pool is requested.

    Raises
    ------
    AsnGraphError
        When the scheduler cannot be reached.
    """
    tasks = (_Task(source, os.fspath(folder / f"{number}.nq")) for number, source in enumerate(sources))
    with closing(_made(tasks, workers, scheduler, insecure=insecure)) as made:
        for each in made:
            yield each
            if each.file:
                Path(each.file).unlink(missing_ok=True)


def _made(tasks: Iterator[_Task], workers: int, scheduler: str | None, *, insecure: bool) -> Generator[Prepared]:
    if not workers and scheduler is None:
        return (_prepared(task) for task in tasks)
    if scheduler is None:
        return run_tasks(_prepared, tasks, _lost, workers=workers)
    packed = (task._replace(content=content_of(task.source.file)) for task in tasks)
    far = run_tasks(_prepared_remotely, packed, _lost_remotely, workers=0, scheduler=scheduler, insecure=insecure)
    return _all_received(far)


def _lost(task: _Task, error: Exception) -> Prepared:
    return Prepared(task.source, error=f"{task.source.pool}: {error}")


def _lost_remotely(task: _Task, error: Exception) -> tuple[Prepared, str, bytes]:
    return _lost(task, error), "", b""


def _all_received(far: Generator[tuple[Prepared, str, bytes]]) -> Generator[Prepared]:
    with closing(far):
        for each in far:
            yield _received(*each)


def _received(made: Prepared, target: str, quads: bytes) -> Prepared:
    """Write the quads of a pool that was prepared remotely."""
    if not target:
        return made
    with _fresh(target) as file:
        file.write(zlib.decompress(quads))
    return replace(made, file=target)
