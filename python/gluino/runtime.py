"""What this build can do: `mx.runtime`."""
import collections
import platform
# Found here, too, as in MXNet.
from .base import check_call  # noqa: F401

__all__ = ["Feature", "feature_list", "Features"]

# Kernels are there for these, and the processor is asked which of them it has.
_X86 = platform.machine().lower() in ("x86_64", "amd64")
_INSTRUCTIONS = dict.fromkeys(("CPU_SSE", "CPU_SSE2", "CPU_SSE3", "CPU_SSE4_1", "CPU_SSE4_2"), _X86) | {
    "CPU_SSE4A": False, "CPU_AVX": False, "CPU_AVX2": _X86}

# MXNet's names of features, and whether this library has them.
_FEATURES = {"CUDA": False, "CUDNN": False, "NCCL": False, "CUDA_RTC": False, "TENSORRT": False,
             **_INSTRUCTIONS, "OPENMP": False, "SSE": _X86, "F16C": _X86, "JEMALLOC": False,
             "BLAS_OPEN": False, "BLAS_ATLAS": False, "BLAS_MKL": False, "BLAS_APPLE": False,
             "LAPACK": False, "MKLDNN": False, "OPENCV": False, "CAFFE": False, "PROFILER": True,
             "DIST_KVSTORE": False, "CXX14": True, "INT64_TENSOR_SIZE": True,
             "SIGNAL_HANDLER": False, "DEBUG": False, "TVM_OP": False}


class Feature:
    """A feature: its name, and whether it is enabled."""

    __slots__ = ("name", "enabled")

    def __init__(self, name, enabled):
        self.name = name
        self.enabled = enabled

    def __repr__(self):
        return f"{'✔' if self.enabled else '✖'} {self.name}"


def feature_list():
    """All features, a list of Feature."""
    return [Feature(name, enabled) for name, enabled in _FEATURES.items()]


class Features(collections.OrderedDict):
    """All features by name."""

    def __init__(self):
        super().__init__((feature.name, feature) for feature in feature_list())

    def __repr__(self):
        return str(list(self.values()))

    def is_enabled(self, feature_name):
        """Whether the feature is enabled. Raises RuntimeError for an unknown one."""
        feature_name = feature_name.upper()
        if feature_name not in self:
            raise RuntimeError(f"Feature '{feature_name}' is unknown, known features are: "
                               f"{list(self.keys())}")
        return self[feature_name].enabled
