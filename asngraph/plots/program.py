"""The figure of a program: its observations, and their associations."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from itertools import accumulate
from typing import TYPE_CHECKING

from asngraph.graph.elements import edges
from asngraph.graph.orphans import unused
from asngraph.model.column import is_defined
from asngraph.model.roles import in_order
from asngraph.plots.canvas import INK, Sheet, fitted, text_width
from asngraph.plots.labels import finest, natural
from asngraph.plots.matrix import ROW_HEIGHT, Column, Matrix, tint, width_of
from asngraph.plots.taking_part import associations
from asngraph.util.text import counted

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from asngraph.graph.association_graph import AssociationGraph
    from asngraph.model.candidate import Candidate

MOST_ROWS, MOST_CANDIDATES = 48, 16
_CELL, _SPACE, _COUNT_SIZE = 0.23, 0.13, 6.8
_EXPOSURES, _ASSOCIATIONS, _CANDIDATES = "Exposures", "Associations", "Candidates"


# A candidate and its program, since programs can have candidates of the same name.
_OfProgram = tuple[str, "Candidate"]


@dataclass
class _Summary:
    """The counts in each row of the figure, and the totals."""

    rows: list[tuple[Hashable, list[int]]]
    exact: bool
    roles: Counter[tuple[int, str]] = field(default_factory=Counter)
    types: Counter[tuple[int, str]] = field(default_factory=Counter)
    all_roles: Counter[str] = field(default_factory=Counter)
    all_types: Counter[str] = field(default_factory=Counter)
    levels: dict[str, int] = field(default_factory=dict)
    touched: dict[_OfProgram, set[int]] = field(default_factory=lambda: defaultdict(set))
    made: Counter[_OfProgram] = field(default_factory=Counter)


def plot_program(graph: AssociationGraph) -> Figure:
    """Draw a program: a row for each observation, with its exposures by role and their associations.

    More than 48 observations are grouped by instrument and template, with a note in the figure.

    Parameters
    ----------
    graph : AssociationGraph
        The graph.

    Returns
    -------
    matplotlib.figure.Figure

    Examples
    --------
    >>> import asngraph
    >>> plot_program(asngraph.generate("examples/nircam_mosaic.csv"))
    <ShownFigure size ...>
    """
    summary = _summarise(graph)
    wide = [candidate for candidate, rows in summary.touched.items() if len(rows) > 1]
    candidates = sorted(wide, key=lambda each: (each[1].discovered, each[0], natural(each[1].id)))
    exact = summary.exact and len(candidates) <= MOST_CANDIDATES
    columns = _columns(summary, candidates, exact)
    labels = _labels(graph, summary)
    places = _places(labels)
    sheet = Sheet(width_of(places[-1], columns, 6.0))
    top = sheet.title(_title(graph), _about(graph))
    matrix = Matrix(sheet, places[-1], top, columns, len(summary.rows) + 1)
    for row in range(1, len(summary.rows), 2):
        matrix.band(row)
    _draw_labels(sheet, matrix, labels, places)
    _draw_counts(sheet, matrix, summary, columns)
    if exact:
        _draw_candidates(sheet, matrix, summary, columns, candidates)
    else:
        _draw_candidate_counts(sheet, matrix, summary, columns)
    y = sheet.notes(matrix.bottom + 0.14, list(_notes(summary, exact, candidates)))
    return sheet.finish(y + 0.05)


def _summarise(graph: AssociationGraph) -> _Summary:
    facts = graph.decision.facts
    program, observation, instrument, template, role = (
        facts[name] for name in ("program", "obs_num", "instrume", "template", "role")
    )
    keys = (
        lambda row: (program[row], observation[row] if observation.defined[row] else ""),
        lambda row: (instrument[row], template[row]),
        lambda row: instrument[row],
        lambda row: "all",
    )
    exposures = sorted(range(len(graph.pool)), key=lambda row: (natural(program[row]), natural(observation[row])))
    level, groups = finest(exposures, keys, MOST_ROWS)
    summary = _Summary(list(groups.items()), level == 0)
    row_of = {exposure: row for row, (_, group) in enumerate(summary.rows) for exposure in group}
    for exposure, row in row_of.items():
        summary.roles[row, role[exposure] or "none"] += 1
        summary.all_roles[role[exposure] or "none"] += 1
    for each in associations(graph):
        asn_type, rows = each.known["asn_type"], {row_of[exposure] for exposure in each.exposures}
        summary.levels[asn_type] = each.known["level"]
        summary.all_types[asn_type] += 1
        summary.types.update((row, asn_type) for row in rows)
        summary.touched[each.known["program"], each.candidate] |= rows
        summary.made[each.known["program"], each.candidate] += 1
    return summary


def _columns(summary: _Summary, candidates: list[_OfProgram], exact: bool) -> list[Column]:
    roles = in_order([role for _, role in summary.roles])
    types = sorted(summary.all_types, key=lambda asn_type: (summary.levels[asn_type], asn_type))
    columns = [Column(role, _EXPOSURES, _width(summary.all_roles[role]), role) for role in roles]
    columns += [Column(asn_type, _ASSOCIATIONS, _width(summary.all_types[asn_type])) for asn_type in types]
    if exact:
        several = len({program for program, _ in summary.touched}) > 1
        return columns + [
            Column(f"{program}-" * several + f"{each.id} {each.type}", _CANDIDATES, _CELL)
            for program, each in candidates
        ]
    kinds = sorted({each.type for _, each in summary.touched} - {"observation"})
    return columns + [Column(kind, _CANDIDATES, _CELL + 0.06) for kind in kinds]


def _width(count: int) -> float:
    return max(_CELL, text_width(str(count), _COUNT_SIZE, bold=True) + 0.06)


def _title(graph: AssociationGraph) -> str:
    programs = list(dict.fromkeys(graph.pool["program"]))
    return (
        f"Program {programs[0]}" if len(programs) == 1 else f"{counted(len(programs), 'program')} of {graph.pool.name}"
    )


def _about(graph: AssociationGraph) -> list[str]:
    facts = graph.decision.facts
    numbers = facts["obs_num"].keys.tolist()
    observations = len({each for each in zip(facts["program"], numbers, strict=True) if each[1] >= 0})
    duplicates = sum(1 for _ in edges(graph, ["set_aside"]))
    return [
        f"{counted(len(graph.pool), 'exposure')} of {counted(observations, 'observation')}, "
        f"{counted(len(graph), 'association')}; {counted(duplicates, 'duplicate')} set aside, "
        f"{counted(len(unused(graph)), 'exposure')} in no association"
    ]


def _labels(graph: AssociationGraph, summary: _Summary) -> list[tuple[str, str, str]]:
    """Return three labels for each row: observation, mode, target; or mode, empty, number of observations."""
    facts, several = graph.decision.facts, len(set(graph.pool["program"])) > 1
    labels = []
    for key, exposures in summary.rows:
        first = exposures[0]
        if not summary.exact:
            parts = key if isinstance(key, tuple) else (key,)
            observations = len({(facts["program"][row], facts["obs_num"][row]) for row in exposures})
            labels.append(("", _mode(*parts), counted(observations, "observation")))
            continue
        observation = facts["obs_num"][first]
        name = f"o{observation:0>3}" if is_defined(observation) else "none"
        name = f"{facts['program'][first]}-{name}" if several else name
        targets = dict.fromkeys(facts["targname"][row] for row in exposures if is_defined(facts["targname"][row]))
        labels.append((name, _mode(facts["instrume"][first], facts["template"][first]), ", ".join(targets)))
    return labels


def _draw_labels(sheet: Sheet, matrix: Matrix, labels: list[tuple[str, str, str]], places: list[float]) -> None:
    for number, words in enumerate(labels):
        for part, word in enumerate(words):
            text = fitted(word, 7, places[part + 1] - places[part] - _SPACE)
            sheet.text(places[part], matrix.row(number), text, size=7, weight="normal" if part else "bold")
    y = matrix.row(len(labels))
    sheet.text(places[0], y, "total", size=7, weight="bold")
    y -= ROW_HEIGHT / 2
    sheet.line([sheet.margin - 0.06, sheet.width - sheet.margin + 0.06], [y, y])


def _places(labels: list[tuple[str, str, str]]) -> list[float]:
    """Return the start of each part of the rows' labels, and the end of the last."""
    widths = [
        min(widest, max(text_width(words[part], 7, bold=part == 0) for words in labels))
        for part, widest in enumerate((1.2, 2.4, 1.5))
    ]
    return list(accumulate((width + _SPACE * (width > 0) for width in widths), initial=Sheet.margin))


