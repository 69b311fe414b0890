"""Descriptions of rules in words, for people who know the telescope but not the software."""

from __future__ import annotations

import textwrap

from asngraph.rules.bindings import Condition, Either, Predicate, Same
from asngraph.rules.rule import Entry, Rule

_STAGES = {2: "stage 2: one science exposure and its calibrations", 3: "stage 3: exposures that are combined"}


def rule_text(rule: Rule) -> str:
    """Return a description of a rule: its conditions, its calibrations, its validity and its product.

    Parameters
    ----------
    rule : Rule
        The rule.

    Returns
    -------
    str
        Several lines.

    Examples
    --------
    >>> from asngraph.rules import observatory_rules
    >>> print(rule_text(observatory_rules().named("Asn_Lv3MIRMRS")))
    Asn_Lv3MIRMRS
      MIRI MRS spectra of a target, with the spectra of its background
      stage 3: exposures that are combined; asn_type spec3
    <BLANKLINE>
    An exposure enters where
      - it has the same program
      - it has the same instrume
      - is_imprt is undefined
      - it has the same direct_image candidate, if that is its only one, or else the same targetid (not required where
        exptype is background)
      - exp_type is mir_mrs
      - not a time series
    <BLANKLINE>
    What serves it
      - target acquisitions of the same program, instrument and observation
      - exposures that did not fit at first are tried again after all others
    <BLANKLINE>
    It is valid where
      - it has a member in the role science
      - it has several observations, where the candidate is a group, background or mosaic
    <BLANKLINE>
    Product: jw{program}-{asn_id}_{target}_{instrument}
    """
    parts = [[rule.name, f"  {rule.about}", f"  {_STAGES[rule.level]}; asn_type {rule.asn_type or 'none'}"]]
    shared = [_line(condition) for condition in (*rule.base, *rule.conditions)]
    parts.append(["An exposure enters where", *shared])
    if len(rule.entries) > 1 or rule.entries[0].conditions:
        parts.append(["It then enters as the first of these whose conditions it meets", *map(_entry, rule.entries)])
    serving = _serving(rule)
    if serving:
        parts.append(["What serves it", *serving])
    if rule.hands_on:
        parts.append(["It makes no associations; its exposures are tried again with every rule, after all others"])
        return _joined(parts)
    parts.append(["It is valid where", *_validity(rule)])
    if rule.completion:
        parts.append(["When all exposures are known", *(f"  - {step.value}" for step in rule.completion)])
    parts.append([f"Product: {rule.product.replace('{{', '{').replace('}}', '}')}"])
    return _joined(parts)


def _joined(parts: list[list[str]]) -> str:
    return "\n\n".join("\n".join(part) for part in parts)


def _line(condition: Condition) -> str:
    return _item(condition.text if isinstance(condition, Predicate) else f"it has {condition.text}")


def _item(text: str) -> str:
    return "\n".join(textwrap.wrap(text, 116, initial_indent="  - ", subsequent_indent="    "))


def _entry(entry: Entry) -> str:
    conditions = "; ".join(condition.text for condition in entry.conditions) or "no further condition"
    role = f", in the role {entry.exptype}" if entry.exptype else ""
    again = "; tried again after all others" if entry.retry else ""
    return _item(f"{entry.name}{role}: {conditions}{again}")


def _serving(rule: Rule) -> list[str]:
    lines = []
    if rule.acquisitions:
        lines.append("  - target acquisitions of the same program, instrument and observation")
    if any(map(_hands_on, rule.conditions)):
        lines.append("  - exposures that did not fit at first are tried again after all others")
    return lines


def _hands_on(condition: Condition) -> bool:
    if isinstance(condition, Either):
        return any(_hands_on(part) for way in condition.ways for part in way)
    return isinstance(condition, Same) and condition.retry is not None


def _validity(rule: Rule) -> list[str]:
    lines = [f"  - it has a member in the role {need}" for need in rule.needs]
    if rule.level == 2 and "background" in rule.candidates:
        lines.append("  - it has a member in the role background, where the candidate is a background")
    if rule.members > 1:
        lines.append(f"  - it has at least {rule.members} members")
    if rule.several_observations and rule.candidates != ("observation",):
        lines.append("  - it has several observations, where the candidate is a group, background or mosaic")
    if rule.candidates:
        lines.append(f"  - the candidate is of type {' or '.join(rule.candidates)}")
    if rule.not_candidates:
        lines.append(f"  - the candidate is not of type {' or '.join(rule.not_candidates)}")
    return lines
