"""Wording with placeholders: `{{ ticket_id }}` and nothing else.

A policy may come from anyone who may write files, so only names are allowed: no call, filter, loop or arithmetic. The
sandbox alone is not enough (a product of strings in it rendered 975 MB).
"""

import re

from jinja2 import TemplateSyntaxError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from policies.yaml_file import shown
from sla.inputs.wording import MOST_PARTS, PLACEHOLDERS, Placeholder, Template

_ENVIRONMENT = ImmutableSandboxedEnvironment(keep_trailing_newline=True)
_ONLY_PLAIN = "only plain placeholders such as {{ ticket_id }} are allowed, each between two pairs of braces"
_PLACEHOLDER = re.compile(r"\{\{-?\s*[A-Za-z_]\w*\s*-?\}\}")
# Jinja's parser recurses once for each bracket, sign or block: 5,000 of them ended in a RecursionError.
_ELSE = re.compile(r"\{[{%#]|[%#]\}")
_ALLOWED = (nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name)


def check_template(text: str) -> str | None:
    """What is wrong with a template, in one sentence; None when nothing is."""
    if _ELSE.search(_PLACEHOLDER.sub(" ", text)):
        return _ONLY_PLAIN
    try:
        tree = _ENVIRONMENT.parse(text)
    except TemplateSyntaxError:
        return _ONLY_PLAIN
    for node in tree.find_all(nodes.Node):
        if not isinstance(node, _ALLOWED):
            return _ONLY_PLAIN
        if isinstance(node, nodes.Name) and node.name not in PLACEHOLDERS:
            return f"there is no placeholder {shown(node.name)}; there is {', '.join(sorted(PLACEHOLDERS))}"
    if len(compile_template(text)) > MOST_PARTS:
        return f"more than {MOST_PARTS} placeholders and pieces of text between them"
    return None


def compile_template(text: str) -> Template:
    """The parts of a template that `check_template` finds nothing wrong with."""
    output = [node for each in _ENVIRONMENT.parse(text).body if isinstance(each, nodes.Output) for node in each.nodes]
    return tuple(node.data if isinstance(node, nodes.TemplateData) else _placeholder(node) for node in output)


def _placeholder(node: nodes.Expr) -> Placeholder:
    assert isinstance(node, nodes.Name)
    return Placeholder(value=node.name)
