"""What a rule file does wrong is said with file and line, and what it says now is what counts."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from conftest import EXAMPLES

import asngraph
from asngraph.errors import UsageError
from asngraph.rules.loading import load_rule_file

MRS = EXAMPLES / "miri_mrs_background.csv"
BY_FACT = """from asngraph import Rule, RuleSet
from asngraph.model.column import Column
from asngraph.rules.bindings import same


def sort_of(facts):
    {body}


mine = Rule("Mine", "by a fact", "image3", level=3, product="p_{{sort}}", conditions=(same("sort"),))
RULES = RuleSet(mine, facts={{"sort": sort_of}})
"""


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("return 1 / 0", "line 7: the derived column sort: ZeroDivisionError"),
        ("return facts['filename'].values[0].nothing", "line 7: the derived column sort: AttributeError"),
        ("raise KeyError('x')", "line 7: the derived column sort: KeyError"),
        ("return ['a']", "line 6: the derived column sort returns a list; it must return an asngraph.model.col"),
        (
            "return Column.of(['a'])",
            "line 6: the derived column sort has length 1; it must have one value for each",
        ),
    ],
)
def test_a_fact_that_cannot_be_derived(run, tmp_path, body, said) -> None:
    file = tmp_path / "facts.py"
    file.write_text(BY_FACT.format(body=body))
    result = run("generate", MRS, "-r", file, "-p", tmp_path / "out")
    assert (result.code, result.err.count("\n")) == (2, 1)
    assert f"{file}, {said}" in result.err


def test_a_fact_that_can_be_derived(tmp_path) -> None:
    file = tmp_path / "facts.py"
    file.write_text(BY_FACT.format(body="return Column.constant('all', len(facts.pool))"))
    graph = asngraph.generate(MRS, discover=True, rules=load_rule_file(file))
    assert set(graph.associations["product"]) == {"p_all"}


@pytest.mark.parametrize("text", ["raise SystemExit\n", "import sys\nsys.exit(0)\n", "quit()\n"])
def test_a_rule_file_cannot_end_the_command(run, tmp_path, text) -> None:
    file = tmp_path / "ends.py"
    file.write_text(text)
    result = run("generate", MRS, "-r", file, "-p", tmp_path / "out")
    assert result.code == 2
    assert f"{file}, line {len(text.splitlines())}: ends the program (SystemExit" in result.err


def test_the_line_is_said_of_a_file_that_is_named_from_here(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("wrong.py").write_text("x = 1\ny = x.z\n")
    with pytest.raises(UsageError, match=r"^wrong\.py, line 2: AttributeError"):
        load_rule_file("wrong.py")


def test_what_the_file_says_now_counts(tmp_path, monkeypatch) -> None:
    """Python's compiled copies are told apart by the second and the size alone; so none is taken."""
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    file = tmp_path / "mine.py"
    rule_text = "import asngraph\nr = asngraph.Rule('R', '', 'image3', level=3, product='p', members={})\n"
    for number in (2, 3):
        file.write_text(rule_text.format(number))
        os.utime(file, (10**9, 10**9))
        (rule,) = load_rule_file(file)
        assert rule.members == number
    assert list(tmp_path.iterdir()) == [file]


def test_a_file_that_begins_with_a_mark_of_its_encoding(tmp_path) -> None:
    file = tmp_path / "mine.py"
    file.write_text("import asngraph\nr = asngraph.Rule('R', 'größer', 'image3', level=3, product='p')\n", "utf-8-sig")
    assert [rule.about for rule in load_rule_file(file)] == ["größer"]
