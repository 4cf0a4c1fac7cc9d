"""Access rules: one a field, deny by default.

A subgraph's access.py holds its table, `"Type.field"` or `"Type.*"` -> rule; `guard` wraps every resolver with its rule
and refuses to build a schema in which a field has none, or in which a rule has no field. A rule decides by the caller
and the parent object whether the field may be asked for at all; which *objects* a caller may see is the business of
the service, where a foreign object is simply not found. Each rule says what it requires; that sentence ends the
field's description, so that the published schema tells it too.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import GraphQLField, GraphQLObjectType, GraphQLResolveInfo, GraphQLSchema

from shared.auth import Caller
from shared.errors import Forbidden, NotFound, Unauthenticated

MACHINERY = {"Query._entities", "Query._service", "_Service.sdl"}


@dataclass(frozen=True, slots=True)
class Rule:
    """`allows(caller, parent)` decides; `sentence` says what is required, empty when nothing is."""

    sentence: str
    allows: Callable[[Caller, Any], bool]
    open: bool = False

    def __or__(self, other: "Rule") -> "Rule":
        sentence = f"{self.sentence.removesuffix('.')}, or {other.sentence.removeprefix('Requires ')}"
        return Rule(sentence, lambda caller, parent: self.allows(caller, parent) or other.allows(caller, parent))


Rules = Mapping[str, Rule]

PUBLIC = Rule("", lambda _caller, _parent: True, open=True)
"""Anyone may ask."""

VISIBLE = Rule("", lambda _caller, _parent: True, open=True)
"""Whoever was given the object may read this field of it; who is given the object, the service decides."""

SIGNED_IN = Rule("Requires a signed-in account.", lambda caller, _parent: caller.signed_in)

PATIENT = Rule("Requires a patient's account.", lambda caller, _parent: caller.user_id is not None)

DOCTOR = Rule("Requires a doctor's account.", lambda caller, _parent: caller.doctor_id is not None)


def permission(name: str) -> Rule:
    """Ask for a permission such as `doctors:review`."""
    return Rule(f"Requires the permission {name}.", lambda caller, _parent: caller.may(name))


def service(name: str) -> Rule:
    """Ask for another part of the platform that holds a permission; people never pass."""
    return Rule(
        f"Requires a service that holds {name}.", lambda caller, _parent: caller.is_service and caller.may(name)
    )


def only(sentence: str, allows: Callable[[Caller, Any], bool]) -> Rule:
    """Make a rule of one's own, e.g. `only("Requires the doctor themselves.", lambda caller, doctor: …)`."""
    return Rule(sentence, allows)


def guard(schema: GraphQLSchema, rules: Rules) -> None:
    """Put each rule before its field; raises AssertionError naming fields without a rule and rules without a field."""
    unused, bare = set(rules), []
    for type_ in schema.type_map.values():
        if not isinstance(type_, GraphQLObjectType) or type_.name.startswith("__"):
            continue
        for name, field in type_.fields.items():
            place = f"{type_.name}.{name}"
            key = place if place in rules else f"{type_.name}.*"
            unused.discard(key)
            if key in rules:
                _put_before(field, rules[key])
            elif place not in MACHINERY:
                bare.append(place)
    assert not bare, f"these fields have no access rule: {', '.join(sorted(bare))}"
    assert not unused, f"these access rules have no field: {', '.join(sorted(unused))}"


def _put_before(field: GraphQLField, rule: Rule) -> None:
    if rule.open:
        return
    field.description = f"{field.description or ''}\n{rule.sentence}".strip()
    for door in ("resolve", "subscribe"):
        inner = getattr(field, door)
        if inner is not None:
            setattr(field, door, _guarded(inner, rule))


def _guarded(inner: Callable[..., Any], rule: Rule) -> Callable[..., Any]:
    def resolve(parent: Any, info: GraphQLResolveInfo, **arguments: Any) -> Any:
        caller: Caller = info.context.caller
        if not rule.allows(caller, parent):
            raise (Forbidden() if caller.signed_in else Unauthenticated())
        return inner(parent, info, **arguments)

    return resolve


def own_or_missing(allowed: bool) -> None:
    """Raise NotFound unless allowed: a foreign object answers exactly like a missing one."""
    if not allowed:
        raise NotFound
