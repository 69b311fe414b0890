"""Completing associations: what is valid, and the named transformations that follow extraction."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace

from asngraph.engine.draft import Draft, Member
from asngraph.model.column import is_defined
from asngraph.model.derived_columns import Facts
from asngraph.model.filenames import escaped, joined, product_root
from asngraph.rules.rule import Completion

# Candidates that bring several observations together (MULTI_OBS_AC_TYPES of jwst.associations.lib.rules_level3_base).
SEVERAL_OBSERVATIONS = ("group", "background", "mosaic")


def complete(draft: Draft, facts: Facts) -> tuple[list[Draft], str]:
    """Complete an association.

    Parameters
    ----------
    draft : Draft
        The association as it was extracted.
    facts : Facts
        What is known of each exposure.

    Returns
    -------
    associations : list of Draft
        What it becomes: itself, several, or none where it is not valid.
    reason : str
        Why it is not valid.
    """
    reason = invalid(draft) or _too_few_observations(draft)
    if reason:
        return [], reason
    made = [_without_repetition(draft)]
    for completion in draft.rule.completion:
        made = [after for before in made for after in _TRANSFORMATIONS[completion](before, facts)]
    if not made:
        return [], "has no direct image"
    for each in made:
        if not each.product:
            each.product = product_name(each, facts)
    return made, ""


def leave(draft: Draft, facts: Facts) -> Draft:
    """Leave an association as it was extracted, valid or not, and only name its product."""
    left = replace(_without_repetition(draft))
    left.product = product_name(left, facts)
    return left


def invalid(draft: Draft) -> str:
    """Say why an association is not valid; an empty text where it is."""
    rule, exptypes = draft.rule, {member.exptype for member in draft.members}
    if not rule.serves(draft.candidate.type):
        return f"is not made for candidates of type {draft.candidate.type}"
    needs = rule.needs
    if rule.level == 2 and draft.candidate.type == "background":
        needs = (*needs, "background")
    for need in needs:
        if need not in exptypes:
            return f"has no {need}"
    if len(draft.members) < rule.members:
        return f"has fewer than {rule.members} members"
    return ""


def _too_few_observations(draft: Draft) -> str:
    candidate = draft.candidate.type
    asked = draft.rule.several_observations and candidate in SEVERAL_OBSERVATIONS
    if asked and len(draft.collected("obs_num")) < 2:
        return f"has one observation only, for a {candidate} candidate"
    return ""


def _without_repetition(draft: Draft) -> Draft:
    """Leave out a member that comes again under the same name in the same role."""
    unique = {(member.expname, member.exptype): member for member in reversed(draft.members)}
    if len(unique) == len(draft.members):
        return draft
    return replace(draft, members=list(reversed(unique.values())))


# --- Imprints -----------------------------------------------------------------------------------------------------


def prune_imprints(draft: Draft, facts: Facts) -> list[Draft]:
    """Leave out imprints that were taken for other exposures than the science.

    Only imprints with the science's background flag are looked at. Where some of them have its target, the others go;
    where there are still more of them than science exposures, and some have its dither position, the others go.
    """
    imprints = draft.exposures("imprint")
    if not imprints or "targetid" not in facts.pool or "bkgdtarg" not in facts.pool:
        return [draft]
    science = draft.exposures("science")
    flag, target, dither = facts["bkgdtarg"], facts["targetid"], facts["dithptin"]
    of_background = any(flag[member.exposure] == "t" for member in science)
    looked_at = [member for member in imprints if (flag[member.exposure] == "t") == of_background]
    targets = {target[member.exposure] for member in science}
    kept = [member for member in looked_at if target[member.exposure] in targets] or looked_at
    if len(science) < len(kept) and "dithptin" in facts.pool:
        positions = {dither[member.exposure] for member in science}
        kept = [member for member in kept if dither[member.exposure] in positions] or kept
    dropped = {id(member) for member in looked_at} - {id(member) for member in kept}
    return [replace(draft, members=[member for member in draft.members if id(member) not in dropped])]


# --- Nods ---------------------------------------------------------------------------------------------------------


def split_nods(draft: Draft, facts: Facts) -> list[Draft]:
    """Make each science exposure an association of its own, with the other nods as background."""
    science = draft.exposures("science")
    others = [member for member in draft.members if member.exptype != "science"]
    nods = [_Nod(member, facts) for member in science]
    made = []
    for nod in nods:
        backgrounds = [
            Member(other.member.expname, "background", other.member.exposure)
            for other in nods
            if other.member.expname != nod.member.expname and not nod.overlaps(other)
        ]
        root = product_root(nod.member.expname.rpartition("/")[2])
        members = [nod.member, *backgrounds, *others]
        made.append(replace(draft, anchor=nod.member.exposure, members=members, product=root))
    return made


class _Nod:
    """One exposure of a nod pattern, and where it had its source.

    Source: ``nod_background_overlap`` of jwst.associations.lib.rules_level2_base.
    """

    def __init__(self, member: Member, facts: Facts) -> None:
        self.member = member
        row = member.exposure
        self.exp_type, self.slit = facts["exp_type"][row], facts["fxd_slit"][row]
        self.target = facts["targetid"][row]
        self.points = _whole(facts["numdthpt"][row])
        number = _whole(facts["patt_num"][row])
        subpixels = _whole(facts["subpxpts"][row])
        self.subpixels = _whole(facts["subpxpns"][row]) if subpixels is None else subpixels
        self.position = (number - 1) // self.subpixels if number is not None and self.subpixels else None

    def overlaps(self, other: _Nod) -> bool:
        """Tell whether another nod has light where this one has its source, so that it is no background for it."""
        if self.exp_type not in ("nrs_fixedslit", "nrs_msaspec"):
            return False
        if self.target != other.target:
            return True
        if self.points is None or self.position is None or other.position is None:
            return self.exp_type == "nrs_fixedslit"
        if self.position == other.position:
            return True
        five_points = self.exp_type == "nrs_fixedslit" and self.slit == "s1600a1" and self._primary_points == 5
        return five_points and abs(self.position - other.position) <= 1

    @property
    def _primary_points(self) -> int:
        return (self.points or 0) // (self.subpixels or 1)


def _whole(text: str) -> int | None:
    try:
        return int(text)
    except ValueError:
        return None


def add_extracted_nods(draft: Draft, _facts: Facts) -> list[Draft]:
    """Add each of several nods again, by its extracted spectrum, as background."""
    science = draft.exposures("science")
    if len(science) < 2:
        return [draft]
    extracted = [
        Member(f"{product_root(member.expname.rpartition('/')[2])}_x1d.fits", "background", member.exposure)
        for member in science
    ]
    return [replace(draft, members=[*draft.members, *extracted])]


def what_dropped(draft: Draft, exposure: int, facts: Facts) -> tuple[str, int, dict[str, str]]:
    """Say why an exposure that joined is not among an association's members.

    Parameters
    ----------
    draft : Draft
        The association, completed.
    exposure : int
        An exposure of its group.
    facts : Facts
        What is known of each exposure.

    Returns
    -------
    reason : str
        In words.
    other : int
        The exposure on which it depends.
    cells : dict of str to str
        Columns of the exposure, and what would do there; empty, where that does not depend on it alone.
    """
    anchor = draft.anchor
    if Completion.SPLIT_NODS in draft.rule.completion and facts["filename"][exposure] != facts["filename"][anchor]:
        return _overlap(_Nod(Member("", "", exposure), facts), _Nod(Member("", "", anchor), facts), facts)
    if Completion.PRUNE_IMPRINTS in draft.rule.completion:
        for name in ("targetid", "dithptin"):
            own, needed = facts[name][exposure], facts[name][anchor]
            if own != needed:
                return (
                    f"it is an imprint with {name} {own}, and others have that of the science, {needed}",
                    anchor,
                    {name: needed},
                )
    return "a member of the same name is there already", anchor, {}


def _overlap(nod: _Nod, science: _Nod, facts: Facts) -> tuple[str, int, dict[str, str]]:
    """Say why a nod is no background for another."""
    anchor, row = science.member.exposure, nod.member.exposure
    if nod.target != science.target:
        return f"it has targetid {nod.target}, not {science.target}", anchor, {"targetid": science.target}
    if science.points is None or science.position is None or nod.position is None:
        columns = ("numdthpt", "patt_num", "subpxpts", "subpxpns")
        lacking = [name for name in columns if _whole(facts[name][row]) != _whole(facts[name][anchor])]
        text = "where it or the science exposure had its source is not told (numdthpt, patt_num, subpxpts)"
        known = science.points is not None and science.position is not None
        return text, anchor, {name: facts[name][anchor] for name in lacking} if known else {}
    other = str((science.position + 2) * (nod.subpixels or 1) + 1)
    text = f"it had its source where the science exposure had it, or too near (patt_num {facts['patt_num'][row]})"
    return text, anchor, {"patt_num": other}


# --- Catalogs -----------------------------------------------------------------------------------------------------


def use_catalog(draft: Draft, facts: Facts) -> list[Draft]:
    """Put a level-3 image, its catalog and its segmentation map in place of the direct images of which it is made."""
    directs = draft.exposures("direct_image")
    if not directs:
        return []
    if draft.bound("direct_candidate"):  # parallels have one direct image in the long channel, or one at all
        closest = next((member for member in directs if "long" in member.expname), directs[0])
    else:
        closest = _taken_next(draft.exposures("science")[0], directs, facts)
    root = _catalog_root(draft, closest, facts)
    members = [member for member in draft.members if member.exptype != "direct_image"]
    members += [
        Member(f"{root}_i2d.fits", "direct_image"),
        Member(f"{root}_cat.ecsv", "sourcecat"),
        Member(f"{root}_segm.fits", "segmap"),
    ]
    return [replace(draft, members=members, replaced=tuple(directs))]


def _taken_next(science: Member, directs: list[Member], facts: Facts) -> Member:
    """Find the direct image that was taken soonest after the science exposure."""
    numbers = facts["expspcin"]
    own = _whole(numbers[science.exposure])
    if own is None:
        return directs[0]
    taken = [_whole(numbers[each.exposure]) for each in directs]
    later = [(number - own, place) for place, number in enumerate(taken) if number is not None and own < number]
    return directs[min(later)[1]] if later else directs[0]


def _catalog_root(draft: Draft, image: Member, facts: Facts) -> str:
    """Name the level-3 product of a direct image."""

    def first_defined(*names: str) -> str:
        return next((text for name in names if is_defined(text := facts[name][image.exposure])), "")

    if facts["instrume"][image.exposure] == "miri":
        optics = facts["filter"][image.exposure] if "filter" in facts.pool else ""
    else:
        optics = joined([first_defined("filter", "band"), first_defined("pupil", "grating")])
    fields = _Fields(draft, facts, optics or "clear")
    return "jw{program}-{asn_id}_{target}_{instrument}_{optics}{-subarray}".format_map(fields).lower()


# --- Names of products --------------------------------------------------------------------------------------------


def product_name(draft: Draft, facts: Facts) -> str:
    """Name an association's product, by its rule.

    Parameters
    ----------
    draft : Draft
        The association.
    facts : Facts
        What is known of each exposure.
    """
    name = draft.rule.product.format_map(_Fields(draft, facts))
    return name if draft.rule.level == 2 else name.lower()


class _Fields(Mapping[str, str]):
    """What can stand in braces in the name of a product. Bound values stand there as in patterns."""

    def __init__(self, draft: Draft, facts: Facts, optics: str | None = None) -> None:
        self.draft, self._facts, self._given_optics = draft, facts, optics

    def __getitem__(self, name: str) -> str:
        return _FIELDS[name](self) if name in _FIELDS else _spelled(self.draft.bound(name) or "")

    def __len__(self) -> int:
        return len(_FIELDS)

    def __iter__(self):  # type: ignore[no-untyped-def]
        return iter(_FIELDS)

    def bound(self, slot: str) -> str:
        return escaped(self.draft.bound(slot) or "")

    @property
    def optics(self) -> str:
        if self._given_optics is not None:
            return self._given_optics
        return joined([self.bound(slot) for slot in self.draft.rule.optics]) or "clear"

    @property
    def slit(self) -> str:
        name = joined([*map(escaped, self.draft.collected("fxd_slit")), self.bound("fxd_slit")])
        return f"-{name}" if name else ""

    @property
    def subarray(self) -> str:
        name = self.bound("subarray")
        return f"-{name}" if name and name != "full" else ""

    @property
    def exposure(self) -> str:
        science = self.draft.exposures("science")
        return product_root(science[0].expname) if science else "undefined"


def _spelled(value: str) -> str:
    """Spell a value of a rule of one's own so that it can stand in the name of a product."""
    return re.sub(r"[^a-z0-9.+]+", "-", value).strip("-") or "unknown"


_FIELDS: dict[str, Callable[[_Fields], str]] = {
    "program": lambda fields: fields.draft.program,
    "asn_id": lambda fields: fields.draft.candidate.id,
    "target": lambda fields: fields.draft.target,
    "instrument": lambda fields: fields.bound("instrume"),
    "optics": lambda fields: fields.optics,
    "-slit": lambda fields: fields.slit,
    "-subarray": lambda fields: fields.subarray,
    "detector": lambda fields: fields.bound("detector"),
    "act_id": lambda fields: f"{fields.bound('act_id'):0>2s}",
    "exposure": lambda fields: fields.exposure,
}

_TRANSFORMATIONS: dict[Completion, Callable[[Draft, Facts], list[Draft]]] = {
    Completion.PRUNE_IMPRINTS: prune_imprints,
    Completion.SPLIT_NODS: split_nods,
    Completion.USE_CATALOG: use_catalog,
    Completion.EXTRACTED_NODS: add_extracted_nods,
}
