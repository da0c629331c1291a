"""Graphs as MXNet 2 writes them: its names of operators, and options that are only its own."""
import json

import numpy as onp
import pytest
from gluino import gluon, np, npx, sym
from gluino.base import MXNetError

X = onp.array([[3.0, 1.0, -2.0], [0.5, 4.0, 7.0]], dtype="float32")
SQUARE = onp.array([[4.0, 1.0], [1.0, 3.0]], dtype="float32")
IMAGES = onp.arange(32, dtype="float32").reshape(1, 2, 4, 4)
NO_AXIS = {"axis": "None", "initial": "None", "keepdims": "0"}
WITH_NAN = onp.array([[onp.nan, 2.0, onp.nan], [onp.nan, 2.0, 5.0]], dtype="float32")
SIDES = {"axisa": "-1", "axisb": "-1", "axisc": "-1"}
TOTAL = {**NO_AXIS, "dtype": "None"}
PLACES = onp.array([[0, 1], [1, 0]], dtype="int32")
POINTS = {"left": "None", "right": "None", "period": "None"}
PRECISION = {"finfoEps32": "1.1920929e-07", "finfoEps64": "2.220446049250313e-16"}


@pytest.fixture(autouse=True)
def np_mode():
    npx.set_np()
    yield
    npx.reset_np()


def computed(op, attributes, *arrays, outputs=1):
    """What a file with one operator gives."""
    names = ["data"] if len(arrays) == 1 else [f"data{i}" for i in range(len(arrays))]
    nodes = [{"op": "null", "name": name, "inputs": []} for name in names]
    nodes.append({"op": op, "name": "node_0", "attrs": attributes,
                  "inputs": [[i, 0, 0] for i in range(len(arrays))]})
    text = json.dumps({"nodes": nodes, "arg_nodes": list(range(len(arrays))),
                       "node_row_ptr": list(range(len(nodes) + 1)),
                       "heads": [[len(arrays), i, 0] for i in range(outputs)],
                       "attrs": {"is_np_shape": ["int", 1], "mxnet_version": ["int", 20000]}})
    block = gluon.SymbolBlock(sym.fromjson(text), [sym.var(name).as_np_ndarray() for name in names])
    return block(*(np.array(array) for array in arrays))


