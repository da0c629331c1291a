"""Iterators of the library over files, by MXNet's names and options."""
import gzip
import struct

import numpy as np
import pytest

import gluino as mx


@pytest.fixture
def csv(tmp_path):
    path = tmp_path / "data.csv"
    path.write_text("".join(f"{i},{i + 1}\n" for i in range(7)))
    labels = tmp_path / "label.csv"
    labels.write_text("".join(f"{i * 10}\n" for i in range(7)))
    return {"data_csv": str(path), "data_shape": (2,), "label_csv": str(labels), "batch_size": 3}


def test_csv(csv):
    it = mx.io.CSVIter(**csv)
    assert isinstance(it, mx.io.MXDataIter) and it.batch_size == 3
    assert it.provide_data == [("data", (3, 2))]
    assert it.provide_label == [("softmax_label", (3,))]
    batches = list(it)
    assert [b.pad for b in batches] == [0, 0, 2]
    assert batches[2].index.tolist() == [6, 0, 1]
    assert batches[2].data[0].asnumpy().tolist() == [[6, 7], [0, 1], [1, 2]]
    assert batches[2].label[0].asnumpy().tolist() == [60, 0, 10]
    it.reset()
    assert it.iter_next() and it.getpad() == 0
    assert it.getdata().shape == (3, 2) and it.getlabel().shape == (3,)


def test_csv_options(csv):
    it = mx.io.CSVIter(**{**csv, "data_shape": "(2,)", "round_batch": "False", "dtype": "int32",
                          "data_name": "x", "label_name": "y"})
    assert it.provide_data[0].name == "x" and it.provide_label[0].name == "y"
    assert it.provide_data[0].dtype == np.int32
    batches = list(it)
    assert batches[2].data[0].asnumpy().tolist() == [[6, 7], [0, 0], [0, 0]]
    assert batches[0].data[0].dtype == batches[0].label[0].dtype == np.int32


def test_options_that_do_not_exist_are_named(csv):
    with pytest.raises(mx.MXNetError, match="fancy"):
        mx.io.CSVIter(**csv, fancy=True)
    with pytest.raises(mx.MXNetError, match="batch_size.*many"):
        mx.io.CSVIter(**{**csv, "batch_size": "many"})
    with pytest.raises(mx.MXNetError, match="data_csv"):
        mx.io.CSVIter(data_shape=(2,), batch_size=1)
    with pytest.raises(mx.MXNetError, match="none.csv"):
        mx.io.CSVIter(**{**csv, "data_csv": "none.csv"})


def test_errors_in_a_file_come_where_they_are_met(csv, tmp_path):
    (tmp_path / "data.csv").write_text("1,2\n3,4\n5,six\n")
    it = mx.io.CSVIter(**{**csv, "label_csv": "NULL", "batch_size": 2})
    it.next()
    with pytest.raises(mx.MXNetError, match="data.csv.*3"):
        it.next()


@pytest.mark.parametrize("dtype, number", [
    ("int32", 200000001), ("int64", 9007199254740993), ("float64", 0.1), ("uint8", 255)])
def test_numbers_keep_their_digits(csv, tmp_path, dtype, number):
    (tmp_path / "data.csv").write_text(f"1,{number}\n" * 7)
    data = mx.io.CSVIter(**csv, dtype=dtype).next().data[0]
    assert data.dtype == np.dtype(dtype) and data.asnumpy()[2, 1] == number


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int32", "int64"])
def test_whole_numbers_are_read_as_such(csv, tmp_path, dtype):
    (tmp_path / "data.csv").write_text("1,2.5\n" * 7)
    with pytest.raises(mx.MXNetError, match='whole number.*found "2.5"'):
        mx.io.CSVIter(**csv, dtype=dtype).next()


def idx_file(path, array):
    header = struct.pack(">I", 0x800 + array.ndim) + struct.pack(f">{array.ndim}I", *array.shape)
    path.write_bytes(gzip.compress(header + array.tobytes()))
    return str(path)


