"""Rules of one's own on every command that decides a pool: the same options, and the same associations."""

from __future__ import annotations

import json
import pickle
import shutil
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click
import pytest
from commandtree import commands
from conftest import EXAMPLES

import asngraph
from asngraph.errors import UsageError
from asngraph.rules.loading import RuleChoice, load_rule_file

MRS = EXAMPLES / "miri_mrs_background.csv"
EXPOSURE = "jw04322001001_02102_00001_mirifulong"
RULE = """
from asngraph import Rule, RuleSet
from asngraph.rules.bindings import Field, same

mine = Rule(
    "Mine", "one detector's exposures", "mine3", level=3, product="mine_{detector}",
    conditions=(Field("exp_type").is_("mir_mrs"), same("detector")), candidates=("discovered",), members=2,
)
RULES = RuleSet(mine)
"""


@pytest.fixture
def own(tmp_path: Path) -> Path:
    file = tmp_path / "mine.py"
    file.write_text(RULE)
    return file


def forms(file: Path) -> dict[str, list[str]]:
    """Return the two forms: beside the observatory's rules, and instead of them."""
    return {"beside": ["-r", str(file)], "instead": ["-r", str(file), "--ignore-default"]}


def wanted(file: Path, form: str) -> asngraph.AssociationGraph:
    """Return the graph that has what `generate` makes with the same options."""
    rules = load_rule_file(file)
    return asngraph.generate(MRS, rules=rules if form == "instead" else asngraph.observatory_rules() + rules)


# --- Every command has the options, or is known to decide nothing --------------------------------------------------

# Commands that speak of pools and neither decide one nor tell of rules.
DECIDE_NOTHING = {
    "simulate": "makes a pool of nothing",
    "pool make": "reads headers",
    "pool show": "reads a pool, and tells what is in it",
    "pool merge": "puts rows together",
    "pool split": "divides by candidates and targets, whatever rules make of them",
    "combine": "puts files together by what the user names",
    "asn edit add": "reads the errors of exposures",
    "asn validate": "reads the names of exposures",
    "archive which": "asks what is there",
    "archive impact": "asks what is there",
    "archive stats": "lists what is there",
    "archive remove": "takes out",
    "archive collect": "clears up",
    "archive check": "looks at files",
    "compat asn_gather": "copies files",
    "compat asn_make_pool": "reads headers",
    "compat install": "writes commands",
    "completion": "completes names",
}
OPTIONS = {"--ruleset", "--ignore-default"}


def speaks_of_pools(command: click.Command) -> bool:
    texts = [command.help or ""]
    for parameter in command.params:
        texts += [parameter.name or "", str(parameter.metavar), getattr(parameter, "help", None) or ""]
    return any(word in text.lower() for text in texts for word in ("pool", "source", "rule"))


def _name(value: object) -> str:
    return value if isinstance(value, str) else ""


@pytest.mark.parametrize(("name", "command"), list(commands()), ids=_name)
def test_every_command_that_takes_a_pool_takes_rules(name: str, command: click.Command) -> None:
    names = {option for parameter in command.params for option in parameter.opts}
    has_them = names >= OPTIONS and bool({"--rules", "--ruledefs"} & names)
    if name in DECIDE_NOTHING:
        assert not OPTIONS & names, f"{name} has options that it does not need"
    else:
        assert has_them or not speaks_of_pools(command), (
            f"{name} takes a pool, and no rules: give it `rule_options`, or say above why it decides nothing"
        )


def test_the_list_of_those_that_decide_nothing_is_not_out_of_date() -> None:
    assert not DECIDE_NOTHING.keys() - {name for name, _ in commands()}


# --- What they show is what `generate` makes -----------------------------------------------------------------------


def of_json(result: Any) -> Any:
    return json.loads(result.out)


def made_by_generate(run: Callable[..., Any], options: list[str], folder: Path) -> set[str]:
    assert run("generate", MRS, *options, "-p", folder).code == 0
    return {path.name.removesuffix("_asn.json") for path in folder.glob("*_asn.json")}


