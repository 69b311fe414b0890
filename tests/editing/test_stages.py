"""What validate and plan say of stages, of files that two products write, of keys that lack, and of what is no JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from asnfiles import member, product, put

from asngraph.editing.validation import problems
from asngraph.model.filenames import output_file
from asngraph.planning.plan import plan
from asngraph.planning.status import status

WHOLE: dict[str, Any] = {"asn_id": "o001", "asn_pool": "none"}


def _found(asn_type: str, *members: dict[str, Any], **more: Any) -> list[tuple[str, str, str]]:
    data = {**WHOLE, "asn_type": asn_type, "products": [product("p", *members)], **more}
    return [(each.severity, each.kind, each.text) for each in problems({k: v for k, v in data.items() if v != ""})]


WRONG = [
    ("spec3", "background", "cal", "_x1d or _x1dints as background"),
    ("spec3", "science", "rate", "takes _cal"),
    ("image3", "science", "rate", "_cal or _crf as science"),
    ("image3", "science", "uncal", "_cal or _crf as science"),
    ("image3", "science", "i2d", "_cal or _crf as science"),
    ("coron3", "science", "cal", "_calints"),
    ("coron3", "psf", "cal", "_calints"),
    ("tso3", "science", "rateints", "_calints"),
    ("ami3", "psf", "uncal", "_calints"),
    ("wfs-image3", "science", "rate", "_cal as science"),
    ("image2", "science", "cal", "_rate or _rateints"),
    ("image2", "background", "uncal", "_rate or _rateints"),
    ("spec2", "imprint", "uncal", "_rate or _rateints"),
    ("spec2", "selfcal", "cal", "_rate or _rateints"),
    ("spec2", "direct_image", "cal", "_i2d"),
]


@pytest.mark.parametrize(("asn_type", "role", "suffix", "said"), WRONG)
def test_a_wrong_stage_is_warned_of(asn_type: str, role: str, suffix: str, said: str) -> None:
    own = {"image2": "rate", "spec2": "rate", "coron3": "calints", "tso3": "calints", "ami3": "calints"}
    right = own.get(asn_type, "cal")
    others = [member(f"{name}_{right}.fits", kind) for name, kind in (("y", "science"), ("q", "psf"))]
    if asn_type == "wfs-image3":
        others.append(member("w_cal.fits"))
    others = others[1:] if role == "science" and asn_type.endswith("2") else others
    for spelled in (role, role.upper()):
        found = [each for each in _found(asn_type, member(f"x_{suffix}.fits", spelled), *others) if each[1] == "stage"]
        assert len(found) == 1
        assert found[0][0] == "warning"
        assert f"is a _{suffix}; {asn_type} takes" in found[0][2]
        assert said in found[0][2]
    assert not [each for each in _found(asn_type, *others) if each[1] == "stage"]


@pytest.mark.parametrize("suffix", ["align", "jhat", "tweak", "cfnoise", "v2"])
@pytest.mark.parametrize("asn_type", ["image3", "spec3", "image2"])
def test_suffixes_of_other_tools_raise_no_questions(asn_type: str, suffix: str) -> None:
    assert _found(asn_type, member(f"x_{suffix}.fits")) == []


# --- Roles --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "role", ["target_acquistion", "catalog", "TARGET_ACQUISTION", "dark", "backgroud", "Background"]
)
def test_roles_that_pipelines_leave_aside_are_warnings(role: str) -> None:
    found = _found("spec2", member("a_rate.fits"), member("b_rate.fits", role))
    assert [(severity, kind) for severity, kind, _ in found] == [("warning", "exptype")]


@pytest.mark.parametrize("asn_type", ["image2", "spec2", "image3", "spec3"])
def test_science_in_capitals_only_is_an_error(asn_type: str) -> None:
    found = _found(asn_type, member("a_align.fits", "SCIENCE"))
    assert [kind for severity, kind, _ in found if severity == "error"] == ["no-science"]
    assert "write 'science'" in next(text for severity, _, text in found if severity == "error")


@pytest.mark.parametrize(
    ("roles", "count"),
    [
        (("science", "science"), 1),
        (("background", "background"), 1),
        (("background", "BACKGROUND"), 1),
        (("science", "background"), 1),
        (("background", "selfcal"), 0),
        (("science", "selfcal"), 0),
        (("imprint", "background"), 0),
    ],
)
def test_members_that_are_there_twice(roles: tuple[str, ...], count: int) -> None:
    found = _found("spec2", member("s_rate.fits"), *(member("a_rate.fits", role) for role in roles))
    assert [severity for severity, kind, _ in found if kind == "member-twice"] == ["warning"] * count
    assert not [each for each in found if each[0] == "error"]


# --- Keys that lack -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asn_type", "severity"),
    [
        ("image3", "warning"),
        ("spec3", "warning"),
        ("wfs-image3", "warning"),
        ("tso3", "error"),
        ("coron3", "error"),
        ("ami3", "error"),
        ("image2", None),
        ("spec2", None),
    ],
)
def test_an_id_is_missed_where_it_is_used(asn_type: str, severity: str | None) -> None:
    some = [member("a_x.fits"), member("b_x.fits"), member("c_x.fits", "psf")]
    found = [each for each in _found(asn_type, *some[:1], asn_id="") if each[1] == "form"]
    found = [each for each in _found(asn_type, *some, asn_id="") if "asn_id" in each[2]]
    assert [each[0] for each in found] == ([] if severity is None else [severity])


# --- What two products write --------------------------------------------------------------------------------------

SAME = [
    ("spec3", ["jw1_nrs1_cal.fits", "jw2_nrs1_cal.fits"], ["t", "t"]),
    ("image3", ["a_cal.fits", "b_cal.fits"], ["f", "f.fits"]),
    ("image3", ["a_cal.fits", "b_cal.fits"], ["f.v1", "f.v2"]),
    ("tso3", ["a_calints.fits", "b_calints.fits"], ["f_cal", "f"]),
    ("spec3", ["a_cal.fits", "b_cal.fits"], ["x_{source_id}", "x_{source_id}"]),
    ("image2", ["a_rate.fits", "b_rate.fits"], ["f_rate", "f"]),
]


@pytest.mark.parametrize(("asn_type", "names", "products"), SAME)
def test_a_product_of_several_associations(
    asn_type: str, names: list[str], products: list[str], tmp_path: Path, run: Any
) -> None:
    for number, (name, made) in enumerate(zip(names, products, strict=True)):
        put(tmp_path / f"{number}_asn.json", product(made, member(name)), **WHOLE, asn_type=asn_type)
    for what in ([tmp_path], sorted(tmp_path.glob("*_asn.json"))):
        result = run("asn", "validate", *what, "--json")
        assert result.code == 0
        assert [each["kind"] for each in json.loads(result.out) if each["kind"] == "product-twice"] == ["product-twice"]
    (left,) = plan(tmp_path).left_out
    assert left.instead
    assert "no run for" in run("plan", tmp_path).err


@pytest.mark.parametrize("second", ["f", "f.fits", "f_cal", "f.v2"])
def test_a_product_twice_in_one_association(second: str, tmp_path: Path, run: Any) -> None:
    some = product("f", member("a_rate.fits")), product(second, member("b_rate.fits"))
    put(tmp_path / "a_asn.json", *some, **WHOLE, asn_type="image2")
    assert plan(tmp_path).overwritten == {"f_cal.fits": "a"}
    assert "f_cal.fits for two products" in run("plan", tmp_path).err
    result = run("asn", "validate", tmp_path)
    assert (result.code, result.out.count("is there already, as products[0]")) == (0, 1)


def test_products_that_are_left_aside(tmp_path: Path, run: Any) -> None:
    some = product("f", member("a_cal.fits")), product("g", member("b_cal.fits", "background"))
    path = put(tmp_path / "a_asn.json", *some, **WHOLE, asn_type="image3")
    result = run("asn", "validate", path)
    assert (result.code, result.out.count("makes only the first product of an association")) == (0, 1)
    assert plan(tmp_path).runs[0].makes == ("f_i2d.fits",)


# --- Names of products --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("m51", "m51_i2d.fits"),
        ("m51.fits", "m51_i2d.fits"),
        ("field.v1.2", "field.v1_i2d.fits"),
        ("m51_cal", "m51_i2d.fits"),
        ("m51-cal", "m51-i2d.fits"),
        ("m51_i2d.fits", "m51_i2d.fits"),
        ("out/m51", "m51_i2d.fits"),
        ("m51_align", "m51_align_i2d.fits"),
    ],
)
def test_files_are_named_as_pipelines_name_them(name: str, made: str, tmp_path: Path) -> None:
    assert output_file(name, "i2d") == made
    image = product(name, member("a_cal.fits"))
    put(tmp_path / "a_asn.json", image, **WHOLE, asn_type="image3")
    assert next(run for run in plan(tmp_path).runs if run.name == "a").makes == (made,)
    # Who takes it waits for its maker, by the name that it comes to have.
    taker = product("s", member("s_rate.fits"), member(made, "direct_image"))
    put(tmp_path / "b_asn.json", taker, **WHOLE, asn_type="spec2")
    state = next(each for each in status(tmp_path, tmp_path) if each.association == "b")
    if "_i2d" in made:
        assert [each.made_by for each in state.missing if each.file == made] == ["a"]


# --- What is no JSON ----------------------------------------------------------------------------------------------

TEXT = """{"asn_type": "image3", "asn_id": "o001", "asn_pool": "none",
 "products": [{"name": "f", "members": [
  {"expname": "a_cal.fits", "exptype": "science"}%s
 ]%s}]%s}
