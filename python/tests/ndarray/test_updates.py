"""Updates of several weights, cuts and counts as Python calls them."""
import numpy as np
import pytest

import mxnet as mx
from mxnet import nd


def test_multi_sgd_update_changes_all_weights():
    weights, grads = [nd.ones(2), nd.ones((2, 2))], [nd.ones(2), nd.ones((2, 2)) * 2]
    arrays = [array for pair in zip(weights, grads) for array in pair]
    out = nd.multi_sgd_update(*arrays, lrs=(0.5, 0.25), wds=(0, 1), num_weights=2, out=weights)
    assert out is weights
    np.testing.assert_allclose(weights[0].asnumpy(), [0.5, 0.5])
    np.testing.assert_allclose(weights[1].asnumpy(), np.full((2, 2), 0.25))


def test_updates_in_half_precision_follow_the_copy():
    weight, grad = nd.ones(3, dtype="float16"), nd.ones(3, dtype="float16")
    mom, weight32 = nd.zeros(3), nd.ones(3)
    for _ in range(2):
        nd.mp_sgd_mom_update(weight, grad, mom, weight32, lr=0.1, momentum=0.9, out=weight)
    np.testing.assert_allclose(weight32.asnumpy(), 0.71, rtol=1e-6)
    np.testing.assert_array_equal(weight.asnumpy(), weight32.asnumpy().astype("float16"))


def test_what_is_asked_of_all_arrays():
    arrays = [nd.array([1, 2]), nd.array([[3]])]
    np.testing.assert_array_equal(nd.multi_sum_sq(*arrays, num_arrays=2).asnumpy(), [5, 9])
    assert nd.multi_all_finite(*arrays, num_arrays=2).asscalar() == 1
    assert nd.reset_arrays(*arrays, num_arrays=2) == []
    assert arrays[0].asnumpy().tolist() == [0, 0]


def test_an_array_is_filled():
    array = nd.ones((2, 2), dtype="int32")
    nd._internal._set_value(src=3., out=array)
    assert (array.asnumpy() == 3).all() and array.dtype == np.int32


@pytest.mark.parametrize("edges", [
    [-np.inf, 0, np.inf], [-np.inf, 0, 1], [0, 1, np.inf], [-np.inf, np.inf], [-3e38, 0, 3e38],
    [0, 0, 0, 1], [1, 1], [-5, -4.999, 3]])
def test_edges_of_a_histogram_may_be_endless_or_alike(edges):
    x = np.array([-5, -1, 0, 0.5, 3, np.inf, -np.inf, np.nan], "float32")
    counts, _ = nd.histogram(nd.array(x), bins=nd.array(edges))
    np.testing.assert_array_equal(counts.asnumpy(), np.histogram(x, np.array(edges, "f"))[0])


def test_histogram_is_that_of_numpy():
    values = np.array([0.5, 1, 1.5, 2, 3, -1, 2.5], dtype="float32")
    for options in ({"bins": 3, "range": (0., 3.)}, {"bins": 4}):
        counts, edges = nd.histogram(nd.array(values), **options)
        expected, expected_edges = np.histogram(values, **options)
        assert counts.asnumpy().tolist() == expected.tolist()
        np.testing.assert_allclose(edges.asnumpy(), expected_edges, rtol=1e-6)
    counts, _ = nd.histogram(nd.array(values), bins=nd.array([0, 1, 3]))
    assert counts.asnumpy().tolist() == np.histogram(values, bins=[0, 1, 3])[0].tolist()
    with pytest.raises(ValueError):
        nd.histogram(nd.array(values), bins="auto")


def test_split_v2_and_histogram_of_symbols():
    x = mx.sym.var("x")
    parts = mx.sym.split_v2(x, (1, 3), axis=1)
    assert len(parts.list_outputs()) == 3
    made = parts.bind(mx.cpu(), {"x": nd.arange(8).reshape((2, 4))}).forward()
    assert [part.shape for part in made] == [(2, 1), (2, 2), (2, 1)]
    counts, _ = mx.sym.histogram(x, bins=2, range=(0., 4.)).bind(
        mx.cpu(), {"x": nd.arange(5)}).forward()
    assert counts.asnumpy().tolist() == [2, 3]
    with pytest.raises(ValueError):
        mx.sym.histogram(x)


def test_boolean_mask_has_a_gradient():
    x = nd.arange(6).reshape((3, 2))
    x.attach_grad()
    with mx.autograd.record():
        y = nd.contrib.boolean_mask(x, nd.array([0, 1, 1]))
    y.backward()
    assert y.asnumpy().tolist() == [[2, 3], [4, 5]]
    assert x.grad.asnumpy().tolist() == [[0, 0], [1, 1], [1, 1]]


