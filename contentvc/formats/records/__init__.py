"""Records: files that are sequences of items, known by a key: JSONL, CSV, TSV, Parquet."""
