"""Charts as plain data, and the ways in which they are drawn."""
