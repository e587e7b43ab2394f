"""The recipe of a small GPT-2 trained on novels."""
