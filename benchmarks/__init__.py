"""Measures whole commands of contentvc beside git, on the same work in the same run."""
