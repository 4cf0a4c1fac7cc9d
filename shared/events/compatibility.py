"""Whether every JSON value that one JSON Schema promises is accepted by another: the subset that pydantic emits.

Understood: `type`, `enum`, `const`, `format`, `anyOf`/`oneOf`, `$ref`, `properties`, `required`, `items`,
`additionalProperties`, and `pattern` (equal patterns only). Bounds such as `maxLength` are left to run time.
"""

from collections.abc import Iterator, Mapping
from typing import Any

_Schema = Mapping[str, Any]


def incompatibilities(promised: _Schema, read: _Schema) -> Iterator[str]:
    """Yield `.path: sentence` for each way in which a promised value may be refused by the reader."""
    yield from _Comparison(promised, read).compare(promised, read, "")


class _Comparison:
    def __init__(self, promised_root: _Schema, read_root: _Schema) -> None:
        self._promised_root = promised_root
        self._read_root = read_root
        # Pairs under comparison: a recursive model refers to itself.
        self._open: set[tuple[str, str]] = set()

    def compare(self, promised: _Schema, read: _Schema, path: str) -> Iterator[str]:
        pair = (str(promised.get("$ref")), str(read.get("$ref")))
        if pair in self._open and "None" not in pair:
            return
        self._open.add(pair)
        accepted = list(_alternatives(read, self._read_root))
        for offered in _alternatives(promised, self._promised_root):
            # The reader must accept each alternative by at least one of its own; the complaint is that of the nearest.
            complaints = [list(self._compare_one(offered, candidate, path)) for candidate in accepted]
            yield from min(complaints, key=len)
        self._open.discard(pair)

    def _compare_one(self, promised: _Schema, read: _Schema, path: str) -> Iterator[str]:
        wanted, given = read.get("type"), _type_of(promised)
        if wanted is not None and given != wanted and (given, wanted) != ("integer", "number"):
            yield f"{path}: {given or 'anything'} is promised, {wanted} is read"
            return
        yield from _compare_values(promised, read, path)
        if given == "object":
            yield from self._compare_objects(promised, read, path)
        if given == "array" and "items" in read:
            yield from self.compare(promised.get("items", {}), read["items"], f"{path}[]")

    def _compare_objects(self, promised: _Schema, read: _Schema, path: str) -> Iterator[str]:
        offered: _Schema = promised.get("properties", {})
        required = set(promised.get("required", ()))
        for name, schema in read.get("properties", {}).items():
            if name in offered:
                yield from self.compare(offered[name], schema, f"{path}.{name}")
            if name in read.get("required", ()) and name not in required:
                yield f"{path}.{name}: read, but {'not always there' if name in offered else 'not promised'}"
        values = read.get("additionalProperties")
        if isinstance(values, Mapping) and isinstance(promised.get("additionalProperties"), Mapping):
            yield from self.compare(promised["additionalProperties"], values, f"{path}.*")
        if values is False:
            yield from (
                f"{path}.{name}: promised, but the reader forbids what it does not know"
                for name in sorted(set(offered).difference(read.get("properties", {})))
            )


def _compare_values(promised: _Schema, read: _Schema, path: str) -> Iterator[str]:
    accepted = _values(read)
    if accepted is not None:
        offered = _values(promised)
        if offered is None:
            yield f"{path}: any {promised.get('type', 'value')} is promised, only {sorted(accepted, key=str)} are read"
        elif not offered <= accepted:
            yield f"{path}: {sorted(offered - accepted, key=str)} may come and are not read"
    for keyword in ("format", "pattern"):
        if keyword in read and promised.get(keyword) != read[keyword]:
            yield f"{path}: {keyword} {read[keyword]} is read, {promised.get(keyword, 'none')} is promised"


def _values(schema: _Schema) -> set[Any] | None:
    if "const" in schema:
        return {schema["const"]}
    return set(schema["enum"]) if "enum" in schema else None


def _type_of(schema: _Schema) -> str | None:
    declared: str | None = schema.get("type")
    return declared


def _alternatives(schema: _Schema, root: _Schema) -> Iterator[_Schema]:
    """Resolve references and flatten unions."""
    if "$ref" in schema:
        found: Any = root
        for part in schema["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        yield from _alternatives(found, root)
    elif "anyOf" in schema or "oneOf" in schema:
        for alternative in schema.get("anyOf") or schema["oneOf"]:
            yield from _alternatives(alternative, root)
    else:
        yield schema