def _mode(instrument: str, template: str = "") -> str:
    """Return the name of an observing mode; most templates include the instrument's name."""
    if not is_defined(template):
        return instrument
    return template if instrument in template else f"{instrument} {template}"


def _draw_counts(sheet: Sheet, matrix: Matrix, summary: _Summary, columns: list[Column]) -> None:
    last = len(summary.rows)
    for group, counts, totals in (
        (_EXPOSURES, summary.roles, summary.all_roles),
        (_ASSOCIATIONS, summary.types, summary.all_types),
    ):
        for number, column in enumerate(columns):
            if column.group != group:
                continue
            for row in range(last):
                _draw_count(sheet, matrix, row, number, counts[row, column.label], max(counts.values()))
            total = str(totals[column.label])
            sheet.text(matrix.centre(number), matrix.row(last), total, size=_COUNT_SIZE, ha="center", weight="bold")


def _draw_count(sheet: Sheet, matrix: Matrix, row: int, column: int, count: int, most: int) -> None:
    if count:
        matrix.shade(row, column, tint(count, most))
        sheet.text(matrix.centre(column), matrix.row(row), str(count), size=_COUNT_SIZE, ha="center")


def _draw_candidates(
    sheet: Sheet,
    matrix: Matrix,
    summary: _Summary,
    columns: list[Column],
    candidates: list[_OfProgram],
) -> None:
    """Draw a line between the observations of a candidate, hollow for discovered associations."""
    for number, candidate in enumerate(candidates, len(columns) - len(candidates)):
        x, ys = matrix.centre(number), [matrix.row(row) for row in sorted(summary.touched[candidate])]
        discovered = candidate[1].discovered
        if not discovered:
            sheet.line([x, x], [ys[0], ys[-1]], colour=INK, width=1.3)
        sheet.dots([x] * len(ys), ys, hollow=discovered)
        total = str(summary.made[candidate])
        sheet.text(x, matrix.row(len(summary.rows)), total, size=_COUNT_SIZE, ha="center", weight="bold")


