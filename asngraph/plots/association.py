"""The picture of one association: its members by role, their edges to the anchor, and the product."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from asngraph.engine.draft import PRODUCT
from asngraph.engine.result import DecidedAssociation
from asngraph.graph.records import target_of
from asngraph.model.column import is_defined
from asngraph.model.derived_columns import Facts
from asngraph.model.relations import relation_of
from asngraph.model.roles import Role, in_order
from asngraph.plots.canvas import INK, QUIET, Sheet, darker, fitted, look_of, wrapped
from asngraph.plots.labels import common_ends, differing, finest, natural

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from asngraph.graph.association_graph import AssociationGraph

NAMED = 40
_ROW, _NAME_SIZE = 0.155, 7
_LEFT, _PORT, _HUB, _RIGHT = 0.32, 3.2, 4.75, 4.98
_WIDTH = 7.2


@dataclass(frozen=True)
class _Member:
    """What takes part in an association; of a product of another association, the exposure is PRODUCT."""

    name: str
    role: str
    exposure: int
    relation: str


@dataclass(frozen=True)
class _Row:
    label: str
    members: list[_Member]


@dataclass(frozen=True)
class _Block:
    """The members of one role and relation; `behind` says that a product that is made of them stands for them."""

    role: str
    relation: str
    rows: list[_Row]
    behind: bool
    with_anchor: bool

    @property
    def heading(self) -> str:
        count = sum(len(row.members) for row in self.rows)
        return f"{self.role}: {count}" + (" and the anchor" if self.with_anchor else "")

    @property
    def height(self) -> float:
        return 0.3 + _ROW * len(self.rows)


def plot_association(graph: AssociationGraph, name: str) -> Figure:
    """Draw an association: its members by role, the relation of each to the anchor, and the product.

    Up to 40 members are named; more are counted by observation and detector.

    Parameters
    ----------
    graph : AssociationGraph
        The graph.
    name : str
        The association's name, with or without ``_asn.json``.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    UsageError
        When there is no such association.

    Examples
    --------
    >>> import asngraph
    >>> plot_association(asngraph.generate("examples/nircam_mosaic.csv"), "jw04321-o001_image2_00001")
    <Figure size ...>
    """
    made = graph.decision.made[graph.lookup.association(name)]
    facts = graph.decision.facts
    members, behind, anchors = _parts(made, facts, graph.exposure_names)
    everyone = [*members, *behind, *anchors]
    ends = common_ends(member.name for member in everyone if member.exposure != PRODUCT)
    sheet = Sheet(_WIDTH)
    top = sheet.title(made.name, _about(made, facts))
    total = len(members) + len(behind)
    blocks = [
        _Block(
            role, relation, _rows(block, facts, ends, total), part is behind, len(anchors) == 1 and role == Role.SCIENCE
        )
        for part in (members, behind)
        for (role, relation), block in _by_role(part).items()
    ]
    height = sum(block.height for block in blocks)
    hub = top + max(height / 2, 0.2)
    y = top + 0.05
    for block in blocks:
        y = _draw_block(sheet, y, block, hub)
    if not blocks:
        sheet.text(_LEFT, hub, "no other member", colour=QUIET)
    _draw_hub(sheet, hub, made, anchors, ends)
    y = sheet.notes(max(y, hub + 1.25) + 0.05, list(_notes(members, behind, ends)))
    return sheet.finish(y + 0.05)


def _about(made: DecidedAssociation, facts: Facts) -> list[str]:
    draft = made.draft
    rule, candidate = draft.rule, draft.candidate
    target = target_of(draft, facts)
    return [
        f"{rule.asn_type}, level {rule.level}, rule {rule.name}",
        f"candidate {candidate.id} ({candidate.type}), program {draft.program}"
        + (f", target {target}" if is_defined(target) else ""),
        "product " + made.products[0].name + (f" and {len(made.products) - 1} more" if made.products[1:] else ""),
    ]


def _parts(
    made: DecidedAssociation, facts: Facts, names: Sequence[str]
) -> tuple[list[_Member], list[_Member], list[_Member]]:
    """Return the members, the exposures that a product stands for among them, and the anchors.

    A single anchor is drawn apart and is none of the members here; the anchors of what was merged are.
    """
    role, exp_type = facts["role"], facts["exp_type"]

    def member(name: str, exptype: str, exposure: int) -> _Member:
        if exposure == PRODUCT:
            return _Member(name, exptype, exposure, "")
        return _Member(name, exptype, exposure, relation_of(exptype, role[exposure], exp_type[exposure]))

    members = list(dict.fromkeys(member(*each) for product in made.products for each in product.members))
    behind = list(dict.fromkeys(member(*each) for part in made.merged for each in part.replaced))
    centres = dict.fromkeys(part.anchor for part in made.merged)
    anchors = [each for each in members if each.exposure in centres and each.role == Role.SCIENCE]
    anchors = anchors or [member(names[centre], "science", centre) for centre in centres]
    if len(anchors) == 1:
        members = [each for each in members if each != anchors[0]]
    return members, behind, anchors


def _by_role(members: list[_Member]) -> dict[tuple[str, str], list[_Member]]:
    blocks: dict[tuple[str, str], list[_Member]] = {}
    for role in in_order([member.role for member in members]):
        for member in members:
            if member.role == role:
                blocks.setdefault((role, member.relation), []).append(member)
    return blocks


def _rows(block: list[_Member], facts: Facts, ends: tuple[str, str], total: int) -> list[_Row]:
    """Make a row for each member, or where they are too many for each observation and detector."""
    if total <= NAMED:
        return [_Row(differing(member.name, ends), [member]) for member in block]
    observation, detector = facts["obs_num"], facts["detector"]

    def place(member: _Member) -> str:
        if member.exposure == PRODUCT:
            return "products of other associations"
        return f"observation {observation[member.exposure]}, {detector[member.exposure]}"

    keys = (place, lambda member: place(member).split(",")[0], lambda member: member.role)
    ordered = sorted(block, key=lambda member: natural(place(member)))
    _, groups = finest(ordered, keys, NAMED)
    return [_Row(str(label), group) for label, group in groups.items()]


def _draw_block(sheet: Sheet, y: float, block: _Block, hub: float) -> float:
    """Draw the members of a role under their heading; return the height at which the next can begin."""
    sheet.marks([sheet.margin + 0.04], [y], block.role, size=6, hollow=block.behind)
    sheet.text(_LEFT, y, block.heading, size=8, weight="bold")
    sheet.text(_PORT + 0.05, y, block.relation, size=7, ha="right", style="italic")
    y += 0.17
    for number, row in enumerate(block.rows):
        _draw_row(sheet, y + number * _ROW, row, block, hub)
    return y + _ROW * len(block.rows) + 0.13


def _draw_row(sheet: Sheet, y: float, row: _Row, block: _Block, hub: float) -> None:
    count = len(row.members)
    pitch = min(0.1, 1.25 / count)
    first = _PORT - pitch * (count - 1)
    label = row.label if count == 1 else f"{row.label}: {count}"
    sheet.text(_LEFT, y, fitted(label, _NAME_SIZE, first - 0.1 - _LEFT), size=_NAME_SIZE)
    dashed = block.behind or row.members[0].exposure == PRODUCT
    style = (0, (3, 2)) if dashed else "-"
    sheet.line([_PORT, _HUB], [y, hub], colour=darker(look_of(block.role).colour), linestyle=style)
    sheet.marks([first + pitch * step for step in range(count)], [y] * count, block.role, hollow=block.behind)


def _draw_hub(sheet: Sheet, y: float, made: DecidedAssociation, anchors: list[_Member], ends: tuple[str, str]) -> None:
    """Draw the anchor, and under it the product."""
    room = sheet.width - sheet.margin - _RIGHT
    first = differing(anchors[0].name, ends)
    several = len(anchors) > 1
    sheet.marks([_HUB], [y], "science", size=13)
    sheet.text(_RIGHT, y - 0.08, f"{len(anchors)} anchors" if several else "anchor (science)", size=8, weight="bold")
    for number, line in enumerate(wrapped(f"such as {first}" if several else first, _NAME_SIZE, room)):
        sheet.text(_RIGHT, y + 0.08 + 0.14 * number, line, size=_NAME_SIZE)
    low = y + 0.85
    sheet.arrow((_HUB, y + 0.06), (_HUB, low - 0.04))
    sheet.text(_HUB + 0.08, (y + low) / 2 + 0.06, "produces", size=7)
    sheet.box(_HUB - 0.09, low - 0.09, 0.18, 0.18, INK)
    several = len(made.products) > 1
    sheet.text(_RIGHT, low - 0.08, f"{len(made.products)} products" if several else "product", size=8, weight="bold")
    name = made.products[0].name
    for number, line in enumerate(wrapped(f"such as {name}" if several else name, _NAME_SIZE, room)):
        sheet.text(_RIGHT, low + 0.08 + 0.14 * number, line, size=_NAME_SIZE)


def _notes(members: list[_Member], behind: list[_Member], ends: tuple[str, str]) -> Iterator[str]:
    if len(members) + len(behind) > NAMED:
        yield f"More than {NAMED} members: they are counted by observation and detector, a marker for each."
    elif any(ends):
        yield f"Exposures are named without what all have in common: {ends[0]}…{ends[1]}"
    if any(member.exposure == PRODUCT for member in members):
        yield "Dashed: a member that is the product of another association."
    if behind:
        yield "Hollow, dashed: exposures that are no members; a product that is made of them stands for them."
