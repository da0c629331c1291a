"""Parameters: their states, shapes, places, types and errors."""
import copy
import pickle

import numpy as np
import pytest

import gluino as mx
from gluino import autograd, gluon, nd
from gluino.gluon.parameter import DeferredInitializationError


def initialized(name='w', shape=(2, 3), ctx=None, **options):
    parameter = gluon.Parameter(name, shape=shape, **options)
    parameter.initialize(ctx=ctx)
    return parameter


def test_repr_tells_name_shape_and_type_as_given():
    assert repr(gluon.Parameter('w', shape=(2, 3))) == (
        "Parameter w (shape=(2, 3), dtype=<class 'numpy.float32'>)")
    assert repr(gluon.Parameter('w', shape=(2, 3), dtype='float16')) == (
        'Parameter w (shape=(2, 3), dtype=float16)')
    assert repr(gluon.Parameter('w')) == (
        "Parameter w (shape=None, dtype=<class 'numpy.float32'>)")
    assert gluon.Parameter('w', shape=3).shape == (3,)


@pytest.mark.parametrize('method', ['data', 'grad', 'list_data', 'list_grad', 'list_ctx'])
def test_before_initialize_there_is_nothing(method):
    with pytest.raises(RuntimeError, match='has not been initialized') as error:
        getattr(gluon.Parameter('w', shape=(2, 3)), method)()
    assert not isinstance(error.value, mx.MXNetError)


@pytest.mark.parametrize('method', ['data', 'grad', 'list_data', 'list_grad'])
def test_deferred_has_no_values_but_places(method):
    parameter = gluon.Parameter('w', shape=(2, 0), allow_deferred_init=True)
    parameter.initialize(ctx=mx.cpu(1))
    with pytest.raises(DeferredInitializationError):
        getattr(parameter, method)()
    assert parameter.list_ctx() == [mx.cpu(1)]


@pytest.mark.parametrize('shape', [(2, 0), None])
def test_unknown_shape_needs_allow_deferred_init(shape):
    with pytest.raises(ValueError, match='cannot be initialized'):
        gluon.Parameter('w', shape=shape).initialize()


def test_one_array_per_device_all_alike():
    parameter = initialized(ctx=[mx.cpu(0), mx.cpu(1)])
    assert parameter.list_ctx() == [mx.cpu(0), mx.cpu(1)]
    assert [array.context for array in parameter.list_data()] == [mx.cpu(0), mx.cpu(1)]
    assert (parameter.data(mx.cpu(0)).asnumpy() == parameter.data(mx.cpu(1)).asnumpy()).all()
    assert parameter.data(device=mx.cpu(1)).context == mx.cpu(1)
    assert parameter.grad(mx.cpu(1)).shape == (2, 3)
    with pytest.raises(RuntimeError, match=r'not initialized on cpu\(2\)'):
        parameter.data(mx.cpu(2))


def test_data_is_the_array_in_use():
    parameter = initialized()
    parameter.data()[:] = 5
    assert (parameter.data().asnumpy() == 5).all()


def test_initialize_twice_warns_and_keeps_the_values():
    parameter = initialized()
    before = parameter.data().asnumpy()
    with pytest.warns(UserWarning, match='already initialized'):
        parameter.initialize(init='zeros')
    assert (parameter.data().asnumpy() == before).all()
    parameter.initialize(init='zeros', force_reinit=True)
    assert (parameter.data().asnumpy() == 0).all()


def test_own_initializer_goes_before_the_default():
    parameter = gluon.Parameter('w_bias', shape=(2,), init='ones')
    parameter.initialize(default_init='zeros')
    assert (parameter.data().asnumpy() == 1).all()
    parameter = gluon.Parameter('w_bias', shape=(2,))
    parameter.initialize(default_init=mx.init.One())
    assert (parameter.data().asnumpy() == 1).all()


def test_unknown_initializer_is_an_assertion():
    with pytest.raises(AssertionError):
        gluon.Parameter('w', shape=(2,)).initialize(init='nonsense')


