"""Whether a rule makes sense; asked when it is made, so that a mistake is seen where it was written."""

from __future__ import annotations

import re
import string
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from asngraph.conditions import Binding, Collect, Condition, Either, Predicate, Same
from asngraph.errors import AsnGraphError

if TYPE_CHECKING:
    from asngraph.rules import Rule

# What can stand in braces in the name of a product, beside the slots that the rule binds.
PRODUCT_FIELDS = frozenset(
    "program asn_id target instrument optics -slit -subarray detector act_id exposure".split()  # noqa: SIM905
)
_NAME = re.compile(r"[A-Za-z]\w*")
_ASN_TYPE = re.compile(r"[a-z0-9][a-z0-9-]*")


class RuleError(AsnGraphError):
    """A rule that makes no sense."""


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
    >>> from asngraph.conditions import Field, same
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
