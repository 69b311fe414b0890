"""Nod patterns: exposures of one source at several positions, each of which is background for the others."""

from __future__ import annotations

from dataclasses import replace
from itertools import chain

from asngraph.engine.draft import Draft, Member
from asngraph.model.derived_columns import Facts
from asngraph.model.filenames import product_root

# The primary dither points of slit S1600A1 at which neighbouring nods overlap.
_CROWDED_POINTS = 5


def split_nods(draft: Draft, facts: Facts) -> list[Draft]:
    """Return an association for each science exposure, with the other nods as background.

    Parameters
    ----------
    draft : Draft
        The association with all nods as science.
    facts : Facts
        The columns of the exposures.

    Returns
    -------
    list of Draft
        In the order of the science members; what is not science is in all of them.

    Notes
    -----
    O(n + m) in the nods and the members of the associations: nods at the same position have the same background.
    """
    others = [member for member in draft.members if member.exptype != "science"]
    nods = [_Nod(member, facts) for member in draft.exposures("science")]
    at: dict[tuple[str, int | None], list[int]] = {}
    for number, nod in enumerate(nods):
        at.setdefault((nod.target, nod.position), []).append(number)
    of_target: dict[str, list[list[int]]] = {}
    for (target, _), numbers in at.items():
        of_target.setdefault(target, []).append(numbers)
    known: dict[tuple[object, ...], list[Member]] = {}
    split = []
    for nod in nods:
        if nod.sees not in known:
            near = of_target[nod.target] if nod.can_overlap else at.values()
            apart = sorted(chain.from_iterable(some for some in near if not nod.overlaps(nods[some[0]])))
            known[nod.sees] = [nods[number].member._replace(exptype="background") for number in apart]
        backgrounds = [member for member in known[nod.sees] if member.expname != nod.member.expname]
        members = [nod.member, *backgrounds, *others]
        split.append(replace(draft, anchor=nod.member.exposure, members=members, product=_root(nod.member)))
    return split


def add_extracted_nods(draft: Draft, _facts: Facts) -> list[Draft]:
    """Return the association with the extracted spectrum of each science exposure as background, if there are several.

    Parameters
    ----------
    draft : Draft
        The association.
    """
    science = draft.exposures("science")
    if len(science) < 2:
        return [draft]
    extracted = [Member(f"{_root(member)}_x1d.fits", "background", member.exposure) for member in science]
    return [replace(draft, members=[*draft.members, *extracted])]


def overlap_reason(exposure: int, science: int, facts: Facts) -> tuple[str, dict[str, str]]:
    """Return why a nod is not background for a science exposure.

    Parameters
    ----------
    exposure, science : int
        The nods, by their rows.
    facts : Facts
        The columns of the exposures.

    Returns
    -------
    reason : str
        In words.
    cells : dict of str to str
        Columns of the nod with values that would make it background; empty where its row alone cannot.
    """
    nod, other = (_Nod(Member("", "", row), facts) for row in (exposure, science))
    if nod.target != other.target:
        return f"it has targetid {nod.target}, not {other.target}", {"targetid": other.target}
    if other.points is None or other.position is None or nod.position is None:
        columns = ("numdthpt", "patt_num", "subpxpts", "subpxpns")
        differing = [
            name for name in columns if whole_number(facts[name][exposure]) != whole_number(facts[name][science])
        ]
        text = "the position of its source or of the science exposure's is unknown (numdthpt, patt_num, subpxpts)"
        known = other.points is not None and other.position is not None
        return text, {name: facts[name][science] for name in differing} if known else {}
    number = str((other.position + 2) * (nod.subpixels or 1) + 1)
    text = (
        f"its source is at the position of the science exposure's, or too near (patt_num {facts['patt_num'][exposure]})"
    )
    return text, {"patt_num": number}


def whole_number(text: str) -> int | None:
    """Return a whole number, or None where a text is not one."""
    try:
        return int(text)
    except ValueError:
        return None


def _root(member: Member) -> str:
    return product_root(member.expname.rpartition("/")[2])


class _Nod:
    """An exposure of a nod pattern, and the position of its source.

    Source: ``nod_background_overlap`` of jwst.associations.lib.rules_level2_base.
    """

    def __init__(self, member: Member, facts: Facts) -> None:
        self.member = member
        row = member.exposure
        self.exp_type, self.slit = facts["exp_type"][row], facts["fxd_slit"][row]
        self.target = facts["targetid"][row]
        self.points = whole_number(facts["numdthpt"][row])
        number = whole_number(facts["patt_num"][row])
        subpixels = whole_number(facts["subpxpts"][row])
        self.subpixels = whole_number(facts["subpxpns"][row]) if subpixels is None else subpixels
        self.position = (number - 1) // self.subpixels if number is not None and self.subpixels else None

    @property
    def can_overlap(self) -> bool:
        """Whether there are nods that it overlaps, those of other targets among them."""
        return self.exp_type in ("nrs_fixedslit", "nrs_msaspec")

    @property
    def sees(self) -> tuple[object, ...]:
        """What decides which others it overlaps."""
        return self.exp_type, self.slit, self.target, self.points, self.subpixels, self.position

    def overlaps(self, other: _Nod) -> bool:
        """Return whether another nod has light at this one's source, and so cannot be its background."""
        if not self.can_overlap:
            return False
        if self.target != other.target:
            return True
        if self.points is None or self.position is None or other.position is None:
            return self.exp_type == "nrs_fixedslit"
        if self.position == other.position:
            return True
        primary_points = self.points // (self.subpixels or 1)
        crowded = self.exp_type == "nrs_fixedslit" and self.slit == "s1600a1" and primary_points == _CROWDED_POINTS
        return crowded and abs(self.position - other.position) <= 1
