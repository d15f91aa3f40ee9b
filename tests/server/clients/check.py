"""Real clients against `samos serve`: SPARQLWrapper, rdflib, the MCP client, a client generated from our OpenAPI, curl,
schemathesis; over HTTPS with a certificate of an authority of its own, and as a browser's page of another origin.

In: the samos binary. Out: one line for each client; ends with 1 when one is not content.
"""

import argparse
import asyncio
import contextlib
import http.client
import json
import pathlib
import ssl
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request

TOKEN = "a-token-for-the-clients"


def serve(samos, folder, *words):
    """Starts a server; gives the process and its address."""
    token = pathlib.Path(folder) / "token"
    token.write_text(TOKEN)
    line = [samos, "serve", "--listen", "127.0.0.1:0", "--token-file", str(token), "--speed", "0", *words]
    process = subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    address = process.stdout.readline().strip().split("?")[0]
    assert address.startswith("http"), address
    return process, address


@contextlib.contextmanager
def serving(samos, *words):
    """A server that ends with the block."""
    with tempfile.TemporaryDirectory() as folder:
        process, address = serve(samos, folder, "--demo", *words)
        try:
            yield address
        finally:
            process.terminate()
            process.wait(10)


def sparqlwrapper(address):
    from SPARQLWrapper import CSV, JSON, POST, TURTLE, XML, SPARQLWrapper

    endpoint = SPARQLWrapper(address + "sparql")
    endpoint.setCredentials("samos", TOKEN)
    endpoint.setQuery("SELECT ?name WHERE { ec2:web-1 samos:name ?name }")
    for form in (JSON, XML):
        endpoint.setReturnFormat(form)
        answer = endpoint.query().convert()
        text = json.dumps(answer) if form == JSON else answer.toxml()
        assert "web-1" in text, text
    endpoint.setReturnFormat(CSV)
    assert b"web-1" in endpoint.query().convert()
    endpoint.setMethod(POST)
    endpoint.setReturnFormat(JSON)
    assert endpoint.query().convert()["results"]["bindings"][0]["name"]["value"] == "web-1"
    endpoint.setQuery("CONSTRUCT { ?s samos:name ?n } WHERE { ?s samos:name ?n }")
    endpoint.setReturnFormat(TURTLE)
    assert b"web-1" in endpoint.query().convert()
    endpoint.setQuery("INSERT DATA { <urn:w:a> <urn:w:p> 1 }")
    endpoint.query()
    endpoint.setQuery("ASK { <urn:w:a> <urn:w:p> 1 }")
    endpoint.setReturnFormat(JSON)
    assert endpoint.query().convert()["boolean"] is True


def rdflib(address):
    from rdflib import Graph, Literal, URIRef
    from rdflib.plugins.stores.sparqlstore import SPARQLUpdateStore

    store = SPARQLUpdateStore(address + "sparql", address + "sparql", auth=("samos", TOKEN), autocommit=True)
    graph = Graph(store=store, identifier=URIRef("urn:r:graph"))
    graph.add((URIRef("urn:r:a"), URIRef("urn:r:p"), Literal("eins")))
    assert (URIRef("urn:r:a"), URIRef("urn:r:p"), Literal("eins")) in graph
    assert len(graph) == 1
    graph.remove((URIRef("urn:r:a"), None, None))
    assert len(graph) == 0
    request = urllib.request.Request(address + "store?graph=https%3A%2F%2Fw3id.org%2Fsamos%2Fdemo%23listing-ec2")
    request.add_header("Authorization", "Bearer " + TOKEN)
    for form, accept in (("turtle", "text/turtle"), ("xml", "application/rdf+xml"), ("json-ld", "application/ld+json"), ("nt", "application/n-triples")):
        request.add_header("Accept", accept)
        text = urllib.request.urlopen(request).read()
        assert len(Graph().parse(data=text, format=form)) > 10, form


