"""The drawing board of notebooks, without a browser: what its page sends and is told."""
import http.server
import json
import sys
import threading

import numpy as np
import pytest

import gluino as mx
from gluino import nd
from gluino.notebook import DrawingBoard, as_digit


def canvas(*boxes, side=280):
    """Ink in boxes (top, bottom, left, right)."""
    ink = np.zeros((side, side), "uint8")
    for top, bottom, left, right in boxes:
        ink[top:bottom, left:right] = 255
    return ink


def test_a_drawing_becomes_as_mnist_has_them():
    image = as_digit(nd.array(canvas((10, 210, 5, 45)), dtype="uint8"))
    assert image.shape == (28, 28) and image.dtype == np.float32
    pixels = image.asnumpy()
    ys, xs = pixels.nonzero()
    assert (ys.min(), ys.max(), xs.min(), xs.max()) == (4, 23, 12, 15)
    assert pixels.max() == 1 and pixels.sum() == 20 * 4

    # An L: the mass is in the middle, not the box.
    pixels = as_digit(nd.array(canvas((0, 200, 0, 40), (160, 200, 0, 160)), dtype="uint8")).asnumpy()
    centre = [(pixels.sum(axis=1 - axis) * (np.arange(28) + 0.5)).sum() / pixels.sum()
              for axis in (0, 1)]
    assert np.abs(np.array(centre) - 14.5).max() <= 0.5


def test_small_and_odd_drawings():
    assert as_digit(nd.zeros((280, 280), dtype="uint8")).asnumpy().sum() == 0
    dot = as_digit(nd.array(canvas((5, 6, 7, 8), side=28), dtype="uint8")).asnumpy()
    assert dot.max() == 1 and (dot > 0).sum() == 400
    line = as_digit(nd.array(canvas((100, 102, 0, 280)), dtype="uint8")).asnumpy()
    assert (line > 0).any(axis=0).sum() == 20
    with pytest.raises(mx.MXNetError, match="height, width"):
        as_digit(nd.zeros((1, 28, 28), dtype="uint8"))


class Board:
    """A board, and what its page is told."""

    def __init__(self, monkeypatch, *args, **kwargs):
        pytest.importorskip("anywidget", reason="the board needs anywidget, which is not installed")
        self.board = DrawingBoard(*args, **kwargs)
        self.sent = []
        monkeypatch.setattr(self.board.widget, "send",
                            lambda message, buffers=None: self.sent.append((message, buffers)))

    def draw(self, ink):
        message = {"kind": "classify", "width": ink.shape[1], "height": ink.shape[0]}
        self.board.widget._handle_custom_msg(message, [memoryview(ink.tobytes())])
        return self.sent[-1]


ONE = canvas((10, 210, 100, 140))


def test_scores(monkeypatch):
    given = []

    def classify(image):
        given.append(image)
        return nd.array([[0.25, 0.5, 0.25]])

    one = Board(monkeypatch, classify)
    message, buffers = one.draw(ONE)
    assert message == {"kind": "answer", "text": "1", "scores": [0.25, 0.5, 0.25]}
    assert given[0].shape == (28, 28) and one.board.drawing is given[0]
    assert one.board.answer.shape == (1, 3)
    assert list(buffers[0]) == (given[0] * 255).asnumpy().round().astype("uint8").ravel().tolist()


@pytest.mark.parametrize("answer, text", [
    ("a seven", "a seven"), (7, "7"), (np.int64(7), "7"), (nd.array([7]), "7"),
    (np.array([0.25]), "0.25")])
def test_other_answers(monkeypatch, answer, text):
    message, _ = Board(monkeypatch, lambda image: answer).draw(ONE)
    assert message == {"kind": "answer", "text": text, "scores": []}


def test_mistakes_are_shown(monkeypatch):
    one = Board(monkeypatch, lambda image: image.reshape((3, 5)))
    message, _ = one.draw(ONE)
    assert message["error"].startswith(("MXNetError: ", "ValueError: ")) and one.board.answer is None
    one.board.widget._handle_custom_msg({"kind": "else"}, [])
    assert len(one.sent) == 1


