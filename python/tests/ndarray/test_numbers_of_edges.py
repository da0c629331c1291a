"""What operators give at the edges of their options: MXNet's numbers."""
import gluino as mx
import numpy as np
import pytest
from gluino import nd


@pytest.mark.parametrize("name, expected", [
    ("_plus_scalar", [0, 2, 4]), ("_minus_scalar", [-2, 0, 2]), ("_rminus_scalar", [2, 0, -2]),
    ("_mul_scalar", [-1, 1, 3]), ("_rdiv_scalar", [-1, 1, 1 / 3]), ("_maximum_scalar", [1, 1, 3]),
    ("_greater_scalar", [0, 0, 1]), ("_equal_scalar", [0, 1, 0]), ("_power_scalar", [-1, 1, 3]),
    ("_scatter_plus_scalar", [0, 2, 4])])
def test_the_number_beside_an_array_is_1_by_default(name, expected):
    result = getattr(nd._internal, name)(nd.array([-1, 1, 3]))
    np.testing.assert_allclose(result.asnumpy(), expected, rtol=1e-6)


@pytest.mark.parametrize("name, expected", [
    ("equal", [0, 1, 0]), ("not_equal", [1, 0, 1]), ("greater", [0, 0, 1]),
    ("greater_equal", [0, 1, 1]), ("less", [1, 0, 0]), ("less_equal", [1, 1, 0])])
def test_the_number_of_comparisons_of_np_is_1_by_default(name, expected):
    result = getattr(nd._internal, f"_npi_{name}_scalar")(nd.array([-1, 1, 3]))
    np.testing.assert_array_equal(result.asnumpy(), expected)


def test_the_slope_of_the_absolute_error_where_there_is_none():
    x = nd.array([[1, 2], [3, 0]])
    x.attach_grad()
    with mx.autograd.record():
        y = nd.MAERegressionOutput(x, nd.array([[1, 1], [4, 0]]))
    y.backward()
    np.testing.assert_array_equal(x.grad.asnumpy(), [[-0.5, 0.5], [-0.5, -0.5]])


@pytest.mark.parametrize("height, width, expected", [
    (1, 1, [[0]]), (1, 2, [[0.5, 2.5]]), (3, 1, [[0], [4], [8]])])
def test_one_pixel_of_a_resized_image_is_the_first(height, width, expected):
    x = nd.arange(12).reshape((1, 1, 3, 4))
    y = nd.contrib.BilinearResize2D(x, height=height, width=width, align_corners=False)
    np.testing.assert_allclose(y[0, 0].asnumpy(), expected, rtol=1e-6)


@pytest.mark.parametrize("name", ["brightness", "contrast", "saturation", "hue"])
def test_a_negative_extent_of_colors_is_named(name):
    extents = dict.fromkeys(["brightness", "contrast", "saturation", "hue"], 0.1)
    with pytest.raises(mx.MXNetError, match=rf"{name}: expected at least 0, got -1"):
        nd.image.random_color_jitter(nd.ones((2, 2, 3)), **{**extents, name: -1})


@pytest.mark.parametrize("name, shape", [
    ("random_flip_left_right", (1, 2, 1)), ("random_flip_top_bottom", (2, 1, 1))])
def test_a_seed_flips_the_images_that_it_flips_in_mxnet(name, shape):
    mx.random.seed(3)
    first = [getattr(nd.image, name)(nd.array([1, 2]).reshape(shape)).asnumpy().ravel()[0]
             for _ in range(8)]
    assert first == [1] * 6 + [2] * 2
