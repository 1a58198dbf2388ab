"""SERVICE: what a query calls, what the policy lets pass, and the fence and proxy in between."""

from __future__ import annotations

import asyncio
import csv
import functools
import gzip
import http.client
import json
import os
import random
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pyoxigraph
import pytest

from anlokg.engine import gate, namespace, outside, policy, reach
from anlokg.engine.exchange import Meter
from anlokg.engine.outside import Bounds, Outside
from anlokg.engine.proxy import Proxy
from anlokg.errors import EngineUnavailable, QueryRefused, RemoteError, SettingError
from anlokg.query import federation

CASES = Path(__file__).parent / "cases" / "outside"
WORKER = Path(__file__).parent / "fenced.py"
OWN = (("kg.example", 443), ("127.0.0.1", 8000), ("0.0.0.0", 8001))
PUBLIC = "93.184.215.14"
JSON = "application/sparql-results+json"
EX = "http://example.org/"
SHORT = Bounds(time_s=1.0, connect_s=0.5, answer_bytes=200_000)


def table(name: str) -> list[dict[str, str]]:
    with (CASES / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def obstacle() -> str:
    try:
        namespace.check()
    except SettingError as error:
        return str(error)
    return ""


OBSTACLE = obstacle()
TOOLS = [shutil.which("unshare"), shutil.which("ip")]
fenced_only = pytest.mark.skipif(bool(OBSTACLE), reason=OBSTACLE or "workers can be fenced")


# What a query calls


def query_cases() -> list[Any]:
    cases = []
    for path in sorted((CASES / "queries").glob("*.txt")):
        head, _, query = path.read_text(encoding="utf-8").partition("\n---\n")
        kind, _, value = head.partition(":")
        cases.append(pytest.param(query, kind, value.strip(), id=path.stem))
    return cases


@pytest.mark.parametrize(("query", "kind", "value"), query_cases())
def test_a_query_names_what_it_calls_or_is_refused(query: str, kind: str, value: str) -> None:
    if kind == "refused":
        with pytest.raises(QueryRefused, match=value):
            federation.targets(query)
        with pytest.raises(QueryRefused, match=value):
            federation.rewrite(query)
    else:
        assert federation.targets(query) == tuple(value.split())
        rewritten = federation.rewrite(query)
        assert rewritten.count(f"http://{gate.HOST}:{gate.PORT}/") == len(value.split())
        assert (rewritten == query) == (not value)


# The engine's client refuses some ports: that it does shows that it would call, without traffic.
REFUSED_PORT = re.compile(r"The port (?:1|7) is not allowed|service name is unbound")


@functools.cache
def facts() -> pyoxigraph.Store:
    """Facts that patterns of the queries below match, so that what stands beside is run."""
    store = pyoxigraph.Store()
    node = pyoxigraph.NamedNode("http://127.0.0.1:1/a")
    texts = [pyoxigraph.Literal("x"), pyoxigraph.Literal("x", language="en")]
    for thing in (node, pyoxigraph.Literal(1), pyoxigraph.Literal(True), *texts):
        store.add(pyoxigraph.Quad(node, pyoxigraph.NamedNode("http://127.0.0.1:1/p"), thing))
    return store


def would_call(query: str) -> bool:
    try:
        results = facts().query(query)
        if not isinstance(results, pyoxigraph.QueryBoolean):
            list(results)
    except (OSError, RuntimeError, SyntaxError, ValueError) as error:
        return bool(REFUSED_PORT.search(str(error)))
    return False


def loud(query: str) -> str:
    """The query with its endpoints at a refused port, and without the word that hides errors."""
    return re.sub("https://[ab].example", "http://127.0.0.1:1", query.replace("SILENT", ""))


@pytest.mark.parametrize(("query", "kind", "value"), query_cases())
def test_the_engine_reads_queries_as_they_were_told(query: str, kind: str, value: str) -> None:
    if kind == "calls":
        assert would_call(loud(query)) == bool(value)
        gated = federation.rewrite(loud(query)).replace(f":{gate.PORT}/", ":7/")
        assert "http://127.0.0.1:1" not in gated.partition("{")[2]
        assert would_call(gated) == bool(value)


def test_the_engine_calls_nothing_that_was_not_told() -> None:
    """Queries of random pieces: what runs and calls was told before, and leads to the gate."""
    data = json.loads((CASES / "pieces.json").read_text(encoding="utf-8"))
    chance = random.Random(20)
    declared = "".join(f"PREFIX {name}: <http://127.0.0.1:1/> " for name in ("", "e", "service"))

    def some(most: int) -> str:
        return "".join(chance.choice(data["pieces"]) for _ in range(chance.randint(0, most)))

    called = 0
    for _ in range(60_000):
        body = chance.choice(data["frames"]).format(G=some(5), H=some(2), K=some(2))
        query = f"{declared}SELECT * {{ {body}{some(3)}{chance.choice(data['ends'])}"
        if not would_call(query):
            continue
        called += 1
        try:
            assert federation.targets(query), query
        except QueryRefused:
            continue
        assert not would_call(federation.rewrite(query).replace("127.0.0.1:1/", "")), query
    assert called > 50


def test_a_place_in_a_rewritten_query_is_told_as_in_the_query_that_came() -> None:
    query = "PREFIX e: <http://a.example/>\nASK { SERVICE e:x { } SERVICE <http://b/> { } ?s ?p }"

    def place(text: str) -> tuple[int, int]:
        with pytest.raises(SyntaxError) as caught:
            pyoxigraph.Store().query(text)
        line, column = str(caught.value).split()[2].split(":")[:2]
        return int(line), int(column)

    line, column = place(federation.rewrite(query))
    assert column > len(query)
    assert (line, federation.original_column(query, line, column)) == place(query)
    assert federation.original_column(query, 1, 5) == federation.original_column(query, 2, 5) == 5


@pytest.mark.parametrize("piece", ["#", "'", "service ", "a.SERVICE", "SERVICE#", "<a", "SILENT "])
def test_long_texts_are_looked_through_quickly(piece: str) -> None:
    text = "ASK { SERVICE <x:y> { '\\q' } " + piece * (200_000 // len(piece))
    started = time.perf_counter()
    with pytest.raises(QueryRefused):
        federation.calls(text)
    assert time.perf_counter() - started < 5


# What the policy lets pass


class Resolver:
    """Stands in for the machine's resolver: it gives the addresses it was told, one list a call."""

    def __init__(self, *lists: Sequence[str]) -> None:
        self.lists = list(lists)
        self.asked: list[tuple[str, int]] = []

    async def __call__(self, host: str, port: int) -> list[str]:
        self.asked.append((host, port))
        return list(self.lists.pop(0) if len(self.lists) > 1 else self.lists[0])


def call(
    target: str,
    rules: policy.Policy,
    resolve: outside.Resolve = outside.resolve,
    tls: ssl.SSLContext | None = None,
) -> tuple[bytes, str]:
    """Body and media type of what a call brings."""

    async def run() -> tuple[bytes, str]:
        made = Outside(rules, SHORT, resolve=resolve, tls=tls)
        received = await made.call(target, b"ASK {}", Meter(SHORT.answer_bytes))
        with received.file as file:
            return file.read(), received.media_type

    return asyncio.run(run())


@pytest.mark.parametrize("row", table("refused.csv"), ids=lambda row: row["what"])
def test_what_is_not_allowed_is_refused_before_anything_is_sent(
    row: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def connected(*_: Any, **__: Any) -> Any:
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(asyncio, "open_connection", connected)
    rules = policy.read(filter(None, [row["allow"]]), OWN)
    with pytest.raises(QueryRefused) as caught:
        call(row["target"], rules, Resolver(row["addresses"].split() or [PUBLIC]))
    assert row["says"] in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("row", table("entries.csv"), ids=lambda row: row["entry"])
def test_a_wrong_entry_of_the_list_is_told_at_the_start(row: dict[str, str]) -> None:
    with pytest.raises(SettingError) as caught:
        policy.read([row["entry"], "https://good.example/"], OWN)
    assert row["says"] in str(caught.value)
    assert row["entry"] in str(caught.value)


@pytest.mark.parametrize(
    ("allow", "target"),
    [
        ("https://query.example/sparql", "https://query.example/sparql"),
        ("https://query.example/sparql", "HTTPS://Query.Example:443/sparql"),
        ("https://query.example/sparql", "https://query.example/sparql/dataset"),
        ("https://query.example", "https://query.example/any/path"),
        ("https://query.example/sparql?graph=a", "https://query.example/sparql?graph=a"),
        ("http://127.0.0.1:3030/ds loopback http", "http://127.0.0.1:3030/ds"),
        ("http://[::1]:3030/ds http loopback", "http://[0:0::1]:3030/ds/sparql"),
        ("https://10.0.0.7/ds private", "https://10.0.0.7/ds"),
    ],
)
def test_what_is_allowed_passes(allow: str, target: str) -> None:
    address, entry = policy.read([allow], OWN).check(target)
    assert entry.text == allow
    assert address.port in (443, 3030)


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        ("93.184.215.14", "public"),
        ("2606:2800:21f:cb07::1", "public"),
        ("127.255.0.1", "loopback"),
        ("::1", "loopback"),
        ("172.32.0.1", "public"),
        ("172.16.0.1", "private"),
        ("100.128.0.1", "public"),
        ("::", "reserved"),
        ("::127.0.0.1", "reserved"),
        ("::ffff:0:127.0.0.1", "reserved"),
        ("fec0::1", "reserved"),
        ("2001:db8::1", "reserved"),
        ("192.0.2.1", "reserved"),
    ],
)
def test_a_numeric_address_is_judged(number: str, kind: str) -> None:
    assert reach.kind(number) == kind


# The other side, as it may be


Reply = Callable[[socket.socket], None]


class Endpoint:
    """A server on loopback that answers each path in its own way and keeps what it was sent."""

    def __init__(self, replies: dict[str, Reply], tls: ssl.SSLContext | None = None) -> None:
        self.replies, self.tls = replies, tls
        self.heads: list[bytes] = []
        self.bodies: list[bytes] = []
        self.ended = threading.Event()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        threading.Thread(target=self._run, daemon=True).start()

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def close(self) -> None:
        self._socket.close()

    def _run(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        try:
            if self.tls:
                connection = self.tls.wrap_socket(connection, server_side=True)
            with connection, connection.makefile("rb") as file:
                head = b"".join(iter(file.readline, b"\r\n"))
                lengths = [
                    line for line in head.lower().splitlines() if line.startswith(b"content-length")
                ]
                self.heads.append(head)
                self.bodies.append(file.read(int(lengths[0].split()[1])) if lengths else b"")
                self.replies[head.split()[1].decode()](connection)
        except OSError:
            self.ended.set()


def whole(body: bytes, *headers: str, status: str = "200 OK") -> Reply:
    head = [f"HTTP/1.1 {status}", f"Content-Type: {JSON}", f"Content-Length: {len(body)}", *headers]
    return lambda connection: connection.sendall("\r\n".join([*head, "", ""]).encode() + body)


def redirect(location: str, status: str = "302 Found") -> Reply:
    return whole(b"", f"Location: {location}", status=status)


def endless(head: str, piece: bytes, pause_s: float = 0.0) -> Reply:
    def reply(connection: socket.socket) -> None:
        connection.sendall(head.encode())
        while True:
            connection.sendall(piece)
            time.sleep(pause_s)

    return reply


def silence(connection: socket.socket) -> None:
    connection.recv(1)
    raise OSError("the other side has gone")


ROWS = json.dumps(
    {
        "head": {"vars": ["name", "size"]},
        "results": {
            "bindings": [
                {
                    "name": {"type": "literal", "value": name},
                    "size": {"type": "literal", "value": size},
                }
                for name, size in (("one", "1"), ("two", "2"))
            ]
        },
    }
).encode()
EMPTY = b'{"head":{"vars":[]},"results":{"bindings":[]}}'
START = f"HTTP/1.1 200 OK\r\nContent-Type: {JSON}\r\n"
CHUNKED = START + "Transfer-Encoding: chunked\r\n\r\n"
REPLIES: dict[str, Reply] = {
    "/sparql": whole(ROWS),
    "/empty": whole(EMPTY),
    "/303": redirect("/sparql", "303 See Other"),
    "/307": redirect("/308", "307 Temporary Redirect"),
    "/308": redirect("/sparql", "308 Permanent Redirect"),
    "/301": redirect("/sparql", "301 Moved Permanently"),
    "/to-private": redirect("https://inner.example/sparql"),
    "/to-metadata": redirect("http://169.254.169.254/latest/"),
    "/to-another": redirect("//evil.example/sparql"),
    "/to-user": redirect("http://127.0.0.1@evil.example/"),
    "/to-nonsense": redirect("http://[x/"),
    "/to-a-file": redirect("file:///etc/passwd"),
    "/loop": redirect("/loop"),
    "/three": redirect("/307"),
    "/no-location": whole(b"", status="302 Found"),
    "/bomb": endless(CHUNKED, b"2000\r\n" + b" " * 0x2000 + b"\r\n"),
    "/declared": lambda c: c.sendall((START + "Content-Length: 99999999\r\n\r\n").encode()),
    "/gzip-bomb": whole(gzip.compress(bytes(50_000_000)), "Content-Encoding: gzip"),
    "/many-headers": endless(START, b"X-More: and more\r\n"),
    "/one-header": endless(START + "X-More: ", b"more" * 1000),
    "/many-hints": endless("", b"HTTP/1.1 103 Early Hints\r\n\r\n" * 500),
    "/black-hole": silence,
    "/drip-head": endless(START + "X-Slow: ", b"z", 0.1),
    "/drip-body": endless(CHUNKED, b"1\r\n \r\n", 0.1),
    "/cut-head": lambda c: c.sendall(START.encode()),
    "/cut-chunk": lambda c: c.sendall((CHUNKED + "5\r\n{").encode()),
    "/cut-between-chunks": lambda c: c.sendall((CHUNKED + "2\r\n{}\r\n").encode()),
    "/cut-length": lambda c: c.sendall((START + "Content-Length: 9\r\n\r\n{}").encode()),
    "/nothing": lambda _: None,
    "/no-http": lambda c: c.sendall(b"220 mail.example ESMTP\r\n"),
    "/two-lengths": whole(b"{}", "Content-Length: 3"),
    "/500": whole(b"secret trace", status="500 Internal Server Error"),
    "/204": whole(b"", status="204 No Content"),
    "/html": lambda c: c.sendall(
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 4\r\n\r\n<p/>"
    ),
    "/cut-at-close": lambda c: c.sendall((START + "\r\n").encode() + ROWS[:-20]),
    "/206": whole(ROWS, status="206 Partial Content"),
    "/anytime": whole(ROWS, "X-SQL-State: S1TAT"),
}


@pytest.fixture(scope="module")
def endpoint() -> Iterator[Endpoint]:
    made = Endpoint(REPLIES)
    yield made
    made.close()


def rules_for(endpoint: Endpoint, *more: str) -> policy.Policy:
    return policy.read([f"{endpoint.url('/')} http loopback", *more])


@pytest.mark.parametrize("path", ["/sparql", "/307", "/308", "/301"])
def test_a_whole_answer_comes_back_and_redirects_keep_the_query(
    endpoint: Endpoint, path: str
) -> None:
    assert call(endpoint.url(path), rules_for(endpoint)) == (ROWS, JSON)
    assert endpoint.heads[-1].startswith(b"POST /sparql HTTP/1.1\r\n")
    assert endpoint.bodies[-1] == b"ASK {}"


def test_after_see_other_the_answer_is_fetched_and_the_query_not_sent_again(
    endpoint: Endpoint,
) -> None:
    assert call(endpoint.url("/303"), rules_for(endpoint)) == (ROWS, JSON)
    assert endpoint.heads[-1].startswith(b"GET /sparql HTTP/1.1\r\n")
    assert endpoint.bodies[-1] == b""


@pytest.mark.parametrize("row", table("answers.csv"), ids=lambda row: row["path"])
def test_an_answer_that_will_not_do_is_an_error_with_its_reason(
    endpoint: Endpoint, row: dict[str, str]
) -> None:
    rules = rules_for(endpoint, "https://inner.example/sparql")

    async def resolve(host: str, port: int) -> list[str]:
        return ["10.0.0.1"] if host == "inner.example" else await outside.resolve(host, port)

    started = time.perf_counter()
    kind = QueryRefused if row["error"] == "refused" else RemoteError
    with pytest.raises(kind) as caught:
        call(endpoint.url(row["path"]), rules, resolve)
    assert type(caught.value) is kind
    assert row["says"] in str(caught.value)
    assert "secret" not in str(caught.value)
    assert time.perf_counter() - started < SHORT.time_s + 3


def test_every_reply_has_a_row() -> None:
    good = {"/sparql", "/empty", "/301", "/303", "/307", "/308"}
    assert {row["path"] for row in table("answers.csv")} == set(REPLIES) - good


def test_a_name_is_resolved_once_and_cannot_lead_elsewhere_afterwards(endpoint: Endpoint) -> None:
    rules = policy.read([f"http://name.example:{endpoint.port}/ http loopback"])
    resolver = Resolver(["127.0.0.1"], ["10.0.0.1"])
    assert call(f"http://name.example:{endpoint.port}/sparql", rules, resolver) == (ROWS, JSON)
    assert resolver.asked == [("name.example", endpoint.port)]
    assert f"Host: name.example:{endpoint.port}".encode() in endpoint.heads[-1]


def test_a_redirect_is_resolved_and_judged_anew(endpoint: Endpoint) -> None:
    rules = policy.read([f"http://name.example:{endpoint.port}/ http loopback"])
    resolver = Resolver(["127.0.0.1"], ["10.0.0.1"])
    with pytest.raises(QueryRefused, match="has a private address"):
        call(f"http://name.example:{endpoint.port}/308", rules, resolver)


def test_an_address_that_does_not_answer_is_followed_by_the_next(endpoint: Endpoint) -> None:
    rules = policy.read([f"http://name.example:{endpoint.port}/ http loopback"])
    resolver = Resolver(["127.0.0.9", "127.0.0.1"])
    assert call(f"http://name.example:{endpoint.port}/sparql", rules, resolver) == (ROWS, JSON)


def test_an_endpoint_that_is_not_there_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    rules = policy.read([f"http://127.0.0.1:{port}/ http loopback"])
    with pytest.raises(RemoteError, match="cannot be reached"):
        call(f"http://127.0.0.1:{port}/", rules)


def test_nothing_but_the_query_goes_out(endpoint: Endpoint) -> None:
    call(endpoint.url("/sparql"), rules_for(endpoint))
    names = {line.split(b":")[0].lower() for line in endpoint.heads[-1].splitlines()[1:]}
    assert names == {
        b"host", b"user-agent", b"accept", b"accept-encoding", b"connection",
        b"content-type", b"content-length",
    }  # fmt: skip
    assert b"Accept-Encoding: identity" in endpoint.heads[-1]


# TLS


class Secure(Endpoint):
    """The same behind TLS; keeps the names that were asked for."""

    def __init__(self, folder: Path) -> None:
        self.names: list[str | None] = []
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
        context.sni_callback = lambda _, name, __: self.names.append(name)
        super().__init__(REPLIES, context)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a key and a certificate for name.example and localhost."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl, which makes the certificate, is not installed")
    folder = tmp_path_factory.mktemp("certificate")
    command = [
        openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
        "-nodes", "-days", "2", "-subj", "/CN=test", "-keyout", folder / "key.pem",
        "-out", folder / "cert.pem", "-addext", "subjectAltName=DNS:name.example,DNS:localhost",
    ]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True)
    return folder


