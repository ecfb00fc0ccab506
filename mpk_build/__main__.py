"""``python -m mpk_build``: the command ``mpk``."""

from mpk_build.cli.main import run

if __name__ == "__main__":
    run()
