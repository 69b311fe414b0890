"""Questions about associations: which, why, why not, what depends on it, what is related to it.

Each question is a function that takes what is asked (a graph, a pool, or a folder of association files) and returns
small frozen objects.

>>> from asngraph.simulation import simulate
>>> pool = simulate(4, ["nircam-imaging"], seed=1)
>>> [belonging.exptype for belonging in which(pool, pool["filename"][0])]
['science', 'science']
"""

from asngraph.questions.collection import Holdings, hold
from asngraph.questions.impact import Effect, impact
from asngraph.questions.listing import Listed, listing
from asngraph.questions.related import Neighbour, related
from asngraph.questions.stats import Stats, stats
from asngraph.questions.which import Belonging, which
from asngraph.questions.why import Link, Tie, why
from asngraph.questions.why_not import Change, Reason, Refused, why_not

__all__ = [
    "Belonging",
    "Change",
    "Effect",
    "Holdings",
    "Link",
    "Listed",
    "Neighbour",
    "Reason",
    "Refused",
    "Stats",
    "Tie",
    "hold",
    "impact",
    "listing",
    "related",
    "stats",
    "which",
    "why",
    "why_not",
]
