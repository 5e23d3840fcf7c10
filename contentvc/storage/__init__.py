"""Storage: named bytes somewhere. Knows nothing of commits."""
