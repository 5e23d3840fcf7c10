"""Documents: files that hold one value (JSON, YAML, TOML), compared and merged by path.

Values decide what a change is; what is written is spliced from the versions' own text, so that
comments, order, quoting and indentation of what nobody touched stay byte for byte.
"""