def field(value, name):
    """A field under its name in the protocol, or as newer clients spell it."""
    snake = "".join("_" + c.lower() if c.isupper() else c for c in name)
    return getattr(value, name) if hasattr(value, name) else getattr(value, snake)


async def conversation(session):
    await session.initialize()
    tools = {tool.name: tool for tool in (await session.list_tools()).tools}
    assert set(tools) >= {"find", "explain", "check", "plan", "explain_plan", "sparql", "run_plan"}, tools
    for name, tool in tools.items():
        hints = tool.annotations
        assert field(tool, "outputSchema"), name
        assert field(hints, "readOnlyHint") is (name != "run_plan"), name

    async def call(tool, **arguments):
        # The client checks what comes back against the schema that was told.
        result = await session.call_tool(tool, arguments)
        return result, field(result, "structuredContent")

    _, found = await call("find", query="web-1", kind="instance")
    assert found["items"][0]["name"] == "ec2:web-1", found
    _, explained = await call("explain", name="rackspace:AddNode")
    assert explained["explanation"]["is"] == "operation"
    _, checked = await call("check", operation="rackspace:AddNode", subject="rackspace:lb-1")
    assert checked["operations"][0]["ready"] is False
    _, told = await call(
        "plan",
        goal="ec2:web-1.state is samos:Running",
        diverse=True,
        explain=True,
        why_not="rackspace:AddNode",
        time_limit_ms=60000,
    )
    assert any("StartInstance" in one for one in told["must"]) and "AddNode" in told["why_not"], told
    _, planned = await call("plan", how="connect", subjects=["ec2:web-1", "rackspace:lb-1"])
    plan = planned["plans"][0]
    _, detail = await call("explain_plan", fingerprint=plan["fingerprint"])
    assert detail["state"] == "fresh"
    _, rows = await call("sparql", query="SELECT ?n WHERE { ec2:web-1 samos:name ?n }")
    assert rows["rows"] == [["web-1"]], rows
    refused, _ = await call("sparql", query="DROP ALL")
    assert field(refused, "isError")
    refused, _ = await call("explain", name="ec2:web-9")
    assert field(refused, "isError") and "did you mean" in refused.content[0].text
    result, ran = await call("run_plan", fingerprint=plan["fingerprint"])
    assert not field(result, "isError"), result
    assert ran["state"] == "done", ran
    return plan


async def person(context, params):
    """Approves what is asked, as a person would who reads the number."""
    from mcp import types

    changes = int(params.message.split("It makes ")[1].split(" ")[0])
    return types.ElicitResult(action="accept", content={"changes": changes})


def mcp_over_pipes(samos):
    from mcp import ClientSession, StdioServerParameters
    from mcp.client.stdio import stdio_client

    async def run():
        parameters = StdioServerParameters(command=samos, args=["mcp", "--demo", "--allow-execute"])
        async with stdio_client(parameters) as (read, write):
            async with ClientSession(read, write, elicitation_callback=person) as session:
                await conversation(session)

    asyncio.run(run())


def mcp_over_http(address):
    import httpx
    from mcp import ClientSession
    from mcp.client import streamable_http

    async def run():
        headers = {"Authorization": "Bearer " + TOKEN}
        if hasattr(streamable_http, "streamable_http_client"):
            client = httpx.AsyncClient(headers=headers, timeout=60)
            opened = streamable_http.streamable_http_client(address + "mcp", http_client=client)
        else:
            opened = streamable_http.streamablehttp_client(address + "mcp", headers=headers)
        async with opened as (read, write, *_):
            async with ClientSession(read, write, elicitation_callback=person) as session:
                await conversation(session)

    asyncio.run(run())


