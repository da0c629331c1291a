"""Attributes of variables and nodes, and the scopes that give them."""
import pickle

import gluino as mx
import pytest
from gluino import sym


def test_variables():
    x = sym.var("x", shape=(2, 3), lr_mult=2, wd_mult=0.5, dtype="float16", attr={"mood": "calm"},
                init=mx.init.One(), __mine__="a")
    assert x.attr("__shape__") == "(2, 3)" and x.attr("__dtype__") == "2"
    assert x.attr("lr_mult") == x.attr("__lr_mult__") == "2"
    assert x.attr("mood") == "calm" and x.attr("__mine__") == "a" and x.attr("none") is None
    listed = x.list_attr()
    assert listed["wd_mult"] == listed["__wd_mult__"] == "0.5"
    assert x.attr_dict() == {"x": listed}
    for wrong in ({"foo": "b"}, {"attr": {"x": 1}}):
        with pytest.raises(ValueError):
            sym.var("x", **wrong)


def test_scopes():
    with mx.AttrScope(group="4", data="great"):
        inner = sym.var("data", attr={"group": "1", "force_mirroring": "True"}, lr_mult=1)
        outer = sym.var("data2")
    assert outer.attr("group") == "4" and inner.attr("group") == "1"
    assert inner.attr("data") == "great"
    assert inner.attr("force_mirroring") == inner.attr("__force_mirroring__") == "True"
    assert pickle.loads(pickle.dumps(inner)).attr("data") == "great"
    with mx.AttrScope(__group__="4"):
        first = sym.Activation(sym.var("x"), act_type="relu")
        with mx.AttrScope(__init_bias__="0.0"):
            second = sym.FullyConnected(first, num_hidden=10, name="fc2")
    assert first.attr("__group__") == second.attr("__group__") == "4"
    assert first.attr("__init_bias__") is None and second.attr("__init_bias__") == "0.0"
    assert second.attr_dict()["fc2_weight"]["__init_bias__"] == "0.0"
    with pytest.raises(ValueError):
        mx.AttrScope(x=1)


def test_operators():
    data = sym.var("data", attr={"mood": "angry"})
    op = sym.Convolution(data, name="conv", kernel=(1, 1), num_filter=1,
                         attr={"__mood__": "so so", "wd_mult": "x"}, lr_mult=1)
    listed = op.list_attr()
    assert listed["kernel"] == "(1, 1)" and listed["num_filter"] == "1"
    assert listed["__mood__"] == "so so" and listed["wd_mult"] == listed["__wd_mult__"] == "x"
    assert listed["lr_mult"] == "1"
    everything = op.attr_dict()
    assert everything["data"] == {"mood": "angry"}
    assert everything["conv_weight"]["__mood__"] == everything["conv_bias"]["__mood__"] == "so so"
    assert everything["conv"] == listed
    assert sym.relu(data, attr={"__mood__": 1}).list_attr() == {"__mood__": "1"}
    assert sym.relu(data).list_attr() == {}  # the scope ended with the call


def test_plain_names_stay_where_no_option_could_be_meant():
    with mx.AttrScope(stage="4"):
        both = sym.relu(sym.var("x") + sym.var("y"), name="r", attr={"mood": "x"})
        # Otherwise nobody could read the file, or it would be read as an option.
        for options in ({"act_type": "relu"}, {"act_type": "relu", "attr": {"stage": "3"}}):
            with pytest.raises(mx.MXNetError, match='no option "stage".*named "__stage__"'):
                sym.Activation(sym.var("x"), **options)
    again = sym.load_json(both.tojson())
    assert again.attr_dict() == both.attr_dict()
    assert again.list_attr() == {"mood": "x", "stage": "4"}


def test_set():
    x = sym.var("x")
    x._set_attr(__mood__="calm")
    assert x.attr("__mood__") == "calm"
    with pytest.raises(ValueError):
        x._set_attr(mood=1)
    with pytest.raises(DeprecationWarning):
        x.list_attr(recursive=True)


def test_initializers_of_layers():
    """gluoncv's detectors say so how a layer's weights begin."""
    start = mx.init.Xavier(magnitude=2)
    layer = sym.FullyConnected(sym.var("x"), num_hidden=2, attr={"__init__": start})
    assert layer.attr("__init__") == start.dumps()
