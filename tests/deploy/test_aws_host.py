"""What runs on the host: compose.yaml beside docker-compose.yml, and the script that fills in what both ask for."""

import re
import shutil
import subprocess
from typing import Any, Final

import pytest
import yaml
from sqlalchemy import make_url

from shared.aws import AwsUrl
from shared.blobs import s3
from shared.mail import ses
from subgraphs.notifications.settings import NotificationSettings
from tests.deploy.templates import AWS, properties

ROOT: Final = AWS.parents[1]
VARIABLE: Final = re.compile(r"\$\{(\w+)")
STAND_INS: Final = {"mysql", "ministack"}


class Reset:
    """What `!reset` and `!override` say: not what the other file says, but this."""

    def __init__(self, value: object) -> None:
        self.value = value


class Loader(yaml.SafeLoader):
    """Reads compose's own tags."""


def _tagged(loader: yaml.SafeLoader, _: str, node: yaml.Node) -> Reset:
    if isinstance(node, yaml.MappingNode):
        return Reset(loader.construct_mapping(node, deep=True))
    if isinstance(node, yaml.SequenceNode):
        return Reset(loader.construct_sequence(node, deep=True))
    return Reset(None)


Loader.add_multi_constructor("!", _tagged)


def override() -> dict[str, Any]:
    read: dict[str, Any] = yaml.load((AWS / "compose.yaml").read_text(), Loader)
    return read


def whole() -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return read


def where() -> dict[str, str]:
    """Read what the host's first start writes down, its references to the stacks as they stand."""
    (host,) = properties("AWS::EC2::Instance").values()
    script: str = host["UserData"]["Fn::Base64"]["Fn::Sub"][0]
    written = script.partition("<<'END'\n")[2].partition("\nEND\n")[0]
    return dict(line.split("=", 1) for line in written.splitlines())


def given() -> set[str]:
    """Name what start.sh writes into .env."""
    script = (AWS / "start.sh").read_text()
    (taken,) = re.findall(r"grep -E '(.+)' \"\$home/where\"", script)
    return {name for name in where() if re.match(taken, f"{name}=")} | set(re.findall(r'echo "(\w+)=', script))


def test_every_part_of_ours_is_changed_and_the_stand_ins_are_gone() -> None:
    changed = override()["services"]

    assert set(changed) == {name for name, one in whole()["services"].items() if not one.get("profiles")}
    assert {name for name, one in changed.items() if isinstance(one, Reset)} == STAND_INS
    parts = {name: one for name, one in changed.items() if name not in STAND_INS | {"mongo", "kafka", "router"}}
    assert len(parts) == 15
    for name, part in parts.items():
        assert set(part["environment"]) >= {"BMC_SQL_URL", "BMC_BLOBS_URL", "BMC_MAIL_URL"}, name
        assert [part["environment"][key].value for key in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")] == [
            None,
            None,
        ]
        assert part["networks"] == ["inside", "outside"]


def test_nobody_waits_for_a_stand_in() -> None:
    waiting = {name for name, one in whole()["services"].items() if STAND_INS & set(one.get("depends_on", {}))}

    assert waiting == {"prepare"}
    assert set(override()["services"]["prepare"]["depends_on"].value) == {"mongo", "kafka"}


def test_everything_that_the_files_ask_for_is_given_and_nothing_else_is() -> None:
    optional = {
        name for name in VARIABLE.findall((ROOT / "docker-compose.yml").read_text()) if f"${{{name}:-" in text()
    }
    asked = set(VARIABLE.findall(text()))

    assert asked - given() - optional == set()
    assert given() - asked == set()


def text() -> str:
    return (ROOT / "docker-compose.yml").read_text() + (AWS / "compose.yaml").read_text()


def test_the_script_reads_what_the_template_writes() -> None:
    script = (AWS / "start.sh").read_text()
    needed = set(re.findall(r"\$\{?([A-Z][A-Z_]+)\b", script)) - {"PATH"}

    assert needed == {"RELEASE", "DATABASE_SECRET", "PLATFORM_SECRET", "PAYMENTS_SECRET", "DATA_VOLUME"}
    assert needed <= set(where())


def test_the_addresses_are_such_as_our_adapters_take() -> None:
    filled = {name: re.sub(r"\$\{AWS::Region\}", "eu-central-1", value) for name, value in where().items()}
    filled = {
        name: re.sub(r"\$\{KeyArn\}", "arn:aws:kms:eu-central-1:1:key/2", value) for name, value in filled.items()
    }
    filled = {name: re.sub(r"\$\{\w+\}", "name", value) for name, value in filled.items()}

    files = AwsUrl.read(filled["BMC_BLOBS_URL"], s3.FORM, options=s3.OPTIONS)
    mail = AwsUrl.read(filled["BMC_MAIL_URL"], ses.FORM, options=ses.OPTIONS)

    assert files.options == {"region": "eu-central-1", "sse": "aws:kms", "kms_key": "arn:aws:kms:eu-central-1:1:key/2"}
    assert (mail.name, dict(mail.options)) == ("eu-central-1", {"configuration_set": "name"})
    topic = override()["services"]["notifications"]["environment"]
    assert {name for name in topic if name.startswith("BMC_NOTIFICATIONS_")} == {
        f"BMC_NOTIFICATIONS_{name.upper()}" for name in NotificationSettings.model_fields
    }


def test_mysql_is_talked_to_in_cipher_by_a_certificate_that_is_mounted() -> None:
    part = override()["services"]["users"]
    url = make_url(
        part["environment"]["BMC_SQL_URL"].replace("${DATABASE_HOST}", "db").replace("${MYSQL_PASSWORD}", "p")
    )
    ((_, inside, how),) = [mount.split(":") for mount in part["volumes"]]

    assert (url.query["tls"], how) == (inside, "ro")


@pytest.mark.parametrize("script", [AWS / "start.sh"])
def test_the_shell_can_read_the_script(script: Any) -> None:
    checked = subprocess.run(["bash", "-n", str(script)], capture_output=True, text=True, check=False)

    assert (checked.returncode, checked.stderr) == (0, "")
    assert "set -euo pipefail" in script.read_text()


def test_docker_itself_accepts_both_files_together(tmp_path: Any) -> None:
    docker = shutil.which("docker")
    if docker is None or subprocess.run([docker, "compose", "version"], capture_output=True, check=False).returncode:
        pytest.skip("there is no docker with compose")
    env = tmp_path / "env"
    env.write_text("".join(f"{name}=x\n" for name in given()))

    files = ["-f", "docker-compose.yml", "-f", "deploy/aws/compose.yaml"]
    command = [docker, "compose", "--env-file", str(env), *files, "config", "--quiet"]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert (answer.returncode, answer.stderr) == (0, "")