def test_mnist_iter(tmp_path):
    images = np.arange(10 * 4 * 3, dtype=np.uint8).reshape(10, 4, 3)
    files = {"image": idx_file(tmp_path / "images.gz", images),
             "label": idx_file(tmp_path / "labels.gz", np.arange(10, dtype=np.uint8))}
    it = mx.io.MNISTIter(**files, batch_size=4, shuffle=False, silent=True)
    assert it.provide_data == [("data", (4, 1, 4, 3))]
    batches = list(it)
    assert len(batches) == 2
    np.testing.assert_array_equal(batches[1].data[0].asnumpy()[:, 0], images[4:8] / 256)
    assert batches[1].label[0].asnumpy().tolist() == [4, 5, 6, 7]
    flat = mx.io.MNISTIter(**files, batch_size=2, flat=True, silent=True, seed=5, num_parts=2,
                           part_index=1, input_shape=(12,))
    assert flat.provide_data == [("data", (2, 12))]
    assert set(np.concatenate([b.label[0].asnumpy() for b in flat])) < {5, 6, 7, 8, 9}
    for dtype in ("uint8", "int32"):  # all pixels would be 0
        with pytest.raises(mx.MXNetError, match="MNISTIter: dtype: expected a floating type"):
            mx.io.MNISTIter(**files, silent=True, dtype=dtype)


@pytest.fixture
def pictures(tmp_path):
    record = mx.recordio.MXIndexedRecordIO(str(tmp_path / "p.idx"), str(tmp_path / "p.rec"), "w")
    for i in range(5):
        picture = np.full((6, 8, 3), 40 * i, dtype=np.uint8)
        record.write_idx(i, mx.recordio.pack_img((0, float(i), i, 0), picture, img_fmt=".png",
                                                 quality=3))
    record.close()
    return {"path_imgrec": str(tmp_path / "p.rec"), "path_imgidx": str(tmp_path / "p.idx"),
            "data_shape": (3, 4, 4), "batch_size": 2}


def test_image_record_iter(pictures):
    it = mx.io.ImageRecordIter(**pictures, mean_r=10, mean_g=10, mean_b=10, scale=0.5,
                               preprocess_threads=2, verbose=False)
    batches = list(it)
    assert [b.pad for b in batches] == [0, 0, 1]
    assert batches[0].data[0].shape == (2, 3, 4, 4)
    assert batches[0].data[0].asnumpy()[1].min() == 15
    assert np.concatenate([b.label[0].asnumpy() for b in batches]).tolist() == [0, 1, 2, 3, 4, 0]


@pytest.mark.parametrize("kind", ["ImageRecordUInt8Iter", "ImageRecordUInt8Iter_v1"])
def test_image_record_iter_gives_bytes(pictures, kind):
    it = getattr(mx.io, kind)(**pictures)
    assert it.provide_data[0].dtype == np.uint8 and it.provide_label[0].dtype == np.float32
    batch = it.next()
    assert batch.data[0].dtype == np.uint8 and batch.data[0].asnumpy()[1].max() == 40
    assert batch.label[0].dtype == np.float32
    with pytest.raises(NotImplementedError, match="mean_r"):
        getattr(mx.io, kind)(**pictures, mean_r=1)


# As MXNet 1.9.1 has them: pixels of 0, 40, ..., 160, less the mean, as far as they fit.
@pytest.mark.parametrize("mean, expected", [(0, [0, 40, 80, 120, 127]), (100.5, [-101, -61, -21, 19, 59]),
                                            (128, [-128, -88, -48, -8, 32])])
def test_image_record_iter_gives_signed_bytes(pictures, mean, expected):
    for it in (mx.io.ImageRecordInt8Iter(**pictures, mean_r=mean),
               mx.io.ImageRecordIter(**pictures, mean_r=mean, dtype="int8")):
        data = np.concatenate([b.data[0].asnumpy() for b in it])
        assert data.dtype == np.int8 and data[:5, 0, 0, 0].tolist() == expected
    with pytest.raises(NotImplementedError, match="scale"):
        mx.io.ImageRecordInt8Iter(**pictures, scale=0.5)