def test_an_empty_name_leaves_it_to_the_name_of_the_parameter():
    layer = gluon.nn.Dense(2, in_units=3, weight_initializer='', bias_initializer='')
    layer.initialize(mx.init.Constant(3))
    assert layer.weight.data().asnumpy().tolist() == [[3] * 3] * 2
    assert layer.bias.data().asnumpy().tolist() == [0, 0]
    assert layer.weight.var().attr('__init__') == ''
    with pytest.raises(AssertionError, match="no initializer ''"):
        layer.initialize('', force_reinit=True)
    with pytest.raises(ValueError, match='ends neither in weight nor in bias'):
        gluon.Parameter('w', shape=(2,)).initialize(init='')


def test_set_data():
    parameter = initialized(ctx=[mx.cpu(0), mx.cpu(1)])
    parameter.set_data(nd.ones((2, 3)) * 7)
    assert all((array.asnumpy() == 7).all() for array in parameter.list_data())
    with pytest.raises(AssertionError):
        parameter.set_data(nd.ones((3, 2)))
    with pytest.raises(AssertionError, match='has not been initialized'):
        gluon.Parameter('z', shape=(2,)).set_data(nd.ones((2,)))


def test_set_data_while_deferred_becomes_the_first_value():
    parameter = gluon.Parameter('w', shape=(2, 0), allow_deferred_init=True)
    parameter.initialize()
    parameter.set_data(nd.ones((2, 5)))
    assert parameter.shape == (2, 5)
    parameter._finish_deferred_init()
    assert (parameter.data().asnumpy() == 1).all()


def test_shape_may_only_become_known():
    parameter = gluon.Parameter('w', shape=(2, 0))
    parameter.shape = (2, 3)
    with pytest.raises(AssertionError):
        parameter.shape = (2, 4)


def test_grad_req_can_change():
    parameter = initialized()
    with pytest.raises(AssertionError):
        parameter.grad_req = 'sometimes'
    parameter.grad_req = 'null'
    with pytest.raises(RuntimeError, match='grad_req'):
        parameter.grad()
    with pytest.raises(RuntimeError, match='grad_req'):
        parameter.list_grad()
    parameter.grad_req = 'add'
    for _ in range(2):
        with autograd.record():
            y = (parameter.data() * 3).sum()
        y.backward()
    assert (parameter.grad().asnumpy() == 6).all()
    parameter.zero_grad()
    assert (parameter.grad().asnumpy() == 0).all()


def test_not_differentiable_stays_without_gradient():
    parameter = gluon.Parameter('w', shape=(2,), differentiable=False)
    assert parameter.grad_req == 'null'
    parameter.grad_req = 'write'
    assert parameter.grad_req == 'null'


def test_cast_converts_values_and_gradient():
    parameter = initialized()
    parameter.cast('float64')
    assert parameter.dtype == 'float64'
    assert parameter.data().dtype == np.float64
    assert parameter.grad().dtype == np.float64
    parameter.dtype = 'float32'
    assert parameter.data().dtype == np.float32


@pytest.mark.parametrize('dtype', ['int8', 'uint8', 'int32', 'int64', 'bool'])
def test_whole_numbers_are_used_but_not_trained(dtype):
    parameter = gluon.Parameter('places', shape=(2,), dtype=dtype, init='ones')
    parameter.initialize()
    assert parameter.data().asnumpy().tolist() == [1, 1]
    with pytest.raises(RuntimeError, match=f"places.* of {dtype}.*'null'"):
        parameter.grad()
    trainer = gluon.Trainer([parameter], 'sgd')
    for ignored in (False, True):
        with pytest.raises(RuntimeError, match=f"places.* of {dtype}.*'null'"):
            trainer.step(1, ignore_stale_grad=ignored)
    parameter.grad_req = 'null'
    trainer.step(1)


