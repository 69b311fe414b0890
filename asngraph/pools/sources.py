"""Pools of sources: a pool, FITS files, a folder of either, or the pool that association files name."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any, TypeAlias

from asngraph.errors import PoolNeededError, UsageError
from asngraph.model.association import load_asn
from asngraph.model.association_files import is_association_file, named_pool, no_associations, pools_in, read_folder
from asngraph.model.column import is_defined
from asngraph.model.filenames import FITS, file_name
from asngraph.model.pool import Frame, Pool, changed
from asngraph.outputs import ARCHIVE_MARKER
from asngraph.pools.from_headers import FromHeaders, Problem, fits_files, pool_from_headers
from asngraph.pools.link import link
from asngraph.pools.link_proposals import propose
from asngraph.util.limits import is_stream

Paths: TypeAlias = str | os.PathLike[str] | Sequence[str | os.PathLike[str]]
PoolSource: TypeAlias = Pool | Frame | IO[Any] | Paths

# Links that flags of the headers ask for; whether observations of one target are a mosaic is a decision.
_FLAGGED = frozenset({"background", "coronagraphy", "ami", "direct_image"})
_FIRST_LINK = 1000  # c1000; headers have no candidates but observations
_FITS_BEGINS = b"SIMPLE  ="


def read_source(source: PoolSource, delimiter: str = "|", *, linked: bool = True) -> Pool:
    """Return the pool of a source.

    Parameters
    ----------
    source : Pool, table, open file, path or sequence of path
        A pool or its file; a FITS file, or a folder that has FITS files in it or below, or several of them; a folder
        that has one pool; or association files, whose pool is beside them.
    delimiter : str
        The character between the cells of a pool's file.
    linked : bool
        Whether observations that FITS files flag as background or PSF reference, and direct images in parallel, are
        linked with the observations that they serve (`flagged_links`).

    Returns
    -------
    Pool
        Its notes have the FITS files that gave no exposure.

    Raises
    ------
    UsageError
        When the source has no pool and no exposures.
    PoolError
        When a pool cannot be read.
    """
    if isinstance(source, Pool):
        return source
    if not isinstance(source, str | os.PathLike | Sequence):
        return Pool.read(source, delimiter)
    paths = paths_of(source)
    headers = read_fits(paths, linked=linked)
    if headers is not None:
        return headers.made()
    if len(paths) > 1:
        return Pool.together([Pool.read(pool_file(path), delimiter) for path in paths])
    return Pool.read(pool_file(paths[0]), delimiter)


def paths_of(source: Paths) -> list[Path]:
    """Return the paths of a source: one, or several.

    Parameters
    ----------
    source : path or sequence of path
        The source.

    Raises
    ------
    UsageError
        When there are none.
    """
    paths = [Path(source)] if isinstance(source, str | os.PathLike) else [Path(path) for path in source]
    if not paths:
        raise UsageError("no files given; name a pool, FITS files or a folder")
    return paths


def flagged_links(headers: FromHeaders) -> FromHeaders:
    """Return the pool of headers with the links that flags in them ask for.

    Parameters
    ----------
    headers : FromHeaders
        The pool; it gets a line for each link, too.
    """
    pool = headers.pool
    proposals = [] if pool is None else [proposal for proposal in propose(pool) if proposal.type in _FLAGGED]
    if pool is None or not proposals:
        return headers
    rows: dict[str, list[int]] = {}
    for row, program in enumerate(pool["program"]):
        rows.setdefault(program, []).append(row)
    parts: dict[str, Pool] = {}  # the programs, since the cost of a link grows with the pool
    cells: dict[tuple[int, str], str] = {}
    for number, proposal in enumerate(proposals, start=_FIRST_LINK):
        program = proposal.observations[0].partition(":")[0] if len(rows) > 1 else next(iter(rows))
        part = parts.get(program) or pool.take(rows[program])
        linked = link(part, proposal.type, proposal.observations, id_=f"c{number}")
        parts[program] = linked.pool
        cells |= {(rows[program][row], column): text for (row, column), text in linked.cells.items()}
        observations = ", ".join(proposal.observations)
        headers.links.append(f"c{number} ({proposal.type}): observations {observations}; {proposal.reason}")
    headers.pool = changed(pool, cells)
    return headers


def read_fits(paths: Sequence[Path], *, linked: bool = True, name: str | None = None) -> FromHeaders | None:
    """Return the pool of FITS files and folders of them, with what happened to each file; None without FITS files.

    Parameters
    ----------
    paths : sequence of path
        The files and folders.
    linked : bool
        Whether observations are linked as flags in the headers ask for.
    name : str, optional
        The name of the pool; by default that of the folder.

    Returns
    -------
    FromHeaders, or None

    Raises
    ------
    UsageError
        When some of the paths have FITS files, and others have none.
    """
    unreadable: list[Problem] = []
    files: list[Path] = []
    others: list[Path] = []
    for path in paths:
        own = _fits_of(path, unreadable)
        files += own
        others += [] if own else [path]
    if not files:
        return None
    if others:
        raise UsageError(f"{others[0]} has no FITS files, as others have; name FITS files or pools, not both")
    found = pool_from_headers(files, name=name or _name_of(paths))
    found.problems += unreadable
    return flagged_links(found) if linked else found


def pool_of_names(source: Path, folder: Path, names: Sequence[str]) -> Path:
    """Return the pool that association files name, from their folder or its parent.

    Parameters
    ----------
    source : path
        The association files, for the error message.
    folder : path
        Their folder.
    names : sequence of str
        The names of pools that they have.

    Returns
    -------
    path

    Raises
    ------
    PoolNeededError
        When there is not exactly one.
    """
    there = pools_beside(folder, names)
    if len(there) != 1:
        wanted = " or ".join(dict.fromkeys(map(file_name, names))) or "its pool"
        many = f", which are of {len(there)} pools" if there else ""
        what = "name one of them" if there else f"put {wanted} beside them, or name the pool"
        raise PoolNeededError(
            f"{source} has association files{many}; they do not record why an exposure is not in them: {what}"
        )
    return there[0]


def pools_beside(folder: Path, names: Sequence[str]) -> list[Path]:
    """Return the pools of these names in a folder or its parent.

    Parameters
    ----------
    folder : path
        The folder.
    names : sequence of str
        The names.
    """
    return named_pool(names, (folder, folder.absolute().parent))


def only_pool(folder: Path) -> Path:
    """Return the only pool of a folder.

    Parameters
    ----------
    folder : path
        The folder.

    Raises
    ------
    UsageError
        When it has none or several.
    """
    pools = pools_in(folder)
    if len(pools) == 1:
        return pools[0]
    what = f"{len(pools)} files that could be pools" if pools else "no pool"
    raise UsageError(
        f"{no_associations(folder)}, no FITS files, and {what}; name a pool, an association file, or a folder of "
        "association or FITS files"
    )


def pool_file(path: Path) -> Path:
    """Return the pool of a path: itself, the only one of a folder, or that of association files.

    Parameters
    ----------
    path : path
        The path.

    Raises
    ------
    UsageError
        When a folder has none, or several.
    PoolNeededError
        When association files do not have their pool beside them.
    """
    if (path / ARCHIVE_MARKER).is_file():
        raise UsageError(f"{path}: this is an archive; name a pool or FITS files")
    if path.is_dir():
        associations = read_folder(path).associations
        if not associations:
            return only_pool(path)
        folder = path
    elif not is_stream(path) and is_association_file(path):
        associations, folder = [load_asn(path)], path.parent
    else:
        return path
    named = {str(association.get("asn_pool") or "") for association in associations}
    return pool_of_names(path, folder, sorted(name for name in named if is_defined(name.lower())))


def _fits_of(path: Path, unreadable: list[Problem]) -> list[Path]:
    """Return the FITS files of a path: the file itself, or those of a folder."""
    if is_stream(path):
        return []
    if path.is_dir():
        return fits_files([path], unreadable)
    return [path] if path.name.endswith(FITS) or _begins_as_fits(path) else []


def _name_of(paths: Sequence[Path]) -> str:
    return Path(os.path.abspath(paths[0])).name if len(paths) == 1 else "fits_files"  # noqa: PTH100 (.. as written)


def _begins_as_fits(path: Path) -> bool:
    try:
        if not path.is_file():
            return False
        with path.open("rb") as file:
            return file.read(len(_FITS_BEGINS)) == _FITS_BEGINS
    except OSError:  # the reader of the file reports the error
        return False
