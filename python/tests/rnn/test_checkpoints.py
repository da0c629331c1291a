"""mx.rnn's checkpoints, and training with buckets."""
import mxnet as mx
import numpy as np
import pytest


def test_fused_layers_read_what_cells_wrote(tmp_path):
    fused = mx.rnn.FusedRNNCell(3, 2, prefix="net_")
    stack = fused.unfuse()
    outputs, _ = stack.unroll(2, mx.sym.var("data"), merge_outputs=True)
    shapes = dict(zip(outputs.list_arguments(), outputs.infer_shape(data=(1, 2, 4))[0]))
    params = {name: mx.nd.random.uniform(shape=shape) for name, shape in shapes.items()
              if name != "data"}
    prefix = str(tmp_path / "model")
    mx.rnn.save_rnn_checkpoint(stack, prefix, 7, outputs, params, {})
    assert "arg:net_l1_h2h_f_weight" in mx.nd.load(f"{prefix}-0007.params")
    _, read, states = mx.rnn.load_rnn_checkpoint([stack], prefix, 7)
    assert read.keys() == params.keys() and states == {}
    for name, array in params.items():
        np.testing.assert_array_equal(read[name].asnumpy(), array.asnumpy())
    _, vector, _ = mx.rnn.load_rnn_checkpoint(fused, prefix, 7)
    assert list(vector) == ["net_parameters"]


def test_a_callback_saves_each_second_epoch(tmp_path):
    cell = mx.rnn.RNNCell(3)
    outputs, _ = cell.unroll(1, [mx.sym.var("data")])
    params = {f"rnn_{name}": mx.nd.ones(shape) for name, shape in
              (("i2h_weight", (3, 2)), ("h2h_weight", (3, 3)), ("i2h_bias", 3), ("h2h_bias", 3))}
    callback = mx.rnn.do_rnn_checkpoint(cell, str(tmp_path / "model"), period=2)
    for epoch in range(4):
        callback(epoch, outputs[0], params, {})
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "model-0002.params", "model-0004.params", "model-symbol.json"]


def test_unrolling_without_inputs_makes_them():
    outputs, _ = mx.rnn.rnn_unroll(mx.rnn.RNNCell(3), 2, input_prefix="in_")
    assert {"in_t0_data", "in_t1_data"} <= set(outputs[1].list_arguments())


@pytest.mark.parametrize("fused", [False, True])
def test_a_language_model_learns_with_buckets(fused):
    mx.random.seed(1)
    np.random.seed(1)
    words = 6
    draws = np.random.RandomState(5)
    # Each word is followed by the next number.
    sentences = [[(begin + i) % words for i in range(draws.choice([3, 5]))]
                 for begin in draws.randint(0, words, 80)]
    data = mx.rnn.BucketSentenceIter(sentences, 8, buckets=[3, 5], invalid_label=-1)
    cell = mx.rnn.FusedRNNCell(12, prefix="lstm_") if fused else mx.rnn.LSTMCell(12)

    def network(length):
        embedded = mx.sym.Embedding(mx.sym.var("data"), input_dim=words, output_dim=8)
        outputs, _ = cell.unroll(length, embedded, merge_outputs=True)
        scores = mx.sym.FullyConnected(mx.sym.Reshape(outputs, shape=(-1, 12)), num_hidden=words)
        label = mx.sym.Reshape(mx.sym.var("softmax_label"), shape=(-1,))
        return (mx.sym.SoftmaxOutput(scores, label, use_ignore=True, ignore_label=-1,
                                     normalization="valid"), ["data"], ["softmax_label"])

    module = mx.mod.BucketingModule(network, data.default_bucket_key)
    perplexity = mx.metric.Perplexity(-1)
    module.fit(data, eval_metric=perplexity, num_epoch=12, optimizer="adam",
               optimizer_params={"learning_rate": 0.05}, initializer=mx.init.Xavier())
    data.reset()
    assert module.score(data, perplexity)[0][1] < 1.5
