"""Generate: text, one sub-word after the other, and a look inside while it is written.

>>> from zoo.exhibits.generate import GenerateKnobs, generate, run_to_completion
>>> run_to_completion(generate("It was", GenerateKnobs(length=40))).samples[0].text  # doctest: +SKIP
' the sun was shining'
"""

import lazy_loader

# A name is imported when it is used: declarations must not wait for torch. The names stand in __init__.pyi.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
