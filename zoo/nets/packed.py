"""Dense layers with weights in fewer bits: a processor that writes word by word waits for its memory, not for itself.

Each next sub-word wants every weight once, so half the bytes take half the time, and a quarter a quarter.
"""

import torch
from torch import Tensor, nn

from zoo.nets.twoscale import row_scaled_int8

FEW = 12  # rows: for more of them, as in a prompt, memory is not what takes the time


class In16Bits(nn.Module):
    """(outputs, inputs) weights in 16 bits, multiplied in 32."""

    def __init__(self, weight: Tensor, bias: Tensor | None = None) -> None:
        super().__init__()
        self.weight = torch.ops.quantized.linear_prepack_fp16(weight.contiguous(), bias)

    def forward(self, x: Tensor) -> Tensor:
        product: Tensor = torch.ops.quantized.linear_dynamic_fp16(x, self.weight)
        return product


class In8Bits(nn.Module):
    """(outputs, inputs) weights as integers of 8 bits with a scale for each row; what they meet is rounded to bfloat16.

    Of the sub-words that ``jeeves`` takes for the likeliest, one in 65 is another with this; its bits per character do
    not change in the fourth place.
    """

    def __init__(self, weight: Tensor, bias: Tensor | None = None) -> None:
        super().__init__()
        self.weight, scale = row_scaled_int8(weight.contiguous())
        self.scale, self.bias = scale.bfloat16(), bias

    def forward(self, x: Tensor) -> Tensor:
        rows = x.flatten(0, -2)
        if len(rows) <= FEW:
            product = torch._weight_int8pack_mm(rows.bfloat16(), self.weight, self.scale)
        else:
            product = (rows.bfloat16() @ self.weight.bfloat16().T) * self.scale
        whole = product.float() if self.bias is None else self.bias + product
        return whole.view(*x.shape[:-1], -1)


def dense_layer() -> type[In16Bits] | type[In8Bits] | None:
    """The fastest here. Without AVX-512, weights of 8 bits are slower than those of 16."""
    if torch.cpu.get_capabilities().get("avx512_f"):
        return In8Bits
    return In16Bits if "fbgemm" in torch.backends.quantized.supported_engines else None
