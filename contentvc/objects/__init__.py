"""The content-addressed store: packs of compressed blocks, and how objects are found in them."""
