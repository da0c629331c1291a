"""Options of what makes arrays: those that there are not, and out."""
import numpy as np
import pytest

import gluino as mx
from gluino import nd

MAKERS = {'zeros': ((2,),), 'ones': ((2,),), 'full': ((2,), 3), 'eye': (2,)}


@pytest.mark.parametrize('name', MAKERS)
def test_unknown_ones_are_refused(name):
    with pytest.raises(mx.MXNetError, match=f"nd.{name}: there is no 'dtyp'"):
        getattr(nd, name)(*MAKERS[name], dtyp='int32')
    made = getattr(nd, name)(*MAKERS[name], dtype='int32', name='a', __layout__='N')
    assert made.dtype == np.int32


def test_sparse_zeros():
    with pytest.raises(mx.MXNetError, match="there is no 'dtyp'"):
        nd.sparse.zeros('csr', (2, 2), dtyp='int32')
    with pytest.raises(mx.MXNetError, match="there is no 'dtyp'"):
        nd.zeros((2, 2), stype='row_sparse', dtyp='int32')
    assert nd.zeros((2, 2), stype='row_sparse').stype == 'row_sparse'


@pytest.mark.parametrize('name', MAKERS)
def test_out_is_written_where_it_fits(name):
    expected = getattr(nd, name)(*MAKERS[name])
    out = nd.full(expected.shape, 7)
    assert getattr(nd, name)(*MAKERS[name], out=out) is out
    assert (out.asnumpy() == expected.asnumpy()).all()
    with pytest.raises(mx.MXNetError, match='out: expected shape'):
        getattr(nd, name)(*MAKERS[name], out=nd.ones((5,)))


def test_transpose_takes_no_others():
    x = nd.ones((2, 3, 4))
    assert x.transpose(axes=(1, 0, 2)).shape == (3, 2, 4)
    out = nd.zeros((4, 3, 2))
    assert x.transpose(out=out) is out and (out.asnumpy() == 1).all()
    with pytest.raises(mx.MXNetError, match='axis'):
        x.transpose(axis=(1, 0, 2))


@pytest.mark.parametrize('spelled', ['f2', '<f2', 'half', 'e', 'float16', np.float16,
                                     np.dtype('float16')])
def test_operators_know_a_type_however_numpy_spells_it(spelled):
    x = nd.ones((2,))
    for made in (nd.cast(x, dtype=spelled), nd.random.uniform(shape=(2,), dtype=spelled),
                 nd.zeros((2,), dtype=spelled), nd.one_hot(x, depth=2, dtype=spelled)):
        assert made.dtype == np.float16
    of_symbols = mx.sym.zeros((2,), dtype=spelled)
    assert of_symbols.infer_type()[1] == [np.float16]


def test_a_type_that_numpy_does_not_know_is_told_by_its_name():
    with pytest.raises(mx.MXNetError, match='unknown dtype "flaot"'):
        nd.cast(nd.ones((2,)), dtype='flaot')
