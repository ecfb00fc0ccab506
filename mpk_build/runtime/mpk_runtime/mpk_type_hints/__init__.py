"""Type hints of ``predict``: what they say, and data turned into what they say.

Like the loader beside it this stands alone, since packages carry it: the standard library, no mpk, no mlflow; pydantic,
1 or 2, only where the model has brought it.
"""

from .converting import HintError, converted
from .reading import element_of, fields, of_predict, options_of, plain

__all__ = ["HintError", "converted", "element_of", "fields", "of_predict", "options_of", "plain"]
