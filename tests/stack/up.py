"""`make stack`: the distributed system that docker-compose.yml describes, on this machine, until Ctrl-C."""

import secrets
import signal
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.stack.native import NativeStack
from tests.stack.servers.server import INSTALLED, CannotInstall

ADMIN = "admin@clinic.example"


def main() -> int:
    """Run until a signal."""
    INSTALLED.mkdir(exist_ok=True)
    password = secrets.token_urlsafe(12)
    with TemporaryDirectory(prefix="stack-", dir=INSTALLED) as folder:
        stack = NativeStack(Path(folder), {"BMC_ADMIN_EMAIL": ADMIN, "BMC_ADMIN_PASSWORD": password})
        try:
            _say("starting; about a minute on two cores …")
            stack.start()
            _say(f"BookMyConsultation runs at {stack.url}/graphql, {len(stack.parts)} processes and four servers")
            _say(f"  admin   {ADMIN}, {password}")
            _say(f"  mail    {stack.mail_url}/_gate/mails")
            _say(f"  logs    {folder}/logs")
            _say("Ctrl-C stops it and deletes what it kept.")
            while True:
                signal.pause()
        except KeyboardInterrupt:
            _say("stopping …")
        except CannotInstall as reason:
            _say(f"the stack cannot run on this machine: {reason}")
            return 1
        finally:
            stack.stop()
    return 0


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sys.exit(main())
