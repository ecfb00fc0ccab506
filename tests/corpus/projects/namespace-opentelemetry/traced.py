from opentelemetry import trace


def predict(values):
    with trace.get_tracer("corpus").start_as_current_span("predict") as span:
        return [int(value) + int(span.is_recording()) for value in values]
