"""Sentiment: the feeling in a tweet, which words carry it, and the same for whole tables.

>>> from zoo.exhibits.sentiment import sentiment
>>> sentiment("I love this zoo :)").answers[0].label  # doctest: +SKIP
'positive'
"""

import lazy_loader

# A name is imported when it is used: declarations must not wait for torch. The names stand in __init__.pyi.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
