"""How precisely a recipe multiplies."""

import torch


def autocast() -> torch.autocast:
    """bfloat16 on a processor that has instructions for it, where it is far faster; elsewhere it would be slower."""
    return torch.autocast("cpu", torch.bfloat16, enabled=torch.cpu.get_capabilities().get("avx512_bf16", False))
