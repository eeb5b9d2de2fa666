"""The options of an ingestion as parameters of a function, one by one, as Typer and Prefect read them: its signature.

`Options` is the one list of them; what it holds, the commands and the flow have.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import MISSING, fields
from functools import wraps
from inspect import Parameter, signature
from typing import Annotated, Any, TypeVar, get_args, get_origin, get_type_hints

import typer
from pydantic.fields import FieldInfo

from flows.options import Options

T = TypeVar("T")
Spelling = Callable[[Any, FieldInfo, bool], Any]
"""From a type, what is known of the option and whether it must be given, to the annotation of the parameter."""


def names() -> tuple[str, ...]:
    """The options' names, in order."""
    return tuple(each.name for each in _options(for_prefect))


def for_prefect(kind: Any, facts: FieldInfo, required: bool) -> Any:
    """A parameter of a flow: its bounds and description show in Prefect's form."""
    return Annotated[kind, facts]


def for_command_line(kind: Any, facts: FieldInfo, required: bool) -> Any:
    """An argument where it must be given, else an option; `Options.check` looks at its value."""
    if required:
        return Annotated[kind, typer.Argument(help=facts.description, show_default=False)]
    return Annotated[kind, typer.Option(help=facts.description)]


def spelled_out(spelling: Spelling) -> Callable[[Callable[..., T]], Callable[..., T]]:
    """Let a function of `options` be called with the options one by one; its other parameters follow them."""

    def decorate(function: Callable[..., T]) -> Callable[..., T]:
        own = signature(function, eval_str=True)
        rest = [each for name, each in own.parameters.items() if name != "options"]
        options = list(_options(spelling))
        plain = own.replace(parameters=[*options, *rest])

        @wraps(function)
        def called(*args: Any, **kwargs: Any) -> T:
            given = plain.bind(*args, **kwargs)
            given.apply_defaults()
            chosen = {each.name: given.arguments.pop(each.name) for each in options}
            return function(Options(**chosen), **given.arguments)

        called.__dict__["__signature__"] = plain
        called.__annotations__ = {each.name: each.annotation for each in plain.parameters.values()}
        called.__annotations__["return"] = plain.return_annotation
        return called

    return decorate


def _options(spelling: Spelling) -> Iterator[Parameter]:
    hints = get_type_hints(Options, include_extras=True)
    for each in fields(Options):
        if get_origin(hints[each.name]) is Annotated:
            kind, facts = get_args(hints[each.name])
            required = each.default is MISSING
            default = Parameter.empty if required else each.default
            annotation = spelling(kind, facts, required)
            yield Parameter(each.name, Parameter.POSITIONAL_OR_KEYWORD, default=default, annotation=annotation)
