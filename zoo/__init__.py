"""Menagerie: a live zoo of PyTorch models, as a library.

>>> import zoo
>>> zoo.classify("cat.jpg", top_k=3).answers[0].predictions[0].label  # doctest: +SKIP
'Egyptian cat'
>>> zoo.generate("It was one of those mornings when", length=20).samples[0].text  # doctest: +SKIP
' the sun was shining'

Every operation of every exhibit is a function here: ``zoo.style_fast`` is ``zoo style-fast`` in the shell and
``POST /api/v1/style/fast`` over HTTP. Inputs are paths, bytes or plain types (PIL, NumPy, str); knobs are keywords.
"""

from typing import TYPE_CHECKING

from zoo.core import sources

if TYPE_CHECKING:
    from torch import nn

    from zoo.core.cards import Card
    from zoo.core.operations import Operation

__version__ = "0.2.0"

sources.register("torchvision", "zoo.sources.torchvision")
sources.register("hub", "zoo.sources.hub")


def list_models(exhibit: str | None = None) -> "tuple[Card, ...]":
    """The cards of the bundled models, of one exhibit or of all."""
    from zoo.core.cards import bundled_cards

    return tuple(card for card in bundled_cards() if exhibit in (None, card.exhibit))


def load(name: str) -> "nn.Module":
    """The network of a model, ready to predict: in ``eval()`` mode, without gradients, on the CPU.

    It takes what its card says: pictures as (B, 3, H, W) in [0, 1], for example. Raises NotFoundError for an unknown
    name, UnavailableError where the weights had to be downloaded and could not be.
    """
    from zoo.core.loading import load as load_network

    return load_network(name).eval().requires_grad_(False)


def example(name: str) -> str:
    """The path of an example picture or sound, by its name on the page. Raises NotFoundError."""
    from zoo.examples import example_path

    return example_path(name)


def __getattr__(name: str) -> "Operation":
    """The operation of that name; the declarations are read at the first use."""
    if not name.startswith("_"):
        from zoo.exhibits import OPERATIONS

        for operation in OPERATIONS:
            if operation.attribute == name:
                return operation
    raise AttributeError(f"module 'zoo' has no attribute {name!r}")


def __dir__() -> list[str]:
    from zoo.exhibits import OPERATIONS

    return [*globals(), *(operation.attribute for operation in OPERATIONS)]
