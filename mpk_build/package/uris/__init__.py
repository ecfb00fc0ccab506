"""Model URIs: what a package is called that lies elsewhere, and how it comes here, once; see docs/packages.md."""
