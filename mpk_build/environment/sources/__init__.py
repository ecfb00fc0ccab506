"""Source environments that are declared and not installed: each kind of file, and what exactly it asks for."""
