"""What the model looks at, made from measurements: when it is trained and at every prediction."""

from __future__ import annotations

import numpy as np
import pandas as pd

CATEGORIES = ["island", "sex"]
MEASURES = ["bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g"]


def add_bill_ratio(birds: pd.DataFrame) -> pd.DataFrame:
    """The features of some birds, one row each, in the order and with the index of ``birds``.

    Measures become floats (mm and g, NaN where there is none), categories become text or NaN, however the
    caller spelt a missing value, and ``bill_ratio`` is the bill's length over its depth, without a unit. The
    year is left out: the model has to know a penguin in a season that it has not seen.
    """
    measures = birds[MEASURES].apply(pd.to_numeric).astype("float64")
    categories = birds[CATEGORIES].astype("object")
    ratio = measures["bill_length_mm"] / measures["bill_depth_mm"]
    return pd.concat([categories.where(categories.notna(), np.nan), measures, ratio.rename("bill_ratio")], axis=1)
