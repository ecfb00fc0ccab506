"""The least that validates a model: unpickle it and predict the example, in its own environment, with nothing else.

Called as ``python floor.py PACKAGE``; prints the predictions as a JSON list.
"""

import json
import pickle
import sys
from pathlib import Path


def main(package: Path) -> None:
    """Load the package's model and predict its input example."""
    sys.path.insert(0, str(package / "code"))
    with (package / "model.pkl").open("rb") as file:
        model = pickle.load(file)  # noqa: S301 - the example's own model
    example = json.loads((package / "input_example.json").read_text(encoding="utf-8"))
    import pandas as pd

    predictions = model.predict(pd.DataFrame(example["data"], columns=example["columns"]))
    sys.stdout.write(json.dumps(list(predictions)))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
