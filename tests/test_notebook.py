"""The notebook of the documents, run from its first cell to its last."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from conftest import ROOT
from needs import needs

NOTEBOOK = ROOT / "docs" / "from_files.ipynb"


@pytest.mark.slow
@needs("nbclient", "ipykernel", "astropy", "matplotlib")
def test_the_notebook_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import nbformat
    from nbclient import NotebookClient

    import asngraph

    monkeypatch.setenv("PYTHONPATH", str(ROOT), prepend=":")
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    assert not [cell for cell in notebook.cells if cell.get("outputs")], "the notebook is kept without outputs"
    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(tmp_path)}}).execute()
    shown = [output.get("data", {}) for cell in notebook.cells for output in cell.get("outputs", [])]
    (frame,) = [data["text/html"] for data in shown if "<iframe" in data.get("text/html", "")]
    assert re.findall(r'sandbox="([^"]*)"', frame) == ["allow-scripts"]
    assert [data for data in shown if "image/png" in data]
    assert (tmp_path / "association.png").read_bytes().startswith(b"\x89PNG")
    written = sorted((tmp_path / "associations").iterdir())
    stage_3 = [path for path in written if "_image3_" in path.name]
    assert stage_3
    members = {member["expname"] for path in stage_3 for member in asngraph.load_asn(path).members}
    files = {path.name.replace("_rate", "_cal") for path in (tmp_path / "data").iterdir()}
    assert members <= files
    assert len(members) > 1
