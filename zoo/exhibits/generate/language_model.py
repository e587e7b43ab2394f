"""A loaded model as what Generate needs of it. For the worker alone."""

from typing import TYPE_CHECKING, cast

from zoo.exhibits.generate.text import EOS_TOKEN

if TYPE_CHECKING:
    from zoo.core.loading import TokenizedModel
    from zoo.nets.causal_lm import CausalLM


def network_of(model: "TokenizedModel") -> "CausalLM":
    """The network, with the type that all models of this exhibit have."""
    return cast("CausalLM", model.network)


def eos_token_id(model: "TokenizedModel") -> int:
    """The id of the end-of-text token: the model's own ``eos_token_id``, else that of GPT-2's token."""
    own = getattr(model, "eos_token_id", None)
    return int(model.tokenizer.token_to_id(EOS_TOKEN) if own is None else own)
