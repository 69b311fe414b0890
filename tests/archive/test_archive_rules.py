"""Versions of an archive that were made by other rules are others, and the archive says by which."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from conftest import EXAMPLES, ROOT
from quick import quick

import asngraph
from asngraph.rules import RuleSet
from asngraph.rules.fingerprint import fingerprint, summary
from asngraph.rules.loading import RuleChoice, load_rule_file

pytest.importorskip("pyoxigraph", reason="needs the extra `rdf`")

from asngraph.archive.catalogue import CATALOGUE
from asngraph.archive.reader import reading
from asngraph.archive.writer import writing

MRS, MOSAIC = EXAMPLES / "miri_mrs_background.csv", EXAMPLES / "nircam_mosaic.csv"
MRS_EXPOSURE = "jw04322001001_02102_00001_mirifulong"
SUPPORT = EXAMPLES / "miri_mrs_background_support.txt"
RULE = """from asngraph import Rule, RuleSet
from asngraph.model.column import Column
from asngraph.rules.bindings import Field, same

LONG = "long"


def arm(facts):
    return Column.of([LONG if text.endswith("long") else "short" for text in facts["detector"]])


mine = Rule(
    "Mine", "one arm's exposures", "mine3", level=3, product="mine_{arm}",
    conditions=(Field("exp_type").one_of("mir_mrs") & ~Field("is_psf").defined, same("arm")),
    candidates=("discovered",), members=2,
)
RULES = RuleSet(mine, facts={"arm": arm})
"""


@pytest.fixture
def own(tmp_path: Path) -> Path:
    file = tmp_path / "mine.py"
    file.write_text(RULE)
    return file


def associations(folder: Path) -> set[str]:
    with reading(folder) as view:
        return {each.answer.association for name in asngraph.Pool.read(MRS)["filename"] for each in view.which(name)}


# --- The fingerprint -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("members=2", "members=3"),
        ('"one arm\'s exposures"', '"the exposures of an arm"'),
        ('one_of("mir_mrs")', 'one_of("mir_image", "mir_mrs")'),
        ('Field("is_psf")', 'Field("is_imprt")'),
        ("& ~Field", "& Field"),
        ('same("arm"))', 'same("arm").handed_on())'),
        ('same("arm"))', 'same("arm"), same("detector"))'),
        ('endswith("long")', 'startswith("long")'),
        ('LONG = "long"', 'LONG = "l"'),
        ('candidates=("discovered",)', 'candidates=("observation",)'),
    ],
)
def test_what_rules_say_counts(own: Path, old: str, new: str) -> None:
    before = fingerprint(load_rule_file(own))
    assert old in RULE
    own.write_text(RULE.replace(old, new))
    assert fingerprint(load_rule_file(own)) != before


def test_where_and_when_rules_were_written_does_not_count(own: Path, tmp_path: Path) -> None:
    before = fingerprint(load_rule_file(own))
    (tmp_path / "elsewhere").mkdir()
    other = tmp_path / "elsewhere" / "other_name.py"
    other.write_text("# A comment.\n\n" + RULE + "\n\nunused = 1\n")
    os.utime(other, (10**9, 10**9))
    assert fingerprint(load_rule_file(other)) == before
    # One object that stands in two places says what two equal ones do.
    shared = RULE.replace("LONG =", 'IS = Field("exp_type").one_of("mir_mrs")\nLONG =').replace(
        'Field("exp_type").one_of("mir_mrs") &', "IS &"
    )
    other.write_text(shared)
    assert fingerprint(load_rule_file(other)) == before


def test_the_fingerprint_is_the_same_in_every_process(own: Path) -> None:
    """Sets come in another order in each process, and addresses are others."""
    own.write_text(RULE.replace('text.endswith("long")', 'text in {"mirifulong", "a", "b", "c"}'))
    program = (
        "import sys; from asngraph.rules.loading import RuleChoice; "
        "from asngraph.rules.fingerprint import fingerprint; "
        "print(fingerprint(RuleChoice((sys.argv[1],)).load()))"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "1", "PYTHONPATH": str(ROOT)}  # that of this process is another
    command = [sys.executable, "-c", program, str(own)]
    found = subprocess.run(command, env=environment, stdout=-1, text=True, check=True).stdout.strip()
    assert found == fingerprint(RuleChoice((str(own),)).load())


@pytest.mark.parametrize(
    "fact",
    [
        "functools.partial(told, ending='long')",
        "lambda facts: told(facts, 'long')",
        "Told('long')",
        "Told('long').tell",
        "around('long')",
    ],
)
def test_facts_of_every_form(tmp_path: Path, fact: str) -> None:
    text = f"""import functools
from asngraph import Rule, RuleSet
from asngraph.model.column import Column
from asngraph.rules.bindings import same

