"""The notebooks run from their first cell to their last, and are committed with the outputs of such a run.

``make test`` runs the first look; ``make test-docs`` runs all. ``python tests/test_notebook.py`` writes the outputs.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOKS = sorted((Path(__file__).parents[1] / "docs" / "notebooks").glob("*.ipynb"))
SHOWN = {  # what the outputs of each notebook must have
    "explore_flights": ("rows", "on time, mean"),
    "partner_punctuality": ("3 partners", "partners.html"),
    "tune_a_quota": ("calls per month", "pace"),
}
OPTED_IN = bool(os.environ.get("AVIASTACK_TEST_DOCS"))


def executed(path: Path, folder: Path) -> nbformat.NotebookNode:
    """Return the notebook with the outputs of a run in ``folder``."""
    notebook = nbformat.read(path, as_version=4)
    resources = {"metadata": {"path": str(folder)}}
    NotebookClient(notebook, timeout=900, kernel_name="python3", resources=resources).execute()
    return notebook


def texts(notebook: nbformat.NotebookNode) -> str:
    return "".join(output.get("text", "") for cell in notebook.cells for output in cell.get("outputs", []))


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::RuntimeWarning")  # Jupyter's own, on a free loop
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_from_its_first_cell_to_its_last(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if path.stem != "explore_flights" and not OPTED_IN:
        pytest.skip("make test-docs runs it")
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    notebook = executed(path, tmp_path)
    for text in SHOWN[path.stem]:
        assert text in texts(notebook)
    if path.stem != "tune_a_quota":
        shown = [output["data"] for cell in notebook.cells for output in cell.get("outputs", []) if "data" in output]
        assert any("vega" in str(data) for data in shown), "the chart was not shown"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_committed_with_its_outputs_and_no_path_of_a_machine(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    for text in SHOWN[path.stem]:
        assert text in texts(notebook)
    assert not any(output.output_type == "error" for cell in notebook.cells for output in cell.get("outputs", []))
    assert not re.search(r"/(?:tmp|home|root|work|Users)/", path.read_text(encoding="utf-8"))
    assert "\x1b" not in texts(notebook), "progress bars are not for a file"
    assert path.stat().st_size < 100_000


if __name__ == "__main__":
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    for each in [path for path in NOTEBOOKS if path.stem in sys.argv[1:] or not sys.argv[1:]]:
        with tempfile.TemporaryDirectory() as folder:
            made = executed(each, Path(folder))
        for cell in made.cells:
            cell.metadata.pop("execution", None)
        text = nbformat.writes(made).replace(f"{folder}/", "")
        each.write_text(text + "\n", encoding="utf-8")
