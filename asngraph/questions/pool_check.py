"""What keeps exposures of a pool out of all associations."""

from __future__ import annotations

from dataclasses import dataclass, field

from asngraph.graph.association_graph import AssociationGraph, generate
from asngraph.graph.orphans import Orphan, orphans
from asngraph.model.pool import EXPECTED, Pool
from asngraph.rules.bindings import Unmet
from asngraph.rules.rule import RuleSet


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
    >>> from asngraph.model.pool import changed
    >>> pool = simulate(3, ["niriss-imaging"], seed=1, errors=0)
    >>> check(pool)
    []
    >>> for each in check(changed(pool, {(0, "program"): "null", (0, "instrume"): "null"})):
    ...     print(len(each.exposures), each.rule, *each.lacking, sep="; ")
    1; Asn_Lv2Image; a defined program is asked, it has null; a defined instrume is asked, it has null
    """
    graph = generate(pool, rules=rules)
    found: dict[tuple[str, str, tuple[str, ...]], KeptOut] = {}
    for orphan in orphans(graph):
        key = orphan.reason, *_lacking(orphan, graph)
        kept_out = found.setdefault(key, KeptOut(*key))
        kept_out.exposures.append(pool["filename"][orphan.exposure])
        kept_out.lines.append(pool.line(orphan.exposure))
    return list(found.values())


def _lacking(orphan: Orphan, graph: AssociationGraph) -> tuple[str, tuple[str, ...]]:
    """Name the nearest rule, and what it asks; where none is near, what is undefined and all rules ask for."""
    nearest = orphan.nearest
    if nearest is None or not nearest.unmet:
        return "", ()
    if nearest.of_other_type:
        undefined = [name for name in EXPECTED if not graph.pool[name].defined[orphan.exposure]]
        return "", tuple(f"{name} is undefined" for name in undefined)
    return nearest.rule.name, tuple(dict.fromkeys(map(_text, nearest.unmet)))


def _text(unmet: Unmet) -> str:
    return f"{unmet.needed} is asked, it has {unmet.value}"