@pytest.mark.parametrize("form", ["beside", "instead"])
def test_questions(run, own, tmp_path, form) -> None:
    options, graph = forms(own)[form], wanted(own, form)
    names = {made.name for made in graph.decision.made}
    assert made_by_generate(run, options, tmp_path / "out") == names
    asked = ["--in", MRS, *options, "--json"]
    having = {made.name for made in graph.decision.made if any(EXPOSURE in m[0] for m in made.products[0].members)}
    assert {each["association"] for each in of_json(run("which", EXPOSURE, *asked))} >= having
    (name,) = [name for name in having if "mine3" in name]
    assert of_json(run("why", EXPOSURE, name, *asked))[0]["association"] == name
    (other,) = [made.name for made in graph.decision.made if "mine3" in made.name and made.name != name]
    refused = of_json(run("why-not", EXPOSURE, other, *asked))
    assert (refused["rule"], refused["reasons"][0]["text"].split(";")[0]) == ("Mine", "the same detector, mirifushort")
    assert of_json(run("why-not", EXPOSURE, "--rule", "Mine", *asked))["member"]
    assert "Mine" in {each["rule"] for each in of_json(run("impact", EXPOSURE, *asked))}
    groups = {group for each in of_json(run("related", EXPOSURE, *asked)) for group in each["groups"]}
    assert name in groups
    counted = of_json(run("stats", *asked))["rules"]
    assert counted["Mine"] == 2
    assert (len(counted) > 1) == (form == "beside")


@pytest.mark.parametrize("form", ["beside", "instead"])
def test_plans_differences_and_files(run, own, tmp_path, form) -> None:
    options, graph = forms(own)[form], wanted(own, form)
    made = made_by_generate(run, options, tmp_path / "out")
    shutil.copy(MRS, tmp_path / "out")
    assert run("diff", MRS, tmp_path / "out", *options).code == 0
    assert run("diff", MRS, tmp_path / "out").code == 1
    planned = of_json(run("plan", MRS, "-f", "json", *options))
    assert {each["association"] for each in planned["left_out"]} >= {name for name in made if "mine3" in name}
    states = of_json(run("status", MRS, "--data", tmp_path, "--json", *options))
    assert {state["association"] for state in states} == made
    # What only the own rule puts together is told of files, too, with the pool beside them.
    own_one = next(name for name in sorted(made) if "mine3" in name)
    other = next(m.products[0].members[0][0] for m in graph.decision.made if "mine3" in m.name and m.name != own_one)
    refused = of_json(run("why-not", other, own_one, "--in", tmp_path / "out", "--json", *options))
    assert refused["rule"] == "Mine"
    found = of_json(run("asn", "edit", tmp_path / "out" / f"{own_one}_asn.json", "suggest", "--pool", MRS, "--json",
                        *options))  # fmt: skip
    assert [
        each for each in found[str(tmp_path / "out" / f"{own_one}_asn.json")] if "no association" in str(each)
    ] == []


@pytest.mark.parametrize("form", ["beside", "instead"])
def test_graphs_and_pages(run, own, tmp_path, form) -> None:
    options, graph = forms(own)[form], wanted(own, form)
    names = {made.name for made in graph.decision.made}
    assert run("graph", MRS, "-o", tmp_path / "g.json", *options).code == 0
    nodes = json.loads((tmp_path / "g.json").read_text())["nodes"]
    assert {node["label"] for node in nodes if node["kind"] == "association"} == names
    assert run("view", MRS, "-o", tmp_path / "p.html", *options).code == 0
    assert all(name in (tmp_path / "p.html").read_text() for name in names)
    result = run("rdf", MRS, "-f", "nt", "-o", tmp_path / "g.nt", *options)
    assert result.code == 0
    text = (tmp_path / "g.nt").read_text()
    assert ("rule/Mine>" in text, "rule/Asn_Lv3MIRMRS>" in text) == (True, form == "beside")


@pytest.mark.parametrize("form", ["beside", "instead"])
def test_tables_by_program(run, own, tmp_path, form) -> None:
    parquet = pytest.importorskip("pyarrow.parquet", reason="needs the extra `parquet`")
    options = forms(own)[form]
    assert run("graph", MRS, "--by-program", "-o", tmp_path / "tables", *options).code == 0
    table = parquet.read_table(tmp_path / "tables" / "nodes" / "program=04322" / "part-0.parquet").to_pylist()
    found = {row["label"] for row in table if row["kind"] == "association"}
    assert found == {made.name for made in wanted(own, form).decision.made}


@pytest.mark.skipif(find_spec("pyoxigraph") is None, reason="needs the extra `rdf`")
@pytest.mark.usefixtures("answered_here")
@pytest.mark.parametrize("form", ["beside", "instead"])
def test_sparql(run, own, tmp_path, form) -> None:
    query = "SELECT ?name { ?a a asn:Association ; rdfs:label ?name }"
    result = run("sparql", "-r", own, query, "--pool", MRS, "-f", "csv", *forms(own)[form][2:])
    assert set(result.out.split()[1:]) == {made.name for made in wanted(own, form).decision.made}
    refused = run("sparql", query, "--store", tmp_path, "-r", own)
    assert (refused.code, "options for rules require" in refused.err) == (2, True)


