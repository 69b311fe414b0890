"""Questions about associations: which, why, why not, impact, related, listing and statistics.

Each question is a function that takes a source (a graph, a pool, or a folder of association files) and returns records.

>>> from asngraph.simulation import simulate
>>> pool = simulate(4, ["nircam-imaging"], seed=1)
>>> [belonging.exptype for belonging in which(pool, pool["filename"][0])]
['science', 'science']
"""

from asngraph.questions.collection import AssociationCollection
from asngraph.questions.impact import Effect, impact
from asngraph.questions.link import Link
from asngraph.questions.listing import Listed, listing
from asngraph.questions.related import Neighbour, related
from asngraph.questions.sources import Source, collect
from asngraph.questions.stats import Stats, stats
from asngraph.questions.which import Belonging, which
from asngraph.questions.why import Connection, why
from asngraph.questions.why_not import Change, Reason, Refused, why_not

__all__ = [
    "AssociationCollection",
    "Belonging",
    "Change",
    "Connection",
    "Effect",
    "Link",
    "Listed",
    "Neighbour",
    "Reason",
    "Refused",
    "Source",
    "Stats",
    "collect",
    "impact",
    "listing",
    "related",
    "stats",
    "which",
    "why",
    "why_not",
]
