"""Graphs of all sorts, each made when it is called."""

from __future__ import annotations

import pandas as pd
from conftest import EXAMPLES
from hostile import hostile_graph

import asngraph
from asngraph.simulation import simulate

MRS, SUPPORT = EXAMPLES / "miri_mrs_background.csv", EXAMPLES / "miri_mrs_background_support.txt"


def two_programs() -> asngraph.AssociationGraph:
    """Make a graph of two programs with the same numbers of targets, one of which they call the same."""
    frames = [simulate(8, ["nircam-imaging"], seed=2, program=number).to_frame() for number in (1001, 1002)]
    pool = asngraph.Pool.together([asngraph.Pool.from_frame(frame) for frame in frames])
    return asngraph.generate(pool, excluded={pool["filename"][0]: "tested"})


GRAPHS = {
    "nircam_mosaic": lambda: asngraph.generate(EXAMPLES / "nircam_mosaic.csv"),
    "miri_mrs_background": lambda: asngraph.generate(MRS, support=SUPPORT),
    "with support": lambda: asngraph.generate(MRS, support=SUPPORT, with_support=True),
    "merged": lambda: asngraph.generate(MRS, merge=True),
    "mixed": lambda: asngraph.generate(simulate(150, seed=3)),
    "wide fields": lambda: asngraph.generate(simulate(30, ["niriss-wfss"], seed=2)),
    "shutters": lambda: asngraph.generate(simulate(30, ["nirspec-msa"], seed=2), with_support=True),
    "lost cells": lambda: asngraph.generate(simulate(60, seed=7, undefined=0.2)),
    "two programs": two_programs,
    "nothing": lambda: asngraph.generate(asngraph.Pool.from_frame(pd.DataFrame({"filename": ["a_uncal.fits"]}))),
    "hostile": hostile_graph,
}
