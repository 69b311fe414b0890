"""What is said of pipelines and what is compared, held against the real jwst package."""

from __future__ import annotations

import ast
import importlib
import json
from pathlib import Path

import pytest
from quick import quick
from reference import reference

from asngraph.model.pipelines import PIPELINES
from asngraph.planning.plan import plan
from asngraph.questions.diff import compare
from asngraph.simulation import MODES, simulate

pytestmark = pytest.mark.parity


def configurations() -> Path:
    import jwst.associations

    return Path(jwst.associations.__file__).parents[1] / "pipeline"


@pytest.mark.slow
@pytest.mark.parametrize("asn_type", PIPELINES)
def test_the_configuration_of_each_type_is_of_our_pipeline(asn_type: str) -> None:
    """The configurations are named after the types; strun knows their classes by an alias."""
    lines = (configurations() / f"calwebb_{asn_type}.cfg").read_text().splitlines()
    (named,) = (ast.literal_eval(line.partition("=")[2].strip()) for line in lines if line.startswith("class"))
    module, _, name = named.rpartition(".")
    assert getattr(importlib.import_module(module), name).class_alias == PIPELINES[asn_type].name


def test_there_are_no_other_types() -> None:
    found = {path.stem.removeprefix("calwebb_") for path in configurations().glob("calwebb_*.cfg")}
    assert {name for name in found if name[-1] in "23"} == set(PIPELINES)


@pytest.mark.parametrize("mode", quick(MODES, "multi-field"))
def test_what_the_reference_delivers_is_what_we_make(mode: str, tmp_path: Path) -> None:
    pool = simulate(20, [mode], seed=8)
    pool.write(tmp_path / "pool.csv")
    folder = tmp_path / "archive"
    folder.mkdir()
    for name, association in reference(tmp_path / "pool.csv").items():
        (folder / name).write_text(json.dumps(association))
    assert not compare(folder, pool).differences
    theirs, ours = plan(folder), plan(pool)
    assert {(run.name, run.step, *sorted(run.makes)) for run in theirs.runs} == {
        (run.name, run.step, *sorted(run.makes)) for run in ours.runs
    }