@pytest.mark.skipif(find_spec("matplotlib") is None, reason="needs the extra `plot`")
@pytest.mark.parametrize("form", ["beside", "instead"])
def test_plot(run, own, tmp_path, form) -> None:
    name = next(made.name for made in wanted(own, form).decision.made if "mine3" in made.name)
    picture = ["plot", MRS, "-a", name, "-o", tmp_path / "a.svg"]
    assert run(*picture, *forms(own)[form]).code == 0
    assert name in (tmp_path / "a.svg").read_text()
    assert run(*picture, "--overwrite").code == 2


@pytest.mark.parametrize("form", ["beside", "instead"])
def test_pools(run, own, tmp_path, form) -> None:
    checked = run("pool", "check", "-r", own, MRS, "--json", *forms(own)[form][2:])
    used = {member for made in wanted(own, form).decision.made for member in made.exposures}
    assert sum(len(each["exposures"]) for each in json.loads(checked.out)) == 13 - len(used)
    pool = tmp_path / "pool.csv"
    shutil.copy(MRS, pool)
    candidate = RULE.replace('"discovered"', '"mosaic"').replace("members=2", "members=1")
    own.write_text(candidate)
    told = run("pool", "link", pool, "--in-place", "--type", "mosaic", 1, 2, *forms(own)[form])
    assert told.code == 0
    assert "mine3" in told.err
    assert ("spec" in told.err.splitlines()[-1]) == (form == "beside")
    assert run("pool", "link", pool, "--propose", "-r", own).code == 2


@pytest.mark.parametrize("form", ["beside", "instead"])
def test_rules_are_listed_and_printed(run, own, form) -> None:
    listed = run("rules", *forms(own)[form])
    assert listed.code == 0
    assert len(listed.out.splitlines()) == (45 if form == "beside" else 1)
    assert "Mine" in listed.out
    printed = run("rules", "mine", *forms(own)[form])
    assert "one detector's exposures" in printed.out
    assert "it has the same detector" in printed.out
    assert run("rules", "Asn_Lv3Image", *forms(own)[form]).code == (0 if form == "beside" else 2)


