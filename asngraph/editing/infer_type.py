"""Infer the type of an association from the files of its members, or from their names."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from asngraph.editing.infer_roles import header_cells
from asngraph.errors import HeaderError, MissingExtraError
from asngraph.model.association import Association
from asngraph.model.exposure_types import (
    ALWAYS_TIME_SERIES,
    CORONAGRAPHY,
    INTERFEROMETRY,
    NONSCIENCE_IMAGES,
    SCIENCE_IMAGES,
    SPECTRA,
)
from asngraph.model.pipelines import LikelyType, likely_type
from asngraph.model.roles import Role, role_of


def infer_type(association: Association, level: int, folder: Path) -> LikelyType | None:
    """Return the type that an association has by its science members; None when nothing shows it.

    Parameters
    ----------
    association : Association
        The association.
    level : int
        The stage that processes it.
    folder : path
        Its folder, from which its members are read if they exist.

    Returns
    -------
    LikelyType, or None
    """
    names = [member["expname"] for member in association.members if role_of(member["exptype"]) == Role.SCIENCE]
    by_header = {_by_header(folder / name, level) for name in dict.fromkeys(names)}
    if len(by_header) == 1 and None not in by_header:
        return LikelyType(str(by_header.pop()), "by their headers")
    likely = likely_type(level, names)
    return likely if likely.reason != f"its members are of stage {level}" else None


def _by_header(path: Path, level: int) -> str | None:
    try:
        cells = header_cells(path, ("exp_type", "tsovisit"))
    except (HeaderError, ValueError, MissingExtraError):
        return None
    exp_type, series = cells["exp_type"], cells["tsovisit"] == "t" or cells["exp_type"] in ALWAYS_TIME_SERIES
    if exp_type not in (*SCIENCE_IMAGES, *NONSCIENCE_IMAGES, *SPECTRA):
        return None
    kind = "spec" if exp_type in SPECTRA else "image"
    if level == 2:
        return f"tso-{kind}2" if series else f"{kind}2"
    special = {INTERFEROMETRY: "ami3", **dict.fromkeys(CORONAGRAPHY, "coron3")}
    return special.get(exp_type, "tso3" if series else f"{kind}3")


def absent(names: Sequence[str], folder: Path) -> list[str]:
    """Return the files that were named by mistake: patterns that matched nothing, and those that lack beside others.

    Of names none of which exists, only patterns are returned: an association may be written before its files are.

    Parameters
    ----------
    names : sequence of str
        The files; those without a folder are in `folder`.
    folder : path
        The folder of the association.
    """
    there = {name: (Path(name) if "/" in name else folder / name).exists() for name in names}
    some = any(there.values())
    return [name for name, exists in there.items() if not exists and (some or any(sign in name for sign in "*?["))]
