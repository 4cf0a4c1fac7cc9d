"""The templates, created in an emulator of AWS, and our adapters on what they made.

NOTE: ministack does not know every type, so what is in UNKNOWN was never created anywhere; LEADS_OUTSIDE is left out
because it would send requests to the platform's public name. Of what it knows it ignores some properties: of a bucket
all but versions and policy, and that a password is to have no punctuation.
"""

import json
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import boto3
import httpx
import pytest

from shared.blobs.s3 import S3BlobStore
from shared.clock import ManualClock
from shared.mail.mailer import Mail
from shared.mail.ses import SesMailer
from tests.deploy.templates import Json, template
from tests.stack.servers.ministack import CREDENTIALS, Ministack

REGION: Final = "eu-central-1"
UNKNOWN: Final = {
    "AWS::EC2::EIP",
    "AWS::EC2::NatGateway",
    "AWS::RDS::DBSubnetGroup",
    "AWS::RDS::DBParameterGroup",
    "AWS::Route53::RecordSetGroup",
    "AWS::EC2::Instance",
    "AWS::EC2::Volume",
    "AWS::DLM::LifecyclePolicy",
}
LEADS_OUTSIDE: Final = {"MailNoticesSubscription"}
NEEDS_THEM: Final = {"PrivateWayOut", "HostBroken"}
"""Resources that are nothing without an unknown one."""
THEIRS: Final = {"Database": ["DBSubnetGroupName", "DBParameterGroupName"], "Router": ["Targets"]}
"""Properties that name an unknown one."""
STORES: Final = {"DomainName": "care.example.org", "MailDomain": "example.org"}
HOST: Final = {
    "Stores": "bmc-stores",
    "DomainName": "care.example.org",
    "CertificateArn": f"arn:aws:acm:{REGION}:123456789012:certificate/12345678-1234-1234-1234-123456789012",
    "MailFrom": "care@example.org",
    "AlarmMail": "ops@example.org",
    "ReleaseBucket": "releases",
    "ReleaseKey": "bmc/release.tar.gz",
    "ImageId": "ami-0123456789abcdef0",
}


@dataclass(frozen=True, slots=True)
class Cloud:
    """The emulator with both stacks, and what they say of themselves."""

    url: str
    stores: dict[str, str]
    host: dict[str, str]

    def client(self, service: str) -> Any:
        return boto3.client(service, region_name=REGION, endpoint_url=self.url)  # type: ignore[call-overload]


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    server = Ministack()
    server.install()
    server.start()
    with pytest.MonkeyPatch.context() as environment:
        for name, value in CREDENTIALS.items():
            environment.setenv(name, value)
        try:
            client = Cloud(server.url, {}, {}).client("cloudformation")
            stores = created(client, "bmc-stores", known(template("stores")), STORES)
            yield Cloud(server.url, stores, created(client, "bmc", known(template("host")), HOST))
        finally:
            server.stop()


def known(whole: Json) -> Json:
    """Leave out what the emulator does not know, and what speaks of it."""
    left_out = {name for name, one in whole["Resources"].items() if one["Type"] in UNKNOWN}
    left_out |= (LEADS_OUTSIDE | NEEDS_THEM) & set(whole["Resources"])
    for name in left_out:
        del whole["Resources"][name]
    for name, gone in THEIRS.items():
        for key in gone if name in whole["Resources"] else ():
            del whole["Resources"][name]["Properties"][key]
    outputs = whole["Outputs"]
    whole["Outputs"] = {key: one for key, one in outputs.items() if one["Value"] not in [{"Ref": n} for n in left_out]}
    return whole