def test_rates_of_lars_where_gradients_count_nothing():
    rates = nd.multi_lars(nd.array([1, 1, 1]), nd.array([4, 4, 0]), nd.array([9, 0, 9]),
                          nd.array([0.5, 0.5, 0.5]), eta=0.1, eps=0, rescale_grad=0)
    np.testing.assert_allclose(rates.asnumpy(), [0.2, 1, 1], rtol=1e-6)


def test_the_momentum_takes_the_decay_of_the_old_weight_where_the_new_one_is_elsewhere():
    # MXNet 1.9.1's numbers: in place the new weight is in the momentum.
    def step(**options):
        weight, mom = nd.array([2, -4]), nd.array([1, 0.5])
        new = nd.nag_mom_update(weight, nd.array([1, 2]), mom, lr=0.1, momentum=0.5, wd=0.5, **options)
        return weight, new, mom.asnumpy()

    weight, new, elsewhere = step()
    np.testing.assert_allclose(elsewhere, [0.3, 0.25], rtol=1e-6)
    assert weight.asnumpy().tolist() == [2, -4]
    target = nd.zeros(2)
    np.testing.assert_allclose(step(out=target)[2], elsewhere, rtol=1e-6)
    weight = nd.array([2, -4])
    mom = nd.array([1, 0.5])
    nd.nag_mom_update(weight, nd.array([1, 2]), mom, lr=0.1, momentum=0.5, wd=0.5, out=weight)
    np.testing.assert_array_equal(weight.asnumpy(), new.asnumpy())
    np.testing.assert_allclose(mom.asnumpy(), 0.5 * np.array([1, 0.5]) - 0.1 * (
        np.array([1, 2]) + 0.5 * weight.asnumpy()), rtol=1e-6)


@pytest.mark.parametrize("name", ["adamw_update", "adabelief_update"])
def test_a_step_without_out_leaves_the_weight(name):
    weight, grad, mean, var = arrays = [nd.ones(2) for _ in range(4)]
    step = getattr(nd.contrib, name)(*arrays, 0.5, lr=0.1, eta=1)
    assert (step.asnumpy() < 1).all() and (mean.asnumpy() < 1).all()
    assert (weight.asnumpy() == 1).all()


@pytest.mark.parametrize("name, rates", [
    ("multi_adamw_update", {"lrs": [.1, .2], "wds": [0, 0], "etas": [1, 1]}),
    ("multi_adabelief_update", {"lrs": [.1, .2], "wds": [0, 0], "etas": [1, 1]}),
    ("multi_lamb_update", {"step_count": [1, 1], "lrs": [.1, .2], "wds": [0, 0]}),
    ("multi_lans_update", {"step_count": [1, 1], "lrs": [.1, .2], "wds": [0, 0]})])
def test_steps_of_lists_leave_weights_that_are_not_out(name, rates):
    def step(**out):
        lists = [[nd.ones(2), nd.ones(3)] for _ in range(4)]
        factor = () if "step_count" in rates else (nd.ones(1),)
        return lists[0], getattr(nd.contrib, name)(*lists, *factor, **rates, **out)

    weights, new = step()
    assert all((weight.asnumpy() == 1).all() for weight in weights)
    assert all((weight.asnumpy() < 1).all() for weight in new)
    targets = [nd.zeros(2), nd.zeros(3)]
    weights, given = step(out=targets)
    for weight, target, result in zip(weights, targets, new):
        assert (weight.asnumpy() == 1).all()
        np.testing.assert_array_equal(target.asnumpy(), result.asnumpy())
    assert given[0] is targets[0]


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_the_momentum_tells_places_apart_in_every_precision(dtype):
    def step(place):
        weight, mom = nd.array([2, -4], dtype=dtype), nd.array([1, 0.5], dtype=dtype)
        out = {"weight": weight, "elsewhere": nd.zeros(2, dtype=dtype), "new": None}[place]
        nd.nag_mom_update(weight, nd.array([1, 2], dtype=dtype), mom, lr=0.1, momentum=0.5, wd=0.5,
                          out=out)
        return mom.asnumpy()

    tolerance = 2e-3 if dtype == "float16" else 1e-6
    for place in ("elsewhere", "new"):
        np.testing.assert_allclose(step(place), [0.3, 0.25], rtol=tolerance)
    assert abs(step("weight") - [0.3, 0.25]).max() > 0.005
