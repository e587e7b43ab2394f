"""Style: a photograph painted in another's hand, stroke by stroke or at once.

>>> from zoo.exhibits.style import RestyleKnobs, restyle
>>> restyle(photograph, RestyleKnobs(model=["wave"])).picture  # doctest: +SKIP
<PIL.Image.Image image mode=RGB size=512x340>
>>> from zoo.exhibits.style import StyleKnobs, run_to_completion, paint
>>> run_to_completion(paint(photograph, [(painting, 1.0)], StyleKnobs(steps=100))).picture  # doctest: +SKIP
<PIL.Image.Image image mode=RGB size=320x213>
"""

import lazy_loader

# A name is imported when it is used: declarations must not wait for torch. The names stand in __init__.pyi.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
