"""ONNX' own tests of its operators, which come with its package: what is read computes what they say,
and the rest is refused by a sentence."""
import collections
import warnings

import gluino as mx
import numpy as np
import pytest

onnx = pytest.importorskip('onnx')
loader = pytest.importorskip('onnx.backend.test.loader')

# The newest operator set that is read. Later ones mostly add types.
LAST_OPSET = 21


def as_arrays(values):
    return [np.asarray(value if isinstance(value, np.ndarray) else onnx.numpy_helper.to_array(value))
            for value in values]


def cases():
    """(name, model, inputs, outputs, tolerance) of those whose types MXNet's arrays have."""
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')
        tests = loader.load_model_tests(kind='node')
    for test in tests:
        if test.model is None or not test.data_sets:
            continue
        model = onnx.ModelProto()
        model.CopyFrom(test.model)
        if any(each.domain not in ('', 'ai.onnx') or each.version < 13 for each in model.opset_import):
            continue
        for each in model.opset_import:
            each.version = min(each.version, LAST_OPSET)
        try:
            inputs, outputs = (as_arrays(values) for values in test.data_sets[0])
        except (TypeError, AttributeError, ValueError):
            continue  # sequences, and what is optional
        if all(array.dtype.kind in 'biuf' and array.dtype.isnative for array in inputs + outputs):
            yield test.name, model, inputs, outputs, max(test.rtol or 1e-3, 1e-3)


def computed(model, feed, folder):
    path = str(folder / 'model.onnx')
    onnx.save(model, path)
    symbol, args, states = mx.contrib.onnx.import_model(path)
    named = set(symbol.list_arguments())
    given = {name: mx.np.array(array, dtype=array.dtype).as_nd_ndarray()
             for name, array in feed.items() if name in named}
    return [out.asnumpy() for out in symbol.eval(mx.cpu(), **args, **states, **given)]


def with_constants(model, feed):
    """The same with all inputs but the first in the file: shapes and axes must follow from it."""
    model_, rest = onnx.ModelProto(), dict(feed)
    model_.CopyFrom(model)
    for value in list(model_.graph.input)[1:]:
        if value.name in rest:
            model_.graph.initializer.append(
                onnx.numpy_helper.from_array(rest.pop(value.name), value.name))
            model_.graph.input.remove(value)
    return model_, rest


def difference(got, expected, rtol):
    if len(got) < len(expected):
        return f'{len(got)} outputs of {len(expected)}'
    for one, other in zip(got, expected):
        if one.shape != other.shape and (one.shape, other.shape) != ((1,), ()):
            return f'shape {one.shape}, expected {other.shape}'
        if not np.allclose(one.astype(float).reshape(other.shape), other.astype(float), rtol=rtol,
                           atol=1e-5, equal_nan=True):
            return f'{one.ravel()[:8]}, expected {other.ravel()[:8]}'
    return ''


def test_computes_what_onnx_says_or_refuses(tmp_path):
    counted, wrong = collections.Counter(), {}
    for name, model, inputs, outputs, rtol in cases():
        if 'bernoulli' in name or 'random' in name.split('_')[1:2]:
            continue
        feed = dict(zip((value.name for value in model.graph.input), inputs))
        got = None
        for give in (lambda *whole: whole, with_constants):
            try:
                got = computed(*give(model, feed), tmp_path)
                break
            except (mx.MXNetError, TypeError, ValueError) as error:
                assert str(error), name
        if got is None:
            counted['refused'] += 1
        elif found := difference(got, outputs, rtol):
            wrong[name] = found
        else:
            counted['right'] += 1
    assert not wrong
    assert counted['right'] > 600, counted
