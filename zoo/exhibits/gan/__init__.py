"""GAN: a generator and a discriminator in two dimensions, and pictures from a trained generator.

>>> import zoo
>>> zoo.gan(count=16).picture  # doctest: +SKIP
<PIL.Image.Image image mode=L size=118x118>
>>> zoo.gan_train(distribution="ring of 8 Gaussians", steps=2000).modes_covered  # doctest: +SKIP
8
"""

import lazy_loader

# A name is imported when it is used: declarations must not wait for torch. The names stand in __init__.pyi.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
