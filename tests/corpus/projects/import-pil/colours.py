from PIL import ImageColor


class Brightest:
    def predict(self, values):
        return [max(ImageColor.getrgb(str(value))) for value in values]
