"""The mode ``mlflow``: what MLflow 3.17 makes of a value, also where something is lost by it.

It follows ``mlflow/models/utils.py`` (``_enforce_schema``) and ``mlflow/utils/proto_json_utils.py`` of MLflow 3.17.2,
in their order, since what comes first decides: https://github.com/mlflow/mlflow/tree/v3.17.2/mlflow. The same input
gives the same model input or is refused by both; the words of an error are mpk's own. A test holds the two side by
side: tests/e2e/test_mlflow_conversions.py.
"""
