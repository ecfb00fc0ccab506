"""The mode ``strict``: a value becomes what is declared where nothing is lost by it, and is an error elsewhere."""
