"""Trained models: trees, what they predict, and their files."""
