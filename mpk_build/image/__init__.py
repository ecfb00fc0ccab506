"""Container images, assembled file by file without a daemon, and the engines that run them."""
