import sys

from toolz import accumulate


def predict(values):
    return list(accumulate(max, [int(value) for value in values]))


def main():
    import click

    click.echo(predict(sys.argv[1:]))


if __name__ == "__main__":
    from tqdm import tqdm

    tqdm.write("starting")
    main()
