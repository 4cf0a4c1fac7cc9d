from __future__ import annotations

import importlib
import pkgutil
import re
from pathlib import Path

from router.composition import rules

_STAGES = ("check_document", "check_as_read", "check", "check_together", "check_merged")
# One rule speaks of @key, @requires and @provides alike; one of the roots of all operations; one takes a second look.
_FAMILIES = {
    "directive_in_fields_arg": {"KEY", "REQUIRES", "PROVIDES"},
    "fields_has_args": {"KEY", "PROVIDES"},
    "fields_missing_external": {"REQUIRES", "PROVIDES"},
    "invalid_fields": {"KEY", "REQUIRES", "PROVIDES"},
    "invalid_fields_type": {"KEY", "REQUIRES", "PROVIDES"},
    "unsupported_on_interface": {"KEY", "REQUIRES", "PROVIDES"},
}
_OTHER_CODES = {
    "root_type_used": {"ROOT_QUERY_USED", "ROOT_MUTATION_USED", "ROOT_SUBSCRIPTION_USED"},
    "requires_in_supergraph": {"REQUIRES_INVALID_FIELDS"},
}


def _rules() -> list[str]:
    names = [module.name for module in pkgutil.iter_modules(rules.__path__)]
    return [name for name in names if any(hasattr(_module(name), stage) for stage in _STAGES)]


def _module(name: str) -> object:
    return importlib.import_module(f"{rules.__name__}.{name}")


def _codes(name: str) -> set[str]:
    return (
        _OTHER_CODES.get(name) or {f"{prefix}_{name.upper()}" for prefix in _FAMILIES.get(name, ())} or {name.upper()}
    )


def test_every_rule_runs_in_some_stage() -> None:
    source = Path(rules.__file__).read_text()

    # Once where it is imported, once where it is listed.
    assert [name for name in _rules() if len(re.findall(rf"\b{name}\b", source)) < 2] == []


def test_every_code_has_a_test() -> None:
    tests = "".join(
        path.read_text() for path in Path(__file__).parent.glob("test_*.py") if path.name != Path(__file__).name
    )

    assert sorted(code for name in _rules() for code in _codes(name) if f'"{code}"' not in tests) == []
