"""A map of a model's classes: t-SNE of the weights of its last layer (van der Maaten and Hinton 2008).

The weights of a class are the direction of features that raises its logit. Classes with similar directions rise and
fall together, and are confused: of the test clips that ``sound-yamnet`` confuses, 70 % are confused with one of the
five classes with the most similar weights, and 59 % with one of the five that are nearest on its map; five random
classes would have 10 %. For ``sound-spectrogram`` it is 47 and 35 %, for ``sound-audionet`` 39 and 31 %.
"""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from torch import nn

from zoo.core.errors import InputError
from zoo.core.inputs import SoundLike, as_sound
from zoo.core.runtime import get_runtime
from zoo.exhibits.sound.class_texts import DESCRIPTIONS
from zoo.exhibits.sound.knobs import RATE, MapKnobs
from zoo.exhibits.sound.predict import category_of, probabilities, sound_card
from zoo.exhibits.sound.results import ClassMap, ClassPoint
from zoo.exhibits.sound.windows import is_too_quiet, window, window_notes

NEAREST = 5
PERPLEXITY = 15  # of 50 classes; of 6, 9, 12 and 15 it keeps most neighbours


def class_map(sound: SoundLike, knobs: MapKnobs | None = None) -> ClassMap:
    """The classes of a model in two dimensions, and the probability of each for five seconds of a sound.

    Only closeness means something: neither the axes nor the distance of two far classes do. Raises InputError for a
    start beyond the end, or a model whose last layer is no linear one.
    """
    knobs = knobs or MapKnobs()
    card = sound_card(knobs.model)
    decoded = as_sound(sound, RATE)
    samples = window(decoded, knobs.start)
    positions, nearest = placed_classes(card.name)
    row = [None] * len(card.classes) if is_too_quiet(samples) else probabilities(card.name, [samples])[0].tolist()
    known = bool(card.config.get("categories"))
    points = tuple(
        ClassPoint(
            name.id,
            name.label,
            category_of(card, name.label),
            float(positions[index, 0]),
            float(positions[index, 1]),
            row[index],
            tuple(card.classes[other].label for other in nearest[index].tolist()),
            DESCRIPTIONS.get(name.label, "") if known else "",
        )
        for index, name in enumerate(card.classes)
    )
    return ClassMap(card.name, card.restriction, knobs.start, points, window_notes(decoded, knobs.start))


@lru_cache(maxsize=8)
def placed_classes(model: str) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """(num_classes, 2) positions in [-1, 1], and (num_classes, 5) the classes with the most similar weights."""
    from sklearn.manifold import TSNE

    weights = get_runtime().run(class_weights, model)
    if len(weights) < 2 * NEAREST:
        raise InputError(f"{model} has {len(weights)} classes: a map needs {2 * NEAREST}.")
    centred = weights - weights.mean(0)  # what all classes share says nothing about any
    centred /= np.linalg.norm(centred, axis=1, keepdims=True)
    similarity = centred @ centred.T
    np.fill_diagonal(similarity, -np.inf)
    perplexity = min(PERPLEXITY, (len(weights) - 1) / 3)
    tsne = TSNE(metric="cosine", init="pca", perplexity=perplexity, random_state=0, n_jobs=1)
    positions = tsne.fit_transform(centred)
    positions -= (positions.max(0) + positions.min(0)) / 2
    scaled = (positions / np.abs(positions).max(0)).astype(np.float32)
    return scaled, np.argsort(-similarity, axis=1)[:, :NEAREST]


def class_weights(network: nn.Module) -> NDArray[np.float32]:
    """(num_classes, features) of the last linear layer. Call it in the worker only. Raises InputError without one."""
    linear = [module for module in network.modules() if isinstance(module, nn.Linear)]
    if not linear:
        raise InputError("This model has no linear layer whose weights would place its classes.")
    weights: NDArray[np.float32] = linear[-1].weight.detach().float().numpy()
    return weights
