"""The recipe of ``tweet-lstm``, its baseline and its model folder."""
