"""The painter of several styles, and example paintings drawn by a script."""
