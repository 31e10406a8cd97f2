"""The notebook runs from its first cell to its last, without a warning."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.mark.slow
def test_tour(root: Path, tmp_path: Path) -> None:
    for module in ("nbclient", "ipykernel"):
        pytest.importorskip(module, reason="notebooks cannot be run here")
    import nbformat
    from nbclient import NotebookClient

    notebook = nbformat.read(root / "docs/tour.ipynb", as_version=4)
    assert all(not cell.get("outputs") for cell in notebook.cells), "the notebook is kept without outputs"
    client = NotebookClient(notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": tmp_path}})
    client.execute()
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    said = "".join(output.get("text", "") for output in outputs)
    assert not [o for o in outputs if o.get("name") == "stderr" and "Warning" in o["text"]]
    assert sum("image/png" in output.get("data", {}) for output in outputs) == 3
    assert "ln B = " in said
    assert "True" in said
