"""The figure of an association: its science exposures as a set, the exposures that serve them, and the product."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from asngraph.graph.elements import grouped_sets, nodes, service_blocks
from asngraph.graph.memberships import NO_EXPOSURE, Membership, memberships
from asngraph.model.column import is_defined
from asngraph.model.roles import in_order
from asngraph.plots.canvas import INK, QUIET, Sheet, darker, fitted, look_of, wrapped
from asngraph.plots.labels import common_ends, differing, finest, natural

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from asngraph.graph.association_graph import AssociationGraph

NAMED = 40
# The maximum number of blocks of a role; beyond it, those of one relation are merged.
_MOST_BLOCKS = 4
_ROW, _NAME_SIZE, _HEADING = 0.155, 7, 0.17
_LEFT, _PORT = 0.32, 3.2
_BRACKET, _LANES, _LANES_END, _RIGHT = _PORT + 0.14, _PORT + 0.34, 4.5, 4.72
_ENTRY = 0.11
_WIDTH = 7.2


@dataclass(frozen=True)
class _Row:
    label: str
    members: list[Membership]


@dataclass(frozen=True)
class _Block:
    """Members of one role that serve the same science exposures, or an association's science exposures themselves."""

    role: str
    relation: str
    rows: list[_Row]
    says: str = ""
    served: frozenset[int] = frozenset()

    @property
    def members(self) -> list[Membership]:
        return [member for row in self.rows for member in row.members]

    @property
    def heading(self) -> str:
        return f"{self.role}: {len(self.members)}"

    @property
    def hollow(self) -> bool:
        return all(member.represented for member in self.members)

    @property
    def colour(self) -> str:
        return darker(look_of(self.role).colour)


def plot_association(graph: AssociationGraph, name: str) -> Figure:
    """Draw an association: its science exposures as a set, those that serve all or some of them, and the product.

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
        When the association is unknown.

    Examples
    --------
    >>> import asngraph
    >>> plot_association(asngraph.generate("examples/nircam_mosaic.csv"), "jw04321-o001_image2_00001")
    <ShownFigure size ...>
    """
    known = _known(graph, name)
    parts = _Parts(graph, known["association"])
    sheet = Sheet(_WIDTH)
    top = sheet.title(known["association"], _about(known, parts))
    y = _draw(sheet, top + 0.16, parts)
    y = sheet.notes(y + 0.05, list(_notes(parts)))
    return sheet.finish(y + 0.05)


def _known(graph: AssociationGraph, name: str) -> Mapping[str, Any]:
    wanted = graph.decision.made[graph.lookup.association(name)].name
    return next(node.attributes for node in nodes(graph, ["associations"]) if node.key.name == wanted)


