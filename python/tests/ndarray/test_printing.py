"""Arrays are printed as MXNet printed them, whatever the NumPy."""
import mxnet as mx
import numpy as onp
import pytest


@pytest.fixture
def np():
    with mx.util.np_shape(True), mx.util.np_array(True):
        yield mx.np


def test_long_arrays_do_not_say_their_shape(np):
    assert repr(np.zeros(2000)) == "array([0., 0., 0., ..., 0., 0., 0.])"
    assert repr(np.zeros(2000, dtype="int32")) == "array([0, 0, 0, ..., 0, 0, 0], dtype=int32)"


def test_types_stand_on_a_line_of_their_own_where_numpy_puts_them_there(np):
    values = np.array([97, 119, 36, 122, 21, 119, 12, 78, 51, 92, 54, 108], dtype="uint8")
    assert repr(values) == ("array([ 97, 119,  36, 122,  21, 119,  12,  78,  51,  92,  54, 108],\n"
                            "      dtype=uint8)")


def test_empty_arrays_of_truths_say_what_they_are(np):
    assert repr(np.zeros((0, 2), dtype=bool)) == "array([], shape=(0, 2), dtype=bool)"
    assert repr(np.zeros((0, 2))) == "array([], shape=(0, 2))"
    assert repr(np.array([True], dtype=bool)) == "array([ True])"


def test_numbers_are_written_alike_with_every_numpy(np):
    assert str(np.array([1147, 3.326], dtype="float16")) == "[1147.       3.326]"
    assert str(np.array(176715980.0)) == "176715980.0"
    assert str(mx.nd.array([[1147, 3.326]], dtype="float16")) == (
        "\n[[1147.       3.326]]\n<NDArray 1x2 @cpu(0)>")


def test_options_of_the_program_hold(np):
    with onp.printoptions(precision=2):
        assert str(np.array([1.2345])) == "[1.23]"
    with onp.printoptions(threshold=3, edgeitems=1):
        assert str(np.arange(9)) == "[0. ... 8.]"
