"""Match exposures that serve others to science exposures, by the instrument set-ups in their headers.

A background, an imprint or a direct image serves the science exposures with the same set-up. The keywords that must be
equal depend on the role (`SETUP_OF_ROLE`); a keyword that either header lacks is ignored.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from asngraph.editing.infer_roles import header_cells
from asngraph.errors import HeaderError
from asngraph.model.column import is_defined
from asngraph.model.filenames import FITS, parse
from asngraph.model.roles import Role

Cells = Mapping[str, str]

_OPTICS = ("instrume", "detector", "channel", "band", "filter", "pupil", "grating")
_MODE = (*_OPTICS, "exp_type", "fxd_slit", "subarray")
_LAMP = ("instrume", "detector", "grating")
# The columns that must be equal, by role. The wheel with the grism is not compared for direct images (`_DISPERSERS`).
SETUP_OF_ROLE: Mapping[str, tuple[str, ...]] = {
    "background": _MODE,
    "imprint": (*_MODE, "readpatt", "nints", "ngroups"),
    "selfcal": (*_OPTICS, "subarray"),
    "direct_image": _OPTICS,
    "psf": ("instrume", "filter", "pupil", "subarray"),
    **dict.fromkeys(("autoflat", "autowave", "flat"), _LAMP),
}
_OF_OTHERS = ("instrume",)
# All columns that are compared, and those that identify observations.
COLUMNS = (*dict.fromkeys(name for names in SETUP_OF_ROLE.values() for name in names), "program", "obs_num")

_DISPERSERS = ("gr", "p750l")
# The value of a product whose exposures differ.
_SEVERAL = "multiple"
# A catalog and a segmentation map belong to the image from which they were made.
_MADE_OF_IMAGES = ("sourcecat", "segmap")
_OF_IMAGES = ("direct_image", *_MADE_OF_IMAGES)
# If more files than this are left out for one reason, only the first is named.
_MANY = 3


class _Served(NamedTuple):
    """Member that is not science."""

    expname: str
    role: str


def keep_own(products: Sequence[dict[str, Any]], cells: Mapping[str, Cells]) -> list[str]:
    """Remove the members that do not serve the science exposures of their product, and return what was removed.

    Parameters
    ----------
    products : sequence of dict
        The products; changed in place.
    cells : mapping of str to (mapping of str to str)
        The header values of files, as in a pool; missing files are not compared.

    Returns
    -------
    list of str
        Lines on files that were removed from all products, and on science exposures for which no file of a role is
        left.

    Examples
    --------
    >>> members = [{"expname": name, "exptype": "background"} for name in ("b.fits", "c.fits")]
    >>> product = {"name": "a", "members": [{"expname": "a.fits", "exptype": "science"}, *members]}
    >>> channels = {"a.fits": {"channel": "12"}, "b.fits": {"channel": "12"}, "c.fits": {"channel": "34"}}
    >>> keep_own([product], channels)
    ['c.fits is left out as background: its CHANNEL is 34; that of a.fits, which is nearest, is 12']
    >>> [member["expname"] for member in product["members"]]
    ['a.fits', 'b.fits']
    """
    serving: dict[str, list[_Served]] = {}
    given: dict[_Served, None] = {}
    without: dict[str, list[str]] = defaultdict(list)
    for product in products:
        science, others = _split(product)
        if not science:
            continue
        given |= dict.fromkeys(others)
        here = {name: _serving(name, others, cells) for name in science}
        for name, some in here.items():
            for role in dict.fromkeys(each.role for each in others if each.role in SETUP_OF_ROLE):
                if all(each.role != role for each in some):
                    without[role].append(name)
        _keep(product, {each for some in here.values() for each in some})
        serving |= here
    kept = {each for some in serving.values() for each in some}
    lines = [*_reasons([each for each in given if each not in kept], list(serving), cells)]
    for role, names in without.items():
        lines += _counted(names, f"no {role} of its set-up", "has", "have")
    return lines


def keep_own_of(products: Sequence[dict[str, Any]], paths: Mapping[str, str]) -> list[str]:
    """Remove the members that do not serve the science exposures of their product, after reading headers (`keep_own`).

    Parameters
    ----------
    products : sequence of dict
        The products; changed in place.
    paths : mapping of str to str
        The files, by their names as members.

    Returns
    -------
    list of str
        As from `keep_own`, and the files whose headers cannot be read, which are not compared.
    """
    cells, unknown = {}, []
    for expname, path in paths.items():
        if path.endswith(FITS):
            try:
                cells[expname] = header_cells(path, COLUMNS)
            except (HeaderError, ValueError) as error:
                unknown.append(f"{expname}: its header cannot be read ({error}), so its set-up is not compared")
    return unknown + keep_own(products, cells)


def _split(product: Mapping[str, Any]) -> tuple[list[str], list[_Served]]:
    members = product["members"]
    science = [member["expname"] for member in members if member["exptype"] == Role.SCIENCE]
    return science, [_served(member) for member in members if member["exptype"] != Role.SCIENCE]


def _served(member: Mapping[str, Any]) -> _Served:
    return _Served(member["expname"], member["exptype"])


def _keep(product: dict[str, Any], kept: set[_Served]) -> None:
    product["members"][:] = [
        member for member in product["members"] if member["exptype"] == Role.SCIENCE or _served(member) in kept
    ]


def _serving(science: str, others: Sequence[_Served], cells: Mapping[str, Cells]) -> list[_Served]:
    """Return the members that serve a science exposure; direct images of its own observation take precedence."""
    fitting = [each for each in others if not _differences(each, science, cells)]
    images = [each for each in fitting if each.role == Role.DIRECT_IMAGE]
    images = [each for each in images if _same_observation(each.expname, science, cells)] or images
    hidden = {_stem(each) for each in others if each.role == Role.DIRECT_IMAGE and each not in images}
    return [each for each in fitting if each in images or each.role not in _OF_IMAGES or _stem(each) not in hidden]


def _stem(served: _Served) -> str:
    return parse(served.expname).root


def _same_observation(one: str, other: str, cells: Mapping[str, Cells]) -> bool:
    both = cells.get(one, {}), cells.get(other, {})
    return all(both[0].get(name) == both[1].get(name) for name in ("program", "obs_num"))


def _differences(served: _Served, science: str, cells: Mapping[str, Cells]) -> list[str]:
    """Return the columns in which a member and a science exposure must agree but differ."""
    one, other = cells.get(served.expname, {}), cells.get(science, {})
    names = SETUP_OF_ROLE.get(served.role, _OF_OTHERS)
    return [name for name in names if differ(name, served.role, one.get(name, "null"), other.get(name, "null"))]


def differ(name: str, role: str, own: str, of_science: str) -> bool:
    """Return whether the values of a column keep a file from serving a science exposure.

    Parameters
    ----------
    name : str
        The column, one of `SETUP_OF_ROLE`.
    role : str
        The role of the file.
    own, of_science : str
        The values of the file and of the science exposure.

    Examples
    --------
    >>> differ("channel", "background", "1", "12"), differ("band", "background", "short", "long")
    (False, True)
    """
    if not (is_defined(own) and is_defined(of_science)) or _SEVERAL in (own, of_science):
        return False
    if role == Role.DIRECT_IMAGE and name in ("filter", "pupil") and of_science.startswith(_DISPERSERS):
        return False
    if name == "channel" and own.isdecimal() and of_science.isdecimal():  # 1 is a part of 12
        return not set(own) & set(of_science)
    return own != of_science


def _reasons(aside: Sequence[_Served], science: Sequence[str], cells: Mapping[str, Cells]) -> Iterator[str]:
    """Yield why members serve no science exposure, grouped by reason."""
    alike: dict[tuple[str, str], list[str]] = defaultdict(list)
    for each in aside:
        nearest = min(science, key=lambda name: len(_differences(each, name, cells)))
        alike[each.role, _reason(each, nearest, cells)].append(each.expname)
    for (role, reason), names in alike.items():
        for line in _counted(names, f"left out as {role}", "is", "are"):
            yield f"{line}: {reason}"


def _reason(served: _Served, nearest: str, cells: Mapping[str, Cells]) -> str:
    differing = _differences(served, nearest, cells)
    if served.role in _MADE_OF_IMAGES and not differing:
        return "its direct image is left out"
    if not differing:
        return f"it is of another observation than {nearest}, which has one of its own"
    its = " and ".join(f"its {name.upper()} is {_text(cells[served.expname][name])}" for name in differing)
    that = " and ".join(_text(cells[nearest][name]) for name in differing)
    return f"{its}; that of {nearest}, which is nearest, is {that}"


def _text(cell: str) -> str:
    return cell.upper()


def _counted(names: Sequence[str], what: str, one: str, several: str) -> Iterator[str]:
    if len(names) > _MANY:
        yield f"{names[0]} and {len(names) - 1} more {several} {what}"
    else:
        yield from (f"{name} {one} {what}" for name in names)
