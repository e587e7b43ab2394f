"""Numbers of things, in words."""


def counted(number: int, one: str, many: str = "") -> str:
    """A number with its noun; ``many`` is left out where it only adds an s.

    >>> counted(1, "picture"), counted(1200, "picture"), counted(2, "query", "queries")
    ('1 picture', '1,200 pictures', '2 queries')
    """
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"
