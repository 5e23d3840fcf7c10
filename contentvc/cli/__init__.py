"""The command line: parse, call one action, render. Text and JSON come from the same value."""
