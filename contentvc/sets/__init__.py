"""Content sets: named parts of the content, declared in ``contentvc.toml``, and what they ask."""
