"""What the pickles of a package would do where they are loaded, told before anything loads them."""
