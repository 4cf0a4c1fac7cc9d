"""Scripts run by node, which say what they see, a JSON value a line."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass
class Script:
    """A script that runs."""

    process: asyncio.subprocess.Process

    async def says(self) -> Any:
        """Wait for its next value."""
        assert self.process.stdout is not None
        line = await self.process.stdout.readline()
        return json.loads(line) if line else await self.rest()

    async def rest(self) -> list[Any]:
        """Wait for its end; answers what else it said."""
        said, complained = await self.process.communicate()
        assert self.process.returncode == 0, complained.decode()
        return [json.loads(line) for line in said.splitlines()]


@dataclass
class Node:
    """Runs scripts beside the packages that they import, where node's resolver finds those."""

    packages: Path
    scripts: Path
    started: list[Script] = field(default_factory=list)

    async def start(self, name: str, *arguments: Any) -> Script:
        """Start a script; arguments that are no texts go to it as JSON."""
        node = shutil.which("node")
        assert node is not None, "It has installed the packages."
        copy, text = self.packages / name, (self.scripts / name).read_text()
        if not copy.exists() or copy.read_text() != text:
            copy.write_text(text)
        texts = [value if isinstance(value, str) else json.dumps(value) for value in arguments]
        process = await asyncio.create_subprocess_exec(
            node,
            "--no-warnings",
            str(copy),
            *texts,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={**os.environ, "NO_COLOR": "1"},
        )
        script = Script(process)
        self.started.append(script)
        return script

    async def run(self, name: str, *arguments: Any) -> list[Any]:
        """Run a script to its end; answers all that it said."""
        return await (await self.start(name, *arguments)).rest()

    async def kill(self) -> None:
        for script in self.started:
            if script.process.returncode is None:
                script.process.kill()
                await script.process.wait()