def told(facts, ending):
    return Column.of([str(text.endswith(ending)) for text in facts["detector"]])

def around(ending):
    def tell(facts):
        return told(facts, ending)
    return tell

class Told:
    def __init__(self, ending):
        self.ending = ending
    def __call__(self, facts):
        return told(facts, self.ending)
    def tell(self, facts):
        return told(facts, self.ending)

mine = Rule("Mine", "", "mine3", level=3, product="p", conditions=(same("arm"),))
RULES = RuleSet(mine, facts={{"arm": {fact}}})
"""
    file = tmp_path / "facts.py"
    prints = []
    for changed in (text, text, text.replace("'long'", "'short'"), text.replace("endswith", "startswith")):
        file.write_text(changed)
        prints.append(fingerprint(load_rule_file(file)))
    assert prints[0] == prints[1]
    assert len(set(prints)) == 3


def test_rules_in_a_few_words(own: Path) -> None:
    known, mine = asngraph.observatory_rules(), load_rule_file(own)
    (rule,) = mine
    assert summary(known) == "the observatory's"
    assert summary(mine) == "Mine"
    assert summary(known + mine) == "the observatory's, Mine"
    assert summary(RuleSet(*list(known)[:40], rule)) == "40 of the observatory's, Mine"


# --- Versions ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", quick(["beside", "instead"], "beside"))
def test_archive_add(run: Any, own: Path, tmp_path: Path, form: str) -> None:
    options = ["-r", own] + (["--ignore-default"] if form == "instead" else [])
    assert run("archive", "add", MRS, "--store", tmp_path / "a", *options).code == 0
    assert run("generate", MRS, "-p", tmp_path / "out", *options).code == 0
    made = {path.name.removesuffix("_asn.json") for path in (tmp_path / "out").glob("*_asn.json")}
    assert any("mine3" in name for name in made)
    assert associations(tmp_path / "a") == made


def test_other_rules_make_another_version(run: Any, own: Path, tmp_path: Path) -> None:
    def add(*options: object) -> str:
        result = run("archive", "add", MRS, "--store", tmp_path / "a", *options)
        assert result.code == 0
        return result.err.splitlines()[-1].rpartition(": ")[2]

    assert [add(), add()] == ["1 added", "1 unchanged"]
    assert [add("-r", own), add("-r", own)] == ["1 replaced", "1 unchanged"]
    assert add("-r", own, "--ignore-default") == "1 replaced"
    moved = tmp_path / "moved.py"
    own.rename(moved)
    assert add("-r", moved, "--ignore-default") == "1 unchanged"
    moved.write_text(RULE.replace("members=2", "members=3"))
    assert add("-r", moved, "--ignore-default") == "1 replaced"
    assert [add(), add()] == ["1 replaced", "1 unchanged"]


def test_workers_take_the_rules(run: Any, own: Path, tmp_path: Path) -> None:
    options = ["--store", tmp_path / "a", "-r", own, "--ignore-default"]
    assert run("archive", "add", MRS, MOSAIC, *options, "--workers", 1).code == 0
    assert associations(tmp_path / "a") == {
        made.name for made in asngraph.generate(MRS, rules=load_rule_file(own)).decision.made
    }
    assert run("archive", "add", MRS, MOSAIC, *options, "--workers", 0).err.endswith("2 unchanged\n")


@pytest.mark.usefixtures("answered_here")
def test_the_archive_says_by_which_rules(run: Any, own: Path, tmp_path: Path) -> None:
    store = tmp_path / "a"
    run("archive", "add", MRS, "--store", store, "-r", own)
    run("archive", "add", MOSAIC, "--store", store)
    told = json.loads(run("archive", "stats", "--store", store, "--json").out)["pools"]
    prints = {each["rules"]: each["rules_fingerprint"] for each in told}
    known = asngraph.observatory_rules()
    assert prints == {
        "the observatory's, Mine": fingerprint(known + load_rule_file(own)),
        "the observatory's": fingerprint(known),
    }
    assert "the observatory's, Mine" in run("archive", "stats", "--store", store).out
    query = """SELECT ?label ?print { ?v prov:wasGeneratedBy ?run . ?run prov:used ?rules . ?rules a prov:Plan ;
        rdfs:label ?label ; <http://www.w3.org/ns/dcat#version> ?print }"""
    asked = json.loads(run("sparql", query, "--store", store, "-f", "json").out)["results"]["bindings"]
    assert {each["label"]["value"]: each["print"]["value"] for each in asked} == prints
    assert run("archive", "remove", MRS.name, "--store", store).code == 0
    assert run("archive", "collect", "--store", store).code == 0
    assert "Mine" not in run("sparql", "SELECT ?o { ?s ?p ?o }", "--store", store, "-f", "csv").out


@pytest.mark.parametrize("form", quick(["beside", "instead"], "instead"))
@pytest.mark.parametrize("change", ["members=2", "members=6", 'members=2, needs=("background", "science")'])
def test_impact_answers_by_the_rules_of_the_version(own: Path, tmp_path: Path, form: str, change: str) -> None:
    own.write_text(RULE.replace("members=2", change).replace("level=3, ", "level=3, acquisitions=True, "))
    rules = RuleChoice.of([own], ignore_default=form == "instead").load()
    with writing(tmp_path / "a", create=True) as archive:
        assert [outcome.state for outcome in archive.add([MRS], rules=rules)] == ["added"]
    names = list(asngraph.Pool.read(MRS)["filename"])
    states = set()
    with reading(tmp_path / "a") as view:
        for removed in (names[:1], names[:5], names[4:], names):
            expected = asngraph.impact(MRS, *removed, rules=rules)
            found = [effect for _, effect in view.impact(*removed)]
            assert sorted(map(_told, found)) == sorted(map(_told, expected))
            states |= {effect.state for effect in found if effect.rule == "Mine"}
    assert "gone" in states


def _told(effect: Any) -> tuple[Any, ...]:
    return effect.association, effect.rule, effect.state, effect.reason, sorted(effect.left.items())


def without_rules(folder: Path) -> None:
    """Take out of an archive what it says of rules, as one that was made before it did."""
    with writing(folder) as archive:
        archive._store.update(
            f"DELETE {{ GRAPH {CATALOGUE} {{ ?s ?p ?rules . ?rules ?q ?o }} }} WHERE {{ GRAPH {CATALOGUE} "
            '{ ?s ?p ?rules . ?rules ?q ?o FILTER(STRENDS(STR(?rules), "/rules")) } }'
        )
        archive.catalogue.touch()


def test_an_archive_of_before_is_read_and_added_to(run: Any, own: Path, tmp_path: Path) -> None:
    store = tmp_path / "a"
    run("archive", "add", MRS, "--store", store)
    without_rules(store)
    # By this the release before told versions apart.
    content = hashlib.sha256(MRS.read_bytes()).hexdigest()
    before = hashlib.sha256(json.dumps([asngraph.__version__, "|", content, ""]).encode()).hexdigest()[:32]
    told = json.loads(run("archive", "stats", "--store", store, "--json").out)["pools"]
    assert [(each["version"], each["rules"], each["rules_fingerprint"]) for each in told] == [
        (before, "the observatory's", "")
    ]
    assert run("archive", "add", MRS, "--store", store).err.endswith("1 unchanged\n")
    assert run("archive", "which", MRS_EXPOSURE, "--store", store).code == 0
    assert run("archive", "add", MRS, "--store", store, "-r", own).err.endswith("1 replaced\n")
    assert any("mine3" in name for name in associations(store))


# --- What is left out, and what serves exposures ------------------------------------------------------------------


def test_what_is_left_out(run: Any, tmp_path: Path) -> None:
    table = tmp_path / "left_out.csv"
    table.write_text(f"filename|reason\n{MRS_EXPOSURE}_uncal.fits|saturated\n")
    store = tmp_path / "a"
    assert run("archive", "add", MRS, MOSAIC, "--store", store).code == 0
    for state in ("replaced", "unchanged"):
        assert run("archive", "add", MRS, "--store", store, "--exclude", table).err.endswith(f"1 {state}\n")
    with reading(store) as view:
        assert view.which(MRS_EXPOSURE) == []
    assert run("archive", "add", MRS, "--store", store).err.endswith("1 replaced\n")
    assert run("archive", "add", MRS, "--store", store, "--exclude", tmp_path / "none").code == 2


@pytest.mark.parametrize("workers", quick([0, 1], 0))
def test_support_is_shared_out_to_the_pools(run: Any, tmp_path: Path, workers: int) -> None:
    store = tmp_path / "a"
    words = ["archive", "add", MRS, MOSAIC, "--store", store, "--support", SUPPORT, "--workers", workers]
    assert run(*words).code == 0
    assert run(*words).err.endswith("2 unchanged\n")
    graph = asngraph.generate(MRS, support=SUPPORT)
    with reading(store) as view:
        for file in {each.file for each in graph.serving}:
            assert {each.pool for each in view.which(file)} == {MRS.name}
    wrong = tmp_path / "wrong.txt"
    wrong.write_text("file|kind|exposure\nx_jit.fits|jitter|nothing_like_it\n")
    refused = run("archive", "add", MRS, MOSAIC, "--store", store, "--support", wrong)
    assert (refused.code, "wrong.txt, line 2" in refused.err) == (2, True)
