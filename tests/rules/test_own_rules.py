"""Rules of one's own, from files and from packages."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pandas as pd
import pytest
from conftest import EXAMPLES, ROOT, make_pool

import asngraph
from asngraph.errors import UsageError
from asngraph.model.sky_positions import places
from asngraph.rules.description import rule_text
from asngraph.rules.loading import load_installed, load_rule_file

EXAMPLE = EXAMPLES / "higher_level_products.py"

RULE = """
from asngraph import Rule
from asngraph.rules.bindings import Field, same

seen_by = (Field("exp_type").is_("mir_mrs"), same("detector"))
mine = Rule(
    "Mine", "one detector's", "image3", level=3, product="{detector}", base=seen_by, conditions=(same("instrume"),)
)
"""


def two_programs() -> asngraph.Pool:
    image = {"exp_type": "nrc_image", "instrume": "nircam", "filter": "f200w", "pupil": "clear", "targname": "ngc 3132"}
    moving = {"targname": "jupiter", "targtype": "moving", "targ_ra": "151.757", "targ_dec": "-40.436"}
    rows = [
        image | {"program": "1001", "targetid": "1", "targ_ra": "151.757", "targ_dec": "-40.436"},
        image | {"program": "1002", "targetid": "7", "targ_ra": "151.758", "targ_dec": "-40.436"},
        image | {"program": "1002", "targname": "eight-burst", "targ_ra": "151.756", "targ_dec": "-40.436"},
        image | {"program": "1002", "filter": "f444w", "targ_ra": "151.757", "targ_dec": "-40.436"},
        image | moving | {"program": "1003"},
        image | moving | {"program": "1004"},
    ]
    return make_pool(*rows, targtype="fixed")


def exposures(graph: asngraph.AssociationGraph, rule: str) -> set[tuple[str, ...]]:
    return {
        tuple(m["expname"].split("_")[2].lstrip("0") for m in a.members) for a in graph if a["asn_rule"].endswith(rule)
    }


def test_the_worked_example() -> None:
    graph = asngraph.generate(two_programs(), discover=True, rules=load_rule_file(EXAMPLE))
    assert exposures(graph, "TargetByName") == {("1", "2"), ("5", "6")}
    assert exposures(graph, "TargetByPlace") == {("1", "2", "3")}  # what moves is at no place
    assert set(graph.associations["product"]) == {
        "hlp_ngc-3132_nircam_clear-f200w",
        "hlp_jupiter_nircam_clear-f200w",
        "hlp_place-1_nircam_clear-f200w",
    }


def test_the_worked_example_on_the_command_line(run, tmp_path) -> None:
    frame = two_programs().to_frame()
    for program, part in frame.groupby("program"):
        asngraph.Pool.from_frame(part.reset_index(drop=True)).write(tmp_path / f"{program}.csv")
    pools = sorted(tmp_path.glob("*.csv"))
    options = ["--together", "--discover", "--ignore-default", "-r", EXAMPLE]
    assert run("generate", *pools, *options, "-p", tmp_path / "out").code == 0
    assert len(list((tmp_path / "out").glob("*_asn.json"))) == 3


def test_own_rules_stand_beside_those_of_the_observatory(run, tmp_path) -> None:
    file = tmp_path / "mine.py"
    file.write_text(RULE)
    pool = EXAMPLES / "miri_mrs_background.csv"
    assert run("generate", pool, "-r", file, "-p", tmp_path / "out").code == 0
    made = {asngraph.load_asn(path)["asn_rule"] for path in (tmp_path / "out").glob("*_asn.json")}
    assert {"candidate_Mine", "candidate_Asn_Lv2Spec"} <= made
    assert "Mine" in rule_text(load_rule_file(file).named("mine"))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x = (\n", "line 1"),
        ("\n\nx = 1/0\n", "line 3: ZeroDivisionError"),
        (
            "import asngraph\n\n\nr = asngraph.Rule('a b', '', 'image3', level=3, product='')\n",
            "line 4: RuleError: 'a b'",
        ),
        (RULE.replace('(same("instrume"),)', '(same("instrume"))'), "line 6: RuleError: Mine: conditions is a Same"),
        (RULE.replace('same("instrume"),', '"instrume",'), "has 'instrume', which is not a condition"),
        (RULE.replace("{detector}", "{filter}"), "unknown field {filter} in the product"),
        (RULE.replace("level=3", "level=4"), "the level must be 2 or 3, not 4"),
        (RULE.replace('"image3"', '"../x"'), "is not an asn_type"),
        ("x = 1\n", "defines no rules"),
        (
            "from jwst.associations.registry import RegistryMarker\n",
            "line 1: these are rule classes of the package jwst",
        ),
        ("class Mine(DMS_Level3_Base):\n    pass\n", "these are rule classes of the package jwst"),
    ],
)
def test_a_mistake_in_a_rule_file_is_said_with_file_and_line(run, tmp_path, text, said) -> None:
    file = tmp_path / "rules.py"
    file.write_text(text)
    result = run("generate", EXAMPLES / "nircam_mosaic.csv", "-r", file, "-p", tmp_path / "out")
    assert result.code == 2
    assert result.err.count("\n") == 1
    assert str(file) in result.err
    assert said in result.err


def test_a_rule_file_that_is_not_there(run, tmp_path) -> None:
    result = run("generate", EXAMPLES / "nircam_mosaic.csv", "-r", tmp_path / "none.py")
    assert (result.code, "cannot be read" in result.err) == (2, True)


def test_rules_of_an_installed_package(tmp_path, monkeypatch) -> None:
    package = tmp_path / "my_rules-1.0.dist-info"
    package.mkdir()
    (package / "METADATA").write_text("Metadata-Version: 2.1\nName: my-rules\nVersion: 1.0\n")
    (package / "entry_points.txt").write_text(
        "[asngraph.rulesets]\nhlp = my_rules:RULES\nbroken = my_rules:nothing\nodd = my_rules:ROOT\n"
    )
    shutil.copy(EXAMPLE, tmp_path / "my_rules.py")
    with (tmp_path / "my_rules.py").open("a") as file:
        file.write("ROOT = 1\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "my_rules", raising=False)
    assert {rule.name for rule in load_installed("hlp")} == {"TargetByName", "TargetByPlace"}
    known = "available: broken, hlp, odd"
    for name, said in (("none", known), ("broken", "cannot be loaded"), ("odd", "not a RuleSet")):
        with pytest.raises(UsageError, match=said):
            load_installed(name)


def test_places_are_joined_by_short_steps() -> None:
    arcsecond = 1 / 3600
    chain = [n * 20 * arcsecond for n in range(5)]
    assert places([0.0] * 5, chain, within=30) == [0] * 5
    assert places([0.0] * 5, chain, within=10) == [0, 1, 2, 3, 4]
    assert places([10.0, 10.0, 190.0], [89.9999, 90.0, 89.9999], within=2) == [0, 0, 0]


def test_many_exposures_at_one_place() -> None:
    frame = pd.DataFrame({"ra": [10.0 + n * 1e-9 for n in range(3000)]})
    assert set(places(frame["ra"], [0.0] * 3000, within=30)) == {0}


def test_the_document_shows_the_example() -> None:
    document = (ROOT / "docs" / "own_rules.md").read_text()
    example = EXAMPLE.read_text()
    for block in document.split("```python\n")[1:]:
        assert block.split("```")[0] in example


def test_rules_know_the_facts_of_their_set() -> None:
    rules = asngraph.observatory_rules() + load_rule_file(EXAMPLE)
    assert len(rules) == 46
    assert set(rules.facts) == {"place"}
    assert Path(EXAMPLE).exists()
