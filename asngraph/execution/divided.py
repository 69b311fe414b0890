"""Associations of one large pool, divided over processes.

Each worker makes the associations of one part (`asngraph.engine.division`), and returns their texts, and of each what
orders and numbers it. Contents do not depend on numbers, only names do. The result is that of one process; where it
would not be certain to be, one process does the work after all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from asngraph.engine.division import divide
from asngraph.engine.duplicates import SAME_MEMBERS
from asngraph.engine.identity import identity_names, uuids_of
from asngraph.execution.processes import in_processes
from asngraph.execution.tasks import (
    Outcome,
    Task,
    listing_of,
    outcome_of,
    packed_rules,
    pool_of,
    record_of,
    rows_of,
    unpacked_rules,
)
from asngraph.graph.association_graph import AssociationGraph, graph_of
from asngraph.graph.orphans import orphans
from asngraph.model.derived_columns import Facts
from asngraph.model.filenames import association_file
from asngraph.model.pool import Pool
from asngraph.rules.rule import RuleSet

# Below this number of exposures the processes take longer to start than the work.
SMALLEST = 5_000
# Steps that go over all associations of a pool.
_UNDIVIDED = ("merge", "keep_duplicates", "with_backgrounds")


class _Placement(NamedTuple):
    """What orders and numbers an association: see `asngraph.engine.decide` and `asngraph.engine.numbering`."""

    stage: int
    candidate_id: str
    candidate: int
    start: int
    rule: int
    asn_type: str
    program: str
    listed: str


@dataclass
class _Part:
    """What a worker returns of a part."""

    made: list[_Placement] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    identities: list[str] = field(default_factory=list)
    products: frozenset[tuple[int, str]] = frozenset()
    rivals: frozenset[int] = frozenset()
    duplicates: int = 0
    orphans: list[tuple[int, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def divided_outcome_of(
    task: Task, rules: RuleSet, sent: RuleSet | Callable[[], RuleSet] | None, workers: int
) -> Outcome:
    """Return the outcome of a pool that is divided over processes, or made by this one where it cannot be divided.

    Parameters
    ----------
    task : Task
        The pool.
    rules : RuleSet
        The rules.
    sent : RuleSet or function, optional
        The same, or a function that returns them, for workers; by default the observatory's rules.
    workers : int
        The number of processes.
    """
    try:
        pool, checksum = pool_of(task)
        pickled = packed_rules(sent)
        parts = divide(Facts(pool, rules.facts), rules, workers) if _is_divisible(task, pool) else []
    except Exception:  # the same error comes again, and becomes a failure
        return outcome_of(task)
    if not parts:
        return outcome_of(task)
    record = record_of(task, rules, checksum) if task.settings.recorded else {}
    tasks = [
        replace(task, position=number, pool=pool, rules=pickled, options={**task.options, "part": part})
        for number, part in enumerate(parts)
    ]
    done: list[_Part] = []
    with closing(in_processes(_part_of, tasks, _nothing, len(tasks))) as results:
        for result in results:
            if result is None:
                return outcome_of(task)
            done.append(result)
    products = Counter(product for part in done for product in part.products)
    if products.total() > len(products):
        return outcome_of(task)
    return _together(task, pool, done, record)


def _nothing(_task: Task, _error: Exception) -> None:
    """Return nothing for a part that is lost; this process then works the whole pool, and reports its error."""


def _is_divisible(task: Task, pool: Pool) -> bool:
    options = task.options
    if task.settings.graph or task.earlier is not None:
        return False
    return len(pool) >= SMALLEST and options.get("finalize", True) and not any(map(options.get, _UNDIVIDED))


def _part_of(task: Task) -> _Part | None:
    rules = unpacked_rules(task.rules)
    graph = graph_of(task.pool, rules=rules, support=task.support, **task.options)  # type: ignore[arg-type]
    decision, format_ = graph.decision, task.settings.format_
    candidates = {id(candidate): number for number, candidate in enumerate(decision.candidates)}
    places = {id(rule): place for place, rule in enumerate(decision.rules)}
    listed = _listed(graph) if task.settings.listing else iter([""] * len(graph))
    drafts = [made.draft for made in decision.made]
    aside = [some for some in decision.aside if some.duplicate_of is not None]
    products = Counter((draft.rule.level, draft.product) for draft in drafts)
    products.update((some.draft.rule.level, some.draft.product) for some in aside if some.reason != SAME_MEMBERS)
    return _Part(
        [
            _Placement(
                draft.rule.level,
                draft.candidate.id,
                candidates[id(draft.candidate)],
                draft.start,
                places[id(draft.rule)],
                draft.rule.asn_type,
                draft.program,
                line,
            )
            for draft, line in zip(drafts, listed, strict=True)
        ],
        [] if format_ is None else list(graph.texts(format_)),
        identity_names(decision.made, decision.facts) if task.settings.recorded else [],
        frozenset(products),
        frozenset(stage for (stage, _), count in products.items() if count > 1),
        len(aside),
        [(orphan.exposure, orphan.reason) for orphan in orphans(graph)],
        graph.notes,
    )


def _listed(graph: AssociationGraph) -> Iterator[str]:
    """Yield the line of each association in the listing, without its name."""
    return (line.removeprefix(name) for line, name in zip(listing_of(graph), graph.file_names, strict=True))


def _together(task: Task, pool: Pool, done: list[_Part], record: dict[str, Any]) -> Outcome:
    """Return the outcome of the whole pool from those of its parts."""
    made = [(made, place, part) for part in done for place, made in enumerate(part.made)]
    order = _in_order([entry[0] for entry in made], frozenset().union(*(part.rivals for part in done)))
    made = [made[place] for place in order]
    names = _names([entry[0] for entry in made], task.options.get("version"))
    alone = sorted(orphan for part in done for orphan in part.orphans)
    settings, files = task.settings, pool["filename"]
    return Outcome(
        task.position,
        pool.name,
        exposures=len(pool),
        names=names,
        texts=[] if settings.format_ is None else [part.texts[place] for _, place, part in made],
        types=dict(Counter(association.asn_type for association, _, _ in made)),
        duplicates=sum(part.duplicates for part in done),
        reasons=dict(Counter(reason for _, reason in alone)),
        notes=done[0].notes,
        listing=[name + entry[0].listed for name, entry in zip(names, made, strict=True)] if settings.listing else [],
        orphans=[(files[row], reason) for row, reason in alone] if settings.listing else [],
        leftover=rows_of(pool, [row for row, _ in alone]) if settings.leftover else None,
        uuids=uuids_of(part.identities[place] for _, place, part in made) if settings.recorded else [],
        **record,
    )


def _in_order(made: list[_Placement], rivals: frozenset[int]) -> list[int]:
    """Return the places of associations in the order of one process (`asngraph.engine.duplicates.prune`).

    In a stage, later candidate ids come before earlier ones, but the other way round where any of its products have
    rivals; of one id, the last that was started comes first. Those that one exposure starts by one rule are of one
    part, and remain in their order.
    """
    places = sorted(range(len(made)), key=lambda place: made[place][2:5], reverse=True)
    ordered: list[int] = []
    for stage in sorted({association.stage for association in made}):
        own = (place for place in places if made[place].stage == stage)
        ordered += sorted(own, key=lambda place: made[place].candidate_id, reverse=stage not in rivals)
    return ordered


def _names(made: list[_Placement], version: str | None) -> list[str]:
    """Return the names of associations, numbered as `asngraph.engine.numbering.number` does."""
    numbers: Counter[tuple[int, str, str]] = Counter()
    names = []
    for association in made:
        key = association.stage, association.candidate_id, association.asn_type
        numbers[key] += 1
        names.append(association_file(association.program, *key[1:], numbers[key], version=version))
    return names
