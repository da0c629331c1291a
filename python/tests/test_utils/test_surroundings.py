"""Random data, statistics, and the surroundings of tests."""
import os
import subprocess
import sys

import numpy as np
import pytest

import gluino as mx
from gluino import test_utils as tu


def test_random_data():
    np.random.seed(3)
    assert len(tu.rand_shape_nd(4, 3)) == 4 and max(tu.rand_shape_nd(9, 3)) <= 3
    assert min(tu.rand_shape_2d() + tu.rand_shape_3d()) >= 1
    assert 0 in [tu.rand_shape_nd(1, 1, allow_zero_size=True)[0] for _ in range(20)]
    one, two = tu.random_arrays((2,), (3, 4))
    assert one.shape == (2,) and two.dtype == np.float32 and tu.random_arrays((2,)).shape == (2,)
    assert tu.rand_ndarray((2, 3), dtype="float64").dtype == np.float64
    low = tu.random_uniform_arrays((5,), low=3, high=4)[0]
    assert low.min() >= 3 and low.max() < 4
    np.random.seed(3)
    assert tu.random_sample(list("abcdefghi"), 5) == ["g", "c", "h", "e", "f"]


@pytest.mark.parametrize("stype", ["csr", "row_sparse"])
def test_sparse_data(stype):
    np.random.seed(3)
    array = tu.rand_ndarray((6, 5), stype, density=0.5)
    assert array.stype == stype
    dense = array.tostype("default").asnumpy()
    there = dense != 0 if stype == "csr" else (dense != 0).all(axis=1)
    assert there.any() and not there.all()


def test_reductions():
    data = np.arange(24).reshape(2, 3, 4)
    assert tu.np_reduce(data, (0, 2), True, np.sum).shape == (1, 3, 1)
    assert tu.np_reduce(data, -1, False, np.max).shape == (2, 3)
    assert tu.np_reduce(data, None, False, np.sum) == data.sum()
    np.testing.assert_array_equal(tu.collapse_sum_like(data, (3, 1)),
                                  data.sum(axis=(0, 2)).reshape(3, 1))
    assert tu.assign_each2(np.array([1.0]), np.array([2.0]), lambda a, b: a + b).tolist() == [3]


def test_matrices():
    q = tu.new_orthonormal_matrix_2d(4)
    np.testing.assert_allclose(q @ q.T, np.eye(4), atol=1e-12)
    symmetric = tu.new_sym_matrix_with_real_eigvals_nd((2, 3, 3))
    np.testing.assert_allclose(symmetric, symmetric.transpose(0, 2, 1), atol=1e-12)
    assert np.isreal(np.linalg.eigvals(tu.new_matrix_with_real_eigvals_2d(5))).all()


def test_generators_are_verified():
    np.random.seed(5)
    buckets, probs = tu.gen_buckets_probs_with_ppf(lambda p: 2 * p, 4)
    assert buckets == [(0, 0.5), (0.5, 1), (1, 1.5), (1.5, 2)] and probs == [0.25] * 4

    def right(n):
        return np.random.uniform(0, 2, n)

    def wrong(n):
        return 2 * np.random.uniform(0, 1, n) ** 2

    assert len(tu.verify_generator(right, buckets, probs, nsamples=2000, nrepeat=3)) == 3
    with pytest.raises(AssertionError):
        tu.verify_generator(wrong, buckets, probs, nsamples=2000, nrepeat=3)
    tu.verify_generator(lambda n: mx.nd.random.uniform(0, 2, shape=(n,)), buckets, probs, 2000, 3)
    dice = tu.chi_square_check(lambda n: np.random.randint(0, 6, n), list(range(6)), [1 / 6] * 6,
                               nsamples=6000)
    assert dice[0] > 1e-3 and dice[1].sum() == 6000
    assert tu.mean_check(right, 1, np.sqrt(1 / 3), 2000)
    assert not tu.mean_check(wrong, 1, np.sqrt(1 / 3), 2000)
    assert tu.var_check(right, np.sqrt(1 / 3), 2000) and not tu.var_check(right, 1, 2000)


