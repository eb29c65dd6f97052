"""The command line that trains models."""
