"""Train: a classifier of one's own pictures, measured on pictures that it was not trained on, and kept as a user model.

>>> import zoo
>>> zoo.train("pictures/", epochs=50).accuracy  # doctest: +SKIP
0.98
"""

import lazy_loader

# A name is imported when it is used: declarations must not wait for torch. The names stand in __init__.pyi.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
