"""Translate: from English to French and back, one sub-word after the other."""
