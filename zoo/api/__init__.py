"""The HTTP API: one router an exhibit, its routes made from the declared operations. ``zoo.api.app:app`` serves it."""
