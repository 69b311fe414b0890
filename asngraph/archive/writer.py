"""Writing to an archive: adding, replacing and removing pools, and deleting old versions."""

from __future__ import annotations

import io
import os
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from asngraph._version import __version__
from asngraph.archive.catalogue import CATALOGUE, Catalogue, Version
from asngraph.archive.damage import damage_named
from asngraph.archive.ingest import Prepared, Source, content_of, fingerprint, prepared, sha256
from asngraph.archive.storage import Folder
from asngraph.errors import AsnGraphError, UsageError
from asngraph.execution.tasks import packed_rules
from asngraph.graph.support_files import read_support_of
from asngraph.model.pool import Pool
from asngraph.rdf.store import oxigraph
from asngraph.rules.rule import RuleSet

_AT_ONCE = 20_000  # quads that one transaction removes
_PUBLISHED_EVERY = 10.0  # seconds, while pools are added

ADDED, REPLACED, UNCHANGED, FAILED = "added", "replaced", "unchanged", "failed"


@dataclass(frozen=True)
class Outcome:
    """The outcome of adding a pool.

    Parameters
    ----------
    pool : str
        Its name.
    state : str
        ``added``, ``replaced``, ``unchanged`` or ``failed``.
    exposures, associations, quads : int
        The numbers of added exposures, associations and quads.
    notes : tuple of str
        Warnings about the pool.
    error : str
        The reason for the failure.
    """

    pool: str
    state: str
    exposures: int = 0
    associations: int = 0
    quads: int = 0
    notes: tuple[str, ...] = ()
    error: str = ""


@contextmanager
def writing(folder: str | os.PathLike[str], *, create: bool = False) -> Iterator[Archive]:
    """Open an archive for writing, locked against other writers.

    Parameters
    ----------
    folder : path
        Its folder.
    create : bool
        Whether to create a missing archive.

    Yields
    ------
    Archive

    Raises
    ------
    UsageError
        When the folder is not an archive, or cannot become one because it is not empty.
    AsnGraphError
        When another process writes to it, or its layout is newer.
    """
    ox, place = oxigraph(), Folder(folder)
    if create:
        place.create()
    else:
        place.check()
    with place.locked():
        place.opening()
        with damage_named(place.path):
            archive = Archive(place, ox.Store(os.fspath(place.store)))
            place.check_revision(archive.catalogue.revision)
        for each in place.store.glob("LOG.old.*"):  # the store adds one whenever it is opened
            each.unlink()
        place.empty()
        try:
            yield archive
        except BaseException:
            archive.publish()
            archive.close()
            raise
        finally:
            place.empty()
        archive.publish()
        with damage_named(place.path, writing=True):
            revision, files = archive.catalogue.revision, archive.catalogue.files()
            archive.close()
            place.closed(revision, files)


