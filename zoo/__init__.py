"""Menagerie: a live zoo of PyTorch models, as a library.

>>> import zoo
>>> zoo.classify("cat.jpg", top_k=3).answers[0].predictions[0].label  # doctest: +SKIP
'Egyptian cat'
>>> zoo.generate("It was one of those mornings when", length=20).samples[0].text  # doctest: +SKIP
' the sun was shining'

Every operation of every exhibit is a function here: ``zoo.style_fast`` is ``zoo style-fast`` in the shell and
``POST /api/v1/style/fast`` over HTTP. Inputs are paths, bytes or plain types (PIL, NumPy, str); knobs are keywords.
"""

from collections.abc import Callable
from typing import Any

from zoo.facade import example, functions, list_models, load, own_models, remove_own_model

__all__ = ["example", "list_models", "load", "own_models", "remove_own_model"]
__version__ = "0.2.0"


def __getattr__(name: str) -> Callable[..., Any]:
    if not name.startswith("_") and name in functions():
        return functions()[name]
    raise AttributeError(f"module 'zoo' has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*globals(), *functions()]
