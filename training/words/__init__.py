"""Tables of words that exhibits carry with them."""
