"""GPT-2 models of the Hugging Face hub, at pinned revisions. One more model is one more entry."""

from zoo.core.cards import Card, TrainingData
from zoo.core.sources import PinnedModel

RADFORD = "Radford et al. 2019, Language Models are Unsupervised Multitask Learners"


def _gpt2(
    repository: str, title: str, size_bytes: int, licence: str, revision: str, sha256: str = "", citation: str = RADFORD
) -> PinnedModel:
    card = Card(
        name=f"hub/{repository.split('/')[1]}",
        exhibit="generate",
        title=title,
        source="hub",
        size_bytes=size_bytes,
        parameters=size_bytes // 4,
        licence=licence,
        restriction="terms unclear",
        metrics=(),
        training_data=(TrainingData("WebText, pages that Reddit linked to", "not published"),),
        citation=citation,
        config={},
    )
    return PinnedModel(card, repository, revision, "gpt2", sha256, "model.safetensors")


HUB_MODELS = (
    _gpt2(
        "distilbert/distilgpt2",
        "DistilGPT-2",
        352_824_413,
        "Apache 2.0",
        "2290a62682d06624634c1f46a6ad5be0f47f38aa",
        "e1ff18884359fe8beb795a5f414feb85a6ce3d929ad019c0d958c039d2b94a1b",
        "Sanh et al. 2019, arXiv:1910.01108; Radford et al. 2019",
    ),
    _gpt2(
        "openai-community/gpt2",
        "GPT-2, small",
        548_105_171,
        "MIT",
        "607a30d783dfa663caf39e06633721c8d4cfcd7e",
        "248dfc3911869ec493c76e65bf2fcf7f615828b0254c12b473182f0f81d3a707",
    ),
    _gpt2(
        "openai-community/gpt2-medium",
        "GPT-2, medium",
        1_519_955_968,
        "MIT",
        "6dcaa7a952f72f9298047fd5137cd6e4f05f41da",
    ),
    _gpt2(
        "openai-community/gpt2-large",
        "GPT-2, large",
        3_247_115_264,
        "MIT",
        "32b71b12589c2f8d625668d2335a01cac3249519",
    ),
)
