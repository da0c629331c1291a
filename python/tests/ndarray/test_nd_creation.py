"""Arrays made of numbers and of arrays, their types, and how they are shown."""
import copy
import pickle

import gluino as mx
import numpy as np
import pytest
from gluino import nd


def values(array):
    return array.asnumpy().tolist()


@pytest.mark.parametrize("source", [
    [1, 2, 3], (1, 2), range(3), 5, 2.5, True, [[1, 2], [3, 4]], np.arange(6).reshape(2, 3),
    np.float64(2.5), np.arange(3, dtype="uint16"), np.array([1.5, 2], "float64"), [np.float32(1), 2]])
def test_numbers_become_float32(source):
    array = nd.array(source)
    assert array.dtype is np.float32
    assert array.shape == np.shape(source)
    assert np.array_equal(array.asnumpy(), np.asarray(source, "float32"))


def test_an_array_keeps_its_type():
    for dtype in ("int32", "float64", "uint8", "float16", "int64", "int8", "bool"):
        array = nd.array([0, 1], dtype=dtype)
        assert array.dtype == np.dtype(dtype).type
        assert array.dtype != dtype  # a type of NumPy's, no text
        again = nd.array(array)
        assert again.dtype is array.dtype and values(again) == values(array)
        assert nd.array(array, dtype="float64").dtype is np.float64


@pytest.mark.parametrize("make, expected", [
    (lambda: nd.zeros((2, 3)), np.zeros((2, 3))),
    (lambda: nd.zeros(3), np.zeros(3)),
    (lambda: nd.ones((2,), dtype="int32"), np.ones(2, "int32")),
    (lambda: nd.full((2, 2), 7), np.full((2, 2), 7)),
    (lambda: nd.arange(5), np.arange(5)),
    (lambda: nd.arange(2, 10, 3), np.arange(2, 10, 3)),
    (lambda: nd.arange(5, 0, -2), np.arange(5, 0, -2)),
    (lambda: nd.arange(3, repeat=2), np.repeat(np.arange(3), 2)),
    (lambda: nd.eye(3, 4, 1), np.eye(3, 4, 1)),
    (lambda: nd.eye(3, k=-1), np.eye(3, k=-1)),
    (lambda: nd.linspace(0, 1, 5), np.linspace(0, 1, 5)),
    (lambda: nd.linspace(0, 1, 4, endpoint=False), np.linspace(0, 1, 4, endpoint=False)),
])
def test_filled_arrays(make, expected):
    array = make()
    assert array.shape == expected.shape
    assert np.allclose(array.asnumpy(), expected)


def test_numbers_are_cut_to_narrow_types():
    assert values(nd.array([256, 257, -1], dtype="uint8")) == [0, 1, 255]
    assert values(nd.array([0, 1, 2], dtype="bool")) == [False, True, True]
    array = nd.zeros((2,), dtype="int8")
    array[:] = [128, 3]
    assert values(array) == [-128, 3]


def test_whole_numbers_are_exact():
    big = 2 ** 53 + 1
    assert values(nd.array([big, -big], dtype="int64")) == [big, -big]
    assert values(nd.full((2,), big, dtype="int64")) == [big, big]
    array = nd.zeros((2, 2), dtype="int64")
    array[0] = big
    array[1, 1] = 2 ** 62 + 1
    assert values(array) == [[big, big], [0, 2 ** 62 + 1]]


@pytest.mark.parametrize("shape", [(0,), (), (2, 0), (-1,)])
def test_old_rules_know_no_empty_shapes(shape):
    with pytest.raises(mx.MXNetError):
        nd.zeros(shape)


@pytest.mark.parametrize("shape", [(0,), (2, 0), 0, [0, 3]])
def test_empty_and_full_make_arrays_without_elements(shape):
    expected = np.empty(shape).shape
    assert nd.empty(shape).shape == expected and nd.empty(()).shape == ()
    full = nd.full(shape, 3, dtype="int32")
    assert full.shape == expected and full.dtype is np.int32 and full.asnumpy().tolist() == (
        np.empty(expected).tolist())
    with pytest.raises(mx.MXNetError):
        nd.full((), 3)


@pytest.mark.parametrize("shape", ["a", (2.5,), ("3",), None])
@pytest.mark.parametrize("make", [nd.zeros, nd.ones, nd.empty])
def test_shapes_are_whole_numbers(make, shape):
    with pytest.raises(TypeError, match="expected a shape of whole numbers"):
        make(shape)


def test_an_array_in_the_place_of_its_type():
    like = nd.zeros((1,), dtype="float64")
    for made in (nd.zeros(2, dtype=like), nd.full((2,), 3, dtype=like), nd.empty((2,), dtype=like),
                 nd.array([1], dtype=like), nd.arange(2, dtype=like), nd.ones(2).astype(like),
                 nd.cast(nd.ones(2), dtype=like), nd.random.uniform(shape=2, dtype=like),
                 nd.cast(nd.ones(2), dtype=np.float64(1))):
        assert made.dtype is np.float64


