"""Wording with placeholders: `{{ ticket_id }}` and nothing else.

A policy may come from anyone who may write files, so only names are allowed: no call, filter, loop or arithmetic. The
sandbox alone is not enough (a product of strings in it rendered 975 MB).
"""

from jinja2 import TemplateSyntaxError, nodes
from jinja2.runtime import StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from sla.letters import PLACEHOLDERS

_ENVIRONMENT = ImmutableSandboxedEnvironment(undefined=StrictUndefined, keep_trailing_newline=True)
_ALLOWED = (nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name)


def check_template(text: str) -> str | None:
    """What is wrong with a template, in one sentence; None when nothing is."""
    try:
        tree = _ENVIRONMENT.parse(text)
    except TemplateSyntaxError as error:
        return f"the placeholder cannot be read: {error.message}"
    for node in tree.find_all(nodes.Node):
        if not isinstance(node, _ALLOWED):
            return "only plain placeholders such as {{ ticket_id }} are allowed"
        if isinstance(node, nodes.Name) and node.name not in PLACEHOLDERS:
            return f"there is no placeholder {node.name!r}; there is {', '.join(sorted(PLACEHOLDERS))}"
    return None


def render(text: str, values: dict[str, str]) -> str:
    """The text with its placeholders filled in; values are never read as templates."""
    return _ENVIRONMENT.from_string(text).render(values)
