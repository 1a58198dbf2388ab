"""Downloads: every file is what it says, however it is fetched, and is made once."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import time
from base64 import b64decode
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pyoxigraph as ox
import pytest
from rdflib import Graph

from anlokg.build import BuildOptions, build
from anlokg.description.about import LICENCE
from anlokg.export import dumps, evidence_csv, making, sssom
from anlokg.namespaces import Base
from anlokg.opened import OpenRelease
from anlokg.release.shelf import Release, Shelf
from anlokg.resources import Resources
from serving import Served, connected, everything, served

OPTIONS = BuildOptions(processes=1, force=True)
FORMS = {form.file_extension: form for form in (
    ox.RdfFormat.N_QUADS, ox.RdfFormat.TRIG, ox.RdfFormat.N_TRIPLES, ox.RdfFormat.TURTLE)} | {
    "jsonld": ox.RdfFormat.JSON_LD}  # fmt: skip
FOREVER = "public, max-age=31536000, immutable"
Entry = dict[str, Any]


@pytest.fixture(scope="module")
def small(mini: Resources, tmp_path_factory: pytest.TempPathFactory) -> OpenRelease:
    """A small release on a shelf of its own."""
    shelf = Shelf(tmp_path_factory.mktemp("shelf") / "releases")
    return OpenRelease(build(mini, shelf, OPTIONS).release, mini)


@pytest.fixture(scope="module")
def service(small: OpenRelease) -> Iterator[Served]:
    with served(releases=small.release.folder.parent, workers=1) as running:
        yield running


@pytest.fixture(scope="module")
def catalogue(service: Served) -> Entry:
    """What ``/dumps`` says."""
    response = httpx.get(f"{service.address}/dumps", timeout=60)
    assert response.status_code == 200, response.text
    told: Entry = response.json()
    return told


@pytest.fixture(scope="module")
def fetched(catalogue: Entry) -> dict[str, bytes]:
    """Every file that the catalogue names."""
    return {file["name"]: httpx.get(file["address"]).content for file in catalogue["files"]}


def plain(name: str, data: bytes) -> bytes:
    return gzip.decompress(data) if name.endswith(".gz") else data


def address(service: Served, small: OpenRelease, name: str) -> str:
    return f"{service.address}/dumps/{small.manifest.id}/{name}"


def problem(response: httpx.Response, status: int) -> Entry:
    assert response.status_code == status, response.text[:500]
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["access-control-allow-origin"] == "*"
    body: Entry = response.json()
    return body


# What there is ---------------------------------------------------------------------------------


def test_sizes_and_digests_are_those_of_the_files(
    catalogue: Entry, fetched: dict[str, bytes]
) -> None:
    for file in catalogue["files"]:
        data = fetched[file["name"]]
        assert len(data) == file["bytes"] > 0, file["name"]
        assert hashlib.sha256(data).hexdigest() == file["sha256"], file["name"]


def test_the_list_of_digests_can_be_checked_by_the_usual_tool(
    catalogue: Entry, fetched: dict[str, bytes], tmp_path: Path
) -> None:
    if shutil.which("sha256sum") is None:
        pytest.skip("there is no sha256sum here")
    for name, data in fetched.items():
        (tmp_path / name).write_bytes(data)
    (tmp_path / "sums").write_bytes(httpx.get(catalogue["sums"]).content)
    command = ["sha256sum", "--check", "--strict", "sums"]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert (run.returncode, run.stderr) == (0, "")
    assert len(run.stdout.splitlines()) == len(fetched)
    (tmp_path / "evidence.csv").write_bytes(b"another")
    assert subprocess.run(command, cwd=tmp_path, capture_output=True).returncode == 1


def test_every_graph_and_the_whole_are_there_in_their_forms(
    catalogue: Entry, small: OpenRelease
) -> None:
    found = {(file["graph"], file["form"]): file for file in catalogue["files"] if file["graph"]}
    whole = {file["name"] for file in catalogue["files"] if not file["graph"]}
    assert whole == {
        *(f"anlokg.{form}.gz" for form in ("nq", "trig", "jsonld", "nt", "ttl")),
        "evidence.csv", "crosswalks.sssom.tsv", "shapes.ttl",
    }  # fmt: skip
    assert len(found) == 2 * len(small.manifest.graphs)
    for graph in small.manifest.graphs:
        for form in ("nt", "ttl"):
            assert found[graph.name, form]["triples"] == graph.triples
    assert {file["licence"] for file in catalogue["files"]} == {LICENCE}
    assert (catalogue["release"], catalogue["licence"]) == (small.manifest.id, LICENCE)


def quads(store: ox.Store, *, union: bool = False) -> set[ox.Quad]:
    """The named graphs of a store, or its default graph."""
    return {quad for quad in store if (quad.graph_name == ox.DefaultGraph()) == union}


def test_every_file_parses_and_holds_what_the_store_does(
    catalogue: Entry, fetched: dict[str, bytes], small: OpenRelease
) -> None:
    store = small.engine.store
    checked = 0
    for file in catalogue["files"]:
        if not file["name"].endswith(".gz"):
            continue
        data = plain(file["name"], fetched[file["name"]])
        held = list(ox.parse(data, format=FORMS[file["form"]]))
        if file["graph"]:
            name = ox.NamedNode(file["graph"])
            expected = {q.triple for q in store.quads_for_pattern(None, None, None, name)}
            assert canonical(q.triple for q in held) == canonical(expected), file["name"]
        elif file["form"] in ("nt", "ttl"):
            triples = {quad.triple for quad in quads(store, union=True)}
            assert canonical(quad.triple for quad in held) == canonical(triples), file["name"]
        else:
            expected_quads = canonical(quads(store))
            assert canonical(held) == expected_quads, file["name"]
        assert len(held) == file["triples"], file["name"]
        checked += 1
    assert checked == 5 + 2 * len(small.manifest.graphs)


def canonical(items: Any) -> set[str]:
    """Triples or quads as text, with names for blank nodes that do not depend on the file."""
    held = [item if isinstance(item, ox.Quad) else ox.Quad(*item) for item in items]
    dataset = ox.Dataset(held)
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return {str(quad) for quad in dataset}


def test_another_library_reads_them_too(fetched: dict[str, bytes]) -> None:
    name = "graph-ontology-all"
    one = Graph().parse(data=plain(".gz", fetched[f"{name}.ttl.gz"]), format="turtle")
    two = Graph().parse(data=plain(".gz", fetched[f"{name}.nt.gz"]), format="nt")
    assert len(one) == len(two) > 100
    assert b"@prefix anlo:" in plain(".gz", fetched[f"{name}.ttl.gz"])


def test_the_quads_are_the_file_of_the_release(
    fetched: dict[str, bytes], small: OpenRelease
) -> None:
    assert plain(".gz", fetched["anlokg.nq.gz"]) == small.release.quads.read_bytes()


def test_the_tables_are_those_of_the_command(fetched: dict[str, bytes], small: OpenRelease) -> None:
    for name, write in (
        ("evidence.csv", evidence_csv.write),
        ("crosswalks.sssom.tsv", sssom.write),
    ):
        text = io.StringIO(newline="")
        write(small.engine, small.base, text)
        assert fetched[name].decode() == text.getvalue()
    assert fetched["shapes.ttl"] == (small.release.folder / "shapes.ttl").read_bytes()


def test_people_get_a_page_with_every_file(service: Served, catalogue: Entry) -> None:
    page = httpx.get(f"{service.address}/dumps", headers={"Accept": "text/html"}).text
    for file in catalogue["files"]:
        assert f'href="/dumps/{catalogue["release"]}/{file["name"]}"' in page
        assert file["sha256"] in page
    assert f'href="{LICENCE}"' in page


# How it is fetched -----------------------------------------------------------------------------


def test_a_file_says_what_it_is(service: Served, small: OpenRelease, catalogue: Entry) -> None:
    file = next(file for file in catalogue["files"] if file["name"] == "anlokg.nt.gz")
    headers = httpx.get(file["address"]).headers
    assert headers["content-type"] == "application/gzip"
    assert "content-encoding" not in headers, "clients would unpack it, and the digest be wrong"
    assert headers["content-length"] == str(file["bytes"])
    assert headers["cache-control"] == FOREVER
    assert headers["accept-ranges"] == "bytes"
    assert headers["content-disposition"] == 'attachment; filename="anlokg.nt.gz"'
    digest = headers["repr-digest"].removeprefix("sha-256=:").removesuffix(":")
    assert b64decode(digest).hex() == file["sha256"]
    assert headers["digest"] == f"sha-256={digest}"
    assert f'<{LICENCE}>; rel="license"' in headers["link"]
    assert f'<{service.address}/dumps>; rel="collection"' in headers["link"]
    types = {
        "evidence.csv": "text/csv; charset=utf-8",
        "crosswalks.sssom.tsv": "text/tab-separated-values; charset=utf-8",
        "shapes.ttl": "text/turtle; charset=utf-8",
        "sha256sums.txt": "text/plain; charset=utf-8",
    }
    for name, expected in types.items():
        assert httpx.get(address(service, small, name)).headers["content-type"] == expected


def test_a_file_comes_back_from_its_parts(
    service: Served, small: OpenRelease, fetched: dict[str, bytes]
) -> None:
    url, whole = address(service, small, "anlokg.ttl.gz"), fetched["anlokg.ttl.gz"]
    size, step = len(whole), len(whole) // 3 + 1
    parts = []
    for start in range(0, size, step):
        end = min(start + step, size) - 1
        response = httpx.get(url, headers={"Range": f"bytes={start}-{start + step - 1}"})
        assert response.status_code == 206
        assert response.headers["content-range"] == f"bytes {start}-{end}/{size}"
        assert response.headers["content-length"] == str(end - start + 1)
        parts.append(response.content)
    assert b"".join(parts) == whole


@pytest.mark.parametrize(("wanted", "start", "end"), [
    ("bytes=0-0", 0, 1), ("bytes=10-", 10, None), ("bytes=-7", -7, None), ("BYTES = 3-4", 3, 5),
    ("bytes=-99999999", 0, None), ("bytes=99999999-,2-3", 2, 4), ("bytes=5-99999999", 5, None),
])  # fmt: skip
def test_a_part_is_what_was_asked_for(
    wanted: str, start: int, end: int | None, service: Served, small: OpenRelease,
    fetched: dict[str, bytes],
) -> None:  # fmt: skip
    response = httpx.get(address(service, small, "evidence.csv"), headers={"Range": wanted})
    assert response.status_code == 206
    assert response.content == fetched["evidence.csv"][start:end]


def test_several_parts_come_as_one_message(
    service: Served, small: OpenRelease, fetched: dict[str, bytes]
) -> None:
    headers = {"Range": "bytes=0-3, 8-9"}
    response = httpx.get(address(service, small, "evidence.csv"), headers=headers)
    assert response.status_code == 206
    kind, _, boundary = response.headers["content-type"].partition("; boundary=")
    assert kind == "multipart/byteranges"
    assert len(response.content) == int(response.headers["content-length"])
    parts = response.content.split(f"--{boundary}".encode())[1:-1]
    bodies = [part.partition(b"\r\n\r\n")[2].removesuffix(b"\r\n") for part in parts]
    assert bodies == [fetched["evidence.csv"][0:4], fetched["evidence.csv"][8:10]]


@pytest.mark.parametrize("wanted", [
    "lines=0-3", "bytes", "bytes=", "bytes=x-y", "bytes=5-2", "bytes=-", "bytes=1-2-3", "0-3",
    "bytes=0-1" + ",0-1" * 50, "bytes=٣-٤",
])  # fmt: skip
def test_what_is_no_range_is_passed_over(
    wanted: str, service: Served, small: OpenRelease, fetched: dict[str, bytes]
) -> None:
    headers = {"Range": wanted.encode()}
    response = httpx.get(address(service, small, "evidence.csv"), headers=headers)
    assert (response.status_code, response.content) == (200, fetched["evidence.csv"])


@pytest.mark.parametrize("wanted", ["bytes=99999999-", "bytes=-0", "bytes=99999999-,88888888-"])
def test_a_part_that_is_not_there_is_refused(
    wanted: str, service: Served, small: OpenRelease, fetched: dict[str, bytes]
) -> None:
    response = httpx.get(address(service, small, "evidence.csv"), headers={"Range": wanted})
    problem(response, 416)
    assert response.headers["content-range"] == f"bytes */{len(fetched['evidence.csv'])}"


def test_parts_are_of_one_version_or_the_whole_comes(service: Served, small: OpenRelease) -> None:
    url = address(service, small, "evidence.csv")
    first = httpx.get(url).headers
    for condition, status in (
        (first["etag"], 206),
        (first["last-modified"], 206),
        ('"another"', 200),
        (f"W/{first['etag']}", 200),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 200),
    ):
        headers = {"Range": "bytes=0-3", "If-Range": condition}
        assert httpx.get(url, headers=headers).status_code == status, condition


def test_nothing_is_sent_twice(service: Served, small: OpenRelease) -> None:
    url = address(service, small, "evidence.csv")
    first = httpx.get(url).headers
    future, past = "Fri, 01 Jan 2100 00:00:00 GMT", "Thu, 01 Jan 1970 00:00:00 GMT"
    for headers, status in (
        ({"If-None-Match": first["etag"]}, 304),
        ({"If-None-Match": f'"x", W/{first["etag"]}'}, 304),
        ({"If-None-Match": "*"}, 304),
        ({"If-None-Match": '"x"'}, 200),
        ({"If-Modified-Since": first["last-modified"]}, 304),
        ({"If-Modified-Since": future}, 304),
        ({"If-Modified-Since": past}, 200),
        ({"If-Modified-Since": "yesterday"}, 200),
        ({"If-None-Match": '"x"', "If-Modified-Since": future}, 200),
        ({"If-None-Match": first["etag"], "Range": "bytes=0-3"}, 304),
    ):
        response = httpx.get(url, headers=headers)
        assert response.status_code == status, headers
        assert bool(response.content) == (status == 200)
        assert response.headers["etag"] == first["etag"]


def test_head_gives_the_same_headers_and_keeps_the_connection(
    service: Served, small: OpenRelease
) -> None:
    url = address(service, small, "anlokg.nq.gz")
    with httpx.Client() as client:
        whole, head = client.get(url), client.head(url)
        ours = ("date", "x-request-id")
        told = [{k: v for k, v in r.headers.items() if k not in ours} for r in (whole, head)]
        assert told[0] == told[1]
        assert head.content == b""
    with connected(service.port) as connection:
        for method in ("HEAD", "GET"):
            path = url.removeprefix(service.address)
            last = "Connection: close\r\n" if method == "GET" else ""
            connection.sendall(f"{method} {path} HTTP/1.1\r\nHost: x\r\n{last}\r\n".encode())
        received = everything(connection)
    assert received.count(b"HTTP/1.1 200") == 2
    assert received.endswith(whole.content)


def test_latest_leads_to_the_release_that_is_served(service: Served, small: OpenRelease) -> None:
    response = httpx.get(f"{service.address}/dumps/latest/anlokg.nq.gz")
    assert response.status_code == 302
    assert response.headers["location"] == address(service, small, "anlokg.nq.gz")
    assert response.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("path", [
    "{id}/index.json", "{id}/nothing.gz", "{id}/", "{id}", "{id}/../{id}/index.json",
    "{id}/..%2f..%2fcurrent", "{id}/%2e%2e%2fcurrent", "..%2f{id}/manifest.json", "%2e%2e/current",
    "../../etc/passwd", ".dumps/{id}", "./manifest.json", "{id}%00/anlokg.nq.gz", "000009-x/a",
    "latest/..%2f..%2fcurrent", "latest/a%0d%0aX: y", "{id}/anlokg.nq.gz/more",
    ".lock-{id}/x", "{id}//etc/passwd", "{id}/\\..\\current",
])  # fmt: skip
def test_no_other_file_can_be_had(path: str, service: Served, small: OpenRelease) -> None:
    target = "/dumps/" + path.replace("{id}", small.manifest.id).replace(" ", "%20")
    with connected(service.port) as connection:
        request = f"GET {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        connection.sendall(request.encode())
        head, _, body = everything(connection).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 404"), head
    assert json.loads(body)["status"] == 404


# How it is made --------------------------------------------------------------------------------


@pytest.fixture
def fresh(small: OpenRelease, tmp_path: Path) -> Release:
    """A copy of the release, of which no files were made."""
    folder = tmp_path / "releases"
    shutil.copytree(small.release.folder, folder / small.manifest.id)
    (folder / "current").write_text(small.manifest.id)
    return Shelf(folder).get()


def makers(of: int) -> set[int]:
    """Processes that make files for a process."""
    found = set()
    for path in Path("/proc").glob("[0-9]*"):
        try:
            command = (path / "cmdline").read_bytes().split(b"\0")
            parent = (path / "stat").read_text().rpartition(")")[2].split()[1]
        except OSError:
            continue
        if b"anlokg.export.making" in command and parent == str(of):
            found.add(int(path.name))
    return found


def test_who_comes_together_gets_the_same_files_made_once(fresh: Release) -> None:
    if not Path("/proc/self/stat").is_file():
        pytest.skip("processes cannot be looked at here")
    with served(releases=fresh.folder.parent, workers=1) as running:
        url = f"{running.address}/dumps"
        seen = set()
        with ThreadPoolExecutor(6) as pool:
            answers = [
                pool.submit(httpx.get, url, headers={"Accept": accept}, timeout=60)
                for accept in ("application/json", "text/html") * 3
            ]
            while not all(answer.done() for answer in answers):
                seen |= makers(running.process.pid)
                # Others are answered meanwhile.
                assert httpx.get(f"{running.address}/health/ready").status_code == 200
                time.sleep(0.02)
        assert {answer.result().status_code for answer in answers} == {200}
        assert len(seen) == 1
        assert len({answer.result().content for answer in answers}) == 2
    folder = fresh.folder.parent / dumps.FOLDER
    assert sorted(path.name for path in folder.iterdir() if path.is_dir()) == [fresh.folder.name]


def test_what_others_made_is_taken_as_it_is(fresh: Release) -> None:
    made = making.make(fresh, fresh.folder.parent / dumps.FOLDER)
    before = (made.folder / dumps.INDEX).stat().st_mtime_ns
    with served(releases=fresh.folder.parent, workers=1) as running:
        files = httpx.get(f"{running.address}/dumps").json()["files"]
    assert [file["sha256"] for file in files] == [file.sha256 for file in made.files]
    assert (made.folder / dumps.INDEX).stat().st_mtime_ns == before


def test_where_nothing_can_be_written_files_are_made_elsewhere(
    fresh: Release, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A file in the place of the folder: no permission stops root, who may run the tests.
    (fresh.folder.parent / dumps.FOLDER).write_text("")
    own = tmp_path / "temporary"
    own.mkdir()
    monkeypatch.setenv("TMPDIR", str(own))
    for _ in range(2):
        with served(releases=fresh.folder.parent, workers=1) as running:
            url = f"{running.address}/dumps/{fresh.folder.name}/sha256sums.txt"
            assert httpx.get(url, timeout=60).status_code == 200
            (folder,) = own.glob("anlokg-dumps-*")
            assert folder.stat().st_mode & 0o077 == 0
    (last,) = own.glob("anlokg-dumps-*")
    assert last == folder, "what the first left was removed by the second"


def test_a_failure_is_told_and_not_tried_again_at_once(fresh: Release) -> None:
    fresh.quads.unlink()
    with served(releases=fresh.folder.parent, workers=1) as running:
        for _ in range(3):
            response = httpx.get(f"{running.address}/dumps", timeout=60)
            body = problem(response, 503)
            assert str(body["type"]).endswith("/dumps-failed")
            assert response.headers["retry-after"] == "30"
            assert str(fresh.folder) not in response.text
        log = running.log.read_text()
        assert log.count('"no dumps"') == 1
        assert "anlokg.nq" in log
        assert httpx.get(f"{running.address}/health/ready").status_code == 200
    folder = fresh.folder.parent / dumps.FOLDER
    assert not (folder / fresh.folder.name).exists()
    assert list(folder.glob(".part-*")) == []


def another(release: Release, number: int) -> Release:
    """A later release with the same graph, not yet the current one."""
    name = f"{number:06d}-{release.folder.name.partition('-')[2]}"
    folder = release.folder.with_name(name)
    shutil.copytree(release.folder, folder)
    told = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps({**told, "id": name}))
    return Shelf(folder.parent).get(name)


def test_a_download_goes_on_after_the_release_is_switched(fresh: Release) -> None:
    shelf = Shelf(fresh.folder.parent)
    later, hidden = another(fresh, 2), another(fresh, 3)
    with served(releases=shelf.folder, workers=1) as running:
        old = f"{running.address}/dumps/{fresh.folder.name}/evidence.csv"
        first = httpx.get(old, headers={"Range": "bytes=0-99"}, timeout=60)
        shelf.switch(later.folder.name)
        until(
            lambda: httpx.get(f"{running.address}/version").json()["release"] == later.folder.name
        )
        told = {"Range": "bytes=100-", "If-Range": first.headers["etag"]}
        rest = httpx.get(old, headers=told)
        assert rest.status_code == 206
        whole = httpx.get(f"{running.address}/dumps/latest/evidence.csv", follow_redirects=True,
                          timeout=60)  # fmt: skip
        assert str(whole.url).split("/")[-2] == later.folder.name
        assert first.content + rest.content == whole.content
        response = httpx.get(f"{running.address}/dumps/{hidden.folder.name}/evidence.csv")
        assert hidden.folder.name in str(problem(response, 404)["detail"])
        assert not (shelf.folder / dumps.FOLDER / hidden.folder.name).exists()


def until(done: Any) -> None:
    for _ in range(200):
        if done():
            return
        time.sleep(0.05)
    pytest.fail("it did not happen")


def test_what_a_killed_maker_left_is_removed_and_so_are_files_of_lost_releases(
    fresh: Release,
) -> None:
    folder = fresh.folder.parent / dumps.FOLDER
    for name in (
        f".part-{fresh.folder.name}",
        fresh.folder.name,
        "000000-gone",
        ".part-000000-gone",
    ):
        (folder / name).mkdir(parents=True)
        (folder / name / "anlokg.nq.gz").write_text("half")
    made = making.make(fresh, folder)
    assert sorted(path.name for path in folder.iterdir()) == [
        f".lock-{fresh.folder.name}", fresh.folder.name
    ]  # fmt: skip
    assert dumps.read(made.folder) == made


def test_two_services_on_one_shelf_do_not_disturb_each_other(fresh: Release) -> None:
    folder = fresh.folder.parent / dumps.FOLDER
    command = [sys.executable, "-m", "anlokg.export.making", str(fresh.folder), str(folder)]
    runs = [subprocess.Popen(command, stderr=subprocess.PIPE) for _ in range(3)]
    assert [(run.communicate()[1], run.returncode) for run in runs] == [(b"", 0)] * 3
    made = dumps.read(folder / fresh.folder.name)
    assert made is not None
    for file in made.files:
        data = (made.folder / file.name).read_bytes()
        assert hashlib.sha256(data).hexdigest() == file.sha256


def test_the_maker_ends_with_the_service(fresh: Release) -> None:
    folder = fresh.folder.parent / dumps.FOLDER
    stranger = str(os.getppid())  # not the one that begins it
    command = [sys.executable, "-m", "anlokg.export.making", str(fresh.folder), str(folder)]
    run = subprocess.run([*command, stranger], capture_output=True, timeout=20)
    assert run.returncode == 1
    assert dumps.read(folder / fresh.folder.name) is None
    run = subprocess.run([*command, str(os.getpid())], capture_output=True, timeout=60)
    assert (run.returncode, run.stderr) == (0, b"")
    assert dumps.read(folder / fresh.folder.name) is not None


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 0}', '{"format": 1, "release": "x"}'])
def test_an_index_that_is_none_is_no_index(text: str, tmp_path: Path) -> None:
    assert dumps.read(tmp_path) is None
    (tmp_path / dumps.INDEX).write_text(text)
    assert dumps.read(tmp_path) is None


def test_equal_releases_give_equal_files(
    small: OpenRelease, mini: Resources, tmp_path: Path
) -> None:
    again = build(mini, Shelf(tmp_path / "again"), OPTIONS).release
    one = making.make(small.release, tmp_path / "one")
    two = making.make(again, tmp_path / "two")
    assert (one.folder / dumps.SUMS).read_text() == (two.folder / dumps.SUMS).read_text()


def test_data_of_users_are_given_without_a_licence(mini: Resources, tmp_path: Path) -> None:
    path = tmp_path / "my_own.data.ttl"
    path.write_text('<https://example.org/a> <https://example.org/b> "c" .')
    options = BuildOptions(processes=1, with_graphs=(path,))
    release = build(mini, Shelf(tmp_path / "releases"), options).release
    made = making.make(release, tmp_path / "made")
    free = {file.name for file in made.files if file.licence is None}
    assert free == {
        *(f"anlokg.{form}.gz" for form in ("nq", "trig", "jsonld", "nt", "ttl")),
        "graph-user-my_own.data.nt.gz", "graph-user-my_own.data.ttl.gz",
    }  # fmt: skip
    file = made.file("graph-user-my_own.data.nt.gz")
    assert file is not None
    assert file.graph == Base().graph("user", "my_own.data")
    data = gzip.decompress((made.folder / file.name).read_bytes())
    assert data == b'<https://example.org/a> <https://example.org/b> "c" .\n'
