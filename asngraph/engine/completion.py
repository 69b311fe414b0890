"""Completing associations: validity, and the named transformations that follow extraction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from asngraph.engine.draft import Draft, Member
from asngraph.engine.nods import add_extracted_nods, overlap_reason, split_nods, whole_number
from asngraph.engine.product_names import format_product, product_name
from asngraph.model.column import is_defined
from asngraph.model.derived_columns import Facts
from asngraph.model.filenames import joined
from asngraph.rules.rule import Completion, Rule

# Candidates that bring several observations together (MULTI_OBS_AC_TYPES of jwst.associations.lib.rules_level3_base).
SEVERAL_OBSERVATIONS = ("group", "background", "mosaic")


def complete(draft: Draft, facts: Facts) -> tuple[list[Draft], str]:
    """Return what an association becomes.

    Parameters
    ----------
    draft : Draft
        The association as it was extracted.
    facts : Facts
        The columns of the exposures.

    Returns
    -------
    associations : list of Draft
        The association itself, several, or none where it is not valid.
    reason : str
        Why it is not valid; empty where it is.
    """
    several = draft.rule.several_observations and draft.candidate.type in SEVERAL_OBSERVATIONS
    reason = invalid(draft, len(draft.collected("obs_num")) if several else None)
    if reason:
        return [], reason
    completed = [_without_repetition(draft)]
    for completion in draft.rule.completion:
        completed = [after for before in completed for after in _TRANSFORMATIONS[completion](before, facts)]
    if not completed:
        return [], "has no direct image"
    for association in completed:
        if not association.product:
            association.product = product_name(association)
    return completed, ""


def leave(draft: Draft) -> Draft:
    """Return an association as it was extracted, valid or not, with the name of its product."""
    left = replace(_without_repetition(draft))
    left.product = product_name(left)
    return left


def invalid(draft: Draft, observations: int | None = None) -> str:
    """Return why an association is not valid as it was extracted; an empty text where it is.

    Parameters
    ----------
    draft : Draft
        The association.
    observations : int, optional
        The number of its observations; by default several are assumed.
    """
    rule, candidate = draft.rule, draft.candidate.type
    if not rule.serves(candidate):
        return f"is not made for candidates of type {candidate}"
    return lacking(rule, rule.level, candidate, [member.exptype for member in draft.members], observations)


def lacking(rule: Rule | None, level: int, candidate_type: str, roles: Sequence[str], observations: int | None) -> str:
    """Return what members lack to make a valid association.

    Parameters
    ----------
    rule : Rule or None
        The rule; None where it is not known, and only science is required.
    level : int
        The stage of the association, 2 or 3.
    candidate_type : str
        The type of its candidate.
    roles : sequence of str
        The role of each member.
    observations : int or None
        The number of observations that the members have; None where it is not known, and several are assumed.

    Returns
    -------
    str
        What they lack, in words; empty where they make a valid association.
    """
    needs = ("science",) if rule is None else rule.needs
    if level == 2 and candidate_type == "background":
        needs = (*needs, "background")
    present = set(roles)
    for need in needs:
        if need not in present:
            return f"has no {need}"
    if not roles:
        return "has no member"
    if rule is not None and len(roles) < rule.members:
        return f"has fewer than {rule.members} members"
    several = rule is not None and rule.several_observations and candidate_type in SEVERAL_OBSERVATIONS
    if several and observations is not None and observations < 2:
        return "has only one observation"
    return ""


def _without_repetition(draft: Draft) -> Draft:
    """Return an association without members that repeat a name in the same role."""
    unique = {(member.expname, member.exptype): member for member in reversed(draft.members)}
    if len(unique) == len(draft.members):
        return draft
    return replace(draft, members=list(reversed(unique.values())))


def prune_imprints(draft: Draft, facts: Facts) -> list[Draft]:
    """Return the association without imprints that were taken for other exposures than its science.

    Only imprints with the background flag of the science are considered. Where some of them have its target, the
    others are left out; where there are still more of them than science exposures, and some have its dither position,
    the others are.

    Parameters
    ----------
    draft : Draft
        The association.
    facts : Facts
        The columns of the exposures.
    """
    imprints = draft.exposures("imprint")
    if not imprints or "targetid" not in facts.pool or "bkgdtarg" not in facts.pool:
        return [draft]
    science = draft.exposures("science")
    flag, target, dither = facts["bkgdtarg"], facts["targetid"], facts["dithptin"]
    of_background = any(flag[member.exposure] == "t" for member in science)
    considered = [member for member in imprints if (flag[member.exposure] == "t") == of_background]
    targets = {target[member.exposure] for member in science}
    kept = [member for member in considered if target[member.exposure] in targets] or considered
    if len(science) < len(kept) and "dithptin" in facts.pool:
        positions = {dither[member.exposure] for member in science}
        kept = [member for member in kept if dither[member.exposure] in positions] or kept
    dropped = {id(member) for member in considered} - {id(member) for member in kept}
    return [replace(draft, members=[member for member in draft.members if id(member) not in dropped])]


def drop_reason(draft: Draft, exposure: int, facts: Facts) -> tuple[str, int, dict[str, str]]:
    """Return why an exposure that joined is not among an association's members.

    Parameters
    ----------
    draft : Draft
        The association, completed.
    exposure : int
        An exposure of its group.
    facts : Facts
        The columns of the exposures.

    Returns
    -------
    reason : str
        In words.
    other : int
        The exposure on which the reason depends.
    cells : dict of str to str
        Columns of the exposure with values that would keep it; empty where its row alone cannot.
    """
    anchor = draft.anchor
    if Completion.SPLIT_NODS in draft.rule.completion and facts["filename"][exposure] != facts["filename"][anchor]:
        reason, cells = overlap_reason(exposure, anchor, facts)
        return reason, anchor, cells
    if Completion.PRUNE_IMPRINTS in draft.rule.completion:
        for name in ("targetid", "dithptin"):
            own, needed = facts[name][exposure], facts[name][anchor]
            if own != needed:
                reason = f"it is an imprint with {name} {own}, and others have that of the science, {needed}"
                return reason, anchor, {name: needed}
    return "the association already has a member of the same name", anchor, {}


def use_catalog(draft: Draft, facts: Facts) -> list[Draft]:
    """Return the association with the stage-3 image, its catalog and segmentation map in place of its direct images.

    Parameters
    ----------
    draft : Draft
        The association.
    facts : Facts
        The columns of the exposures.

    Returns
    -------
    list of Draft
        One; none where it has no direct image.
    """
    directs = draft.exposures("direct_image")
    if not directs:
        return []
    if draft.bound("direct_candidate"):  # parallels use the long channel's direct image, or the first where it has none
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
    """Return the direct image that was taken soonest after the science exposure."""
    numbers = facts["expspcin"]
    own = whole_number(numbers[science.exposure])
    if own is None:
        return directs[0]
    taken = [whole_number(numbers[direct.exposure]) for direct in directs]
    later = [(number - own, place) for place, number in enumerate(taken) if number is not None and own < number]
    return directs[min(later)[1]] if later else directs[0]


def _catalog_root(draft: Draft, image: Member, facts: Facts) -> str:
    """Return the name of the stage-3 product of a direct image."""

    def first_defined(*names: str) -> str:
        return next((text for name in names if is_defined(text := facts[name][image.exposure])), "")

    if facts["instrume"][image.exposure] == "miri":
        optics = facts["filter"][image.exposure] if "filter" in facts.pool else ""
    else:
        optics = joined([first_defined("filter", "band"), first_defined("pupil", "grating")])
    pattern = "jw{program}-{asn_id}_{target}_{instrument}_{optics}{-subarray}"
    return format_product(pattern, draft, optics or "clear").lower()


_TRANSFORMATIONS: dict[Completion, Callable[[Draft, Facts], list[Draft]]] = {
    Completion.PRUNE_IMPRINTS: prune_imprints,
    Completion.SPLIT_NODS: split_nods,
    Completion.USE_CATALOG: use_catalog,
    Completion.EXTRACTED_NODS: add_extracted_nods,
}
