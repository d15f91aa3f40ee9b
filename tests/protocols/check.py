"""The vendor's protocol suites through the command line: `samos render --model` and `samos read --model`, case by case.

In: the samos binary, and the folder of botocore's source package, whose suites, CBOR reader and signer are the judges. Each
request is also signed by `samos render --sign` and by botocore, which must agree. Out: a line for each suite; ends with 1
when a case fails. Not here: what of it the library alone can be asked, which `crates/drivers/tests/vendor` does.
"""

import argparse
import base64
import concurrent.futures
import datetime
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest.mock
import xml.etree.ElementTree

AT = datetime.datetime(2026, 1, 31, 12, 0, 0, tzinfo=datetime.timezone.utc)
KEY, SECRET, REGION = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "eu-west-1"
# Headers that a signer may leave out or that only the sender knows.
NOT_COMPARED = {"authorization", "x-amz-date"}


class Disagrees(Exception):
    """What the command says is not what the suite says."""


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samos", required=True, help="the binary")
    parser.add_argument("--botocore", required=True, help="the folder of botocore's unpacked source package")
    arguments = parser.parse_args()
    folder = pathlib.Path(arguments.botocore)
    sys.path.insert(0, str(folder))
    suites = folder / "tests/unit/protocols"
    program, failed, ran = str(pathlib.Path(arguments.samos).resolve()), [], 0
    with tempfile.TemporaryDirectory(prefix="samos-protocols-") as place:
        for direction, judge in (("input", request), ("output", response)):
            for file in sorted((suites / direction).glob("*.json")):
                cases = [
                    (judge, Case(program, pathlib.Path(place), suite, case))
                    for suite in json.loads(file.read_text())
                    for case in suite["cases"]
                ]
                with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
                    results = list(pool.map(tried, cases))
                wrong = [one for one in results if one is not None]
                print(f"{direction}/{file.stem:<50} {len(cases) - len(wrong):>4} of {len(cases):>4}", flush=True)
                failed += [f"{direction}/{file.stem} {said}" for said in wrong]
                ran += len(cases)
    print(f"{ran - len(failed)} of {ran}")
    if ran < 600:
        sys.exit(f"only {ran} cases were found")
    if failed:
        sys.exit("\n".join(failed))


def tried(pair):
    judge, case = pair
    try:
        judge(case)
    except (Disagrees, AssertionError, KeyError) as error:
        return f"{case.content['id']}: {type(error).__name__} {error}"
    return None


