"""Pictures with objects on them: augmenters that move boxes, and batches."""
import json
import sys
import types

import numpy as np
import pytest

import gluino as mx
from gluino import image

LABEL = np.array([[1, .1, .2, .4, .5], [0, .5, .5, .9, .9], [2, 0, 0, .2, .2]])


@pytest.fixture
def marked():
    """A picture whose red is 200 in the boxes of LABEL, and else 0, 100 wide and 80 high."""
    picture = np.zeros((80, 100, 3), dtype=np.uint8)
    for _, left, top, right, bottom in LABEL:
        picture[round(80 * top):round(80 * bottom), round(100 * left):round(100 * right)] = 200
    return mx.nd.array(picture, dtype="uint8")


def shows(picture, label):
    """The share of the boxes' pixels that are marked."""
    height, width = picture.shape[:2]
    pixels = picture.asnumpy()[:, :, 0]
    return [pixels[round(height * top):round(height * bottom),
                   round(width * left):round(width * right)].mean() / 200
            for _, left, top, right, bottom in label]


AUGMENTERS = [image.DetHorizontalFlipAug(1), image.DetRandomCropAug(),
              image.DetRandomCropAug(0.7, (0.5, 2), (0.3, 0.9), 0.5),
              image.DetRandomPadAug(pad_val=(0, 0, 0)), image.DetRandomPadAug((0.5, 2), (2, 4), 50, 7),
              image.DetBorrowAug(image.ForceResizeAug((50, 40))),
              image.DetRandomSelectAug([image.DetRandomCropAug(), image.DetRandomPadAug()], 0.2)]


@pytest.mark.parametrize("augmenter", AUGMENTERS)
def test_boxes_stay_on_their_objects(augmenter, marked):
    mx.random.seed(3)
    before = LABEL.copy()
    for _ in range(30):
        picture, label = augmenter(marked, LABEL)
        assert 1 <= len(label) <= 3 and set(label[:, 0]) <= {0, 1, 2}
        assert label[:, 1:].min() >= 0 and label[:, 1:].max() <= 1
        assert min(shows(picture, label)) > 0.6  # of small boxes much is edge
    np.testing.assert_array_equal(LABEL, before)


def test_choices_follow_the_seed(marked):
    def labels():
        return [augmenter(marked, LABEL)[1].tolist() for augmenter in AUGMENTERS for _ in range(5)]

    mx.random.seed(5)
    first = labels()
    assert labels() != first
    mx.random.seed(5)
    assert labels() == first


# Which parts are accepted, and what is left of the label, as MXNet 1.9.1 has it.
@pytest.mark.parametrize("part, least, expected", [
    ((0, 0, .5, .5), .5, [[1, .2, .4, .8, 1], [2, 0, 0, .4, .4]]),
    ((.2, .2, .6, .6), .5, [[1, 0, 0, 1 / 3, .5], [0, .5, .5, 1, 1]]),
    ((.1, .1, .9, .8), .5, None),
    ((.1, .1, .9, .8), .1, [[1, 0, .125, 1 / 3, .5], [0, 4 / 9, .5, 8 / 9, 1]]),
    ((.3, .3, .5, .5), .1, [[0, .4, .4, 1, 1]]),
    ((.6, 0, .3, .2), .1, None)])
def test_what_a_part_shows(part, least, expected):
    cut = image.DetRandomCropAug(least)
    seen = cut._seen(LABEL, np.array(part[:2]), np.array(part[2:]))
    if expected is None:
        assert seen is None
    else:
        np.testing.assert_allclose(seen, expected, atol=1e-9)


def test_sizes_of_parts(marked):
    mx.random.seed(1)
    for _ in range(50):
        height, width = image.DetRandomCropAug(0, (0.75, 1.33), (.2, .6))(marked, LABEL)[0].shape[:2]
        assert .19 < height * width / 8000 < .61 and .73 < width / height < 1.36
        height, width = image.DetRandomPadAug((0.75, 1.33), (1, 2))(marked, LABEL)[0].shape[:2]
        assert height >= 80 and width >= 100 and height * width < 2.05 * 8000
    impossible = image.DetRandomCropAug(2.0)
    assert impossible(marked, LABEL)[0] is marked


