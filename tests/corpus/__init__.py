"""Small real projects with what they truly need, found by trial; see ``README.md``."""
