"""The recipe of a small GPT-2 that talks like a book."""
