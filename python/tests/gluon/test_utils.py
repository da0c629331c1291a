"""Batches over devices, clipping, files."""
import numpy as np
import pytest

import gluino as mx
from gluino import gluon, nd
from gluino.gluon import utils


def test_split_data():
    x = nd.arange(12).reshape((6, 2))
    assert [part.shape for part in utils.split_data(x, 3)] == [(2, 2)] * 3
    assert [part.shape for part in utils.split_data(x, 2, batch_axis=1)] == [(6, 1)] * 2
    assert (utils.split_data(x, 2, batch_axis=1)[1].asnumpy().ravel() == range(1, 12, 2)).all()
    for parts in (4, 7):
        with pytest.raises(ValueError, match='equal parts'):
            utils.split_data(x, parts)
    assert [p.shape[0] for p in utils.split_data(x, 4, even_split=False)] == [2, 2, 1, 1]
    assert [p.shape[0] for p in utils.split_data(x, 7, even_split=False)] == [1] * 6 + [0]
    assert [type(p) for p in utils.split_data(np.ones((4, 2)), 2)] == [np.ndarray] * 2


def test_split_and_load():
    x = nd.arange(12).reshape((6, 2))
    assert utils.split_and_load(x, [mx.cpu()])[0] is x
    for given in (np.ones((4, 2)), [[1, 2], [3, 4]]):
        parts = utils.split_and_load(given, [mx.cpu(0), mx.cpu(1)])
        assert [part.context for part in parts] == [mx.cpu(0), mx.cpu(1)]


def test_clip_global_norm():
    arrays = [nd.ones((2, 2)), nd.ones((2,)) * 2]
    norm = utils.clip_global_norm(arrays, 1.0)
    assert isinstance(norm, float) and abs(norm - 12 ** 0.5) < 1e-5
    assert abs(sum((a.asnumpy() ** 2).sum() for a in arrays) - 1) < 1e-5
    norm = utils.clip_global_norm(arrays, 5.0, check_isfinite=False)
    assert norm.shape == (1,) and abs(norm.asscalar() - 1) < 1e-5
    assert abs(sum((a.asnumpy() ** 2).sum() for a in arrays) - 1) < 1e-5
    with pytest.warns(UserWarning, match='nan'):
        utils.clip_global_norm([nd.array([float('nan')])], 1.0)
    with pytest.raises(AssertionError):
        utils.clip_global_norm([], 1.0)


def test_shape_is_known():
    assert utils.shape_is_known((1, 2))
    assert not any(utils.shape_is_known(shape) for shape in (None, (), (0, 2)))
    with pytest.raises(AssertionError):
        utils.shape_is_known((-1, 2))
    assert gluon.parameter.shape_is_known is utils.shape_is_known


SHA1_OF_HI = 'c22b5f9178342609428d6f51b2c5af4c0bde6a42'


def test_download(tmp_path, capsys):
    source = tmp_path / 'source'
    source.write_text('hi')
    assert utils.check_sha1(str(source), SHA1_OF_HI)
    assert not utils.check_sha1(str(source), '00')
    folder = tmp_path / 'folder'
    folder.mkdir()
    url = source.as_uri()
    target = utils.download(url, str(folder), sha1_hash=SHA1_OF_HI)
    assert target == str(folder / 'source')
    assert 'Downloading' in capsys.readouterr().out
    assert utils.download('file:///nowhere', target, sha1_hash=SHA1_OF_HI) == target
    assert capsys.readouterr().out == ''
    source.write_text('other')
    for kind in (OSError, UserWarning):  # MXNet's is the latter
        with pytest.raises(kind, match='SHA-1'):
            utils.download(url, str(tmp_path / 'new'), sha1_hash=SHA1_OF_HI, retries=1)
    assert sorted(p.name for p in tmp_path.iterdir()) == ['folder', 'source']
    with pytest.raises(AssertionError):
        utils.download(url, retries=-1)


@pytest.mark.parametrize('dtypes', [['float16'], ['bfloat16'], ['float64'], ['float32', 'float16'],
                                    ['bfloat16', 'float64']])
def test_clip_global_norm_of_other_types(dtypes):
    for check in (True, False):
        arrays = [mx.nd.array([300, 400]).astype(dtype) for dtype in dtypes]
        norm = gluon.utils.clip_global_norm(arrays, 5, check_isfinite=check)
        size = 500 * len(dtypes) ** 0.5
        assert float(norm if check else norm.asscalar()) == pytest.approx(size, rel=1e-6)
        for array, dtype in zip(arrays, dtypes):
            assert array.dtype == (dtype if dtype == 'bfloat16' else np.dtype(dtype))
            np.testing.assert_allclose(array.astype('float32').asnumpy(),
                                       np.array([300, 400]) * 5 / size, rtol=1e-2)
