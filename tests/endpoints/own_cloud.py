"""A cloud that users describe themselves, as data alone: an ontology and a mapping of their own, plain HTTP, and each way to sign in.

In: moto's API Gateway behind HAProxy, which lets in who shows a token, a password, a client certificate, or a certificate and a token that
a certified OpenID provider issued. Out: in how many ways one signed in, was refused, and boards were opened, renamed and closed.
"""

import pathlib
import shutil

from commandline import Samos

OWN = pathlib.Path(__file__).with_name("own_cloud")
# What one is told who has another secret, or a certificate of an authority that nobody here knows.
REFUSED = {"token": "401", "password": "401", "issued": "client authentication failed", "certificate": "UnknownCA"}


def ways(gate, issuer):
    """Doors, each with secrets that are good, secrets that are not, and settings."""
    trusted = {"authority": str(gate.authority)}
    yield "token", {"token": gate.token}, {"token": "another-token"}, {}
    yield "password", {"user": gate.user, "password": gate.password}, {"user": gate.user, "password": "another"}, {}
    yield "certificate", {"client_certificate": gate.certificate}, {"client_certificate": gate.stranger}, trusted
    for shown, client in issuer.clients.items():
        good = {"client_id": client, "client_secret": f"secret of {client}", "client_certificate": gate.certificate}
        settings = {**trusted, "token_url": issuer.token_url, "client_auth": shown}
        yield "issued", good, {**good, "client_secret": "another secret"}, settings


def check(program, data, moto, gate, issuer):
    count = 0
    for count, (door, good, bad, settings) in enumerate(ways(gate, issuer), 1):
        samos = Samos(program, data / str(count))
        # Beside each other, as a user keeps them.
        shutil.copytree(OWN, samos.data, dirs_exist_ok=True)
        words = [word for name, value in settings.items() for word in ("--setting", f"{name}={value}")]
        samos.add("stranger", "desk:desk", gate.door(door), bad, *words)
        said = samos.failure("accounts", "verify", "stranger")
        assert REFUSED[door] in said, said
        samos.run("accounts", "remove", "stranger")
        samos.add("office", "desk:desk", gate.door(door), good, *words)
        samos.run("accounts", "verify", "office")
        played(samos, moto)
    return f"{count} ways to sign in, each refused once"


def played(samos, moto):
    boards = lambda: sorted(one["name"] for one in moto.client("apigateway").get_rest_apis()["items"])
    service = "https://w3id.org/samos/account/office/BoardsService"
    assert boards() == []
    [board] = samos.do("desk:Open", service, "title=plans")["board"]
    assert boards() == ["plans"]
    samos.refresh("office")
    assert samos.ask("SELECT ?title WHERE { ?board desk:title ?title }") == [["plans"]]
    renamed = samos.apply(samos.plan("plan", "--goal", f'<{board}>.title == "done"'))
    assert boards() == ["done"]
    # Taken back by the operation that brings the old title about.
    samos.run("undo", renamed["run"])
    assert boards() == ["plans"]
    samos.do("desk:Close", board)
    assert boards() == []