@pytest.fixture(scope="module")
def secure(certificate: Path) -> Iterator[Secure]:
    made = Secure(certificate)
    yield made
    made.close()


def secure_call(secure: Secure, host: str, tls: ssl.SSLContext | None) -> tuple[bytes, str]:
    rules = policy.read([f"https://{host}:{secure.port}/ loopback"])
    return call(f"https://{host}:{secure.port}/sparql", rules, Resolver(["127.0.0.1"]), tls)


def test_tls_is_verified_for_the_name_that_was_asked_for(secure: Secure, certificate: Path) -> None:
    trusting = ssl.create_default_context(cafile=str(certificate / "cert.pem"))
    assert secure_call(secure, "name.example", trusting) == (ROWS, JSON)
    assert secure.names[-1] == "name.example"
    sent = len(secure.heads)
    with pytest.raises(RemoteError, match="its certificate is not valid: Hostname mismatch"):
        secure_call(secure, "other.example", trusting)
    with pytest.raises(RemoteError, match="its certificate is not valid: self"):
        secure_call(secure, "name.example", None)
    assert len(secure.heads) == sent


def test_an_endpoint_without_tls_is_told(endpoint: Endpoint) -> None:
    rules = policy.read([f"https://127.0.0.1:{endpoint.port}/ loopback"])
    with pytest.raises(RemoteError, match=r"does not speak TLS|cannot be reached"):
        call(f"https://127.0.0.1:{endpoint.port}/sparql", rules)