def created(client: Any, name: str, body: Json, parameters: dict[str, str]) -> dict[str, str]:
    """Create a stack; answers its outputs."""
    given = [{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()]
    client.create_stack(
        StackName=name, TemplateBody=json.dumps(body), Parameters=given, Capabilities=["CAPABILITY_IAM"]
    )
    while (stack := client.describe_stacks(StackName=name)["Stacks"][0])["StackStatus"] == "CREATE_IN_PROGRESS":
        time.sleep(0.05)
    events = client.describe_stack_events(StackName=name)["StackEvents"]
    failed = [(one["LogicalResourceId"], one.get("ResourceStatusReason")) for one in events if "FAILED" in str(one)]
    assert (stack["StackStatus"], failed) == ("CREATE_COMPLETE", [])
    return {one["OutputKey"]: one["OutputValue"] for one in stack["Outputs"]}


@pytest.fixture
async def files(cloud: Cloud) -> AsyncIterator[S3BlobStore]:
    bucket, key = cloud.stores["Files"], cloud.stores["KeyArn"]
    url = f"s3://{bucket}?region={REGION}&sse=aws:kms&kms_key={key}&endpoint={cloud.url}"
    store = S3BlobStore.open(url, ManualClock(datetime.now(UTC).replace(microsecond=0)))
    yield store
    store.close()


async def test_files_are_kept_in_the_bucket_by_the_stacks_key(cloud: Cloud, files: S3BlobStore) -> None:
    target = await files.presign_upload(
        "uploads/a", content_type="image/png", size=4, sha256=None, expires_in=timedelta(minutes=15)
    )
    async with httpx.AsyncClient() as client:
        sent = await client.post(target.url, data=dict(target.fields), files={"file": b"data"})
    await files.write("documents/a", b"data", "image/png")

    assert (sent.status_code, await files.read("uploads/a")) == (204, b"data")
    s3 = cloud.client("s3")
    for key in ("uploads/a", "documents/a"):
        head = s3.head_object(Bucket=cloud.stores["Files"], Key=key)
        assert (head["ServerSideEncryption"], head["SSEKMSKeyId"]) == ("aws:kms", cloud.stores["KeyArn"])


def test_the_bucket_keeps_versions_and_has_its_policy(cloud: Cloud) -> None:
    s3, bucket = cloud.client("s3"), cloud.stores["Files"]

    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
    policy = json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"])
    assert policy["Statement"][0]["Resource"] == [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]


async def test_mail_goes_by_the_stacks_configuration_set(cloud: Cloud) -> None:
    events = cloud.stores["MailEvents"]
    mailer = SesMailer.open(
        f"ses://{REGION}?endpoint={cloud.url}&configuration_set={events}",
        HOST["MailFrom"],
        ManualClock(datetime.now(UTC)),
    )
    await mailer.send(Mail(id="ntf_1", to="asha@example.org", subject="Hello", text="Hi", html="<p>Hi</p>"))
    mailer.close()

    async with httpx.AsyncClient() as client:
        (mail,) = (await client.get(f"{cloud.url}/_gate/mails")).json()
    assert (mail["from"], mail["configurationSet"]) == ("care@example.org", "bmc-stores")


def test_the_hosts_rights_name_what_the_stores_have_made(cloud: Cloud) -> None:
    iam = cloud.client("iam")
    (role,) = [one["RoleName"] for one in iam.list_roles()["Roles"] if "HostRole" in one["RoleName"]]
    policy = iam.get_role_policy(RoleName=role, PolicyName="host")["PolicyDocument"]
    allowed = {one["Sid"]: one["Resource"] for one in policy["Statement"]}

    files = f"arn:aws:s3:::{cloud.stores['Files']}"
    assert (allowed["Files"], allowed["ToTellWhatIsMissingFromWhatIsForbidden"]) == (f"{files}/*", files)
    assert allowed["EncryptedFilesAndSecrets"] == cloud.stores["KeyArn"]
    assert [arn.rpartition(":")[2] for arn in allowed["Mail"]] == [
        "identity/example.org",
        "configuration-set/bmc-stores",
    ]
    assert allowed["Secrets"] == [cloud.stores[f"{name}Secret"] for name in ("Database", "Platform", "Payments")]
