"""Associations made of a folder of downloads, in the loaders of real pipelines: members that are there are found."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT

pytest.importorskip("jwst", reason="needs the extra `parity`")
pytestmark = [
    pytest.mark.parity,
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:Input association file contains path information"),
]


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Write a folder of downloads, with _cal files of a few exposures, and return its files by name."""
    from stdatamodels.jwst.datamodels import ImageModel

    spec = importlib.util.spec_from_file_location("download_folder", ROOT / "examples" / "download_folder.py")
    assert spec is not None and spec.loader is not None
    example = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(example)
    data = tmp_path_factory.mktemp("downloads") / "data"
    example.write(data)
    for path in data.rglob("jw0920100[12]001_02101_*_nrcalong_rate.fits"):
        with ImageModel(path) as model:  # as pipelines save them
            model.save(path.with_name(path.name.replace("_rate", "_cal")))
    return {path.name: path for path in data.rglob("*.fits")}


@pytest.fixture(scope="module")
def data(there: dict[str, Path]) -> Path:
    return next(path for path in next(iter(there.values())).parents if path.name == "data")


def linked(folder: Path, there: dict[str, Path]) -> Path:
    """Link the files into a folder of associations, as the Makefile of a plan does."""
    for name, path in there.items():
        (folder / name).symlink_to(path)
    return folder


def members_of(pipeline: Any, path: Path) -> Iterator[Path]:
    """Yield the paths of the members of a stage-2 association, as a pipeline sees them that is given its file."""
    from jwst.associations.load_as_asn import LoadAsLevel2Asn

    pipeline.set_primary_input(str(path))
    loaded = pipeline.load_as_level2_asn(str(path))
    assert loaded["products"] and len(loaded["products"]) == len(LoadAsLevel2Asn.load(str(path))["products"])
    for product in loaded["products"]:
        for member in product["members"]:
            yield Path(member["expname"])


def opened(library: Any) -> list[tuple[str, str]]:
    """Open the members of a library, and return their file names and roles."""
    found = []
    with library:
        for model in library:
            found.append((model.meta.filename, model.meta.asn.exptype))
            library.shelve(model, modify=False)
    return found


@pytest.mark.parametrize("made_by", ["generate", "combine"])
def test_stage_2_pipelines_find_the_members(
    there: dict[str, Path], data: Path, tmp_path: Path, run: Any, made_by: str
) -> None:
    from jwst.pipeline import Image2Pipeline, Spec2Pipeline

    asns = tmp_path / "asns"
    if made_by == "generate":
        assert run("generate", data, "-p", asns).code == 0
        linked(asns, there)
    else:
        assert run("combine", data, "--stage", "2", "--background", "flag", "--nod", "-p", asns).code == 0
    seen, absent = 0, set()
    for pipeline, pattern in ((Image2Pipeline(), "*image2*_asn.json"), (Spec2Pipeline(), "*spec2*_asn.json")):
        paths = sorted(asns.glob(pattern))
        assert paths
        for path in paths:
            members = list(members_of(pipeline, path))
            seen += len(members)
            assert all(member.is_file() == (member.name in there) for member in members)
            absent |= {member.name for member in members if member.name not in there}
    assert seen > 200
    # Only what was not downloaded as _rate: these exposures are there as _uncal.
    assert absent and {name.replace("_rate", "_uncal") for name in absent} <= set(there)


@pytest.mark.parametrize("made_by", ["generate", "combine"])
def test_stage_3_pipelines_open_the_members(
    there: dict[str, Path], data: Path, tmp_path: Path, run: Any, made_by: str
) -> None:
    from jwst.datamodels import ModelLibrary
    from jwst.pipeline import Image3Pipeline

    asns = tmp_path / "asns"
    if made_by == "generate":
        assert run("generate", data, "-p", asns, "-i", "o001").code == 0
        linked(asns, there)
    else:
        subset = ("--where", "instrument nircam and obs_num in 1-2", "--by", "filter")
        assert run("combine", data, *subset, "-p", asns).code == 0
    complete: list[list[str]] = []
    for path in sorted(asns.glob("*image3*_asn.json")):
        members = json.loads(path.read_text())["products"][0]["members"]
        names = [Path(member["expname"]).name for member in members]
        if set(names) <= set(there):
            complete.append(names)
            wanted = [(name, "science") for name in names]
            assert opened(Image3Pipeline()._load_input_as_library(str(path))) == wanted
            assert opened(ModelLibrary(path)) == wanted
    assert [len(names) for names in complete] == [3 if made_by == "generate" else 6]
