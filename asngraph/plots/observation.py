"""The figure of an observation: its exposures, and the associations that contain them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from asngraph.errors import UsageError
from asngraph.model.column import is_defined
from asngraph.plots.canvas import INK, QUIET, Sheet, fitted, text_width
from asngraph.plots.labels import common_ends, differing, finest, natural
from asngraph.plots.matrix import Column, Matrix, width_of
from asngraph.plots.taking_part import Association, associations
from asngraph.util.suggest import closest, did_you_mean
from asngraph.util.text import counted

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from asngraph.graph.association_graph import AssociationGraph

MOST_ROWS, MOST_COLUMNS = 48, 26
_MARK, _COUNTED = 0.13, 0.25


@dataclass(frozen=True)
class _Row:
    """An exposure, or several that are shown together."""

    label: str
    role: str
    exposures: list[int]


@dataclass(frozen=True)
class _Column:
    """An association, or several that are shown together."""

    label: str
    group: str
    made: list[Association]


# The number of memberships of the exposures of a row in the associations of a column, by role.
_Cells = dict[tuple[int, int], Counter[str]]


def plot_observation(graph: AssociationGraph, number: str | int) -> Figure:
    """Draw an observation: a row for each exposure, a column for each association, and the roles in the cells.

    More than 48 exposures or 26 associations are grouped and counted, with a note in the figure.

    Parameters
    ----------
    graph : AssociationGraph
        The graph.
    number : str or int
        The observation's number, such as 1, ``001`` or ``o001``.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    UsageError
        When the pool does not have the observation.

    Examples
    --------
    >>> import asngraph
    >>> plot_observation(asngraph.generate("examples/miri_mrs_background.csv"), 1)
    <ShownFigure size ...>
    """
    exposures = _exposures(graph, str(number))
    made = [each for each in associations(graph) if not each.exposures.isdisjoint(exposures)]
    rows, ends = _rows(graph, exposures)
    columns, fit = _columns(made)
    cells, others = _cells(rows, columns, set(exposures))
    alone = len(rows) == len(exposures)
    labels = [_plain_column(each, number, cells) for number, each in enumerate(columns)]
    left = 0.42 + min(2.9, max(text_width(row.label, 7) for row in rows)) + 0.15
    sheet = Sheet(width_of(left, labels, 5.2))
    top = sheet.title(_title(graph, exposures), _about(graph, exposures, made))
    matrix = Matrix(sheet, left, top, labels, len(rows) + any(others))
    _draw_rows(sheet, matrix, graph, rows, left)
    if any(others):
        sheet.text(0.36, matrix.row(len(rows)), "exposures of other observations", size=6.5, colour=QUIET)
    _draw_cells(sheet, matrix, columns, cells, others)
    roles = [*(row.role for row in rows), *(role for cell in cells.values() for role in cell)]
    y = sheet.legend(matrix.bottom + 0.16, roles)
    y = sheet.notes(y, list(_notes(columns, ends, alone, fit)))
    return sheet.finish(y + 0.05)


def _number(text: str) -> str:
    return text.strip().lower().removeprefix("o").lstrip("0") or "0"


def _exposures(graph: AssociationGraph, number: str) -> list[int]:
    observations = graph.decision.facts["obs_num"]
    known = {_number(value): value for value in observations.values if is_defined(value)}
    found = [row for row, value in enumerate(observations) if is_defined(value) and _number(value) == _number(number)]
    if not found:
        shown = ", ".join(sorted(known, key=natural)[:8]) + (", ..." if len(known) > 8 else "")
        hint = did_you_mean(closest(_number(number), list(known)), f"it has {shown or 'none'}")
        raise UsageError(f"{graph.pool.name} has no observation {number}; {hint}")
    return found


def _rows(graph: AssociationGraph, exposures: list[int]) -> tuple[list[_Row], tuple[str, str]]:
    """Return a row for each exposure, by detector; if there are too many, for each detector, exposure type and role."""
    facts, names = graph.decision.facts, graph.exposure_names
    detector, exp_type, role = (facts[name] for name in ("detector", "exp_type", "role"))
    keys = (
        lambda row: row,
        lambda row: (detector[row], exp_type[row], role[row]),
        lambda row: role[row],
    )
    ordered = sorted(exposures, key=lambda row: (detector[row], natural(names[row])))
    level, groups = finest(ordered, keys, MOST_ROWS)
    ends = common_ends(names[row] for row in exposures) if level == 0 else ("", "")

    def label(key: Hashable) -> str:
        if isinstance(key, int):
            return f"{differing(names[key], ends)}, {exp_type[key]}"
        return ", ".join(key[:-1]) if isinstance(key, tuple) else str(key)

    return [_Row(label(key), role[group[0]] or "none", group) for key, group in groups.items()], ends


def _columns(made: list[Association]) -> tuple[list[_Column], bool]:
    """Return a column for each association, and whether all fit.

    Associations of single exposures are grouped; if there are too many columns, similar associations are too.
    """

    def kind(each: Association) -> tuple[str, str, str]:
        return each.known["program"], each.known["candidate"], each.known["asn_type"]

    several = len({each.known["program"] for each in made}) > 1

    def single_or_own(each: Association) -> Hashable:
        return kind(each) if len(each.exposures) == 1 else each.name

    keys = (single_or_own, kind, lambda each: each.known["asn_type"])
    level, groups = finest(made, keys, MOST_COLUMNS)
    columns = []
    for group in groups.values():
        texts = {f"{each.known['program']}-" * several + f"{each.candidate.id} {each.candidate.type}" for each in group}
        text = "all candidates" if len(texts) > 1 else texts.pop()
        asn_type = group[0].known["asn_type"]
        label = group[0].name.partition("_")[2] if len(group) == 1 else f"{len(group)} {asn_type}"
        columns.append(_Column(label, text, group))

    def place(column: _Column) -> tuple[bool, Hashable, int]:
        """Return a sort key: the observation before candidates with other observations, stage 2 before stage 3."""
        first = column.made[0]
        return first.candidate.type != "observation", natural(column.group), first.known["level"]

    return sorted(columns, key=place), level == 0


def _cells(rows: list[_Row], columns: list[_Column], own: set[int]) -> tuple[_Cells, list[int]]:
    """Return the memberships by row, column and role, and the number of exposures of other observations by column."""
    row_of = {exposure: number for number, row in enumerate(rows) for exposure in row.exposures}
    cells: _Cells = defaultdict(Counter)
    others = []
    for number, column in enumerate(columns):
        for each in column.made:
            for member in each.members:
                if member.exposure in own:
                    cells[row_of[member.exposure], number][member.exptype] += 1
        others.append(len({row for each in column.made for row in each.exposures} - own))
    return cells, others


def _plain_column(column: _Column, number: int, cells: _Cells) -> Column:
    """Return a column with the width of its fullest cell."""
    own = [cell for (_, place), cell in cells.items() if place == number]
    widest = max(sum(_COUNTED if count > 1 else _MARK for count in cell.values()) for cell in own)
    return Column(column.label, column.group, max(0.19, widest + 0.06))


def _title(graph: AssociationGraph, exposures: list[int]) -> str:
    facts = graph.decision.facts
    programs = " and ".join(dict.fromkeys(facts["program"][row] for row in exposures))
    return f"Program {programs}, observation {facts['obs_num'][exposures[0]]}"


def _about(graph: AssociationGraph, exposures: list[int], made: list[Association]) -> list[str]:
    facts = graph.decision.facts
    what = [
        ", ".join(dict.fromkeys(value for row in exposures if is_defined(value := facts[name][row])))
        for name in ("instrume", "template", "targname")
    ]
    counts = f"{counted(len(exposures), 'exposure')} in {counted(len(made), 'association')}"
    return ["; ".join(text for text in what if text), counts]


def _draw_rows(sheet: Sheet, matrix: Matrix, graph: AssociationGraph, rows: list[_Row], left: float) -> None:
    detector = graph.decision.facts["detector"]
    detectors = list(dict.fromkeys(detector[row.exposures[0]] for row in rows))
    for number, row in enumerate(rows):
        if detectors.index(detector[row.exposures[0]]) % 2:
            matrix.band(number)
        y = matrix.row(number)
        sheet.marks([sheet.margin + 0.04], [y], row.role)
        text = row.label if len(row.exposures) == 1 else f"{row.label}: {len(row.exposures)}"
        sheet.text(0.36, y, fitted(text, 7, left - 0.42), size=7)


def _draw_cells(sheet: Sheet, matrix: Matrix, columns: list[_Column], cells: _Cells, others: list[int]) -> None:
    single = all(cell.total() == 1 for cell in cells.values())
    for number, column in enumerate(columns):
        x = matrix.centre(number)
        ys = [matrix.row(row) for row, place in cells if place == number]
        if len(column.made) == 1 and len(ys) > 1 and single:
            sheet.line([x, x], [min(ys), max(ys)], width=1.1)
        if others[number]:
            sheet.text(x, matrix.row(matrix.row_count - 1), str(others[number]), size=6.5, ha="center", colour=QUIET)
    for (row, number), cell in cells.items():
        widths = [_COUNTED if count > 1 else _MARK for count in cell.values()]
        x = matrix.centre(number) - sum(widths) / 2
        for (role, count), width in zip(cell.items(), widths, strict=True):
            sheet.marks([x + _MARK / 2], [matrix.row(row)], role)
            if count > 1:
                sheet.text(x + _MARK, matrix.row(row), str(count), size=6, colour=INK)
            x += width


def _notes(columns: list[_Column], ends: tuple[str, str], alone: bool, fit: bool) -> Iterator[str]:
    if not alone:
        yield f"More than {MOST_ROWS} exposures: those of the same detector, exposure type and role share a row."
    elif any(ends):
        yield f"Names are shown without their common parts: {ends[0]}…{ends[1]}"
    if not fit:
        yield (
            f"More than {MOST_COLUMNS} associations: those of the same candidate and type share a column, "
            "and the number beside a marker is how many of them contain the exposure."
        )
    elif any(len(column.made) > 1 for column in columns):
        yield "Associations of single exposures share a column for each candidate and type."
