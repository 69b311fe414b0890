"""Impact of exposures: the associations and products that depend on them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from asngraph.engine.completion import lacking
from asngraph.engine.draft import PRODUCT
from asngraph.model.column import is_defined
from asngraph.model.filenames import exposure_root, output_root
from asngraph.model.roles import Role
from asngraph.questions.build_order import in_order
from asngraph.questions.collection import AssociationCollection, AssociationRecord, MemberRecord
from asngraph.questions.sources import Source, collect
from asngraph.rules.rule import RuleSet

_ACQUISITION = "target_acquisition"
GONE, LESS, REMADE = "gone", "less", "remade"


@dataclass(frozen=True)
class Effect:
    """Effect on an association of removing exposures.

    Parameters
    ----------
    association : str
        The association.
    rule : str
        Its rule.
    products : tuple of str
        Its products.
    state : str
        ``gone``: what is left is not valid; ``less``: it has fewer members; ``remade``: its members are the same, but
        one of them is a product that changes, or loses an auxiliary file.
    reason : str
        Why it is gone; empty otherwise.
    loses : tuple of str
        The members that it loses.
    because_of : tuple of str
        The affected associations whose products it uses.
    left : mapping of str to int
        The number of remaining members, by role.
    members : int
        The number of members before the removal.
    """

    association: str
    rule: str
    products: tuple[str, ...]
    state: str
    reason: str
    loses: tuple[str, ...]
    because_of: tuple[str, ...]
    left: dict[str, int]
    members: int


def impact(source: Source, *exposures: str, rules: RuleSet | None = None) -> list[Effect]:
    """Return the associations that depend on exposures, and what would be left of them without these.

    Stage-2 products are members of stage-3 associations; a stage-2 association of a slitless spectrum has the stage-3
    image, its catalog and its segmentation map as members.

    Parameters
    ----------
    source : AssociationGraph, Pool, AssociationCollection or path
        The associations, as for `asngraph.questions.collect`.
    *exposures : str
        The exposures; or auxiliary files, such as MSA plans, whose removal changes the processing of their exposures.
    rules : RuleSet, optional
        The rules, as for `asngraph.questions.collect`.

    Returns
    -------
    list of Effect
        In processing order, then by name: each association comes after those whose products it uses.

    Raises
    ------
    UsageError
        When an exposure is unknown, with suggestions.

    Examples
    --------
    >>> from asngraph.simulation import simulate
    >>> pool = simulate(4, ["nircam-imaging"], seed=1)
    >>> [(each.association, each.state, each.left) for each in impact(pool, pool["filename"][0])]
    [('jw03201-o001_image2_00004', 'gone', {}), ('jw03201-o001_image3_00001', 'less', {'science': 3})]
    """
    collection = collect(source, rules)
    served = {each.exposure for name in exposures for each in collection.served_by(name)}
    removed = {collection.exposure(name) for name in exposures if not collection.served_by(name)}
    effects: dict[str, Effect] = {}
    depth: dict[str, int] = {}
    for record, takes in in_order(collection.depending_on(served | removed)):
        depth[record.name] = 1 + max((depth[maker.name] for maker in takes), default=0)
        upstream = [effects[each.name] for each in takes if each.name in effects]
        effect = _effect(collection, record, removed, upstream, takes)
        if effect is None and any(record.roles(exposure) for exposure in served):
            effect = _unchanged(record)
        if effect is not None:
            effects[record.name] = effect
    return sorted(effects.values(), key=lambda effect: (depth[effect.association], effect.association))


def _effect(
    collection: AssociationCollection,
    record: AssociationRecord,
    removed: set[int],
    upstream: list[Effect],
    takes: Sequence[AssociationRecord],
) -> Effect | None:
    gone_products = _without_maker(upstream, takes)
    lost = [
        member
        for member in record.members
        if (
            exposure_root(member.expname).lower() in gone_products
            if member.exposure == PRODUCT
            else member.exposure in removed
        )
    ]
    if not lost and not upstream:
        return None
    if lost:
        lost += _without_observation(collection, [member for member in record.members if member not in lost])
    left = [member for member in record.members if member not in lost]
    exptypes = Counter(member.exptype for member in left)
    reason = _not_valid(collection, record, removed, [member.exptype for member in left])
    if lost and any(member.exptype == Role.DIRECT_IMAGE and member.exposure == PRODUCT for member in lost):
        reason = reason or "has no direct image"
    state = GONE if reason else LESS if lost else REMADE
    return Effect(
        association=record.name,
        rule=record.rule,
        products=record.products,
        state=state,
        reason=reason,
        loses=tuple(member.expname for member in lost),
        because_of=tuple(each.association for each in upstream),
        left={} if reason else dict(exptypes),
        members=len(record.members),
    )


def _unchanged(record: AssociationRecord) -> Effect:
    left = dict(Counter(member.exptype for member in record.members))
    return Effect(record.name, record.rule, record.products, REMADE, "", (), (), left, len(record.members))


def _without_observation(collection: AssociationCollection, left: Sequence[MemberRecord]) -> list[MemberRecord]:
    """Return the target acquisitions whose observation has no other exposure left."""
    column = collection.facts["obs_num"]
    others = {column[each.exposure] for each in left if each.exptype != _ACQUISITION and each.exposure != PRODUCT}
    return [each for each in left if each.exptype == _ACQUISITION and column[each.exposure] not in others]


def _without_maker(upstream: list[Effect], takes: Sequence[AssociationRecord]) -> set[str]:
    """Return the products that no association makes any more."""
    gone = {each.association for each in upstream if each.state == GONE}
    made = {output for each in takes if each.name not in gone for output in each.outputs}
    return {output_root(product).lower() for each in upstream if each.state == GONE for product in each.products} - made


def _not_valid(
    collection: AssociationCollection, record: AssociationRecord, removed: set[int], roles: list[str]
) -> str:
    """Return why what is left is not a valid association; empty if it is valid."""
    if removed.intersection(record.anchors) and (record.level == 2 and len(record.anchors) == 1):
        return "is built around it"
    rule = collection.rules.named(record.rule)
    observations = _observations(collection, record, removed)
    reason = lacking(rule, record.level, record.candidate_type, roles, observations)
    return reason and f"{reason} left"


def _observations(collection: AssociationCollection, record: AssociationRecord, removed: set[int]) -> int | None:
    """Return the number of observations that are left; None if some are unknown."""
    column = collection.facts["obs_num"]
    left = {column[member.exposure] for member in record.members if member.exposure not in (PRODUCT, *removed)}
    return len(left) if all(map(is_defined, left)) else None
