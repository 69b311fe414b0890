"""Rules as data: the exposures of an association, their roles, its validity, its completion and its product.

A rule has the conditions for every exposure (`Rule.base` and `Rule.conditions`), then the alternative entries of an
exposure (`Rule.entries`), and then the conditions and steps for the whole association. An invalid rule raises an error
when it is created.
"""

from __future__ import annotations

import re
import string
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from asngraph.errors import RuleError
from asngraph.model.derived_columns import Derivation, Roles
from asngraph.rules.bindings import Binding, Collect, Condition, Either, Predicate, Retry, Same
from asngraph.util.suggest import closest, did_you_mean

# The fields that the name of a product may have in braces, beside the slots that the rule binds.
PRODUCT_FIELDS = frozenset(
    "program asn_id target instrument optics -slit -subarray detector act_id exposure".split()  # noqa: SIM905
)
_NAME = re.compile(r"[A-Za-z]\w*")
_ASN_TYPE = re.compile(r"[a-z0-9][a-z0-9-]*")


class Completion(Enum):
    """The steps that complete an association when all its exposures are known."""

    PRUNE_IMPRINTS = "imprints of another background flag, target or dither position than the science are left out"
    SPLIT_NODS = "each science exposure gets an association of its own, with the other nods as background"
    USE_CATALOG = "the direct images are replaced by the stage-3 image made of them, its catalog and segmentation map"
    EXTRACTED_NODS = "each of several nods is added again as background, by its extracted spectrum"


@dataclass(frozen=True)
class Entry:
    """One of the alternatives by which an exposure may enter an association.

    Parameters
    ----------
    name : str
        The exposures that enter by it, in words.
    conditions : tuple of Condition
        The conditions in addition to the rule's own, in order.
    retry : Retry, optional
        The list on which the exposure is then put, to be tried again.
    exptype : str, optional
        The role in which a science exposure enters by it; by default its own.
    releases : bool
        Whether the association from then on prevents no exposure from starting another association.
    """

    name: str
    conditions: tuple[Condition, ...] = ()
    retry: Retry | None = None
    exptype: str | None = None
    releases: bool = False


@dataclass(frozen=True)
class Rule:
    """A rule.

    Parameters
    ----------
    name : str
        The name, which its associations have as ``asn_rule``.
    about : str
        Its purpose, in a few words.
    asn_type : str
        The type of its associations, which determines the pipeline.
    level : int
        The stage: 2 for the calibration of one exposure, 3 for the combination of exposures.
    product : str
        The product's name, with fields in braces (`asngraph.engine.product_names.product_name`).
    base : tuple of Condition
        Conditions for every exposure, including target acquisitions that are tried again.
    conditions : tuple of Condition
        Conditions for an exposure, in this order.
    entries : tuple of Entry
        The alternatives by which it then enters; the first that it meets counts.
    roles : Roles
        How roles are mapped to ``exptype``.
    acquisitions : bool
        Whether target acquisitions of the same observations join.
    candidates, not_candidates : tuple of str
        The types of candidate for which it makes associations (all, when empty), and for which it makes none.
    needs : tuple of str
        The roles of which the association must have at least one member.
    members : int
        The smallest number of exposures.
    several_observations : bool
        Whether associations of group, background and mosaic candidates must have exposures of several observations.
    completion : tuple of Completion
        The steps that complete the association, in order.
    optics : tuple of str
        The bound values that are the product's optical elements.
    coronagraphy : bool
        Whether coronagraphic exposures keep their integrations.
    hands_on : bool
        Whether it makes no associations, and its exposures are tried again with every rule after all others.

    Raises
    ------
    RuleError
        When the rule is invalid; the message says what to write instead.
    """

    name: str
    about: str
    asn_type: str
    level: int
    product: str
    base: tuple[Condition, ...] = ()
    conditions: tuple[Condition, ...] = ()
    entries: tuple[Entry, ...] = (Entry("any exposure"),)
    roles: Roles = Roles.PLAIN
    acquisitions: bool = False
    candidates: tuple[str, ...] = ()
    not_candidates: tuple[str, ...] = ()
    needs: tuple[str, ...] = ("science",)
    members: int = 1
    several_observations: bool = False
    completion: tuple[Completion, ...] = ()
    optics: tuple[str, ...] = ("filter", "pupil")
    coronagraphy: bool = True
    hands_on: bool = False

    def __post_init__(self) -> None:
        check_rule(self)

    def serves(self, candidate_type: str) -> bool:
        """Return whether the rule makes associations for candidates of a type.

        Parameters
        ----------
        candidate_type : str
            The type of the candidates.
        """
        return candidate_type not in self.not_candidates and (not self.candidates or candidate_type in self.candidates)


