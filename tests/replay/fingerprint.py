"""The order in which the workflow code issues commands, read from its source.

    uv run python tests/replay/fingerprint.py      writes fingerprint.json anew

Per function of `workflows/*.py`: its calls that become events in a ticket's history, the calls of our own functions
that issue such calls (marked ↳), and the blocks around them.
"""

import ast
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

HERE = Path(__file__).parent
WORKFLOWS = HERE.parents[1] / "workflows"
FINGERPRINT = HERE / "fingerprint.json"

COMMANDS = frozenset(
    {
        "execute_activity", "execute_activity_class", "execute_activity_method",
        "start_activity", "start_activity_class", "start_activity_method",
        "execute_local_activity", "execute_local_activity_class", "execute_local_activity_method",
        "start_local_activity", "start_local_activity_class", "start_local_activity_method",
        "execute_child_workflow", "start_child_workflow", "get_external_workflow_handle",
        "create_nexus_client", "execute_operation", "start_operation",
        "sleep", "wait_condition", "wait", "as_completed", "wait_for", "timeout",
        "upsert_search_attributes", "upsert_memo", "continue_as_new",
        "patched", "deprecate_patch", "create_event_group",
        "create_task", "gather", "TaskGroup", "cancel",
    }
)  # fmt: skip
"""Calls that issue a command, or decide in which order commands are issued."""

Functions = Mapping[str, ast.FunctionDef | ast.AsyncFunctionDef]
Fingerprint = dict[str, dict[str, list[str]]]


def take(sources: Mapping[str, str]) -> Fingerprint:
    """The fingerprint of some modules, given by name with their source."""
    modules = {name: dict(_functions(ast.parse(source))) for name, source in sources.items()}
    ours = _issuers(modules.values())
    taken = {
        name: {path: lines for path, function in functions.items() if (lines := list(_body(function.body, ours)))}
        for name, functions in modules.items()
    }
    return {name: functions for name, functions in taken.items() if functions}


def sources() -> dict[str, str]:
    """The workflow code."""
    return {f"workflows/{path.name}": path.read_text(encoding="utf-8") for path in sorted(WORKFLOWS.glob("*.py"))}


def text(fingerprint: Fingerprint) -> str:
    """As it is written."""
    return json.dumps(fingerprint, indent=1, ensure_ascii=False) + "\n"


def _functions(module: ast.AST, path: str = "") -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    for node in ast.iter_child_nodes(module):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield f"{path}{node.name}", node
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield from _functions(node, f"{path}{node.name}.")


def _issuers(modules: Iterable[Functions]) -> frozenset[str]:
    """The names of our functions that issue commands, themselves or through one another."""
    calls = [(node.name, set(_called(node))) for functions in modules for node in functions.values()]
    ours: frozenset[str] = frozenset()
    while (grown := frozenset(name for name, called in calls if called & (COMMANDS | ours))) != ours:
        ours = grown
    return ours


def _called(function: ast.AST) -> Iterator[str]:
    return (_name(node.func) for node in ast.walk(function) if isinstance(node, ast.Call))


def _name(called: ast.expr) -> str:
    """The last word of what is called."""
    return called.attr if isinstance(called, ast.Attribute) else called.id if isinstance(called, ast.Name) else ""


def _body(statements: Iterable[ast.stmt], ours: frozenset[str]) -> Iterator[str]:
    for statement in statements:
        yield from _statement(statement, ours)


def _statement(node: ast.AST, ours: frozenset[str]) -> Iterator[str]:
    """The lines of one statement: the calls of its own expressions, then its blocks, indented under their word."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return
    for field, value in ast.iter_fields(node):
        children = value if isinstance(value, list) else [value]
        if any(isinstance(child, ast.stmt | ast.excepthandler | ast.match_case) for child in children):
            yield from _block(_word(node, field), children, ours)
        else:
            for child in children:
                if isinstance(child, ast.AST):
                    yield from _expression(child, ours)


def _block(word: str, children: Iterable[ast.AST], ours: frozenset[str]) -> Iterator[str]:
    lines = [line for child in children for line in _statement(child, ours)]
    if lines and word:
        yield f"{word}:"
    yield from (f"  {line}" if word else line for line in lines)


def _word(node: ast.AST, field: str) -> str:
    """What a block is called; nothing for the lists that only hold blocks."""
    match field:
        case "body":
            return {"ExceptHandler": "except", "match_case": "case"}.get(
                type(node).__name__, type(node).__name__.lower()
            )
        case "orelse":
            return "else"
        case "finalbody":
            return "finally"
        case _:
            return ""


def _expression(node: ast.AST, ours: frozenset[str]) -> Iterator[str]:
    """Calls in the order in which they are evaluated: arguments before the call itself."""
    for child in ast.iter_child_nodes(node):
        yield from _expression(child, ours)
    if isinstance(node, ast.Call):
        name = _name(node.func)
        if name in COMMANDS:
            yield f"{ast.unparse(node.func)}({_first(node)})"
        elif name in ours:
            yield f"↳ {ast.unparse(node.func)}"


def _first(call: ast.Call) -> str:
    """The first argument where it is a name: which activity, which workflow."""
    first = call.args[0] if call.args else None
    return ast.unparse(first) if isinstance(first, ast.Attribute | ast.Constant) else ""


if __name__ == "__main__":
    FINGERPRINT.write_text(text(take(sources())), encoding="utf-8")
    print(f"written: {FINGERPRINT}")
