"""From what a model's ``predict`` returned to JSON, as MLflow's scoring server writes it.

A DataFrame or Series becomes records, an array nested lists, bytes base64, a date ISO 8601; what JSON has no number
for (NaN, infinities) becomes null.
"""

import base64
import datetime
import math
from typing import Any


def encode(prediction: Any) -> Any:
    """The JSON value of a prediction.

    Raises:
        TypeError: The prediction holds something that JSON has no form for.
    """
    if prediction is None or isinstance(prediction, (bool, int, str)):
        return prediction
    if isinstance(prediction, float):
        return prediction if math.isfinite(prediction) else None
    if isinstance(prediction, dict):
        return {str(name): encode(value) for name, value in prediction.items()}
    if isinstance(prediction, (list, tuple)):
        return [encode(value) for value in prediction]
    if isinstance(prediction, (bytes, bytearray)):
        return base64.b64encode(bytes(prediction)).decode("ascii")
    if isinstance(prediction, (datetime.date, datetime.time)):
        return None if prediction != prediction else prediction.isoformat()
    return _encode_library_type(prediction)


def _encode_library_type(prediction: Any) -> Any:
    library = type(prediction).__module__.split(".")[0]
    if library == "pandas":
        if hasattr(prediction, "to_frame") and type(prediction).__name__ == "Series":
            prediction = prediction.to_frame(name=0 if prediction.name is None else prediction.name)
        if type(prediction).__name__ == "DataFrame":
            return [encode(row) for row in prediction.to_dict(orient="records")]
        if type(prediction).__name__ in ("NaTType", "NAType"):
            return None
    if library == "numpy":
        if prediction.dtype.kind in "mM":
            return encode(prediction.astype(str).tolist())
        return encode(prediction.tolist())
    if hasattr(prediction, "tolist"):
        return encode(prediction.tolist())
    raise TypeError("a prediction holds a {}, which JSON has no form for".format(type(prediction).__name__))
