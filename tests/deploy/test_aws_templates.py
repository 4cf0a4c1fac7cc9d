"""What the templates for AWS promise: nobody may more than they must, only the web is public, all is encrypted."""

import re
from collections.abc import Iterator

import pytest
from cfnlint.api import ManualArgs, lint_file

from tests.deploy.templates import AWS, NAMES, Json, everywhere, properties, resources, template

WHOSE = {"AWS::IAM::Role", "AWS::SNS::TopicPolicy", "AWS::SQS::QueuePolicy", "AWS::S3::BucketPolicy"}


@pytest.mark.parametrize("name", NAMES)
def test_the_linter_finds_nothing(name: str) -> None:
    found = lint_file(AWS / f"{name}.yaml", config=ManualArgs(regions=["eu-central-1"], include_checks=["I"]))

    assert [f"{match.rule.id} line {match.linenumber}: {match.message}" for match in found] == []


@pytest.mark.parametrize("name", NAMES)
def test_every_parameter_is_explained_and_takes_no_nonsense(name: str) -> None:
    bounds = {"AllowedPattern", "AllowedValues", "MinValue"}
    parameters: dict[str, Json] = template(name)["Parameters"]

    assert [key for key, one in parameters.items() if not one.get("Description")] == []
    assert [
        key for key, one in parameters.items() if not one["Type"].startswith("AWS::") and not bounds & set(one)
    ] == []


@pytest.mark.parametrize(
    ("parameter", "good", "bad"),
    [
        (
            "DomainName",
            "care.example.org",
            ["care", "https://care.example.org", "care.example.org/", "Care.org"],
        ),
        ("HostedZoneId", "Z0123456789", ["example.org", "/hostedzone/Z0123456789"]),
        ("VpcCidr", "10.20.0.0/16", ["10.20.0.0/24", "8.8.0.0/16", "10.20.0.0"]),
        ("MailFrom", "care@example.org", ["Care <care@example.org>", "care", "a@example.org,b@example.org"]),
        ("ReleaseKey", "bmc/release.tar.gz", ["../release.tar.gz", "release.zip", "a b.tar.gz", "$(id).tar.gz"]),
        ("Stores", "bmc-stores", ["", "bmc stores"]),
    ],
)
def test_patterns_take_what_they_should_and_nothing_else(parameter: str, good: str, bad: list[str]) -> None:
    both = {**template("stores")["Parameters"], **template("host")["Parameters"]}
    pattern = both[parameter]["AllowedPattern"]

    assert [value for value in [good, *bad] if re.search(pattern, value)] == [good]


def statements() -> Iterator[tuple[str, Json]]:
    for name, type_, resource in resources(*WHOSE):
        policies = list(everywhere(resource["Properties"], "PolicyDocument"))
        assert policies or type_ == "AWS::IAM::Role", name
        for policy in policies:
            yield from ((name, statement) for statement in policy["Statement"])


def listed(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]


def test_who_is_allowed_something_is_allowed_named_actions_on_named_things() -> None:
    allowed = [(name, one) for name, one in statements() if one["Effect"] == "Allow"]

    assert len(allowed) == 10
    assert [name for name, one in allowed for action in listed(one["Action"]) if "*" in str(action)] == []
    assert [name for name, one in allowed for resource in listed(one["Resource"]) if resource == "*"] == []
    assert [name for name, one in allowed if {"NotAction", "NotResource", "NotPrincipal"} & set(one)] == []
    assert [name for name, one in allowed if one.get("Principal") in ("*", {"AWS": "*"})] == []


def test_only_the_policy_of_the_key_speaks_of_all_and_means_itself() -> None:
    (key,) = properties("AWS::KMS::Key").values()
    policy = key["KeyPolicy"]["Statement"]

    assert {one["Resource"] for one in policy} == {"*"}
    assert [one["Sid"] for one in policy if "*" in str(one["Action"])] == ["TheAccountDecides"]
    assert [one["Sid"] for one in policy if "Condition" not in one] == ["TheAccountDecides"]


def test_policies_of_others_are_these_two() -> None:
    taken = [str(arn) for role in properties("AWS::IAM::Role").values() for arn in role.get("ManagedPolicyArns", [])]

    assert sorted(arn.rpartition("/")[2].rstrip("'}") for arn in taken) == [
        "AWSDataLifecycleManagerServiceRole",
        "AmazonSSMManagedInstanceCore",
    ]
    assert properties("AWS::IAM::User", "AWS::IAM::AccessKey", "AWS::IAM::ManagedPolicy") == {}


