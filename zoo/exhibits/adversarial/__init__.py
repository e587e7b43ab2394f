"""Adversarial: move a picture's pixels so little that nobody sees it, and a network names something else.

>>> from zoo.exhibits.adversarial import AttackKnobs, attack
>>> from zoo.examples import example
>>> attack(example("chelsea"), AttackKnobs(epsilon=2)).outcome.fooled  # doctest: +SKIP
True
"""

import lazy_loader

# A name is imported when it is used: declarations must not wait for torch. The names stand in __init__.pyi.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
