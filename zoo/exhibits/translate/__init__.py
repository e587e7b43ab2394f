"""Translate: text from one language into another by a transformer, with its attention weights.

>>> import zoo
>>> zoo.translate("I love cats.").translation  # doctest: +SKIP
"J'adore les chats."
"""

import lazy_loader

# A name is imported when it is used: declarations must not wait for torch. The names stand in __init__.pyi.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
