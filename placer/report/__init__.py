"""What is shown and written: tables, files, commands."""
