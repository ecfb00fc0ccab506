class Escaper:
    def predict(self, values):
        from markupsafe import escape

        return [str(escape(str(value))) for value in values]