class _Parts:
    """The parts of the figure of an association."""

    def __init__(self, graph: AssociationGraph, name: str) -> None:
        self._graph, self._name = graph, name
        everyone = list(memberships(graph, name))
        self.members = list({(each.file, each.exptype, each.exposure): each for each in everyone}.values())
        self.products = list(dict.fromkeys(each.product for each in everyone))
        self.ends = common_ends(each.file for each in self.members if each.exposure != NO_EXPOSURE)
        self.counted = len(self.members) > NAMED
        self.sets = list(grouped_sets(graph, name))
        science = [each for each in self.members if each.exptype == "science"]
        self._science = {each.exposure for each in science if each.exposure != NO_EXPOSURE}
        relation = "grouped_with" if self.sets else ""
        self.science = _Block("science", relation, self._rows(science)) if science else None
        self.others = sorted(self._serving(), key=_order([each.exptype for each in self.members]))
        self.others += self._files([each for each in self.members if each.exposure == NO_EXPOSURE])

    def _serving(self) -> Iterator[_Block]:
        """Yield a block for members that serve the same; if there are too many, one for each relation."""
        carried: dict[str, list[Membership]] = {}
        for (role, relation), alike in self._alike().items():
            served = [(members, science) for science, members in alike.items() if science]
            if len(served) > _MOST_BLOCKS:
                together = [member for members, _ in served for member in members]
                says = self._each_serves([len(science) for _, science in served])
                yield _Block(role, relation, self._rows(together), says, frozenset().union(*alike))
            else:
                for members, science in served:
                    yield _Block(role, relation, self._rows(members), self._serves(len(science)), science)
            carried.setdefault(role, []).extend(alike.get(frozenset(), []))
        for role, members in carried.items():
            if members:
                yield _Block(role, "carried_in", self._rows(members), "carried along, serves none of the science")

    def _alike(self) -> dict[tuple[str, str], dict[frozenset[int], list[Membership]]]:
        """Return the serving members by role and relation, grouped by the science exposures that they serve."""
        served: dict[tuple[str, int], set[int]] = {}
        for _, _, block in service_blocks(self._graph, self._name):
            for source in block.sources:
                served.setdefault((block.relation, source), set()).update(set(block.targets) - {source})
        relations: dict[int, list[str]] = {}
        for relation, source in served:
            relations.setdefault(source, []).append(relation)
        found: dict[tuple[str, str], dict[frozenset[int], list[Membership]]] = {}
        for member in self.members:
            if member.exptype == "science" or member.exposure == NO_EXPOSURE:
                continue
            for relation in relations.get(member.exposure, []):
                science = frozenset(served[relation, member.exposure])
                found.setdefault((member.exptype, relation), {}).setdefault(science, []).append(member)
        return found

    def _serves(self, number: int) -> str:
        count = len(self._science)
        if count == 1:
            return ""
        return f"serves all {count}" if number == count else f"serves {number} of {count}"

    def _each_serves(self, numbers: Sequence[int]) -> str:
        least, most = min(numbers), max(numbers)
        return f"each serves {least if least == most else f'{least} to {most}'} of {len(self._science)}"

    @property
    def brackets(self) -> list[set[int]]:
        """The sets of science exposures that are processed together, including single ones."""
        if len(self._science) == 1:
            return [self._science]
        return [set(each.members) for each in self.sets]

    def serves_bracket(self, block: _Block) -> bool:
        """Return whether a block serves all science exposures, and these are one set."""
        return len(self.brackets) == 1 and self._science <= block.served

    def _files(self, members: list[Membership]) -> Iterator[_Block]:
        """Yield the members that are not exposures."""
        support = {each.file for each in self._graph.serving}
        for role in in_order([each.exptype for each in members if each.exptype != "science"]):
            own = [each for each in members if each.exptype == role]
            says = "serves exposures" if own[0].file in support else "product of another association"
            yield _Block(role, "", self._rows(own), says)

    def _rows(self, members: list[Membership]) -> list[_Row]:
        """Return a row for each member, or if there are too many, for each observation and detector."""
        if not self.counted:
            return [_Row(differing(each.file, self.ends), [each]) for each in members]
        facts = self._graph.decision.facts
        observation, detector = facts["obs_num"], facts["detector"]

        def place(member: Membership) -> str:
            if member.exposure == NO_EXPOSURE:
                return "products of other associations"
            return f"observation {observation[member.exposure]}, {detector[member.exposure]}"

        keys = (place, lambda member: place(member).split(",")[0], lambda member: member.exptype)
        ordered = sorted(members, key=lambda member: natural(place(member)))
        _, groups = finest(ordered, keys, NAMED)
        return [_Row(str(label), group) for label, group in groups.items()]


def _order(roles: Sequence[str]) -> Any:
    order = in_order(roles)
    return lambda block: (order.index(block.role), not block.served, block.relation)


def _about(known: Mapping[str, Any], parts: _Parts) -> list[str]:
    more = len(parts.products) - 1
    return [
        f"{known['asn_type']}, stage {known['level']}, rule {known['rule']}",
        f"candidate {known['candidate']} ({known['candidate_type']}), program {known['program']}"
        + (f", target {known['target']}" if is_defined(known["target"]) else ""),
        f"product {known['product']}" + (f" and {more} more" if more else ""),
        f"built around {known['anchor']}",
    ]


def _draw(sheet: Sheet, y: float, parts: _Parts) -> float:
    """Draw the blocks, and a lane from each to the science exposures that it serves; return the height below them."""
    top, low = y, _draw_product(sheet, y, parts.products)
    joined = [block for block in parts.others if block.served]
    to_set = [block for block in joined if parts.serves_bracket(block)]
    places: dict[int, float] = {}
    foot = y
    if parts.science is not None:
        places = {
            each.exposure: y + _HEADING + _ROW * n for n, row in enumerate(parts.science.rows) for each in row.members
        }
        foot = max(places.values())
        y = _draw_block(sheet, y, parts.science) + _ENTRY * len(to_set)
        _draw_brackets(sheet, parts.brackets, places, top, foot + _ENTRY * len(to_set))
    y = max(y, low)
    pitch = min(0.17, (_LANES_END - _LANES) / max(1, len(joined)))
    for block in parts.others:
        if block.served:
            lane = _LANES + pitch * joined.index(block)
            if block in to_set:
                ends = {foot + _ENTRY * (len(to_set) - to_set.index(block)): _BRACKET}
            else:
                ends = {places[exposure]: _PORT + 0.05 for exposure in block.served if exposure in places}
            _draw_lane(sheet, y, block, lane, ends)
        y = _draw_block(sheet, y, block, _LANES + pitch * len(joined))
    return y


