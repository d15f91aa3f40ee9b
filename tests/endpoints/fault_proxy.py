"""Stands in front of a server of another maker and, by seed, treats what passes as a bad network and a busy cloud would.

In: the server's address, a seed, how many in a hundred requests meet a fault. Out: an address to use in its place, and what was
done to which request. moto does not keep the tokens by which AWS knows a request that is sent again; the proxy keeps them as AWS says
it does, so that a client whose token changes is found out. What is not known to be harmless is never made up: an answer is the server's own, or a refusal in the
form of the interface. Not here: judging what the client makes of it.
"""

import http.client
import http.server
import random
import socket
import struct
import threading
import time
import urllib.parse

# What may happen to a request. The first four have no effect at the server, the others have.
FAULTS = ["throttled", "unavailable", "refused", "reset before", "reset after", "lost", "cut off", "duplicate", "delay"]
DELAY_S = (0.02, 0.4)

AWS_XML = (
    "<Response><Errors><Error><Code>{code}</Code><Message>{message}</Message></Error></Errors>"
    "<RequestID>00000000-0000-0000-0000-000000000000</RequestID></Response>"
)
RACKSPACE_JSON = '{{"overLimit": {{"code": {status}, "message": "{message}"}}}}'


class Listener(http.server.ThreadingHTTPServer):
    request_queue_size = 128


class FaultProxy:
    """Serves from `with` to its end; calm until it is told to `disturb`."""

    def __init__(self, upstream, kind, share=25):
        place = urllib.parse.urlsplit(upstream)
        self.host, self.upstream_port = place.hostname, place.port
        self.kind, self.share = kind, share
        self.turn = threading.Lock()
        self.slow_s = 0.0
        self.begin(0)

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            proxy = self

            def handle_one_request(self):
                try:
                    super().handle_one_request()
                except OSError:
                    self.close_connection = True

            def log_message(self, *_):
                pass

        for method in ("GET", "POST", "PUT", "DELETE", "HEAD"):
            setattr(Handler, f"do_{method}", lambda handler: self.handle(handler))
        self.server = Listener(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.address = f"http://127.0.0.1:{self.server.server_address[1]}"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def begin(self, seed):
        """Another story: calm at first, then as this seed has it."""
        self.kept = {}
        self.chance, self.is_calm, self.done = random.Random(f"{self.kind} {seed}"), True, []
        self.deck, self.under_way, self.most_at_once = [], 0, 0

    def disturb(self, is_on=True):
        self.is_calm = not is_on

    def fault(self):
        """The next request's; by seed and order alone."""
        with self.turn:
            if self.is_calm or self.chance.randrange(100) >= self.share:
                return None
            # As cards are dealt: none comes again before all have come.
            self.deck = self.deck or self.chance.sample(FAULTS, len(FAULTS))
            return self.deck.pop()

    def handle(self, handler):
        length = int(handler.headers.get("Content-Length") or 0)
        body = handler.rfile.read(length) if length else None
        fault = self.fault()
        self.slowly()
        self.done.append((fault, handler.command, what(handler.path, body)))
        if fault in ("throttled", "unavailable"):
            self.answer(handler, self.refusal(fault))
        elif fault in ("refused", "reset before"):
            self.drop(handler, hard=fault == "reset before")
        else:
            if fault == "delay":
                with self.turn:
                    pause = self.chance.uniform(*DELAY_S)
                time.sleep(pause)
            answer = self.forward(handler, body)
            if fault == "duplicate":
                self.forward(handler, body)
            if fault in ("reset after", "lost"):
                self.drop(handler, hard=fault == "reset after")
            else:
                self.answer(handler, answer, cut=fault == "cut off")

    def slowly(self):
        """Takes its time; counts those that do so at once."""
        with self.turn:
            self.under_way += 1
            self.most_at_once = max(self.most_at_once, self.under_way)
        time.sleep(self.slow_s)
        with self.turn:
            self.under_way -= 1

    def forward(self, handler, body):
        fields = urllib.parse.parse_qs((body or b"").decode(errors="replace"))
        token = (*fields.get("Action", []), *fields.get("ClientToken", []))
        if len(token) == 2 and token in self.kept:
            return self.kept[token]
        answer = self.asked(handler, body)
        if len(token) == 2 and answer[0] == 200:
            self.kept[token] = answer
        return answer

    def asked(self, handler, body):
        connection = http.client.HTTPConnection(self.host, self.upstream_port, timeout=60)
        headers = {name: value for name, value in handler.headers.items() if name.lower() != "connection"}
        try:
            connection.request(handler.command, handler.path, body, headers)
            answer = connection.getresponse()
            # What a server says about its own places leads back through here.
            here, there = self.address, f"http://{self.host}:{self.upstream_port}"
            headers = [(name, value.replace(there, here)) for name, value in answer.getheaders()]
            return answer.status, headers, answer.read().replace(there.encode(), here.encode())
        finally:
            connection.close()

    def refusal(self, fault):
        status = {"throttled": 413 if self.kind == "rackspace" else 503, "unavailable": 503}[fault]
        if self.kind == "rackspace":
            text, form = RACKSPACE_JSON.format(status=status, message=f"{fault} by the proxy"), "application/json"
        else:
            code = {"throttled": "RequestLimitExceeded", "unavailable": "Unavailable"}[fault]
            text, form = AWS_XML.format(code=code, message=f"{fault} by the proxy"), "text/xml"
        return status, [("Content-Type", form)], text.encode()

    @staticmethod
    def answer(handler, answer, cut=False):
        status, headers, body = answer
        handler.send_response(status)
        for name, value in headers:
            if name.lower() not in ("connection", "transfer-encoding", "content-length", "server", "date"):
                handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body[: len(body) // 2] if cut else body)
        handler.wfile.flush()
        if cut:
            FaultProxy.drop(handler, hard=False)

    @staticmethod
    def drop(handler, hard):
        """Ends the connection: at once and rudely, or as if all had been said."""
        handler.close_connection = True
        if hard:
            handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            handler.connection.close()
            return
        handler.connection.shutdown(socket.SHUT_RDWR)

    def count(self, words):
        """How often that was asked for."""
        return sum(words in asked for _, _, asked in self.done)

    def told(self):
        """What happened, for a failure's report."""
        return "\n".join(f"  {fault or '-':<13} {method} {path}" for fault, method, path in self.done)


def what(path, body):
    """A request in a few words."""
    fields = urllib.parse.parse_qs((body or b"").decode(errors="replace"))
    return " ".join([path, *fields.get("Action", [])])
