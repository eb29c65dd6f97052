"""Checking placements by simulation, and repairing them."""