def _draw_block(sheet: Sheet, y: float, block: _Block, beside: float = _LANES) -> float:
    """Draw members under their heading; return the height of the next block."""
    sheet.marks([sheet.margin + 0.04], [y], block.role, size=6, hollow=block.hollow)
    sheet.text(_LEFT, y, block.heading, size=8, weight="bold")
    sheet.text(_PORT + 0.05, y, block.relation, size=7, ha="right", style="italic")
    sheet.text(beside, y, block.says, size=7, colour=QUIET)
    y += _HEADING
    for number, row in enumerate(block.rows):
        _draw_row(sheet, y + number * _ROW, row, block)
    return y + _ROW * len(block.rows) + 0.13


def _draw_row(sheet: Sheet, y: float, row: _Row, block: _Block) -> None:
    count = len(row.members)
    pitch = min(0.1, 1.25 / count)
    first = _PORT - pitch * (count - 1)
    label = row.label if count == 1 else f"{row.label}: {count}"
    sheet.text(_LEFT, y, fitted(label, _NAME_SIZE, first - 0.1 - _LEFT), size=_NAME_SIZE)
    sheet.marks([first + pitch * step for step in range(count)], [y] * count, block.role, hollow=block.hollow)


def _draw_brackets(
    sheet: Sheet, brackets: list[set[int]], places: Mapping[int, float], top: float, foot: float
) -> None:
    """Draw a bracket for each set of science exposures; a single one connects the product and what serves it."""
    colour = darker(look_of("science").colour)
    for members in brackets:
        ys = sorted({places[member] for member in members})
        first, last = (top, foot) if len(brackets) == 1 else (ys[0], ys[-1])
        sheet.line([_BRACKET, _BRACKET], [first, last], colour=colour, width=1.3)
        for y in ys:
            sheet.line([_PORT + 0.05, _BRACKET], [y, y], colour=colour, width=1.3)


def _draw_lane(sheet: Sheet, y: float, block: _Block, lane: float, ends: Mapping[float, float]) -> None:
    """Draw a line from a block to each place that it serves, given by its height."""
    style: dict[str, Any] = {"colour": block.colour, "linestyle": (0, (3, 2)) if block.hollow else "-"}
    ys = [y + _HEADING + _ROW * number for number in range(len(block.rows))]
    middle = (ys[0] + ys[-1]) / 2
    for own in ys:
        sheet.line([_PORT + 0.05, _BRACKET], [own, own], **style)
    if len(ys) > 1:
        sheet.line([_BRACKET, _BRACKET], [ys[0], ys[-1]], **style)
    sheet.line([_BRACKET, lane, lane], [middle, middle, min(ends)], **style)
    for end, port in ends.items():
        sheet.arrow((lane, end), (port, end), width=0.7, shrink=(0, 1), **style)


def _draw_product(sheet: Sheet, y: float, products: Sequence[str]) -> float:
    """Draw the product beside the science exposures; return the height below it."""
    room = sheet.width - sheet.margin - _RIGHT - 0.2
    sheet.arrow((_BRACKET, y), (_RIGHT, y), shrink=(0, 4))
    sheet.text((_BRACKET + _RIGHT) / 2, y - 0.09, "produces", size=7, ha="center")
    sheet.box(_RIGHT - 0.03, y - 0.08, 0.16, 0.16, INK)
    several = len(products) > 1
    sheet.text(_RIGHT + 0.2, y, f"{len(products)} products" if several else "product", size=8, weight="bold")
    name = f"such as {products[0]}" if several else products[0]
    for line in wrapped(name, _NAME_SIZE, room):
        y += 0.14
        sheet.text(_RIGHT + 0.2, y, line, size=_NAME_SIZE)
    return y + 0.2


def _notes(parts: _Parts) -> Iterator[str]:
    if parts.counted:
        yield f"More than {NAMED} members: counted by observation and detector, one marker for each."
    elif any(parts.ends):
        yield f"Names are shown without their common parts: {parts.ends[0]}…{parts.ends[1]}"
    if parts.sets:
        yield "Bracket: science exposures that are combined. Arrows to it serve all, arrows to an exposure that one."
    if any(block.hollow for block in parts.others):
        yield "Hollow, dashed: exposures that are not members themselves, but through their product."
