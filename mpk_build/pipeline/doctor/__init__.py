"""What ``mpk doctor`` looks at: this machine, and packages that somebody made."""
