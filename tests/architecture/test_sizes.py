"""Files and functions stay small: the caps of the house."""

import ast
import statistics
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("bmc", "router", "shared", "subgraphs")


def sources(*folders: str) -> list[Path]:
    return [path for folder in folders for path in (ROOT / folder).rglob("*.py") if "versions" not in path.parts]


def lines(path: Path) -> int:
    return len(path.read_text().splitlines())


def test_no_file_is_longer_than_400_lines_and_no_test_than_500() -> None:
    long = [str(path.relative_to(ROOT)) for path in sources(*PACKAGES) if lines(path) > 400]
    long += [str(path.relative_to(ROOT)) for path in sources("tests") if lines(path) > 500]

    assert long == []


def test_the_median_file_has_at_most_100_lines_and_nine_in_ten_at_most_250() -> None:
    sizes = sorted(lines(path) for path in sources(*PACKAGES))

    assert statistics.median(sizes) <= 100
    assert sizes[int(len(sizes) * 0.9)] <= 250


def test_no_function_is_longer_than_50_lines() -> None:
    long = []
    for path in sources(*PACKAGES):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or 0) - node.lineno + 1
                if length > 50:
                    long.append(f"{path.relative_to(ROOT)}:{node.lineno} {node.name} has {length} lines")

    assert long == []


def test_every_module_says_what_it_is() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for path in sources(*PACKAGES)
        if ast.get_docstring(ast.parse(path.read_text())) is None
    ]

    assert silent == []
