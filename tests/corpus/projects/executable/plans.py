import subprocess
import sys
from pathlib import Path

program = Path(sys.executable).with_name("ninja")


def predict(values):
    version = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    return [f"{value} {version}" for value in values]
