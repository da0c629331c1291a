"""The version, and where the library lies."""
import os

from . import _core

__version__ = "0.1.0"
# The interface is that of this release of MXNet.
MXNET_VERSION = "1.9.1"


def find_lib_path(prefix="libgluino"):
    """The files of the library in C++ beside the package, a list."""
    folder = os.path.dirname(_core.__file__)
    return [os.path.join(folder, file) for file in sorted(os.listdir(folder))
            if file.startswith(prefix)]


def find_include_path():
    """The folder of the headers in C++: the wheel has none."""
    raise RuntimeError("the Python package has no headers; install the library in C++")


def find_conf_path(prefix="tvmop"):
    """None: there are no such files."""
