"""The recipe of the two small translators: English to French, and back."""
