"""Associations that can be processed now, and the files to fetch for the others."""

from __future__ import annotations

from typing import NamedTuple

from asngraph.graph.association_graph import AssociationGraph
from asngraph.planning.data_files import DataFiles
from asngraph.planning.plan import plan
from asngraph.planning.status import status
from asngraph.pools.gaps import lost_exposures
from asngraph.questions.sources import collect


class Readiness(NamedTuple):
    """Associations that can be processed now, and the files to fetch for the others.

    Parameters
    ----------
    ready : list of str
        Associations whose files all exist.
    waiting : list of str
        Associations whose files exist once others have been processed.
    lacking : list of str
        Associations that need files which have to be fetched.
    missing : list of str
        The names of files to fetch: those that associations lack, MSA plans, and exposures that the numbers of others
        show to be lacking (`asngraph.pools.gaps.lost_exposures`).
    """

    ready: list[str]
    waiting: list[str]
    lacking: list[str]
    missing: list[str]


def readiness(graph: AssociationGraph, files: DataFiles) -> Readiness:
    """Return which associations of a graph can be processed with the files that exist.

    Parameters
    ----------
    graph : AssociationGraph
        The associations.
    files : DataFiles
        The files that exist.

    Returns
    -------
    Readiness
    """
    collection = collect(graph)
    planned = plan(collection, data=files)
    ready = [state.association for state in status(collection, files) if state.complete]
    lacking = [each.association for each in planned.left_out if not each.instead]
    neither = {*ready, *lacking, *planned.done}
    waiting = [record.name for record in collection.associations if record.name not in neither]
    plans = dict.fromkeys(support.file for support in graph.serving if not files.has(support.file))
    lost = [_named(name, sibling, files) for name, sibling in lost_exposures(graph.pool).items()]
    return Readiness(ready, waiting, lacking, list(dict.fromkeys([*planned.missing, *lost, *plans])))


def _named(exposure: str, sibling: str, files: DataFiles) -> str:
    """Return the file of an exposure at the stage at which another one of its activity exists."""
    stages = ("rate", "rateints", "uncal", "cal", "calints")
    stage = next((stage for stage in stages if files.has(f"{sibling}_{stage}.fits")), stages[0])
    return f"{exposure}_{stage}.fits"