def test_a_weight_cast_to_whole_numbers_and_back_is_trained_again():
    parameter = initialized()
    parameter.cast('int32')
    parameter.cast('float32')
    with autograd.record():
        y = (parameter.data() * 3).sum()
    y.backward()
    assert (parameter.grad().asnumpy() == 3).all()


def test_reset_ctx_moves_the_mean():
    parameter = initialized(ctx=[mx.cpu(0), mx.cpu(1)])
    parameter.data(mx.cpu(0))[:] = 1
    parameter.data(mx.cpu(1))[:] = 3
    parameter.reset_ctx(mx.cpu(2))
    assert parameter.list_ctx() == [mx.cpu(2)]
    assert (parameter.data().asnumpy() == 2).all()
    with pytest.raises(ValueError):
        gluon.Parameter('w', shape=(2,)).reset_ctx(mx.cpu())
    for call in (parameter.reset_ctx, lambda ctx: parameter.initialize(ctx=ctx, force_reinit=True)):
        with pytest.raises(TypeError, match="expected a Context .* got 'cpu'"):
            call('cpu')


def test_the_mean_of_equal_copies_has_their_bits():
    parameter = initialized(ctx=[mx.cpu(0), mx.cpu(1), mx.cpu(2)])
    assert (parameter._reduce().asnumpy() == parameter.data(mx.cpu(1)).asnumpy()).all()


def test_var_is_one_variable_with_its_attributes():
    parameter = gluon.Parameter('w', shape=(2, 3), lr_mult=2.0)
    assert parameter.var() is parameter.var()
    assert parameter.var().name == 'w'
    attributes = parameter.var().list_attr()
    assert attributes['__shape__'] == '(2, 3)'
    assert attributes['__lr_mult__'] == '2.0'


@pytest.mark.parametrize('option', ['stype', 'grad_stype'])
def test_unknown_storage_is_an_assertion(option):
    with pytest.raises(AssertionError, match=option):
        gluon.Parameter('w', shape=(2,), **{option: 'nonsense'})


def test_dense_has_no_sparse_rows():
    with pytest.raises(RuntimeError, match='use data'):
        initialized().row_sparse_data(nd.array([0]))


def test_constant():
    constant = gluon.Constant('c', [[1, 2], [3, 4]])
    assert repr(constant) == "Constant c (shape=(2, 2), dtype=<class 'numpy.float32'>)"
    constant.initialize()
    assert (constant.data().asnumpy() == [[1, 2], [3, 4]]).all()
    assert constant.grad_req == 'null'
    with pytest.warns(UserWarning, match='ignored'):
        constant.grad_req = 'write'
    assert constant.grad_req == 'null'
    assert (gluon.Constant([5.0]).value.asnumpy() == 5).all()


@pytest.mark.parametrize('again', [copy.deepcopy, lambda p: pickle.loads(pickle.dumps(p))])
def test_copies_are_their_own(again):
    parameter = initialized()
    other = again(parameter)
    assert other.name == 'w' and other.list_ctx() == [mx.cpu(0)]
    assert (other.data().asnumpy() == parameter.data().asnumpy()).all()
    other.data()[:] = 9
    assert (parameter.data().asnumpy() != 9).all()
    with autograd.record():
        y = (other.data() * 2).sum()
    y.backward()
    assert (other.grad().asnumpy() == 2).all()
    assert (parameter.grad().asnumpy() == 0).all()


def test_arrays_put_in_place_of_a_devices_own():
    """MXFusion replaces weights by draws, where MXNet's parameters keep them."""
    parameter = gluon.Parameter('p', shape=(2,))
    parameter.initialize(ctx=[mx.cpu(2), mx.cpu(0)])
    device = mx.cpu(2)
    place = parameter._ctx_map[device.device_typeid & 1][device.device_id]
    parameter._data[place] = nd.array([3, 4], ctx=device)
    assert parameter.data(device).asnumpy().tolist() == [3, 4]
    assert parameter.data(mx.cpu(0)).asnumpy().tolist() != [3, 4]