@pytest.mark.parametrize("dtype", ["int32", "int64", "bool"])
def test_image_record_iter_refuses_types_that_keep_no_fractions(pictures, dtype):
    with pytest.raises(mx.MXNetError, match="ImageRecordIter: dtype: expected a floating type"):
        mx.io.ImageRecordIter(**pictures, mean_r=1, std_r=50, dtype=dtype)


def test_older_name_of_image_record_iter(pictures):
    batches = [list(make(**pictures, mean_r=10, scale=0.5))
               for make in (mx.io.ImageRecordIter, mx.io.ImageRecordIter_v1)]
    for one, other in zip(*batches):
        np.testing.assert_array_equal(one.data[0].asnumpy(), other.data[0].asnumpy())


def test_changes_of_pictures(pictures, tmp_path):
    def first(**options):
        return mx.io.ImageRecordIter(**{**pictures, **options}).next().data[0].asnumpy()

    np.testing.assert_array_equal(first(), first(max_rotate_angle=0, min_random_scale=1.0, mean_img="",
                                                 min_aspect_ratio=None, seed_aug=None, brightness=0))
    height, width = 9, 9
    around = first(data_shape=(3, height, width), pad=4, fill_value=7)
    assert around[1, 0, 0, 0] == 7 and around[1, 0, 4, 4] == 40
    assert (first(rotate=90)[1] == 40).all()
    # The seed of an iterator, and the one of all.
    options = {"brightness": 0.5, "contrast": 0.1, "random_resized_crop": True, "min_random_area": 0.5,
               "min_aspect_ratio": 0.8, "max_aspect_ratio": 1.25, "max_random_illumination": 3}
    for seeds in ({"seed_aug": 3}, {"seed": 3}):
        np.testing.assert_array_equal(first(**options, **seeds), first(**options, **seeds))
        assert (first(**options, **seeds) != first(**options)).any()
    mx.random.seed(1)
    one = first(**options)
    mx.random.seed(1)
    np.testing.assert_array_equal(one, first(**options))
    assert (one != first(**options)).any()
    # The mean of pictures of 0, 40, ..., 160.
    mean = str(tmp_path / "mean.bin")
    for _ in range(2):
        assert first(mean_img=mean)[1, 0, 0, 0] == 40 - 80
    assert mx.nd.load(mean)["mean_img"].shape == (3, 4, 4)


def test_changes_of_pictures_that_are_not_there_are_named(pictures):
    with pytest.raises(mx.MXNetError, match="aug_seq: expected aug_default.*got mine"):
        mx.io.ImageRecordIter(**pictures, aug_seq="mine")
    with pytest.raises(mx.MXNetError, match="max_random_scale"):
        mx.io.ImageRecordIter(**pictures, max_random_scale=0.5)
    with pytest.raises(mx.MXNetError, match="max_rotate_angl"):
        mx.io.ImageRecordIter(**pictures, max_rotate_angl=5)


