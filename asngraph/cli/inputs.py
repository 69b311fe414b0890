"""Inputs that several commands share: the source of associations, and the exposures to leave out."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from asngraph.cli.console import warn, working
from asngraph.model.pool import Pool
from asngraph.rules.loading import RuleChoice
from asngraph.util.limits import STDIN

if TYPE_CHECKING:
    from asngraph.questions import AssociationCollection

OBSERVATORY = RuleChoice()


def excluded_of(path: str | os.PathLike[str] | None) -> dict[str, str]:
    """Return the exposures to leave out with their reasons, from a table ``filename | reason``."""
    if path is None:
        return {}
    table = Pool.read(path)
    return dict(zip(table["filename"], table["reason"], strict=True))


def stem_of(source: Sequence[Path]) -> str:
    """Return the name of a source without its extension, to name files after it."""
    first = source[0]
    if str(first) == STDIN:
        return "stdin"
    return Path(os.path.abspath(first)).name if first.is_dir() else first.stem  # noqa: PTH100 (.. as written)


def read_pool(source: Sequence[Path], delimiter: str) -> Pool:
    """Return the pool of a source, while a spinner shows the work."""
    from asngraph.pools.sources import read_source

    with working(f"reading {source[0]}"):
        return read_source(source, delimiter)


def collect_source(
    source: Path | Sequence[Path],
    delimiter: str = "|",
    rules: RuleChoice = OBSERVATORY,
    support: str | None = None,
    exclude: str | None = None,
    *,
    cached: bool = False,
    again: bool = False,
) -> AssociationCollection:
    """Return the collection of a source.

    Files that look like associations and cannot be read are reported in one warning; so are FITS files.

    Parameters
    ----------
    source : path or sequence of path
        The source (`asngraph.questions.collect`).
    delimiter : str
        The character between the cells of a pool.
    rules : RuleChoice
        The rules that make, or made, the associations.
    support, exclude : str, optional
        Tables of the support files of exposures, and of the exposures to leave out.
    cached, again : bool
        Whether to use the cache of graphs, and whether to replace what it has
        (`asngraph.questions.graph_cache.collect_cached`).

    Returns
    -------
    AssociationCollection
    """
    from asngraph.questions import collect
    from asngraph.questions.graph_cache import collect_cached

    options = source, rules.load(), delimiter, support, excluded_of(exclude)
    collection = collect_cached(*options, again=again) if cached else collect(*options)
    warn_of(collection)
    return collection


def warn_of(collection: AssociationCollection) -> None:
    """Warn of FITS files that cannot be read, and, in one line, of files that look like associations and cannot be."""
    for note in collection.notes:
        warn(note)
    if not collection.passed_over:
        return
    first, *others = collection.passed_over
    what = f"{len(others) + 1} files look like associations, cannot be read and are" if others else "a file is"
    warn(f"{collection.source}: {what} passed over{', such as' if others else ':'} {first.problem}")
