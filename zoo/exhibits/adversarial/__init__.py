"""Adversarial: change a picture's pixels so little that nobody sees it, and a classifier predicts another class.

>>> import zoo
>>> zoo.adversarial("cat.jpg", epsilon=2).fooled  # doctest: +SKIP
True
"""

import lazy_loader

# A name is imported when it is used: declarations must not wait for torch. The names stand in __init__.pyi.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
