"""The precision that a recipe multiplies in."""

import torch

from zoo.core.device import fast_dtype


def autocast(device: torch.device | str = "cpu") -> torch.autocast:
    """bfloat16 on a device with instructions for it, where it is far faster; elsewhere float32."""
    native = fast_dtype(str(device)) == torch.bfloat16
    return torch.autocast(torch.device(device).type, torch.bfloat16, enabled=native)
