"""Remotes: moving objects between replicas: negotiation, push, fetch, several at once."""
