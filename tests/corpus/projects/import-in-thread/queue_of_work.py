from concurrent.futures import ThreadPoolExecutor


def predict(values):
    def sort():
        from sortedcontainers import SortedList

        return list(SortedList(int(value) for value in values))

    with ThreadPoolExecutor(1) as threads:
        return threads.submit(sort).result()
