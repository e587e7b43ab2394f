"""Autoencoder: two students of equal size that learn to draw the same pictures, by pixels and by features.

>>> import zoo
>>> zoo.autoencoder("photo.jpg").distances  # doctest: +SKIP
"""

import lazy_loader

# A name is imported when it is used: declarations must not wait for torch. The names stand in __init__.pyi.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
