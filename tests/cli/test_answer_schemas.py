"""The JSON Schemas of answers: every command that answers in JSON has one, and its answers are as it says.

    python tests/cli/test_answer_schemas.py

writes asngraph/schemas/answers/*.json and asngraph-run.json again; where not only descriptions change, with the next
version.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

import answerschemas
import click
import pytest
from answerschemas import ANSWERS, FILES, FOLDER, RUN_SCHEMA, next_version, path_of, text_of, version_of
from commandtree import commands
from jsonschema import Draft202012Validator
from needs import ROOT, needs

import asngraph
from asngraph.model.pool import Pool
from asngraph.model.run_file import RUN_FILE
from asngraph.simulation import simulate

MOSAIC, MRS = (ROOT / "examples" / name for name in ("nircam_mosaic.csv", "miri_mrs_background.csv"))
MIXTURE = ["nirspec-msa", "niriss-wfss", "nircam-coronagraphy", "miri-mrs"]


def read(path: Path) -> Any:
    return json.loads(path.read_text())


# --- The files ------------------------------------------------------------------------------------------------------


def answers_in_json(command: click.Command) -> bool:
    """Whether a command answers in JSON or, by its format, as a table or in JSON."""
    formats = (set(each.type.choices) for each in command.params if isinstance(each.type, click.Choice))
    return any("--json" in each.opts for each in command.params) or any({"table", "json"} <= each for each in formats)


def test_every_command_that_answers_in_json_has_a_schema() -> None:
    found = {name for name, command in commands() if answers_in_json(command)}
    assert found - {"sparql"} == set(ANSWERS)  # the results of SPARQL 1.1 have a standard of their own


def test_every_file_is_of_a_command() -> None:
    assert {*(FOLDER / "answers").iterdir(), RUN_SCHEMA} == set(FILES)


@needs("numpydoc")
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_schema_is_up_to_date(path: Path) -> None:
    wanted = text_of(path, version_of(read(path)))
    assert path.read_text() == wanted, "run `python tests/cli/test_answer_schemas.py`"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_schema_is_strict_and_describes_every_field(path: Path) -> None:
    schema = read(path)
    Draft202012Validator.check_schema(schema)
    for name, definition in schema["$defs"].items():
        assert definition["additionalProperties"] is False
        assert definition["required"] == list(definition["properties"])
        assert all(each["description"] for each in (definition, *definition["properties"].values())), name


def test_another_shape_is_another_version() -> None:
    there = read(path_of("which"))
    (name,) = there["$defs"]
    described, wider = json.loads(json.dumps([there, there]))
    described["$defs"][name]["properties"]["rule"]["description"] = "In other words."
    wider["$defs"][name]["properties"]["more"] = {"type": "string", "description": "A new field."}
    assert next_version(there, described) == version_of(there)
    assert next_version(there, wider) == version_of(there) + 1


# --- The answers ----------------------------------------------------------------------------------------------------

EXPOSURE, OTHER = (f"jw04321001001_02101_{number:05d}_nrca1" for number in (1, 2))
# The calls by command, in the folder `place`. Together their answers have every object of every schema.
CALLS = {
    "archive check": ["--store store", "--store damaged"],
    "archive impact": [f"{EXPOSURE} --store store"],
    "archive stats": ["--store store"],
    "archive which": [f"{EXPOSURE} --store store"],
    "asn edit suggest": ["--in pool.csv"],
    "asn validate": ["made", "changed_asn.json"],
    "combine": ["pool.csv --dry-run", f"{MRS} --by target --stage both --dry-run"],
    "diff": ["pool.csv mixture.csv", "pool.csv changed_asn.json", "made made"],
    "impact": [f"{EXPOSURE} --in pool.csv", f"{EXPOSURE} {OTHER} --in made"],
    "list": ["pool.csv", "mixture.csv", "made"],
    "plan": [f"{MRS} --all", "mixture.csv --all", "made"],
    "pool check": ["pool.csv", "lamps.csv"],
    "pool show": ["pool.csv", "mixture.csv", "lamps.csv"],
    "related": [f"{EXPOSURE} --in pool.csv", f"{EXPOSURE} --in made"],
    "stats": ["pool.csv", "mixture.csv", "made"],
    "status": ["made", "mixture.csv", "complete --watch"],
    "watch": ["pool.csv -p watched --once"],
    "which": [f"{EXPOSURE} --in pool.csv", f"{EXPOSURE} {OTHER} --in made", f"{EXPOSURE} {OTHER} --in {MOSAIC}"],
    "why": [f"{EXPOSURE} jw04321-o001_image3_00001 --in pool.csv", f"{EXPOSURE} {OTHER} --in made"],
    "why-not": [f"{EXPOSURE} --rule Asn_Lv2Spec --in pool.csv", f"{EXPOSURE} jw04321-o001_image2_00002 --in made"],
}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with pools, association files, data and archives."""
    place = tmp_path_factory.mktemp("answers")
    pool = Pool.read(MOSAIC)
    few = pool.take([row for row, name in enumerate(pool["filename"]) if name.startswith("jw04321001001")])
    few.write(place / "pool.csv")
    simulate(60, MIXTURE, seed=3).write(place / "mixture.csv")
    simulate(12, ["nirspec-lamps"], seed=3).write(place / "lamps.csv")
    for name in ("made", "complete"):
        (place / name).mkdir()
        made = asngraph.generate(place / "pool.csv")
        for association in made:
            association.write(place / name)
    members = {member["expname"] for association in made for member in association.members}
    for name in members:
        (place / "complete" / name).write_text("data")
    image3 = max((place / "made").glob("*image3*"))
    shutil.copy(image3, place / "made" / "twice_asn.json")
    changed = read(image3)
    changed["products"][0]["members"].pop(0)
    changed["products"][0]["members"][0]["exptype"] = "background"
    changed["products"][0]["members"].append({"expname": "other_cal.fits", "exptype": "science"})
    (place / "changed_asn.json").write_text(json.dumps(changed))
    return place