def test_in_np_mode_the_drawing_is_one_of_np(monkeypatch):
    mx.npx.set_np()
    try:
        one = Board(monkeypatch, lambda image: mx.npx.softmax(image[14:15, :10]))
        message, _ = one.draw(ONE)
        assert type(one.board.drawing) is mx.np.ndarray
        assert sum(message["scores"]) == pytest.approx(1)
    finally:
        mx.npx.reset_np()


def test_it_is_shown(monkeypatch):
    bundle = Board(monkeypatch, str).board._repr_mimebundle_()
    data = bundle[0] if isinstance(bundle, tuple) else bundle
    assert "application/vnd.jupyter.widget-view+json" in data


class Served(http.server.BaseHTTPRequestHandler):
    """Answers as `digits serve` does, with what the server's `answer` says."""

    def do_POST(self):
        self.server.asked.append((self.path, self.rfile.read(int(self.headers["Content-Length"]))))
        status, answer = self.server.answer
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps(answer).encode())

    def log_message(self, *args):
        pass


@pytest.fixture
def server():
    with http.server.HTTPServer(("127.0.0.1", 0), Served) as one:
        one.asked = []
        threading.Thread(target=one.serve_forever, daemon=True).start()
        yield one
        one.shutdown()


def test_a_server_is_asked(monkeypatch, server):
    scores = [0.0] * 7 + [0.75, 0.25, 0.0]
    digit = {"digit": 7, "probability": 0.75, "probabilities": scores, "box": [1, 2, 3, 4]}
    one = Board(monkeypatch, server=f"http://127.0.0.1:{server.server_port}/")
    server.answer = 200, {"text": "7", "digits": [digit]}
    assert one.draw(ONE)[0] == {"kind": "answer", "text": "7", "scores": scores}
    path, picture = server.asked[0]
    assert path == "/classify"
    assert picture == b"P5 280 280 255\n" + (255 - ONE).tobytes()
    assert one.board.answer == server.answer[1]

    server.answer = 200, {"text": "77", "digits": [digit, digit]}
    assert one.draw(ONE)[0] == {"kind": "answer", "text": "77", "scores": []}
    server.answer = 200, {"text": "", "digits": []}
    assert one.draw(ONE)[0]["text"] == "none"
    server.answer = 429, {"error": "too many requests wait"}
    assert "refuses: too many requests wait" in one.draw(ONE)[0]["error"]


def test_a_server_that_is_not_there(monkeypatch, server):
    address = f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    message, _ = Board(monkeypatch, server=address).draw(ONE)
    assert address in message["error"] and "digits serve" in message["error"]


def test_what_it_needs(monkeypatch):
    with pytest.raises(mx.MXNetError, match="either a function or a server"):
        DrawingBoard()
    from gluino import notebook
    notebook._widget_class.cache_clear()
    monkeypatch.setitem(sys.modules, "anywidget", None)
    with pytest.raises(ImportError, match="pip install anywidget"):
        DrawingBoard(str)


def test_images_are_shown_as_such():
    for shape in ((16, 20), (16, 20, 1), (16, 20, 3)):
        image = nd.random.uniform(0, 255, shape=shape).astype("uint8")
        back = mx.image.imdecode(image._repr_png_(), flag=int(shape[2:] == (3,)))
        np.testing.assert_array_equal(back.asnumpy().reshape(shape), image.asnumpy())
    assert nd.zeros((16, 16), dtype="uint8").as_np_ndarray()._repr_png_()[1:4] == b"PNG"
    for other in (nd.zeros((16, 20)), nd.zeros((3, 3), dtype="uint8"), nd.zeros((20,), dtype="uint8"),
                  nd.zeros((16, 20, 2), dtype="uint8"), nd.zeros((2, 2000), dtype="uint8")):
        assert other._repr_png_() is None
