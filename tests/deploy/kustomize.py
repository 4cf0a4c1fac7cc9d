"""What `kubectl kustomize` makes of deploy/kubernetes, as far as our files use it, so that tests need no kubectl.

Where kubectl is installed, a test holds the two against one another. What is not understood is refused.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
KUBERNETES = ROOT / "deploy" / "kubernetes"
BASE = KUBERNETES / "base"
PRODUCTION = KUBERNETES / "overlays" / "production"
UNDERSTOOD = {"apiVersion", "kind", "namespace", "resources", "images", "configMapGenerator", "patches"}
_IN = re.compile(r"(\S+) in \(([^)]*)\)")

Resource = dict[str, Any]


def render(folder: Path) -> list[Resource]:
    """Render a folder's kustomization; the generated ConfigMap keeps the name that it is given."""
    said = yaml.safe_load((folder / "kustomization.yaml").read_text())
    assert said.keys() <= UNDERSTOOD, f"{folder} says more than this understands"
    made: list[Resource] = []
    for name in said["resources"]:
        path = folder / name
        made += render(path.resolve()) if path.is_dir() else read(path)
    for generator in said.get("configMapGenerator", ()):
        made = _with_settings(made, folder, generator)
    for patch in said.get("patches", ()):
        (change,) = read(folder / patch["path"])
        aim = patch.get("target") or {"kind": change["kind"], "name": change["metadata"]["name"]}
        hit = [one for one in made if _is_aimed_at(one, aim)]
        assert hit, f"{patch['path']} changes nothing"
        for one in hit:
            one.update(_merged(one, {key: value for key, value in change.items() if key not in {"kind", "apiVersion"}}))
    for image in said.get("images", ()):
        _name_image(made, image)
    if "namespace" in said:
        for one in made:
            if one["kind"] != "Namespace":
                one["metadata"]["namespace"] = said["namespace"]
    return made


def read(path: Path) -> list[Resource]:
    """Read a file of manifests."""
    return [one for one in yaml.safe_load_all(path.read_text()) if one]


def settings_in(text: str) -> dict[str, str]:
    """Read lines of NAME=value."""
    lines = (line for line in text.splitlines() if line and not line.startswith("#"))
    return dict(line.split("=", 1) for line in lines)


def _with_settings(made: list[Resource], folder: Path, generator: Mapping[str, Any]) -> list[Resource]:
    data = settings_in("\n".join(generator.get("literals", ())))
    for name in generator.get("envs", ()):
        data |= settings_in((folder / name).read_text())
    if generator.get("behavior") == "merge":
        (map_,) = (one for one in made if one["kind"] == "ConfigMap" and one["metadata"]["name"] == generator["name"])
        map_["data"] |= data
        return made
    return [*made, {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": generator["name"]}, "data": data}]


def _is_aimed_at(one: Resource, aim: Mapping[str, str]) -> bool:
    assert aim.keys() <= {"kind", "name", "labelSelector"}
    if not re.fullmatch(aim["kind"], one["kind"]) or not re.fullmatch(aim.get("name", ".*"), one["metadata"]["name"]):
        return False
    if "labelSelector" not in aim:
        return True
    selector = _IN.fullmatch(aim["labelSelector"])
    assert selector is not None, f"{aim['labelSelector']} is more than this understands"
    return one["metadata"].get("labels", {}).get(selector[1]) in re.split(r",\s*", selector[2])


def _merged(old: Any, new: Any) -> Any:
    """Merge as Kubernetes would: maps by key, lists of named things by name; other lists are replaced."""
    if isinstance(old, dict) and isinstance(new, dict):
        kept = {key: value for key, value in new.items() if key != "name" or "name" not in old}
        return old | {key: _merged(old[key], value) if key in old else value for key, value in kept.items()}
    if isinstance(old, list) and all(isinstance(one, dict) and "name" in one for one in [*old, *new]):
        there = {one["name"]: one for one in old}
        for one in new:
            there[one["name"]] = _merged(there.get(one["name"], {}), one)
        return list(there.values())
    return new


def _name_image(made: list[Resource], image: Mapping[str, str]) -> None:
    for one in made:
        for container in one.get("spec", {}).get("template", {}).get("spec", {}).get("containers", ()):
            if container["image"].rpartition(":")[0] == image["name"]:
                container["image"] = f"{image['newName']}:{image['newTag']}"
