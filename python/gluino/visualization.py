"""Networks as tables and as drawings: ``mx.viz``."""

import copy
import json
import os
import re
import shutil
import subprocess
import tempfile
import warnings
from collections import Counter

from . import _core
from .base import MXNetError
from .symbol import Symbol

__all__ = ["plot_network", "print_summary"]

# What would end a string of DOT, or keep it from ending: a quote, or the last backslash, that no
# backslash stands for yet. Others mean something to Graphviz, as in "one\ltwo\l".
_BARE = re.compile(r'(?<!\\)((?:\\\\)*)("|\\\Z)')

# What a viewer of pictures is called, on the systems that have one under a known name.
_VIEWERS = ("xdg-open", "open")


def print_summary(symbol, shape=None, line_length=120, positions=[0.44, 0.64, 0.74, 1.0]):
    """Prints the nodes of a network as a table: name and operator, the output's shape for one
    sample, the number of parameters, and the nodes that it reads.

    Parameters
    ----------
    symbol : Symbol
    shape : dict of str to tuple, optional
        The shapes of the inputs. Without them no shapes are shown, and only biases and the weights
        of embeddings are counted.
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
        "pdf", "svg", "png" or another of Graphviz's formats.
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
    ValueError
        When Graphviz has no such format.
    """
    if not isinstance(symbol, Symbol):
        raise TypeError(f"symbol: expected a Symbol, got {type(symbol).__name__}")
    if shape is not None:
        _check_complete(symbol, shape)
    _warn_of_shared_names(symbol)
    look = {name: str(value) for name, value in node_attrs.items()}
    drawing = _core.plot_network(
        symbol, title, "pdf", shape or {}, dtype or {}, look, bool(hide_weights)
    )
    return Digraph(title, save_format, _drawing=drawing)


class Digraph:
    """A drawing of nodes and arrows in Graphviz's language DOT, used as the ``Digraph`` of the
    Python package graphviz is. The drawing itself is left to Graphviz's programs.

    Parameters
    ----------
    name : str
    format : str
        "pdf", "svg", "png" or another of Graphviz's: what pictures are if nothing else is said.

    Attributes
    ----------
    graph_attr, node_attr, edge_attr : dict of str to str
        Graphviz's attributes of the whole drawing, and of all nodes and edges that do not say
        otherwise.
    body : list of str
        The statements, a line each.
    filename, directory : str
        Where ``save`` and ``render`` write if nothing else is said.
    """

    encoding = "utf-8"
    directed = True

    def __init__(self, name="plot", format="pdf", _drawing=None):
        lines = (_core.Digraph(name, "pdf") if _drawing is None else _drawing).source().split("\n")
        # The name and the letters; then what is drawn, and the closing bracket.
        self._head, self.body = lines[:3], [f"{line}\n" for line in lines[3:-2]]
        self.name = name
        self.format = format
        self.engine = "dot"
        self.filename, self.directory = f"{name}.gv", ""
        self.graph_attr, self.node_attr, self.edge_attr = {}, {}, {}

    @property
    def format(self):
        """What pictures are if nothing else is said. ValueError for what Graphviz does not know."""
        return self._format

    @format.setter
    def format(self, format):
        _core.check_graphviz_format(format.lower())
        self._format = format.lower()

    @property
    def engine(self):
        """Which of Graphviz's programs draws. ValueError for one that there is not."""
        return self._engine

    @engine.setter
    def engine(self, engine):
        _core.check_graphviz_engine(engine.lower())
        self._engine = engine.lower()

    def node(self, name, label=None, **attrs):
        """Adds a node. ``attrs`` are Graphviz's."""
        line = _core.Digraph("", "pdf")
        line.node(name, name if label is None else label, _texts(attrs))
        self._add(line)

    def edge(self, tail_name, head_name, label=None, **attrs):
        """Adds an arrow between two nodes."""
        line = _core.Digraph("", "pdf")
        line.edge(tail_name, head_name, label or "", _texts(attrs))
        self._add(line)

    def edges(self, tail_head_iter):
        """Adds arrows between pairs of nodes."""
        for tail, head in tail_head_iter:
            self.edge(tail, head)

    def attr(self, kw=None, **attrs):
        """Adds attributes: of the drawing, or, with "node" or "edge", of those that come after."""
        if kw not in (None, "graph", "node", "edge"):
            raise ValueError(f"attr: expected graph, node or edge, got {kw!r}")
        self.body += [f"{line}\n" for line in _attributes(kw or "graph", attrs)]

    def _add(self, drawing):
        self.body += Digraph(_drawing=drawing).body

    def clear(self, keep_attrs=False):
        """Takes out all that is drawn, and (not with ``keep_attrs``) the attributes."""
        self.body.clear()
        if not keep_attrs:
            for attrs in (self.graph_attr, self.node_attr, self.edge_attr):
                attrs.clear()

    def copy(self):
        """Another drawing of the same."""
        return copy.deepcopy(self)

    @property
    def source(self):
        """The DOT text."""
        attrs = {"graph": self.graph_attr, "node": self.node_attr, "edge": self.edge_attr}
        lines = self._head + [line for kind in attrs for line in _attributes(kind, attrs[kind])]
        return "\n".join(lines) + "\n" + "".join(self.body) + "}\n"

    def __str__(self):
        return self.source

    def __iter__(self):
        return iter(self.source.splitlines(keepends=True))

    def pipe(self, format=None, encoding=None, engine=None):
        """The bytes of the picture, or with an encoding its text. MXNetError when there is no
        program ``dot``, or it fails."""
        picture = _core.run_graphviz(
            self.source.encode("utf-8"), format or self.format, engine or self.engine
        )
        return picture.decode(encoding) if encoding else picture

    @property
    def filepath(self):
        """Where the DOT text is written if nothing else is said."""
        return os.path.join(self.directory, self.filename)

    def save(self, filename=None, directory=None):
        """Writes the DOT text; gives the name of the file, which is kept for the next time."""
        self.filename = self.filename if filename is None else os.fspath(filename)
        self.directory = self.directory if directory is None else os.fspath(directory)
        path = self.filepath
        if os.path.dirname(path):
            os.makedirs(os.path.dirname(path), exist_ok=True)
        _core.write_file(path, self.source.encode("utf-8"))
        return path

    def render(self, filename=None, directory=None, view=False, cleanup=False, format=None,
               engine=None):
        """Writes the DOT text to ``filename``, and the picture to a file of that name with the
        format behind it; with ``cleanup`` the picture alone. Gives the picture's name.
        """
        format = format or self.format
        picture = self.pipe(format, engine=engine)
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
        if filename is None and directory is None and not self.directory:
            directory = tempfile.mkdtemp(prefix="plot-")
        return self.render(filename, directory, view=True, cleanup=cleanup)

    def _repr_svg_(self):
        try:
            return self.pipe("svg").decode("utf-8")
        except MXNetError as error:
            warnings.warn(str(error))
            return None


def _texts(attrs):
    return {name: str(value) for name, value in attrs.items()}


def _attributes(kind, attrs):
    """The lines that say the attributes of all nodes or edges, or of the graph: one, or none."""
    texts = {name: _BARE.sub(r"\1\\\2", value) for name, value in _texts(attrs).items()}
    joined = " ".join(f'{name}="{text}"' for name, text in texts.items())
    return [f"\t{kind} [{joined}]"] if joined else []


def _show(path):
    viewer = next(filter(None, map(shutil.which, _VIEWERS)), None)
    if viewer is None:
        warnings.warn(f"there is no program to show {path} with; open it yourself")
        return
    subprocess.Popen([viewer, path], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
