"""A process to be supervised: a tiny web server with a character, told as `port character`."""

import os
import signal
import socket
import sys
import threading

from propcast.service.supervision.tether import show_life

OK, UNAVAILABLE = b"200 OK", b"503 Service Unavailable"


def serve(port: int, character: str) -> None:
    """Answer until told to stop; `/die` ends the process at once, `/hush` keeps it from ever answering again."""
    with socket.create_server(("127.0.0.1", port)) as listening:
        while True:
            connection, _ = listening.accept()
            with connection:
                path = connection.recv(4096).split(b" ")[1].decode()
                if path == "/die":
                    os._exit(3)
                if path == "/hush":
                    threading.Event().wait()
                status = UNAVAILABLE if (character, path) == ("unready", "/ready") else OK
                connection.sendall(b"HTTP/1.1 " + status + b"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")


def main() -> None:
    """Do as the character does."""
    port, character = int(sys.argv[1]), sys.argv[2]
    sys.stdout.write(f"toy {character} with {os.environ.get('TOY', 'nothing')}\n")
    sys.stdout.flush()
    match character:
        case "broken":
            sys.exit("toy cannot start: it is broken")
        case "stubborn":
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
        case "beating":
            show_life()
            threading.Event().wait()
        case "mute":
            threading.Event().wait()
    serve(port, character)


if __name__ == "__main__":
    main()
