"""The names that MXNet 2 gave to contexts: `mx.device`."""
from .context import (Context as Device, cpu, cpu_pinned, current_context as current_device, gpu,
                      gpu_memory_info, num_gpus)

__all__ = ["Device", "cpu", "cpu_pinned", "gpu", "current_device", "gpu_memory_info", "num_gpus"]