def generated(address, folder):
    """A client that openapi-python-client makes from the description, used as its documentation shows."""
    description = pathlib.Path(folder) / "openapi.json"
    request = urllib.request.Request(address + "api/openapi.json", headers={"Authorization": "Bearer " + TOKEN})
    description.write_bytes(urllib.request.urlopen(request).read())
    package = pathlib.Path(folder) / "generated"
    script = pathlib.Path(sys.executable).parent / "openapi-python-client"
    line = [str(script), "generate", "--path", str(description), "--meta", "none", "--output-path", str(package), "--overwrite"]
    made = subprocess.run(line, capture_output=True, text=True, cwd=folder)
    assert made.returncode == 0 and "WARNING" not in made.stdout, made.stdout + made.stderr
    sys.path.insert(0, folder)
    import importlib

    client = importlib.import_module("generated").AuthenticatedClient(base_url=address.rstrip("/"), token=TOKEN, timeout=60)
    call = lambda module: importlib.import_module("generated.api." + module)
    status = call("orientation.status").sync(client=client)
    assert status.world.badge == "DEMO", status
    listed = call("catalog.instances").sync(client=client)
    assert any(item.name == "ec2:web-1" for item in listed.items), listed
    question = importlib.import_module("generated.models").ConnectQuestion(subjects=["ec2:web-1", "rackspace:lb-1"], alternatives=1)
    answer = call("assist.connect").sync(client=client, body=question)
    assert len(answer.plans) == 1, answer
    unknown = call("catalog.entity").sync_detailed("ec2:web-9", client=client)
    assert unknown.status_code == 404, unknown


