"""Inside: the layers of any network of the zoo, what they compute on an input, and what that costs.

>>> import zoo
>>> [row.kind for row in zoo.inside("photo.jpg", model="resnet-18").rows][:2]  # doctest: +SKIP
['NormalizedModel', 'ResNet18']
"""

import lazy_loader

# A name is imported when it is used: declarations must not wait for torch. The names stand in __init__.pyi.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
