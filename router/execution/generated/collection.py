"""Writes the function that collects what an entity fetch asks for.

From the response so far it makes the JSON list of the representations, equal ones once, and for each the objects that
wait for it. A path becomes loops: one for each list it steps into, left by `continue` where the data has another shape
than the path promises. For `users.@.pet` with `... on Pet { __typename id }`:

    def n3(data):
        waiting, sent = {}, []
        for v in (data,):
            if v.__class__ is not dict: continue
            v = v.get('users')
            if v.__class__ is not list: continue
            for v in v:
                if v.__class__ is not dict: continue
                v = v.get('pet')
                if v.__class__ is not dict: continue
                t = v.get('__typename')
                if t is None: t = 'Pet'
                elif t not in n2: continue
                f0 = v.get('id')
                if f0 is None: continue
                key = (t, f0) if f0.__class__ in n1 else n0((t, f0))
                known = waiting.get(key)
                if known is not None:
                    known.append(v)
                    continue
                waiting[key] = [v]
                sent.append({'__typename': t, 'id': f0})
        return n0(sent), list(waiting.values())

Representations are equal when their JSON is, which their values tell where these are text, whole numbers or null; of
others (`1` and `1.0` and `true` are equal in Python) the JSON is compared.
Representations with inner objects, several fragments or rewrites are built by `representations`; only the walk to
them is written here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import orjson

from router.execution.generated.source import Source
from router.execution.representations import Build
from router.execution.walking import TypeNames
from router.plan.nodes import LIST, Path, RequiredField, RequiredFragment, Requirement, SetTypename, TypeGuard

Targets: TypeAlias = list[list[dict[str, Any]]]
# The representations' JSON, and for each the objects that wait for its answer.
Collected: TypeAlias = tuple[bytes, Targets]
Collect: TypeAlias = Callable[[Any], Collected]
_PLAIN = frozenset({str, int, type(None)})
_DEEPEST = 16  # Python nests at most 20 loops.


def write_collection(
    paths: Sequence[Path],
    requires: Sequence[Requirement],
    rewrites: Sequence[SetTypename],
    build: Build,
    types: TypeNames,
) -> tuple[Collect, Source] | None:
    """Write it; None where a path is too deep for that. `build` is the careful way to a representation."""
    if any(path.count(LIST) > _DEEPEST for path in paths):
        return None
    source = Source("collection")
    dumps = source.name(orjson.dumps)
    flat = None if rewrites else _flat(requires)
    if flat is None:
        represent = [f"sending = {source.name(build)}(v)", "if sending is None: continue", f"key = {dumps}(sending)"]
        sending = "sending"
    else:
        represent, sending = _represent(source, *flat, types, dumps)
    lines = ["    waiting, sent = {}, []"]
    for path in paths:
        lines += _walk(source, path, types, [*represent, *_ENLIST, f"sent.append({sending})"])
    lines.append(f"    return {dumps}(sent), list(waiting.values())")
    name = source.define("data", lines, ", ".join(str(path) for path in paths))
    collect: Collect = source.get(name)
    return collect, source


_ENLIST = (
    "known = waiting.get(key)",
    "if known is not None:",
    "    known.append(v)",
    "    continue",
    "waiting[key] = [v]",
)


def _walk(source: Source, path: Path, types: TypeNames, inside: Sequence[str]) -> list[str]:
    lines = ["    for v in (data,):"]
    indent = " " * 8
    for step in path:
        if step is LIST:
            lines += [f"{indent}if v.__class__ is not list: continue", f"{indent}for v in v:"]
            indent += "    "
            continue
        lines.append(f"{indent}if v.__class__ is not dict: continue")
        if isinstance(step, TypeGuard):
            accepted = source.name(types.accepted(*step.types))
            lines += [f"{indent}t = v.get('__typename')", f"{indent}if t is not None and t not in {accepted}: continue"]
        else:
            lines.append(f"{indent}v = v.get({str(step)!r})")
    lines.append(f"{indent}if v.__class__ is not dict: continue")
    return [*lines, *(indent + line for line in inside)]


def _flat(requires: Sequence[Requirement]) -> tuple[RequiredFragment | None, list[RequiredField]] | None:
    """Tell the fields of a representation without inner objects, and the one fragment they are in, if they are."""
    fragment = requires[0] if len(requires) == 1 and isinstance(requires[0], RequiredFragment) else None
    inner = requires if fragment is None else fragment.selections
    fields = [field for field in inner if isinstance(field, RequiredField) and not field.selections]
    if len(fields) != len(inner) or any(field.name == "__typename" and field.alias for field in fields):
        return None
    return fragment, [field for field in fields if field.name != "__typename"]


def _represent(
    source: Source, fragment: RequiredFragment | None, fields: Sequence[RequiredField], types: TypeNames, dumps: str
) -> tuple[list[str], str]:
    """Write how the key of a representation is found, and the representation."""
    lines = ["t = v.get('__typename')"]
    if fragment is None:
        lines.append("if t is None: continue")
    else:
        accepted = source.name(types.accepted(fragment.type_condition))
        lines += [f"if t is None: t = {fragment.type_condition!r}", f"elif t not in {accepted}: continue"]
    locals_ = [f"f{index}" for index in range(len(fields))]
    for local, field in zip(locals_, fields, strict=True):
        lines.append(f"{local} = v.get({(field.alias or field.name)!r})")
    nothing = " and ".join(f"{local} is None" for local in locals_)
    lines.append(f"if {nothing or True}: continue")
    plain = source.name(_PLAIN)
    checked = locals_ if fragment is not None else ["t", *locals_]
    are_plain = " and ".join(f"{local}.__class__ in {plain}" for local in checked)
    key = f"(t, {', '.join(locals_)})"
    lines.append(f"key = {key} if {are_plain or True} else {dumps}({key})")
    display = ", ".join(f"{field.name!r}: {local}" for local, field in zip(locals_, fields, strict=True))
    return lines, f"{{'__typename': t, {display}}}"