"""


@pytest.mark.parametrize(
    ("commas", "places"),
    [
        ((",", "", ""), [(3, 50)]),
        (("", ",", ""), [(4, 3)]),
        (("", "", ","), [(4, 5)]),
        ((",", ",", ","), [(3, 50), (4, 3), (4, 6)]),
        (("\n  ,", "", ""), [(4, 3)]),
    ],
)
def test_trailing_commas_are_named(commas: tuple[str, ...], places: Any, tmp_path: Path, run: Any) -> None:
    file = tmp_path / "a_asn.json"
    file.write_text(TEXT % commas)
    result = run("asn", "validate", file, "--json")
    found = json.loads(result.out)
    assert result.code == 0
    assert [(each["kind"], each["severity"], each["line"]) for each in found] == [
        ("json", "warning", line) for line, _ in places
    ]
    for each, (_, column) in zip(found, places, strict=True):
        assert f"in column {column};" in each["text"]
        assert "later versions will not" in each["text"]
    # What it holds is checked all the same, with its line.
    file.write_text((TEXT % commas).replace('"science"', '"psf"'))
    errors = [each for each in json.loads(run("asn", "validate", file, "--json").out) if each["severity"] == "error"]
    assert [(each["kind"], each["line"]) for each in errors] == [("no-science", 2)]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda text: "\ufeff" + text, "byte order mark"),
        (lambda text: "# mine\n" + text, "expecting value"),
        (lambda text: text.replace('"', "'"), "property name"),
        (lambda text: text.replace('"asn_type"', "asn_type"), "property name"),
    ],
)
def test_what_only_yaml_takes_is_warned_of(change: Any, said: str, tmp_path: Path, run: Any) -> None:
    pytest.importorskip("yaml", reason="needs the extra `yaml`")
    file = tmp_path / "a_asn.json"
    file.write_text(change(TEXT % ("", "", "")))
    (found,) = json.loads(run("asn", "validate", file, "--json").out)
    assert (found["severity"], found["kind"], said in found["text"]) == ("warning", "json", True)
    file.write_text(change((TEXT % ("", "", "")).replace("science", "psf")))
    assert run("asn", "validate", file).code == 1


@pytest.mark.parametrize(
    "text",
    [TEXT % (",,", "", ""), (TEXT % (",", "", "")).replace("\n ", "\n\t"), (TEXT % ("", "", ""))[:-3], '{"a": [,]}'],
)
def test_what_nothing_takes_is_an_error(text: str, tmp_path: Path, run: Any) -> None:
    (tmp_path / "a_asn.json").write_text(text)
    result = run("asn", "validate", tmp_path)
    assert (result.code, "is not valid JSON" in result.out) == (1, True)
