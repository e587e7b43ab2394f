"""Networks whose predictions are many small steps, as those of texts are, token by token.

A step of such a network is over sooner on one thread than another thread is woken to share it; ``benchmarks.threads``
measures it. ``zoo.core.device.threads_for`` reads the attribute ``small_steps``.
"""

LARGE = 512  # features of a token from which the products of a transformer are worth sharing out
