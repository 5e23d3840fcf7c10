"""Immutable values and their canonical bytes: trees, commits, operations. No input or output."""
