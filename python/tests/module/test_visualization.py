"""Networks as tables and drawings."""

import shutil
import warnings

import numpy as np
import pytest

import gluino as mx

from nets import mlp

needs_dot = pytest.mark.skipif(shutil.which("dot") is None, reason="needs Graphviz")


def lenet():
    net = mx.sym.Convolution(mx.sym.var("data"), kernel=(5, 5), num_filter=20, name="conv1")
    net = mx.sym.Activation(net, act_type="tanh", name="tanh1")
    net = mx.sym.Pooling(net, pool_type="max", kernel=(2, 2), stride=(2, 2), name="pool1")
    net = mx.sym.FullyConnected(net, num_hidden=10, name="fc")
    return mx.sym.SoftmaxOutput(net, name="softmax")


def test_summary(capsys):
    mx.viz.print_summary(lenet(), shape={"data": (1, 1, 28, 28)})
    text = capsys.readouterr().out
    assert "conv1(Convolution)" in text and "20x24x24" in text
    assert "Total params: 29330\n" in text
    mx.viz.print_summary(lenet(), line_length=80)
    assert max(map(len, capsys.readouterr().out.splitlines())) == 80


@pytest.mark.filterwarnings("ignore:Cannot decide shape")
def test_wrong_arguments_of_summary():
    with pytest.raises(TypeError):
        mx.viz.print_summary(3)
    with pytest.raises(mx.MXNetError):
        mx.viz.print_summary(lenet(), shape={"data": (1, 1, 28)})
    with pytest.raises(ValueError, match="shape"):
        mx.viz.print_summary(lenet(), shape={})


def test_drawing():
    drawing = mx.viz.plot_network(
        lenet(), title="lenet", shape={"data": (1, 1, 28, 28)}, node_attrs={"shape": "oval"}
    )
    assert str(drawing) == drawing.source and drawing.source.startswith('digraph "lenet"')
    assert "Convolution\\n5x5/1, 20" in drawing.source
    assert "20x24x24" in drawing.source
    assert "conv1_weight" not in drawing.source
    assert "conv1_weight" in mx.viz.plot_network(lenet(), hide_weights=False).source
    typed = mx.viz.plot_network(lenet(), dtype={"data": np.float32})
    assert "(float32)" in typed.source
    with pytest.raises(TypeError):
        mx.viz.plot_network("lenet")


def test_names_that_are_there_twice_are_warned_of():
    net = mx.sym.FullyConnected(mx.sym.var("data"), num_hidden=4, name="fc")
    net = mx.sym.FullyConnected(net, num_hidden=2, name="fc")
    with pytest.warns(RuntimeWarning, match="multiple variables with the same name.*fc"):
        mx.viz.plot_network(net)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        mx.viz.plot_network(mlp())


@needs_dot
def test_pictures(tmp_path):
    drawing = mx.viz.plot_network(mlp(), save_format="svg")
    drawing.node("mine", "Mine", shape="box")
    drawing.edge("mine", "fc1")
    assert "<svg" in drawing._repr_svg_() and "Mine" in drawing._repr_svg_()
    assert drawing.pipe("png").startswith(b"\x89PNG")
    path = drawing.render("net", directory=str(tmp_path / "pictures"))
    assert path == str(tmp_path / "pictures" / "net.svg")
    assert (tmp_path / "pictures" / "net").read_text() == drawing.source
    path = drawing.render(str(tmp_path / "net"), format="pdf", cleanup=True)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["net.pdf", "pictures"]


def test_without_dot_a_notebook_shows_the_text(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    drawing = mx.viz.plot_network(mlp())
    with pytest.raises(mx.MXNetError, match="[Gg]raphviz"):
        drawing.pipe("svg")
    with pytest.warns(UserWarning, match="[Gg]raphviz"):
        assert drawing._repr_svg_() is None
