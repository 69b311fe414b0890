"""The table of exposure types, beside that of the jwst package."""

from __future__ import annotations

import pytest

from asngraph.model.exposure_types import (
    ACQUISITIONS,
    ALWAYS_TIME_SERIES,
    CALIBRATED,
    CORONAGRAPHY,
    DIRECT_IMAGES,
    GRISMS,
    INSTRUMENTS,
    ROLE_OF_EXP_TYPE,
)
from asngraph.model.roles import Role


def test_types_are_of_instruments_and_have_roles() -> None:
    known = {*CALIBRATED, *ROLE_OF_EXP_TYPE, *CORONAGRAPHY, *ALWAYS_TIME_SERIES, *DIRECT_IMAGES, *GRISMS}
    assert {exp_type.partition("_")[0] for exp_type in known} == {*INSTRUMENTS}
    assert {*ROLE_OF_EXP_TYPE.values()} <= {*Role}
    assert {*CORONAGRAPHY, *ALWAYS_TIME_SERIES, *DIRECT_IMAGES, *GRISMS, *ACQUISITIONS} <= CALIBRATED


@pytest.mark.parity
def test_types_are_those_of_the_reference() -> None:
    from jwst.associations.lib import dms_base, rules_level3_base

    assert {*ACQUISITIONS} == {*dms_base.ACQ_EXP_TYPES}
    assert dms_base.EXPTYPE_MAP == ROLE_OF_EXP_TYPE
    assert {*rules_level3_base.LEVEL2B_EXPTYPES} == CALIBRATED
    assert {*ALWAYS_TIME_SERIES, *CORONAGRAPHY} <= {*dms_base.TSO_EXP_TYPES, *dms_base.CORON_EXP_TYPES}
