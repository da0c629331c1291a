"""Functions of single pictures, augmenters, and batches of pictures."""
import json
import struct

import numpy as np
import pytest

import gluino as mx
from gluino import image


@pytest.fixture
def ramp():
    return mx.nd.array(np.arange(4 * 6 * 3).reshape(4, 6, 3), dtype="uint8")


def encoded(picture):
    return mx.recordio.unpack(mx.recordio.pack_img((0, 0.0, 0, 0), picture[:, :, ::-1], 3,
                                                   ".png"))[1]


def test_decoding(tmp_path, ramp):
    content = encoded(ramp.asnumpy())
    path = tmp_path / "p.png"
    path.write_bytes(content)
    for buffer in (content, bytearray(content), np.frombuffer(content, dtype=np.uint8)):
        np.testing.assert_array_equal(image.imdecode(buffer).asnumpy(), ramp.asnumpy())
    np.testing.assert_array_equal(image.imread(str(path)).asnumpy(), ramp.asnumpy())
    assert image.imdecode(content, to_rgb=False)[0, 0].asnumpy().tolist() == [2, 1, 0]
    assert image.imdecode(content, flag=0).shape == (4, 6, 1)
    out = mx.nd.zeros((4, 6, 3), dtype="uint8")
    assert image.imdecode(content, out=out) is out and out.asnumpy().max() == 71