def test_options_are_checked_and_told():
    several = image.CreateMultiRandCropAugmenter(min_object_covered=[.1, .3], skip_prob=.2)
    assert [json.loads(a.dumps())[1]["min_object_covered"] for a in several.aug_list] == [.1, .3]
    assert image.DetBorrowAug(image.CastAug()).dumps() == [
        "detborrowaug", '["castaug", {"type": "float32"}]']
    assert image.DetRandomPadAug(area_range=2.).dumps() == (
        '["detrandompadaug", {"aspect_ratio_range": [0.75, 1.33], "area_range": [2.0, 2.0], '
        '"max_attempts": 50, "pad_val": [128, 128, 128]}]')
    assert image.DetRandomSelectAug([]).skip_prob == 1
    for make in (lambda: image.DetRandomSelectAug([3]),
                 lambda: image.DetRandomCropAug(area_range=(.5, .2)),
                 lambda: image.DetRandomPadAug(aspect_ratio_range=(1, float("inf"))),
                 lambda: image.CreateMultiRandCropAugmenter([.1, .3], max_attempts=[1, 2, 3])):
        with pytest.raises(ValueError, match="expected"):
            make()
    with pytest.raises(TypeError, match="Augmenter"):
        image.DetBorrowAug(3)
    with pytest.raises(NotImplementedError):
        image.DetAugmenter()(None, None)


def test_lists_of_augmenters(marked):
    augmenters = image.CreateDetAugmenter(
        (3, 30, 20), resize=40, rand_crop=.5, rand_pad=.5, rand_gray=.1, rand_mirror=True, mean=True,
        std=True, brightness=.1, contrast=.1, saturation=.1, hue=.1, pca_noise=.1)
    kinds = [type(a.augmenter if isinstance(a, image.DetBorrowAug) else a).__name__
             for a in augmenters]
    assert kinds == ["ResizeAug", "DetRandomSelectAug", "DetHorizontalFlipAug", "DetRandomSelectAug",
                     "ForceResizeAug", "CastAug", "ColorJitterAug", "HueJitterAug", "LightingAug",
                     "RandomGrayAug", "ColorNormalizeAug"]
    picture, label = marked, LABEL
    for augmenter in augmenters:
        picture, label = augmenter(picture, label)
    assert picture.shape == (30, 20, 3) and picture.dtype == np.float32 and label.shape[1] == 5


def objects(count, kind):
    return [4, 5, 0, 0] + [kind, .1, .2, .5, .6] * count


@pytest.fixture
def pictures(tmp_path):
    """Five pictures with one to three objects, as files and as records."""
    record = mx.recordio.MXIndexedRecordIO(str(tmp_path / "p.idx"), str(tmp_path / "p.rec"), "w")
    for i in range(5):
        head = mx.recordio.IRHeader(0, np.array(objects(1 + i % 3, i), dtype=np.float32), i, 0)
        packed = mx.recordio.pack_img(head, np.full((5, 6, 3), 30 * i, dtype=np.uint8), 3, ".png")
        record.write_idx(i, packed)
        (tmp_path / f"{i}.png").write_bytes(mx.recordio.unpack(packed)[1])
    record.close()
    return tmp_path


def listed(folder, rows=None):
    rows = rows or [objects(1 + i % 3, i) for i in range(5)]
    return {"imglist": [[row, f"{i}.png"] for i, row in enumerate(rows)], "path_root": str(folder)}


@pytest.mark.parametrize("source", ["records", "list"])
def test_batches(pictures, source):
    options = {"path_imgrec": str(pictures / "p.rec")} if source == "records" else listed(pictures)
    it = image.ImageDetIter(2, (3, 4, 4), **options)
    assert it.label_shape == (3, 5)
    assert it.provide_data == [("data", (2, 3, 4, 4))] and it.provide_label == [("label", (2, 3, 5))]
    for _ in range(2):
        batches = list(it)
        assert [b.pad for b in batches] == [0, 0, 1]
        assert [b.data[0].asnumpy()[:, 0, 0, 0].tolist() for b in batches] == [
            [0, 30], [60, 90], [120, 0]]
        labels = batches[1].label[0].asnumpy()
        np.testing.assert_allclose(labels[0], [[2, .1, .2, .5, .6]] * 3)
        np.testing.assert_allclose(labels[1], [[3, .1, .2, .5, .6], [-1] * 5, [-1] * 5])
        it.reset()


