"""The router, run by nginx itself where it is installed."""

from __future__ import annotations

import http.server
import json
import shutil
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from placer.deploy.nginx import nginx_files
from placer.testing.deployment_rules import HOSTILE_NAMES

MODULE = Path("/usr/lib/nginx/modules/ngx_http_js_module.so")
NGINX = shutil.which("nginx", path="/usr/sbin:/usr/bin:/sbin:/bin")


def test_names_are_in_the_script_only() -> None:
    routes = {name: {"a": 0.25, "b": 0.75} for name in HOSTILE_NAMES}
    files = nginx_files(routes, {"a": "a:1", "b": "b:2"}, 80, ["NOT verified"])
    assert files["nginx.conf"].startswith("# NOT verified\n")
    assert not any(name in files["nginx.conf"] for name in HOSTILE_NAMES)
    assert "server a:1 weight=250;\n    server b:2 weight=750;" in files["nginx.conf"]
    assert files["nginx.conf"].count("upstream") == 1
    line = next(
        line for line in files["router.js"].splitlines() if line.startswith("const MODELS")
    )
    written = json.loads(json.loads(line.partition("JSON.parse(")[2].removesuffix(");")))
    assert written == [[name, "engines_0"] for name in HOSTILE_NAMES]


class Engine(http.server.BaseHTTPRequestHandler):
    """Answers with its own name and the model that it was asked for."""

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        answer = json.dumps([self.server.name, body["model"]]).encode()  # type: ignore[attr-defined]
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: object) -> None:
        pass


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@pytest.fixture
def engines() -> Iterator[dict[str, str]]:
    servers = {}
    for name in ("a", "b"):
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Engine)
        server.name = name  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers[name] = server
    yield {name: f"127.0.0.1:{server.server_port}" for name, server in servers.items()}
    for server in servers.values():
        server.shutdown()
        server.server_close()


def ask(port: int, data: bytes) -> Any:
    request = urllib.request.Request(f"http://127.0.0.1:{port}/v1/completions", data)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


@pytest.mark.skipif(
    NGINX is None or not MODULE.is_file(), reason="nginx with njs is not installed"
)
def test_requests_go_where_their_model_is(tmp_path: Path, engines: dict[str, str]) -> None:
    assert NGINX is not None
    names = [*HOSTILE_NAMES, "__proto__", "constructor"]
    routes = {name: {"ab"[i % 2]: 1.0} for i, name in enumerate(names)}
    routes["shared"] = {"a": 0.25, "b": 0.75}
    port = free_port()
    files = nginx_files(routes, engines, port)
    for name, text in files.items():
        (tmp_path / name).write_text(text.replace("modules/ngx_http_js_module.so", str(MODULE)))
    settings = f"daemon off; pid {tmp_path}/pid; error_log {tmp_path}/error.log;"
    command = [NGINX, "-p", str(tmp_path), "-c", str(tmp_path / "nginx.conf"), "-g", settings]
    subprocess.run([*command, "-t"], check=True, capture_output=True)
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as nginx:
        try:
            for _ in range(100):
                with socket.socket() as tried:
                    if tried.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.1)
            for i, name in enumerate(names):
                body = {"model": name, "prompt": "x" * 100_000}
                assert ask(port, json.dumps(body).encode()) == ["ab"[i % 2], name]
            shared = [ask(port, b'{"model": "shared"}')[0] for _ in range(40)]
            assert Counter(shared) == {"a": 10, "b": 30}
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/v1/models", timeout=30) as told:
                assert [model["id"] for model in json.load(told)["data"]] == list(routes)
            for data, status in ((b'{"model": "unknown"}', 404), (b"{", 400), (b"null", 400)):
                with pytest.raises(urllib.error.HTTPError) as refused:
                    ask(port, data)
                assert refused.value.code == status
                refused.value.close()
        finally:
            nginx.terminate()
