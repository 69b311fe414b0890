"""Combine exposures into associations by what they have in common, over observations, visits and programs."""

from asngraph.combination.combiner import combine
from asngraph.combination.result import Combination

__all__ = ["Combination", "combine"]
