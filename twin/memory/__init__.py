"""The command that says how many KV tokens are left, and which engines start."""
