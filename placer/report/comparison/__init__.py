"""Comparison of the runs of a sweep or a benchmark: rows, means, differences, files and a page."""
