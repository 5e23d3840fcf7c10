"""The Python face: nouns over actions."""
