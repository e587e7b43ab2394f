"""Style: a photograph in the style of a painting, in one forward pass or by optimisation of its pixels.

>>> import zoo
>>> zoo.style_fast("photograph.jpg", model=["wave"]).picture  # doctest: +SKIP
<PIL.Image.Image image mode=RGB size=512x340>
>>> zoo.style("photograph.jpg", ["painting.jpg"], steps=100).picture  # doctest: +SKIP
<PIL.Image.Image image mode=RGB size=320x213>
"""

import lazy_loader

# A name is imported when it is used: declarations must not wait for torch. The names stand in __init__.pyi.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
