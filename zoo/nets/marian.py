"""Marian's checkpoints, as transformers publishes them, under the parameter names of ``Translator``."""

from collections.abc import Mapping

import torch
from torch import Tensor

PARTS = {
    "self_attn_layer_norm": "self_attention_norm",
    "encoder_attn_layer_norm": "cross_attention_norm",
    "final_layer_norm": "feed_forward_norm",
    "fc1": "feed_forward.0",
    "fc2": "feed_forward.3",
}
ATTENTION = {"self_attn": "self_attention", "encoder_attn": "cross_attention"}
PROJECTIONS = {"q_proj": "query", "out_proj": "out"}


def from_marian(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The state dict of a ``Translator`` from that of a ``MarianMTModel``.

    Key and value projections become one tensor; tables of positions are left out, since ``Translator`` computes them.
    """
    bias = tensors["final_logits_bias"].flatten().clone()
    bias[-1] = -torch.inf  # the padding token must never be generated
    state = {"embedding.weight": tensors["model.shared.weight"], "logits_bias": bias}
    for name, tensor in tensors.items():
        match name.split("."):
            case ["model", stack, "layers", index, part, kind] if part in PARTS:
                state[f"{stack}.{index}.{PARTS[part]}.{kind}"] = tensor
            case ["model", stack, "layers", index, part, projection, kind] if projection in PROJECTIONS:
                state[f"{stack}.{index}.{ATTENTION[part]}.{PROJECTIONS[projection]}.{kind}"] = tensor
            case ["model", stack, "layers", index, part, "k_proj", kind]:
                values = tensors[name.replace("k_proj", "v_proj")]
                state[f"{stack}.{index}.{ATTENTION[part]}.key_value.{kind}"] = torch.cat((tensor, values))
    return state
