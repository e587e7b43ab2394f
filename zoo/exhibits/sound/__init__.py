"""Sound: name what is heard, in a moment or in an hour, and show which part decided.

>>> from pathlib import Path
>>> from zoo.exhibits.sound import RATE, decode_sound, sound
>>> recording = decode_sound(Path("dog.wav").read_bytes(), RATE)  # doctest: +SKIP
>>> sound(recording).answers[0].predictions[0].label  # doctest: +SKIP
'dog'
"""

import lazy_loader

# A name is imported when it is used: declarations must not wait for torch. The names stand in __init__.pyi.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
