import markdown


def predict(values):
    return [markdown.markdown(str(value), extensions=["mdx_truly_sane_lists"]) for value in values]
