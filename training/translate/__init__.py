"""The recipe of the two bundled translators: English to French, and French to English."""