def test_nothing_is_public_but_the_web_port_of_the_load_balancer() -> None:
    groups = properties("AWS::EC2::SecurityGroup")
    rules = [(name, rule) for name, group in groups.items() for rule in group["SecurityGroupIngress"]]

    assert [(name, rule["FromPort"], rule["ToPort"], "SourceSecurityGroupId" in rule) for name, rule in rules] == [
        ("WebAccess", 443, 443, False),
        ("HostAccess", 4000, 4000, True),
        ("DatabaseAccess", 3306, 3306, True),
    ]
    assert [key for key, _, _ in resources("AWS::EC2::SecurityGroupIngress")] == []
    (balancer,) = properties("AWS::ElasticLoadBalancingV2::LoadBalancer").values()
    assert "WebAccess" in str(balancer["SecurityGroups"])
    listeners = properties("AWS::ElasticLoadBalancingV2::Listener").values()
    assert [(one["Port"], one["Protocol"]) for one in listeners] == [(443, "HTTPS")]


def test_nothing_has_an_address_of_the_internet_but_the_load_balancer_and_the_way_out() -> None:
    (host,) = properties("AWS::EC2::Instance").values()
    (database,) = properties("AWS::RDS::DBInstance").values()

    assert "PrivateSubnet" in str(host["SubnetId"])
    assert "NetworkInterfaces" not in host
    assert database["PubliclyAccessible"] is False
    assert [one["MapPublicIpOnLaunch"] for one in properties("AWS::EC2::Subnet").values()] == [False] * 4
    assert list(properties("AWS::EC2::EIP")) == ["NatAddress"]


def test_the_bucket_is_private_and_talks_tls_only() -> None:
    (bucket,) = properties("AWS::S3::Bucket").values()
    (policy,) = properties("AWS::S3::BucketPolicy").values()

    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert len(bucket["PublicAccessBlockConfiguration"]) == 4
    assert bucket["OwnershipControls"] == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    denied = policy["PolicyDocument"]["Statement"]
    assert {(one["Effect"], one["Principal"], one["Action"]) for one in denied} == {("Deny", "*", "s3:*")}
    assert [one["Condition"] for one in denied] == [
        {"Bool": {"aws:SecureTransport": "false"}},
        {"NumericLessThan": {"s3:TlsVersion": "1.2"}},
    ]


def test_only_the_platforms_own_pages_send_files_and_what_is_not_wanted_goes() -> None:
    (bucket,) = properties("AWS::S3::Bucket").values()

    (cors,) = bucket["CorsConfiguration"]["CorsRules"]
    assert cors["AllowedOrigins"] == [{"Fn::Sub": "https://${DomainName}"}]
    assert cors["AllowedMethods"] == ["POST", "GET"]
    rules = {rule.pop("Id"): rule for rule in bucket["LifecycleConfiguration"]["Rules"]}
    assert rules["uploads"] == {"Status": "Enabled", "Prefix": "uploads/", "ExpirationInDays": 2}
    assert rules["deleted"]["NoncurrentVersionExpiration"] == {"NoncurrentDays": 30}
    assert "Prefix" not in rules["deleted"]


KEY = {"stores": {"Fn::GetAtt": ["Key", "Arn"]}, "host": {"Fn::ImportValue": {"Fn::Sub": "${Stores}-KeyArn"}}}
ENCRYPTED_BY = {
    "AWS::RDS::DBInstance": "KmsKeyId",
    "AWS::S3::Bucket": "KMSMasterKeyID",
    "AWS::EC2::Volume": "KmsKeyId",
    "AWS::EC2::Instance": "KmsKeyId",
    "AWS::SNS::Topic": "KmsMasterKeyId",
    "AWS::SQS::Queue": "KmsMasterKeyId",
    "AWS::SecretsManager::Secret": "KmsKeyId",
    "AWS::Logs::LogGroup": "KmsKeyId",
}
KEEPS_NOTHING = re.compile(
    r"AWS::(IAM|KMS|CloudWatch|DLM|ElasticLoadBalancingV2|Route53|SES)::\w+"
    r"|AWS::EC2::(VPC|InternetGateway|VPCGatewayAttachment|Subnet|RouteTable|Route|SubnetRouteTableAssociation|EIP"
    r"|NatGateway|VPCEndpoint|SecurityGroup)"
    r"|AWS::RDS::DB(Subnet|Parameter)Group|AWS::S3::BucketPolicy|AWS::SNS::(TopicPolicy|Subscription)|AWS::SQS::QueuePolicy"
)


