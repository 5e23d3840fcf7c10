"""The formats of records that are text, as the registry lists them."""

from typing import Final

from contentvc.formats.records.sheets import open_csv, open_jsonl, open_tsv
from contentvc.formats.records.textual import TextualRecords

__all__ = ["CSV", "JSONL", "TSV"]

JSONL: Final = TextualRecords("jsonl", open_jsonl)
CSV: Final = TextualRecords("csv", open_csv)
TSV: Final = TextualRecords("tsv", open_tsv)