def curl(address, *words):
    line = ["curl", "--silent", "--show-error", "--max-time", "20", "--header", "Authorization: Bearer " + TOKEN, *words]
    done = subprocess.run(line, capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def curl_resumes(address):
    """curl hears what happened after the event that it names, then what happens next."""
    for number in range(3):
        code, said = curl(address, "--json", json.dumps([{"entity": "urn:c:a", "property": "samos:name", "values": [f'"{number}"']}]), address + "api/v1/observations")
        assert code == 0 and "noted" in said, said
    last = json.loads(curl(address, address + "api/v1/status")[1])["last_event"]
    # The stream does not end, so curl is given a moment and then ends itself.
    code, said = curl(address, "--no-buffer", "--max-time", "2", "--header", f"Last-Event-ID: {last - 2}", address + "events")
    assert code == 28, (code, said)
    heard = [json.loads(line[5:]) for line in said.splitlines() if line.startswith("data:")]
    assert [event["id"] for event in heard] == [str(last - 1), str(last)], said
    assert all(event["specversion"] == "1.0" for event in heard), said


def https(samos):
    """TLS with a certificate of an authority that only this client trusts."""
    import trustme

    authority = trustme.CA()
    certificate = authority.issue_cert("127.0.0.1", "localhost")
    with tempfile.TemporaryDirectory() as folder:
        files = {name: str(pathlib.Path(folder) / name) for name in ("chain.pem", "key.pem", "authority.pem")}
        for index, blob in enumerate(certificate.cert_chain_pems):
            blob.write_to_path(files["chain.pem"], append=index > 0)
        certificate.private_key_pem.write_to_path(files["key.pem"])
        authority.cert_pem.write_to_path(files["authority.pem"])
        with serving(samos, "--tls-certificate", files["chain.pem"], "--tls-key", files["key.pem"]) as address:
            assert address.startswith("https://"), address
            code, said = curl(address, "--cacert", files["authority.pem"], "--write-out", "\n%{http_version}", address + "api/v1/status")
            assert code == 0 and "DEMO" in said, said
            assert said.endswith("\n2") or "HTTP2" not in curl(address, "--version")[1], said
            code, said = curl(address, address + "api/v1/status")
            assert code == 60, f"an authority that nobody knows is trusted: {said}"
            code, said = curl(address, "--http1.1", "--cacert", files["authority.pem"], "--include", address + "?token=" + TOKEN)
            assert "; Secure" in said, said
            code, said = curl(address, "--cacert", files["authority.pem"], "--tls-max", "1.1", address + "livez")
            assert code != 0, said
            plain = http.client.HTTPConnection(address.split("/")[2], timeout=10)
            try:
                plain.request("GET", "/livez")
                status = plain.getresponse().status
            except (http.client.HTTPException, OSError):
                status = None
            assert status != 200, "it answers without TLS"
        refused = subprocess.run([samos, "serve", "--demo", "--listen", "127.0.0.1:0", "--tls-certificate", files["key.pem"], "--tls-key", files["chain.pem"]], capture_output=True, text=True, timeout=60)
        assert refused.returncode == 1 and "certificate" in refused.stderr, refused


def pages_of_other_origins(samos):
    """What a browser asks before a page of another origin may speak, and what it is then told."""
    ours, theirs = "https://tools.example", "https://attacker.example"
    with serving(samos, "--allow-origin", ours) as address:

        def asked(method, origin, **headers):
            request = urllib.request.Request(address + "api/v1/status", method=method, headers={"Origin": origin, **headers})
            try:
                answer = urllib.request.urlopen(request)
            except urllib.error.HTTPError as error:
                answer = error
            return answer.status, answer.headers.get("access-control-allow-origin"), answer.headers

        before = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization, content-type"}
        status, allowed, headers = asked("OPTIONS", ours, **before)
        assert (status, allowed) == (200, ours), (status, headers)
        assert "POST" in headers["access-control-allow-methods"] and "authorization" in headers["access-control-allow-headers"], headers
        assert headers.get("access-control-allow-credentials") is None, "cookies do not travel between origins"
        assert asked("OPTIONS", theirs, **before)[1] is None
        bearer = {"Authorization": "Bearer " + TOKEN}
        status, allowed, headers = asked("GET", ours, **bearer)
        assert (status, allowed) == (200, ours) and "origin" in headers["vary"].lower(), (status, headers)
        status, allowed, _ = asked("GET", theirs, **bearer)
        assert (status, allowed) == (403, None), (status, allowed)
    with serving(samos) as address:
        assert asked("OPTIONS", ours, **before)[1] is None, "without being told, no other origin is let in"


def schemathesis(address, examples):
    script = pathlib.Path(sys.executable).parent / "schemathesis"
    line = [
        str(script), "run", address + "api/openapi.json", "--url", address.rstrip("/"),
        "--header", "Authorization: Bearer " + TOKEN,
        "--checks", "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance",
        "--max-examples", str(examples), "--exclude-path", "/events", "--exclude-path-regex", "^/mcp",
        "--suppress-health-check", "all", "--request-timeout", "30", "--seed", "20261122", "--phases", "examples,coverage,fuzzing", "--no-color",
    ]
    done = subprocess.run(line, capture_output=True, text=True)
    if done.returncode != 0:
        print(done.stdout[-12000:], done.stderr[-2000:])
    assert done.returncode == 0, "schemathesis found something (seed 20261122)"


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--samos", required=True)
    arguments.add_argument("--examples", type=int, default=10)
    arguments.add_argument("--only")
    arguments = arguments.parse_args()
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        process, address = serve(arguments.samos, folder, "--demo", "--allow-update", "--allow-execute")
        try:
            for name, check in (
                ("SPARQLWrapper", lambda: sparqlwrapper(address)),
                ("rdflib", lambda: rdflib(address)),
                ("mcp over pipes", lambda: mcp_over_pipes(arguments.samos)),
                ("mcp over http", lambda: mcp_over_http(address)),
                ("a generated client", lambda: generated(address, folder)),
                ("curl", lambda: curl_resumes(address)),
                ("https", lambda: https(arguments.samos)),
                ("pages of other origins", lambda: pages_of_other_origins(arguments.samos)),
                ("schemathesis", lambda: schemathesis(address, arguments.examples)),
            ):
                if arguments.only and arguments.only not in name:
                    continue
                try:
                    check()
                    print(f"{name}: content")
                except Exception as error:  # each client is told by itself
                    failed += 1
                    print(f"{name}: {type(error).__name__}: {error}")
                    import traceback

                    traceback.print_exc()
        finally:
            process.terminate()
            process.wait(10)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
