"""The real ``jwst`` as the client of associations that are made and edited by hand."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

import pytest
from conftest import EXAMPLES

pytestmark = [pytest.mark.parity, pytest.mark.slow]


def write_model(path: Path, number: int = 1, exp_type: str = "NRC_IMAGE") -> None:
    """Write a small calibrated image as the pipelines do."""
    import numpy as np
    from stdatamodels.jwst.datamodels import ImageModel

    model = ImageModel(np.full((8, 8), float(number), dtype="float32"))
    model.meta.filename = path.name
    model.meta.exposure.type = exp_type
    for name, value in {
        "program_number": "01234", "observation_number": "001", "visit_number": "001", "visit_group": "02",
        "sequence_id": "1", "activity_id": "01", "exposure_number": f"{number:05d}",
    }.items():  # fmt: skip
        setattr(model.meta.observation, name, value)
    path.parent.mkdir(exist_ok=True)
    model.save(path)


def opened(path: Path) -> list[tuple[str, str, float]]:
    """Open an association as a pipeline does, and each of its members."""
    from jwst.datamodels import ModelLibrary

    library = ModelLibrary(path)
    found = []
    with library:
        for model in library:
            found.append((model.meta.filename, model.meta.asn.exptype, float(model.data[0, 0])))
            library.shelve(model, modify=False)
    return found


def loaded(path: Path, *, level2: bool = False) -> Any:
    from jwst.associations.load_as_asn import LoadAsAssociation, LoadAsLevel2Asn

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        return (LoadAsLevel2Asn if level2 else LoadAsAssociation).load(str(path))


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for number, name in enumerate(("a_cal", "b_cal", "c_cal", "s_x1d"), 1):
        write_model(tmp_path / f"{name}.fits", number)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_model_library_opens_what_is_created_edited_and_gathered(run, data) -> None:
    asn = data / "m_asn.json"
    assert run("asn", "create", "-o", asn, "--product-name", "mosaic", "a_cal.fits", "b_cal.fits").code == 0
    assert opened(asn) == [("a_cal.fits", "science", 1.0), ("b_cal.fits", "science", 2.0)]
    assert loaded(asn)["products"][0]["name"] == "mosaic"
    assert run("asn", "edit", asn, "add", "c_cal.fits", "s_x1d.fits,background").code == 0
    assert run("asn", "edit", asn, "set-exptype", "psf", "b").code == 0
    assert run("asn", "edit", asn, "remove", "a_rate.fits").code == 0
    assert run("asn", "edit", asn, "rename-product", "mosaic", "deep").code == 0
    wanted = [("b_cal.fits", "psf", 2.0), ("c_cal.fits", "science", 3.0), ("s_x1d.fits", "background", 4.0)]
    assert opened(asn) == wanted
    assert loaded(asn)["products"][0]["name"] == "deep"
    assert run("asn", "gather", asn, "-o", "out").code == 0
    assert opened(data / "out" / "m_asn.json") == wanted
    assert run("asn", "gather", asn, "-o", "links", "--link", "-x", "background").code == 0
    assert opened(data / "links" / "m_asn.json") == wanted[:2]


def test_members_in_folders(run, data) -> None:
    write_model(data / "more" / "d_cal.fits", 9)
    assert run("asn", "create", "-o", "m_asn.json", "--product-name", "m", "a_cal.fits", "more/d_cal.fits").code == 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        assert opened(data / "m_asn.json")[1] == ("d_cal.fits", "science", 9.0)


def test_level_2(run, data) -> None:
    words = [
        "-r",
        "DMSLevel2bBase",
        "a_rate.fits",
        "b_rate.fits",
        "--background",
        "s_rate.fits",
        "--selfcal",
        "c_rate.fits",
    ]
    assert run("asn", "create", "-o", "l_asn.json", *words).code == 0
    assert run("asn", "edit", "l_asn.json", "add", "i_rate.fits,imprint", "--product", "a").code == 0
    asn = loaded(data / "l_asn.json", level2=True)
    assert [product["name"] for product in asn["products"]] == ["a", "b"]
    assert [member["exptype"] for member in asn["products"][0]["members"]] == [
        "science", "background", "selfcal", "imprint",
    ]  # fmt: skip


def test_what_is_created_is_what_asn_from_list_makes(run, data) -> None:
    from jwst.associations.asn_from_list import Main

    files = ["jw01234001001_02101_00001_nrca1_cal.fits", "jw01234001001_02101_00002_nrca1_cal.fits"]
    for words in (
        ["--product-name", "p", *files],
        ["-r", "DMSLevel2bBase", *files],
        ["-r", "Asn_Lv3Image", "--product-name", "p", *files],
    ):
        Main.cli(["-o", "theirs.json", *words])
        assert run("asn", "create", "-o", "ours.json", "--overwrite", *words).code == 0
        theirs, ours = (json.loads(Path(f"{who}.json").read_text()) for who in ("theirs", "ours"))
        assert list(theirs) == list(ours)
        # what ours knows better
        for key, value in {"code_version": "3.0.0", "program": "noprogram", "asn_type": "None"}.items():
            assert theirs.pop(key) == value
            ours.pop(key)
        assert ours == theirs


def test_edited_associations_of_the_generator(run, tmp_path) -> None:
    run("generate", EXAMPLES / "miri_mrs_background.csv", "-p", tmp_path)
    sky = "jw04322002001_02101_00001_mirifulong"
    assert run("asn", "edit", tmp_path, "remove", sky, "--asn-type", "spec3", "--keep").code == 0
    assert run("asn", "edit", tmp_path, "add", f"{sky}_rate.fits,background", "--asn-type", "spec2").code == 0
    for path in tmp_path.glob("*_asn.json"):
        there = json.loads(path.read_text())
        assert loaded(path, level2=there["asn_type"].endswith("2"))["products"] == there["products"]


def test_edits_are_those_of_asn_edit(run, data) -> None:
    from jwst.associations import asn_edit

    run("asn", "create", "-o", "m_asn.json", "--product-name", "m", "a_cal.fits", "b_cal.fits")
    theirs = asn_edit.add(asn_edit.reader("m_asn.json"), ["s_x1d.fits"], "background")
    theirs = asn_edit.remove(theirs, ["a_rate.fits"], ignore=True)
    run("asn", "edit", "m_asn.json", "add", "s_x1d.fits", "-t", "background")
    run("asn", "edit", "m_asn.json", "remove", "a_rate.fits")
    assert json.loads((data / "m_asn.json").read_text()) == dict(theirs)