# The proxy, a process of its own


@pytest.fixture
def proxy(endpoint: Endpoint) -> Iterator[Proxy]:
    made = Proxy(rules_for(endpoint), Bounds(time_s=2.0, calls=5, answer_bytes=5_000))
    yield made
    made.close()


def open_gate(proxy: Proxy) -> tuple[int, gate.Lifeline]:
    """A gate on a loopback port, as a worker would open it in its own network; its lifeline."""
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    return port, gate.hand_over(proxy.control.dup(), listener)


def through(port: int, path: str, method: str = "POST") -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request(method, path, b"ASK {}")
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def path_of(target: str) -> str:
    return "/" + quote(target, safe="")


def eventually(condition: Callable[[], bool], seconds: float = 5.0) -> bool:
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.02)
    return condition()


def ended(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return True
    return state == "Z"


def test_the_gate_gives_answers_or_a_status_with_one_line(proxy: Proxy, endpoint: Endpoint) -> None:
    port, lifeline = open_gate(proxy)
    with lifeline:
        assert through(port, path_of(endpoint.url("/sparql"))) == (200, ROWS)
        status, line = through(port, path_of("https://evil.example/\r\nX: y"))
        assert (status, line.count(b"\n")) == (403, 0)
        status, line = through(port, path_of(endpoint.url("/500")))
        assert status == 502
        assert line.decode() == f"<{endpoint.url('/500')}>: status 500"
        assert through(port, "/%FF%00")[0] == 403


def test_the_gate_takes_nothing_but_queries(proxy: Proxy, endpoint: Endpoint) -> None:
    port, lifeline = open_gate(proxy)
    sent = len(endpoint.heads)
    with lifeline:
        status, line = through(port, path_of(endpoint.url("/sparql")), "GET")
    assert (status, line) == (502, b"the gate takes queries by POST")
    assert len(endpoint.heads) == sent


def test_a_worker_hears_of_its_failed_calls_once_each_query(
    proxy: Proxy, endpoint: Endpoint
) -> None:
    port, lifeline = open_gate(proxy)
    with lifeline:
        through(port, path_of(endpoint.url("/sparql")))
        lifeline.check()
        through(port, path_of(endpoint.url("/500")) + gate.SILENT)
        lifeline.check()
        through(port, path_of(endpoint.url("/500")))
        through(port, path_of("https://evil.example/"))
        with pytest.raises(RemoteError, match="status 500"):
            lifeline.check()
        lifeline.check()
        through(port, path_of("https://evil.example/"))
        with pytest.raises(QueryRefused, match="not one of those"):
            lifeline.check()
        os.kill(proxy.pid, signal.SIGKILL)
        assert eventually(lambda: is_cut(lifeline))


def is_cut(lifeline: gate.Lifeline) -> bool:
    try:
        lifeline.check()
    except RemoteError as error:
        return str(error) == "the way to other services was closed"
    return False


def test_calls_of_one_worker_are_counted(proxy: Proxy, endpoint: Endpoint) -> None:
    port, lifeline = open_gate(proxy)
    with lifeline:
        answers = [through(port, path_of(endpoint.url("/empty"))) for _ in range(6)]
    assert [status for status, _ in answers] == [200] * 5 + [403]
    assert b"more than 5 times" in answers[-1][1]
    port, lifeline = open_gate(proxy)
    with lifeline:
        assert through(port, path_of(endpoint.url("/empty")))[0] == 200


def test_bytes_of_all_calls_of_one_worker_are_counted_together(
    endpoint: Endpoint,
) -> None:
    made = Proxy(rules_for(endpoint), Bounds(answer_bytes=int(len(ROWS) * 2.5)))
    port, lifeline = open_gate(made)
    with lifeline:
        answers = [through(port, path_of(endpoint.url("/sparql"))) for _ in range(3)]
    made.close()
    assert [status for status, _ in answers][::2] == [200, 502]
    assert b"more than the" in answers[-1][1]


def test_when_a_worker_ends_its_calls_end_and_its_gate_is_gone(
    proxy: Proxy, endpoint: Endpoint
) -> None:
    port, lifeline = open_gate(proxy)
    endpoint.ended.clear()
    failures: list[Exception] = []

    def ask() -> None:
        try:
            through(port, path_of(endpoint.url("/black-hole")))
        except (http.client.HTTPException, OSError) as error:
            failures.append(error)

    sent = len(endpoint.heads)
    caller = threading.Thread(target=ask)
    caller.start()
    assert eventually(lambda: len(endpoint.heads) > sent)
    lifeline.close()
    assert endpoint.ended.wait(1)
    caller.join(5)
    assert len(failures) == 1
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=1)


