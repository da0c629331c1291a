"""Transforms of pictures."""
import numpy as np
import pytest

import gluino as mx
from gluino import nd
from gluino.gluon import data, nn
from gluino.gluon.data.vision import transforms

PICTURE = np.random.RandomState(0).randint(0, 256, (6, 8, 3)).astype('uint8')


def picture(dtype='uint8'):
    return nd.array(PICTURE, dtype=dtype)


def tensor():
    return transforms.ToTensor()(picture())


def test_to_tensor():
    expected = PICTURE.transpose(2, 0, 1).astype('float32') / 255
    for dtype in ('uint8', 'float32', 'int32'):
        result = transforms.ToTensor()(picture(dtype))
        assert result.dtype == np.float32
        np.testing.assert_allclose(result.asnumpy(), expected, rtol=1e-6)
    for dtype in ('uint8', 'float16', 'float32', 'float64'):
        assert nd.image.to_tensor(picture(dtype)).dtype == np.float32
        np.testing.assert_allclose(nd.image.to_tensor(picture(dtype)).asnumpy(), expected,
                                   rtol=1e-6)
    batch = transforms.ToTensor()(nd.stack(picture(), picture()))
    assert batch.shape == (2, 3, 6, 8)
    np.testing.assert_allclose(batch[1].asnumpy(), expected, rtol=1e-6)
    for shape in ((3, 3), (1, 1, 3, 3, 3)):
        with pytest.raises(mx.MXNetError, match='height, width, channels'):
            transforms.ToTensor()(nd.ones(shape))
    with pytest.raises(ValueError, match='NDArray'):
        transforms.ToTensor()(PICTURE)


def test_normalize():
    x = tensor().asnumpy()
    result = transforms.Normalize((0.1, 0.2, 0.3), (2, 3, 4))(tensor())
    expected = (x - np.reshape([0.1, 0.2, 0.3], (3, 1, 1))) / np.reshape([2, 3, 4], (3, 1, 1))
    np.testing.assert_allclose(result.asnumpy(), expected, rtol=1e-5, atol=1e-6)
    result = transforms.Normalize(0.5, 2)(nd.stack(tensor(), tensor()))
    np.testing.assert_allclose(result[1].asnumpy(), (x - 0.5) / 2, rtol=1e-5, atol=1e-6)
    for transform, shape in ((transforms.Normalize((0, 1), (1, 1)), (3, 2, 2)),
                             (transforms.Normalize(0, 0), (3, 2, 2)),
                             (transforms.Normalize(0, 1), (1, 1, 3, 2, 2))):
        with pytest.raises(mx.MXNetError, match='Normalize'):
            transform(nd.ones(shape))


def test_cast():
    assert transforms.Cast('float64')(picture()).dtype == np.float64
    assert transforms.Cast()(picture()).dtype == np.float32


def test_resize():
    for size, keep, shape in ((4, False, (4, 4, 3)), (4, True, (4, 5, 3)),
                              ((3, 5), False, (5, 3, 3)), ((16, 12), False, (12, 16, 3))):
        assert transforms.Resize(size, keep)(picture()).shape == shape
    batch = transforms.Resize((3, 5))(nd.stack(picture(), picture()))
    np.testing.assert_array_equal(batch[1].asnumpy(),
                                  transforms.Resize((3, 5))(picture()).asnumpy())
    nearest = transforms.Resize((16, 12), interpolation=0)(picture())
    np.testing.assert_array_equal(nearest.asnumpy(), PICTURE.repeat(2, 0).repeat(2, 1))
    for size in (0, (-1, 2), (1, 2, 3)):
        with pytest.raises(mx.MXNetError):
            transforms.Resize(size)(picture())


def test_crops():
    cropped = transforms.CropResize(1, 2, 4, 3)(picture())
    np.testing.assert_array_equal(cropped.asnumpy(), PICTURE[2:5, 1:5])
    assert transforms.CropResize(1, 2, 4, 3, (8, 6), 1)(picture()).shape == (6, 8, 3)
    np.testing.assert_array_equal(transforms.CenterCrop((4, 2))(picture()).asnumpy(),
                                  PICTURE[2:4, 2:6])
    assert transforms.CenterCrop(20)(picture()).shape == (20, 20, 3)
    for part in ((5, 2, 4, 3), (-1, 2, 4, 3), (1, 2, 0, 3)):
        with pytest.raises(mx.MXNetError, match='[Cc]rop'):
            transforms.CropResize(*part)(picture())


def test_random_crops_have_the_size():
    for _ in range(20):
        assert transforms.RandomResizedCrop((5, 4))(picture()).shape == (4, 5, 3)