def test_associations_by_hand(run, own, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    made = ["asn", "create", "a_cal.fits", "-o", "a_asn.json", "--product-name", "p", "--overwrite"]
    assert run(*made, "-r", "Mine", "--ruledefs", own).code == 0
    assert json.loads(Path("a_asn.json").read_text())["asn_type"] == "mine3"
    assert run(*made, "-r", "Mine", "--ruledefs", own, "--ignore-default").code == 0
    assert run(*made, "-r", "Asn_Lv3Image", "--ruledefs", own, "--ignore-default").code == 2
    assert run("asn", "files", "a_asn.json", "--pool", MRS, "-r", own).code == 0


# --- Mistakes ------------------------------------------------------------------------------------------------------

ASKED = {
    "generate": ["generate", MRS, "--dry-run"],
    "watch": ["watch", MRS, "-p", "w", "--once"],
    "which": ["which", EXPOSURE, "--in", MRS],
    "why": ["why", EXPOSURE, "x", "--in", MRS],
    "why-not": ["why-not", EXPOSURE, "x", "--in", MRS],
    "impact": ["impact", EXPOSURE, "--in", MRS],
    "related": ["related", EXPOSURE, "--in", MRS],
    "list": ["list", MRS],
    "stats": ["stats", "--in", MRS],
    "diff": ["diff", MRS, MRS],
    "plan": ["plan", MRS],
    "status": ["status", MRS],
    "view": ["view", MRS, "-o", "p.html"],
    "graph": ["graph", MRS, "-o", "g.json"],
    "graph --by-program": ["graph", MRS, "--by-program", "-o", "g"],
    "rdf": ["rdf", MRS],
    "sparql": ["sparql", "ASK {}", "--pool", MRS],
    "plot": ["plot", MRS],
    "archive add": ["archive", "add", MRS, "--store", "store"],
    "rules": ["rules"],
    "pool check": ["pool", "check", MRS],
    "pool link": ["pool", "link", MRS, "-o", "l.csv", "--type", "mosaic", "1", "2"],
    "asn create": ["asn", "create", "a_cal.fits", "-o", "a_asn.json", "--product-name", "p"],
    "asn edit suggest": ["asn", "edit", "a_asn.json", "suggest", "--pool", MRS],
    "asn files": ["asn", "files", "a_asn.json"],
    "asn gather": ["asn", "gather", "a_asn.json", "-o", "f"],
}


def test_mistakes_are_asked_of_every_command_that_has_the_options() -> None:
    having = {name for name, command in commands() if {o for p in command.params for o in p.opts} >= OPTIONS}
    assert having == ASKED.keys() - {"graph --by-program"}


@pytest.mark.parametrize("name", ASKED)
@pytest.mark.parametrize(
    ("text", "said"),
    [("x = (\n", "line 1"), ("\nx = 1/0\n", "line 2: ZeroDivisionError"), ("x = 1\n", "defines no rules")],
)
def test_a_mistake_in_a_rule_file(run, tmp_path, monkeypatch, name, text, said) -> None:
    needs = {"plot": "matplotlib", "archive add": "pyoxigraph", "watch": "watchdog"}.get(name)
    if needs and find_spec(needs) is None:
        pytest.skip(f"needs {needs}")
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "wrong.py"
    file.write_text(text)
    result = run(*ASKED[name], "--ruledefs" if name == "asn create" else "-r", "wrong.py")
    assert (result.code, result.out, result.err.count("\n")) == (2, "", 1)
    assert f"{file}" in result.err
    assert said in result.err
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize("name", ASKED)
def test_no_rules_at_all_and_packages_that_are_not_there(run, tmp_path, monkeypatch, name) -> None:
    monkeypatch.chdir(tmp_path)
    if name == "plot" and find_spec("matplotlib") is None:
        pytest.skip("needs the extra `plot`")
    if name == "archive add" and find_spec("pyoxigraph") is None:
        pytest.skip("needs the extra `rdf`")
    for option, said in (
        (["--ignore-default"], "no rules remain without the observatory"),
        (["--ruleset", "none"], "no installed package has the rule set none"),
    ):
        result = run(*ASKED[name], *option)
        assert (result.code, said in result.err) == (2, True)


# --- The choice ----------------------------------------------------------------------------------------------------


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Install a package that offers a rule set, and name it."""
    information = tmp_path / "site" / "option_rules-1.0.dist-info"
    information.mkdir(parents=True)
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: option-rules\nVersion: 1.0\n")
    (information / "entry_points.txt").write_text("[asngraph.rulesets]\nours = option_rules:RULES\n")
    (tmp_path / "site" / "option_rules.py").write_text(RULE)
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    monkeypatch.delitem(sys.modules, "option_rules", raising=False)
    return "ours"


def test_rules_of_an_installed_package(run, package, tmp_path) -> None:
    options = ["--ruleset", package, "--ignore-default"]
    assert len(run("rules", *options).out.splitlines()) == 1
    assert list(of_json(run("stats", "--in", MRS, "--json", *options))["rules"]) == ["Mine"]
    assert run("graph", MRS, "-o", tmp_path / "g.json", *options).code == 0
    assert "mine3" in (tmp_path / "g.json").read_text()
    assert "mine3" in run("rdf", MRS, *options).out


def test_a_choice_travels_unloaded(own, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    choice = RuleChoice.of(["mine.py"], ignore_default=True)
    monkeypatch.chdir("/")
    assert [rule.name for rule in pickle.loads(pickle.dumps(choice)).load()] == ["Mine"]
    assert (bool(choice), bool(RuleChoice())) == (True, False)
    with pytest.raises(UsageError, match="no rules remain"):
        RuleChoice(ignore_default=True)


def test_an_option_takes_one_file(run, own, tmp_path) -> None:
    """As for the observatory's generator, what comes behind the file is the pool."""
    assert run("generate", "-r", own, MRS, "-p", tmp_path / "out").code == 0
    assert run("generate", "-r", own, "--ruleset", "none", MRS, "-p", tmp_path / "out").code == 2


def test_the_library_takes_rules_in_the_same_way(own) -> None:
    from asngraph.planning.plan import plan
    from asngraph.planning.status import status
    from asngraph.questions.diff import compare

    rules, graph = load_rule_file(own), wanted(own, "instead")
    name = graph.decision.made[0].name
    assert {each.rule for each in asngraph.which(MRS, EXPOSURE, rules=rules)} == {"Mine"}
    assert asngraph.stats(MRS, rules=rules).rules == {"Mine": 2}
    assert {each.rule for each in asngraph.impact(MRS, EXPOSURE, rules=rules)} == {"Mine"}
    assert asngraph.why(MRS, graph.decision.made[0].products[0].members[0][0], name, rules=rules)
    assert asngraph.why_not(MRS, EXPOSURE, rule="Mine", rules=rules).member
    assert {each.association for each in status(MRS, ".", rules=rules)} == {made.name for made in graph.decision.made}
    assert len(plan(MRS, rules=rules).left_out) == 2
    assert not compare(MRS, graph, rules=rules).differences
    assert [rule.name for rule in graph.rules] == ["Mine"]