def test_detections(tmp_path):
    path = str(tmp_path / "boxes.rec")
    writer = mx.recordio.MXRecordIO(path, "w")
    labels = [[2, 5, 0, 0.1, 0.2, 0.6, 0.7], [2, 5, 1, 0.25, 0.25, 0.75, 0.75, 3, 0, 0, 0.5, 1]]
    for i, label in enumerate(labels):
        picture = np.full((8, 12, 3), 10 * i + 10, "uint8")
        header = mx.recordio.IRHeader(0, np.array(label, "float32"), i, 0)
        writer.write(mx.recordio.pack_img(header, picture, img_fmt=".png"))
    writer.close()
    options = {"path_imgrec": path, "data_shape": (3, 8, 8), "batch_size": 2}
    it = mx.io.ImageDetRecordIter(**options, label_pad_width=14, std_r=0, verbose=False)
    assert it.provide_label[0].shape == (2, 18)
    batch, = it
    found = batch.label[0].asnumpy()
    np.testing.assert_allclose(found[0], [3, 8, 8, 7, *labels[0]] + [-1] * 7, rtol=1e-6)
    np.testing.assert_allclose(found[1], [3, 8, 8, 12, *labels[1]] + [-1] * 2, rtol=1e-6)
    np.testing.assert_allclose(batch.data[0].asnumpy()[1], 20)
    batch, = mx.io.ImageDetRecordIter(**options, rand_crop_prob=1, num_crop_sampler=2,
                                      min_crop_scales=(0.3, 0.5), max_crop_trials=(25, 5),
                                      crop_emit_mode="overlap")
    assert batch.label[0].shape == (2, 16)
    # The mean of pictures of 10 and 20, which is made first and then read.
    mean = str(tmp_path / "mean.bin")
    for _ in range(2):
        batch, = mx.io.ImageDetRecordIter(**options, mean_img=mean, std_r=0, mean_a=3)
        np.testing.assert_allclose(batch.data[0].asnumpy()[1], 5)
    assert mx.nd.load(mean)["mean_img"].shape == (3, 8, 8)
    batch, = mx.io.ImageDetRecordIter(**options, aug_seq="det_aug_default,det_aug_default")
    np.testing.assert_allclose(batch.data[0].asnumpy()[1], 20)
    with pytest.raises(mx.MXNetError, match="aug_seq: expected det_aug_default.*got aug_default"):
        mx.io.ImageDetRecordIter(**options, aug_seq="aug_default")
    with pytest.raises(mx.MXNetError, match="min_crop_scales"):
        mx.io.ImageDetRecordIter(**options, rand_crop_prob=1, min_crop_scales=(0.3, 0.5))


def test_libsvm(tmp_path):
    path = tmp_path / "data.t"
    path.write_text("1.0 0:0.5 2:1.2\n-2.0\n-3.0 0:0.6 1:2.4 2:1.2\n4 2:-1.2\n")
    it = mx.io.LibSVMIter(data_libsvm=str(path), data_shape=(3,), batch_size=3)
    assert it.provide_data[0].shape == (3, 3) and it.provide_label[0].name == "softmax_label"
    first, second = it
    assert first.data[0].stype == "csr" and first.label[0].stype == "default"
    assert first.label[0].asnumpy().tolist() == [1, -2, -3] and first.pad == 0
    np.testing.assert_allclose(second.data[0].asnumpy(), [[0, 0, -1.2], [0.5, 0, 1.2], [0, 0, 0]])
    assert second.pad == 2
    it.reset()
    assert next(it).label[0].asnumpy().tolist() == [-3, 4, 1]  # behind what filled the last batch
    it = mx.io.LibSVMIter(data_libsvm=str(path), data_shape=(3,), label_libsvm=str(path),
                          label_shape=(3,), batch_size=2, dtype="float64")
    batch = next(it)
    assert batch.label[0].stype == "csr" and batch.data[0].dtype is np.float64
    path.write_text("1 0:1\n2 7:1\n")
    it = mx.io.LibSVMIter(data_libsvm=str(path), data_shape=(3,), batch_size=1)
    next(it)
    with pytest.raises(mx.MXNetError, match="line 2: expected columns from 0 to 2, found 7"):
        next(it)
    with pytest.raises(mx.MXNetError, match="round_batch"):
        mx.io.LibSVMIter(data_libsvm=str(path), data_shape=(3,), batch_size=1, round_batch=False)


def test_errors_quote_files_that_are_not_utf8(tmp_path):
    files = {"a.csv": (b"caf\xe9,2\n", lambda path: mx.io.CSVIter(
                 data_csv=path, data_shape=(2,), batch_size=1).next()),
             "a.svm": (b"caf\xe9 0:2\n", lambda path: mx.io.LibSVMIter(
                 data_libsvm=path, data_shape=(2,), batch_size=1).next())}
    for name, (content, read) in files.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(mx.MXNetError, match=rf"{name}.*caf\\xe9"):
            read(str(tmp_path / name))