def test_no_type_is_float32():
    for array in (nd.zeros(2, dtype="int32"), mx.np.zeros(2, dtype="int32"),
                  nd.sparse.zeros("csr", (2, 2), dtype="float64")):
        assert np.dtype(array.astype(None).dtype) == np.dtype(array.astype(dtype=None).dtype) == "float32"


def test_wrong_sources():
    for wrong in ([[1, 2], [3]], "abc", {}):
        with pytest.raises((TypeError, ValueError)):
            nd.array(wrong)
    for dtype in ("uint16", np.complex64):
        with pytest.raises(mx.MXNetError, match="float32.*int8"):
            nd.array([1], dtype=dtype)
    with pytest.raises(TypeError):
        nd.array([1], dtype="float31")
    with pytest.raises(mx.MXNetError):
        nd.zeros((2,), ctx="cpu")


@pytest.mark.parametrize("array, text", [
    (lambda: nd.array([[1, 2], [3, 4]]), "\n[[1. 2.]\n [3. 4.]]\n<NDArray 2x2 @cpu(0)>"),
    (lambda: nd.array(5), "\n5.0\n<NDArray  @cpu(0)>"),
    (lambda: nd.array([1, 2], dtype="int8"), "\n[1 2]\n<NDArray 2 @cpu(0)>"),
    (lambda: nd.array([1], dtype="bool", ctx=mx.cpu(1)), "\n[ True]\n<NDArray 1 @cpu(1)>"),
])
def test_printing(array, text):
    assert repr(array()) == str(array()) == text


def test_pickling_and_copying():
    array = nd.array([[1, 2], [3, 4]], dtype="int32", ctx=mx.cpu(1))
    for other in (pickle.loads(pickle.dumps(array)), copy.copy(array), copy.deepcopy(array),
                  array.copy()):
        assert type(other) is mx.nd.NDArray
        assert other.context == mx.cpu(1) and other.dtype is np.int32
        other[:] = 0
        assert values(array) == [[1, 2], [3, 4]]


def test_astype_and_places():
    array = nd.array([1.7, -2.7])
    assert values(array.astype("int32")) == values(array.astype(np.int32)) == [1, -2]
    assert array.astype("float32", copy=False) is array
    assert array.astype("float32") is not array
    # To the type of another, as sockeye's losses say it.
    assert array.astype(nd.ones(3, dtype="int32")).dtype == np.int32
    assert array.astype(nd.ones(3), copy=False) is array
    assert mx.np.ones(2).astype(mx.np.ones(3, dtype="int32")).dtype == np.int32
    assert array.as_in_context(mx.cpu(0)) is array
    assert array.as_in_context(mx.cpu(2)).context == mx.cpu(2)
    target = nd.zeros((2,), dtype="float64")
    assert array.copyto(target) is target and np.allclose(target.asnumpy(), [1.7, -2.7])
    assert array.copyto(mx.cpu(1)).context == mx.cpu(1)
    with pytest.raises(TypeError):
        array.copyto(3)
    with pytest.raises(mx.MXNetError):
        array.copyto(nd.zeros((3,)))


def test_one_number():
    assert nd.array([3], dtype="int32").asscalar() == 3
    assert type(nd.array([[3]]).asscalar()) is np.float32
    with pytest.raises(ValueError, match=r"shape \(2,\) is not a scalar"):
        nd.ones((2,)).asscalar()
    assert bool(nd.ones((1,))) and not nd.zeros((1, 1))
    with pytest.raises(ValueError):
        bool(nd.ones((2,)))
    for function in (float, int):
        with pytest.raises(TypeError):
            function(nd.ones((1,)))
    assert len(nd.ones((3, 2))) == 3


def test_files(tmp_path):
    path = str(tmp_path / "arrays")
    nd.save(path, [nd.ones((2,)), nd.zeros((1, 3), dtype="int32")])
    loaded = nd.load(path)
    assert isinstance(loaded, list) and loaded[1].shape == (1, 3) and loaded[1].dtype is np.int32
    nd.save(path, {"a": nd.ones((2,)), "b": nd.arange(3)})
    loaded = nd.load(path)
    assert sorted(loaded) == ["a", "b"] and values(loaded["b"]) == [0, 1, 2]
    with open(path, "rb") as file:
        assert sorted(nd.load_frombuffer(file.read())) == ["a", "b"]
    nd.save(path, nd.ones((2,)))
    assert len(nd.load(path)) == 1
    nd.save(path, {})
    assert nd.load(path) == []
    for wrong, error, words in ((3, ValueError, "got <class 'int'>"), ([3], TypeError, "'int'.* among"),
                                ({1: nd.ones((1,))}, TypeError, r"texts as names, got \[1\]")):
        with pytest.raises(error, match=words):
            nd.save(path, wrong)
    with pytest.raises(mx.MXNetError):
        nd.load(path + "not there")
    with pytest.raises(TypeError):
        nd.load(3)
