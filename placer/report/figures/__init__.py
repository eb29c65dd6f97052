"""What the pictures of a placement show, computed once and drawn by pages and for papers."""
