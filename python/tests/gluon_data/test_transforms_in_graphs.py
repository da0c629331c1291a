"""Transforms within graphs: hybridized, exported, and for symbols."""
import numpy as np
import pytest

import gluino as mx
from gluino import gluon, nd
from gluino.gluon.data.vision import transforms

PICTURE = nd.array((np.arange(7 * 6 * 3) * 5 % 251).reshape(7, 6, 3), dtype='uint8')


@pytest.mark.parametrize('make', [
    lambda: [transforms.Resize(5), transforms.ToTensor(), transforms.Normalize(0.5, 0.25)],
    lambda: [transforms.Resize((3, 4), interpolation=2)],
    lambda: [transforms.Resize(4, keep_ratio=True), transforms.Cast('float16')],
    lambda: [transforms.CropResize(1, 2, 3, 4)],
    lambda: [transforms.CropResize(1, 2, 3, 4, (5, 6), 0), transforms.ToTensor()],
])
@pytest.mark.parametrize('batch', [False, True])
def test_the_same_pixels(tmp_path, make, batch):
    x = nd.stack(PICTURE, PICTURE) if batch else PICTURE
    net = transforms.HybridCompose(make())
    expected = net(x)
    net.hybridize()
    got = net(x)
    assert got.dtype == expected.dtype
    np.testing.assert_array_equal(got.asnumpy(), expected.asnumpy())
    net.export(str(tmp_path / 'net'))
    loaded = gluon.SymbolBlock.imports(str(tmp_path / 'net-symbol.json'), 'data')
    np.testing.assert_array_equal(loaded(x).asnumpy(), expected.asnumpy())


@pytest.mark.parametrize('transform', [
    transforms.RandomFlipLeftRight(), transforms.RandomFlipTopBottom(),
    transforms.RandomBrightness(0.5), transforms.RandomContrast(0.5),
    transforms.RandomSaturation(0.5), transforms.RandomHue(0.5),
    transforms.RandomColorJitter(0.5, 0.5, 0.5, 0.5), transforms.RandomLighting(0.5)])
def test_graphs_draw_anew(transform):
    net = transforms.HybridCompose([transform])
    net.hybridize()
    x = PICTURE.astype('float32')
    assert len({net(x).asnumpy().tobytes() for _ in range(40)}) > 1


def test_what_no_operator_does():
    for transform in (transforms.CenterCrop(3), transforms.RandomFlipLeftRight(0.3)):
        with pytest.raises(NotImplementedError, match='no operator does this'):
            transform(mx.sym.var('data'))
