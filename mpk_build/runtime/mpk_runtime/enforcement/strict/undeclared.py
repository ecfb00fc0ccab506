"""A model without a signature: what it is given is passed on as it is."""

from __future__ import annotations

import io
from typing import Any

from mpk_runtime.enforcement import forms
from mpk_runtime.request_error import RequestError


class Undeclared:
    """Tables become frames with the types that pandas sees; all else stays."""

    def python(self, data: Any) -> Any:
        """The same."""
        return data

    def json(self, form: str, value: Any) -> Any:
        """A frame of a table or a list of objects, else the JSON value."""
        if form == "dataframe_split":
            table = forms.from_split(value, None)
        elif form == "dataframe_records" or (value and forms.is_rows(value)):
            table = forms.from_rows(value)
        else:
            return value
        import pandas as pd

        frame = pd.DataFrame(table.columns)
        if table.labels is not None:
            frame.index = table.labels
        return frame

    def csv(self, text: str) -> Any:
        """The frame that pandas reads."""
        import pandas as pd

        try:
            return pd.read_csv(io.StringIO(text))
        except ValueError as error:
            raise RequestError(f"The body is not CSV: {str(error).splitlines()[0]}.") from None
