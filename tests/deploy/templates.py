"""The templates of deploy/aws as plain values: CloudFormation's short forms (`!Ref`) written out (`{"Ref": …}`)."""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

from cfnlint.decode.cfn_yaml import load

AWS: Final = Path(__file__).parents[2] / "deploy" / "aws"
NAMES: Final = ("stores", "host")
Json = dict[str, Any]


@cache
def text_of(name: str) -> str:
    """Answer a template as JSON."""
    return json.dumps(load(str(AWS / f"{name}.yaml")))


def template(name: str) -> Json:
    """Answer a template, for the caller to change."""
    read: Json = json.loads(text_of(name))
    return read


def resources(*types: str) -> Iterator[tuple[str, str, Json]]:
    """Answer name, type and declaration of the resources of both templates, or of those of these types."""
    for name in NAMES:
        for key, resource in template(name)["Resources"].items():
            if not types or resource["Type"] in types:
                yield key, resource["Type"], resource


def properties(*types: str) -> dict[str, Json]:
    """Answer the properties of resources of these types, by name."""
    return {key: resource.get("Properties", {}) for key, _, resource in resources(*types)}


def everywhere(value: Any, key: str) -> Iterator[Any]:
    """Answer the values of a key at any depth."""
    if isinstance(value, dict):
        yield from (found for name, found in value.items() if name == key)
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from everywhere(inner, key)
