"""How precisely a recipe multiplies."""

import torch

from zoo.core.device import fast_dtype


def autocast(device: torch.device | str = "cpu") -> torch.autocast:
    """bfloat16 on a device that has instructions for it, where it is far faster; elsewhere it would be slower."""
    fast = fast_dtype(str(device)) == torch.bfloat16
    return torch.autocast(torch.device(device).type, torch.bfloat16, enabled=fast)
