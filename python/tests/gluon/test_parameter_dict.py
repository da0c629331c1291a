"""Dictionaries of parameters: names, sharing, files."""
import pytest

import gluino as mx
from gluino import gluon, nd


def test_get_makes_and_finds():
    params = gluon.ParameterDict('net_')
    weight = params.get('w', shape=(3, 0))
    assert weight.name == 'net_w'
    assert params.get('w') is weight
    assert params['net_w'] is weight
    assert 'net_w' in params and list(params) == ['net_w']
    with pytest.raises(KeyError):
        params['w']
    assert repr(params) == (
        "net_ (\n  Parameter net_w (shape=(3, 0), dtype=<class 'numpy.float32'>)\n)")


def test_get_merges_shapes_and_refuses_contradictions():
    params = gluon.ParameterDict('net_')
    params.get('w', shape=(3, 0))
    assert params.get('w', shape=(0, 4)).shape == (3, 4)
    for contradiction in ({'shape': (3, 5)}, {'dtype': 'float16'}, {'lr_mult': 2.0}):
        with pytest.raises(AssertionError, match='net_w'):
            params.get('w', **contradiction)


def test_constants():
    params = gluon.ParameterDict('net_')
    constant = params.get_constant('c', [1.0, 2.0])
    assert params.get_constant('c') is constant
    assert params.get_constant('c', [1.0, 2.0]) is constant
    with pytest.raises(AssertionError):
        params.get_constant('c', [1.0, 3.0])
    with pytest.raises(KeyError):
        params.get_constant('d')
    params.get('w', shape=(1,))
    with pytest.raises(AssertionError):
        params.get_constant('w', [1.0])


def test_update_refuses_another_of_the_same_name():
    params, other, same = (gluon.ParameterDict('net_') for _ in range(3))
    weight = params.get('w', shape=(1,))
    other.get('w', shape=(1,))
    with pytest.raises(AssertionError):
        params.update(other)
    same.update(params)
    params.update(same)
    assert params['net_w'] is weight


def test_shared_ones_are_found_and_only_then_listed():
    params = gluon.ParameterDict('net_')
    weight = params.get('w', shape=(1,))
    sharing = gluon.ParameterDict('net_', shared=params)
    assert list(sharing) == []
    assert sharing.get('w') is weight
    assert list(sharing) == ['net_w']


def test_all_at_once():
    params = gluon.ParameterDict('net_')
    params.get('a', shape=(1,))
    params.get('b', shape=(2,))
    params.initialize(ctx=mx.cpu(1))
    assert params.list_ctx() == [mx.cpu(1)]
    params.setattr('grad_req', 'add')
    assert all(p.grad_req == 'add' for p in params.values())
    params.reset_ctx(mx.cpu(0))
    params.zero_grad()
    assert params.list_ctx() == [mx.cpu(0)]


def saved(tmp_path, **options):
    params = gluon.ParameterDict('net_')
    params.get('w', shape=(3, 4))
    params.get('v', shape=(2,))
    params.initialize()
    path = str(tmp_path / 'net.params')
    params.save(path, **options)
    return params, path


def test_save_and_load(tmp_path):
    params, path = saved(tmp_path)
    assert list(nd.load(path)) == ['net_w', 'net_v']
    other = gluon.ParameterDict('net_')
    other.get('w', shape=(3, 0), allow_deferred_init=True)
    other.get('v', shape=(2,))
    other.load(path, ctx=mx.cpu(1))
    assert (other['net_w'].data().asnumpy() == params['net_w'].data().asnumpy()).all()
    assert other.list_ctx() == [mx.cpu(1)]


def test_prefixes_can_be_left_out_of_files(tmp_path):
    params, path = saved(tmp_path, strip_prefix='net_')
    assert list(nd.load(path)) == ['w', 'v']
    other = gluon.ParameterDict('net_')
    other.get('w', shape=(3, 4))
    other.get('v', shape=(2,))
    other.load(path, restore_prefix='net_')
    assert (other['net_v'].data().asnumpy() == params['net_v'].data().asnumpy()).all()
    with pytest.raises(ValueError, match='does not begin'):
        params.save(path, strip_prefix='foo_')
    with pytest.raises(AssertionError, match='restore_prefix'):
        other.load(path, restore_prefix='foo_')


def test_what_does_not_fit_is_refused(tmp_path):
    _, path = saved(tmp_path)
    fewer = gluon.ParameterDict('net_')
    fewer.get('w', shape=(3, 4))
    with pytest.raises(AssertionError, match='net_v'):
        fewer.load(path)
    fewer.load(path, ignore_extra=True)
    more = gluon.ParameterDict('net_')
    more.get('u', shape=(1,))
    with pytest.raises(AssertionError, match='missing'):
        more.load(path, ignore_extra=True)
    more.load(path, ignore_extra=True, allow_missing=True)
    other = gluon.ParameterDict('net_')
    other.get('w', shape=(3, 5))
    with pytest.raises(AssertionError, match='shape'):
        other.load(path, ignore_extra=True)


def test_types_are_converted_only_when_asked(tmp_path):
    _, path = saved(tmp_path)

    def half():
        params = gluon.ParameterDict('net_')
        params.get('w', shape=(3, 4), dtype='float16')
        return params

    with pytest.raises(AssertionError, match='cast_dtype'):
        half().load(path, ignore_extra=True)
    current, as_saved = half(), half()
    current.load(path, ignore_extra=True, cast_dtype=True)
    as_saved.load(path, ignore_extra=True, cast_dtype=True, dtype_source='saved')
    assert current['net_w'].data().dtype == mx.nd.zeros((1,), dtype='float16').dtype
    assert as_saved['net_w'].data().dtype == mx.nd.zeros((1,)).dtype
    with pytest.raises(AssertionError, match='dtype_source'):
        half().load(path, ignore_extra=True, cast_dtype=True, dtype_source='nonsense')


def test_initialized_elsewhere_stays_there(tmp_path):
    params, path = saved(tmp_path)
    with pytest.raises(AssertionError, match='initialized on'):
        params.load(path, ctx=mx.cpu(3))
