"""The MLflows of the matrix: each on a Python that fits it, with libraries of its time."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from e2e import mlflow_environment

WRITER = Path(__file__).with_name("mlflow_writes.py")


@dataclass(frozen=True)
class Version:
    """One MLflow.

    Attributes:
        mlflow: Its version.
        python: The Python that it runs on.
        libraries: What is installed beside it.
    """

    mlflow: str
    python: str
    libraries: tuple[str, ...]

    @property
    def interpreter(self) -> Path:
        """A Python with it; made once."""
        return mlflow_environment.made(self.python, (f"mlflow=={self.mlflow}", *self.libraries))


VERSIONS = {
    one.mlflow: one
    for one in (
        Version(
            "1.30.1",
            "3.9",
            (
                *("setuptools==80.9.0", "numpy==1.26.4", "pandas==1.5.3", "scikit-learn==1.2.2", "cloudpickle==2.2.1"),
                *("xgboost-cpu==2.1.4", "lightgbm==4.6.0"),
            ),
        ),
        Version(
            "2.22.5",
            "3.10",
            (
                *("numpy==2.2.6", "pandas==2.3.3", "scikit-learn==1.7.2", "cloudpickle==3.1.2"),
                *("xgboost-cpu==3.2.0", "lightgbm==4.7.0"),
            ),
        ),
        Version(
            "3.17.2",
            "3.11",
            (
                *("numpy==2.4.6", "pandas==3.0.6", "scikit-learn==1.9.1", "cloudpickle==3.1.2", "skops==0.16.0"),
                *("xgboost-cpu==3.2.0", "lightgbm==4.7.0", "onnx==1.23.1", "onnxruntime==1.30.0", "skl2onnx==1.20.0"),
            ),
        ),
    )
}
