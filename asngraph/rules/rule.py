"""Rules as data: which exposures an association takes, in which role, and what becomes of it.

A rule says, in this order, what every exposure must meet (`Rule.base` and `Rule.conditions`), in which of several ways
it then enters (`Rule.entries`), and what makes the result valid, completes it and names it. A rule that makes no sense
is refused where it is written.
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

# What can stand in braces in the name of a product, beside the slots that the rule binds.
PRODUCT_FIELDS = frozenset(
    "program asn_id target instrument optics -slit -subarray detector act_id exposure".split()  # noqa: SIM905
)
_NAME = re.compile(r"[A-Za-z]\w*")
_ASN_TYPE = re.compile(r"[a-z0-9][a-z0-9-]*")


class Completion(Enum):
    """What is done to an association when all its exposures are known, by name."""

    PRUNE_IMPRINTS = "imprints of another background flag, target or dither position than the science are left out"
    SPLIT_NODS = "each science exposure gets an association of its own, with the other nods as background"
    USE_CATALOG = "the direct images are replaced by the level-3 image made of them, its catalog and segmentation map"
    EXTRACTED_NODS = "each of several nods is added again as background, by its extracted spectrum"


@dataclass(frozen=True)
class Entry:
    """One way in which an exposure may enter an association.

    Parameters
    ----------
    name : str
        What enters so, in words.
    conditions : tuple of Condition
        What it must meet, in order, beside the rule's own conditions.
    retry : Retry, optional
        On which list it is then put, to be tried again.
    exptype : str, optional
        The role in which a science exposure enters so; by default its own.
    releases : bool
        Whether the association, from then on, keeps no exposure from starting another.
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
        Its name, which the associations carry.
    about : str
        What it is for, in a few words.
    asn_type : str
        The type of its associations, which tells the pipeline.
    level : int
        2 for what calibrates one exposure, 3 for what combines exposures.
    product : str
        The product's name, with fields in braces (`asngraph.model.filenames.product_name`).
    base : tuple of Condition
        What every exposure must meet, target acquisitions that are handed on too.
    conditions : tuple of Condition
        What an exposure must meet, in this order.
    entries : tuple of Entry
        In which ways it may then enter; the first that is open counts.
    roles : Roles
        How roles are called.
    acquisitions : bool
        Whether target acquisitions of the same observations join.
    candidates, not_candidates : tuple of str
        The types of candidate for which it makes associations (all, when empty), and for which it makes none.
    needs : tuple of str
        The roles of which there must be at least one.
    members : int
        How many exposures there must be at least.
    several_observations : bool
        Whether group, background and mosaic candidates must bring more than one observation.
    completion : tuple of Completion
        What is done at the end, in order.
    optics : tuple of str
        The bound values that are the product's optical elements.
    coronagraphy : bool
        Whether coronagraphic exposures keep their integrations.
    hands_on : bool
        Whether it makes nothing, and only has its exposures tried again, last, with every rule.
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
        """Tell whether the rule makes associations for candidates of a type."""
        return candidate_type not in self.not_candidates and (not self.candidates or candidate_type in self.candidates)


class RuleSet:
    """Rules in the order of their names, which is the order in which what they make is numbered.

    Parameters
    ----------
    *rules : Rule
        The rules; level 2 comes before level 3.
    facts : mapping of str to callable, optional
        Columns that the rules look at and no pool has: each takes the
        `asngraph.model.derived_columns.Facts` and returns a column.
    """

    def __init__(self, *rules: Rule, facts: Mapping[str, Derivation] | None = None) -> None:
        self._rules = tuple(sorted(rules, key=lambda rule: (rule.level, rule.name)))
        self._by_name = {rule.name.lower(): rule for rule in self._rules}
        self.facts: Mapping[str, Derivation] = dict(facts or {})

    def __add__(self, other: RuleSet) -> RuleSet:
        """Put two sets together; of rules with the same name, the other's counts."""
        rules = {rule.name.lower(): rule for rule in (*self, *other)}
        return RuleSet(*rules.values(), facts={**self.facts, **other.facts})

    def __len__(self) -> int:
        return len(self._rules)

    def __iter__(self) -> Iterator[Rule]:
        return iter(self._rules)

    def named(self, name: str) -> Rule | None:
        """Find a rule by its name, whatever its case and with or without ``Asn_``."""
        key = name.lower()
        return self._by_name.get(key) or self._by_name.get(f"asn_{key}")

    def near(self, name: str) -> str:
        """Say which rules somebody may have meant who wrote a name that none has."""
        short = {each.name.lower().removeprefix("asn_"): each.name for each in self}
        return did_you_mean(closest(name.lower().removeprefix("asn_"), short), "`asngraph rules` lists them")


def check_rule(rule: Rule) -> None:
    """Refuse a rule that makes no sense.

    Parameters
    ----------
    rule : Rule
        The rule.

    Raises
    ------
    RuleError
        With the rule's name, and what to write instead.
    """
    if not isinstance(rule.name, str) or not _NAME.fullmatch(rule.name):
        raise RuleError(f"{rule.name!r} is no name of a rule: letters, digits and underscores, a letter first")
    if rule.level not in (2, 3):
        raise RuleError(f"{rule.name}: the level is 2 or 3, not {rule.level!r}")
    if not rule.hands_on and (not isinstance(rule.asn_type, str) or not _ASN_TYPE.fullmatch(rule.asn_type)):
        raise RuleError(f"{rule.name}: {rule.asn_type!r} is no asn_type: small letters, digits and hyphens")
    for where in ("base", "conditions"):
        _check_conditions(rule.name, where, getattr(rule, where))
    _check_tuple(rule.name, "entries", rule.entries)
    for entry in rule.entries:
        if not hasattr(entry, "conditions"):
            raise RuleError(f"{rule.name}: entries holds {entry!r}; write Entry(name, conditions)")
        _check_conditions(rule.name, f"the entry {entry.name!r}", entry.conditions)
    for where in ("candidates", "not_candidates", "needs", "completion", "optics"):
        _check_tuple(rule.name, where, getattr(rule, where))
    _check_product(rule)


def all_conditions(rule: Rule) -> Iterator[Condition]:
    """Yield every condition of a rule, those within others too."""
    for condition in (*rule.base, *rule.conditions, *(each for entry in rule.entries for each in entry.conditions)):
        yield from _within(condition)


def fields_of(condition: Condition) -> set[str]:
    """Name the columns that a condition looks at.

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
                f"{name}: {where} holds {condition!r}, which is no condition; write same('filter'), "
                "Field('exp_type').is_('nrc_image'), ..."
            )


def _check_product(rule: Rule) -> None:
    try:
        used = {name for _, name, *_ in string.Formatter().parse(rule.product) if name is not None}
    except (ValueError, TypeError) as error:
        raise RuleError(f"{rule.name}: the product {rule.product!r} cannot be read: {error}") from None
    slots = {each.slot for each in all_conditions(rule) if isinstance(each, Same)}
    slots |= {each.field for each in all_conditions(rule) if isinstance(each, Collect)}
    unknown = used - PRODUCT_FIELDS - slots
    if unknown:
        known = ", ".join(sorted(PRODUCT_FIELDS | slots))
        raise RuleError(
            f"{rule.name}: the product has a field {{{min(unknown)}}} that nothing binds; there are {known}"
        )
