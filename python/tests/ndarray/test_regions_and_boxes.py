"""Regions and boxes at the edges of what their operators take."""
import gluino as mx
import numpy as np
import pytest
from gluino import nd

ROWS = np.array([[0, 0.2, 0, 0, 1, 1], [0, 0.9, 0, 0, 1, 1], [1, 0.5, 2, 2, 3, 4]], "float32")


@pytest.mark.parametrize("region", [
    [0, 0, 0, np.inf, 1], [0, 0, np.nan, np.inf, 1e30], [0, -4e7, -4e7, 4.2e7, 4.2e7],
    [0, -1e30, -1e30, 1e30, 1e30]])
@pytest.mark.parametrize("aligned", [False, True])
def test_regions_far_beyond_an_image_end(region, aligned):
    data = nd.ones((1, 1, 4, 4))
    data.attach_grad()
    with mx.autograd.record():
        y = nd.contrib.ROIAlign(data, nd.array([region]), pooled_size=(2, 2), spatial_scale=1,
                                aligned=aligned)
    y.backward()
    assert y.shape == (1, 1, 2, 2) and (y.asnumpy() < 1e-6).all()
    assert np.isfinite(data.grad.asnumpy()).all()


def test_none_of_the_boxes_is_looked_at():
    data = nd.array(ROWS)
    data.attach_grad()
    with mx.autograd.record():
        y = nd.contrib.box_nms(data, topk=0, id_index=0, out_format="center")
    y.backward(nd.arange(18).reshape((3, 6)))
    np.testing.assert_array_equal(y.asnumpy(), ROWS)
    np.testing.assert_array_equal(data.grad.asnumpy(), np.arange(18).reshape(3, 6))


@pytest.mark.parametrize("options, message", [
    ({"score_index": 3}, "score_index: expected none of the four numbers from 2 on, got 3"),
    ({"id_index": 5}, "id_index: expected none of the four numbers from 2 on, got 5"),
    ({"id_index": 1}, "id_index: expected another than score_index, got 1")])
def test_each_number_of_a_box_is_one_thing(options, message):
    with pytest.raises(mx.MXNetError, match=message):
        nd.contrib.box_nms(nd.array(ROWS), **options)
