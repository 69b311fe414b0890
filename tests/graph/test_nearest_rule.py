"""The rule that is nearest to an exposure, against a search through all rules."""

import asngraph
from asngraph.engine.explanation import explain
from asngraph.graph.orphans import Nearest, nearest_rule, orphans
from asngraph.simulation import simulate


def test_the_nearest_rule_is_the_first_of_the_least_distance() -> None:
    graph = asngraph.generate(simulate(150, seed=11, undefined=0.1))
    facts, made = graph.decision.facts, [rule for rule in graph.rules if not rule.hands_on]
    alone = [orphan.exposure for orphan in orphans(graph) if orphan.nearest is not None]
    rows = [*alone, *range(0, len(graph.pool), 10)]
    assert alone
    for row in rows:
        every = [
            Nearest(rule, tuple(min((entry.unmet for entry in explain(rule, facts, row)), key=len))) for rule in made
        ]
        met = [nearest for nearest in every if not nearest.unmet]
        assert nearest_rule(facts, graph.rules, row) == (met or [min(every, key=lambda nearest: nearest.distance)])[0]


def test_orphans_have_the_nearest_rule() -> None:
    graph = asngraph.generate(simulate(150, seed=11, undefined=0.1))
    found = [orphan for orphan in orphans(graph) if orphan.nearest is not None]
    assert len({graph.pool["exp_type"][orphan.exposure] for orphan in found}) > 1
    for orphan in found:
        assert orphan.nearest == nearest_rule(graph.decision.facts, graph.rules, orphan.exposure)
