"""Every rule with one thing missing: each leaf, each binding, each entry, each requirement in turn."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace

from asngraph.rules import Rule, RuleSet, observatory_rules
from asngraph.rules.bindings import And, Called, Collect, Condition, Either, Not, Or, Predicate, Same


def mutants(rules: Iterable[Rule]) -> Iterator[tuple[str, str, Rule]]:
    """Yield what is missing, in words, from which rule, and the rule without it."""
    for rule in rules:
        seen: Counter[str] = Counter()
        for what, without in _mutants_of(rule):
            seen[what] += 1
            yield rule.name, what if seen[what] == 1 else f"{what} ({seen[what]})", without


def rules_with(mutant: Rule) -> RuleSet:
    """Return the observatory's rules, with one in place of that of the same name."""
    return RuleSet(*(mutant if rule.name == mutant.name else rule for rule in observatory_rules()))


def _mutants_of(rule: Rule) -> Iterator[tuple[str, Rule]]:
    for where in ("base", "conditions"):
        for what, conditions in _without_one(getattr(rule, where)):
            yield f"{where}: {what}", replace(rule, **{where: conditions})
    for place, entry in enumerate(rule.entries):
        before, after = rule.entries[:place], rule.entries[place + 1 :]
        label = f"entry {entry.name!r}"
        for what, conditions in _without_one(entry.conditions):
            yield f"{label}: {what}", replace(rule, entries=(*before, replace(entry, conditions=conditions), *after))
        if entry.retry:
            yield f"{label}: tried again", replace(rule, entries=(*before, replace(entry, retry=None), *after))
        if before or after:
            yield f"{label}", replace(rule, entries=(*before, *after))
    for need in rule.needs:
        yield f"needs {need}", replace(rule, needs=tuple(each for each in rule.needs if each != need))
    for completion in rule.completion:
        yield (
            f"completion {completion.name}",
            replace(rule, completion=tuple(each for each in rule.completion if each is not completion)),
        )
    for flag in ("acquisitions", "several_observations"):
        if getattr(rule, flag):
            yield flag, replace(rule, **{flag: False})


def _without_one(conditions: tuple[Condition, ...]) -> Iterator[tuple[str, tuple[Condition, ...]]]:
    for place, condition in enumerate(conditions):
        for what, left in _drops(condition):
            kept = () if left is None else (left,)
            yield what, (*conditions[:place], *kept, *conditions[place + 1 :])


def _drops(condition: Condition) -> Iterator[tuple[str, Condition | None]]:
    """Yield what is missing, and what is left of the condition without it."""
    if isinstance(condition, Called):
        for what, left in _drops(condition.part):
            yield what, None if left is None else Called(condition.name, left)  # type: ignore[arg-type]
    elif isinstance(condition, Not):
        for what, left in _drops(condition.part):
            yield f"not {what}", None if left is None else Not(left)  # type: ignore[arg-type]
    elif isinstance(condition, And | Or):
        for place, part in enumerate(condition.parts):
            for what, left in _drops(part):
                kept = () if left is None else (left,)
                parts = (*condition.parts[:place], *kept, *condition.parts[place + 1 :])
                yield what, parts[0] if len(parts) == 1 else type(condition)(parts)  # type: ignore[arg-type]
    elif isinstance(condition, Either):
        yield from _drops_of_ways(condition)
    else:
        yield condition.text, None
        if isinstance(condition, Same):
            if condition.waived is not None:
                yield f"{condition.text}: waiver", replace(condition, waived=None)
            if condition.retry is not None:
                yield f"{condition.text}: tried again", replace(condition, retry=None)
        if isinstance(condition, Collect) and condition.only is not None:
            yield f"{condition.text}: only", replace(condition, only=None)
        assert isinstance(condition, Predicate) or condition.text


def _drops_of_ways(condition: Either) -> Iterator[tuple[str, Condition | None]]:
    for place, way in enumerate(condition.ways):
        before, after = condition.ways[:place], condition.ways[place + 1 :]
        for what, left in _without_one(way):
            ways = (*before, *((left,) if left else ()), *after)
            yield what, Either(ways)
