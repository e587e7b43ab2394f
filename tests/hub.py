"""A stand-in for a model of the hub: its architecture and file formats, small, of random weights."""

import json
from pathlib import Path

import torch
from tokenizers import ByteLevelBPETokenizer

from zoo.core import hub_source
from zoo.core.cards import find_card

ROBERTA = hub_source.names("sentiment")[0]
SENTENCES = ["I love this little zoo @user http", "three hours late and nobody tells us anything, never again!"]


def keep_roberta(cache: Path) -> Path:
    """A RoBERTa of two narrow layers under ``cache``, where a download would have left the pinned one."""
    import transformers

    folder = cache / hub_source.folder(find_card(ROBERTA)).relative_to(hub_source.constants.HF_HUB_CACHE)
    folder.mkdir(parents=True, exist_ok=True)
    cutter = ByteLevelBPETokenizer()
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    cutter.train_from_iterator(SENTENCES, vocab_size=400, min_frequency=1, special_tokens=special, show_progress=False)
    cutter.save_model(str(folder))
    config = transformers.RobertaConfig(
        vocab_size=cutter.get_vocab_size(),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        max_position_embeddings=514,
        type_vocab_size=1,
        num_labels=3,
        architectures=["RobertaForSequenceClassification"],
    )
    (folder / "config.json").write_text(json.dumps(config.to_dict()))
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = transformers.RobertaForSequenceClassification(config)
        for parameter in network.parameters():
            torch.nn.init.normal_(parameter, std=0.3)
    torch.save(network.state_dict(), folder / "pytorch_model.bin")
    return folder
