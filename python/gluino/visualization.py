"""Networks as tables and as drawings: ``mx.viz``."""

import json
import os
import shutil
import subprocess
import tempfile
import warnings
from collections import Counter

from . import _core
from .base import MXNetError
from .symbol import Symbol

__all__ = ["plot_network", "print_summary"]

# What a viewer of pictures is called, on the systems that have one under a known name.
_VIEWERS = ("xdg-open", "open")


def print_summary(symbol, shape=None, line_length=120, positions=[0.44, 0.64, 0.74, 1.0]):
    """Prints the nodes of a network as a table: name and operator, the output's shape for one
    sample, the number of parameters, and the nodes that it reads.

    Parameters
    ----------
    symbol : Symbol
    shape : dict of str to tuple, optional
        The shapes of the inputs. Without them no shapes are shown, and only biases are counted.
    line_length : int
        Characters per line.
    positions : list of float
        Where the four columns end: shares of the line, or characters if the last is above 1.

    Raises
    ------
    TypeError
        When ``symbol`` is none.
    MXNetError
        When the shapes do not fit the network.
    ValueError
        When they do not suffice.
    """
    if not isinstance(symbol, Symbol):
        raise TypeError(f"symbol: expected a Symbol, got {type(symbol).__name__}")
    if shape is not None:
        _check_complete(symbol, shape)
    print(_core.network_summary(symbol, shape or {}, line_length, list(positions)), end="")


def _check_complete(symbol, shape):
    _, out_shapes, _ = symbol.get_internals().infer_shape(**shape)
    if out_shapes is None:
        raise ValueError("shape: those given do not say all shapes of the network")


def _warn_of_shared_names(symbol):
    """Tells of nodes that share a name: training would mix them up."""
    counts = Counter(node["name"] for node in json.loads(symbol.tojson())["nodes"])
    shared = sorted(name for name, count in counts.items() if count > 1)
    if shared:
        warnings.warn(
            "There are multiple variables with the same name in your graph: "
            f"{', '.join(shared)}. Numbers tell them apart in the drawing",
            RuntimeWarning,
            stacklevel=3,
        )


def plot_network(
    symbol,
    title="plot",
    save_format="pdf",
    shape=None,
    dtype=None,
    node_attrs={},  # not changed
    hide_weights=True,
):
    """Draws a network: a box for each operator, coloured by its kind, an oval for each input, and
    edges from each node back to those that it reads.

    Parameters
    ----------
    symbol : Symbol
    title : str
        The name of the drawing, and of its file.
    save_format : str
        "pdf", "svg" or "png".
    shape : dict of str to tuple, optional
        The shapes of the inputs. If given, each edge carries the shape of one sample.
    dtype : dict of str to type, optional
        The types of the inputs. If given, each edge carries its type.
    node_attrs : dict of str to str
        Graphviz's attributes of all nodes, over the usual ones.
    hide_weights : bool
        Whether to leave out weights, biases, gammas, betas, and running means and variances.

    Returns
    -------
    Digraph
        Shown as a picture by a notebook; needs Graphviz's program ``dot``, and no package.

    Raises
    ------
    TypeError
        When ``symbol`` is none.
    """
    if not isinstance(symbol, Symbol):
        raise TypeError(f"symbol: expected a Symbol, got {type(symbol).__name__}")
    if shape is not None:
        _check_complete(symbol, shape)
    _warn_of_shared_names(symbol)
    look = {name: str(value) for name, value in node_attrs.items()}
    drawing = _core.plot_network(
        symbol, title, save_format, shape or {}, dtype or {}, look, bool(hide_weights)
    )
    return Digraph(title, save_format, _drawing=drawing)


class Digraph:
    """A drawing of nodes and arrows in Graphviz's language DOT, used as the ``Digraph`` of the
    Python package graphviz is.

    Parameters
    ----------
    name : str
    format : str
        "pdf", "svg" or "png": what pictures are if nothing else is said.
    """

    def __init__(self, name="plot", format="pdf", _drawing=None):
        self._drawing = _core.Digraph(name, format) if _drawing is None else _drawing
        self.name = name
        self.format = format

    def node(self, name, label=None, **attrs):
        """Adds a node. ``attrs`` are Graphviz's."""
        look = {key: str(value) for key, value in attrs.items()}
        self._drawing.node(name, name if label is None else label, look)

    def edge(self, tail_name, head_name, label=None, **attrs):
        """Adds an arrow between two nodes."""
        look = {key: str(value) for key, value in attrs.items()}
        self._drawing.edge(tail_name, head_name, label or "", look)

    @property
    def source(self):
        """The DOT text."""
        return self._drawing.source()

    def __str__(self):
        return self.source

    def pipe(self, format=None):
        """The bytes of the picture. MXNetError when there is no program ``dot``."""
        return self._drawing.pipe(format or self.format)

    def save(self, filename=None, directory=None):
        """Writes the DOT text; gives the name of the file."""
        path = os.path.join(directory or "", filename or self.name + ".gv")
        if os.path.dirname(path):
            os.makedirs(os.path.dirname(path), exist_ok=True)
        self._drawing.save(path)
        return path

    def render(self, filename=None, directory=None, view=False, cleanup=False, format=None):
        """Writes the DOT text to ``filename``, and the picture to a file of that name with the
        format behind it; with ``cleanup`` the picture alone. Gives the picture's name.
        """
        format = format or self.format
        picture = self.pipe(format)
        path = self.save(filename, directory)
        rendered = f"{path}.{format}"
        _core.write_file(rendered, picture)
        if cleanup:
            os.remove(path)
        if view:
            _show(rendered)
        return rendered

    def view(self, filename=None, directory=None, cleanup=False):
        """Writes the picture (if not said otherwise to a folder for temporary files) and has the
        system show it.
        """
        if filename is None and directory is None:
            directory = tempfile.mkdtemp(prefix="plot-")
        return self.render(filename, directory, view=True, cleanup=cleanup)

    def _repr_svg_(self):
        try:
            return self.pipe("svg").decode("utf-8")
        except MXNetError as error:
            warnings.warn(str(error))
            return None


def _show(path):
    viewer = next(filter(None, map(shutil.which, _VIEWERS)), None)
    if viewer is None:
        warnings.warn(f"there is no program to show {path} with; open it yourself")
        return
    subprocess.Popen([viewer, path], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
