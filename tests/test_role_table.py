"""The table of roles, and who repeats it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from asngraph.editing.infer_roles import role_by_header
from asngraph.model.derived_columns import Facts
from asngraph.model.relations import RELATIONS, relation_of
from asngraph.model.roles import COLOURS, EXPTYPES, OLD_SPELLINGS, Role, looks
from asngraph.pools.from_headers import pool_from_headers

PAGE = (Path(__file__).parent.parent / "asngraph/page/source/src/looks.js").read_text()
# The page has no mark for products among members; its circle of direct images is that of science in pictures.
ONLY_IN_PICTURES = {"sourcecat", "segmap"}


def of_the_page(table: str) -> dict[str, tuple[str, str]]:
    block = re.search(rf"const {table} = {{(.*?)\n}};", PAGE, re.DOTALL)
    assert block
    return {name: (one, other) for name, one, other in re.findall(r'(\w+): \["([^"]+)", "([^"]+)"\]', block[1])}


@pytest.mark.parametrize("role", Role)
def test_each_role_is_a_text_with_a_definition(role: Role) -> None:
    assert (f"{role}", role == role.value, {role.value: 1}[role]) == (role.value, True, 1)
    assert role.definition
    assert not role.relation or (role.relation in RELATIONS and role in EXPTYPES)
    assert relation_of(role.value, role.value, "") == (role.relation or "calibration_for")
    assert bool(role.colour) == bool(role.shape)


def test_old_spellings_are_of_roles() -> None:
    assert {*OLD_SPELLINGS.values()} <= {*Role}


def test_the_page_shows_the_same_roles() -> None:
    page, own = of_the_page("ROLES"), looks()
    assert {*own} - ONLY_IN_PICTURES == {*page}
    assert {role: colour for role, (colour, _) in page.items()} == {role: own[role][0] for role in page}
    assert {role for role in page if page[role] != own[role]} <= {"direct_image"}
    assert {name: pair for name, pair in of_the_page("COLOURS").items() if name in COLOURS} == COLOURS


def test_pictures_tell_roles_apart_by_shape() -> None:
    pytest.importorskip("matplotlib", reason="pictures are drawn with matplotlib: pip install 'asngraph[plots]'")
    from asngraph.plots.canvas import look_of

    markers = [look_of(role).marker for role in [*looks(), "telescope"]]
    assert len(markers) == len({*markers})


@pytest.mark.parametrize(
    ("cards", "role"),
    [
        ({"EXP_TYPE": "MIR_MRS"}, "science"),
        ({"EXP_TYPE": "MIR_MRS", "BKGDTARG": "TRUE"}, "background"),
        ({"EXP_TYPE": "MIR_MRS", "BKGDTARG": "F", "IS_PSF": True}, "psf"),
        ({"EXP_TYPE": "MIR_TACQ", "BKGDTARG": True}, "target_acquisition"),
        ({"EXP_TYPE": "NRS_DARK"}, "dark"),
    ],
)
def test_a_header_gives_the_role_of_the_row_made_of_it(tmp_path: Path, cards: dict[str, Any], role: str) -> None:
    fits = pytest.importorskip("astropy.io.fits", reason="headers are read by astropy: pip install 'asngraph[fits]'")
    common = {"PROGRAM": "04322", "OBSERVTN": "001", "INSTRUME": "MIRI", "DETECTOR": "MIRIFULONG"}
    file = tmp_path / "jw04322001001_02101_00001_mirifulong_rate.fits"
    fits.PrimaryHDU(header=fits.Header(list({**common, **cards}.items()))).writeto(file)
    pool = pool_from_headers([file]).pool
    assert pool is not None
    assert (role_by_header(file), Facts(pool)["role"][0]) == (role, role)