class Archive:
    """An archive opened for writing; `writing` opens one.

    Interruptions are safe: a pool is loaded into a named graph of its own, which becomes visible only when the pointer
    to the current version is set to it. Complete pools are published for readers every few seconds, and at the end.

    Examples
    --------
    >>> import asngraph, tempfile
    >>> from asngraph.archive.reader import reading
    >>> pool = asngraph.simulate(4, ["nircam-imaging"], seed=1)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     pool.write(f"{folder}/a.csv")
    ...     with writing(f"{folder}/archive", create=True) as archive:
    ...         print([outcome.state for outcome in archive.add([f"{folder}/a.csv"])])
    ...         print([outcome.state for outcome in archive.add([f"{folder}/a.csv"])])
    ...     with reading(f"{folder}/archive") as view:
    ...         print([(each.answer.association, each.answer.exptype) for each in view.which(pool["filename"][0])])
    ['added']
    ['unchanged']
    [('jw03201-o001_image2_00004', 'science'), ('jw03201-o001_image3_00001', 'science')]
    """

    def __init__(self, folder: Folder, store: Any) -> None:
        self._folder, self._store = folder, store
        self.catalogue = Catalogue(store)
        self._published = time.monotonic()

    def close(self) -> None:
        """Release the store."""
        del self._store, self.catalogue

    def publish(self) -> None:
        """Publish the current state for readers."""
        try:
            with damage_named(self._folder.path, writing=True):
                self._folder.publish(self._store, self.catalogue.revision, self.catalogue.files())
        except OSError as error:
            raise AsnGraphError(f"{self._folder.path}: the archive cannot be published: {error}") from None
        self._published = time.monotonic()

    def add(
        self,
        files: Sequence[str | os.PathLike[str]],
        *,
        delimiter: str = "|",
        rules: RuleSet | Callable[[], RuleSet] | None = None,
        support: str | os.PathLike[str] | None = None,
        excluded: Mapping[str, str] | None = None,
        workers: int = 0,
        scheduler: str | None = None,
        insecure: bool = False,
    ) -> Generator[Outcome]:
        """Add pools, each completely or not at all; a pool of the same name is replaced.

        A pool is skipped when its file, the rules, its support files, the excluded exposures and the version of
        asngraph are the same as when it was added. Old versions are deleted first.

        Parameters
        ----------
        files : sequence of path
            The pools.
        delimiter : str
            The character between their cells.
        rules : RuleSet or function, optional
            The rules, or a function that returns them, which is called here and in each process; by default the
            observatory's rules.
        support : path, optional
            A table of support files of the exposures of all pools. With it all pools are read a first time at the
            start.
        excluded : mapping of str to str, optional
            The reasons for excluded exposures, by their file names.
        workers : int
            The number of processes that make associations, while this one loads; with 0 this one does both.
        scheduler : str, optional
            The address of a Dask scheduler whose workers make associations instead (`asngraph.execution`).
        insecure : bool
            Whether the scheduler's address may be ``tcp://``.

        Yields
        ------
        Outcome
            Unchanged pools first, the others in the order of completion. A pool that fails does not stop the others.

        Raises
        ------
        UsageError
            When two pools have the same name, the support table is wrong, or the rules cannot be sent.
        """
        known = rules() if callable(rules) else rules
        sources = [Source(os.fspath(file), delimiter, rules=known, excluded=excluded or {}) for file in files]
        _check_names(sources)
        if support is not None:
            sources = _with_support(sources, os.fspath(support))
        packed = packed_rules(rules) if workers or scheduler is not None else None
        self.collect(thorough=False)
        fresh: list[Source] = []
        for source in sources:
            done = self._known(source)
            if done is None:
                fresh.append(source)
            else:
                yield done
        if packed is not None:
            fresh = [replace(source, rules=packed) for source in fresh]
        with closing(prepared(fresh, self._folder.incoming, workers, scheduler, insecure=insecure)) as ready:
            for each in ready:
                yield self.load(each)
                if time.monotonic() - self._published > _PUBLISHED_EVERY:
                    self.publish()

    def _known(self, source: Source) -> Outcome | None:
        """Return the outcome of a pool that is unchanged or cannot be read; None if it must be loaded."""
        with damage_named(self._folder.path, writing=True):
            current = self.catalogue.current_version(source.pool)
        try:
            if current is not None and current == fingerprint(source):
                return Outcome(source.pool, UNCHANGED)
        except AsnGraphError as error:
            return Outcome(source.pool, FAILED, error=str(error))
        return None

    def load(self, made: Prepared) -> Outcome:
        """Load a prepared pool, and make it the current version.

        Parameters
        ----------
        made : Prepared
            The pool, from `asngraph.archive.ingest.prepare`, in this process or another.

        Returns
        -------
        Outcome

        Raises
        ------
        AsnGraphError
            When the store cannot load it.
        """
        name = made.source.pool
        if made.error:
            return Outcome(name, FAILED, error=made.error)
        ox = oxigraph()
        time_ = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        version = Version(
            name, made.fingerprint, _text(made.source.file), made.checksum, __version__, time_,
            made.exposures, made.associations, made.quads, made.rules, made.rules_fingerprint, made.validity,
        )  # fmt: skip
        with damage_named(self._folder.path, writing=True):
            before = self.catalogue.current_version(name)
        if before == made.fingerprint:  # it was changed back since its fingerprint was compared
            return Outcome(name, UNCHANGED)
        try:
            self._drop(version.graph)
            self._store.bulk_load(path=made.file, format=ox.RdfFormat.N_QUADS)
            self.catalogue.set_current(version)
        except (OSError, RuntimeError, SyntaxError) as error:
            raise AsnGraphError(f"{self._folder.path}: {name} could not be loaded: {error}") from None
        state = ADDED if before is None else REPLACED
        return Outcome(name, state, made.exposures, made.associations, made.quads, made.notes)

    def remove(self, names: Iterable[str]) -> None:
        """Remove pools. Their disk space is freed by `collect`.

        Parameters
        ----------
        names : iterable of str
            Their names.

        Raises
        ------
        UsageError
            When a pool is unknown; then no pool is removed.
        """
        names = list(dict.fromkeys(names))
        with damage_named(self._folder.path, writing=True):
            self._remove(names)

    def _remove(self, names: Sequence[str]) -> None:
        known = self.catalogue.current()
        for name in names:
            if name not in known:
                raise UsageError(
                    f"unknown pool {name} in {self._folder.path}; `asngraph archive stats` lists its pools"
                )
        for name in names:
            self.catalogue.remove(name)

    def collect(self, *, thorough: bool = True) -> int:
        """Delete old versions, removed pools, and the remains of interrupted additions.

        Parameters
        ----------
        thorough : bool
            Whether to compact the store too, which frees its disk space at once, but takes long.

        Returns
        -------
        int
            The number of deleted graphs.
        """
        with damage_named(self._folder.path, writing=True):
            return self._collect(thorough=thorough)

    def _collect(self, *, thorough: bool) -> int:
        kept = {CATALOGUE, *self.catalogue.graphs}
        old = [graph for graph in self._store.named_graphs() if graph not in kept]
        for graph in old:
            self._drop(graph)
        if old:
            self.catalogue.forget(old)
        if thorough:
            self._store.optimize()
            self.catalogue.touch()
        return len(old)

    def _drop(self, graph: Any) -> None:
        """Remove a graph in parts, since the memory of a transaction grows with its size."""
        while next(self._store.quads_for_pattern(None, None, None, graph), None) is not None:
            self._store.update(
                f"DELETE {{ GRAPH {graph} {{ ?s ?p ?o }} }} "
                f"WHERE {{ SELECT ?s ?p ?o WHERE {{ GRAPH {graph} {{ ?s ?p ?o }} }} LIMIT {_AT_ONCE} }}"
            )
        self._store.remove_graph(graph)


def _check_names(sources: Sequence[Source]) -> None:
    seen: dict[str, str] = {}
    for each in sources:
        if each.pool in seen:
            raise UsageError(
                f"{seen[each.pool]} and {each.file} have the same name, which identifies "
                f"a pool in the archive; rename one"
            )
        seen[each.pool] = each.file


def _with_support(sources: Sequence[Source], table: str) -> list[Source]:
    """Return the sources with their support files from a table."""
    content = content_of(table)
    text = io.BytesIO(content)
    text.name = table
    pools = (Pool.read(source.file, source.delimiter) for source in sources)
    return [
        replace(source, support=tuple(some), support_checksum=sha256(content))
        for source, some in zip(sources, read_support_of(text, pools), strict=True)
    ]


def _text(file: str) -> str:
    """Return the name of a file in a form that RDF can represent."""
    return Path(file).as_posix().encode("utf-8", "backslashreplace").decode("utf-8")
