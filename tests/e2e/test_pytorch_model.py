"""A network of a project's own class, from its source to the proven package and into the real MLflow."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

import pytest
import yaml
from e2e import mlflow_environment
from e2e.mlflow_environment import LIBRARIES
from e2e.projects import write_project

if TYPE_CHECKING:
    from pathlib import Path

NETWORK = """
    import torch

    class Network(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.linear = torch.nn.Linear(3, 2)
            for parameter in self.parameters():
                parameter.data.fill_(0.5)

        def forward(self, rows, scale=1.0):
            return self.linear(rows) * scale
"""


def test_a_network_is_packaged_with_its_code_and_predicts_in_single_precision(tmp_path: Path) -> None:
    interpreter = mlflow_environment.python(LIBRARIES)
    manifest = {
        "model": {"entrypoint": "network:Network()"},
        # Proven where it is made: installing PyTorch anew would show nothing of the flavor.
        "requirements": {"source": str(interpreter.parent.parent)},
        "input_example": [[0.1, 0.2, 0.3], [-1.0, 0.0, 0.1]],
        "params": {"scale": 2.0},
        "validate": {"manager": "local"},
        "targets": {"model": {}},
    }
    project = write_project(tmp_path, manifest, {"network.py": NETWORK})
    project.build(env=mlflow_environment.uv_variables())
    assert [line.partition("+")[0] for line in project.requirements] == ["numpy==2.3.5", "torch==2.13.0"]
    assert project.packaged() == ["network.py"]
    assert project.packaged("data") == ["model.pth", "pickle_module_info.txt"]
    document = yaml.safe_load((project.model / "MLmodel").read_text())
    assert sorted(document["flavors"]) == ["python_function", "pytorch"]
    assert json.loads(document["signature"]["inputs"]) == [
        {"type": "tensor", "tensor-spec": {"dtype": "float32", "shape": [-1, 3]}}
    ]
    done = subprocess.run(
        [interpreter, "-W", "ignore", mlflow_environment.READER],
        input=json.dumps({"network": str(project.model)}),
        env=mlflow_environment.environment(interpreter),
        capture_output=True,
        text=True,
        check=False,
    )
    read = json.loads(done.stdout)["network"]
    assert (read.get("error"), read.get("warnings")) == (None, [])
    assert [*read["from_example"][0], *read["from_example"][1]] == pytest.approx([1.6, 1.6, 0.1, 0.1], abs=1e-6)
