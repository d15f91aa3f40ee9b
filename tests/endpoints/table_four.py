"""The paper's table 4 on EC2's real interface: each row is checked, planned, run, and then asked about at the endpoint.

In: moto, and the rows of `tests/scenarios/table4.toml`, which are about the demo world; the same things under the same names
are made on the endpoint before each row. Out: how many rows ran.
"""

import pathlib
import tomllib

from commandline import ERROR, Samos

ROWS = pathlib.Path(__file__).parent.parent / "scenarios" / "table4.toml"
ACCOUNT = "https://w3id.org/samos/account/shop/"


class Park:
    """The demo world's EC2 part, made on an endpoint."""

    def __init__(self, moto):
        moto.reset()
        self.ec2 = ec2 = moto.client("ec2")
        ec2.create_key_pair(KeyName="admin-key")
        linux = next(image for image in ec2.describe_images()["Images"] if image.get("Platform") != "windows")
        self.keys = {"linux-image": linux["ImageId"], "us-east-1": "us-east-1", "admin-key": "admin-key"}
        for name, kind in (("web-2", "m3.medium"), ("db-1", "m3.large")):
            self.keys[name] = self.start(name, kind, self.keys["linux-image"])
        self.keys["web-image"] = ec2.create_image(InstanceId=self.keys["web-2"], Name="web-golden")["ImageId"]
        self.keys["web-1"] = self.start("web-1", "m3.medium", self.keys["web-image"])
        self.stop("web-1")

    def start(self, name, kind, image):
        tags = [{"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": name}]}]
        made = self.ec2.run_instances(
            ImageId=image, MinCount=1, MaxCount=1, InstanceType=kind, KeyName="admin-key", TagSpecifications=tags
        )
        return made["Instances"][0]["InstanceId"]

    def stop(self, name):
        self.ec2.stop_instances(InstanceIds=[self.keys[name]])

    def instance(self, name):
        return self.ec2.describe_instances(InstanceIds=[self.keys[name]])["Reservations"][0]["Instances"][0]

    def instances(self):
        return [one for group in self.ec2.describe_instances()["Reservations"] for one in group["Instances"]]

    def images(self):
        return self.ec2.describe_images(Owners=["self"])["Images"]


def made_two(park):
    alike = [
        one for one in park.instances()
        if (one["InstanceType"], one["ImageId"], one["State"]["Name"]) == ("m3.large", park.keys["linux-image"], "running")
    ]
    assert len(alike) == 3, [(one["InstanceId"], one.get("ClientToken")) for one in alike]


def resized(park):
    for name in ("web-1", "web-2"):
        found = park.instance(name)
        assert (found["InstanceType"], found["State"]["Name"]) == ("m3.large", "stopped"), found


def image_made(park):
    assert [image["State"] for image in park.images() if image["Name"] == "nightly"] == ["available"], park.images()


def terminated(park):
    assert park.instance("web-2")["State"]["Name"] == "terminated"


def image_gone(park):
    assert park.keys["web-image"] not in [image["ImageId"] for image in park.images()]


# By operation: what must be so at the endpoint beforehand, and what is so there afterwards.
BEFORE = {"ec2:ResizeInstances": lambda park: park.stop("web-2")}
AFTER = {
    "ec2:CreateInstances": made_two,
    "ec2:ResizeInstances": resized,
    "ec2:CreateImage": image_made,
    "ec2:TerminateInstance": terminated,
    "ec2:CreateInstancesFromImage": made_two,
    "ec2:DeregisterImage": image_gone,
}


def rows():
    return tomllib.loads(ROWS.read_text())["row"]


def check(program, data, moto):
    for number, row in enumerate(rows()):
        try:
            play(row, Samos(program, data / str(number)), Park(moto), moto)
        except AssertionError as error:
            raise AssertionError(f"{row['level']}: {row['name']}: {error}") from error
    return f"{len(rows())} rows"


def play(row, samos, park, moto):
    operation = row["operation"]
    BEFORE.get(operation, lambda _: None)(park)
    samos.add_aws("shop", moto)
    samos.refresh("shop")
    # No operation reads with which key an instance was started; the demo world says so of its own.
    started, key = (known_as(samos, park.keys[name]) for name in ("db-1", "admin-key"))
    samos.run("update", f"INSERT DATA {{ <{started}> ec2:keyPair <{key}> }}")
    subject = ACCOUNT + "EC2Service" if row["subject"] == "ec2:demo-service" else park.keys[local(row["subject"])]
    arguments = [argument(one, park) for one in row.get("arguments", [])]

    for unready in row.get("unready", []):
        # Others speak of facts that cannot be had on this endpoint; the demo world has them.
        if "arguments" in unready and "facts" not in unready:
            words = [word for one in unready["arguments"] for word in ("--set", argument(one, park))]
            found = samos.json("check", operation, "--on", subject, *words, expect=ERROR)["operations"][0]
            codes = [finding["code"] for finding in found["findings"]]
            assert codes == unready["codes"], (unready["why"], codes)

    # By names now: what is deleted has none afterwards.
    query = row.get("after", "")
    for name in sorted(park.keys, key=len, reverse=True):
        if f"ec2:{name}" in query:
            query = query.replace(f"ec2:{name}", f"<{known_as(samos, park.keys[name])}>")
    given = samos.do(operation, subject, *arguments)
    names = {key: name for name, key in park.keys.items()}
    for outcome, values in row.get("gives", {}).items():
        found = sorted({names.get(value.rpartition("instance-")[2], local(value)) for value in given[outcome]})
        assert found == sorted(local(value) for value in values), (outcome, found)
    if operation in AFTER:
        AFTER[operation](park)
    if query:
        assert samos.json("query", query)["boolean"] is True, query


def known_as(samos, key):
    """The individual that the account's data call by that key."""
    found = samos.ask(f'SELECT ?one WHERE {{ ?one samos:id|ec2:regionName|ec2:keyName ?key FILTER(STR(?key) = "{key}") }}')
    assert len(found) == 1, (key, found)
    return found[0][0]


def local(name):
    return name.rpartition("#")[2].rpartition(":")[2]


def argument(text, park):
    """`name=value` of a row, with the endpoint's own key for what the demo world names."""
    name, _, value = text.partition("=")
    return f"{name}={park.keys.get(local(value), value)}"
