from sortedcontainers import SortedList


def largest(numbers):
    return [SortedList(numbers)[-1]]
