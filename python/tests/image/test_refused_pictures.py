"""Pictures and parts of them that would give nothing, or wrong colours in silence."""

import mxnet as mx
import numpy as np
import pytest

from mxnet import image

bright = mx.nd.array(np.arange(2 * 3 * 3).reshape(2, 3, 3) * 10, dtype="uint8")


@pytest.mark.parametrize("augmenter", [
    image.BrightnessJitterAug(0.5), image.ContrastJitterAug(0.5), image.SaturationJitterAug(0.5),
    image.HueJitterAug(0.5), image.RandomGrayAug(1), image.LightingAug(0.1, np.ones(3), np.eye(3)),
])
def test_colours_are_changed_of_floats_only(augmenter):
    with pytest.raises(mx.MXNetError, match=r"Aug: expected a picture of floats.*got uint8"):
        augmenter(bright)
    assert augmenter(bright.astype("float32")).shape == bright.shape


def test_a_batch_becomes_grey_as_its_pictures_do():
    floats = bright.astype("float32")
    batch = mx.nd.stack(floats, floats * 2)
    grey = image.RandomGrayAug(1)
    np.testing.assert_allclose(grey(batch).asnumpy()[0], grey(floats).asnumpy())
    np.testing.assert_allclose(grey(batch).asnumpy()[1], grey(floats * 2).asnumpy())


@pytest.mark.parametrize("place", [(-1, 0, 2, 2), (3, 0, 1, 1), (0, 0, 0, 2), (0, 2, 2, 2)])
def test_a_part_without_pixels(place):
    with pytest.raises(mx.MXNetError, match="fixed_crop: no pixel of a picture of shape"):
        image.fixed_crop(bright, *place)


def test_sizes_are_whole_numbers():
    with pytest.raises(mx.MXNetError, match="whole pixels, got 2.5 and 2"):
        image.imresize(bright, 2.5, 2)
    assert image.imresize(bright, 2.0, np.int64(1)).shape == (1, 2, 3)
    with pytest.raises(mx.MXNetError):
        image.resize_short(bright, 1.3)
