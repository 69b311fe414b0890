"""What keeps exposures of a pool out of all associations."""

from __future__ import annotations

from dataclasses import dataclass, field

from asngraph.conditions import Unmet
from asngraph.graph import AssociationGraph, generate
from asngraph.orphans import nearest_rule, orphans
from asngraph.pool import EXPECTED, Pool
from asngraph.rules import RuleSet, observatory_rules


@dataclass(frozen=True)
class KeptOut:
    """Exposures that are in no association, for the same reasons.

    Attributes
    ----------
    reason : str
        Why.
    rule : str
        The rule that comes nearest to taking them; empty where the reason lies in no rule.
    lacking : tuple of str
        Everything that this rule asks and they have not.
    exposures : list of str
        Their file names, in the order of the pool.
    lines : list of int or None
        Their lines in the pool's file.
    """

    reason: str
    rule: str
    lacking: tuple[str, ...]
    exposures: list[str] = field(default_factory=list)
    lines: list[int | None] = field(default_factory=list)


def check(pool: Pool, rules: RuleSet | None = None) -> list[KeptOut]:
    """Find everything that keeps exposures out of all associations.

    The associations are made as the observatory makes them, of all candidates and of the whole pool.

    Parameters
    ----------
    pool : Pool
        The exposures.
    rules : RuleSet, optional
        The rules; by default those of the observatory.

    Returns
    -------
    list of KeptOut
        Exposures with the same reasons together; empty, where every exposure is in an association.

    Examples
    --------
    >>> from asngraph.simulation import simulate
    >>> from asngraph.questions.remedies import changed
    >>> pool = simulate(3, ["niriss-imaging"], seed=1, errors=0)
    >>> check(pool)
    []
    >>> for each in check(changed(pool, {(0, "program"): "null", (0, "instrume"): "null"})):
    ...     print(len(each.exposures), each.rule, *each.lacking, sep="; ")
    1; Asn_Lv2Image; a defined program is asked, it has null; a defined instrume is asked, it has null
    """
    known = rules or observatory_rules()
    graph = generate(pool, rules=known)
    found: dict[tuple[str, str, tuple[str, ...]], KeptOut] = {}
    of_row = _Nearest(graph, known)
    for orphan in orphans(graph, known):
        rule, lacking = of_row.told(orphan.exposure)
        key = orphan.reason, rule, lacking
        kept_out = found.setdefault(key, KeptOut(*key))
        kept_out.exposures.append(pool["filename"][orphan.exposure])
        kept_out.lines.append(pool.line(orphan.exposure))
    return list(found.values())


class _Nearest:
    """Tells what the nearest rule asks; of exposures that have the same cells but for their names, once."""

    def __init__(self, graph: AssociationGraph, rules: RuleSet) -> None:
        self._facts, self._rules = graph.decision.facts, rules
        own = {"filename", "obs_id", "exposure", "expcount", "pntg_seq", "act_id", "visitgrp"}
        self._columns = [column for name, column in graph.pool.columns.items() if name not in own]
        self._known: dict[tuple[int, ...], tuple[str, tuple[str, ...]]] = {}

    def told(self, row: int) -> tuple[str, tuple[str, ...]]:
        key = tuple(int(column.codes[row]) for column in self._columns)
        if key not in self._known:
            self._known[key] = self._told(row)
        return self._known[key]

    def _told(self, row: int) -> tuple[str, tuple[str, ...]]:
        nearest = nearest_rule(self._facts, self._rules, row)
        if nearest is None or nearest.of_other_type:
            undefined = [name for name in EXPECTED if not self._facts[name].defined[row]]
            return "", tuple(f"{name} is undefined" for name in undefined)
        if not nearest.unmet:
            return "", ()
        return nearest.rule.name, tuple(dict.fromkeys(map(_text, nearest.unmet)))


def _text(unmet: Unmet) -> str:
    return f"{unmet.needed} is asked, it has {unmet.value}"
