"""What releases of jwst after 3.0 accept, beside 3.0.0."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from asnfiles import member, product
from asnfiles import put as put_file

import asngraph
from asngraph.editing.validation import problems_of_files
from asngraph.errors import AssociationError


def put(path: Path, *products: Any, **fields: str) -> Path:
    return put_file(path, *products, asn_id="o001", asn_pool="none", **fields)


NEW = ("--for", "jwst==3.1.0")


@pytest.mark.parametrize(
    ("release", "code"),
    [("jwst==2.0.1", 0), ("jwst==3.0.0", 0), ("jwst == 3.0.2", 0), ("jwst==3.1.0.dev12", 1), ("JWST==main", 1)],
)
def test_slitless_spectra(run, tmp_path, release: str, code: int) -> None:
    science = [member(f"{name}_cal.fits") for name in "ab"]
    asn = put(tmp_path / "a_asn.json", product("a", *science), asn_type="spec3", asn_rule="candidate_Asn_Lv3WFSSNIS")
    result = run("asn", "validate", asn, "--for", release)
    assert result.code == code
    said = "'a_cal.fits' (and 1 more) is a _cal; spec3 of releases after jwst 3.0 takes _x1d for slitless spectra"
    assert (said in result.out) == bool(code)


def test_extracted_slitless_spectra(run, tmp_path) -> None:
    asn = put(tmp_path / "a_asn.json", product("a", member("a_x1d.fits")), asn_type="spec3", asn_rule="Asn_Lv3WFSSNIS")
    assert "is a _x1d" in run("asn", "validate", asn).out
    assert run("asn", "validate", asn, *NEW).out == ""


def test_other_spectra_are_as_before(run, tmp_path) -> None:
    asn = put(tmp_path / "a_asn.json", product("a", member("a_cal.fits")), asn_type="spec3", asn_rule="Asn_Lv3MIRMRS")
    assert run("asn", "validate", asn, *NEW).code == 0


def test_json_only(run, tmp_path) -> None:
    asn = put(tmp_path / "a_asn.json", product("a", member("a_cal.fits")), asn_type="image3")
    comma = tmp_path / "b_asn.json"
    comma.write_text(asn.read_text().rstrip().removesuffix("}") + ",}")
    other = tmp_path / "c_asn.txt"
    other.write_text(asn.read_text())
    assert [run("asn", "validate", path).code for path in (asn, comma, other)] == [0, 0, 0]
    results = [run("asn", "validate", path, *NEW) for path in (asn, comma, other)]
    assert [result.code for result in results] == [0, 1, 1]
    assert "releases after jwst 3.0 do not read it" in results[1].out
    assert "has no extension .json" in results[2].out


def test_yaml(run, tmp_path) -> None:
    pytest.importorskip("yaml", reason="needs the extra `yaml`")
    asn = put(tmp_path / "a_asn.json", product("a", member("a_cal.fits")), asn_type="image3")
    path = tmp_path / "a_asn.yaml"
    path.write_text(asngraph.load_asn(asn).to_yaml())
    assert run("asn", "validate", path).code == 0
    result = run("asn", "validate", path, *NEW)
    assert (result.code, "is YAML, for jwst 3.0 and older" in result.out) == (1, True)


@pytest.mark.parametrize("release", ["3.0.0", "jwst>=3", "jwst==", "jwst==x", "romancal==1.0"])
def test_a_release_is_checked(run, tmp_path, release: str) -> None:
    result = run("asn", "validate", tmp_path / "nowhere.json", "--for", release)
    assert (result.code, "unknown release" in result.err) == (2, True)


@pytest.mark.parametrize("text", ['{"asn_type": "spec3", "asn_rule": "wfss", "products": 3}', "[]", "{", ""])
def test_broken_files_have_their_problems(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a_asn.json"
    path.write_text(text)
    assert next(problems_of_files([path], release="jwst==main"))


def test_a_dict_is_an_association(tmp_path) -> None:
    content = json.loads(put(tmp_path / "a_asn.json", product("a", member("a_cal.fits"))).read_text())
    loaded = asngraph.load_asn(content)
    assert loaded == content
    loaded.members[0]["expname"] = "b_cal.fits"
    assert content["products"][0]["members"][0]["expname"] == "a_cal.fits"
    with pytest.raises(AssociationError, match="no list of products"):
        asngraph.load_asn({})
