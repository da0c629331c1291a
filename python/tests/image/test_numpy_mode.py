"""Pictures where NumPy's rules are on."""
import mxnet as mx
import numpy as np
import pytest
from mxnet import image, npx, recordio


@pytest.fixture
def numpy_rules():
    npx.set_np()
    yield
    npx.reset_np()


@pytest.fixture
def records(tmp_path):
    writer = recordio.MXRecordIO(str(tmp_path / "a.rec"), "w")
    for i in range(2):
        header = recordio.IRHeader(0, [2, 5, i, .1, .2, .5, .6], i, 0)
        writer.write(recordio.pack_img(header, np.full((6, 8, 3), 90 * i, np.uint8), 3, ".png"))
    writer.close()
    return str(tmp_path / "a.rec")


def test_iterators_give_arrays_of_mx_np(numpy_rules, records):
    changes = dict(mean=True, std=True, brightness=.1, contrast=.1, saturation=.1, hue=.1,
                   pca_noise=.1, rand_gray=.5, rand_mirror=True)
    for it in (image.ImageIter(2, (3, 4, 4), label_width=7, path_imgrec=records, **changes),
               image.ImageDetIter(2, (3, 4, 4), path_imgrec=records, **changes)):
        batch = it.next()
        for array in batch.data + batch.label:
            assert isinstance(array, mx.np.ndarray) and array.dtype == np.float32


def test_colours_are_those_of_the_old_rules(numpy_rules):
    pixels = np.arange(2 * 3 * 3, dtype=np.float32).reshape(2, 3, 3)
    for kind in (image.ContrastJitterAug(.5), image.HueJitterAug(.5), image.RandomGrayAug(1),
                 image.ColorNormalizeAug(np.array([1, 2, 3]), None)):
        mx.random.seed(3)
        new = kind(mx.np.array(pixels))
        mx.random.seed(3)
        assert isinstance(new, mx.np.ndarray)
        np.testing.assert_array_equal(new.asnumpy(), kind(mx.nd.array(pixels)).asnumpy())
