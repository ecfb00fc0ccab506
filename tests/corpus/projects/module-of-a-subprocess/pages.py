import subprocess
import sys


def predict(values):
    command = [sys.executable, "-m", "markdown"]
    return [subprocess.run(command, input=str(value), capture_output=True, text=True, check=True).stdout for value in values]
