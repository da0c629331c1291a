"""The reference is whole and up to date, and its lines of Python run."""
import os
import pathlib
import re
import subprocess
import sys

import gluino as mx
import numpy as np
import pytest

ROOT = pathlib.Path(__file__).parents[3]
sys.path.insert(0, str(ROOT / "python/tools"))
import reference  # noqa: E402

# Where `make test` has built what writes the operators' lines.
PROGRAM = pathlib.Path(os.environ.get("GLUINO_REFERENCE", ROOT / "build/release/bin/reference"))


@pytest.fixture(scope="module")
def files(tmp_path_factory, digits_writer):
    """A folder with the files that the iterators' lines name."""
    folder = tmp_path_factory.mktemp("files")
    (folder / "numbers.csv").write_text("1,2,3\n4,5,6\n7,8,9\n1,2,3\n")
    (folder / "numbers.libsvm").write_text("1 0:1 3:2\n0 1:5\n1 2:3\n0 4:1\n")
    digits_writer(folder, 6, 4)
    for file in folder.glob("*.gz"):
        import gzip
        file.with_suffix("").write_bytes(gzip.decompress(file.read_bytes()))
    picture = np.full((10, 12, 3), 120, "uint8")
    for name, label in (("pictures", 1.0), ("boxes", [2, 5, 0, 0.1, 0.1, 0.6, 0.7])):
        record = mx.recordio.MXIndexedRecordIO(str(folder / f"{name}.idx"), str(folder / f"{name}.rec"), "w")
        for i in range(4):
            header = mx.recordio.IRHeader(0, label, i, 0)
            record.write_idx(i, mx.recordio.pack_img(header, picture, img_fmt=".png"))
        record.close()
    return folder


@pytest.mark.parametrize("page", reference.PAGES)
def test_page_is_up_to_date(page):
    made = reference.page_text(page)
    file = ROOT / "docs/reference" / f"{page}.md"
    assert file.exists() and made == file.read_text(encoding="utf-8"), \
        "run python python/tools/reference.py docs/reference"


@pytest.mark.parametrize("page", reference.PAGES)
def test_lines_of_classes_run(page, files, monkeypatch):
    monkeypatch.chdir(files)
    members = reference.members(page)
    assert members
    for called, *_ in members:
        line = reference.python_line(page, called)
        try:
            exec(line, {"mx": mx})
        except Exception as error:
            raise AssertionError(f"{line}: {error}") from error


def test_every_class_of_the_library_has_a_line_of_cpp():
    headers = "\n".join(file.read_text(encoding="utf-8") for room in ("gluon", "optimizer", "metric", "io")
                        for file in (ROOT / "gluino" / room).rglob("*.h"))
    in_cpp = set(re.findall(r"class GLUINO_API (\w+)", headers))
    shown = reference.cpp_lines()
    lacking = [f"{page}: {name}" for page in reference.PAGES for called, *_ in reference.members(page)
               if (name := called.rpartition(".")[2]) in in_cpp and f"{page}: {name}" not in shown]
    assert not lacking, f"{' and '.join(reference.CPP)} have no lines of {lacking}"


@pytest.mark.skipif(not PROGRAM.exists(), reason="tools/reference is not built")
def test_lines_of_operators_run(tmp_path):
    subprocess.run([PROGRAM, "python", tmp_path / "lines.py"], cwd=ROOT, check=True)
    lines = (tmp_path / "lines.py").read_text().splitlines()
    assert len(lines) > 500
    mx.random.seed(3)
    for line in lines:
        try:
            eval(line, {"mx": mx})
            mx.nd.waitall()
        except Exception as error:
            raise AssertionError(f"{line}: {error}") from error