def test_a_proxy_that_was_killed_is_started_again(proxy: Proxy, endpoint: Endpoint) -> None:
    assert not proxy.keep()
    before = proxy.pid
    os.kill(before, signal.SIGKILL)
    assert eventually(lambda: ended(before))
    port, lifeline = open_gate(proxy)  # waits until somebody adopts it
    assert proxy.keep()
    assert proxy.pid != before
    with lifeline:
        assert through(port, path_of(endpoint.url("/sparql"))) == (200, ROWS)


def test_without_a_proxy_a_gate_is_not_opened() -> None:
    control, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    other.close()
    with pytest.raises(EngineUnavailable, match="the proxy for SERVICE is gone"):
        gate.hand_over(control, socket.create_server(("127.0.0.1", 0)))


def test_the_proxy_ends_with_the_process_that_started_it() -> None:
    """Even where a keeper lives on and holds the way to the proxy open."""
    program = (
        "import subprocess, sys, time; from anlokg.engine import policy;"
        "from anlokg.engine.proxy import Proxy; proxy = Proxy(policy.Policy());"
        "sleep = [sys.executable, '-c', 'import time; time.sleep(30)'];"
        "keeper = subprocess.Popen(sleep, pass_fds=[proxy.control.fileno()]);"
        "print(proxy.pid, keeper.pid, flush=True); time.sleep(30)"
    )
    parent = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE)
    assert parent.stdout is not None
    number, keeper = map(int, parent.stdout.readline().split())
    try:
        assert not ended(number)
        parent.kill()
        parent.wait()
        assert eventually(lambda: ended(number))
    finally:
        parent.stdout.close()
        os.kill(keeper, signal.SIGKILL)


