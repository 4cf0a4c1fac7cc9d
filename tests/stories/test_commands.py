"""The operator's commands on a stopped platform: each answers in a line, and a refusal ends with status 1."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.stories.running_platform import ROOT


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("stopped")


def bmc(home: Path, *words: str, **settings: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("BMC_")}
    return subprocess.run(
        [sys.executable, "-m", "bmc", *words],
        cwd=ROOT,
        env={**environment, "BMC_HOME": str(home), **settings},
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )


def test_an_admin_is_made_once_and_a_weak_password_is_refused(home: Path) -> None:
    weak = bmc(home, "create-admin", "--email", "keeper@clinic.example", "--password", "short")
    made = bmc(home, "create-admin", "--email", "keeper@clinic.example", "--password", "keeper of the clinic 7")
    again = bmc(home, "create-admin", "--email", "Keeper@clinic.example", "--password", "keeper of the clinic 7")

    assert (weak.returncode, weak.stdout) == (1, "")
    assert weak.stderr == "bmc: A password has between 10 and 128 characters.\n"
    assert made.returncode == 0, made.stderr
    assert made.stdout.startswith("keeper@clinic.example is an admin (acc_")
    assert again.stdout.lower() == made.stdout.lower()


def test_an_admin_is_made_of_the_settings_without_being_asked(home: Path) -> None:
    settings = {"BMC_ADMIN_EMAIL": "second@clinic.example", "BMC_ADMIN_PASSWORD": "keeper of the clinic 8"}

    made = bmc(home, "create-admin", **settings)

    assert made.returncode == 0, made.stderr
    assert made.stdout.startswith("second@clinic.example is an admin (acc_")


def test_production_refuses_a_secret_that_could_be_guessed(home: Path) -> None:
    refused = bmc(home, "up", BMC_ENV="production", BMC_SECRET_KEY="x" * 31, BMC_MAIL_URL="smtp://127.0.0.1:2525")

    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr == "bmc: BMC_SECRET_KEY: production needs at least 32 characters\n"


def test_there_are_no_dead_letters_to_begin_with_and_none_to_replay(home: Path) -> None:
    listed = bmc(home, "events", "list")
    replayed = bmc(home, "events", "replay", "nothing")

    assert (listed.returncode, listed.stdout) == (0, "0 dead letters\n")
    assert replayed.returncode == 1
    assert replayed.stderr == "bmc: there is no dead letter nothing; `bmc events list` shows them\n"


def test_the_audit_trail_is_verified_and_an_anchor_that_is_not_in_it_is_found_out(home: Path) -> None:
    intact = bmc(home, "audit", "verify")
    foreign = bmc(home, "audit", "verify", "--anchor", f"7:{'0' * 64}")

    assert intact.returncode == 0, intact.stderr
    assert "links hold" in intact.stdout
    assert foreign.returncode == 1
    assert "the audit trail is broken at link" in foreign.stderr
