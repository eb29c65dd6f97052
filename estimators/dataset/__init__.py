"""Datasets for training: simulated loads from all over the domain, and from the edge."""
