"""Names, association files, and writing them."""

from __future__ import annotations

import io
import json
import os

import pytest
from conftest import EXAMPLES
from hypothesis import given
from hypothesis import strategies as st

import asngraph
from asngraph import Association, AssociationError, load_asn
from asngraph.model.filenames import association_file, product_root, with_suffix
from asngraph.util.atomic import write_text


@pytest.mark.parametrize(
    ("name", "renamed"),
    [
        ("jw1_nrca1_uncal.fits", "jw1_nrca1_rate.fits"),
        ("jw1_uncal_x_uncal.fits.gz", "jw1_uncal_x_rate.fits.gz"),
        ("jw1_nrca1_rate.fits", "jw1_nrca1_rate.fits"),
        ("_uncal.fits", "_uncal.fits"),
        ("jw1_uncal", "jw1_uncal"),
    ],
)
def test_suffixes(name: str, renamed: str) -> None:
    assert with_suffix(name, "rate") == renamed


@pytest.mark.parametrize(
    ("name", "root"),
    [
        ("jw1_nrca1_rate.fits", "jw1_nrca1"),
        ("jw1_nrca1-calints.fits", "jw1_nrca1"),
        ("jw1_nrca1_nothing.fits", "jw1_nrca1_nothing"),
        ("jw1_cal_cal.fits", "jw1_cal"),
        ("folder/jw1_x1d.fits", "folder/jw1"),
        ("_rate.fits", "_rate"),
        ("plain", "plain"),
        (".fits", ".fits"),
    ],
)
def test_roots(name: str, root: str) -> None:
    assert product_root(name) == root


def test_association_files() -> None:
    assert association_file("01234", "o001", "image3", 12) == "jw01234-o001_image3_00012_asn.json"
    assert association_file("01234", "o001", "spec2", 1, version="V2") == "jw01234-o001_v2_spec2_00001_asn.json"
    assert association_file("1", "a3001", "spec2", 1, duplicate=3) == "dup00003_jw1-a3001_spec2_00001_asn.json"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=12,
)


@given(st.dictionaries(st.text(), json_values, max_size=4))
def test_json_is_what_the_standard_library_writes(data) -> None:
    assert Association(data).to_json() == json.dumps(data, indent=4)


def test_load_from_path_file_and_text(tmp_path) -> None:
    association = asngraph.generate(EXAMPLES / "miri_mrs_background.csv")["jw04322-o001_spec3_00001"]
    path = association.write(tmp_path)
    assert load_asn(path) == load_asn(str(path)) == load_asn(path.read_text()) == association
    with path.open() as file:
        assert load_asn(file).file_name == path.name
    assert load_asn(io.BytesIO(path.read_bytes())) == association


@pytest.mark.parametrize(
    "text",
    ["{", "{}", '{"products": 1}', '{"products": [1]}', '{"products": [{"members": [{}]}]}', "{" + "[" * 100_000],
)
def test_what_is_no_association(text: str, tmp_path) -> None:
    with pytest.raises(AssociationError):
        load_asn(text)
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(AssociationError, match=r"a\.json"):
        load_asn(tmp_path / "a.json")


def test_no_such_association(tmp_path) -> None:
    with pytest.raises(AssociationError, match="cannot be read"):
        load_asn(tmp_path / "none.json")


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch) -> None:
    path = tmp_path / "a.json"
    path.write_text("old")

    def refuse(*_: object) -> None:
        raise OSError("no space")

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(OSError, match="no space"):
        write_text(path, "new")
    assert [(each.name, each.read_text()) for each in tmp_path.iterdir()] == [("a.json", "old")]


def test_what_is_there_is_not_replaced_unless_allowed(tmp_path) -> None:
    path = tmp_path / "a.json"
    write_text(path, "one", replace=False)
    with pytest.raises(FileExistsError):
        write_text(path, "two", replace=False)
    assert [(each.name, each.read_text()) for each in tmp_path.iterdir()] == [("a.json", "one")]