def _draw_candidate_counts(sheet: Sheet, matrix: Matrix, summary: _Summary, columns: list[Column]) -> None:
    counts = Counter((row, candidate.type) for (_, candidate), rows in summary.touched.items() for row in rows)
    totals = Counter(candidate.type for _, candidate in summary.touched)
    for number, column in enumerate(columns):
        if column.group == _CANDIDATES:
            for row in range(len(summary.rows)):
                _draw_count(sheet, matrix, row, number, counts[row, column.label], max(counts.values()))
            total = str(totals[column.label])
            sheet.text(
                matrix.centre(number),
                matrix.row(len(summary.rows)),
                total,
                size=_COUNT_SIZE,
                ha="center",
                weight="bold",
            )


def _notes(summary: _Summary, exact: bool, candidates: list[_OfProgram]) -> Iterator[str]:
    if not summary.exact:
        yield f"More than {MOST_ROWS} observations: those of the same instrument and template share a row."
    yield "Exposures are counted by role, associations by type in each row that has a member of theirs."
    if not exact:
        yield (
            "Candidates, except single observations, are counted by type "
            "in each row that has a member of their associations."
        )
    elif candidates:
        yield "Candidates: their observations; at the bottom, their number of associations."
    if exact and any(candidate.discovered for _, candidate in candidates):
        yield "Hollow: found by searching the whole pool; not all observations need to be in one association."
