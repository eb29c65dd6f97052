"""What the command line needs beside Hydra: help, checks, progress, Ctrl-C."""
