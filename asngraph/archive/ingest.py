"""What is done before a pool is loaded: its associations are made, and its quads written, maybe by another process."""

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
from asngraph.execution.executors import spread
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
    """A pool that is to be added.

    Parameters
    ----------
    file : str
        Its file.
    delimiter : str
        The character between its cells.
    support : tuple of Support, optional
        The files that serve its exposures.
    support_checksum : str
        The SHA-256 of the table that names them; empty where there is none.
    rules : RuleSet or bytes, optional
        The rules, by default those of the observatory; where other processes work, packed
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
    rules, rules_fingerprint, validity : str
        By which rules it was made, in a few words, what tells these from others, and what they ask of an association.
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
    rules: str = ""
    rules_fingerprint: str = ""
    validity: str = "[]"
    error: str = ""


def fingerprint(source: Source) -> str:
    """Return what tells one version of a pool from another.

    It is made of the contents of its files, the delimiter, the version of asngraph, what is left out, and what the
    rules say; the observatory's rules leave it as it was before it knew of rules.

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
    told: list[Any] = [__version__, source.delimiter, sha256(pool), source.support_checksum]
    if rules != observatory_fingerprint():
        told.append({"rules": rules})
    if source.excluded:
        told.append({"excluded": sorted(source.excluded.items())})
    return sha256(json.dumps(told).encode("ascii"))[:32]


def _rules(source: Source) -> RuleSet:
    return source.rules if isinstance(source.rules, RuleSet) else unpacked_rules(source.rules)


def sha256(content: bytes) -> str:
    """Return the SHA-256 of what is in a file."""
    return hashlib.sha256(content).hexdigest()


def content_of(file: str) -> bytes:
    """Read a file.

    Raises
    ------
    UsageError
        When it cannot be read.
    """
    if is_stream(file):  # its name is that under which the archive knows the pool, and it is read more than once
        raise UsageError(f"{file}: an archive takes pools from files, not from pipes; write it to a file")
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
        When the pool is none, or holds what RDF cannot.
    """
    content = content_of(source.file)
    with _fresh(target) as file:
        made = _written(source, content, file)
    return replace(made, file=target)


def _fresh(target: str) -> IO[bytes]:
    """Open a new file, in place of one that a process that died began, and through no link."""
    with suppress(FileNotFoundError):
        Path(target).unlink()
    return Path(target).open("xb")


def _written(source: Source, content: bytes, file: IO[bytes]) -> Prepared:
    """Make the associations of what is in a pool's file, and write its graph."""
    rules = _rules(source)
    told = rules_fingerprint(rules)
    version = _fingerprint(source, content, told)
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
        rules_fingerprint=told,
        validity=validity_text(rules),
    )


class _Task(NamedTuple):
    """A pool to prepare, and the file to write; where it is prepared far away, what is in its file too."""

    source: Source
    target: str
    content: bytes | None = None


def _prepared(task: _Task) -> Prepared:
    try:
        return prepare(task.source, task.target)
    except AsnGraphError as error:
        return Prepared(task.source, error=str(error))


def _prepared_far_away(task: _Task) -> tuple[Prepared, str, bytes]:
    """Prepare a pool where there is none of the archive's folders: what would be written is sent back, compressed."""
    file = io.BytesIO()
    try:
        made = _written(task.source, task.content or b"", file)
    except AsnGraphError as error:
        return Prepared(task.source, error=str(error)), "", b""
    return made, task.target, zlib.compress(file.getvalue(), 1)


def prepared(
    sources: Iterable[Source], folder: Path, workers: int = 0, scheduler: str | None = None, *, insecure: bool = False
) -> Generator[Prepared]:
    """Prepare pools one after the other, a few of them ahead of what is asked for.

    Parameters
    ----------
    sources : iterable of Source
        The pools.
    folder : path
        Where the files of N-Quads go.
    workers : int
        How many processes do it; with 0 it is this one.
    scheduler : str, optional
        The address of a Dask scheduler whose workers do it instead.
    insecure : bool
        Whether the scheduler may be a ``tcp://`` one.

    Yields
    ------
    Prepared
        In the order in which they are done; each file is there until the next is asked for.

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
        return spread(_prepared, tasks, _lost, workers=workers)
    packed = (task._replace(content=content_of(task.source.file)) for task in tasks)
    far = spread(_prepared_far_away, packed, _lost_far_away, workers=0, scheduler=scheduler, insecure=insecure)
    return _all_received(far)


def _lost(task: _Task, error: Exception) -> Prepared:
    return Prepared(task.source, error=f"{task.source.pool}: {error}")


def _lost_far_away(task: _Task, error: Exception) -> tuple[Prepared, str, bytes]:
    return _lost(task, error), "", b""


def _all_received(far: Generator[tuple[Prepared, str, bytes]]) -> Generator[Prepared]:
    with closing(far):
        for each in far:
            yield _received(*each)


def _received(made: Prepared, target: str, quads: bytes) -> Prepared:
    """Write what was prepared far away."""
    if not target:
        return made
    with _fresh(target) as file:
        file.write(zlib.decompress(quads))
    return replace(made, file=target)
