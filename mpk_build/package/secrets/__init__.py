"""Secrets in what is packaged: found before they leave the machine."""