def test_random_flips_are_half_of_all():
    for transform, flipped in ((transforms.RandomFlipLeftRight(), PICTURE[:, ::-1]),
                               (transforms.RandomFlipTopBottom(), PICTURE[::-1])):
        mx.random.seed(1)
        count = 0
        for _ in range(200):
            result = transform(picture()).asnumpy()
            is_flipped = np.array_equal(result, flipped)
            assert is_flipped or np.array_equal(result, PICTURE)
            count += is_flipped
        assert 60 < count < 140


@pytest.mark.parametrize('name, options, expected, behind', [
    ('RandomBrightness', (0.4,), [[94.285, 47.142, 18.857], [133.401, 66.701, 26.68]],
     [0, 4, 3, 2, 1]),
    ('RandomContrast', (2,), [[110.99, 46.706, 8.136], [167.421, 29.793, -52.783]],
     [0, 4, 3, 2, 1]),
    ('RandomHue', (0.2,), [[100, 36.283, 20], [69.837, 100, 20]], [0, 4, 3, 2, 1]),
    ('RandomColorJitter', (0.4, 0.3, 0, 0.1), [[133.75, 24.952, 9.115], [132.113, 81.984, 30.786]],
     [0, 1, 2, 4, 3]),
    ('RandomLighting', (5,), [[-30.642, -75.363, -109.664], [254.887, 207.979, 188.111]],
     [1, 0, 3, 4, 2]),
])
def test_a_seed_draws_alone_what_it_draws_in_mxnet(name, options, expected, behind):
    mx.random.seed(7)
    transform = getattr(transforms, name)(*options)
    drawn = [transform(nd.array([[[100, 50, 20]]])).asnumpy().ravel() for _ in range(2)]
    np.testing.assert_allclose(drawn, expected, rtol=1e-4)
    assert nd.random.shuffle(nd.arange(5)).asnumpy().tolist() == behind


def test_random_apply_counts():
    mx.random.seed(2)
    calls = []

    def counts(x):
        calls.append(x)
        return x

    transform = transforms.Compose([transforms.RandomApply(counts, 0.3)])
    for _ in range(1000):
        transform(picture())
    assert 230 < len(calls) < 370


