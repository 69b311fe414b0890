"""What docs/pipeline.md shows is what comes out."""

from __future__ import annotations

import doctest
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT

from asngraph.model.pipelines import PIPELINES

DOCUMENT = (ROOT / "docs" / "pipeline.md").read_text()


@pytest.mark.slow
def test_the_commands(tmp_path: Path) -> None:
    """Each command in its turn, as one types them; nothing that it says is left out, but how long it took."""
    blocks = re.findall(r"```console\n(.*?)```", DOCUMENT, flags=re.DOTALL)
    assert len(blocks) > 5
    for block in blocks:
        for command, shown in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", block, flags=re.MULTILINE):
            run = re.sub(r"\basngraph\b", f"{sys.executable} -m asngraph", command)
            environment = {**os.environ, "PYTHONPATH": str(ROOT)}
            done = subprocess.run(
                ["sh", "-c", run], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
            )
            said = [line for line in (done.stdout + done.stderr).splitlines() if not re.search(r" in [\d.]+ s$", line)]
            assert said == shown.splitlines(), command


def test_the_session_and_the_table() -> None:
    (session,) = re.findall(r"```python\n(.*?)```", DOCUMENT, flags=re.DOTALL)
    parsed = doctest.DocTestParser().get_doctest(session, {}, "pipeline", "pipeline.md", 0)
    assert doctest.DocTestRunner().run(parsed).failed == 0
    for pipeline in PIPELINES.values():
        assert f"| {pipeline.asn_type} | {pipeline.name} | {pipeline.stage} |" in DOCUMENT