class Case:
    def __init__(self, program, place, suite, content):
        self.program, self.content, self.metadata = program, content, suite["metadata"]
        self.is_cbor = self.metadata["protocol"] == "smithy-rpc-v2-cbor"
        self.operation = content["given"]["name"]
        model = {
            "metadata": self.metadata,
            "shapes": suite["shapes"],
            "operations": {self.operation: content["given"]},
        }
        if "clientEndpoint" in suite:
            model["clientEndpoint"] = suite["clientEndpoint"]
        self.model = place / f"{id(self)}.json"
        self.body = place / f"{id(self)}.body"
        self.model.write_text(json.dumps(model))

    def run(self, verb, *words, given=None):
        line = [self.program, verb, "--model", str(self.model), "--operation", self.operation, *words, "-o", "json"]
        environment = {**os.environ, "AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRET}
        environment.pop("AWS_SESSION_TOKEN", None)
        ended = subprocess.run(line, input=given, capture_output=True, text=True, timeout=60, env=environment)
        if ended.returncode != 0:
            raise Disagrees(f"ended with {ended.returncode}: {ended.stderr or ended.stdout}")
        return json.loads(ended.stdout)


def same(what, found, wanted):
    if found != wanted:
        raise Disagrees(f"{what}\n   is {found!r}\n  not {wanted!r}")


def request(case):
    given = json.dumps(case.content["params"])
    found, wanted = case.run("render", "--input", "-", given=given), case.content["serialized"]
    headers = {name.lower(): value for name, value in found["headers"].items()}
    same("method", found["method"], wanted["method"])
    same("uri", found["uri"], wanted["uri"])
    if "host" in wanted:
        same("host", found["host"], wanted["host"].split("/")[0])
    for name, value in wanted.get("headers", {}).items():
        same(name, headers.get(name.lower()), value)
    for name in wanted.get("requireHeaders", []):
        assert name.lower() in headers, f"{name} is missing"
    for name in wanted.get("forbidHeaders", []):
        assert name.lower() not in headers, f"{name} must not be there"
    if "body" in wanted:
        same_body(case, found, headers, wanted["body"])
    signature(case, given, found)


def same_body(case, found, headers, wanted):
    if case.is_cbor and wanted:
        same("body", cbor(found["body"]), cbor(wanted))
        return
    kind = headers.get("content-type", "")
    if "json" in kind and wanted:
        same("body", json.loads(found["body"]), json.loads(wanted))
    elif "xml" in kind and wanted.lstrip().startswith("<"):
        same("body", tree(found["body"]), tree(wanted))
    else:
        same("body", found["body"], wanted)


def signature(case, given, unsigned):
    """The same request, signed by both."""
    from botocore import auth, awsrequest, credentials

    at = AT.strftime("%Y-%m-%dT%H:%M:%SZ")
    found = case.run("render", "--input", "-", "--sign", "--region", REGION, "--at", at, given=given)
    same("what is signed", (found["uri"], found["body"]), (unsigned["uri"], unsigned["body"]))
    given_auth = case.content["given"].get("authtype")
    headers = {name.lower(): value for name, value in found["headers"].items()}
    if given_auth == "none":
        assert "authorization" not in headers, "signed, though nobody signs it"
        return
    body = unsigned["body"]
    body = base64.b64decode(body) if unsigned["encoding"] == "base64" else body.encode()
    url = f"https://{unsigned['host']}{unsigned['uri']}"
    asked = awsrequest.AWSRequest(unsigned["method"], url, headers=unsigned["headers"], data=body)
    name = case.metadata.get("signingName") or case.metadata.get("endpointPrefix") or "service"
    signer = auth.S3SigV4Auth if name == "s3" else auth.SigV4Auth
    with unittest.mock.patch("botocore.auth.get_current_datetime", return_value=AT.replace(tzinfo=None)):
        signer(credentials.Credentials(KEY, SECRET), name, REGION).add_auth(asked)
    same("signature", headers.get("authorization"), asked.headers["Authorization"])


def response(case):
    told = case.content["response"]
    body = told.get("body") or ""
    case.body.write_bytes(base64.b64decode(body) if case.is_cbor else body.encode())
    found = case.run(
        "read", "--status", str(told["status_code"]), "--headers", json.dumps(told.get("headers", {})),
        "--body", str(case.body),
    )
    if "error" in case.content:
        error = found["error"]
        same("code", error["code"], case.content.get("errorCode"))
        same("fields", error["fields"], case.content["error"])
        if "errorMessage" in case.content:
            same("message", error["message"], case.content["errorMessage"])
    else:
        same("outcome", found["outcome"], case.content["result"])


def cbor(text):
    """As botocore itself reads it."""
    from botocore import parsers

    reader = parsers.RpcV2CBORParser()
    return repr(spelt(reader.parse_data_item(reader.get_peekable_stream_from_bytes(
        base64.b64decode(text)))))


def spelt(value):
    """Numbers by value, also those that differ from themselves; keys in one order."""
    if isinstance(value, dict):
        return sorted((key, spelt(one)) for key, one in value.items())
    if isinstance(value, list):
        return [spelt(one) for one in value]
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def tree(text):
    def told(element):
        children = [told(child) for child in element]
        words = (element.text or "") if not children else (element.text or "").strip()
        return element.tag, sorted(element.attrib.items()), words, children

    return told(xml.etree.ElementTree.fromstring(text.strip()))


if __name__ == "__main__":
    main()
