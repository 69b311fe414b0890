"""Work grows with exposures and edges, where a key is waived or undefined for some exposures."""

from collections.abc import Callable
from unittest import mock

import pandas as pd
import pytest

import asngraph
from asngraph.engine.matching import Match, Matcher
from asngraph.rules.bindings import Field, Same, same, same_if_defined
from asngraph.rules.rule import Rule, RuleSet

BACKGROUND = Field("bkgdtarg").is_("t")
Row = dict[str, str]


def one_background(n: int) -> Row:
    return {"targetid": str(n // 2 + 1), "bkgdtarg": "f" if n else "t"}


def either_defined(n: int) -> Row:
    pair = f"v{n // 2}"
    return {"filter": pair} if n % 2 else {"pupil": pair}


def nested(n: int) -> Row:
    return one_background(n) | either_defined(n) | {"grating": f"g{n // 4}" if n % 3 else "null"}


def tries(conditions: tuple[Same, ...], cells: Callable[[int], Row], exposures: int) -> tuple[int, int]:
    """Return how often an exposure is tried against groups, and the number of members."""
    common = {"program": "1", "obs_num": "1", "exp_type": "mir_mrs", "pntgtype": "science", "filter": "null"}
    common |= {"pupil": "null", "grating": "null", "bkgdtarg": "f", "asn_candidate": "[('o001', 'observation')]"}
    rows = [common | {"filename": f"a{n}_uncal.fits"} | cells(n) for n in range(exposures)]
    rules = RuleSet(Rule("A", "", "spec3", 3, "x{exposure}", conditions=conditions))
    match, count = Matcher.match, 0

    def counted(self: Matcher, *arguments: object) -> Match:
        nonlocal count
        count += 1
        return match(self, *arguments)  # type: ignore[arg-type]

    with mock.patch.object(Matcher, "match", counted):
        graph = asngraph.generate(pd.DataFrame(rows), rules=rules, all_candidates=True)
    return count, sum(len(association.members) for association in graph)


@pytest.mark.parametrize(
    ("conditions", "cells"),
    [
        ((same("targetid").unless(BACKGROUND),), one_background),
        ((same("targetid").unless(BACKGROUND).handed_on(),), one_background),
        ((same_if_defined("filter"), same_if_defined("pupil")), either_defined),
        ((same("targetid").unless(BACKGROUND), *map(same_if_defined, ("filter", "pupil", "grating"))), nested),
    ],
    ids=["waived", "waived and tried again", "optional", "nested"],
)
def test_an_exposure_is_tried_against_the_groups_that_may_take_it(
    conditions: tuple[Same, ...], cells: Callable[[int], Row]
) -> None:
    for exposures in (200, 400):
        count, members = tries(conditions, cells, exposures)
        assert members >= exposures // 2
        assert count < 8 * (exposures + members)
