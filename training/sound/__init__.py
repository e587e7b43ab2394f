"""The recipes of Sound's two classifiers on ESC-50, their bundling and the example sounds."""
