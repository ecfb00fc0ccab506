import subprocess
import sys


def predict(values):
    rows = "\n".join(str(int(value)) for value in values)
    command = [sys.executable, "-m", "tabulate", "--format", "plain"]
    return subprocess.run(command, input=rows, capture_output=True, text=True, check=True).stdout.split()
