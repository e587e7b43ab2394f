"""Generate: text, token by token, with the distribution behind each token.

>>> import zoo
>>> zoo.generate("It was one of those mornings when", length=40).texts[0]  # doctest: +SKIP
'It was one of those mornings when the sun was shining'
"""

import lazy_loader

# A name is imported when it is used: declarations must not wait for torch. The names stand in __init__.pyi.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
