"""What tests of several rooms need: digits to learn from."""
import gzip
import importlib.util
import os
import pathlib
import struct
import sys

import pytest

# Programs written for MXNet say `import mxnet`: from the sources where no package is installed.
if importlib.util.find_spec("mxnet") is None:
    sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))


def write_idx(path, array):
    """An array of NumPy's in MNIST's format: a uint8 file, packed."""
    head = struct.pack(">HBB", 0, 8, array.ndim) + struct.pack(f">{array.ndim}I", *array.shape)
    with gzip.open(path, "wb", compresslevel=1) as file:
        file.write(head + array.astype("uint8").tobytes())


def write_digits(folder, train, test):
    """MNIST's four files with few digits, drawn instead of written by hand."""
    from gluino._core import gluon_data

    images, labels = (part.asnumpy() for part in gluon_data.draw_digits(False, 1))
    for name, begin, end in [("train", 0, train), ("t10k", train, train + test)]:
        write_idx(folder / f"{name}-images-idx3-ubyte.gz", images[begin:end, :, :, 0])
        write_idx(folder / f"{name}-labels-idx1-ubyte.gz", labels[begin:end])


@pytest.fixture(scope="session")
def digits_writer():
    return write_digits


def _home(tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    (home / "datasets").mkdir()
    return home, home / "datasets" / "mnist"


@pytest.fixture(scope="session")
def home_of_digits(tmp_path_factory):
    """A folder for MXNET_HOME: 4000 drawn digits to train with, and 1000 to test with."""
    home, folder = _home(tmp_path_factory)
    folder.mkdir()
    write_digits(folder, 4000, 1000)
    return home


@pytest.fixture(scope="session")
def home_of_mnist(tmp_path_factory):
    """A folder for MXNET_HOME with the real MNIST; skips where GLUINO_MNIST does not name it."""
    real = os.environ.get("GLUINO_MNIST")
    if not real:
        pytest.skip("GLUINO_MNIST names no folder with MNIST's files")
    home, folder = _home(tmp_path_factory)
    folder.symlink_to(pathlib.Path(real).absolute())
    return home


@pytest.fixture
def digits(home_of_digits, monkeypatch):
    """Programs of this test find drawn digits where MNIST lives."""
    monkeypatch.setenv("MXNET_HOME", str(home_of_digits))
    return home_of_digits / "datasets" / "mnist"


@pytest.fixture
def mnist(home_of_mnist, monkeypatch):
    """Programs of this test find MNIST where it lives."""
    monkeypatch.setenv("MXNET_HOME", str(home_of_mnist))
    return home_of_mnist / "datasets" / "mnist"