@pytest.mark.parametrize("name", NAMES)
def test_everything_that_keeps_something_is_encrypted_by_our_key(name: str) -> None:
    for key, resource in template(name)["Resources"].items():
        type_ = resource["Type"]
        if type_ in ENCRYPTED_BY:
            assert list(everywhere(resource["Properties"], ENCRYPTED_BY[type_])) == [KEY[name]], key
        else:
            assert KEEPS_NOTHING.fullmatch(type_), f"{key}: is a {type_} encrypted, or does it keep nothing?"
    switches = [found for _, _, one in resources() for found in everywhere(one, "Encrypted")]
    switches += [found for _, _, one in resources() for found in everywhere(one, "StorageEncrypted")]
    assert switches == [True, True, True]


ENTRUSTED = (
    "AWS::KMS::Key",
    "AWS::S3::Bucket",
    "AWS::RDS::DBInstance",
    "AWS::EC2::Volume",
    "AWS::SecretsManager::Secret",
)


def test_what_people_entrust_to_us_outlives_its_stack() -> None:
    kept = {type_: resource.get("DeletionPolicy") for _, type_, resource in resources(*ENTRUSTED)}

    assert kept == {
        "AWS::KMS::Key": "Retain",
        "AWS::S3::Bucket": "Retain",
        "AWS::SecretsManager::Secret": "Retain",
        "AWS::RDS::DBInstance": "Snapshot",
        "AWS::EC2::Volume": "Snapshot",
    }
    (database,) = properties("AWS::RDS::DBInstance").values()
    assert (database["DeletionProtection"], database["BackupRetentionPeriod"]) == (True, {"Ref": "BackupDays"})


def test_nobody_learns_who_the_host_is_without_a_token_and_containers_do() -> None:
    (host,) = properties("AWS::EC2::Instance").values()

    asked = host["MetadataOptions"]
    assert asked == {"HttpEndpoint": "enabled", "HttpTokens": "required", "HttpPutResponseHopLimit": 2}


def test_passwords_can_stand_in_addresses() -> None:
    secrets = properties("AWS::SecretsManager::Secret")

    asked = {name: one["GenerateSecretString"] for name, one in secrets.items() if "GenerateSecretString" in one}
    made = {name: (one["PasswordLength"], one["ExcludePunctuation"]) for name, one in asked.items()}
    assert made == {"DatabaseSecret": (40, True), "PlatformSecret": (64, True)}


def test_no_secret_stands_in_a_template_and_payments_move_nothing_until_somebody_says_how() -> None:
    secrets = properties("AWS::SecretsManager::Secret")

    written = {name: one["SecretString"] for name, one in secrets.items() if "SecretString" in one}
    assert written == {"PaymentsSecret": "test://"}


def test_ses_tells_of_bounces_and_complaints_and_stops_bounces_only() -> None:
    (destination,) = properties("AWS::SES::ConfigurationSetEventDestination").values()
    (events,) = properties("AWS::SES::ConfigurationSet").values()
    (subscription,) = properties("AWS::SNS::Subscription").values()

    assert destination["EventDestination"]["MatchingEventTypes"] == ["bounce", "complaint"]
    assert events["SuppressionOptions"] == {"SuppressedReasons": ["BOUNCE"]}
    assert str(subscription["Endpoint"]).count("/webhooks/mail/ses") == 2


def test_every_alarm_tells_somebody() -> None:
    alarms = properties("AWS::CloudWatch::Alarm")

    assert len(alarms) == 8
    assert [name for name, alarm in alarms.items() if alarm["AlarmActions"] != [{"Ref": "Alarms"}]] == []


def test_what_the_host_takes_from_the_stores_is_given() -> None:
    asked = {found["Fn::Sub"] for found in everywhere(template("host"), "Fn::ImportValue")}
    given = {one["Export"]["Name"]["Fn::Sub"] for one in template("stores")["Outputs"].values()}

    assert {name.replace("${Stores}", "${AWS::StackName}") for name in asked} == given
