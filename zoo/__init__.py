"""Menagerie's library: each exhibit's functions as plain Python, for pages, API, command line and notebooks alike."""
