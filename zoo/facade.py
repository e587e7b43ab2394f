"""``import zoo``: the models, and one function an operation, with the names that shell and HTTP use."""

import functools
import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any, get_args, get_origin

from zoo.core import sources

if TYPE_CHECKING:
    from torch import nn

    from zoo.core.cards import Card
    from zoo.core.operations import Operation

sources.register("own", "zoo.core.user_models")
sources.register("torchvision", "zoo.sources.torchvision")
sources.register("hub", "zoo.sources.hub")
sources.serve("image-classification", "classify")
sources.serve("audio-classification", "sound")
sources.serve("text-classification", "sentiment", pins="zoo.exhibits.sentiment.hub_models")
sources.serve("translation", "translate", pins="zoo.exhibits.translate.hub_models")
sources.serve("text-generation", "generate", pins="zoo.exhibits.generate.hub_models")


def list_models(exhibit: str | None = None) -> "tuple[Card, ...]":
    """The cards of the bundled models, of one exhibit or of all."""
    from zoo.core.cards import bundled_cards

    return tuple(card for card in bundled_cards() if exhibit in (None, card.exhibit))


def own_models() -> "tuple[Card, ...]":
    """The cards of the models that were made here in Python or in the shell, the oldest first."""
    from zoo.core.user_models import owned

    return owned()


def remove_own_model(name: str) -> None:
    """Remove one of ``own_models()``. Raises NotFoundError."""
    from zoo.core.user_models import remove_owned

    remove_owned(name)


def load(name: str) -> "nn.Module":
    """The network of a model, ready to predict: in ``eval()`` mode, without gradients, on the CPU.

    Of pictures it takes (B, 3, H, W) in [0, 1]. Raises NotFoundError for an unknown name, UnavailableError where the
    weights had to be downloaded and could not be.
    """
    from zoo.core.loading import load as load_network
    from zoo.core.local_names import resolve

    return load_network(resolve(name)).eval().requires_grad_(False)


def example(name: str) -> str:
    """The path of an example picture or sound, by its name on the page. Raises NotFoundError."""
    from zoo.examples import example_path

    return example_path(name)


@functools.cache
def functions() -> dict[str, Callable[..., Any]]:
    """The function of each operation, by its name; the declarations are read at the first call."""
    from zoo.exhibits import OPERATIONS

    return {operation.attribute: as_function(operation) for operation in OPERATIONS}


def as_function(operation: "Operation") -> Callable[..., Any]:
    """``operation`` as a function: inputs by position or name, knobs by name, ``output`` for its file, ``progress``."""
    from zoo.core.knobs import knob_parameters, unit

    def call(*inputs: Any, **values: Any) -> Any:
        return operation(*inputs, **values)

    either, keyword = inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY
    parameters = [
        inspect.Parameter(each.name, either, default=inspect.Parameter.empty if each.default is None else each.default)
        for each in operation.inputs
    ]
    parameters += [each.replace(annotation=_plain(each.annotation)) for each in knob_parameters(operation.knobs, str)]
    if operation.file:
        parameters.append(inspect.Parameter("output", keyword, default=None, annotation="str | Path | None"))
    if operation.creates_model:
        parameters.append(inspect.Parameter("out", keyword, default="", annotation="str"))
    if operation.job:
        parameters.append(inspect.Parameter("progress", keyword, default=None))
    lines = [operation.summary, "", *(f"{each.name}: {each.help}" for each in operation.inputs)]
    for name, field in operation.knobs.model_fields.items():
        lines.append(f"{name}: {field.description}" + (f" [{unit(field)}]" if unit(field) else ""))
    call.__signature__ = inspect.Signature(parameters, return_annotation=operation.result)  # type: ignore[attr-defined]
    call.__name__ = call.__qualname__ = operation.attribute
    call.__module__, call.__doc__ = "zoo", "\n".join(lines)
    return call


def _plain(annotation: Any) -> Any:
    return get_args(annotation)[0] if get_origin(annotation) is Annotated else annotation
