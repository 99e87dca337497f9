"""What a new service runs before anything of it is proven: alive at `/health`, and 503 to everybody else."""

import argparse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ALIVE = "/health"


class Placeholder(BaseHTTPRequestHandler):
    """Answers without reading what it was sent."""

    def do_GET(self) -> None:
        """Say that the process is alive, or that there is nothing here yet."""
        alive = self.path == ALIVE
        told = b"a placeholder: this service has no release yet\n"
        self.send_response(200 if alive else 503)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(told)))
        self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(told)

    do_HEAD = do_POST = do_PUT = do_DELETE = do_PATCH = do_OPTIONS = do_GET  # noqa: N815 - the server's own names

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the server's own name
        """Say nothing."""


def main() -> None:
    """Serve until the process is told to stop."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    with ThreadingHTTPServer(("0.0.0.0", parser.parse_args().port), Placeholder) as server:  # noqa: S104 - in a container
        server.serve_forever()


if __name__ == "__main__":
    main()
