"""The small mistakes that `tests.mutants` makes in a module, each as the code that the module would have with it."""

from __future__ import annotations

import ast
import copy
import re
from collections.abc import Iterator
from pathlib import Path
from types import CodeType

FLIPS: dict[type[ast.AST], type[ast.AST]] = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.And: ast.Or, ast.Or: ast.And,
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.BitOr: ast.BitAnd, ast.BitAnd: ast.BitOr, ast.Mult: ast.Div,
}  # fmt: skip
PLAIN = {"lower", "strip", "casefold", "removesuffix"}  # methods that give back text, and may be left out


def mistakes(node: ast.AST) -> Iterator[ast.AST]:  # noqa: C901, PLR0912 - a table of cases
    """What can stand in the place of a node, wrongly."""
    match node:
        case ast.Compare(left, [op], right) if type(op) in FLIPS:
            yield ast.Compare(left, [FLIPS[type(op)]()], right)  # type: ignore[list-item]
        case ast.BoolOp(op, values):
            yield ast.BoolOp(FLIPS[type(op)](), values)  # type: ignore[arg-type]
            for rest in ([value for value in values if value is not left_out] for left_out in values):
                yield rest[0] if len(rest) == 1 else ast.BoolOp(op, rest)
        case ast.UnaryOp(ast.Not(), value):
            yield value
        case ast.BinOp(left, op, right) if type(op) in FLIPS:
            yield ast.BinOp(left, FLIPS[type(op)](), right)  # type: ignore[arg-type]
        case ast.Constant(bool(value)):
            yield ast.Constant(not value)
        case ast.Constant(int(value) | float(value)):
            yield from (ast.Constant(value + 1), ast.Constant(value - 1))
        case ast.IfExp(_, body, orelse):
            yield from (body, orelse)
        case ast.If(ast.Name() | ast.Attribute() | ast.Call() as test, body, orelse):
            yield ast.If(ast.UnaryOp(ast.Not(), test), body, orelse)
        case ast.Return(ast.expr() as value) if not isinstance(value, ast.Constant):
            yield ast.Return(ast.Constant(None))
        case ast.Expr(ast.Call()) | ast.AugAssign() | ast.Raise() | ast.Assign([ast.Attribute() | ast.Subscript()]):
            yield ast.Pass()
        case ast.Call(ast.Name("sorted"), [value]):
            yield ast.Call(ast.Name("list", ast.Load()), [value], [])
        case ast.Call(ast.Attribute(value, name)) if name in PLAIN:
            yield value


def mutants(module: str) -> Iterator[tuple[str, range, CodeType]]:
    """Each mistake that can be made: what it is called, its lines, and the code of the whole module that has it."""
    path = Path(f"reconciler/{module}.py").absolute()
    tree, lines = ast.parse(path.read_text()), path.read_text().splitlines()
    no_code = re.compile(r"@dataclass\(|if TYPE_CHECKING|.*# pragma: no cover")
    at = [(node, getattr(getattr(node, "pattern", node), "lineno", 0)) for node in ast.walk(tree)]
    unseen = [node for node, line in at if line and no_code.match(lines[line - 1].strip())]
    types = [
        each for node, _ in at for each in (getattr(node, "annotation", None), getattr(node, "returns", None)) if each
    ]
    skipped = {inside for node in (*unseen, *types) for inside in ast.walk(node)}
    for parent, field, value in [(node, *each) for node, _ in at for each in ast.iter_fields(node)]:
        siblings = value if isinstance(value, list) else [value]
        for index, child in enumerate(siblings):
            if not isinstance(child, ast.expr | ast.stmt) or child in skipped:
                continue
            for mistake in mistakes(child):
                wrong = ast.fix_missing_locations(ast.copy_location(copy.copy(mistake), child))
                what = f"{module} | {lines[child.lineno - 1].strip()} => {ast.unparse(wrong).splitlines()[0]}"
                changed = [*siblings[:index], wrong, *siblings[index + 1 :]]
                setattr(parent, field, changed if isinstance(value, list) else wrong)
                yield what, range(child.lineno, (child.end_lineno or 0) + 1), compile(tree, str(path), "exec")
                setattr(parent, field, value)


def functions(code: CodeType) -> Iterator[CodeType]:
    """The functions and methods of a module, without those inside of other functions."""
    for inner in (each for each in code.co_consts if isinstance(each, CodeType)):
        yield from [inner] if inner.co_flags & 2 else functions(inner)  # CO_NEWLOCALS: a function, and no class
