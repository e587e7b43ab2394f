"""Digits: a digit drawn by hand, read by a perceptron and a convolutional network, and both looked into.

>>> import zoo
>>> zoo.digits("seven.png").answers[0].label  # doctest: +SKIP
'7'
"""

import lazy_loader

# A name is imported when it is used: declarations must not wait for torch. The names stand in __init__.pyi.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
