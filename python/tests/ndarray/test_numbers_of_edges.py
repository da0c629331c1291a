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


@pytest.mark.parametrize("align_corners", [True, False])
def test_pixels_of_a_large_image_are_resized_at_places_of_float32(align_corners):
    image = np.random.RandomState(0).uniform(-1, 1, (480, 480)).astype("float32")
    resized = nd.contrib.BilinearResize2D(nd.array(image.reshape(1, 1, 480, 480)), height=239,
                                          width=119, align_corners=align_corners)

    def along(size):
        at = np.arange(size)
        if align_corners:  # as MXNet 1.9.1: the step is a float, and so is its product
            places = np.float32(479) / np.float32(size - 1) * at.astype("float32")
        else:
            places = (np.float64(np.float32(480) / np.float32(size)) * (at + 0.5) - 0.5).astype("float32")
        low = places.astype(int)
        return low, np.minimum(low + 1, 479), places - low.astype("float32")

    top, bottom, down = along(239)
    left, right, beside = along(119)
    down = down[:, None]
    rows = image[top] * (1 - down) + image[bottom] * down
    expected = rows[:, left] * (1 - beside) + rows[:, right] * beside
    np.testing.assert_allclose(resized[0, 0].asnumpy(), expected, atol=1e-6)


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


@pytest.mark.parametrize("seed, expected", [
    (0, [136.493, 74.311, 12.546]), (1, [108.032, 69.761, 33.219]),
    (2, [106.409, 27.051, 29.671]), (3, [79.567, 26.248, 20.859])])
def test_a_seed_changes_colors_in_the_order_in_which_it_does_in_mxnet(seed, expected):
    mx.random.seed(seed)
    changed = nd.image.random_color_jitter(nd.array([[[100, 50, 20]]]), 0.4, 0.3, 0, 0.1)
    np.testing.assert_allclose(changed.asnumpy().ravel(), expected, atol=2e-2)


def test_images_draw_from_the_stream_of_orders_as_in_mxnet():
    pixel, column = nd.array([[[100, 50, 20]]]), nd.array([[[1], [2]]])
    mx.random.seed(3)
    for drawn, expected in [
            (nd.image.random_brightness(pixel, 0.5, 1.5), [108.5302, 54.2651, 21.706]),
            (nd.image.random_lighting(pixel, 0.5), [120.2818, 75.2194, 47.8844]),
            (nd.image.random_flip_left_right(column), [2, 1]),
            (nd.image.random_color_jitter(pixel, 0.4, 0.3, 0, 0.1), [91.271, 32.1958, 13.9882]),
            (nd.random.shuffle(nd.arange(6)), [2, 1, 4, 5, 3, 0]),
            (nd.image.random_contrast(pixel, 0.5, 1.5), [106.9954, 47.9034, 12.4482]),
            (nd.image.random_hue(pixel, 0.5, 1.5), [91.2787, 100, 20]),
            (nd.random.uniform(shape=2), [0.5853, 0.4217])]:
        np.testing.assert_allclose(drawn.asnumpy().ravel(), expected, atol=2e-2)


@pytest.mark.parametrize("options", [
    {"size": (3, 2)}, {"size": (7, 6), "interp": 2}, {"size": (2, 3), "interp": 3},
    {"size": (9, 8), "interp": 0}, {"size": (4, 4), "interp": 4}])
def test_the_gradient_of_a_resized_image(options):
    x = nd.random.uniform(shape=(5, 4, 3), dtype="float64")
    x.attach_grad()
    with mx.autograd.record():
        y = nd.image.resize(x, **options)
    head = nd.random.uniform(shape=y.shape, dtype="float64")
    y.backward(head)
    # Resizing is linear: the gradient is its transpose.
    other = nd.random.uniform(shape=x.shape, dtype="float64")
    np.testing.assert_allclose((x.grad * other).sum().asscalar(),
                               (nd.image.resize(other, **options) * head).sum().asscalar())


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize("shape", [(2, 3, 4), (2, 3, 2, 1)])
def test_the_gradient_of_an_image_that_becomes_a_tensor(shape, dtype):
    x = nd.ones(shape, dtype=dtype)
    x.attach_grad()
    with mx.autograd.record():
        y = nd.image.to_tensor(x)
    head = nd.arange(y.size).reshape(y.shape)
    y.backward(head)
    assert x.grad.dtype == x.dtype
    np.testing.assert_allclose(x.grad.asnumpy(), np.moveaxis(head.asnumpy(), -3, -1) / 255, 1e-3)


@pytest.mark.parametrize("nsize, expected", [(2, [0.0594, 0.23434, 0.44900]),
                                             (4, [0.05875, 0.22930, 0.45859])])
def test_an_even_number_of_channels_is_normalized(nsize, expected):
    x = nd.array(np.arange(24).reshape(2, 3, 2, 2) / 10)
    y = nd.LRN(x, nsize=nsize, alpha=0.5, beta=0.75, knorm=2)
    np.testing.assert_allclose(y.asnumpy()[0].ravel()[[1, 4, 8]], expected, rtol=2e-4)


@pytest.mark.parametrize("shape", [(), (1,)])
def test_the_length_of_a_row_alone_is_a_number(shape):
    length = nd.array([2], dtype="int32").reshape(shape)
    y = nd.softmax(nd.array([1, 2, 3]), length, use_length=True)
    np.testing.assert_allclose(y.asnumpy(), [0.26894143, 0.7310586, 0], rtol=1e-6)
