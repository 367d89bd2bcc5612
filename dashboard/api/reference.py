"""The reference of the interface as one page, drawn from its OpenAPI schema; it loads nothing."""

from typing import Any

from core import html_page as html

STAMP = "Research use only. Not a medical device."
METHODS = ("get", "post", "put", "delete")


def page(schema: dict[str, Any]) -> str:
    """HTML of an OpenAPI 3.1 schema: each operation with its parameters and answers, then the bodies."""
    parts = [html.paragraph("The schema for programs: openapi.json. Each request needs the header 'Authorization: Bearer KEY'.")]
    for path, operations in schema["paths"].items():
        for method in METHODS:
            if method in operations:
                parts += _operation(f"{method.upper()} {path}", operations[method])
    for name, body in sorted(schema["components"]["schemas"].items()):
        if properties := body.get("properties"):
            rows = [(n, _type(p), p.get("description", "")) for n, p in properties.items()]
            parts += [html.heading(name), html.paragraph(body.get("description", "")), html.table(("field", "type", "meaning"), rows)]
    return html.page(f"{schema['info']['title']} {schema['info']['version']}: REST interface", STAMP, parts)


def _operation(title: str, operation: dict[str, Any]) -> list[str]:
    parts = [html.heading(title), html.paragraph(operation.get("description", ""))]
    fields = [(p["name"], p["in"], _type(p.get("schema", {}))) for p in operation.get("parameters", [])]
    for form in operation.get("requestBody", {}).get("content", {}).values():
        fields += [(name, "form", _type(p)) for name, p in form["schema"].get("properties", {}).items()]
    if fields:
        parts.append(html.table(("parameter", "in", "type"), fields))
    answers = [(s, r["description"], ", ".join(r.get("content", {}))) for s, r in sorted(operation["responses"].items())]
    return [*parts, html.table(("status", "meaning", "content"), answers)]


def _type(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema:
        return " or ".join(_type(s) for s in schema["anyOf"])
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items', {}))}"
    return str(schema.get("format") or schema.get("type") or schema.get("const") or "")
