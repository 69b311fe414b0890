"""Rules as data: which exposures an association takes, in which role, and what becomes of it.

A rule says, in this order, what every exposure must meet (`Rule.base` and `Rule.conditions`), in which of several ways
it then enters (`Rule.entries`), and what makes the result valid, completes it and names it. `observatory_rules` are
those of the observatory.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum

from asngraph.conditions import Condition, Retry
from asngraph.facts import Derivation, Roles


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
        The product's name, with fields in braces (`asngraph.names.product_name`).
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
        from asngraph.rulecheck import check_rule

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
        Columns that the rules look at and no pool has: each takes the `asngraph.facts.Facts` and returns a column.
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
        import difflib

        short = {each.name.lower().removeprefix("asn_"): each.name for each in self}
        found = difflib.get_close_matches(name.lower().removeprefix("asn_"), short, n=3, cutoff=0.6)
        return f"did you mean {' or '.join(short[each] for each in found)}?" if found else "`asngraph rules` lists them"


def observatory_rules() -> RuleSet:
    """Return the rules of the observatory, as `asngraph._version.REFERENCE` has them."""
    from asngraph.rules.level2 import LEVEL2
    from asngraph.rules.level3 import LEVEL3

    return RuleSet(*LEVEL2, *LEVEL3)
