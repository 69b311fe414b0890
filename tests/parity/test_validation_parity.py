"""``validate`` calls an error what the pipelines of the real ``jwst`` do not start on, and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pipelinestarts
import pytest
from brokenasns import NAMES, association

from asngraph.editing.problem import ERROR
from asngraph.editing.validation import problems_of_files
from asngraph.model.filenames import output_file
from asngraph.model.pipelines import PIPELINES, stage_of

FAST, LONG = 150, 2000


def _judged(seed: int, folder: Path) -> tuple[str, list[str]]:
    """Return why the pipeline refuses an association, and what ours calls an error in it."""
    text, _ = association(seed)
    path = pipelinestarts.write(folder, text)
    refusal = pipelinestarts.refusal(path, *_kind(text))
    (found,) = problems_of_files([path])
    return refusal, [f"{each.path}: {each.text}" for each in found if each.severity == ERROR]


def _kind(text: str) -> tuple[str, int]:
    """Tell which pipeline a user would run; a text that nothing reads is given to one of stage 3."""
    from asngraph.util.lenient_json import read_text

    try:
        data = read_text(text).data
    except (ValueError, RecursionError):
        data = None
    if not isinstance(data, dict):
        return "image3", 3
    return str(data.get("asn_type")), stage_of(data) or 3


@pytest.mark.slow
@pytest.mark.parity
def test_errors_are_what_pipelines_refuse(tmp_path: Path) -> None:
    _compare(range(FAST), tmp_path)


@pytest.mark.parity_long
def test_errors_are_what_pipelines_refuse_of_many(tmp_path: Path) -> None:
    refused = _compare(range(1000, 1000 + LONG), tmp_path)
    print(f"{LONG} associations: {refused} refused by both, {LONG - refused} taken by both")


def _compare(seeds: range, folder: Path) -> int:
    wrong, refused = [], 0
    for seed in seeds:
        refusal, errors = _judged(seed, folder)
        refused += bool(refusal)
        if bool(refusal) != bool(errors):
            wrong.append(f"{seed}: jwst: {refusal or 'starts'}; ours: {errors or 'no error'}")
    assert not wrong, f"{len(wrong)} of {len(seeds)}:\n" + "\n".join(wrong)
    return refused


@pytest.mark.slow
@pytest.mark.parity
@pytest.mark.parametrize("asn_type", ["image3", "image2", "coron3", "tso3"])
def test_files_have_the_names_that_pipelines_give_them(asn_type: str) -> None:
    names = [name for name in NAMES if name]
    names += [
        "jw01234-o001_t001_miri_f770w",
        "a.b_cal",
        "a_b_cal.v2.fits",
        "x-rate",
        "m51_tweakreg",
        "cal",
        "a.",
        "..b",
    ]
    for name in names:
        expected = pipelinestarts.output_paths(asn_type, name, ["i2d", "psfstack"])
        assert [output_file(name, suffix) for suffix in ("i2d", "psfstack")] == expected, name


@pytest.mark.slow
@pytest.mark.parity
def test_every_type_is_started(tmp_path: Path) -> None:
    """The stand-ins let all pipelines start, so that what is refused is refused for what it holds."""
    members: list[Any] = [{"expname": f"{name}_cal.fits", "exptype": "science"} for name in "ab"]
    members.append({"expname": "c_cal.fits", "exptype": "psf"})
    for asn_type, pipeline in PIPELINES.items():
        data = {"asn_type": asn_type, "asn_id": "o001", "asn_pool": "none", "products": [{"name": "p"}]}
        data["products"] = [{"name": "p", "members": members}]
        assert pipelinestarts.refusal(pipelinestarts.write(tmp_path, data), asn_type, pipeline.stage) == ""
