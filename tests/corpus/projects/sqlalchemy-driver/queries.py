import sqlalchemy as sa


class Queries:
    def load_context(self, context):
        self.engine = sa.create_engine(context.model_config["database"])

    def predict(self, context, values):
        column = sa.column("a")
        return [str(sa.select(column).where(column == int(value)).compile(self.engine)) for value in values]
