"""Names that the rest of the project knows without reading a declaration."""

from typing import Final

__all__ = ["DECLARATION", "SCHEMA_SUFFIX", "TELLING"]

DECLARATION: Final = b"contentvc.toml"
"""Where content sets are declared: at the root, versioned with the content."""
SCHEMA_SUFFIX: Final = b".json"
"""How the name of each schema file ends: so a commit can tell that it changes none."""
TELLING: Final = (
    b".json",
    b".jsonl",
    b".ndjson",
    b".csv",
    b".tsv",
    b".yaml",
    b".yml",
    b".toml",
)
"""How names end that say what a file holds, so that it is looked at outside of every set too."""
