"""The library's reference page: signatures and docstrings of what is public beside the operations."""

import inspect
import re
from importlib import import_module
from typing import Any

INTRODUCTION = """# Library

`import zoo` gives one function an operation; the pages of the exhibits describe them. An image may be a path, bytes,
an open file, a PIL image of any mode, a NumPy array (H, W, 3) or a torch tensor (3, H, W); a sound a path, bytes or
(samples, rate).
"""
NETWORKS = """## What `load` returns

`zoo.load(name)` is a `torch.nn.Module` on the CPU, in `eval()` mode and without gradients.

| exhibit | its `forward` takes | it returns |
|---|---|---|
| classify, adversarial | (B, 3, H, W) in [0, 1]; the normalisation is inside | logits (B, num_classes) |
| sound | (B, N) samples at 16 kHz in about [-1, 1] | logits (B, 50) |
| sentiment | token ids (B, T); `.tokenizer` makes them, `.network` is the network alone | logits (B, 3) and (B, 2) |
| generate | token ids (B, T); `.tokenizer` makes them | logits (B, T, vocab_size) and the KV cache |
| translate | use `.network.encode` and `.network.decode` with ids of `.tokenizer` | logits and the KV cache |
| style | (B, 3, H, W) in [0, 1] and style weights (B, n_styles) that sum to 1 | (B, 3, H, W) in [0, 1] |

```python
import torch
import zoo

network = zoo.load("resnet-18")
print(network(torch.rand(2, 3, 64, 64)).softmax(1).shape)
```
"""
SECTIONS = {
    "Models": (
        "zoo.facade.list_models",
        "zoo.facade.load",
        "zoo.facade.example",
        "zoo.facade.own_models",
        "zoo.facade.remove_own_model",
        "zoo.core.cards.Card",
    ),
    "Declaring an operation": (
        "zoo.core.operations.Operation",
        "zoo.core.operations.File",
        "zoo.core.inputs.Input",
        "zoo.core.knobs.Knobs",
    ),
    "Runtime and jobs": ("zoo.core.runtime.Runtime", "zoo.core.jobs.Job", "zoo.core.steps.Progress"),
    "Errors": (
        "zoo.core.errors.ZooError",
        "zoo.core.errors.InputError",
        "zoo.core.errors.TooLargeError",
        "zoo.core.errors.NotFoundError",
        "zoo.core.errors.BusyError",
        "zoo.core.errors.UnavailableError",
        "zoo.core.errors.CancelledJob",
    ),
}


def library_page() -> str:
    """Everything in ``SECTIONS``, and the networks that ``load`` gives."""
    parts = [INTRODUCTION]
    for title, names in SECTIONS.items():
        parts += [f"## {title}\n", *(entry(name) for name in names)]
        parts += [NETWORKS] if title == "Models" else []
    return "\n".join(parts)


def entry(name: str) -> str:
    """One function, or a class with its public methods."""
    module, _, attribute = name.rpartition(".")
    value = getattr(import_module(module), attribute)
    lines = [f"### `{name}`\n", documented(value)]
    if inspect.isclass(value):
        lines += [f"- `{method}{signature(member)}`: {first_line(member)}" for method, member in methods(value)]
    return "\n".join([*lines, ""])


def methods(kind: type) -> list[tuple[str, Any]]:
    """The public methods that the class itself documents."""
    members = vars(kind).items()
    return [(name, each) for name, each in members if not name.startswith("_") and callable(each) and each.__doc__]


def signature(value: Any) -> str:
    """As it is written, without the module paths of its types."""
    text = re.sub(r"\b(?:\w+\.)+(?=\w)", "", str(inspect.signature(value)))
    return text.replace("'", "").replace("(self, ", "(").replace("(self)", "()")


def documented(value: Any) -> str:
    """The docstring; doctest prompts would not render."""
    text = inspect.getdoc(value) or ""
    head = "" if inspect.isclass(value) else f"`{value.__name__}{signature(value)}`\n\n"
    return head + text.split("\n>>>")[0].strip() + "\n"


def first_line(value: Any) -> str:
    return (inspect.getdoc(value) or "").split("\n\n")[0].replace("\n", " ")
