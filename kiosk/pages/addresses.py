"""Where a page may lead back to.

Knows no page. Neighbours: the sign-in, language and preference routes of both roles.
"""

from urllib.parse import urlsplit


def own_path(path: str, otherwise: str) -> str:
    """Return `path` if it is a path of this site, else `otherwise`: no way leads outside."""
    parts = urlsplit(path)
    inside = path.startswith("/") and not path.startswith(("//", "/\\")) and not parts.netloc
    return path if inside and path.isprintable() else otherwise
