"""HTML pages: one look, and how templates are filled in."""
