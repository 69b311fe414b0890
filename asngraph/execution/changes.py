"""Changes between two runs of a pool: exposures and associations, and which exposures are the reason."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from asngraph.errors import AssociationError
from asngraph.model.association import load_asn
from asngraph.model.filenames import exposure_root
from asngraph.model.pool import Pool
from asngraph.model.run_file import MadeFile


@dataclass(frozen=True)
class Changes:
    """The changes between two runs of a pool.

    Parameters
    ----------
    new_exposures : list of str
        The exposures that were added.
    gone_exposures : list of str
        The exposures that were removed.
    changed_exposures : list of str
        The exposures that have other cells.
    new : dict of str to list of str
        The new association files, each with those of these exposures that are among its members.
    gone : dict of str to list of str
        The association files that were removed; exposures are not known.
    changed : dict of str to list of str
        The association files that changed, each with those of these exposures that are among its members.
    renumbered : dict of str to str
        The files that have the same content under another name, by their new name.
    """

    new_exposures: list[str]
    gone_exposures: list[str]
    changed_exposures: list[str]
    new: dict[str, list[str]] = field(default_factory=dict)
    gone: dict[str, list[str]] = field(default_factory=dict)
    changed: dict[str, list[str]] = field(default_factory=dict)
    renumbered: dict[str, str] = field(default_factory=dict)


def changes_between(
    folder: Path, pools: tuple[Pool | None, Pool], files: tuple[dict[str, MadeFile], dict[str, MadeFile]]
) -> Changes:
    """Return the changes between two runs of a pool.

    Parameters
    ----------
    folder : path
        The folder of the association files, as the second run left it.
    pools : (Pool or None, Pool)
        The pool before and after; None before the first run.
    files : (dict of str to MadeFile, dict of str to MadeFile)
        The association files before and after, by name.
    """
    before, after = ({} if pool is None else _rows(pool) for pool in pools)
    changed = [name for name, row in after.items() if name in before and before[name] != row]
    new = [name for name in after if name not in before]
    gone = [name for name in before if name not in after]
    touched = {exposure_root(name): name for name in (*new, *gone, *changed)}
    old, now = ({made.uuid: (name, made.sha256) for name, made in some.items()} for some in files)
    found = Changes(new, gone, changed)
    for uuid, (name, checksum) in now.items():
        if uuid not in old:
            found.new[name] = _among(folder / name, touched)
        elif old[uuid][1] != checksum:
            found.changed[name] = _among(folder / name, touched)
        elif old[uuid][0] != name:
            found.renumbered[name] = old[uuid][0]
    found.gone.update({name: [] for uuid, (name, _) in old.items() if uuid not in now})
    return found


def _rows(pool: Pool) -> dict[str, tuple[str, ...]]:
    return dict(zip(pool["filename"], zip(*pool.columns.values(), strict=True), strict=True))


def _among(path: Path, touched: dict[str, str]) -> list[str]:
    try:
        roots = dict.fromkeys(exposure_root(member["expname"]) for member in load_asn(path).members)
    except AssociationError:  # it was changed meanwhile
        return []
    return [touched[root] for root in roots if root in touched]