class RuleSet:
    """Rules in the order of stages and names, which is the order in which their associations are numbered.

    Parameters
    ----------
    *rules : Rule
        The rules, in any order.
    facts : mapping of str to callable, optional
        Derived columns that the rules use, by name: each callable takes the `asngraph.model.derived_columns.Facts` and
        returns an `asngraph.model.column.Column`.
    """

    def __init__(self, *rules: Rule, facts: Mapping[str, Derivation] | None = None) -> None:
        self._rules = tuple(sorted(rules, key=lambda rule: (rule.level, rule.name)))
        self._by_name = {rule.name.lower(): rule for rule in self._rules}
        self.facts: Mapping[str, Derivation] = dict(facts or {})

    def __add__(self, other: RuleSet) -> RuleSet:
        """Return the union of two sets; of rules with the same name, the second set's counts."""
        rules = {rule.name.lower(): rule for rule in (*self, *other)}
        return RuleSet(*rules.values(), facts={**self.facts, **other.facts})

    def __len__(self) -> int:
        return len(self._rules)

    def __iter__(self) -> Iterator[Rule]:
        return iter(self._rules)

    def named(self, name: str) -> Rule | None:
        """Return the rule of a name; None when the set does not have it.

        Parameters
        ----------
        name : str
            The name, in any case, with or without ``Asn_``.
        """
        key = name.lower()
        return self._by_name.get(key) or self._by_name.get(f"asn_{key}")

    def near(self, name: str) -> str:
        """Return a suggestion of rules for an unknown name: "did you mean ...?".

        Parameters
        ----------
        name : str
            The unknown name.
        """
        short = {rule.name.lower().removeprefix("asn_"): rule.name for rule in self}
        return did_you_mean(closest(name.lower().removeprefix("asn_"), short), "`asngraph rules` lists them")


def check_rule(rule: Rule) -> None:
    """Check that a rule is valid.

    Parameters
    ----------
    rule : Rule
        The rule.

    Raises
    ------
    RuleError
        When it is not; the message has the rule's name, and what to write instead.
    """
    if not isinstance(rule.name, str) or not _NAME.fullmatch(rule.name):
        raise RuleError(f"{rule.name!r} is not a rule's name: use letters, digits and underscores, a letter first")
    if rule.level not in (2, 3):
        raise RuleError(f"{rule.name}: the level must be 2 or 3, not {rule.level!r}")
    if not rule.hands_on and (not isinstance(rule.asn_type, str) or not _ASN_TYPE.fullmatch(rule.asn_type)):
        raise RuleError(f"{rule.name}: {rule.asn_type!r} is not an asn_type: use small letters, digits and hyphens")
    for where in ("base", "conditions"):
        _check_conditions(rule.name, where, getattr(rule, where))
    _check_tuple(rule.name, "entries", rule.entries)
    for entry in rule.entries:
        if not hasattr(entry, "conditions"):
            raise RuleError(f"{rule.name}: entries has {entry!r}; write Entry(name, conditions)")
        _check_conditions(rule.name, f"the entry {entry.name!r}", entry.conditions)
    _check_slots(rule)
    for where in ("candidates", "not_candidates", "needs", "completion", "optics"):
        _check_tuple(rule.name, where, getattr(rule, where))
    _check_product(rule)


def all_conditions(rule: Rule) -> Iterator[Condition]:
    """Yield all conditions of a rule, including those within others.

    Parameters
    ----------
    rule : Rule
        The rule.

    Yields
    ------
    Condition
    """
    of_entries = (condition for entry in rule.entries for condition in entry.conditions)
    for condition in (*rule.base, *rule.conditions, *of_entries):
        yield from _within(condition)


def fields_of(condition: Condition) -> set[str]:
    """Return the names of the columns that a condition uses.

    Parameters
    ----------
    condition : Condition
        The condition.

    Examples
    --------
    >>> from asngraph.rules.bindings import Field, same
    >>> sorted(fields_of(Field("filter").is_("clear") & Field("pupil").defined)), fields_of(same("program"))
    (['filter', 'pupil'], {'program'})
    """
    found = set(getattr(condition, "fields", ()))
    if isinstance(name := getattr(condition, "field", None), str):
        found.add(name)
    for attribute in ("part", "waived", "only"):
        inner = getattr(condition, attribute, None)
        if inner is not None:
            found |= fields_of(inner)
    for inner in getattr(condition, "parts", ()):
        found |= fields_of(inner)
    return found


def _within(condition: Condition) -> Iterator[Condition]:
    yield condition
    if isinstance(condition, Either):
        for way in condition.ways:
            for part in way:
                yield from _within(part)


def _check_tuple(name: str, where: str, value: Any) -> None:
    if not isinstance(value, tuple):
        kind = type(value).__name__
        raise RuleError(f"{name}: {where} is a {kind}; write a tuple, with a comma after a single value")


def _check_conditions(name: str, where: str, conditions: Iterable[object]) -> None:
    _check_tuple(name, where, conditions)
    for condition in conditions:
        if not isinstance(condition, Predicate | Binding):
            raise RuleError(
                f"{name}: {where} has {condition!r}, which is not a condition; write same('filter'), "
                "Field('exp_type').is_('nrc_image'), ..."
            )


def _check_slots(rule: Rule) -> None:
    fields: dict[str, tuple[str, ...]] = {}
    for condition in all_conditions(rule):
        if isinstance(condition, Same) and fields.setdefault(condition.slot, condition.fields) != condition.fields:
            raise RuleError(
                f"{rule.name}: two conditions store their value as {condition.slot!r}, of "
                f"{' or '.join(condition.fields)} and of {' or '.join(fields[condition.slot])}; give one of them "
                "another name with .as_()"
            )


def _check_product(rule: Rule) -> None:
    try:
        used = {name for _, name, *_ in string.Formatter().parse(rule.product) if name is not None}
    except (ValueError, TypeError) as error:
        raise RuleError(f"{rule.name}: the product {rule.product!r} cannot be read: {error}") from None
    slots = {condition.slot for condition in all_conditions(rule) if isinstance(condition, Same)}
    slots |= {condition.field for condition in all_conditions(rule) if isinstance(condition, Collect)}
    unknown = used - PRODUCT_FIELDS - slots
    if unknown:
        known = ", ".join(sorted(PRODUCT_FIELDS | slots))
        raise RuleError(f"{rule.name}: unknown field {{{min(unknown)}}} in the product; use one of {known}, or bind it")
