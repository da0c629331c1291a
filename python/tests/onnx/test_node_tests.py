"""ONNX' own tests of its operators, which come with its package: what is read computes what they say,
and the rest is refused by a sentence."""
import collections
import warnings

import gluino as mx
import numpy as np
import pytest

onnx = pytest.importorskip('onnx')
loader = pytest.importorskip('onnx.backend.test.loader')

# The oldest and the newest operator set that are read.
FIRST_OPSET, LAST_OPSET = 13, 28


def as_arrays(values):
    return [np.asarray(value) if isinstance(value, (np.ndarray, np.generic))
            else onnx.numpy_helper.to_array(value) for value in values]


def is_readable(model):
    """Whether the operators are those of a set that is read, or have not changed until the first; the
    file says that one then."""
    for each in model.opset_import:
        if each.domain not in ('', 'ai.onnx') or each.version > LAST_OPSET:
            return False
        if each.version < FIRST_OPSET:
            for node in model.graph.node:
                newest = onnx.defs.get_schema(node.op_type, FIRST_OPSET)
                if newest.since_version > each.version:
                    return False
            each.version = FIRST_OPSET
    return True


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
        if not is_readable(model):
            continue
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
    named_states = symbol.list_auxiliary_states()
    for name, array in feed.items():
        if name in named_states:
            states[name] = mx.nd.array(array, dtype=array.dtype)
    executor = symbol.bind(mx.cpu(), {**args, **given}, aux_states=states, grad_req='null')
    return [out.asnumpy() for out in executor.forward()]


def with_constants(model, feed, first=1):
    """The same with all inputs but the first in the file: shapes and axes must follow from it."""
    model_, rest = onnx.ModelProto(), dict(feed)
    model_.CopyFrom(model)
    for value in list(model_.graph.input)[first:]:
        if value.name in rest:
            model_.graph.initializer.append(
                onnx.numpy_helper.from_array(rest.pop(value.name), value.name))
            model_.graph.input.remove(value)
    return model_, rest


def of_constants(model, feed):
    return with_constants(model, feed, 0)


def difference(got, expected, rtol):
    if len(got) < len(expected):
        return f'{len(got)} outputs of {len(expected)}'
    for one, other in zip(got, expected):
        if one.shape != other.shape and (one.shape, other.shape) != ((1,), ()):
            return f'shape {one.shape}, expected {other.shape}'
        # Two numbers of half precision that follow each other are up to 1e-3 apart.
        near = max(rtol, 2e-3) if other.dtype == np.float16 else rtol
        if not np.allclose(one.astype(float).reshape(other.shape), other.astype(float), rtol=near,
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
        for give in (lambda *whole: whole, with_constants, of_constants):
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
    assert counted['right'] > 1440, counted
