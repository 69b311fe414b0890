"""A comma too many in an association file: every command names its place, and not the place where a reader stops."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import asngraph
from asngraph.errors import AssociationError

TEXT = """{"asn_type": "image3", "asn_id": "a3001", "products": [{"name": "field", "members": [
    {"expname": "a_cal.fits", "exptype": "science"},

]}]}"""


@pytest.mark.parametrize("command", ["list", "stats", "status", "plan", "asn files", "asn edit", "asn gather", "which"])
def test_commands_name_the_comma(tmp_path: Path, run: Any, command: str) -> None:
    path = tmp_path / "s_asn.json"
    path.write_text(TEXT)
    words = {
        "asn edit": [path, "remove", "a"],
        "which": ["a", "--in", path],
        "asn gather": [path, "-o", tmp_path / "all"],
    }.get(command, [path])
    result = run(*command.split(), *words)
    assert result.code == 2
    assert "s_asn.json" in result.err
    assert "a comma before ], in line 2, column 52; remove it" in result.err
    assert path.read_text() == TEXT


@pytest.mark.parametrize(
    ("text", "column"), [('{"products": [1,]}', 16), ('{"products": [],}', 16), ('{"a": [1,\t], }', 9)]
)
def test_from_python(text: str, column: int) -> None:
    assert text[column - 1] == ","
    with pytest.raises(AssociationError, match=f"a comma before []}}], in line 1, column {column}; remove it"):
        asngraph.load_asn(text)


@pytest.mark.parametrize("text", ["{,}", '{"a": [,]}', '{"a": [1,,]}', '{"a":,}', '{"a": 1 2}', "{"])
def test_other_faults_keep_their_words(text: str) -> None:
    with pytest.raises(AssociationError, match="line 1 column"):
        asngraph.load_asn(text)
