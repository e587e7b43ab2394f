"""Augment: new sentences with about the same meaning, to train on when there are few.

>>> import zoo
>>> zoo.augment("what a happy dog").outputs[0].text  # doctest: +SKIP
'what a glad dog'
"""

import lazy_loader

# A name is imported when it is used: declarations must not wait for torch. The names stand in __init__.pyi.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
