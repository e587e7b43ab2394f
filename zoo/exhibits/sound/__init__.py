"""Sound: the classes of a sound with calibrated probabilities, the evidence for each, and the events of a recording.

>>> import zoo
>>> zoo.sound("dog.wav").answers[0].predictions[0].label  # doctest: +SKIP
'dog'
"""

import lazy_loader

# A name is imported when it is used: declarations must not wait for torch. The names stand in __init__.pyi.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
