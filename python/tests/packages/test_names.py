"""Names, most of them private, that packages built on MXNet import, and what they do with them."""
import multiprocessing.pool
import os
import pickle
import pkgutil
import subprocess
import sys

import gluino as mx
import numpy as np
import pytest
from gluino.gluon.data.dataloader import DataLoader, _as_in_context, _MultiWorkerIter


def test_modules_are_found_without_an_import_of_their_own():
    # launch is a program.
    names = {found.name for found in pkgutil.iter_modules(mx.__path__)} - {"launch"}
    assert [name for name in sorted(names) if name[0] != "_" and not hasattr(mx, name)] == []


def test_modules_have_the_names():
    from gluino.base import NDArrayHandle  # noqa: F401
    from gluino.contrib.amp import amp
    from gluino.gluon.data.dataloader import ForkingPickler  # noqa: F401
    from gluino.gluon.model_zoo import model_store
    from gluino.metric import ndarray
    assert ndarray is mx.nd
    assert amp.init is mx.contrib.amp.init and amp._amp_initialized in (False, True)
    model_store._model_sha1.update({"net": "0" * 40})
    del model_store._model_sha1["net"]


def test_urls_of_published_files(monkeypatch):
    from gluino.gluon.utils import _get_repo_file_url, _get_repo_url
    monkeypatch.setenv("MXNET_GLUON_REPO", "https://example.org/all")
    assert _get_repo_url() == "https://example.org/all/"
    assert _get_repo_file_url("gluon/models", "a.zip") == \
        "https://example.org/all/gluon/models/a.zip"


def test_losses_of_ones_own():
    from gluino.gluon.loss import _apply_weighting, _reshape_like
    loss = mx.nd.array([[1, 2], [3, 4]])
    weighted = _apply_weighting(mx.nd, loss, 0.5, mx.nd.array([[1], [10]]))
    assert weighted.asnumpy().tolist() == [[0.5, 1], [15, 20]]
    assert _reshape_like(mx.nd, mx.nd.arange(4), loss).shape == (2, 2)


class Doubled(_MultiWorkerIter):
    """Hands out each list twice over, by a function of its own."""

    def _push_next(self):
        samples = next(self._iter, None)
        if samples is not None:
            self._data_buffer[self._sent_idx] = self._worker_pool.apply_async(
                self._worker_fn, (samples * 2, self._batchify_fn, self._dataset))
            self._sent_idx += 1


def from_threads(samples, batchify, dataset):
    return batchify([dataset[i] for i in samples])


def pickled(samples, batchify, dataset):
    return pickle.dumps(batchify(samples))


@pytest.mark.parametrize("kind", [_MultiWorkerIter, Doubled])
def test_epoch_of_a_pool(kind):
    dataset = [0., 10., 20., 30., 40.]
    batches = [[0, 1], [2, 3], [4]]
    with multiprocessing.pool.ThreadPool(2) as pool:
        epoch = kind(pool, mx.nd.array, batches, worker_fn=from_threads, prefetch=2,
                     dataset=dataset)
        assert len(epoch) == 3
        given = [batch.asnumpy().tolist() for batch in epoch]
        bytes_of = kind(pool, mx.nd.array, batches, worker_fn=pickled)
        indices = [batch.asnumpy().tolist() for batch in bytes_of]
    factor = 2 if kind is Doubled else 1
    assert given == [[0., 10.] * factor, [20., 30.] * factor, [40.] * factor]
    assert indices == [[0, 1] * factor, [2, 3] * factor, [4] * factor]


def test_batch_to_a_device():
    batch = _as_in_context([mx.nd.ones(2), (mx.nd.zeros(1), "name")], mx.cpu(0))
    assert batch[0].context == mx.cpu(0) and batch[1][1] == "name"
    assert DataLoader(mx.nd.ones((4, 2)), 2, pin_memory=True)._pin_memory


