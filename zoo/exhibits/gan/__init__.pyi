from .frechet import Statistics, frechet_distance

__all__ = ["Statistics", "frechet_distance"]
