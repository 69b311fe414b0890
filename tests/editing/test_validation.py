"""What is wrong with association files is said, each thing by its place, and nothing else is."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import EXAMPLES
from hypothesis import given
from hypothesis import strategies as st
from quick import FEW_MODES, quick

import asngraph
from asngraph.editing.validation import problems, schema_of
from asngraph.simulation import MODES, simulate
from asngraph.util.json_lines import positions

POOL = EXAMPLES / "miri_mrs_background.csv"
EXPOSURE = "jw04322002001_02101_00001_mirifushort_rate.fits"
LEVEL2, LEVEL3 = "jw04322-c1000_spec2_00001", "jw04322-c1000_spec3_00001"


@pytest.mark.parametrize("mode", quick(MODES, *FEW_MODES))
def test_what_we_make_is_valid(mode: str) -> None:
    pool = simulate(30, [mode], seed=4, errors=0.2)
    for association in asngraph.generate(pool):
        # Where a member with an error was replaced by a product, or split off, the status still tells of it.
        assert {problem.kind for problem in problems(association, pool)} <= {"degraded"}
        assert not [problem for problem in problems(association, pool) if problem.severity == "error"]


def test_the_schemas_are_schemas() -> None:
    from jsonschema import Draft202012Validator

    for level in (2, 3):
        Draft202012Validator.check_schema(schema_of(level))


def _members(data: Any) -> list[Any]:
    return list(data["products"][0]["members"])


def _put(path: str, value: Any) -> Callable[[Any], None]:
    """Put a value at a path such as products.0.name."""

    def change(data: Any) -> None:
        *before, last = (int(part) if part.isdigit() else part for part in path.split("."))
        for part in before:
            data = data[part]
        data[last] = value

    return change


def _without(path: str) -> Callable[[Any], None]:
    def change(data: Any) -> None:
        *before, last = (int(part) if part.isdigit() else part for part in path.split("."))
        for part in before:
            data = data[part]
        del data[last]

    return change


M = "products.0.members"
FAULTS = [
    (_put("products", {}), "form", "$.products", "is an object, and has to be a list"),
    (_put("products", []), "form", "$.products", "is empty"),
    (_put("asn_type", 10**400), "form", "$.asn_type", "is a number, and has to be a text"),
    (_put("asn_pool", None), "form", "$.asn_pool", "is null, and has to be a text"),
    (_put("version_id", []), "form", "$.version_id", "is a list, and has to be a text or null"),
    (_put("products.0", 1e300), "form", "$.products[0]", "is a number, and has to be an object"),
    (_without("products.0.name"), "form", "$.products[0]", "has no name"),
    (_put(f"{M}.1", "a_rate.fits"), "form", "$.products[0].members[1]", "is a text, and has to be an object"),
    (_put(f"{M}.1.expname", ["a"]), "form", "$.products[0].members[1].expname", "is a list, and has to be a text"),
    (_put(f"{M}.1.exptype", True), "form", "$.products[0].members[1].exptype", "is true or false"),
    (_without(f"{M}.1.exptype"), "form", "$.products[0].members[1]", "has no exptype"),
    (_put(f"{M}.1.exptype", "sceince"), "exptype", "$.products[0].members[1].exptype", "did you mean science?"),
    (_put(f"{M}.0.exptype", "psf"), "no-science", "$.products[0].members", "no member is science"),
    (_put(f"{M}.1.exptype", "science"), "several-science", "$.products[0].members", "2 members are science"),
    (_put(f"{M}.1.expname", f"../{EXPOSURE}"), "folder", "$.products[0].members[1].expname", "has a folder"),
    (_put(f"{M}.1.expname", f"a\\{EXPOSURE}"), "folder", "$.products[0].members[1].expname", "has a folder"),
    (_put("products.0.name", "/tmp/x"), "folder", "$.products[0].name", "has a folder"),
    (_put("products.0.name", "a\nb"), "folder", "$.products[0].name", "is not a file name"),
    (_put(f"{M}.1.exposerr", "guide star lost"), "degraded", "$.degraded_status", "says that no member is degraded"),
    (_put("degraded_status", "Bad."), "degraded", "$.degraded_status", "but none has an exposerr"),
    (_put(f"{M}.1.expname", "jw09_rate.fits"), "not-in-pool", "$.products[0].members[1].expname", "the exposure of"),
    (_put("asn_type", "spec4"), "type", "$.asn_type", "unknown asn_type"),
    (
        lambda data: _members(data)[1].update(expname=_members(data)[0]["expname"]),
        "member-twice",
        "$.products[0].members[1].expname",
        "is a member 2 times (science and background)",
    ),
    (lambda data: data["products"].append(data["products"][0]), "product-twice", "$.products[1].name", "is there"),
]  # fmt: skip


# Pipelines start on these all the same.
WARNINGS = {"type", "exptype", "several-science", "folder", "degraded", "member-twice", "product-twice"}


@pytest.mark.parametrize(
    ("change", "kind", "path", "said"), FAULTS, ids=[f"{kind} {path}" for _, kind, path, _ in FAULTS]
)
def test_each_fault_is_said(change: Any, kind: str, path: str, said: str, tmp_path: Path, run: Any) -> None:
    association = json.loads(asngraph.generate(POOL)[LEVEL2].to_json())
    assert problems(association, asngraph.Pool.read(POOL)) == []
    change(association)
    file = tmp_path / "a_asn.json"
    file.write_text(json.dumps(association, indent=1))
    result = run("asn", "validate", file, "--pool", POOL, "--json")
    (found,) = json.loads(result.out)
    assert (found["kind"], found["path"]) == (kind, path)
    assert said in found["text"]
    warning = kind in WARNINGS or path == "$.version_id"
    assert result.code == (0 if warning else 1)
    assert found["severity"] == ("warning" if warning else "error")
    # The line is that of the value: its last key stands there.
    line = file.read_text().splitlines()[found["line"] - 1]
    key = path.rpartition(".")[2].strip("$")
    assert key.endswith("]") or not key or f'"{key}":' in line
    shown = run("asn", "validate", file, "--pool", POOL).out
    assert shown.startswith(f"{file}:{found['line']}: {path}: ")


def test_several_sciences_are_right_in_level_3() -> None:
    assert len([m for m in asngraph.generate(POOL)[LEVEL3].members if m["exptype"] == "science"]) > 1
    assert problems(asngraph.generate(POOL)[LEVEL3]) == []


def test_files_that_two_associations_write(tmp_path: Path, run: Any) -> None:
    for association in asngraph.generate(simulate(60, ["miri-lrs-slit"], seed=3)):
        association.write(tmp_path)
    result = run("asn", "validate", tmp_path, "--json")
    assert result.code == 0
    found = {each["file"]: each["text"] for each in json.loads(result.out)}
    assert found
    for file, text in found.items():
        assert "_spec2_" in file
        assert "_cal.fits' is written by 'jw" in text


def test_the_level_of_what_was_made_from_a_list() -> None:
    """asn_from_list writes no type; its rule tells."""
    members = [{"expname": f"{name}_rate.fits", "exptype": "science"} for name in "ab"]
    bare = {"asn_type": "None", "asn_id": "a3001", "asn_pool": "none", "products": [{"name": "m", "members": members}]}
    of_level3 = problems(bare | {"asn_rule": "DMS_Level3_Base"})
    assert [each.severity for each in of_level3] == ["warning"]
    assert {each.kind for each in problems(bare | {"asn_rule": "DMSLevel2bBase"})} == {"type", "several-science"}


def test_keys_that_come_twice(tmp_path: Path, run: Any) -> None:
    text = asngraph.generate(POOL)[LEVEL2].to_json().replace('"program"', '"asn_type": "spec2",\n    "program"')
    (tmp_path / "a.json").write_text(text)
    result = run("asn", "validate", tmp_path / "a.json")
    assert result.code == 0
    assert "a.json:7: $.asn_type: warning: the key 'asn_type' is repeated" in result.out


START = '{"asn_id":"o001","products":[{"name":'
HOSTILE = {
    "deep list": "[" * 200_000,
    "deep and closed": "[" * 100_000 + "]" * 100_000,
    "deep object": '{"products":' * 50_000 + "1" + "}" * 50_000,
    "deep, but readable": '{"asn_type":"image3","asn_id":"o001","products":' + "[" * 900 + "]" * 900 + "}",
    "a deep key": '{"asn_id":"o001","more":' + "[" * 900 + "]" * 900 + ',"products":[]}',
    "huge number": '{"products": ' + "9" * 10_000 + "}",
    "infinite": '{"products": 1e999}',
    "no number": '{"products": NaN}',
    "half a character": START + '"\\ud800","members":[{"expname":"a","exptype":"\\udfff"}]}]}',
    "marks": START + '"\\u202e\\u001b[31m","members":[{"expname":"a","exptype":"science"}]}]}',
    "nothing": "",
    "null": "null",
    "a text": '"text"',
    "cut off": '{"products": [',
    "a long name": START + '"a","members":[{"expname":"a","exptype":"' + "x" * 100_000 + '"}]}]}',
    "an unhashable type": '{"asn_type": {"a": []}, "asn_id": "o001", "products": []}',
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("as_json", [False, True])
def test_hostile_json_gives_clear_lines(name: str, as_json: bool, tmp_path: Path, run: Any) -> None:
    file = tmp_path / "a_asn.json"
    file.write_text(HOSTILE[name])
    result = run("asn", "validate", file, *(["--json"] if as_json else []))
    valid = name == "marks"  # odd names do not keep pipelines from starting
    assert result.code == (0 if valid else 1)
    assert result.err == f"1 association file: {int(valid)} valid, {int(not valid)} invalid\n"
    if as_json:
        found = json.loads(result.out)
        assert found
        assert all(len(each["text"]) < 400 for each in found)
    else:
        assert all(line.startswith(str(file)) and len(line) < 600 for line in result.out.splitlines())
        assert all(character.isprintable() or character == "\n" for character in result.out)


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("command", ["plan", "status"])
def test_hostile_folders_give_one_line(name: str, command: str, tmp_path: Path, run: Any) -> None:
    (tmp_path / "a_asn.json").write_text(HOSTILE[name])
    result = run(command, tmp_path)
    assert result.code in (0, 1, 2)
    assert result.err.count("\n") <= 2
    assert "Traceback" not in result.err


def test_no_text_and_no_file(tmp_path: Path, run: Any) -> None:
    (tmp_path / "a_asn.json").write_bytes(b"\xff\xfe{}")
    result = run("asn", "validate", tmp_path)
    assert (result.code, result.out) == (1, f"{tmp_path / 'a_asn.json'}: $: is not UTF-8 text\n")
    result = run("asn", "validate", tmp_path / "nowhere.json")
    assert (result.code, result.err.count("\n")) == (2, 1)
    (tmp_path / "a_asn.json").unlink()
    assert run("asn", "validate", tmp_path).code == 2


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(
        st.sampled_from(["asn_type", "products", "members", "name", "expname", "exptype"]) | st.text(max_size=3),
        inner, max_size=5,
    ),
    max_leaves=25,
)  # fmt: skip


@given(JSON)
def test_whatever_is_json_is_judged(data: Any) -> None:
    assert isinstance(problems(data), list)


@given(JSON, st.sampled_from([None, 0, 2]))
def test_every_value_has_its_line(data: Any, indent: int | None) -> None:
    text = json.dumps(data, indent=indent)
    found = positions(text)

    def check(value: Any, path: tuple[str | int, ...]) -> None:
        assert 1 <= found.lines[path] <= text.count("\n") + 1
        inside = enumerate(value) if isinstance(value, list) else value.items() if isinstance(value, dict) else ()
        for key, item in inside:
            check(item, (*path, key))
            if isinstance(value, dict) and indent is not None:
                assert json.dumps(key) in text.splitlines()[found.lines[*path, key] - 1]

    check(data, ())
    assert found.twice == []


def test_files_that_serve_exposures_are_warned_of() -> None:
    """They are members where that was asked for; pipelines do not expect them."""
    table = EXAMPLES / "miri_mrs_background_support.txt"
    graph = asngraph.generate(EXAMPLES / "miri_mrs_background.csv", support=table, with_support=True)
    found = [problem for association in graph for problem in problems(association)]
    assert {problem.kind for problem in found} == {"exptype"}
    assert {problem.severity for problem in found} == {"warning"}
