"""Plugins of `placer` for Hydra, which looks for them in this package."""
