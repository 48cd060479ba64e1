"""nginx and HAProxy as they would be set up for a pool, for comparisons; `make test` needs them only to record."""
import contextlib
import pathlib
import shutil
import socket
import subprocess
import tempfile

from daemon import PYTHON, RECORDER, free_port, wait_for

NGINX = """
daemon off; master_process off; pid {directory}/nginx.pid; error_log stderr crit;
events {{ worker_connections 1024; }}
http {{ access_log off; client_body_temp_path {directory}/tmp; proxy_temp_path {directory}/tmp; fastcgi_temp_path {directory}/tmp;
  uwsgi_temp_path {directory}/tmp; scgi_temp_path {directory}/tmp;
  upstream workers {{ server unix:{socket} max_fails=0; keepalive 16; }}
  server {{ listen 127.0.0.1:{port}; location / {{ proxy_pass http://workers; proxy_http_version 1.1; proxy_redirect off;
    proxy_set_header Connection ""; proxy_set_header Host $http_host; proxy_buffering off;
    proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; }} }} }}
"""

HAPROXY = """
global
  maxconn 1000
defaults
  mode http
  timeout connect 5s
  timeout client 30s
  timeout server 30s
  option http-keep-alive
  http-reuse always
  option forwardfor
frontend clients
  bind 127.0.0.1:{port}
  default_backend workers
backend workers
  server w1 unix@{socket}
"""


def program(name):
    return shutil.which(name) or f"/usr/sbin/{name}"


def version(name):
    """The program's own word for its version: `1.22.1`."""
    option = {"nginx": "-v", "haproxy": "-v"}[name]
    result = subprocess.run([program(name), option], capture_output=True, text=True)
    text = result.stdout + result.stderr
    return text.split("/", 1)[1].split()[0] if name == "nginx" else text.split("version ", 1)[1].split("-")[0].split()[0]


def answers(port):
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


class Peer:
    """A proxy in front of a recorder of its own: `port` to send to, `journal` to read."""

    def __init__(self, name):
        self.name, self.port = name, free_port()

    def __enter__(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="peer-"))
        (self.directory / "tmp").mkdir()
        worker, configuration = self.directory / "worker.sock", self.directory / "configuration"
        self.journal = self.directory / "worker.sock.journal"
        text = NGINX if self.name == "nginx" else HAPROXY
        configuration.write_text(text.format(directory=self.directory, socket=worker, port=self.port))
        command = {"nginx": ["-p", self.directory, "-c", configuration], "haproxy": ["-db", "-q", "-f", configuration]}[self.name]
        self.processes = []
        try:
            self.processes.append(subprocess.Popen([PYTHON, RECORDER, f"--path={worker}", "--journal"]))
            wait_for(worker.exists, "the recorder's socket")
            self.processes.append(subprocess.Popen([program(self.name), *command], stderr=subprocess.DEVNULL))
            wait_for(lambda: answers(self.port), self.name)
        except BaseException:
            # Nobody calls __exit__ after a failed __enter__.
            self.__exit__()
            raise
        return self

    def __exit__(self, *error):
        for process in reversed(self.processes):
            process.terminate()
            process.wait(20)
        shutil.rmtree(self.directory)
