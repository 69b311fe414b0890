"""What the README shows is what comes out."""

from __future__ import annotations

import doctest
import os
import re

from conftest import ROOT

import asngraph
from asngraph.ruletext import rule_text

README = (ROOT / "README.md").read_text()


def test_the_python_session(monkeypatch) -> None:
    monkeypatch.chdir(ROOT)
    session = README.split("```python\n")[1].split("```")[0]
    parsed = doctest.DocTestParser().get_doctest(session, {}, "README", "README.md", 0)
    assert parsed.examples
    assert doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE).run(parsed).failed == 0


def test_the_command_and_the_rule(run, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(ROOT)
    result = run("generate", "examples/nircam_mosaic.csv", "-p", tmp_path / "associations")
    shown = re.sub(r"in \d.\d\d s", "in 0.03 s", result.err.replace(str(tmp_path) + os.sep, ""))
    assert shown in README
    rule = asngraph.observatory_rules().named("Lv3MIRMRS")
    assert rule is not None
    assert rule_text(rule) in README
