"""Datasets for training: simulated engines from all over the domain, and from the edge."""
