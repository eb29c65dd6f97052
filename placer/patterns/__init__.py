"""Patterns, and the integer programs that choose among them."""
