"""Networks as tables and drawings."""

import os
import shutil
import signal
import sys
import threading
import time
import warnings
from pathlib import Path

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


def test_what_options_say_is_counted_without_shapes(capsys):
    net = mx.sym.Embedding(mx.sym.var("data"), input_dim=10, output_dim=4, name="words")
    net = mx.sym.FullyConnected(net, num_hidden=3, name="fc")
    mx.viz.print_summary(net)
    assert "Total params: 43\n" in capsys.readouterr().out
    assert 'label="LeakyReLU\\nLeaky"' in mx.viz.plot_network(mx.sym.LeakyReLU(net)).source


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


@pytest.fixture
def graphviz(monkeypatch, tmp_path):
    """A program in the place of Graphviz's, which gives back how it is called, and with what."""
    for name in ("dot", "neato"):
        program = tmp_path / "programs" / name
        program.parent.mkdir(exist_ok=True)
        program.write_text(f"#!{sys.executable}\nimport sys\n"
                           "print(sys.argv[0].split('/')[-1], *sys.argv[1:])\n"
                           "print(sys.stdin.read(), end='')\n")
        program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path / "programs"))
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("save_format", ["pdf", "dot", "svg", "png", "jpg", "ps"])
def test_formats_are_graphvizs(graphviz, save_format):
    drawing = mx.viz.plot_network(mlp(), title="net", save_format=save_format)
    assert drawing.pipe() == f"dot -T{save_format}\n{drawing.source}".encode()
    assert drawing.pipe("gif", encoding="utf-8", engine="neato").startswith("neato -Tgif\n")
    assert drawing.render() == f"net.gv.{save_format}" and Path("net.gv").exists()


def be_dot(tmp_path, monkeypatch, lines):
    """A program dot of these lines of Python, in the place of Graphviz's."""
    (tmp_path / "dot").write_text(f"#!{sys.executable}\n{lines}\n")
    (tmp_path / "dot").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    return mx.viz.plot_network(mlp())


def test_what_a_failing_graphviz_says_arrives(tmp_path, monkeypatch):
    drawing = be_dot(tmp_path, monkeypatch, "import sys; print('half a picture', flush=True)\n"
                     "sys.stderr.buffer.write(b'Error:\\nsyntax caf\\xe9'); sys.exit(3)")
    with pytest.raises(mx.MXNetError, match=r"dot -Tsvg gave no picture: Error: syntax caf\?"):
        drawing.render(str(tmp_path / "net"), format="svg")
    assert [one.name for one in tmp_path.iterdir()] == ["dot"]


def test_graphviz_may_write_much_and_read_nothing(tmp_path, monkeypatch):
    drawing = be_dot(tmp_path, monkeypatch, "import sys; sys.stderr.write('x' * 300_000)\n"
                     "sys.stdout.write('y' * 300_000)")
    drawing.attr(comment="z" * 300_000)
    assert drawing.pipe() == b"y" * 300_000


def test_ctrl_c_ends_a_graphviz_that_hangs(tmp_path, monkeypatch):
    number = tmp_path / "number"
    drawing = be_dot(tmp_path, monkeypatch, "import os, time\n"
                     f"open({str(number)!r}, 'w').write(f'{{os.getpid()}}.')\ntime.sleep(60)")
    number.touch()

    def interrupt():  # other threads run while Graphviz works
        for _ in range(3000):
            if number.read_text().endswith("."):
                break
            time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        drawing.pipe("svg")
    thread.join()
    with pytest.raises(ProcessLookupError):
        os.kill(int(number.read_text()[:-1]), 0)


def test_what_graphviz_does_not_know():
    with pytest.raises(ValueError, match="unknown format 'word'"):
        mx.viz.plot_network(mlp(), save_format="word")
    drawing = mx.viz.plot_network(mlp())
    for name in ("format", "engine"):
        with pytest.raises(ValueError, match=f"unknown {name}"):
            setattr(drawing, name, "word")
        with pytest.raises(ValueError, match=f"unknown {name} '-o there'"):
            drawing.pipe(**{name: "-o there"})
    drawing.format, drawing.engine = "PNG", "Neato"
    assert (drawing.format, drawing.engine) == ("png", "neato")
    with pytest.raises(ValueError, match="attr"):
        drawing.attr("leaf", color="red")


def test_attributes_of_a_drawing():
    drawing = mx.viz.plot_network(mlp(), title="net")
    plain, other = drawing.source, drawing.copy()
    drawing.graph_attr["rankdir"] = "LR"
    drawing.node_attr.update(fontname="Courier", tooltip='a "word"')
    head, rest = drawing.source.split("\tnode [fontname=\"Courier\"")
    assert head.endswith('\tgraph [rankdir="LR"]\n') and rest.startswith(' tooltip="a \\"word\\""]')
    drawing.attr(label="A net")
    drawing.attr("edge", color="red")
    drawing.edges([("fc1", "mine"), "ab"])
    assert drawing.body[-4:-2] == ['\tgraph [label="A net"]\n', '\tedge [color="red"]\n']
    assert '"a" -> "b"' in list(drawing)[-2]
    drawing.clear()
    assert drawing.body == [] and drawing.graph_attr == {} and other.source == plain


@pytest.mark.parametrize("value, text", [
    (r"one\ltwo\l", r"one\ltwo\l"), ('a "b"', r'a \"b\"'), (r'a \"b', r'a \"b'), (r'\\"b', r'\\\"b'),
    ("C:\\", r"C:\\"), (r"C:\\", r"C:\\"), ('"; b [label="', r'\"; b [label=\"'), ("", "")])
def test_values_of_attributes_stay_one_string(value, text):
    drawing = mx.viz.plot_network(mlp())
    drawing.attr(label=value)
    drawing.node_attr["tooltip"] = value
    assert drawing.body[-1] == f'\tgraph [label="{text}"]\n'
    assert f'\tnode [tooltip="{text}"]\n' in drawing.source


def test_a_drawing_keeps_its_file(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    drawing = mx.viz.plot_network(mlp(), title="net")
    assert (drawing.filename, drawing.directory, drawing.engine) == ("net.gv", "", "dot")
    assert drawing.save("mine.gv", "there") == drawing.filepath == str(Path("there", "mine.gv"))
    drawing.attr(label="later")
    text = Path(drawing.save()).read_text()
    assert text == drawing.source and "later" in text