def test_the_proxy_has_no_store(proxy: Proxy, endpoint: Endpoint) -> None:
    port, lifeline = open_gate(proxy)
    with lifeline:
        assert through(port, path_of(endpoint.url("/sparql")))[0] == 200
    assert "pyoxigraph" not in Path(f"/proc/{proxy.pid}/maps").read_text()


# The fence, with a real worker in it


def fenced(proxy: Proxy, *tasks: dict[str, Any]) -> list[Any]:
    """What comes of tasks in a forked worker behind the fence."""
    number = proxy.control.fileno()
    command = [sys.executable, str(WORKER), str(number)]
    done = subprocess.run(
        command, input=json.dumps(tasks).encode(), stdout=subprocess.PIPE, pass_fds=(number,),
        timeout=60, check=True,
    )  # fmt: skip
    found: list[Any] = json.loads(done.stdout or "[]")
    return found


def federated(target: str, silent: str = "") -> str:
    return federation.rewrite(
        f"SELECT ?thing ?size {{ ?thing <{EX}name> ?name "
        f"SERVICE {silent} <{target}> {{ ?x <{EX}name> ?name ; <{EX}size> ?size }} }} "
        "ORDER BY ?size"
    )


@fenced_only
def test_an_allowed_service_answers_through_fence_and_proxy(
    proxy: Proxy, endpoint: Endpoint
) -> None:
    (rows,) = fenced(proxy, {"query": federated(endpoint.url("/sparql"))})
    assert rows == [[EX + "one", "1"], [EX + "two", "2"]]
    assert b"?size" in endpoint.bodies[-1]


