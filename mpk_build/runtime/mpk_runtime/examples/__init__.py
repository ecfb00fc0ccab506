"""Input examples: read, as requests, and as a package stores them."""
