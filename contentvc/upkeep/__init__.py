"""Upkeep: verifying what is stored."""
