"""The operators of the registry that mx.npx has under names of its own."""
from .. import _core
from .._operators import NP
from ..numpy._call import not_there

# mx.npx's name: the registry's.
NAMES = {
    "activation": "Activation", "add_n": "add_n", "batch_flatten": "Flatten",
    "batch_norm": "BatchNorm", "cast": "Cast", "convolution": "Convolution",
    "deconvolution": "Deconvolution", "digamma": "digamma", "dropout": "Dropout",
    "embedding": "Embedding", "erf": "erf", "erfinv": "erfinv",
    "fully_connected": "FullyConnected", "gamma": "gamma", "gammaln": "gammaln",
    "group_norm": "GroupNorm", "instance_norm": "InstanceNorm", "layer_norm": "LayerNorm",
    "leaky_relu": "LeakyReLU", "log_softmax": "log_softmax",
    "masked_log_softmax": "masked_log_softmax", "masked_softmax": "masked_softmax", "one_hot": "one_hot",
    "pooling": "Pooling", "relu": "relu", "sigmoid": "sigmoid", "slice": "slice",
    "slice_channel": "SliceChannel", "smooth_l1": "smooth_l1", "softmax": "softmax",
    "softsign": "softsign", "stop_gradient": "BlockGrad",
    # Not in the registry yet; they work from the day they are.
    "bipartite_matching": "_contrib_bipartite_matching", "box_decode": "_contrib_box_decode",
    "box_encode": "_contrib_box_encode", "box_iou": "_contrib_box_iou",
    "box_nms": "_contrib_box_nms", "ctc_loss": "CTCLoss",
    "deformable_convolution": "_contrib_DeformableConvolution",
    "modulated_deformable_convolution": "_contrib_ModulatedDeformableConvolution",
    "multibox_detection": "_contrib_MultiBoxDetection",
    "multibox_prior": "_contrib_MultiBoxPrior", "multibox_target": "_contrib_MultiBoxTarget",
    "rnn": "RNN", "roi_pooling": "ROIPooling", "sequence_last": "SequenceLast",
    "sequence_reverse": "SequenceReverse", "sync_batch_norm": "_contrib_SyncBatchNorm",
    "topk": "topk",
    "broadcast_greater": "broadcast_greater", "pad": "Pad", "slice_like": "slice_like",
    **{name: f"_contrib_{name}" for name in (
        "interleaved_matmul_encdec_qk", "interleaved_matmul_encdec_valatt",
        "interleaved_matmul_selfatt_qk", "interleaved_matmul_selfatt_valatt",
        "intgemm_fully_connected", "intgemm_maxabsolute", "intgemm_prepare_data",
        "intgemm_prepare_weight", "intgemm_take_weight", "quantized_act", "quantized_conv",
        "quantized_elemwise_add", "quantized_elemwise_mul", "quantized_embedding",
        "quantized_flatten", "quantized_fully_connected", "quantized_pooling", "requantize",
        "round_ste", "sign_ste", "sldwin_atten_context", "sldwin_atten_mask_like",
        "sldwin_atten_score")},
    "quantized_reshape": "_npx_quantized_reshape",
    "quantized_transpose": "_npx_quantized_transpose",
    "contrib_calibrate_entropy": "_contrib_calibrate_entropy",
    "contrib_quantize": "_contrib_quantize", "contrib_quantize_v2": "_contrib_quantize_v2",
    "scalar_poisson": "_random_poisson", "tensor_poisson": "_sample_poisson",
}


def make_operators(kind):
    """The operators of mx.npx that the registry has, by their names, as functions of a kind."""
    known = {name for op, aliases in _core.operator_names() for name in (op, *aliases)}
    return {name: _core.make_operator(op, kind, name)
            for name, op in NAMES.items() if op in known}


def _all():
    functions = make_operators(NP)
    return {name: functions.get(name) or not_there(name, f"the operator {op}", "mx.npx")
            for name, op in NAMES.items()}


globals().update(_all())
__all__ = [name for name in NAMES if name != "slice"]
