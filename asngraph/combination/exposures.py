"""The exposures of a source, with their columns and with the files that are there."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias, cast

from asngraph.errors import AsnGraphError, UsageError
from asngraph.graph.association_graph import AssociationGraph
from asngraph.model.association_files import is_association_file
from asngraph.model.column import Column, is_defined
from asngraph.model.derived_columns import INPUTS_OF_FACTS, Derivation, Facts
from asngraph.model.filenames import FITS, FileKind, parse
from asngraph.model.pool import Frame, Pool
from asngraph.pools.from_headers import COLUMNS, fits_files, pool_from_headers
from asngraph.util.limits import STDIN

# The root and the suffix of a file, in lower case.
_FileKey = tuple[str, str]

ExposureSource: TypeAlias = AssociationGraph | Pool | Frame | str | os.PathLike[str]


@dataclass
class Exposures:
    """The exposures that can be combined.

    Parameters
    ----------
    facts : Facts
        Their columns.
    known : frozenset of str
        The names of the columns.
    files : dict, optional
        The files that are there, by root and suffix in lower case; None for a source without files.
    notes : list of str
        Warnings about the source.
    """

    facts: Facts
    known: frozenset[str]
    files: dict[tuple[str, str], str] | None = None
    notes: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.facts.pool)

    def file(self, row: int, suffix: str) -> tuple[str, bool]:
        """Return the file of an exposure at a stage of processing, and whether it is there, as far as that is known.

        Parameters
        ----------
        row : int
            The row of the exposure.
        suffix : str
            The suffix.
        """
        name = self.facts["filename"][row]
        parsed = parse(name)
        if parsed.kind is not FileKind.EXPOSURE:
            return name, True
        return self._file(parsed.root, suffix, f"{parsed.root}_{suffix}.fits")

    def product_file(self, product: str, suffix: str, extension: str = "fits") -> tuple[str, bool]:
        """Return a file of a product, and whether it is there, as far as that is known.

        Parameters
        ----------
        product : str
            The name of the product.
        suffix, extension : str
            The ending of the file.
        """
        return self._file(product, suffix, f"{product}_{suffix}.{extension}")

    def _file(self, root: str, suffix: str, name: str) -> tuple[str, bool]:
        if self.files is None:
            return name, True
        path = self.files.get((root.lower(), suffix.lower()))
        return (name, False) if path is None else (path, True)


def read_exposures(
    source: ExposureSource | Sequence[ExposureSource],
    also: Iterable[str] = (),
    derived: dict[str, Derivation] | None = None,
    delimiter: str = "|",
) -> Exposures:
    """Return the exposures of a source.

    Parameters
    ----------
    source : Pool, AssociationGraph, DataFrame, path, or sequence of these
        A pool, its graph or its file; FITS files, or folders of them, which are searched downwards.
    also : iterable of str
        Columns beyond those of a pool, which are read from the keywords of FITS headers.
    derived : dict of str to callable, optional
        Derived columns.
    delimiter : str
        The character between the cells of a pool's file.

    Returns
    -------
    Exposures

    Raises
    ------
    UsageError
        When the source has no exposures, or mixes pools and files.
    MissingExtraError
        When astropy is missing, and the source is FITS files.
    """
    one = isinstance(source, str | os.PathLike | Pool | AssociationGraph) or hasattr(source, "columns")
    given = cast(list[ExposureSource], [source] if one else list(cast(Sequence[ExposureSource], source)))
    if not given:
        raise UsageError("name a pool, FITS files, or a folder of FITS files")
    paths = [Path(item) for item in given if isinstance(item, str | os.PathLike)]
    files = [path for path in paths if path.is_dir() or path.name.endswith(FITS)]
    if not files:
        pools = [_pool(item, delimiter) for item in given]
        pool = pools[0] if len(pools) == 1 else Pool.together(pools)
        return _exposures(pool, derived or {}, pool.columns)
    if len(files) < len(given):
        raise UsageError("combine either pools or FITS files; `asngraph pool make` makes a pool of files")
    return _of_files(files, also, derived or {})


def _pool(source: ExposureSource, delimiter: str) -> Pool:
    if isinstance(source, AssociationGraph):
        return source.pool
    if isinstance(source, str | os.PathLike) and os.fspath(source) != STDIN and is_association_file(source):
        raise UsageError(f"{source} is an association file; name a pool, FITS files, or a folder of FITS files")
    return source if isinstance(source, Pool) else Pool.read(source, delimiter)


def _of_files(places: Sequence[Path], also: Iterable[str], derived: dict[str, Derivation]) -> Exposures:
    files = fits_files(places)
    where = ", ".join(map(str, places[:3])) + (", ..." if len(places) > 3 else "")
    if not files:
        raise UsageError(f"{where}: there are no FITS files (.fits); name a pool, or a folder of FITS files")
    more = [name for name in dict.fromkeys(also) if name not in {*COLUMNS, *INPUTS_OF_FACTS, *_DERIVED, *derived}]
    read = pool_from_headers(files, also=more, name="none")
    notes = [f"{file}: {problem}; left out" for file, problem in read.problems] + read.notes
    if read.pool is None:
        reason = notes[0] if notes else f"{files[0]} is a product, not an exposure"
        raise AsnGraphError(f"{where}: no file gave an exposure: {reason}")
    there: dict[_FileKey, str] = {}
    for path in files:
        parsed = parse(path.name)
        there.setdefault((parsed.root.lower(), parsed.suffix), str(path))
    columns = [name for name in read.pool.columns if name not in more or any(map(is_defined, read.pool[name].values))]
    return _exposures(read.pool, derived, columns, there, notes)


def _exposures(
    pool: Pool,
    derived: dict[str, Derivation],
    columns: Iterable[str],
    files: dict[_FileKey, str] | None = None,
    notes: list[str] | None = None,
) -> Exposures:
    facts = Facts(pool, {**_DERIVED, **derived})
    known = frozenset(columns) | (frozenset(facts) - frozenset(pool.columns)) | frozenset(COLUMNS)
    return Exposures(facts, known, files, notes or [])


def _target(facts: Facts) -> Column:
    """Return the target: the proposer's name, or else the catalog's, or else its number in the program."""
    texts = []
    names = zip(*(facts[name] for name in ("targprop", "targname", "program", "targetid")), strict=True)
    for proposed, catalog, program, number in names:
        named = next((name for name in (proposed, catalog) if is_defined(name)), None)
        texts.append(named or (f"{program}/{number}" if is_defined(number) else "null"))
    return Column.of(texts)


def _optics(facts: Facts) -> Column:
    """Return the optical elements, joined and in order of the alphabet as in names of products."""
    elements = zip(*(facts[name] for name in ("filter", "pupil", "grating")), strict=True)
    return Column.of("-".join(sorted(filter(is_defined, some))) or "null" for some in elements)


# Columns that every source has, in the words of observers.
_DERIVED: dict[str, Derivation] = {
    "target": _target,
    "optics": _optics,
    "obs": lambda facts: facts["obs_num"],
    "instrument": lambda facts: facts["instrume"],
}
