"""What Style has to show: example paintings drawn by a script."""
