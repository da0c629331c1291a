"""What MXNet calls the inputs of operators where it tells of them: monitors, hooks of operators."""
import json

from . import _core

#: Operators with one input, for which MXNet has no name there; that of others it has.
_NAMELESS = frozenset("""
Activation BlockGrad Cast Flatten Reshape SoftmaxActivation _contrib_AdaptiveAvgPooling2D
_contrib_arange_like _contrib_bipartite_matching _contrib_box_nms _contrib_div_sqrt_dim
_contrib_gradientmultiplier _contrib_round_ste _contrib_sign_ste _copy _cvimresize _div_scalar
_equal_scalar _greater_equal_scalar _greater_scalar _hypot_scalar _image_adjust_lighting
_image_crop _image_flip_left_right _image_flip_top_bottom _image_random_brightness
_image_random_color_jitter _image_random_contrast _image_random_flip_left_right
_image_random_flip_top_bottom _image_random_hue _image_random_lighting _image_random_saturation
_image_resize _lesser_equal_scalar _lesser_scalar _logical_and_scalar _logical_or_scalar
_logical_xor_scalar _maximum_scalar _minimum_scalar _minus_scalar _mod_scalar _mul_scalar
_not_equal_scalar _npi_add_scalar _npi_arctan2_scalar _npi_argmax _npi_argmin
_npi_bitwise_and_scalar _npi_bitwise_or_scalar _npi_bitwise_xor_scalar _npi_copysign_scalar
_npi_lcm_scalar _npi_ldexp_scalar _npi_mod_scalar _npi_multiply_scalar _npi_norm
_npi_power_scalar _npi_rarctan2_scalar _npi_rcopysign_scalar _npi_rldexp_scalar _npi_rmod_scalar
_npi_rpower_scalar _npi_rsubtract_scalar _npi_rtrue_divide_scalar _npi_subtract_scalar
_npi_true_divide_scalar _npx_relu _npx_sigmoid _plus_scalar _power_scalar
_random_exponential_like _random_gamma_like _random_generalized_negative_binomial_like
_random_negative_binomial_like _random_normal_like _random_poisson_like _random_uniform_like
_rdiv_scalar _rminus_scalar _rmod_scalar _rpower_scalar _sample_multinomial
_scatter_minus_scalar _scatter_plus_scalar _shuffle _slice_assign_scalar abs amp_cast arccos
arccosh arcsin arcsinh arctan arctanh argmax argmax_channel argmin argsort broadcast_axis
broadcast_to cast_storage cbrt ceil clip cos cosh degrees erf erfinv exp expand_dims expm1 fix
floor gamma gammaln hard_sigmoid log log10 log1p log2 logical_not make_loss max mean min nanprod
nansum negative norm ones_like prod radians rcbrt reciprocal relu rint round rsqrt shape_array
sigmoid sign sin sinh size_array slice slice_axis smooth_l1 softmin softsign sort sqrt square
sum tan tanh topk transpose trunc zeros_like
""".split())


def input_name(op, k, count):
    """That of the k-th of `count` inputs."""
    known = _core.describe_operator(op)
    if count == 1 and known["name"] in _NAMELESS:
        return "input0"
    names = known["inputs"]
    if known["variadic"]:
        return f"{names[0]}{k}" if names else f"input{k}"
    return names[k] if k < len(names) else f"input{k}"


def renaming(symbol, callback):
    """A monitor of inputs that gives `callback` MXNet's names where the executor's differ.

    A variable is told of by its own name, just before the name that its reader gives it; where both
    are one, the second time is the reader's.
    """
    names, variables = {}, set()
    for node in json.loads(symbol.tojson())["nodes"]:
        if node["op"] == "null":
            variables.add(node["name"])
        elif len(node["inputs"]) == 1:
            own, mxnets = (f"{node['name']}_{name}" for name in
                           (_core.describe_operator(node["op"])["inputs"][0],
                            input_name(node["op"], 0, 1)))
            if own != mxnets:
                names[own] = mxnets
    last = None

    def call(name, array):
        nonlocal last
        is_input = name in names and (name not in variables or last == name)
        last = None if is_input else name
        callback(names[name] if is_input else name, array)

    return call
