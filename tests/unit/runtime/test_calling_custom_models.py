"""How a model of one's own is called: with what its predict declares, in every form that is in use."""

from __future__ import annotations

import asyncio
import functools
import gc
import operator
import threading
from typing import TYPE_CHECKING, Any

import pytest

from mpk_runtime import mpk_python_model
from mpk_runtime.mpk_python_model import Context, PythonModel

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

CONTEXT = Context({"norms": "norms.json"}, {"a": 1})


def unwrapped(function: Callable[..., Any]) -> Callable[..., Any]:
    """A decorator that has other names for what it hands on."""

    @functools.wraps(function)
    def inner(self: Any, first: Any, second: Any, **more: Any) -> Any:
        return function(self, first, second, **more)

    return inner


class _Inputs:
    def only_input(self, model_input: Any) -> Any:
        return model_input

    def another_name(self, rows: Any) -> Any:
        return rows

    def with_params(self, rows: Any, params: Any = None) -> Any:
        return rows, params

    def with_named_params(self, rows: Any, scale: float = 1.0, unused: int = 0) -> Any:
        return rows, scale, unused

    def with_keyword_params(self, rows: Any, *, scale: float) -> Any:
        return rows, scale

    def with_any_params(self, rows: Any, **options: Any) -> Any:
        return rows, options

    def in_context(self, context: Any, model_input: Any) -> Any:
        return context, model_input

    def in_context_with_params(self, context: Any, model_input: Any, params: Any = None) -> Any:
        return context, model_input, params

    def in_unused_context(self, _: Any, rows: Any) -> Any:
        return rows

    def in_context_by_another_name(self, ctx: Any, rows: Any) -> Any:
        return ctx, rows

    def in_context_by_any_name(self, things: Any, model_input: Any) -> Any:
        return things, model_input

    def context_last(self, rows: Any, context: Any) -> Any:
        return rows, context

    def params_first(self, params: Any, rows: Any) -> Any:
        return params, rows

    def by_keyword(self, *, model_input: Any, params: Any = None) -> Any:
        return model_input, params

    def by_keyword_in_context(self, *, context: Any, rows: Any) -> Any:
        return context, rows

    def all_by_keyword(self, **given: Any) -> Any:
        return given

    def by_place(self, *rows: Any) -> Any:
        return rows

    def positional_only(self, context: Any, rows: Any, /, params: Any = None) -> Any:
        return context, rows, params

    def named_context(self, context: Any) -> Any:
        return context

    @unwrapped
    def decorated(self, context: Any, model_input: Any, params: Any = None) -> Any:
        return context, model_input, params

    @staticmethod
    def static(context: Any, rows: Any) -> Any:
        return context, rows

    @classmethod
    def of_class(cls, rows: Any, params: Any) -> Any:
        return cls, rows, params


EXPECTED: dict[str, Any] = {
    "only_input": "in",
    "another_name": "in",
    "with_params": ("in", {"scale": 2}),
    "with_named_params": ("in", 2, 0),
    "with_keyword_params": ("in", 2),
    "with_any_params": ("in", {"params": {"scale": 2}}),
    "in_context": (CONTEXT, "in"),
    "in_context_with_params": (CONTEXT, "in", {"scale": 2}),
    "in_unused_context": "in",
    "in_context_by_another_name": (CONTEXT, "in"),
    "in_context_by_any_name": (CONTEXT, "in"),
    "context_last": ("in", CONTEXT),
    "params_first": ({"scale": 2}, "in"),
    "by_keyword": ("in", {"scale": 2}),
    "by_keyword_in_context": (CONTEXT, "in"),
    "all_by_keyword": {"model_input": "in", "context": CONTEXT, "params": {"scale": 2}},
    "by_place": ("in",),
    "positional_only": (CONTEXT, "in", {"scale": 2}),
    "named_context": "in",
    "decorated": (CONTEXT, "in", {"scale": 2}),
    "static": (CONTEXT, "in"),
    "of_class": (_Inputs, "in", {"scale": 2}),
}


@pytest.mark.parametrize("name", EXPECTED)
def test_predict_gets_what_it_declares(name: str) -> None:
    model = type("Model", (), {"predict": getattr(_Inputs(), name)})
    assert PythonModel(model, CONTEXT).predict("in", {"scale": 2}) == EXPECTED[name]
    assert PythonModel(getattr(_Inputs(), name), CONTEXT).predict("in", {"scale": 2}) == EXPECTED[name]


def test_all_forms_are_tried() -> None:
    assert set(EXPECTED) == {name for name in vars(_Inputs) if not name.startswith("__")}


def test_what_needs_no_method_is_called_itself() -> None:
    class Called:
        def __call__(self, rows: Any) -> Any:
            return rows

    assert PythonModel(Called(), CONTEXT).predict([1]) == [1]
    assert PythonModel(functools.partial(operator.add, [0]), CONTEXT).predict([1]) == [0, 1]
    assert PythonModel(max, CONTEXT).predict([1, 3, 2]) == 3