def test_chi_square_probabilities():
    from gluino.test_utils._statistics import _above_chi_square
    for value, freedom, expected in ((3.841458820694124, 1, 0.05), (18.307038053275146, 10, 0.05),
                                     (2.0, 2, np.exp(-1)), (0, 3, 1), (100, 100, 0.48119168)):
        assert abs(_above_chi_square(value, freedom) - expected) < 1e-7


def test_environment():
    script = "import os; print(os.environ.get('GLUINO_T_ONE'), os.environ.get('GLUINO_T_TWO'))"
    os.environ["GLUINO_T_TWO"] = "before"
    with tu.environment("GLUINO_T_ONE", "1"):
        with tu.environment({"GLUINO_T_TWO": None}):
            run = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
            assert run.stdout.split() == [b"1", b"None"]
    assert "GLUINO_T_ONE" not in os.environ and os.environ.pop("GLUINO_T_TWO") == "before"


def test_standard_error_is_discarded(capfd):
    with tu.discard_stderr():
        os.write(2, b"hidden")
        print("hidden", file=sys.stderr)
    print("seen", file=sys.stderr)
    assert capfd.readouterr().err == "seen\n"


def test_exceptions_and_tries():
    tu.assert_exception(lambda a, b: a / b, ZeroDivisionError, 1, b=0)
    with pytest.raises(AssertionError):
        tu.assert_exception(lambda: 1, ZeroDivisionError)
    with pytest.raises(KeyError):
        tu.assert_exception(lambda: {}[1], ZeroDivisionError)
    tries = []

    @tu.retry(3)
    def fails_twice():
        tries.append(1)
        assert len(tries) == 3
        return "done"

    assert fails_twice() == "done"


def test_contexts():
    before = tu.default_context()
    try:
        tu.set_default_context(mx.cpu(1))
        assert tu.default_context() == mx.nd.ones((1,)).context == mx.cpu(1)
    finally:
        tu.set_default_context(before)
    assert not tu.list_gpus() or len(tu.list_gpus()) == mx.context.num_gpus()


def test_dummy_iter_gives_one_batch():
    it = tu.DummyIter(mx.io.NDArrayIter(np.ones((4, 2)), batch_size=2))
    assert it.next() is it.next() and it.provide_data == [("data", (2, 2))]


def test_download_keeps_a_file_that_is_there(tmp_path):
    (tmp_path / "file.txt").write_text("kept")
    path = tu.download("http://127.0.0.1:9/file.txt", dirname=str(tmp_path))
    assert path == str(tmp_path / "file.txt")
    with pytest.raises(mx.MXNetError, match="127.0.0.1"):
        tu.download("http://127.0.0.1:9/other.txt", dirname=str(tmp_path), retries=0)


def test_drawn_digits_are_told(monkeypatch):
    drawn = {name: mx.nd.ones((1,)) for name in ("train_data", "train_label", "test_data",
                                                 "test_label")}
    monkeypatch.setattr(mx._core.io, "get_mnist", lambda root: {**drawn, "note": "no network"})
    with pytest.warns(UserWarning, match="drawn: no network"):
        arrays = tu.get_mnist()
    assert set(arrays) == set(drawn) and arrays["train_label"].dtype == np.int8


@pytest.mark.skipif("GLUINO_MNIST" not in os.environ, reason="the real MNIST is not there")
def test_mnist():
    arrays = tu.get_mnist(os.environ["GLUINO_MNIST"])
    assert arrays["train_data"].shape == (60000, 1, 28, 28)
    assert arrays["train_data"].dtype == np.float32 and arrays["train_data"].max() == 1
    assert arrays["test_label"].dtype == np.int8
    assert arrays["test_label"][:4].tolist() == [7, 2, 1, 0]
    train, test = tu.get_mnist_iterator(100, (784,), path=os.environ["GLUINO_MNIST"])
    assert train.provide_data == [("data", (100, 784))]
    assert test.next().label[0][:4].asnumpy().tolist() == [7, 2, 1, 0]