@fenced_only
def test_a_service_by_tls_answers_through_fence_and_proxy(
    secure: Secure, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate / "cert.pem"))
    url = f"https://localhost:{secure.port}/sparql"
    made = Proxy(policy.read([f"{url} loopback"]))
    (rows,) = fenced(made, {"query": federated(url)})
    made.close()
    assert rows == [[EX + "one", "1"], [EX + "two", "2"]]
    assert secure.names[-1] == "localhost"


@fenced_only
def test_what_goes_wrong_outside_is_told_by_the_query(proxy: Proxy, endpoint: Endpoint) -> None:
    paths = ("/to-metadata", "/black-hole", "/206", "/bomb")
    told = fenced(proxy, *({"query": federated(endpoint.url(path))} for path in paths))
    assert [text.partition(":")[0] for text in told] == ["refused", "failed", "failed", "failed"]
    assert "169.254.169.254" in told[0]
    assert "no answer within 2 s" in told[1]
    assert "status 206" in told[2]
    assert "more than the 5000 bytes" in told[3]


@fenced_only
def test_silent_gets_no_further_than_others(proxy: Proxy, endpoint: Endpoint) -> None:
    sent = len(endpoint.heads)
    elsewhere = f"http://127.0.0.2:{endpoint.port}/sparql"
    refused, cut = fenced(
        proxy,
        {"query": federated(elsewhere, "SILENT")},
        {"query": federated(endpoint.url("/cut-length"), "SILENT")},
    )
    # SILENT makes one empty solution of a failed call, and never a part of an answer.
    nothing = [[EX + name, None] for name in ("one", "three", "two")]
    assert sorted(refused, key=str) == sorted(cut, key=str) == nothing
    assert len(endpoint.heads) == sent + 1


