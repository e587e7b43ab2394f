"""Models on the Hugging Face hub as cards, each at a pinned revision, so that nobody can exchange what is loaded.

Files are fetched by ``zoo.core.weights.download`` to where the hub's own tools keep a snapshot, and are found there
if those have fetched it before. Networks are ours: of a repository come numbers and words, no code.
"""

import json
from collections import deque
from dataclasses import dataclass
from pathlib import Path

from huggingface_hub import constants, hf_hub_url
from tokenizers import Tokenizer
from tokenizers.models import BPE
from tokenizers.pre_tokenizers import ByteLevel
from tokenizers.processors import RobertaProcessing

from zoo.core.cards import Card, TrainingData
from zoo.core.errors import NotFoundError
from zoo.core.jobs import Steps
from zoo.core.models import Tokenised
from zoo.core.weights import download, read_tensors
from zoo.nets import build

UNREAD = ("position_ids", "pooler")  # tensors of the published files that a classifier has no use for
CONFIG, VOCABULARY, MERGES = "config.json", "vocab.json", "merges.txt"


@dataclass(frozen=True)
class Pin:
    """A revision of a ``repository``. ``sha256``: of the weights' file. ``architecture``: what the options of our
    network of this ``kind`` are called in the published ``config.json``.
    """

    repository: str
    revision: str
    weights: str
    sha256: str
    kind: str
    architecture: dict[str, str]
    card: Card


ROBERTA = {
    "vocabulary": "vocab_size",
    "places": "max_position_embeddings",
    "width": "hidden_size",
    "depth": "num_hidden_layers",
    "heads": "num_attention_heads",
    "inner": "intermediate_size",
}
PINS = (
    Pin(
        repository="cardiffnlp/twitter-roberta-base-sentiment-latest",
        revision="3216a57f2a0d9c45a2e6c20157c20c49fb4bf9c7",
        weights="pytorch_model.bin",
        sha256="4d24a3e32a88ed1c4e5b789fc6644e2e767500554e954b27dccf52a8e762cbae",
        kind="roberta",
        architecture=ROBERTA,
        card=Card(
            name="hub/twitter-roberta",
            exhibit="sentiment",
            title="RoBERTa on tweets, of CardiffNLP",
            source="hub",
            size_bytes=4 * 124_647_939,
            parameters=124_647_939,
            licence="CC BY 4.0",
            restriction="research use",
            metrics=(),
            training_data=(
                TrainingData("124 M tweets of 2018 to 2021", "Twitter's terms"),
                TrainingData("SemEval 2017 task 4 as in TweetEval, tweets of 2013 to 2016 among it", "as published"),
            ),
            citation="Loureiro et al. 2022, arXiv:2202.03829; Liu et al. 2019, arXiv:1907.11692",
            config={"temperatures": {"three": 1.0, "two": 1.0}},
        ),
    ),
)


def names(exhibit: str) -> list[str]:
    """The pinned models of an exhibit, as ``hub/NAME``."""
    return [pin.card.name for pin in PINS if pin.card.exhibit == exhibit]


def pin_of(name: str) -> Pin:
    """Raises NotFoundError when nothing is pinned under ``hub/NAME``."""
    for pin in PINS:
        if pin.card.name == name:
            return pin
    known = ", ".join(pin.card.name for pin in PINS)
    raise NotFoundError(f"There is no model named {name!r} from the hub: there is {known}.")


def card(name: str) -> Card:
    """The card of ``NAME``. Raises NotFoundError."""
    return pin_of(f"hub/{name}").card


def folder(card: Card) -> Path:
    """Where the hub's own tools keep this revision."""
    pin = pin_of(card.name)
    return Path(constants.HF_HUB_CACHE, f"models--{pin.repository.replace('/', '--')}", "snapshots", pin.revision)


def fetch(card: Card) -> Steps[Path]:
    """Download what is missing, with progress, the weights last; at once when all is there."""
    pin, where = pin_of(card.name), folder(card)
    for file in (CONFIG, VOCABULARY, MERGES, pin.weights):
        digest = pin.sha256 if file == pin.weights else ""
        yield from download(hf_hub_url(pin.repository, file, revision=pin.revision), where / file, digest)
    return where


def load(card: Card) -> Tokenised:
    """The network with its tokenizer, downloading them first where they are missing. Raises UnavailableError."""
    deque(fetch(card), maxlen=0)
    where, pin = folder(card), pin_of(card.name)
    config = json.loads((where / CONFIG).read_text())
    architecture = {name: config[published] for name, published in pin.architecture.items()}
    tensors = read_tensors(where / pin.weights)
    read = {name: tensor for name, tensor in tensors.items() if not any(part in name for part in UNREAD)}
    network = build({"kind": pin.kind, **architecture, "num_classes": len(config["id2label"])}, read)
    return Tokenised(network, _tokenizer(where))


def _tokenizer(where: Path) -> Tokenizer:
    """Sub-words of bytes (Radford et al. 2019), between RoBERTa's marks of beginning and end."""
    tokenizer = Tokenizer(BPE.from_file(str(where / VOCABULARY), str(where / MERGES)))
    tokenizer.pre_tokenizer = ByteLevel(add_prefix_space=False)
    tokenizer.post_processor = RobertaProcessing(("</s>", 2), ("<s>", 0), add_prefix_space=False)
    return tokenizer
