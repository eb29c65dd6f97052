"""Searching: what strategies are built from."""
