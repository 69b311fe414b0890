"""The plan of a pool: the place of each exposure on the page, computed from the pool's structure.

Programs contain targets, targets contain observations, and an observation is a grid with a row for each detector and a
column for each exposure in order of time. A grid that would be too wide continues in a band below. Exposures that are
close on the plan are therefore close on the sky and in time, and the same pool always gives the same plan.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

import numpy as np
import numpy.typing as npt

from asngraph.model.column import is_defined

Floats = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.int64]
_Texts = Mapping[str, Sequence[str]]

# Lengths are in steps of the grid. A title needs height, and a minimum width even above a single exposure.
_TITLE_HEIGHT = {"program": 1.6, "target": 1.15, "observation": 0.85}
_MARGIN = {"program": 0.9, "target": 0.45, "observation": 0.25}
_GAP = {"program": 1.6, "target": 0.7, "observation": 0.4}
_LEAST_WIDTH = {"program": 4.0, "target": 3.8, "observation": 2.4}
_BAND_GAP = 0.4
_MOST_WIDENING = 1.7
_BLOCK_ASPECT, _PLAN_ASPECT = 1.6, 1.05
_TRIED_ASPECTS = (0.8, 0.9, 1.0, 1.1, 1.2, 1.3, 1.5, 1.7, 1.9, 2.2)

_TIME = ("visit", "visitgrp", "seq_id", "act_id", "exposure")
_KEYS = ("program", "targetid", "obs_num", "instrume", "detector", *_TIME)
_TITLES = ("targname", "targprop")


@dataclass
class Region:
    """A region of the plan: a program, a target or an observation.

    Parameters
    ----------
    kind : str
        ``program``, ``target`` or ``observation``.
    title, subtitle : str
        The title and subtitle.
    x, y, width, height : float
        Its place, from the upper left corner of the plan, in steps of the grid.
    parts : list of Region
        The regions inside it.
    """

    kind: str
    title: str
    subtitle: str = ""
    x: float = 0.0
    y: float = 0.0
    width: float = 0.0
    height: float = 0.0
    parts: list[Region] = field(default_factory=list)

    def everything(self) -> Iterator[Region]:
        """Yield the region and all regions inside it, the outer first."""
        yield self
        for part in self.parts:
            yield from part.everything()

    def move(self, x: float, y: float) -> None:
        """Move the region with its content."""
        for region in self.everything():
            region.x += x
            region.y += y


@dataclass(frozen=True)
class Layout:
    """The plan of a pool.

    Parameters
    ----------
    x, y : array of float, one for each exposure
        Its place, from the upper left corner, in steps of the grid.
    regions : list of Region
        Programs, targets and observations, the outer first.
    width, height : float
        The size of the plan.
    place : array of int, one for each exposure
        Its place in the order of the plan: by observation, by detector, by time.
    line : array of int, one for each exposure
        The number of its line, which is unique to a row of an observation.
    """

    x: Floats
    y: Floats
    regions: list[Region]
    width: float
    height: float
    place: Numbers
    line: Numbers

    def path(self, exposures: Iterable[int]) -> list[int]:
        """Return exposures in the order of the plan; each line starts at the end nearer to the previous line."""
        path: list[int] = []
        for _, line in groupby(sorted(exposures, key=self.place.__getitem__), key=self.line.__getitem__):
            those = list(line)
            if path and abs(self.x[those[-1]] - self.x[path[-1]]) < abs(self.x[those[0]] - self.x[path[-1]]):
                those.reverse()
            path += those
        return path


def lay_out(exposures: Mapping[str, Iterable[str]]) -> Layout:
    """Return the plan of a pool.

    Parameters
    ----------
    exposures : mapping of str to iterable of str
        The columns of the exposures, such as the table `asngraph.AssociationGraph.exposures`.

    Returns
    -------
    Layout
        The plan; all places are distinct.

    Examples
    --------
    >>> import asngraph
    >>> plan = lay_out(asngraph.generate(asngraph.simulate(20, ["nircam-imaging"], seed=1)).exposures)
    >>> [(region.kind, region.title) for region in plan.regions][:3]
    [('program', 'program 03201'), ('target', 'hd 4279'), ('observation', 'o001')]
    """
    texts = {name: list(exposures[name]) for name in ("filename", *_KEYS, *_TITLES) if name in exposures}
    nothing = np.zeros(len(texts["filename"]), dtype=np.int64)
    numbers = {name: _natural(texts[name]) if name in texts else nothing for name in _KEYS}
    block, first = _classes([numbers["program"], numbers["targetid"], numbers["obs_num"]])
    column, row, columns, rows = _grids(block, numbers)
    blocks = [
        Region("observation", *_observation(texts, at), width=float(wide), height=float(high))
        for at, wide, high in zip(first.tolist(), columns.tolist(), rows.tolist(), strict=True)
    ]
    programs = _nested(blocks, texts, first, numbers)
    inner = [(region.width, region.height) for region in blocks]
    width, height = _arrange(programs, inner)
    inset = np.array([(region.width - wide) / 2 for region, (wide, _) in zip(blocks, inner, strict=True)])
    left = np.array([region.x for region in blocks]) + inset
    top = np.array([region.y for region in blocks]) + _TITLE_HEIGHT["observation"]
    regions = [region for program in programs for region in program.everything()]
    place = np.empty(len(block), dtype=np.int64)
    place[np.lexsort((column, row, block))] = np.arange(len(block))
    _, line = np.unique(np.stack((block, row), axis=1), axis=0, return_inverse=True)
    return Layout(left[block] + column + 0.5, top[block] + row + 0.5, regions, width, height, place, line.ravel())


def _grids(block: Numbers, numbers: dict[str, Numbers]) -> tuple[Numbers, Floats, Numbers, Floats]:
    """Return the column and row of each exposure in the grid of its block, and the size of each grid."""
    detector, detectors = _within(block, [numbers["instrume"], numbers["detector"]])
    moment, _ = _within(block, [numbers[name] for name in _TIME])
    again = _repeats([block, moment, detector])
    step, steps = _within(block, [moment, again])
    bands = np.maximum(1, np.rint(np.sqrt(steps / (_BLOCK_ASPECT * (detectors + _BAND_GAP))))).astype(np.int64)
    columns = -(-steps // bands)
    bands = -(-steps // columns)
    row = (step // columns[block]) * (detectors[block] + _BAND_GAP) + detector
    return step % columns[block], row, columns, bands * detectors + (bands - 1) * _BAND_GAP


def _nested(blocks: Sequence[Region], exposures: _Texts, first: Numbers, numbers: dict[str, Numbers]) -> list[Region]:
    """Return the programs, with their targets and observations; blocks are sorted by all three."""
    programs: list[Region] = []
    before: tuple[int, int] | None = None
    for region, at in zip(blocks, first.tolist(), strict=True):
        now = int(numbers["program"][at]), int(numbers["targetid"][at])
        if before is None or before[0] != now[0]:
            programs.append(Region("program", f"program {_cell(exposures, 'program', at)}"))
        if before != now:
            programs[-1].parts.append(Region("target", *_target(exposures, at)))
        programs[-1].parts[-1].parts.append(region)
        before = now
    return programs


def _target(exposures: _Texts, at: int) -> tuple[str, str]:
    number, name = (
        _cell(exposures, "targetid", at),
        _cell(exposures, "targname", at) or _cell(exposures, "targprop", at),
    )
    if not number:
        return name or "no target", ""
    return name or f"target {number}", f"target {number}"


def _observation(exposures: _Texts, at: int) -> tuple[str, str]:
    number = _cell(exposures, "obs_num", at)
    title = f"o{number.zfill(3)}" if number else "no observation"
    return title, _cell(exposures, "instrume", at)


def _cell(exposures: _Texts, column: str, at: int) -> str:
    if column not in exposures:
        return ""
    text = exposures[column][at]
    return text if is_defined(text) else ""


def _arrange(programs: list[Region], blocks: list[tuple[float, float]]) -> tuple[float, float]:
    """Place all regions, from the inside out; return the size of the plan."""
    for program in programs:
        for target in program.parts:
            for observation in target.parts:
                _frame(observation, observation.width, observation.height)
            _frame(target, *_pack(target.parts))
        _frame(program, *_pack(program.parts))
    return _pack(programs)


def _frame(region: Region, width: float, height: float) -> None:
    """Set the size of a region from its content, and move the content below its title."""
    margin, title = _MARGIN[region.kind], _TITLE_HEIGHT[region.kind]
    region.width = max(width + 2 * margin, _LEAST_WIDTH[region.kind])
    region.height = height + title + margin
    for part in region.parts:
        part.move(margin, title)


def _pack(regions: Sequence[Region]) -> tuple[float, float]:
    """Place regions on shelves, in order, with the width that makes the plan smallest; return the size."""
    gap = _GAP[regions[0].kind]
    area = sum((region.width + gap) * (region.height + gap) for region in regions)
    widest = max(region.width for region in regions)
    widths = [max(widest, float(np.sqrt(area * aspect))) for aspect in _TRIED_ASPECTS]
    sizes = [_shelves(regions, width, gap) for width in widths]
    best = min(range(len(widths)), key=lambda at: (round(max(sizes[at][0] / _PLAN_ASPECT, sizes[at][1]), 6), at))
    return _shelves(regions, widths[best], gap)


def _shelves(regions: Sequence[Region], most: float, gap: float) -> tuple[float, float]:
    """Place regions on shelves of a maximum width, in order; return the size.

    A shelf is as high as its highest region; the space below a lower region is used for the next one.
    """
    shelf = Region("shelf", "")
    column = Region("column", "")
    for region in regions:
        below = column.y + column.height + gap
        fits = region.width <= min(_MOST_WIDENING * column.width, most - column.x)
        if column.height and fits and below + region.height <= shelf.y + shelf.height:
            region.move(column.x - region.x, below - region.y)
            column.width, column.height = max(column.width, region.width), column.height + gap + region.height
            shelf.width = max(shelf.width, column.x + column.width)
            continue
        x = column.x + column.width + gap if column.height else 0.0
        if x and x + region.width > most + 1e-9:
            shelf = Region("shelf", "", y=shelf.y + shelf.height + gap, width=shelf.width)
            x = 0.0
        column = Region("column", "", x=x, y=shelf.y, width=region.width, height=region.height)
        region.move(x - region.x, shelf.y - region.y)
        shelf.width = max(shelf.width, x + region.width)
        shelf.height = max(shelf.height, region.height)
    return shelf.width, shelf.y + shelf.height


def _natural(texts: Any) -> Numbers:
    """Return the ranks of texts in natural order: undefined first, numbers by value, then other texts.

    Examples
    --------
    >>> _natural(["10", "9", "null", "b", "9"]).tolist()
    [2, 1, 0, 3, 1]
    """
    values = list(dict.fromkeys(texts))
    ordered = sorted(values, key=_natural_key)
    rank = {value: number for number, value in enumerate(ordered)}
    return np.array([rank[text] for text in texts], dtype=np.int64)


def _natural_key(text: str) -> tuple[int, int, str]:
    if not is_defined(text):
        return 0, 0, text
    if text.isascii() and text.isdecimal() and len(text) < 19:
        return 1, int(text), text
    return 2, 0, text


def _classes(keys: Sequence[Numbers]) -> tuple[Numbers, Numbers]:
    """Return the number of each row's combination of keys, in sorted order, and the first row of each combination."""
    combined: Numbers = np.zeros(len(keys[0]), dtype=np.int64)
    for key in keys:
        _, combined = np.unique(combined * (int(key.max(initial=0)) + 1) + key, return_inverse=True)
    _, first = np.unique(combined, return_index=True)
    return combined, first


def _within(block: Numbers, keys: Sequence[Numbers]) -> tuple[Numbers, Numbers]:
    """Return the number of each row's combination of keys within its block, and the number of combinations by block."""
    number, first = _classes([block, *keys])
    counts = np.bincount(block[first])
    return number - (np.cumsum(counts) - counts)[block], counts


def _repeats(keys: Sequence[Numbers]) -> Numbers:
    """Return, for each row, the number of earlier rows with the same keys."""
    number, _ = _classes(keys)
    order = np.argsort(number, kind="stable")
    counts = np.bincount(number)
    repeats = np.empty(len(number), dtype=np.int64)
    repeats[order] = np.arange(len(number)) - np.repeat(np.cumsum(counts) - counts, counts)
    return repeats