@pytest.mark.parametrize("op, attributes, arrays, expected", [
    ("_npi_sum", TOTAL, [X], X.sum()),
    ("_npi_sum", {**TOTAL, "axis": "[-1,0]", "keepdims": "1"}, [X], X.sum(keepdims=True)),
    ("_npi_prod", {**TOTAL, "axis": "[0]"}, [X], X.prod(axis=0)),
    ("_npi_max", {**NO_AXIS, "axis": "[1]"}, [X], X.max(axis=1)),
    ("_npi_min", NO_AXIS, [X], X.min()),
    ("_npi_all", {"axis": "[0]", "keepdims": "0"}, [X], [True] * 3),
    ("_npi_any", {"axis": "None", "keepdims": "0"}, [X], True),
    ("_npi_cumsum", {"axis": "1", "dtype": "None"}, [X], X.cumsum(axis=1)),
    ("_npi_dot", {}, [X, X.T], X @ X.T),
    ("_npi_trace", {"axis1": "0", "axis2": "1", "offset": "1"}, [X], X.trace(1)),
    ("_npi_diag", {"k": "0"}, [X[0]], onp.diag(X[0])),
    ("_npi_diagflat", {"k": "1"}, [X[0]], onp.diagflat(X[0], 1)),
    ("_npi_diagonal", {"axis1": "0", "axis2": "1", "offset": "0"}, [X], X.diagonal()),
    ("_npi_transpose", {"axes": "None"}, [X], X.T),
    ("_npi_moveaxis", {"source": "[0]", "destination": "[1]"}, [X], X.T),
    ("_npi_squeeze", {"axis": "None"}, [X[:, None]], X),
    ("_npi_roll", {"axis": "[1]", "shift": "[1]"}, [X], onp.roll(X, 1, 1)),
    ("_npi_copy", {}, [X], X),
    ("_npi_flip", {"axis": "None"}, [X], onp.flip(X)),
    ("_npi_flip", {"axis": "[0]"}, [X], onp.flip(X, 0)),
    ("sort", {"axis": "-1", "is_ascend_s": "1"}, [X], onp.sort(X)),
    ("argsort", {"axis": "0", "dtype": "int64", "is_ascend_s": "1"}, [X], onp.argsort(X, 0)),
    ("_npi_around", {"decimal": "0"}, [X], onp.around(X)),
    ("_npi_cholesky", {"lower": "1"}, [SQUARE], onp.linalg.cholesky(SQUARE)),
    ("_npi_pad", {"constant_values": "0", "mode": "reflect", "pad_width": "[[1,0],[0,1]]",
                  "reflect_type": "even"}, [X], onp.pad(X, ((1, 0), (0, 1)), "reflect")),
    ("Pooling", {"count_include_pad": "None", "cudnn_off": "0", "global_pool": "0",
                 "kernel": "[2,2]", "layout": "None", "output_size": "None", "p_value": "None",
                 "pad": "[0,0]", "pool_type": "max", "pooling_convention": "valid",
                 "stride": "[2,2]"}, [IMAGES], IMAGES[:, :, 1::2, 1::2]),
    ("_linalg_det", {}, [SQUARE], 11.0),
    ("_linalg_det", {}, [onp.stack([SQUARE, 2 * SQUARE])], [11.0, 44.0]),
    ("_npi_cross", SIDES, [X, X[::-1]], onp.cross(X, X[::-1])),
    ("_npi_cross", SIDES, [X[0, :2], X[1, :2]], 11.5),
    ("_npi_cross", {"axisa": "0", "axisb": "1", "axisc": "0"}, [X, onp.stack([X[1]] * 3)],
     onp.cross(onp.pad(X.T, ((0, 0), (0, 1))), X[1]).T),
    ("_npi_kron", {}, [SQUARE, X], onp.kron(SQUARE, X)),
    ("_npi_kron", {}, [X[0], IMAGES[0]], onp.kron(X[0], IMAGES[0])),
    ("_npi_floor_divide", {}, [X, X[::-1]], onp.floor_divide(X, X[::-1])),
    ("_npi_floor_divide_scalar", {"is_int": "0", "scalar": "2.5"}, [X], onp.floor_divide(X, 2.5)),
    ("_npi_rfloor_divide_scalar", {"is_int": "1", "scalar": "7"}, [X], onp.floor_divide(7, X)),
    ("_npi_fmax", {}, [X, WITH_NAN], [[3.0, 2.0, -2.0], [0.5, 4.0, 7.0]]),
    ("_npi_fmin", {}, [X, WITH_NAN], [[3.0, 1.0, -2.0], [0.5, 2.0, 5.0]]),
    ("_npi_fmax_scalar", {"is_int": "0", "scalar": "0.75"}, [X], onp.fmax(X, 0.75)),
    ("_npi_fmin_scalar", {"is_int": "0", "scalar": "0.75"}, [X], onp.fmin(X, 0.75)),
    ("_npi_logaddexp", {}, [X, X[::-1]], onp.logaddexp(X, X[::-1])),
    ("_npi_logaddexp_scalar", {"is_int": "0", "scalar": "0.5"}, [X], onp.logaddexp(X, 0.5)),
    ("_npi_triu", {"k": "1"}, [SQUARE], onp.triu(SQUARE, 1)),
    ("_npi_triu", {"k": "-1"}, [IMAGES], onp.triu(IMAGES, -1)),
    ("_npi_triu", {"k": "0"}, [X[0]], onp.triu(X[0])),
    ("_npi_rollaxis", {"axis": "2", "start": "0"}, [IMAGES], onp.rollaxis(IMAGES, 2)),
    ("_npi_rollaxis", {"axis": "-1", "start": "-2"}, [IMAGES], onp.rollaxis(IMAGES, -1, -2)),
    ("_npi_rollaxis", {"axis": "0", "start": "4"}, [IMAGES], onp.rollaxis(IMAGES, 0, 4)),
    ("_npi_repeats", {"axis": "None", "repeats": "[2]"}, [X], X.repeat(2)),
    ("_npi_repeats", {"axis": "1", "repeats": "[1,2,0]"}, [X], X.repeat([1, 2, 0], axis=1)),
    ("Concat", {"dim": "None", "num_args": "2"}, [SQUARE, X[0]], [4.0, 1.0, 1.0, 3.0, *X[0]]),
    ("Concat", {"dim": "0", "num_args": "2"}, [X, X], onp.concatenate([X, X])),
    ("_npi_hstack", {"dim": "None", "num_args": "2"}, [X, X], onp.hstack([X, X])),
    ("_npi_hstack", {"dim": "None", "num_args": "2"}, [X[0], X[1]], X.ravel()),
    ("_npi_interp", {**POINTS, "x_is_scalar": "False", "x_scalar": "0.0"}, [[0, 1, 3], X[0], X[1]],
     onp.interp(X[1], [0, 1, 3], X[0])),
    ("_npi_interp", {**POINTS, "period": "4", "x_is_scalar": "True", "x_scalar": "3.5"},
     [[0, 1, 3], X[0]], onp.interp(3.5, [0, 1, 3], X[0], period=4)),
    ("_npi_fill_diagonal", {"val": "[9.0,8.0]", "wrap": "0"}, [X], [[9, 1, -2], [0.5, 8, 7]]),
    ("_npi_fill_diagonal", {"val": "[9.0]", "wrap": "1"}, [X.reshape(6, 1)],
     [[9], [1], [9], [0.5], [9], [7]]),
    ("_npi_fmod", {}, [X, X[::-1]], onp.fmod(X, X[::-1])),
    ("_npi_fmod_scalar", {"is_int": "0", "scalar": "-2.5"}, [X], onp.fmod(X, -2.5)),
    ("_npi_rfmod_scalar", {"is_int": "0", "scalar": "-7.0"}, [X], onp.fmod(-7, X)),
    ("_npi_logical_and", {}, [X > 1, [1.0, 0.0, 2.0]], onp.logical_and(X > 1, [1, 0, 2])),
    ("_npi_logical_or_scalar", {"is_int": "1", "scalar": "0.0"}, [X > 1], X > 1),
    ("_npi_logical_xor_scalar", {"is_int": "1", "scalar": "300.0"}, [PLACES], PLACES == 0),
    ("_npx_index_update", {}, [X, PLACES, [9.0, 8.0]], [[3, 9, -2], [8, 4, 7]]),
    ("_npx_index_add", {}, [X, [[1, 1]], X[:1]], X + [[0, 0, 0], 2 * X[0]]),
    ("_npi_advanced_indexing", {}, [X, [1, -1, 0]], X[[1, -1, 0]]),
    ("_npi_advanced_indexing_multiple", {}, [X, PLACES], X[tuple(PLACES)]),
    ("_npi_amax", NO_AXIS, [X], X.max()),
    ("_npx_pad", {"mode": "constant", "pad_width": "(0, 0, 0, 0, 1, 1, 1, 1)"}, [IMAGES],
     onp.pad(IMAGES, ((0, 0), (0, 0), (1, 1), (1, 1)))),
    ("_npi_matrix_rank_none_tol", {**PRECISION, "hermitian": "False"}, [X], 2),
    ("_npi_matrix_rank", {"hermitian": "False"}, [X, onp.float32(5)], 1),
    ("masked_softmax", {"axis": "1", "temperature": "2"}, [X, X > 1],
     [[1, 0, 0], [0, *onp.exp([2, 3.5]) / onp.exp([2, 3.5]).sum()]]),
    ("_npx_masked_log_softmax", {"normalize": "True"}, [X, [[True, False, False]]],
     [[0, -onp.inf, -onp.inf]] * 2),
])
def test_operators(op, attributes, arrays, expected):
    result = computed(op, attributes, *arrays)
    assert result.shape == onp.shape(expected)
    onp.testing.assert_allclose(result.asnumpy(), expected, rtol=1e-5)


