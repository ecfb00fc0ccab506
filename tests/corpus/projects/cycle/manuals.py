from sphinx.util.rst import escape
from sphinxcontrib.htmlhelp import chm_locales


def predict(values):
    return [f"{escape(str(value))} {chm_locales['de'][0]:#x}" for value in values]
