"""Associations of FITS files: what ``asngraph generate`` does before and after, when its source is such files."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from asngraph.cli.console import say, warn, working
from asngraph.errors import OutputExistsError, UsageError
from asngraph.graph.association_graph import AssociationGraph
from asngraph.model.pool import Pool
from asngraph.util.atomic import write_text
from asngraph.util.limits import read_bounded
from asngraph.util.text import counted

# What is in a file of names that an earlier run has written.
_NAMES = re.compile(rb"([\w.+-]+\.(fits|fits\.gz|ecsv|json)\n)*")
_MOST_NAMED = 5


def pool_of_files(sources: Sequence[Path], asked: dict[str, Any]) -> Pool | None:
    """Return the pool of FITS files, and write it if that is asked for; None when the sources are pools.

    Parameters
    ----------
    sources : sequence of path
        The files and folders.
    asked : dict of str to object
        The options of the command.

    Raises
    ------
    UsageError
        When no file gave an exposure, or options require FITS files.
    OutputExistsError
        When a file would be replaced.
    """
    from asngraph.pools.sources import read_fits

    saved = None if asked["save_pool"] is None else Path(asked["save_pool"])
    with working("reading headers"):
        headers = read_fits(sources, linked=not asked["no_link"], name=None if saved is None else saved.name)
    if headers is None:
        given = [option for option in ("save_pool", "missing", "no_link") if asked[option]]
        if given:
            raise UsageError(f"--{given[0].replace('_', '-')} requires FITS files; {sources[0]} has none")
        return None
    pool = headers.made()
    count = len(headers.again) + len(pool) + len(headers.problems) + len(headers.passed_over)
    others = (f"{counted(len(headers.again), 'file')} of the same exposures", headers.again)
    products = (f"{counted(len(headers.passed_over), 'other file')}", headers.passed_over)
    more = ", ".join(text for text, files in (others, products) if files)
    tell = _teller(asked)
    tell(f"{counted(len(pool), 'exposure')} of {counted(count, 'FITS file')}" + (f"; {more}" if more else ""))
    for link in headers.links:
        tell(f"linked as {link}")
    check_list(asked["missing"])
    if saved is not None and not asked["dry_run"]:
        _save(pool, saved)
        tell(f"pool written to {saved}")
    return pool


def _teller(asked: dict[str, Any]) -> Callable[[str], None]:
    """Return what reports the work: nothing does, with --quiet."""
    return (lambda message: None) if asked["quiet"] else say


def _save(pool: Pool, path: Path) -> None:
    text = pool.text()
    if path.exists() and _content(path) != text.encode():
        raise OutputExistsError(path, "already exists, with other content; remove it, or choose another name")
    write_text(path, text)


def check_list(path: str | None) -> None:
    """Check that a file of names to write replaces nothing else.

    Parameters
    ----------
    path : str, optional
        The file.

    Raises
    ------
    OutputExistsError
        When it exists, and is not a list of names.
    """
    if path is not None and Path(path).exists() and not _NAMES.fullmatch(_content(Path(path))):
        raise OutputExistsError(Path(path), "already exists, and is not a list of file names; choose another name")


def _content(path: Path) -> bytes:
    from asngraph.util.limits import POOL

    try:
        return read_bounded(path, POOL)
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from None


def report_readiness(graph: AssociationGraph, sources: Sequence[Path], asked: dict[str, Any]) -> None:
    """Report which associations have their files, and which files have to be fetched.

    Parameters
    ----------
    graph : AssociationGraph
        The associations.
    sources : sequence of path
        The FITS files and folders.
    asked : dict of str to object
        The options of the command.
    """
    from asngraph.planning.data_files import DataFiles
    from asngraph.planning.readiness import readiness

    tell = _teller(asked)
    found = readiness(graph, DataFiles(*sources))
    if asked["verbose"] or asked["debug"]:
        marked = (("ready", found.ready), ("waits for others", found.waiting), ("lacks files", found.lacking))
        for state, names in marked:
            for name in names:
                tell(f"  {state}: {name}")
    parts = [f"ready: {len(found.ready)} of {len(graph)}"]
    parts += [f"{len(found.waiting)} after these"] if found.waiting else []
    parts += [f"{len(found.lacking)} lack files"] if found.lacking else []
    tell(", ".join(parts))
    if found.missing:
        shown = [f"  {name}" for name in found.missing[:_MOST_NAMED]]
        tell(f"missing: {counted(len(found.missing), 'file')}, to be fetched")
        for line in shown:
            tell(line)
        if len(found.missing) > len(shown):
            tell(f"  and {len(found.missing) - len(shown)} more; --missing FILE writes all names")
    path = asked["missing"]
    if path is not None:
        write_text(Path(path), "".join(f"{name}\n" for name in found.missing if name.isprintable()))
        tell(f"{counted(len(found.missing), 'name')} written to {path}")
    elif any(not name.isprintable() for name in found.missing):
        warn("names with characters that cannot be printed are among them")
