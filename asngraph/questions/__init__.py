"""Questions about associations: which, why, why not, what depends on it, what is related to it.

Each question is a function that takes what is asked (a graph, a pool, or a folder of association files) and returns
small frozen objects.

>>> from asngraph.simulation import simulate
>>> pool = simulate(4, ["nircam-imaging"], seed=1)
>>> [belonging.exptype for belonging in which(pool, pool["filename"][0])]
['science', 'science']
"""

from asngraph.questions.chains import Link, Tie, why
from asngraph.questions.dependents import Effect, impact
from asngraph.questions.holdings import Holdings, hold
from asngraph.questions.listing import Listed, listing
from asngraph.questions.membership import Belonging, which
from asngraph.questions.neighbours import Neighbour, related
from asngraph.questions.refusals import Change, Reason, Refused, why_not
from asngraph.questions.summary import Stats, stats

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