@pytest.mark.parametrize('dtype', ['uint8', 'float32'])
def test_brightness_and_contrast(dtype):
    mx.random.seed(3)
    x = picture(dtype) / 4 if dtype == 'float32' else nd.array(PICTURE // 4, dtype='uint8')
    values = x.asnumpy().astype('float32')
    bright = transforms.RandomBrightness(0.5)(x).asnumpy().astype('float32')
    alpha = bright.sum() / values.sum()
    assert 0.5 <= alpha <= 1.5
    np.testing.assert_allclose(bright, values * alpha, atol=1.1 if dtype == 'uint8' else 1e-2)
    contrast = transforms.RandomContrast(0.5)(x).asnumpy().astype('float32')
    grey = values @ np.array([0.299, 0.587, 0.114])
    alpha = (contrast.std() / values.std())
    expected = alpha * values + (1 - alpha) * grey.mean()
    np.testing.assert_allclose(contrast, np.maximum(expected, 0) if dtype == 'uint8' else expected,
                               atol=1.6 if dtype == 'uint8' else 0.05)


def test_colours_keep_greys():
    grey = nd.array(np.repeat(PICTURE[:, :, :1], 3, axis=2), dtype='uint8')
    for transform in (transforms.RandomSaturation(0.5), transforms.RandomHue(0.5)):
        np.testing.assert_allclose(transform(grey).asnumpy().astype(int),
                                   grey.asnumpy().astype(int), atol=1)


def test_hues_turn():
    red = nd.array(np.full((1, 1, 3), [200, 0, 0]), dtype='float32')
    seen = np.concatenate([transforms.RandomHue(0.5)(red).asnumpy()[0] for _ in range(50)])
    np.testing.assert_allclose(seen.max(1), 200, rtol=1e-5)
    np.testing.assert_allclose(seen.min(1), 0, atol=1e-3)
    assert (seen[:, 1] > 100).any() and (seen[:, 2] > 100).any()


def test_rotations():
    x = tensor()
    np.testing.assert_allclose(transforms.Rotate(180)(x).asnumpy(), x.asnumpy()[:, ::-1, ::-1],
                               atol=1e-5)
    square = x[:, :, :6]
    np.testing.assert_allclose(transforms.Rotate(90)(square).asnumpy(),
                               np.rot90(square.asnumpy(), axes=(1, 2)), atol=1e-5)
    ones = nd.ones((1, 21, 31))
    # Its scale is MXNet's, which leaves a trace of the outside at the very corners.
    assert (transforms.Rotate(30, zoom_in=True)(ones).asnumpy() > 0.9).all()
    shrunk = transforms.Rotate(30, zoom_out=True)(ones).asnumpy()
    assert shrunk.mean() < 0.7 and shrunk[0, 0, 0] == 0 and shrunk[0, 10, 15] > 0.999
    for _ in range(5):
        assert transforms.RandomRotation((-10, 10))(x).shape == x.shape
    with pytest.raises(TypeError, match='ToTensor'):
        transforms.Rotate(30)(picture())
    with pytest.raises(ValueError):
        transforms.Rotate(30, zoom_in=True, zoom_out=True)(x)
    with pytest.raises(ValueError):
        transforms.Rotate(30)(nd.ones((3, 3)))
    for options in ({'angle_limits': (10, -10)},
                    {'angle_limits': (-1, 1), 'rotate_with_proba': 2}):
        with pytest.raises(ValueError):
            transforms.RandomRotation(**options)


def test_everything_in_a_row():
    transform = transforms.Compose([
        transforms.Resize(30), transforms.Resize(30, keep_ratio=True), transforms.CenterCrop(25),
        transforms.RandomResizedCrop(22), transforms.RandomFlipLeftRight(),
        transforms.RandomColorJitter(0.1, 0.1, 0.1, 0.1), transforms.RandomBrightness(0.1),
        transforms.RandomContrast(0.1), transforms.RandomSaturation(0.1),
        transforms.RandomHue(0.1), transforms.RandomLighting(0.1), transforms.ToTensor(),
        transforms.RandomRotation([-10., 10.]), transforms.Normalize([0, 0, 0], [1, 1, 1])])
    assert transform(nd.ones((24, 48, 3), dtype='uint8')).shape == (3, 22, 22)


def test_compose_groups_hybrid_blocks():
    transform = transforms.Compose([transforms.ToTensor(), transforms.Normalize(0, 1)])
    assert [type(child).__name__ for child in transform._children.values()] == ['HybridSequential']
    assert transforms.Compose([])(picture()).shape == PICTURE.shape


def test_in_graphs():
    for transform in (transforms.Compose([transforms.ToTensor(), transforms.Normalize(0.1, 2)]),
                      nn.HybridSequential()):
        if not len(transform):
            transform.add(transforms.ToTensor(), transforms.Normalize((0.1, 0.2, 0.3), (2, 3, 4)))
        expected = transform(picture()).asnumpy()
        transform.hybridize()
        np.testing.assert_allclose(transform(picture()).asnumpy(), expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize('make', [
    lambda: transforms.ToTensor(),
    lambda: transforms.Compose([transforms.ToTensor(), transforms.Normalize(0.1, 2)]),
    lambda: transforms.Compose([transforms.Resize(4), transforms.Cast('float32')]),
])
def test_cpps_loader_gives_what_python_gives(make):
    dataset = data.ArrayDataset(nd.stack(*[picture()] * 5), np.arange(5))
    transform = make()
    for workers in (0, 2):
        loader = data.DataLoader(dataset.transform_first(transform), 2, num_workers=workers)
        for batch in loader:
            for row in batch[0]:
                np.testing.assert_array_equal(row.asnumpy(), transform(picture()).asnumpy())


def test_random_parts_and_grey_pictures():
    """MXNet 2.0's RandomCrop and RandomGray."""
    rows = {tuple(map(tuple, window)) for window in np.lib.stride_tricks.sliding_window_view(
        PICTURE[..., 0], (3, 4)).reshape(-1, 3, 4).tolist()}
    for _ in range(20):
        part = transforms.RandomCrop((4, 3))(picture())
        assert part.shape == (3, 4, 3) and part.dtype == np.uint8
        assert tuple(map(tuple, part[:, :, 0].asnumpy().tolist())) in rows
    framed = transforms.RandomCrop((12, 10), pad=2, pad_value=9)(picture()).asnumpy()
    np.testing.assert_array_equal(framed[2:-2, 2:-2], PICTURE)
    assert (framed[:2] == 9).all() and (framed[:, -2:] == 9).all()
    assert transforms.RandomCrop(9)(picture()).shape == (9, 9, 3)
    grey = transforms.RandomGray(1)(picture())
    assert grey.dtype == np.float32
    np.testing.assert_allclose(grey.asnumpy(), np.repeat(
        PICTURE @ [[0.21], [0.72], [0.07]], 3, axis=2), rtol=1e-5)
    np.testing.assert_array_equal(transforms.RandomGray(0)(picture()).asnumpy(), PICTURE)


@pytest.mark.parametrize('flip, mirrored', [
    (transforms.RandomFlipLeftRight, PICTURE[:, ::-1]),
    (transforms.RandomFlipTopBottom, PICTURE[::-1])])
def test_how_often_pictures_are_flipped(flip, mirrored):
    """MXNet 2.0's p."""
    for p, expected in ((0, PICTURE), (1, mirrored)):
        for _ in range(5):
            np.testing.assert_array_equal(flip(p)(picture()).asnumpy(), expected)
    count = sum((flip(p=0.8)(picture()).asnumpy() == mirrored).all() for _ in range(100))
    assert 60 < count < 97
    with pytest.raises(ValueError, match='from 0 to 1'):
        flip(2)
