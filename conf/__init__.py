"""Hydra configuration of the project: one folder per config group, one file per option."""
