"""Generate: text, one sub-word after the other."""
