"""The table of roles, and who repeats it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from asngraph.model.relations import RELATIONS, relation_of
from asngraph.model.roles import COLOURS, EXPTYPES, OLD_SPELLINGS, Role, looks

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
