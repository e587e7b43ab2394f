"""Sentiment: the sentiment of a text with calibrated probabilities, the contribution of each word, and whole tables.

>>> import zoo
>>> zoo.sentiment("I love this zoo :)").answers[0].predictions[0].label  # doctest: +SKIP
'positive'
"""

import lazy_loader

# A name is imported when it is used: declarations must not wait for torch. The names stand in __init__.pyi.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