@pytest.fixture(scope="module")
def stores(place: Path) -> None:
    """An archive of the pools, whole and damaged."""
    pytest.importorskip("pyoxigraph", reason="needs the extra `rdf`")
    from asngraph.archive.writer import writing

    with writing(place / "store", create=True) as archive:
        assert [outcome.state for outcome in archive.add([place / "pool.csv"])] == ["added"]
    shutil.copytree(place / "store", place / "damaged")
    for path in (place / "damaged").glob("published/*/*.sst"):
        path.write_bytes(path.read_bytes()[::-1])


def documents(text: str) -> list[Any]:
    """Return the answers that were printed: one, or one on each line."""
    decoder, found = json.JSONDecoder(), []
    while text := text.lstrip():
        document, end = decoder.raw_decode(text)
        found.append(document)
        text = text[end:]
    return found


def objects(answer: Any) -> Iterator[dict[str, Any]]:
    """Yield the objects of an answer, the outer ones first."""
    if isinstance(answer, dict):
        yield answer
    for each in answer.values() if isinstance(answer, dict) else answer if isinstance(answer, list) else ():
        yield from objects(each)


def answers(run: Any, command: str) -> list[Any]:
    """Return the answers of a command to its calls."""
    found = []
    for call in CALLS[command]:
        words = command.split()
        if command == "asn edit suggest":
            words[2:2] = ["changed_asn.json"]
        result = run(*words, *call.split(), *(("-f", "json") if command == "plan" else ("--json",)))
        assert result.code in (0, 1), result.err
        found += documents(result.out)
    return found


@pytest.mark.parametrize("command", ANSWERS)
def test_answers_are_as_the_schema_says(
    run: Any, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest, place: Path, command: str
) -> None:
    if command.startswith("archive"):
        request.getfixturevalue("stores")
    monkeypatch.chdir(place)
    schema = read(path_of(command))
    validator = Draft202012Validator(schema)
    lacking = {frozenset(definition["required"]): name for name, definition in schema["$defs"].items()}
    for answer in answers(run, command):
        validator.validate(answer)
        for each in objects(answer):
            if lacking.pop(frozenset(each), None) is not None:  # the first of its kind
                check_strict(validator, answer, each)
    assert not lacking, "no answer has these objects"


def check_strict(validator: Any, answer: Any, each: dict[str, Any]) -> None:
    """Check that an answer is not valid when one of its objects lacks a field, or has another one."""
    for name in list(each):
        value = each.pop(name)
        assert not validator.is_valid(answer), name
        each[name] = value
    each["another"] = None
    assert not validator.is_valid(answer)
    del each["another"]
    assert validator.is_valid(answer)


def test_the_run_file_is_as_its_schema_says(run: Any, tmp_path: Path, place: Path) -> None:
    for pool in (MOSAIC, place / "pool.csv", MRS):
        assert run("generate", pool, "-p", tmp_path).code == 0
    validator = Draft202012Validator(read(RUN_SCHEMA))
    made = read(tmp_path / RUN_FILE)
    validator.validate(made)
    (entry,) = (each for name, each in made["pools"].items() if name == MRS.name)
    for each in (made, entry, next(iter(entry["files"].values()))):
        check_strict(validator, made, each)


# --- The command ----------------------------------------------------------------------------------------------------


def test_the_command_prints_the_shipped_files(run: Any) -> None:
    for command in ANSWERS:
        assert run("schema", *command.split()).out == path_of(command).read_text()
    assert run("schema", "asngraph-run").out == RUN_SCHEMA.read_text()
    listed = run("schema").out
    assert all(path.stem in listed for path in FILES)
    unknown = run("schema", "wich")
    assert (unknown.code, "did you mean which" in unknown.err) == (2, True)


if __name__ == "__main__":
    answerschemas.write()
