"""contentvc: version control for the content that AI systems run on."""

__version__ = "0.1.0"

__all__ = ["__version__"]
