"""How precisely a recipe multiplies."""

import torch


def autocast(device: torch.device | str = "cpu") -> torch.autocast:
    """bfloat16 on a device that has instructions for it, where it is far faster; elsewhere it would be slower."""
    kind = torch.device(device).type
    fast = kind != "cpu" or torch.cpu.get_capabilities().get("avx512_bf16", False)
    return torch.autocast(kind, torch.bfloat16, enabled=fast)