def test_shapes_change(pictures, caplog):
    it = image.ImageDetIter(2, (3, 4, 4), aug_list=[image.DetBorrowAug(image.ForceResizeAug((4, 4)))],
                            **listed(pictures))
    for shape, message in (((1, 5), "at least 3"), ((4, 6), "of 5 numbers"), ((4,), "objects, ")):
        with pytest.raises(ValueError, match=message):
            it.reshape(label_shape=shape)
    with pytest.raises(ValueError, match="channels"):
        it.reshape(data_shape=(1, 5, 6))
    it.reshape(label_shape=(4, 5))
    small = image.ImageDetIter(1, (3, 4, 4), **listed(pictures, [objects(1, 7)]))
    with caplog.at_level("INFO"):
        assert it.sync_label_shape(small, verbose=True) is small and small.label_shape == (4, 5)
    assert caplog.messages == ["Resized label_shape to (4, 5)."]
    assert small.next().label[0].shape == (1, 4, 5)
    it.auglist = [image.DetBorrowAug(image.ForceResizeAug((6, 5)))]
    it.reshape(data_shape=(3, 5, 6))
    assert it.next().data[0].shape == (2, 3, 5, 6) == it.provide_data[0].shape
    with pytest.raises(AssertionError):
        it.sync_label_shape(3)


@pytest.mark.parametrize("row", [
    [1, 2, 3], [4, 5, 0, 0, 1, .1, .2, .5], [2, 4, 1, .5, .5, .1, .2], [2, 5, 1, .5, .5, .1, .1],
    [9, 5, 1, .1, .1, .2, .2], [-3, 5, 1, .1, .1, .2, .2], [2, 0, 1, .1, .1, .2, .2]])
def test_wrong_labels_are_told(pictures, row):
    with pytest.raises(RuntimeError, match="label: expected"):
        image.ImageDetIter(1, (3, 4, 4), **listed(pictures, [objects(1, 0), row]))


def test_labels_of_several_widths_are_told(pictures):
    with pytest.raises(ValueError, match="expected 5 numbers"):
        image.ImageDetIter(1, (3, 4, 4), **listed(
            pictures, [objects(1, 0), [2, 6, 1, .1, .2, .5, .6, 7]]))


def test_pictures_without_objects_are_left_out(pictures):
    class Drop(image.DetAugmenter):
        """Forgets the objects of class 1."""

        def __call__(self, src, label):
            return src, label[label[:, 0] != 1]

    (pictures / "3.png").write_bytes(b"broken")
    it = image.ImageDetIter(1, (3, 5, 6), aug_list=[Drop()], **listed(pictures))
    assert [b.label[0][0, 0, 0].asscalar() for b in it] == [0, 2, 4]


def test_pictures_with_frames(pictures, monkeypatch):
    it = image.ImageDetIter(1, (3, 10, 20), **listed(pictures))
    frames = list(it.draw_next(color=(255, 0, 9), thickness=1, std=np.array([.5])))
    assert len(frames) == 5 and frames[2].shape == (10, 20, 3)
    assert frames[2][2, 2].tolist() == [255, 0, 9] and frames[2][6, 10].tolist() == [255, 0, 9]
    assert frames[2][4, 5].tolist() == [30, 30, 30]
    monkeypatch.setitem(sys.modules, "cv2", None)
    it.reset()
    with pytest.raises(ImportError):
        next(it.draw_next(waitKey=1))
    told = []
    monkeypatch.setitem(sys.modules, "cv2", types.SimpleNamespace(
        FONT_HERSHEY_SIMPLEX=0, putText=lambda picture, text, *_: told.append(text),
        imshow=lambda name, picture: told.append((name, picture.shape)), waitKey=told.append))
    next(it.draw_next(waitKey=3, id2labels={0: "cat"}))
    assert told == ["cat", ("draw_next", (10, 20, 3)), 3]