def test_what_takes_nothing_is_told() -> None:
    def nothing() -> None:
        raise AssertionError

    with pytest.raises(TypeError) as error:
        PythonModel(nothing, CONTEXT)
    assert str(error.value) == f"{nothing.__qualname__} takes no model input"


def test_a_context_is_loaded_with_or_without_an_argument() -> None:
    class Given:
        def load_context(self, context: Context) -> None:
            self.given = context

        def predict(self, rows: Any) -> Any:
            return self.given, rows

    class Without:
        def load_context(self) -> None:
            self.given = "nothing"

        def __call__(self, rows: Any) -> Any:
            return self.given, rows

    assert PythonModel(Given(), CONTEXT).predict([1]) == (CONTEXT, [1])
    assert PythonModel(Without(), CONTEXT).predict([1]) == ("nothing", [1])


class _Streaming:
    def __init__(self) -> None:
        self.given: list[Any] = []

    def predict_stream(self, context: Context, model_input: Any, params: Any = None) -> Iterator[Any]:
        for word in model_input:
            self.given.append(word)
            yield word, params, context is CONTEXT


def test_parts_come_one_by_one_or_as_a_list() -> None:
    model = PythonModel(_Streaming(), CONTEXT)
    parts = model.predict_stream(["a", "b"], {"n": 1})
    assert next(parts) == ("a", {"n": 1}, True)
    assert model.model.given == ["a"]
    assert list(parts) == [("b", {"n": 1}, True)]
    assert model.predict(["c"]) == [("c", None, True)]
    assert model.streamable


def test_a_predict_that_yields_is_streamed() -> None:
    def words(text: str) -> Iterator[str]:
        yield from text.split()

    model = PythonModel(words, CONTEXT)
    assert model.streamable
    assert model.predict("a b") == ["a", "b"]
    assert next(model.predict_stream("a b")) == "a"
    assert PythonModel(lambda rows: map(str, rows), CONTEXT).predict([1, 2]) == ["1", "2"]


def test_other_models_have_no_parts() -> None:
    model = PythonModel(_Inputs().only_input, CONTEXT)
    assert not model.streamable
    with pytest.raises(TypeError) as error:
        model.predict_stream([1])
    assert str(error.value) == "only_input has no predict_stream, and its predict does not yield"
    with pytest.raises(TypeError) as error:
        PythonModel(type("Plain", (), {"predict": staticmethod(len)})(), CONTEXT).predict_stream([1])
    assert str(error.value) == "the Plain has no predict_stream, and its predict does not yield"


def test_a_stream_of_mlflows_base_class_is_none() -> None:
    def raising(_context: Any, _rows: Any) -> None:
        raise NotImplementedError

    raising.__module__ = "mlflow.pyfunc.model"
    of_mlflow = type("PythonModel", (), {"predict_stream": raising, "__module__": "mlflow.pyfunc.model"})
    model = PythonModel(type("Own", (of_mlflow,), {"predict": lambda _self, cx, x: (cx, x)})(), CONTEXT)
    assert not model.streamable
    assert model.predict([1]) == (CONTEXT, [1])


class _Asynchronous:
    async def load_context(self, context: Context) -> None:
        self.loop = asyncio.get_running_loop()
        self.context = context

    async def predict(self, model_input: Any) -> Any:
        await asyncio.sleep(0)
        assert asyncio.get_running_loop() is self.loop
        return model_input, self.context

    async def predict_stream(self, model_input: Any) -> AsyncIterator[Any]:
        for one in model_input:
            await asyncio.sleep(0)
            yield one


def test_what_has_to_be_awaited_is_awaited_in_one_loop() -> None:
    model = PythonModel(_Asynchronous(), CONTEXT)
    assert model.predict([1]) == ([1], CONTEXT)
    assert list(model.predict_stream([1, 2])) == [1, 2]

    async def inside_of_another() -> Any:
        return model.predict([2])

    assert asyncio.run(inside_of_another()) == ([2], CONTEXT)


def test_an_asynchronous_generator_comes_as_a_list() -> None:
    async def parts(rows: Any) -> AsyncIterator[Any]:
        for row in rows:
            yield row

    model = PythonModel(parts, CONTEXT)
    assert (model.predict([1, 2]), list(model.predict_stream([3]))) == ([1, 2], [3])


def test_a_loop_ends_with_its_model() -> None:
    model = PythonModel(_Asynchronous(), CONTEXT)
    loop = model.model.loop
    thread = next(one for one in threading.enumerate() if one.name == "mpk-model-loop")
    del model
    gc.collect()
    thread.join(10)
    assert loop.is_closed()


def test_what_is_streamable_can_be_told_of_a_class() -> None:
    assert mpk_python_model.streamable(_Streaming)
    assert not mpk_python_model.streamable(_Inputs)
