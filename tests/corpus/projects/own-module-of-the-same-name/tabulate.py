def table(value):
    return f"<{value}>"
