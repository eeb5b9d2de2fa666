"""Single mutations of a module's source: what `benchmarks.mutants` samples from.

Left alone is what decides no row: docstrings, types, messages of errors, sizes of caches, decorators; the weights of
a table of costs, which decide together like those of a model; and the words inside a pattern, which is mutated as a
whole: it finds nothing.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from itertools import accumulate, pairwise
from typing import NamedTuple

SWAPPED: Mapping[type[ast.AST], tuple[str, str]] = {
    ast.Lt: ("<", "<="),
    ast.LtE: ("<=", "<"),
    ast.Gt: (">", ">="),
    ast.GtE: (">=", ">"),
    ast.Eq: ("==", "!="),
    ast.NotEq: ("!=", "=="),
    ast.In: ("in", "not in"),
    ast.NotIn: ("not in", "in"),
    ast.Is: ("is", "is not"),
    ast.IsNot: ("is not", "is"),
    ast.And: ("and", "or"),
    ast.Or: ("or", "and"),
    ast.Add: ("+", "-"),
    ast.Sub: ("-", "+"),
    ast.Mult: ("*", "+"),
    ast.Div: ("/", "*"),
}
"""An operator as written, and what it becomes."""
NAMES = {"min": "max", "max": "min", "any": "all", "all": "any"}
ATTRIBUTES = {"start": "end", "end": "start", "before": "after", "search": "fullmatch", "match": "search"}
PATTERN = ("compile", "search", "match", "fullmatch", "sub")
NOTHING = r"(?!)"
"""A pattern that finds nothing."""
SIGNS = frozenset("\\[(|")
"""What tells a pattern from a text."""
WIDE = 10
"""A number from here on is the width of a window or a limit: it is halved, one more or less is no mistake."""
SILENT = ("lru_cache", "cast", "get_args", "as_file", "_column", "Literal", "tuple", "dict", "Callable", "Mapping")
"""Calls and types whose arguments decide no row."""
KEYWORDS = ("strict", "encoding", "maxsize")
REACHING = ("startswith", "endswith", "find", "rfind", "search", "match", "fullmatch", "finditer", "most_common")
"""Methods whose bare numbers say from where to look, or at how many: one more changes nothing."""


class Mutant(NamedTuple):
    """One edit of a module (`extractors/rules.py`): the bytes from `start` to `end` become `text`."""

    path: str
    line: int
    start: int
    end: int
    text: str
    what: str

    def applied(self, source: bytes) -> bytes:
        """The module's source with the edit."""
        return source[: self.start] + self.text.encode() + source[self.end :]


def mutants(path: str, source: bytes) -> list[Mutant]:
    """All single mutations of a module that still parse, each edit once, in the order of its text."""
    found = {mutant[2:5]: mutant for mutant in _Finder(path, source).all()}
    return [found[edit] for edit in sorted(found)]


