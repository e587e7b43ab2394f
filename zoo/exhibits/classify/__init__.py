"""Classify: the classes of a picture with calibrated probabilities, and the evidence for each.

>>> import zoo
>>> zoo.classify("cat.jpg").answers[0].predictions[0].label  # doctest: +SKIP
'Egyptian cat'
"""

import lazy_loader

# A name is imported when it is used: declarations must not wait for torch. The names stand in __init__.pyi.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
