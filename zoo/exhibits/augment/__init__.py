"""Augment: new sentences that mean about the same, to learn more from few.

>>> from zoo.exhibits.augment import augment
>>> augment("what a happy dog")[0].text  # doctest: +SKIP
'what a glad dog'
"""

import lazy_loader

# A name is imported when it is used: declarations must not wait for torch. The names stand in __init__.pyi.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
