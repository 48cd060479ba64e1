"""TCP to a unix socket, for tools that speak HTTP over TCP alone."""
import contextlib
import socket
import threading


class Bridge:
    """Listens at a loopback port while it is open, and joins each connection with one to the unix socket."""

    def __init__(self, path):
        self.path, self.listener = str(path), socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = self.listener.getsockname()[1]

    def __enter__(self):
        threading.Thread(target=self.accept, daemon=True).start()
        return self

    def __exit__(self, kind, error, trace):
        # Closing alone would leave accept(2) waiting.
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                daemon = socket.socket(socket.AF_UNIX)
                try:
                    daemon.connect(self.path)
                except OSError:
                    client.close()
                    continue
                for source, target in ((client, daemon), (daemon, client)):
                    threading.Thread(target=self.carry, args=(source, target), daemon=True).start()

    @staticmethod
    def carry(source, target):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)
        with contextlib.suppress(OSError):
            target.shutdown(socket.SHUT_WR)
