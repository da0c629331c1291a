"""The switches between the old rules and NumPy's."""
import threading

import numpy as onp
import pytest
import gluino as mx
from gluino import np, npx, util
from gluino.util import is_np_array, is_np_shape


def both():
    return is_np_array(), is_np_shape()


def test_on_and_off():
    assert both() == (True, True)
    npx.reset_np()
    assert both() == (False, False)
    npx.set_np(array=False)
    assert both() == (False, True)
    with pytest.raises(ValueError):
        npx.set_np(shape=False)
    npx.set_np()


def test_for_the_whole_program():
    seen = []
    thread = threading.Thread(target=lambda: seen.append(both()))
    thread.start()
    thread.join()
    assert seen == [(True, True)]


def test_scopes_and_decorators():
    util.reset_np()
    with util.np_shape(), util.np_array():
        assert both() == (True, True)
        with util.np_array(False):
            assert both() == (False, True)
        assert both() == (True, True)
    assert both() == (False, False)
    assert util.use_np(both)() == (True, True)
    assert util.use_np_shape(both)() == (False, True)
    assert util.use_np_array(both)() == (True, False)
    assert util.np_shape(True)(both)() == (False, True)
    assert both() == (False, False)


def test_a_class_has_its_methods_decorated():
    util.reset_np()

    @util.use_np
    class Asked:
        def __init__(self):
            self.made = both()

        def method(self):
            return both()

        @staticmethod
        def alone():
            return both()

        @property
        def shown(self):
            return both()

    asked = Asked()
    assert [asked.made, asked.method(), Asked.alone(), asked.shown] == [(True, True)] * 4
    assert both() == (False, False) and Asked.__name__ == "Asked"


def test_an_error_leaves_the_scope():
    util.reset_np()
    with pytest.raises(KeyError), util.np_shape():
        raise KeyError
    assert both() == (False, False)


def test_default_types():
    from gluino import np
    npx.set_np(dtype=True)
    assert np.zeros(2).dtype == "float64" and np.array([1, 2]).dtype == "int64"
    assert np.arange(3).dtype == "int64"
    npx.set_np()
    assert np.zeros(2).dtype == "float32"


def test_process_variables(monkeypatch):
    util.setenv("GLUINO_TEST_VARIABLE", "5")
    assert util.getenv("GLUINO_TEST_VARIABLE") == "5"
    util.setenv("GLUINO_TEST_VARIABLE", None)
    assert util.getenv("GLUINO_TEST_VARIABLE") is None


def test_devices():
    assert util.get_gpu_count() == npx.num_gpus()
    with pytest.raises(Exception, match="gpu"):
        util.get_gpu_memory(0)


def test_legal_options():
    assert util.np_ufunc_legal_option("where", True) and util.np_ufunc_legal_option("dtype", "int8")
    assert not util.np_ufunc_legal_option("casting", "often")
    assert not util.np_ufunc_legal_option("foo", 1)


def test_the_default_of_dtype_may_be_written():
    from gluino import np
    values = np.array([0.0, 1.0])
    assert np.add(values, values, dtype=None).tolist() == [0, 2]
    assert np.exp(values[:1], dtype=None, where=True).tolist() == [1]


def test_results_of_whole_numbers_have_the_default_type():
    whole = np.array([[1, 2], [3, 4]], dtype="int32")
    makers = [np.mean, np.var, np.std, np.average, np.median, lambda a: a.mean(), lambda a: a.std(),
              lambda a: np.true_divide(a, a), lambda a: np.divide(a, 2), lambda a: np.hypot(a, a),
              lambda a: a / a, lambda a: a / 2, lambda a: 2 / a, lambda a: a / True,
              lambda a: a + 0.5, lambda a: 0.5 * a, lambda a: a ** 0.5]
    makers += [np.sqrt, np.exp, np.tanh, np.degrees, np.reciprocal]
    for make in makers:
        assert make(whole).dtype == onp.float32
        with util.np_default_dtype():
            assert make(whole).dtype == onp.float64
    with util.np_default_dtype():
        assert np.mean(whole, dtype="int32").dtype == onp.int32
        assert np.mean(whole.astype("float32")).dtype == onp.float32


def test_determinants_have_no_axes_in_np_shape():
    matrix = mx.nd.array([[2, 1], [1, 3]])
    for active, shape in ((True, ()), (False, (1,))):
        with mx.util.np_shape(active):
            results = [mx.nd.linalg.det(matrix), mx.nd.linalg_det(A=matrix),
                       *mx.nd.linalg.slogdet(matrix)]
            assert [result.shape for result in results] == [shape] * 4
            assert results[0].reshape((1,)).asscalar() == 5
            symbol = mx.sym.linalg.det(mx.sym.var("x"))
            assert symbol.name.startswith("det")
            assert symbol.infer_shape(x=(2, 2))[1] == [shape]
            assert '"op": "_linalg_det"' in symbol.tojson()  # which MXNet reads
            assert mx.sym.fromjson(symbol.tojson()).infer_shape(x=(2, 2))[1] == [shape]
            assert mx.nd.linalg.det(mx.nd.stack(matrix, matrix)).shape == (2,)