@pytest.mark.parametrize("shape", [(3, 3), (2, 3, 5), (2, 5, 3)])
def test_qr(shape):
    a = onp.random.RandomState(0).randn(*shape).astype("float32")
    q, r = computed("_npi_qr", {}, a, outputs=2)
    expected = onp.linalg.qr(a[0] if a.ndim == 3 else a)
    for found, other in zip((q, r), expected):
        onp.testing.assert_allclose((found[0] if a.ndim == 3 else found).asnumpy(), other,
                                    rtol=1e-4, atol=1e-5)
    onp.testing.assert_allclose((q @ r).asnumpy(), a, rtol=1e-4, atol=1e-5)


def test_a_triangle_of_nothing():
    node = {"op": "_npi_tri", "name": "tri0", "inputs": [],
            "attrs": {"M": "4", "N": "3", "ctx": "cpu(0)", "dtype": "float32", "k": "-1"}}
    graph = sym.fromjson(json.dumps({"nodes": [node], "arg_nodes": [], "heads": [[0, 0, 0]]}))
    for symbol in (graph, sym.np.tri(3, 4, k=-1)):
        assert symbol.eval()[0].asnumpy().tolist() == onp.tri(3, 4, -1).tolist()


def test_places_of_a_triangle():
    nodes = [{"op": "_npi_tril_indices", "name": "places", "inputs": [],
              "attrs": {"n": "4", "k": "-1", "m": "3"}}]
    graph = sym.fromjson(json.dumps({"nodes": nodes, "arg_nodes": [], "heads": [[0, 0, 0], [0, 1, 0]]}))
    for found, expected in zip(graph.eval(), onp.tril_indices(4, -1, 3)):
        assert found.asnumpy().tolist() == expected.tolist()