class _Finder:
    """Walks a module and edits its source in place of its tree, so that the rest stays as written."""

    def __init__(self, path: str, source: bytes) -> None:
        self.path, self.source, self.tree = path, source, ast.parse(source)
        calls = [node for node in ast.walk(self.tree) if isinstance(node, ast.Call) and _reaches(node)]
        self.bounds = {id(part) for call in calls for part in call.args}
        self.lines = [0, *accumulate(len(line) for line in source.splitlines(keepends=True))]

    def all(self) -> Iterator[Mutant]:
        for node in self._deciding(self.tree):
            yield from self._operators(node)
            yield from self._values(node)
            yield from self._lists(node)
            yield from self._steps(node)
            yield from self._calls(node)

    def _deciding(self, node: ast.AST) -> Iterator[ast.AST]:
        """The nodes that can decide a row."""
        yield node
        for name, value in ast.iter_fields(node):
            if name in ("annotation", "returns", "decorator_list", "bases") or _is_silent(node, name):
                continue
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.AST) and not _decides_nothing(child):
                    yield from self._deciding(child)

    def _operators(self, node: ast.AST) -> Iterator[Mutant]:
        match node:
            case ast.Compare(left, operators, rights):
                for one, operator, other in zip([left, *rights], operators, rights, strict=False):
                    yield from self._swapped(one, operator, other)
            case ast.BoolOp(operator, values):
                for one, other in pairwise(values):
                    yield from self._swapped(one, operator, other)
            case ast.BinOp(left, operator, right) if type(operator) in SWAPPED:
                if not any(isinstance(part, ast.JoinedStr) or _is_text(part) for part in (left, right)):
                    yield from self._swapped(left, operator, right)
            case ast.UnaryOp(ast.Not(), operand):
                yield self._edit(node, f"({self._text(operand)})", "not left out")

    def _swapped(self, left: ast.expr, operator: ast.AST, right: ast.expr) -> Iterator[Mutant]:
        """The operator between two operands, which may stand on a line of its own."""
        written, other = SWAPPED[type(operator)]
        begin, end = self._place(left)[1], self._place(right)[0]
        at = self.source.find(written.encode(), begin, end)
        if at >= 0:
            yield self._bytes(left, at, at + len(written), other, f"{written} becomes {other}")

    def _values(self, node: ast.AST) -> Iterator[Mutant]:
        match node:
            case ast.Constant(bool(value)):
                yield self._edit(node, str(not value), "the other truth")
            case ast.Constant(int(value)) if id(node) not in self.bounds:
                yield self._edit(node, str(value + 1 if value < WIDE else value // 2), "another number")
            case ast.Constant(float(value)):
                yield self._edit(node, str(value * 2), "twice the number")
            case ast.Constant(str(value)) if value and not SIGNS & set(value) and not value.endswith((".tsv", ".toml")):
                yield self._edit(node, '"?"', "another text")
            case ast.Call(ast.Name("Decimal"), [ast.Constant(str(value))]):
                yield self._edit(node.args[0], f'"{value}00"' if "." not in value else '"2"', "another number")
            case ast.Name(name) if name in NAMES:
                yield self._edit(node, NAMES[name], f"{name} becomes {NAMES[name]}")
            case ast.Attribute(value, name) if name in ATTRIBUTES:
                begin, end = self._place(value)[1], self._place(node)[1]
                other = ATTRIBUTES[name]
                yield self._bytes(node, begin, end, f".{other}", f".{name} becomes .{other}")
            case ast.IfExp(test, body, other):
                parts = map(self._text, (other, test, body))
                yield self._edit(node, "({} if {} else {})".format(*parts), "the branches change places")

    def _lists(self, node: ast.AST) -> Iterator[Mutant]:
        """Each entry of a list that is written out, left out; a slice's ends."""
        match node:
            case ast.Tuple(entries, ast.Load()) | ast.List(entries, ast.Load()) | ast.Set(entries):
                if len(entries) > 2 or (len(entries) == 2 and all(map(_is_text, entries))):
                    for entry in filter(_is_told, entries):
                        yield self._without_entry(entry, entry)
            case ast.Dict(keys, values):
                for key, value in zip(keys, values, strict=True):
                    if key is not None and len(keys) > 1:
                        yield self._without_entry(key, value)
            case ast.Slice(lower, upper, None):
                for part in (lower, upper):
                    if part is not None:
                        yield self._edit(part, "", "the end of a slice left out")

    def _without_entry(self, first: ast.expr, last: ast.expr) -> Mutant:
        """An entry up to the comma behind it, or before it where it is the last."""
        begin, end = self._place(first)[0], self._place(last)[1]
        comma = end + len(self.source[end:]) - len(self.source[end:].lstrip())
        if self.source[comma : comma + 1] == b",":
            return self._bytes(first, begin, comma + 1, "", "an entry left out")
        before = self.source[:begin].rstrip()
        return self._bytes(first, len(before) - before.endswith(b","), end, "", "an entry left out")

    def _steps(self, node: ast.AST) -> Iterator[Mutant]:
        match node:
            case ast.Return(ast.expr() as value) if not isinstance(value, ast.Constant):
                yield self._edit(value, "None", "nothing returned")
            case ast.If(test, body, orelse):
                yield self._edit(test, f"not ({self._text(test)})", "the test turned round")
                if not orelse and isinstance(body[-1], ast.Return | ast.Continue | ast.Raise | ast.Break):
                    yield self._edit(test, "False", "a step left out")
            case ast.Expr(ast.Call()) | ast.AugAssign() | ast.Continue() | ast.Break():
                yield self._edit(node, "pass", "a step left out")
            case ast.comprehension(ifs=tests):
                for test in tests:
                    yield self._edit(test, "True", "a filter left out")

    def _calls(self, node: ast.AST) -> Iterator[Mutant]:
        match node:
            case ast.Call(ast.Attribute(ast.Name("regex" | "re"), name), [first, *_]) if name in PATTERN:
                yield self._edit(first, f'r"{NOTHING}"', "the pattern finds nothing")
            case ast.Call(_, [one, other, *_]) if _are_alike(one, other):
                begin, end = self._place(one)[0], self._place(other)[1]
                text = f"{self._text(other)}, {self._text(one)}"
                yield self._bytes(node, begin, end, text, "two arguments change places")

    def _place(self, node: ast.expr | ast.stmt) -> tuple[int, int]:
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return self.lines[node.lineno - 1] + node.col_offset, self.lines[node.end_lineno - 1] + node.end_col_offset

    def _text(self, node: ast.expr) -> str:
        begin, end = self._place(node)
        return self.source[begin:end].decode()

    def _edit(self, node: ast.expr | ast.stmt, text: str, what: str) -> Mutant:
        return self._bytes(node, *self._place(node), text, what)

    def _bytes(self, node: ast.expr | ast.stmt, start: int, end: int, text: str, what: str) -> Mutant:
        return Mutant(self.path, self.source.count(b"\n", 0, start) + 1, start, end, text, what)


def _is_silent(node: ast.AST, part: str) -> bool:
    """Whether a part of a node decides no row: a type, what a cache holds, the name of a group or column."""
    match node:
        case ast.Call(ast.Name(name)):
            return name in SILENT
        case ast.Call(ast.Attribute(ast.Name("regex" | "re"))):
            return part == "args" and _is_text(node.args[0])
        case ast.Subscript(ast.Name(name), ast.Tuple()):
            return part == "slice" and name in SILENT
        case ast.Subscript(_, ast.Constant(str())):
            return part == "slice"
    return False


def _decides_nothing(node: ast.AST) -> bool:
    """Docstrings, errors and their messages, texts with holes, assertions, imports, tables of costs."""
    match node:
        case ast.Expr(ast.Constant()) | ast.Raise() | ast.Assert() | ast.JoinedStr() | ast.Import() | ast.ImportFrom():
            return True
        case ast.keyword(name):
            return name in KEYWORDS
        case ast.Dict(_, values):
            return any(_weighs(value) for value in values)
    return False


def _weighs(value: ast.expr) -> bool:
    """Whether a table's value is a weight, or a table of weights."""
    return (isinstance(value, ast.Constant) and isinstance(value.value, float)) or (
        isinstance(value, ast.Dict) and any(map(_weighs, value.values))
    )


def _reaches(call: ast.Call) -> bool:
    """Whether a call's bare numbers are bounds of a text: `max(0, start - 8)`, `text.find(mark, 0, end)`."""
    match call.func:
        case ast.Name("max" | "min"):
            return any(isinstance(part, ast.Constant) and part.value == 0 for part in call.args)
        case ast.Attribute(_, name):
            return name in REACHING
    return False


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _are_alike(one: ast.expr, other: ast.expr) -> bool:
    """Whether two arguments are of a form that lets them change places."""
    return type(one) is type(other) and isinstance(one, ast.Name | ast.Attribute) and ast.dump(one) != ast.dump(other)


def _is_told(entry: ast.expr) -> bool:
    """Whether an entry of a list is more than the description of a column."""
    return not (isinstance(entry, ast.Call | ast.Starred) and any(map(_names_column, ast.walk(entry))))


def _names_column(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and node.id in ("_column", "_span", "_doc_id")
