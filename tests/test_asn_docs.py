"""docs/editing.md shows what comes out.

    python tests/test_asn_docs.py

writes its output again.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from conftest import EXAMPLES, ROOT

DOCUMENT = ROOT / "docs" / "editing.md"
_BLOCK = re.compile(r"(?<=^```console\n).*?(?=^```$)", re.MULTILINE | re.DOTALL)


def shown_anew(text: str, folder: Path) -> str:
    """Run the commands of a document in a folder, and put what they say behind them."""

    def again(block: re.Match[str]) -> str:
        commands = [line for line in block[0].splitlines() if line.startswith("$ ")]
        return "".join(f"{command}\n{said(command[2:], folder)}" for command in commands)

    shutil.copy(EXAMPLES / "miri_mrs_background.csv", folder)
    return _BLOCK.sub(again, text)


def said(command: str, folder: Path) -> str:
    program, *words = shlex.split(command)
    assert program == "asngraph"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-m", "asngraph", *words], cwd=folder, env=environment, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
    )  # fmt: skip
    return re.sub(r"in \d+\.\d\d s", "in 0.03 s", done.stdout)


def test_the_commands_say_what_the_document_shows(tmp_path) -> None:
    text = DOCUMENT.read_text()
    assert shown_anew(text, tmp_path) == text


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        DOCUMENT.write_text(shown_anew(DOCUMENT.read_text(), Path(place)))
