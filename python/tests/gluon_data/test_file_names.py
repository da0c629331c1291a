"""Names of files: paths, and dots anywhere."""
import pathlib

import pytest

import gluino as mx
from gluino import gluon, nd


@pytest.mark.parametrize('name', ['data', 'data.rec', 'data.x.rec'])
def test_the_index_beside_records(tmp_path, name):
    folder = tmp_path / 'v1.0'
    folder.mkdir()
    file = folder / name
    record = mx.recordio.MXIndexedRecordIO(str(file.with_suffix('.idx')), str(file), 'w')
    record.write_idx(0, b'abc')
    record.close()
    for path in (file, str(file)):
        dataset = gluon.data.RecordFileDataset(path)
        assert len(dataset) == 1 and dataset[0] == b'abc'


def test_what_is_saved_to_a_path_is_loaded_from_it(tmp_path):
    path = pathlib.Path(tmp_path) / 'a'
    net = gluon.nn.Dense(2, in_units=2)
    net.initialize()
    net.save_parameters(path)
    net.load_parameters(path)
    nd.save(path, nd.ones(2))
    assert nd.load(path)[0].asnumpy().tolist() == [1, 1]
    net(mx.sym.var('data')).save(path)
    assert 'data' in mx.sym.load(path).list_arguments()
    with pytest.raises(TypeError):
        nd.load(3)
    with pytest.raises(TypeError):
        mx.sym.load(b'a')
