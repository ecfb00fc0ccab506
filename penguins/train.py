"""Trains the model: ``penguins.train:fit()`` in mpk.yaml."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

from penguins.features import CATEGORIES, MEASURES, add_bill_ratio

DATA = Path(__file__).resolve().parent.parent / "data" / "penguins.csv"


def fit() -> Pipeline:
    """A pipeline, fitted on the shipped data, that takes measurements and predicts the species, as text."""
    birds = pd.read_csv(DATA)
    measured = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    observed = make_pipeline(
        SimpleImputer(strategy="constant", fill_value="unknown"),
        OneHotEncoder(handle_unknown="ignore"),
    )
    columns = ColumnTransformer([("measured", measured, [*MEASURES, "bill_ratio"]), ("observed", observed, CATEGORIES)])
    pipeline = make_pipeline(
        FunctionTransformer(add_bill_ratio),
        columns,
        LogisticRegression(max_iter=1000, random_state=0),
    )
    return pipeline.fit(birds.drop(columns="species"), birds["species"])