@pytest.mark.parametrize("columns", [None, 2])
def test_least_squares(columns):
    a = onp.random.RandomState(0).randn(5, 3).astype("float32")
    b = onp.random.RandomState(1).randn(*(5, columns)[:1 if columns is None else 2]).astype("float32")
    options = {**PRECISION, "new_default": "True", "rcond": "-1.0"}
    found = computed("_npi_lstsq", options, a, b, outputs=4)
    for one, expected in zip(found, onp.linalg.lstsq(a, b, rcond=None)):
        onp.testing.assert_allclose(one.asnumpy(), expected, rtol=1e-4)


def test_slogdet_of_one_matrix_has_no_axes():
    sign, logarithm = computed("_linalg_slogdet", {}, SQUARE, outputs=2)
    assert sign.shape == logarithm.shape == ()
    assert float(sign) == 1 and float(logarithm) == pytest.approx(onp.log(11))


def test_determinants_in_loops():
    npx.reset_np()  # so that files say nothing of shapes
    loop, _ = sym.contrib.foreach(lambda matrix, state: (sym.linalg.det(matrix), state),
                                  sym.var("x"), [sym.var("s")])
    graph = json.loads(loop.tojson())
    assert sym.fromjson(json.dumps(graph)).infer_shape(x=(3, 2, 2), s=(1,))[1][0] == (3, 1)
    graph["attrs"]["is_np_shape"] = ["int", 1]
    assert sym.fromjson(json.dumps(graph)).infer_shape(x=(3, 2, 2), s=(1,))[1][0] == (3,)


@pytest.mark.parametrize("op, attributes, said", [
    ("sort", {"axis": "-1", "is_ascend_s": "0"}, "is_ascend_s: expected one of 1, True"),
    ("_npi_around", {"decimal": "2"}, "decimal: expected one of 0"),
    ("_npi_cholesky", {"lower": "0"}, "lower: expected one of 1, True"),
])
def test_options_that_would_give_other_numbers_are_refused(op, attributes, said):
    with pytest.raises(MXNetError, match=said):
        computed(op, attributes, SQUARE)


def test_places_by_their_chances():
    places = computed("_sample_categorical", {"shape": "(50,)", "get_prob": "0", "dtype": "int32"},
                      onp.array([[0.5, 0.0, 0.5], [0.0, 1.0, 0.0]], dtype="float32"))
    assert set(places[0].tolist()) == {0, 2} and set(places[1].tolist()) == {1}


def test_parts_of_images_at_random():
    part = computed("_image_random_crop", {"width": "2", "height": "4", "xrange": "[0.5,0.5]"},
                    IMAGES[0].transpose(1, 2, 0))
    assert part.tolist() == IMAGES[0].transpose(1, 2, 0)[:, 1:3].tolist()
