"""Models: the facts of every model, what it needs on this machine, and the runtime's memory.

>>> import zoo
>>> zoo.models_layers(model="resnet-18").layers[0].parameters  # doctest: +SKIP
11279112
"""

import lazy_loader

# A name is imported when it is used: declarations must not wait for torch. The names stand in __init__.pyi.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