@fenced_only
def test_the_worker_reaches_nothing_but_its_gate(proxy: Proxy, endpoint: Endpoint) -> None:
    sent = len(endpoint.heads)
    results = fenced(
        proxy,
        {"query": f"SELECT * {{ SERVICE <{endpoint.url('/sparql')}> {{ ?s ?p ?o }} }}"},
        {"query": "SELECT * { SERVICE <http://192.0.2.1/> { ?s ?p ?o } }"},
        {"query": "SELECT * { SERVICE <https://name.example/> { ?s ?p ?o } }"},
        {"query": "SELECT * { SERVICE <file:///etc/passwd> { ?s ?p ?o } }"},
        {"connect": ["127.0.0.1", endpoint.port]},
        {"connect": ["::1", endpoint.port]},
        {"connect": ["192.0.2.1", 80]},
        {"connect": ["169.254.169.254", 80]},
        {"connect": ["127.0.0.1", gate.PORT]},
        {"look up": "name.example"},
        {"privileges": True},
    )
    assert [result.partition(":")[0] for result in results[:4]] == ["engine"] * 4
    assert set(results[4:8]) <= {"ConnectionRefusedError", "OSError"}
    assert results[8:] == ["connected", "gaierror", ["0000000000000000"]]
    assert len(endpoint.heads) == sent


