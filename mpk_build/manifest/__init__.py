"""The manifest: its schema, its files with positions, its errors."""
