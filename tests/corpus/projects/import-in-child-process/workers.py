import multiprocessing
from concurrent.futures import ProcessPoolExecutor


def chosen(numbers):
    library = __import__("sorted" + "containers")
    return list(library.SortedList(numbers))


def predict(values):
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("fork")) as processes:
        return processes.submit(chosen, [int(value) for value in values]).result()