def test_adamw_update():
    rng = np.random.default_rng(0)
    w, g, m, v = (rng.random(4).astype(np.float32) for _ in range(4))
    options = dict(lr=0.5, eta=0.1, beta1=0.8, beta2=0.9, epsilon=1e-3, wd=0.2)
    arrays = [mx.nd.array(a) for a in (w, g, m, v)]
    out = mx.nd.contrib.adamw_update(*arrays, 2., out=arrays[0], clip_gradient=1., **options)
    grad = np.clip(2 * g, -1, 1)
    mean, var = 0.8 * m + 0.2 * grad, 0.9 * v + 0.1 * grad ** 2
    expected = w - 0.1 * (0.5 * mean / (np.sqrt(var) + 1e-3) + 0.2 * w)
    assert out is arrays[0]
    np.testing.assert_allclose(out.asnumpy(), expected, rtol=1e-5)
    np.testing.assert_allclose(arrays[2].asnumpy(), mean, rtol=1e-6)
    np.testing.assert_allclose(arrays[3].asnumpy(), var, rtol=1e-6)


@pytest.mark.parametrize("scale", [0., np.inf, np.nan])
def test_adamw_after_an_overflow_does_nothing(scale):
    arrays = [mx.nd.ones(2) for _ in range(4)]
    mx.nd.contrib.adamw_update(*arrays, mx.nd.array([scale]), lr=1, eta=1, out=arrays[0])
    assert all((a.asnumpy() == 1).all() for a in arrays)


def test_adamw_of_lists():
    def lists():
        return [[mx.nd.ones(2) * (i + 1), mx.nd.ones(3) * (i + 2)] for i in range(4)]
    weights, grads, means, variances = many = lists()
    mx.nd.contrib.multi_adamw_update(*many, mx.nd.ones(1), lrs=[1, 1], wds=[0, 0.1],
                                     etas=[0.1, 0.2], out=weights, size=2)
    one = [each[1] for each in lists()]
    updated = mx.nd.contrib.adamw_update(*one, 1., lr=1, wd=0.1, eta=0.2)
    np.testing.assert_array_equal(weights[1].asnumpy(), updated.asnumpy())

    half = [[a.astype("float16") for a in each] for each in (weights, grads)]
    masters = [a.copy() for a in weights]
    mx.nd.contrib.multi_mp_adamw_update(*half, means, variances, masters, mx.nd.ones(1),
                                        lrs=[1, 1], wds=[0, 0], etas=[0.1, 0.1], out=half[0])
    assert half[0][0].dtype == np.float16
    np.testing.assert_allclose(half[0][0].asnumpy(), masters[0].asnumpy(), rtol=1e-3)


def test_sync_batch_norm_of_one_device():
    x, one, zero = mx.nd.random.normal(shape=(2, 3, 4)), mx.nd.ones(3), mx.nd.zeros(3)
    expected = mx.nd.BatchNorm(x, one, zero, zero, one)
    got = mx.nd.contrib.SyncBatchNorm(x, one, zero, zero, one, ndev=1, key="layer")
    assert (got.asnumpy() == expected.asnumpy()).all()
    node = mx.sym.contrib.SyncBatchNorm(mx.sym.var("x"), key="layer", name="bn")
    assert node.list_arguments() == ["x", "bn_gamma", "bn_beta"]
    with pytest.raises(mx.MXNetError, match="ndev: expected 1"):
        mx.nd.contrib.SyncBatchNorm(x, one, zero, zero, one, key="layer", ndev=2)


def test_forward_takes_numbers_for_truth():
    executor = (mx.sym.var("x") * 2).simple_bind(mx.cpu(), grad_req="null", x=(2,))
    assert executor.forward(is_train=0, x=mx.nd.ones(2))[0].asnumpy().tolist() == [2, 2]


def test_parameters_of_others_copy_the_map_of_devices():
    assert mx.gluon.Parameter("w", shape=(1,))._ctx_map is None


def test_modules_of_pythons_that_come_with_mxnet():
    # sockeye names multiprocessing.pool.Pool after `import multiprocessing` and `import mxnet`.
    program = "import multiprocessing, mxnet; multiprocessing.pool.Pool"
    paths = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    subprocess.run([sys.executable, "-c", program], check=True, env={**os.environ, **paths})