@fenced_only
def test_what_slips_past_the_guard_still_meets_the_policy(proxy: Proxy, endpoint: Endpoint) -> None:
    inner = gate.address(f"http://127.0.0.2:{endpoint.port}/sparql")
    sent = len(endpoint.heads)
    (told,) = fenced(proxy, {"query": f"SELECT * {{ SERVICE <{inner}> {{ ?s ?p ?o }} }}"})
    assert "not one of those" in told
    assert len(endpoint.heads) == sent


@fenced_only
def test_workers_leave_nothing_in_the_proxy(proxy: Proxy, endpoint: Endpoint) -> None:
    asking = {"query": federated(endpoint.url("/sparql"))}
    assert [len(fenced(proxy, asking)) for _ in range(3)] == [1, 1, 1]
    assert [fenced(proxy, asking, {"die": True}) for _ in range(3)] == [[], [], []]
    open_files = Path(f"/proc/{proxy.pid}/fd")
    # The standard three, the event loop's three, the way to be handed gates; a gate has two more.
    assert eventually(lambda: len(list(open_files.iterdir())) < 9)


def passed_over(target: str, silent: str = "") -> str:
    """A query in which the engine passes over what goes wrong in its calls, one for each row."""
    return federation.rewrite(
        f"SELECT * {{ VALUES ?n {{ 1 2 3 4 5 6 7 8 }} "
        f"FILTER(!EXISTS {{ SERVICE {silent} <{target}> {{ ?s ?p ?n }} }}) }}"
    )


@fenced_only
def test_a_failed_call_fails_the_query_even_where_the_engine_passes_over_it(
    proxy: Proxy, endpoint: Endpoint
) -> None:
    failed, silent, fine = fenced(
        proxy,
        {"query": passed_over(endpoint.url("/500"))},
        {"query": passed_over(endpoint.url("/500"), "SILENT")},
        {"query": "SELECT (1 AS ?x) {}"},
    )
    assert failed.startswith(f"failed: <{endpoint.url('/500')}>: status 500")
    assert isinstance(silent, list)
    assert fine == [["1"]]


@fenced_only
def test_a_call_for_each_row_is_stopped_at_the_bound(proxy: Proxy, endpoint: Endpoint) -> None:
    sent = len(endpoint.heads)
    (told,) = fenced(proxy, {"query": passed_over(endpoint.url("/empty"))})
    assert told == "refused: the query calls other services more than 5 times"
    assert len(endpoint.heads) - sent == 5


@pytest.mark.skipif(
    None in TOOLS, reason="unshare and ip, which show what is possible, are missing"
)
def test_the_fence_can_be_put_up_wherever_the_tools_of_the_system_can() -> None:
    unshare, ip = TOOLS
    command = [
        str(unshare),
        "--user",
        "--net",
        "--map-root-user",
        str(ip),
        "link",
        "set",
        "lo",
        "up",
    ]
    possible = subprocess.run(command, capture_output=True).returncode == 0
    assert possible == (not OBSTACLE), OBSTACLE


def test_where_the_fence_cannot_be_put_up_the_service_does_not_start() -> None:
    """In a namespace that may have none below it, as in many containers."""
    program = (
        "import ctypes; from pathlib import Path; from anlokg.engine import namespace;"
        "ctypes.CDLL(None).unshare(0x10000000);"
        "Path('/proc/sys/user/max_net_namespaces').write_text('0');"
        "namespace.check()"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    if "PermissionError" in done.stderr or "FileNotFoundError" in done.stderr:
        pytest.skip("this user may not take namespaces away")
    assert "SettingError: service: calls of other services cannot be fenced" in done.stderr
    assert "leave the setting 'service' empty" in done.stderr
