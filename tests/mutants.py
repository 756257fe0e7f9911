"""Make one small mistake after another in the modules that protect writes, and see which of them no test notices.

    make mutants                      all of them (the better part of an hour)
    make mutants MODULES="limits"     one module

A mistake is made in the syntax tree of a module, in a forked process whose tests then import it; nothing is written to
the disk. Tests that start the installed command see the module as it is, so they are not asked. A survivor that makes
no difference to anybody stands in `mutants.toml` with the reason.
"""

from __future__ import annotations

import ast
import copy
import os
import sys
import time
import tomllib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.machinery import SourceFileLoader
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent
SECONDS = 60  # for the tests of one mutant; a loop without end is a mistake that shows
SETTINGS = tomllib.loads((HERE / "mutants.toml").read_text())
_FLIPS: dict[type[ast.AST], type[ast.AST]] = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.And: ast.Or, ast.Or: ast.And,
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult,
    ast.BitOr: ast.BitAnd, ast.BitAnd: ast.BitOr,
}  # fmt: skip
_PLAIN = frozenset({"lower", "strip", "casefold", "removesuffix"})  # methods that give back text, and may be left out


def mistakes(node: ast.AST) -> Iterator[ast.AST]:  # noqa: C901, PLR0912 - a table of cases
    """What can stand in the place of a node, wrongly."""
    match node:
        case ast.Compare(left, [op], right) if type(op) in _FLIPS:
            yield ast.Compare(left, [_FLIPS[type(op)]()], right)  # type: ignore[list-item]
        case ast.BoolOp(op, values):
            yield ast.BoolOp(_FLIPS[type(op)](), values)  # type: ignore[arg-type]
            for left_out in values:
                rest = [value for value in values if value is not left_out]
                yield rest[0] if len(rest) == 1 else ast.BoolOp(op, rest)
        case ast.UnaryOp(ast.Not(), operand):
            yield operand
        case ast.BinOp(left, op, right) if type(op) in _FLIPS:
            yield ast.BinOp(left, _FLIPS[type(op)](), right)  # type: ignore[arg-type]
        case ast.Constant(bool(value)):
            yield ast.Constant(not value)
        case ast.Constant(int(value) | float(value)):
            yield from (ast.Constant(value + 1), ast.Constant(value - 1))
        case ast.IfExp(test, body, orelse):
            yield from (body, orelse)
        case ast.If(ast.Name() | ast.Attribute() | ast.Call() as test, body, orelse):
            yield ast.If(ast.UnaryOp(ast.Not(), test), body, orelse)
        case ast.Return(ast.expr() as value) if not isinstance(value, ast.Constant):
            yield ast.Return(ast.Constant(None))
        case ast.Expr(ast.Call()) | ast.AugAssign() | ast.Raise() | ast.Assign([ast.Attribute() | ast.Subscript()]):
            yield ast.Pass()
        case ast.Call(ast.Name("sorted"), [given]):
            yield ast.Call(ast.Name("list", ast.Load()), [given], [])
        case ast.Call(ast.Attribute(value, name), _, _) if name in _PLAIN:
            yield value


def mutants(source: str) -> Iterator[tuple[str, ast.Module]]:
    """Each mistake that can be made in a module, with what it is called: the line's text and what became of it."""
    tree, lines = ast.parse(source), source.splitlines()
    skipped = {id(n) for each in ast.walk(tree) if _is_no_code(each, lines) for n in ast.walk(each)}
    places = [
        (parent, field, index, child)
        for parent in ast.walk(tree)
        for field, value in ast.iter_fields(parent)
        for index, child in (enumerate(value) if isinstance(value, list) else ((None, value),))
        if isinstance(child, ast.expr | ast.stmt) and id(child) not in skipped
    ]
    for parent, field, index, child in places:
        for wrong in mistakes(child):
            wrong = ast.copy_location(copy.deepcopy(wrong), child)  # noqa: PLW2901 - the same one, in its place
            _put(parent, field, index, wrong)
            text = ast.unparse(wrong).splitlines()[0]
            yield f"{lines[child.lineno - 1].strip()} => {text}", ast.fix_missing_locations(copy.deepcopy(tree))
            _put(parent, field, index, child)


def _put(parent: ast.AST, field: str, index: int | None, node: ast.AST) -> None:
    if index is None:
        setattr(parent, field, node)
    else:
        getattr(parent, field)[index] = node


def _is_no_code(node: ast.AST, lines: Sequence[str]) -> bool:
    """Types, what is for the type checker alone, and branches that cannot be reached."""
    if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
        return True
    line = node.pattern.lineno if isinstance(node, ast.match_case) else getattr(node, "lineno", 0)
    if line and isinstance(node, ast.match_case | ast.stmt) and "pragma: no cover" in lines[line - 1]:
        return True
    return isinstance(node, ast.Call) and ast.unparse(node.func) in {"dataclass", "assert_never", "TypeVar"}


def noticed(module: str, tree: ast.Module) -> bool:
    """Whether a test of the module fails, or does not come to an end, with this code in its place."""
    child = os.fork()
    if child == 0:
        os.setpgid(0, 0)
        nowhere = os.open(os.devnull, os.O_RDWR)
        for stream in range(3):
            os.dup2(nowhere, stream)
        name, true = f"reconciler.{module.replace('/', '.')}", SourceFileLoader.get_code
        code = compile(tree, str(ROOT / f"reconciler/{module}.py"), "exec")
        wrong = lambda loader, asked: code if asked == name else true(loader, asked)  # noqa: E731
        SourceFileLoader.get_code = wrong  # type: ignore[method-assign]
        import pytest  # noqa: PLC0415 - loaded before the fork, and no module of ours with it

        plain = ["--assert=plain", "-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist"]
        try:
            os._exit(int(pytest.main([*plain, *SETTINGS["tests"][module]])))
        finally:
            os._exit(2)
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        if (ended := os.waitpid(child, os.WNOHANG))[0]:
            return ended[1] != 0
        time.sleep(0.02)
    os.killpg(child, 9)
    os.waitpid(child, 0)
    return True


def main(modules: Sequence[str]) -> int:
    """Print the survivors and the score of each module, and of all."""
    for library in ("pytest", "hypothesis", "httpx", "pydantic", "click", "tenacity", "deepdiff", "rich", "fastapi"):
        __import__(library)
    os.environ["CI"] = "1"  # the same examples each time
    os.chdir(ROOT)
    known = SETTINGS["equivalent"]
    total = killed = 0
    for module in modules or SETTINGS["tests"]:
        if not noticed(module, ast.parse("raise SystemExit")) or noticed(module, ast.parse(_source(module))):
            print(f"{module}: its tests fail without any mistake, so nothing can be seen")  # noqa: T201
            return 1
        asked = [(what, tree) for what, tree in mutants(_source(module)) if f"{module} | {what}" not in known]
        with ThreadPoolExecutor(2) as pool:
            seen = list(pool.map(lambda mutant: noticed(module, mutant[1]), asked))  # noqa: B023 - used up in the loop
        for (what, _), was in zip(asked, seen, strict=True):
            if not was:
                print(f"  lives: {module} | {what}")  # noqa: T201
        total, killed = total + len(seen), killed + sum(seen)
        print(f"{module}: {sum(seen)} of {len(seen)} noticed", flush=True)  # noqa: T201
    print(f"{killed} of {total} mutants noticed: {100 * killed / total:.1f} %; {len(known)} are equivalent")  # noqa: T201
    return int(killed < 0.97 * total)


def _source(module: str) -> str:
    return (ROOT / f"reconciler/{module}.py").read_text()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
