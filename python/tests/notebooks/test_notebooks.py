"""The five notebooks run from their first cell to their last, on few drawn digits."""
import pathlib

import pytest

FOLDER = pathlib.Path(__file__).parents[3] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
for _package in ("nbclient", "nbformat", "ipykernel", "matplotlib"):
    pytest.importorskip(_package, reason=f"{_package}, which notebooks need, is not installed")


def read(path):
    import nbformat
    return nbformat.read(path, as_version=4)


def test_there_are_five():
    assert [path.name[:2] for path in NOTEBOOKS] == ["1_", "2_", "3_", "4_", "5_"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_no_outputs_are_kept(path):
    cells = [cell for cell in read(path).cells if cell.cell_type == "code"]
    assert all(cell.outputs == [] and cell.execution_count is None for cell in cells)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook(path, digits, tmp_path, monkeypatch):
    from nbclient import NotebookClient
    monkeypatch.setenv("GLUINO_EPOCHS", "1")
    monkeypatch.setenv("PYTHONPATH", package_path(), prepend=":")
    notebook = read(path)
    client = NotebookClient(notebook, timeout=300, kernel_name="python3",
                            resources={"metadata": {"path": str(tmp_path)}})
    client.execute()  # raises with the cell and its error
    outputs = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    shown = [kind for output in outputs for kind in output.get("data", {})]
    assert shown.count("image/png") >= 2
    warned = [output.text for output in outputs if output.get("name") == "stderr"]
    assert not [text for text in warned if "dot" not in text], warned
    if path.stem == "5_feedforward":
        pytest.importorskip("anywidget", reason="the board needs anywidget, which is not installed")
        assert "application/vnd.jupyter.widget-view+json" in shown


def package_path():
    """Where mxnet is, which a new kernel may have to be told."""
    import mxnet
    return str(pathlib.Path(mxnet.__file__).parents[1])
