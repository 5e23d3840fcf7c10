"""Names that the rest of the project knows without reading a declaration."""

from typing import Final

__all__ = ["DECLARATION"]

DECLARATION: Final = b"contentvc.toml"
"""Where content sets are declared: at the root, versioned with the content."""
