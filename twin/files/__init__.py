"""Files that are read and written, what is wrong with them, and messages on a command line."""
