"""Style: the feed-forward network, its feature extractor, and example paintings drawn by a script."""
