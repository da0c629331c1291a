"""A board to draw digits on in a Jupyter notebook.

    board = mx.notebook.DrawingBoard(lambda image: net(image.reshape((1, 1, 28, 28))).softmax()[0])
    board

needs the package anywidget, and nothing from the web.
"""
import functools
import json
import pathlib
import urllib.error
import urllib.request

import numpy

from .. import ndarray as nd
from ..base import MXNetError
from ..image import imresize
from ..util import is_np_array

__all__ = ["DrawingBoard", "as_digit"]

_SIDE = 28  # of a network's image,
_BOX = 20  # and of the square inside that MNIST fits digits into.
_SECONDS = 10  # until a server must have answered


def as_digit(ink):
    """A drawing as MNIST's digits are: float32 (28, 28), paper 0 and ink 1, the longer side of
    what is drawn 20 pixels long, and its mass in the middle.

    `ink` is uint8 (height, width), paper 0 and ink 255. Blank paper stays blank. Raises MXNetError
    for other shapes.
    """
    if ink.ndim != 2:
        raise MXNetError(f"ink: expected the shape (height, width), got {ink.shape}")
    paper = nd.zeros((_SIDE, _SIDE))
    rows, columns = (_extent(ink, axis) for axis in (1, 0))
    if rows is None:
        return paper
    box = _fitted(ink[rows[0]:rows[1], columns[0]:columns[1]])
    height, width = box.shape
    top = _begin(box.sum(axis=1), height)
    left = _begin(box.sum(axis=0), width)
    paper[top:top + height, left:left + width] = box
    return paper


def _extent(ink, axis):
    """From where to where there is ink, or None."""
    dark = ink.max(axis=axis).asnumpy().nonzero()[0]
    return (int(dark[0]), int(dark[-1]) + 1) if len(dark) else None


def _fitted(ink):
    """The ink made larger or smaller so that its longer side just fits the box: float32."""
    height, width = ink.shape
    scale = _BOX / max(height, width)
    height, width = (max(1, round(side * scale)) for side in (height, width))
    area, cubic = 3, 2
    resized = imresize(ink.expand_dims(2), width, height, interp=area if scale < 1 else cubic)
    return resized.as_nd_ndarray().reshape((height, width)).astype("float32") / 255


def _begin(profile, size):
    """Where a box begins in the image, so that its centre of mass is in the middle."""
    places = nd.arange(size) + 0.5
    mass = profile.sum().asscalar()
    centre = (profile * places).sum().asscalar() / mass if mass > 0 else size / 2
    return min(max(round(_SIDE / 2 + 0.5 - centre), 0), _SIDE - size)


class DrawingBoard:
    """A canvas for mouse, pen and finger with the buttons Clear and Classify, and the answer beside
    it. A notebook shows it where it is the last value of a cell.

    Parameters
    ----------
    classify : callable, optional
        Called with the drawing, an NDArray as `as_digit` makes it. What it gives is shown: a text, a
        number, or one score from 0 to 1 for each class, as bars.
    server : str, optional
        The address of a running ``digits serve``, "http://127.0.0.1:8080", which is asked instead;
        it reads several digits, too. The kernel asks it, not the page.

    Raises
    ------
    ImportError
        When the package anywidget is not installed.
    MXNetError
        Unless either is given.
    """

    def __init__(self, classify=None, server=None):
        if (classify is None) == (server is None):
            raise MXNetError("DrawingBoard: expected either a function or a server")
        self._classify = classify
        self._server = server
        #: The drawing that was classified last, an NDArray (28, 28), or None.
        self.drawing = None
        #: What was said of it: the function's value, or the server's answer as a dictionary.
        self.answer = None
        #: The widget of the notebook.
        self.widget = _widget_class()()
        self.widget.on_msg(self._on_message)

    def _repr_mimebundle_(self, **options):
        return self.widget._repr_mimebundle_(**options)

    def _on_message(self, _widget, message, buffers):
        """The page sends the canvas: a byte of ink for each pixel."""
        if message.get("kind") != "classify":
            return
        shape = (message["height"], message["width"])
        pixels = numpy.frombuffer(buffers[0], dtype=numpy.uint8).reshape(shape)
        ink = nd.array(pixels, dtype="uint8")
        self.drawing = self.answer = None
        try:
            image = as_digit(ink)
            self.drawing = image.as_np_ndarray() if is_np_array() else image
            reply = self._answer_to(ink)
        except Exception as error:  # a notebook shows no error of what a page asked for
            kind = MXNetError if isinstance(error, MXNetError) else type(error)
            reply = {"error": f"{kind.__name__}: {error}"}
        # A server makes an image of its own.
        shown = None if self._server is not None else self.drawing
        seen = [] if shown is None else [_bytes_of(shown)]
        self.widget.send({"kind": "answer", **reply}, buffers=seen)

    def _answer_to(self, ink):
        if self._server is not None:
            self.answer = _ask(self._server, ink)
            digits = self.answer["digits"]
            return {"text": self.answer["text"] or "none",
                    "scores": digits[0]["probabilities"] if len(digits) == 1 else []}
        self.answer = self._classify(self.drawing)
        return _shown(self.answer)


def _bytes_of(image):
    return (image.as_nd_ndarray() * 255).round().astype("uint8").asnumpy().tobytes()


def _shown(answer):
    """An answer as text and scores."""
    values = answer.asnumpy() if isinstance(answer, nd.NDArray) else answer
    if hasattr(values, "reshape") and getattr(values, "size", 1) > 1:
        values = values.reshape(-1)
        return {"text": str(int(values.argmax())), "scores": [float(value) for value in values]}
    if hasattr(values, "reshape"):
        number = values.reshape(-1)[0].item()
        values = int(number) if number == int(number) else number
    return {"text": str(values), "scores": []}


def _ask(server, ink):
    """What `digits serve` says of a drawing: black on white, as a PGM file."""
    height, width = ink.shape
    picture = b"P5 %d %d 255\n" % (width, height) + (255 - ink).asnumpy().tobytes()
    request = urllib.request.Request(server.rstrip("/") + "/classify", data=picture,
                                     headers={"Content-Type": "image/x-portable-graymap"})
    try:
        with urllib.request.urlopen(request, timeout=_SECONDS) as reply:
            return json.load(reply)
    except urllib.error.HTTPError as error:
        raise MXNetError(f"{server} refuses: {_reason(error)}") from None
    except OSError as error:
        raise MXNetError(f"{server} does not answer: {error}. Is `digits serve` running?") from None


def _reason(error):
    try:
        return json.load(error)["error"]
    except (ValueError, KeyError):
        return f"{error.code} {error.reason}"


@functools.cache
def _widget_class():
    try:
        import anywidget
    except ImportError:
        raise ImportError("a drawing board in a notebook needs the package anywidget: "
                          "pip install anywidget, and load the page of the notebook again") from None
    folder = pathlib.Path(__file__).parent

    class BoardWidget(anywidget.AnyWidget):
        _esm = (folder / "drawing_board.js").read_text(encoding="utf-8")
        _css = (folder / "drawing_board.css").read_text(encoding="utf-8")

        def __repr__(self):
            return "DrawingBoard()"

    return BoardWidget
