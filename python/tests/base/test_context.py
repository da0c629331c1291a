"""Places, and what the package says of itself."""
import pickle
import subprocess
import sys
import threading

import gluino as mx
import pytest
from gluino import nd


def test_contexts():
    assert repr(mx.cpu()) == str(mx.cpu(0)) == "cpu(0)" and repr(mx.gpu(3)) == "gpu(3)"
    assert mx.cpu(0) == mx.cpu() != mx.cpu(1) and mx.cpu() != mx.gpu() and mx.cpu() != "cpu(0)"
    assert {mx.cpu(): 1}[mx.Context("cpu", 0)] == 1
    assert mx.Context(mx.cpu(2)) == mx.cpu(2)
    assert (mx.gpu(1).device_type, mx.gpu(1).device_id, mx.gpu().device_typeid) == ("gpu", 1, 2)
    assert pickle.loads(pickle.dumps(mx.cpu(2))) == mx.cpu(2)
    with pytest.raises(KeyError, match="expected one of cpu, gpu, .* got 'tpu'"):
        mx.Context("tpu")


def test_scopes():
    assert mx.current_context() == mx.cpu(0)
    with mx.cpu(1) as place:
        assert place == mx.current_context() == nd.zeros((1,)).context == mx.cpu(1)
        with mx.Context("cpu", 2):
            assert nd.array([1]).context == mx.cpu(2)
        assert mx.Context.default_ctx == mx.cpu(1)
    assert mx.current_context() == mx.cpu(0)


def test_no_gpu():
    if mx.num_gpus() > 0:
        pytest.skip("there is a GPU")
    for call in (lambda: nd.zeros((1,), ctx=mx.gpu()), lambda: nd.ones((1,)).as_in_context(mx.gpu()),
                 lambda: mx.context.gpu_memory_info(0)):
        with pytest.raises(mx.MXNetError):
            call()


def test_errors():
    assert issubclass(mx.MXNetError, RuntimeError) and mx.base.MXNetError is mx.MXNetError
    for kind in (mx.base.NotImplementedForSymbol, mx.base.NotSupportedForSparseNDArray):
        assert issubclass(kind, mx.MXNetError)
    assert repr(mx.base._Null) == "_Null"
    assert pickle.loads(pickle.dumps(mx.base._Null)) is mx.base._Null
    with pytest.raises(mx.MXNetError, match="no_such_option.*num_hidden"):
        nd.FullyConnected(nd.ones((1, 1)), nd.ones((1, 1)), num_hidden=1, no_bias=True,
                          no_such_option=1)


def test_features():
    features = mx.runtime.Features()
    assert not features.is_enabled("CUDA") and "CPU_AVX2" in features
    assert repr(features["CUDA"]) == "✖ CUDA" and features["PROFILER"].enabled
    with pytest.raises(RuntimeError):
        features.is_enabled("none such")


@pytest.mark.parametrize("module", """gluino.ndarray.ndarray gluino.ndarray.sparse gluino.base
    gluino.symbol.symbol gluino.autograd gluino.context gluino.executor gluino.name
    gluino.attribute gluino.random gluino.runtime gluino.libinfo gluino.engine""".split())
def test_each_module_is_the_first_that_is_imported(module):
    subprocess.run([sys.executable, "-c", f"import {module}"], check=True)


def test_small_tools():
    base = mx.base
    assert base.py_str(b"abc") == base.py_str("abc") == "abc"
    assert base._as_list(1) == [1] and base._as_list((1,)) == (1,)
    assert base.mx_real_t(1).dtype == "float32"


def test_what_is_in_force_on_this_thread():
    """Under the names that MXNet's programs ask."""
    seen = {}

    def look():
        seen["names"] = mx.name.NameManager._current.value
        seen["attributes"] = dict(mx.AttrScope._current.value._attr)
        seen["context"] = mx.Context._default_ctx.value
        seen["np"] = mx.util._NumpyArrayScope._current.value._is_np_array

    with mx.name.NameManager() as names, mx.AttrScope(a="b"), mx.cpu(3), mx.util.np_array(True):
        look()
        assert seen == {"names": names, "attributes": {"a": "b"}, "context": mx.cpu(3), "np": True}
        thread = threading.Thread(target=look)
        thread.start()
        thread.join()
    assert seen["names"] is not names
    assert (seen["attributes"], seen["context"], seen["np"]) == ({}, mx.cpu(0), False)


def test_what_is_in_force_can_be_put_elsewhere_on_this_thread_alone():
    seen, meanwhile = {}, threading.Event()

    def other():
        with mx.cpu(3), mx.AttrScope(x="other"), mx.name.NameManager() as names, mx.util.np_array(False):
            meanwhile.wait()
            seen["context"] = mx.current_context()
            seen["attribute"] = mx.sym.var("a").attr("x")
            seen["names"] = mx.name.NameManager._current.value is names
            seen["np"] = mx.util.is_np_array()

    scope = mx.util._NumpyArrayScope
    thread = threading.Thread(target=other)
    thread.start()
    try:
        with mx.AttrScope(x="outer"):
            with mx.AttrScope(x="inner"):
                mx.AttrScope._current.value = put = mx.AttrScope(y="put")
                assert mx.AttrScope._current.value is put
                assert mx.sym.var("a").list_attr() == {"y": "put"}
            assert mx.sym.var("a").list_attr() == {"x": "outer"}
        assert mx.sym.var("a").list_attr() == {}
        with mx.name.NameManager():
            mx.name.NameManager._current.value = mx.name.Prefix("put_")
            assert (mx.sym.var("a") + 1).name.startswith("put_")
        assert not (mx.sym.var("a") + 1).name.startswith("put_")
        before = mx.name.NameManager._current.value
        mx.name.NameManager._current.value = mx.name.Prefix("put_")
        assert (mx.sym.var("a") + 1).name.startswith("put_")
        mx.name.NameManager._current.value = before
        assert not (mx.sym.var("a") + 1).name.startswith("put_")
        mx.Context._default_ctx.value = mx.cpu(2)
        assert mx.nd.ones(1).context == mx.cpu(2)
        scope._current.value = scope(True)
        assert mx.util.is_np_array()
    finally:
        mx.Context._default_ctx.value = mx.cpu(0)
        scope._current.value = scope(False)
        meanwhile.set()
        thread.join()
    assert seen == {"context": mx.cpu(3), "attribute": "other", "names": True, "np": False}
