"""A hub on this machine: repositories in a dictionary, served as huggingface_hub asks for them."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@contextmanager
def serve(repositories: Mapping[str, Mapping[str, bytes]], gated: tuple[str, ...] = ()) -> Iterator[str]:
    """The address (`HF_ENDPOINT`) of a hub with these files; each repository has the branch `main` at `COMMIT`."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._answer(with_body=True)

        def do_HEAD(self) -> None:
            self._answer(with_body=False)

        def log_message(self, *arguments: object) -> None:
            pass

        def _answer(self, *, with_body: bool) -> None:
            parts = self.path.partition("?")[0].strip("/").split("/")
            if parts[:2] == ["api", "models"]:
                name, rest = "/".join(parts[2:4]), parts[4:]
            else:
                name, rest = "/".join(parts[:2]), parts[2:]
            files = repositories.get(name)
            if files is None:
                self._send(404, b"", {"X-Error-Code": "RepoNotFound"}, with_body)
            elif name in gated:
                self._send(403, b"", {"X-Error-Code": "GatedRepo"}, with_body)
            elif len(rest) > 1 and rest[1] not in ("main", COMMIT):
                self._send(404, b"", {"X-Error-Code": "RevisionNotFound"}, with_body)
            elif rest[:1] == ["resolve"]:
                self._file(files, "/".join(rest[2:]), with_body)
            elif rest[:1] == ["tree"]:
                tree = [
                    {"type": "file", "path": path, "size": len(data), "oid": hashlib.sha1(data).hexdigest()}
                    for path, data in files.items()
                ]
                self._send(200, json.dumps(tree).encode(), {}, with_body)
            else:
                siblings = [{"rfilename": path} for path in files]
                info = {"_id": "0", "id": name, "modelId": name, "sha": COMMIT, "siblings": siblings, "tags": []}
                self._send(200, json.dumps(info).encode(), {}, with_body)

        def _file(self, files: Mapping[str, bytes], path: str, with_body: bool) -> None:
            if path not in files:
                self._send(404, b"", {"X-Error-Code": "EntryNotFound"}, with_body)
                return
            etag = hashlib.sha1(files[path]).hexdigest()
            self._send(200, files[path], {"ETag": f'"{etag}"', "X-Repo-Commit": COMMIT}, with_body)

        def _send(self, status: int, body: bytes, headers: Mapping[str, str], with_body: bool) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if with_body:
                self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
