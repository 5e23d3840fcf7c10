"""The JSON Schema of ``contentvc.toml``, for editors and checks outside of contentvc."""

from importlib.resources import files

__all__ = ["schema_text"]


def schema_text() -> str:
    """Its text."""
    return files("contentvc.sets").joinpath("contentvc.schema.json").read_text("utf-8")
