class Model:
    def predict(self, values):
        numbers = [int(value) for value in values]
        if len(numbers) > 2:
            from .many import largest

            return largest(numbers)
        return numbers
