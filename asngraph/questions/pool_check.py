"""Check a pool for exposures that no association has."""

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
        Why they are in no association.
    rule : str
        The rule that comes closest to accepting them; empty if rules are not the reason.
    lacking : tuple of str
        The conditions of this rule that they do not meet.
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
    """Return the exposures that are in no association, with the reasons.

    The associations are made as by the observatory, from all candidates and the whole pool.

    Parameters
    ----------
    pool : Pool
        The exposures.
    rules : RuleSet, optional
        The rules; by default the observatory's.

    Returns
    -------
    list of KeptOut
        One for each combination of reasons; empty if every exposure is in an association.

    Examples
    --------
    >>> from asngraph.simulation import simulate
    >>> from asngraph.model.pool import changed
    >>> pool = simulate(3, ["niriss-imaging"], seed=1, errors=0)
    >>> check(pool)
    []
    >>> for each in check(changed(pool, {(0, "program"): "null", (0, "instrume"): "null"})):
    ...     print(len(each.exposures), each.rule, *each.lacking, sep="; ")
    1; Asn_Lv2Image; requires a defined program, it has null; requires a defined instrume, it has null
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
    """Return the closest rule and its unmet conditions; without one, the undefined columns that all rules require."""
    nearest = orphan.nearest
    if nearest is None or not nearest.unmet:
        return "", ()
    if nearest.of_other_type:
        undefined = [name for name in EXPECTED if not graph.pool[name].defined[orphan.exposure]]
        return "", tuple(f"{name} is undefined" for name in undefined)
    return nearest.rule.name, tuple(dict.fromkeys(map(_text, nearest.unmet)))


def _text(unmet: Unmet) -> str:
    return f"requires {unmet.needed}, it has {unmet.value}"
