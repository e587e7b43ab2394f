"""The published tensors of Marian's networks under the names of ``Translator``."""

from collections.abc import Mapping

import torch
from torch import Tensor

NORMS = {"self_attn_layer_norm": "norms.0", "final_layer_norm": "norms.1", "encoder_attn_layer_norm": "norms.2"}
PARTS = {"self_attn": "own", "encoder_attn": "cross"}
DENSE = {"fc1": "dense.0", "fc2": "dense.3"}


def renamed(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Keys and values of an attention become one tensor; places are computed, so their tables are left out."""
    found = {"embedding.weight": tensors["model.shared.weight"], "bias": tensors["final_logits_bias"].flatten().clone()}
    found["bias"][-1] = -torch.inf  # the filler is no word, and nothing else keeps it from being said
    for name, tensor in tensors.items():
        match name.split("."):
            case ["model", half, "layers", place, norm, kind] if norm in NORMS:
                found[f"{half}.{place}.{NORMS[norm]}.{kind}"] = tensor
            case ["model", half, "layers", place, dense, kind] if dense in DENSE:
                found[f"{half}.{place}.{DENSE[dense]}.{kind}"] = tensor
            case ["model", half, "layers", place, part, "q_proj", kind]:
                found[f"{half}.{place}.{PARTS[part]}.query.{kind}"] = tensor
            case ["model", half, "layers", place, part, "out_proj", kind]:
                found[f"{half}.{place}.{PARTS[part]}.out.{kind}"] = tensor
            case ["model", half, "layers", place, part, "k_proj", kind]:
                values = tensors[name.replace("k_proj", "v_proj")]
                found[f"{half}.{place}.{PARTS[part]}.key_value.{kind}"] = torch.cat((tensor, values))
    return found
