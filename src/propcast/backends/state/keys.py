"""Keys made of several parts, each of which may hold any character."""


def compound(*parts: str) -> str:
    """Join parts with slashes so that different parts never give the same key."""
    return "/".join(part.replace("%", "%25").replace("/", "%2F") for part in parts)