@pytest.mark.parametrize("bits, palette, rows", [
    (24, b"", bytes([1, 2, 3, 40, 50, 60, 0, 0]) + bytes([7, 8, 9, 0, 0, 255, 0, 0])),
    (8, bytes([1, 2, 3, 0, 40, 50, 60, 0, 7, 8, 9, 0, 0, 0, 255, 0]), bytes([0, 1, 0, 0, 2, 3, 0, 0])),
])
def test_bmp(tmp_path, bits, palette, rows):
    head = struct.pack("<IiiHHIIiiII", 40, 2, 2, 1, bits, 0, len(rows), 0, 0, len(palette) // 4, 0)
    first = 14 + len(head) + len(palette)
    content = struct.pack("<2sIHHI", b"BM", first + len(rows), 0, 0, first) + head + palette + rows
    expected = [[[9, 8, 7], [255, 0, 0]], [[3, 2, 1], [60, 50, 40]]]  # The lowest row comes first.
    assert image.imdecode(content).asnumpy().tolist() == expected
    assert image.imdecode(content, flag=0).asnumpy().tolist() == [[[8], [76]], [[2], [52]]]
    (tmp_path / "p.bmp").write_bytes(content)
    read = image.imread(str(tmp_path / "p.bmp"), to_rgb=False)
    assert read[0, 1].asnumpy().tolist() == [0, 0, 255]


def test_operators_that_read(tmp_path, ramp):
    content = encoded(ramp.asnumpy())
    (tmp_path / "p.png").write_bytes(content)
    buffer = mx.nd.array(np.frombuffer(content, dtype=np.uint8), dtype="uint8")
    internal = mx.nd._internal
    for picture in (internal._cvimdecode(buffer), internal._cvimread(str(tmp_path / "p.png")),
                    internal._cvcopyMakeBorder(ramp)):
        np.testing.assert_array_equal(picture.asnumpy(), ramp.asnumpy())
    assert internal._cvcopyMakeBorder(ramp, 1, 0, 0, 0, value=7)[0, 0].asnumpy().tolist() == [7] * 3


def test_what_is_no_picture():
    for content in (b"", b"clearly not a picture"):
        with pytest.raises(mx.MXNetError):
            image.imdecode(content)
    with pytest.raises(ValueError):
        image.imdecode("text")
    with pytest.raises(mx.MXNetError, match="none.jpg"):
        image.imread("none.jpg")


# First rows of the red channel, as MXNet 1.9.1 with OpenCV gives them.
@pytest.mark.parametrize("interp, smaller, larger", [
    (0, [0, 6, 12], [0, 0, 3, 6]),
    (1, [11, 17, 23], [0, 1, 3, 5]),
    (2, [9, 15, 21], [0, 0, 3, 4]),
    (3, [11, 17, 23], [0, 2, 3, 6]),
    (4, [9, 15, 21], [0, 0, 3, 5])])
def test_interpolations(ramp, interp, smaller, larger):
    assert image.imresize(ramp, 3, 2, interp).asnumpy()[0, :, 0].tolist() == smaller
    assert image.imresize(ramp, 9, 5, interp).asnumpy()[0, :4, 0].tolist() == larger


# As MXNet 1.9.1 gives them: OpenCV cuts products off, so that 5.5 is 5 in the first row.
def test_roundings_between_pixels(ramp):
    found = image.imresize(ramp, 9, 5, interp=1).asnumpy()[:, :, 0]
    assert found[0].tolist() == [0, 1, 3, 5, 7, 9, 11, 13, 15]
    assert found[4].tolist() == [54, 55, 57, 59, 61, 63, 65, 67, 69]
    few = mx.nd.array([[204, 71, 237], [252, 134, 25]], dtype="uint8").expand_dims(2)
    assert image.imresize(few.tile((1, 1, 3)), 5, 3, interp=3).asnumpy()[1, :, 0].tolist() == [
        228, 186, 103, 121, 131]


# 18 * 33 / 54 is 11, but OpenCV takes the place before it; 13 * 20 / 52 is 5, and so it is there.
@pytest.mark.parametrize("interp, size, wanted, at, place", [
    (0, 22, 18, 9, 10), (0, 33, 54, 18, 10), (0, 33, 54, 36, 21), (0, 20, 52, 13, 5),
    (3, 33, 54, 18, 10), (3, 33, 54, 36, 21)])
def test_places_that_are_whole_are_rounded_as_by_opencv(interp, size, wanted, at, place):
    rows = mx.nd.arange(size).astype("uint8").reshape((size, 1, 1)).broadcast_to((size, 3, 3))
    assert image.imresize(rows, 3, wanted, interp)[at, 0, 0].asscalar() == place
    columns = rows.transpose((1, 0, 2))
    assert image.imresize(columns, wanted, 3, interp)[0, at, 0].asscalar() == place


def test_sizes(ramp):
    as_floats = image.imresize(ramp.astype("float32"), 9, 5, 2)
    assert as_floats.dtype == np.float32
    np.testing.assert_allclose(as_floats.asnumpy()[0, :3, 0], [-1.35392, 0.125246, 2.545385],
                               rtol=1e-4)
    assert image.imresize(ramp.astype("float64"), 3, 2).dtype == np.float64
    assert image.resize_short(ramp, 2).shape == (2, 3, 3)
    assert image.resize_short(ramp.transpose((1, 0, 2)), 2).shape == (3, 2, 3)
    assert image.scale_down((640, 480), (720, 120)) == (640, 106)
    assert image.scale_down((360, 1000), (480, 500)) == (360, 375)
    for interp in (9, 10):
        assert image.imresize(ramp, 3, 9, interp).shape == (9, 3, 3)
    with pytest.raises(mx.MXNetError):
        image.imresize(ramp, 0, 2)
    with pytest.raises(mx.MXNetError):
        image.imresize(ramp, 3, 2, interp=7)


def test_crops(ramp):
    np.testing.assert_array_equal(image.fixed_crop(ramp, 1, 1, 3, 2).asnumpy(),
                                  ramp.asnumpy()[1:3, 1:4])
    assert image.fixed_crop(ramp, 1, 1, 3, 2, (6, 4)).shape == (4, 6, 3)
    part, place = image.center_crop(ramp, (3, 2))
    assert part.shape == (2, 3, 3) and place == (1, 1, 3, 2)
    part, place = image.center_crop(ramp, (30, 20))
    assert part.shape == (20, 30, 3) and place == (0, 0, 6, 4)
    for _ in range(20):
        part, (x, y, width, height) = image.random_crop(ramp, (3, 2))
        assert part.shape == (2, 3, 3) and 0 <= x <= 3 and 0 <= y <= 2
        np.testing.assert_array_equal(part.asnumpy(), ramp.asnumpy()[y:y + 2, x:x + 3])
        part, (x, y, width, height) = image.random_size_crop(ramp, (3, 2), (0.2, 0.6), (0.75, 1.33))
        assert part.shape == (2, 3, 3) and x + width <= 6 and y + height <= 4
        assert 0.1 < width * height / 24 < 0.8
    with pytest.raises(AssertionError):
        image.random_size_crop(ramp, (3, 2), 0.5, (1, 2), colour=1)


def test_choices_follow_the_seed(ramp):
    def places():
        return [image.random_crop(ramp, (2, 2))[1] for _ in range(10)]

    mx.random.seed(5)
    first = places()
    assert places() != first
    mx.random.seed(5)
    assert places() == first


def test_borders(ramp):
    part = ramp[:2, :2]
    around = image.image.copyMakeBorder(part, 1, 0, 2, 1, type=0, value=7).asnumpy()[:, :, 0]
    assert around.tolist() == [[7, 7, 7, 7, 7], [7, 7, 0, 3, 7], [7, 7, 18, 21, 7]]
    for value, pixel in ((5.5, 6), (4.5, 4), (-3, 0), (300, 255)):
        assert image.image.copyMakeBorder(part, 1, 0, 0, 0, 0, value)[0, 0, 0].asscalar() == pixel
    with pytest.raises(mx.MXNetError, match="finite values for pixels of uint8"):
        image.image.copyMakeBorder(part, 1, 0, 0, 0, 0, float("nan"))
    colours = image.image.copyMakeBorder(part, 1, 0, 0, 0, 0, values=(1, 2, 3))
    assert colours[0, 0].asnumpy().tolist() == [1, 2, 3]
    for values, expected in ((7, [7, 0, 0]), ((7,), [7, 0, 0]), ((7, 8), [7, 8, 0])):
        few = image.image.copyMakeBorder(part, 1, 0, 0, 0, 0, values=values)
        assert few[0, 0].asnumpy().tolist() == expected
    grey = image.image.copyMakeBorder(part[:, :, :1], 1, 0, 0, 0, 0, values=(7, 8, 9))
    assert grey[:, 0].asnumpy().tolist() == [[7], [0], [18]]
    red = ramp.asnumpy()[:, :, 0]
    for kind, mode in ((1, "edge"), (2, "symmetric"), (3, "wrap"), (4, "reflect")):
        np.testing.assert_array_equal(
            image.image.copyMakeBorder(ramp, 2, 1, 2, 1, kind).asnumpy()[:, :, 0],
            np.pad(red, ((2, 1), (2, 1)), mode))


def test_turns(ramp):
    planes = ramp.astype("float32").transpose((2, 0, 1))
    half = image.imrotate(planes, 180)
    np.testing.assert_allclose(half.asnumpy(), planes.asnumpy()[:, ::-1, ::-1], atol=1e-3)
    batch = mx.nd.stack(planes, planes)
    both = image.imrotate(batch, mx.nd.array([0, 180])).asnumpy()
    np.testing.assert_allclose(both[0], planes.asnumpy(), atol=1e-3)
    np.testing.assert_allclose(both[1], half.asnumpy(), atol=1e-3)
    assert image.random_rotate(batch, (-20, 20), zoom_out=True).shape == batch.shape
    with pytest.raises(TypeError):
        image.imrotate(ramp, 90)
    with pytest.raises(TypeError, match="for one picture"):
        image.imrotate(planes, mx.nd.array([90]))
    with pytest.raises(ValueError):
        image.imrotate(planes, 90, zoom_in=True, zoom_out=True)
    with pytest.raises(ValueError):
        image.imrotate(batch, [1, 2, 3])
    for shape in ((2, 2), (1, 1, 3, 2, 2)):
        for turn in (image.imrotate, lambda x, _: image.random_rotate(x, (-20, 20))):
            with pytest.raises(ValueError, match="expected a picture"):
                turn(mx.nd.ones(shape), 10)


def test_colours_are_normalised():
    pixels = mx.nd.array([[[10, 20, 30]]])
    result = image.color_normalize(pixels, mx.nd.array([1, 2, 3]), np.array([3, 2, 9]))
    assert result.asnumpy().tolist() == [[[3, 9, 3]]]
    assert pixels.asnumpy().tolist() == [[[10, 20, 30]]]
    assert image.color_normalize(pixels, None) is pixels


# With 0.3 for each random number, as MXNet 1.9.1 gives them.
@pytest.mark.parametrize("kind, expected", [
    (image.BrightnessJitterAug, [13, 26, 39]),
    (image.ContrastJitterAug, [10.15525, 23.15525, 36.15525]),
    (image.SaturationJitterAug, [7.555, 20.555, 33.555]),
    (image.HueJitterAug, [8.011212, 24.24526, 13.342235])])
def test_colours_change(monkeypatch, kind, expected):
    monkeypatch.setattr("gluino.image.augment._between", lambda low, high: 0.3)
    picture = mx.nd.array([[[0, 1, 2], [10, 20, 30]]])
    np.testing.assert_allclose(kind(0.5)(picture)[0, 1].asnumpy(), expected, rtol=1e-5)


def test_augmenters(ramp):
    floats = ramp.astype("float32")
    np.testing.assert_array_equal(image.HorizontalFlipAug(1)(ramp).asnumpy(),
                                  ramp.asnumpy()[:, ::-1])
    assert image.HorizontalFlipAug(0)(ramp) is ramp
    grey = image.RandomGrayAug(1)(floats).asnumpy()
    assert (grey[:, :, 0] == grey[:, :, 2]).all()
    assert image.ForceResizeAug((2, 3))(ramp).shape == (3, 2, 3)
    assert image.CastAug()(ramp).dtype == np.float32
    both = image.SequentialAug([image.ResizeAug(2), image.CastAug()])
    assert both(ramp).shape == (2, 3, 3) and both(ramp).dtype == np.float32
    assert both.dumps() == ["sequentialaug", ['["resizeaug", {"size": 2, "interp": 2}]',
                                              '["castaug", {"type": "float32"}]']]
    with pytest.raises(NotImplementedError):
        image.Augmenter()(ramp)


def test_lists_of_augmenters(ramp):
    augmenters = image.CreateAugmenter(
        (3, 4, 4), resize=5, rand_crop=True, rand_resize=True, rand_mirror=True, mean=True,
        std=np.array([2, 2, 2]), brightness=.1, contrast=.1, saturation=.1, hue=.1, pca_noise=.1,
        rand_gray=.1)
    assert [type(a).__name__ for a in augmenters] == [
        "ResizeAug", "RandomSizedCropAug", "HorizontalFlipAug", "CastAug", "ColorJitterAug",
        "HueJitterAug", "LightingAug", "RandomGrayAug", "ColorNormalizeAug"]
    picture = ramp
    for augmenter in augmenters:
        picture = augmenter(picture)
    assert picture.shape == (4, 4, 3) and picture.dtype == np.float32
    assert json.loads(augmenters[6].dumps())[1]["eigval"] == [55.46, 4.794, 1.148]
    with pytest.raises(AssertionError):
        image.CreateAugmenter((3, 4, 4), rand_resize=True)


@pytest.fixture
def files(tmp_path):
    """Seven pictures as files, in a list, and as records."""
    record = mx.recordio.MXIndexedRecordIO(str(tmp_path / "p.idx"), str(tmp_path / "p.rec"), "w")
    lines = []
    for i in range(7):
        content = encoded(np.full((5, 6, 3), 30 * i, dtype=np.uint8))
        (tmp_path / f"{i}.png").write_bytes(content)
        record.write_idx(i, mx.recordio.pack((0, float(i), i, 0), content))
        lines.append(f"{i}\t{i}\t{i}.png\n")
    record.close()
    (tmp_path / "p.lst").write_text("".join(lines))
    return tmp_path


def labels_of(it):
    return [(b.label[0].asnumpy().tolist(), b.pad) for b in it]


@pytest.mark.parametrize("source", ["records", "index", "list", "given"])
def test_image_iter(files, source):
    options = {
        "records": {"path_imgrec": str(files / "p.rec")},
        "index": {"path_imgrec": str(files / "p.rec"), "path_imgidx": str(files / "p.idx")},
        "list": {"path_imglist": str(files / "p.lst"), "path_root": str(files)},
        "given": {"imglist": [[i, f"{i}.png"] for i in range(7)], "path_root": str(files)},
    }[source]
    it = image.ImageIter(3, (3, 4, 4), **options)
    assert it.provide_data == [("data", (3, 3, 4, 4))]
    assert it.provide_label == [("softmax_label", (3,))]
    for _ in range(2):
        batches = list(it)
        assert labels_of(batches) == [([0, 1, 2], 0), ([3, 4, 5], 0), ([6, 0, 1], 2)]
        assert batches[1].data[0].shape == (3, 3, 4, 4)
        assert batches[1].data[0].asnumpy()[:, 0, 0, 0].tolist() == [90, 120, 150]
        it.reset()


def test_image_iter_handles_what_is_left(files):
    options = {"path_imgrec": str(files / "p.rec"), "path_imgidx": str(files / "p.idx")}
    it = image.ImageIter(3, (3, 4, 4), last_batch_handle="discard", **options)
    assert labels_of(it) == [([0, 1, 2], 0), ([3, 4, 5], 0)]
    it = image.ImageIter(3, (3, 4, 4), last_batch_handle="roll_over", **options)
    assert labels_of(it) == [([0, 1, 2], 0), ([3, 4, 5], 0)]
    it.reset()
    assert labels_of(it) == [([6, 0, 1], 0), ([2, 3, 4], 0)]
    mx.random.seed(2)
    it = image.ImageIter(7, (3, 4, 4), shuffle=True, num_parts=2, part_index=1, **options)
    assert set(labels_of(it)[0][0]) == {3, 4, 5}


def test_image_iter_leaves_out_what_is_broken(files):
    (files / "2.png").write_bytes(b"broken")
    it = image.ImageIter(3, (3, 4, 4), imglist=[[i, f"{i}.png"] for i in range(7)],
                         path_root=str(files), dtype="int32")
    batches = list(it)
    assert labels_of(batches) == [([0, 1, 3], 0), ([4, 5, 6], 0)]
    # The type is that of the labels: pictures that are normalised are no whole numbers.
    assert batches[0].label[0].dtype == np.int32 and batches[0].data[0].dtype == np.float32
    assert it.provide_data[0].dtype == "float32" and it.provide_label[0].dtype == "int32"
    nothing = image.ImageIter(1, (3, 4, 4), imglist=[[0, "2.png"]], path_root=str(files))
    assert labels_of(nothing) == []


def test_iterators_know_how_many_pictures_they_have():
    pictures = [[float(i), "none.png"] for i in range(5)]
    options = {"batch_size": 2, "data_shape": (3, 4, 4), "imglist": pictures}
    assert image.ImageIter(**options).num_image == 5
    assert image.ImageIter(**options, num_parts=2, part_index=1).num_image == 2


def test_wrong_lists_are_told_by_line(tmp_path):
    path = tmp_path / "pictures.lst"
    for line in ("", "x\t1\ta.png", "3\tone\ta.png", "4 1 a.png"):
        path.write_bytes(b"0\t1\ta.png\n" + line.encode() + b"\n")
        with pytest.raises(mx.MXNetError, match="pictures.lst: line 2: expected an index"):
            image.ImageIter(1, (3, 4, 4), path_imglist=str(path), path_root=str(tmp_path))


def test_labels_are_as_many_as_said(files):
    it = image.ImageIter(1, (3, 4, 4), label_width=3, imglist=[[0, 1, "0.png"]], path_root=str(files))
    with pytest.raises(mx.MXNetError, match="expected 3 numbers as the label of a picture.*got 2"):
        next(it)
