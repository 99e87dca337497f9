"""Releases that start at once: a web server that says who it is, behaves as its character says, and ends abruptly."""

import shutil
from pathlib import Path

import propcast
from propcast.delivery.targets.local.release import PACKAGE, Release, seal

_SUPERVISION = Path("service") / "supervision"
_SERVER = """
import hashlib, json, os, sys, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

CHARACTER = {character!r}
BUILD = json.loads((Path(__file__).parents[1] / "build.json").read_text())
SERVICE, PORT, REVISION = sys.argv[1], int(sys.argv[3]), os.environ["K_REVISION"]
SET = sorted(f"{{name}}={{value}}" for name, value in os.environ.items() if name.startswith("PROPCAST_"))
WHO = {{"serviceId": BUILD.get("service", SERVICE), "releaseId": BUILD["release"], "revision": REVISION,
        "image_digest": BUILD["image_digest"], "config_hash": hashlib.sha256("".join(SET).encode()).hexdigest()[:12]}}


class Answer(BaseHTTPRequestHandler):
    def do_GET(self):
        code = 503 if (CHARACTER, self.path) == ("unready", "/ready") else 200
        if self.path == "/crash":
            os._exit(3)
        if self.path == "/slow":
            Path("slow-" + REVISION).touch()
            time.sleep(0.5)
        if self.path == "/cut":
            self.connection.close()
            return
        told = {{**WHO, "image_digest": "sha256:0"}} if CHARACTER == "impostor" else WHO
        body = json.dumps(told).encode()
        self.send_response(code)
        self.send_header("content-length", str(len(body)))
        self.send_header("x-propcast-revision", REVISION)
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    request_queue_size = 128


if CHARACTER == "broken":
    sys.exit("toy cannot start: it is broken")
Server(("127.0.0.1", PORT), Answer).serve_forever()
"""


def toy_release(folder: Path, name: str, *, service: str = "", character: str = "well") -> Release:
    """Make a release in a folder of that name."""
    package = folder / name / PACKAGE
    (package / _SUPERVISION).mkdir(parents=True)
    for there in (package, package / "service", package / _SUPERVISION):
        (there / "__init__.py").touch()
    for file in ("tether.py", "tethered.py"):
        shutil.copy(Path(propcast.__path__[0]) / _SUPERVISION / file, package / _SUPERVISION / file)
    (package / "service" / "serving.py").write_text(_SERVER.format(character=character), encoding="utf-8")
    return seal(folder / name, {"release": name, "commit": "unknown"} | ({"service": service} if service else {}))
