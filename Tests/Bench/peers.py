"""The programs that Pool is measured against, on the same backends in the same run."""
import contextlib
import os
import pathlib
import resource
import shutil
import subprocess

from measure import ROOT, children, process, title, wait_for

BODY = "x" * 1024
# Each as it would be deployed here: one loop, worker or thread for each core.
LOOPS = os.cpu_count()
# HAProxy wants two descriptors for each of its connections, or does not start.
CONNECTIONS = min(20_000, resource.getrlimit(resource.RLIMIT_NOFILE)[1] // 2 - 100)


def backend_configuration(directory):
    """nginx as a backend on one unix socket: fast, and the same for every proxy. `{socket}` is filled in by Pool."""
    return f"""
daemon off; master_process off; pid SOCKET.pid; error_log stderr error;
events {{ worker_connections 4096; }}
http {{ access_log off; keepalive_requests 100000000; keepalive_timeout 600s; client_body_temp_path {directory}/tmp; sendfile on;
  proxy_temp_path {directory}/tmp; fastcgi_temp_path {directory}/tmp; uwsgi_temp_path {directory}/tmp; scgi_temp_path {directory}/tmp;
  server {{ listen unix:SOCKET; location / {{ return 200 "{BODY}"; }} location /large {{ root {directory}; }} }} }}
"""


def nginx_configuration(directory, port, sockets, access_log, tls=None):
    """`tls` is a file that holds a certificate and its key."""
    servers = "".join(f"server unix:{socket} max_fails=0;" for socket in sockets)
    log = f"{directory}/nginx-access.log combined" if access_log else "off"
    listen = f"127.0.0.1:{port} backlog=4096" + (" ssl http2" if tls else "")
    secure = f"ssl_certificate {tls}; ssl_certificate_key {tls}; ssl_protocols TLSv1.2 TLSv1.3;" if tls else ""
    return f"""
daemon off; user root; worker_processes {LOOPS}; pid {directory}/nginx.pid; error_log {directory}/nginx-error.log error;
events {{ worker_connections 20000; }}
http {{ access_log {log}; keepalive_requests 100000000; keepalive_timeout 600s; client_body_temp_path {directory}/tmp;
  proxy_temp_path {directory}/tmp; fastcgi_temp_path {directory}/tmp; uwsgi_temp_path {directory}/tmp; scgi_temp_path {directory}/tmp;
  upstream backends {{ {servers} keepalive 256; }}
  sendfile on; open_file_cache max=512; open_file_cache_valid 1s;
  server {{ listen {listen}; {secure} location /static/ {{ alias {directory}/static/; }} location / {{ proxy_pass http://backends; proxy_http_version 1.1;
    proxy_set_header Connection ""; proxy_set_header Host $http_host; proxy_buffering off;
    proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; }} }} }}
"""


def haproxy_configuration(directory, port, sockets, access_log, tls=None):
    servers = "\n".join(f"  server s{index} unix@{socket}" for index, socket in enumerate(sockets))
    log = "log stdout format raw local0\n  option httplog" if access_log else ""
    return f"""
global
  nbthread {LOOPS}
  maxconn {CONNECTIONS}
defaults
  mode http
  {log}
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  option http-keep-alive
  http-reuse always
  option forwardfor
frontend f
  bind 127.0.0.1:{port}{f" ssl crt {tls}" if tls else ""}
  default_backend b
backend b
  balance roundrobin
{servers}
"""


def pool_profile(directory, port, workers, access_log, tls=None):
    log = 'access_log = "combined"' if access_log else ""
    secure = f', tls = {{ certificate = "{tls}" }}' if tls else ""
    files = f'static = {{ prefix = "/static/", root = "{directory}/static" }}' if pathlib.Path(directory, "static").is_dir() else ""
    return f"""
[pool]
name = "bench"
workers = {workers}

[worker]
command = ["/bin/sh", "-c", "sed s,SOCKET,$1, {directory}/backend.conf > {directory}/backend-$2.conf && exec nginx -p {directory} -c {directory}/backend-$2.conf", "sh", "{{socket}}", "{{n}}"]
listen = "unix:{directory}/backend_{{n}}.sock"

[front]
listen = {{ address = "127.0.0.1:{port}"{secure} }}
client_max_body_size = "1G"
{files}
{log}

[health]
path = "/"
"""


@contextlib.contextmanager
def nginx(directory, port, sockets, access_log=False, tls=None):
    path = pathlib.Path(directory, "nginx-front.conf")
    path.write_text(nginx_configuration(directory, port, sockets, access_log, tls))
    with process([shutil.which("nginx") or "/usr/sbin/nginx", "-p", directory, "-c", path]) as master:
        yield wait_for(lambda: len(found := children(master.pid)) == LOOPS and found, "nginx's workers")


@contextlib.contextmanager
def haproxy(directory, port, sockets, access_log=False, tls=None):
    path = pathlib.Path(directory, "haproxy.cfg")
    path.write_text(haproxy_configuration(directory, port, sockets, access_log, tls))
    output = open(pathlib.Path(directory, "haproxy-access.log"), "wb")
    with output, process([shutil.which("haproxy") or "/usr/sbin/haproxy", "-db", "-f", path], stdout=output) as master:
        yield [master.pid]


@contextlib.contextmanager
def pool(directory, port, workers=4, access_log=False, tls=None):
    """The real daemon, which also supervises the backends; what is measured is its proxy process."""
    runtime, state = pathlib.Path(directory, "run"), pathlib.Path(directory, "state")
    pathlib.Path(directory, "tmp").mkdir(exist_ok=True)
    pathlib.Path(directory, "backend.conf").write_text(backend_configuration(directory))
    profile = pathlib.Path(directory, "bench.toml")
    profile.write_text(pool_profile(directory, port, workers, access_log, tls))
    options = ["--runtime-dir", runtime, "--state-dir", state]
    log = open(pathlib.Path(directory, "poold.log"), "wb")
    with log, process([ROOT / "bin/poold", "run", *options, profile], stderr=log) as keeper:
        subprocess.run([ROOT / "bin/poolctl", "wait", "--for", "healthy", "--timeout", "30", "--runtime-dir", runtime],
                       check=True, capture_output=True)
        yield Roles(keeper.pid)


class Roles:
    """The processes of a running daemon by role."""

    def __init__(self, keeper):
        self.keeper = keeper

    def role(self, name):
        for child in children(self.keeper):
            if title(child).startswith(f"poold: {name}"):
                return child
        raise LookupError(f"no {name} under {self.keeper}")

    @property
    def proxy(self):
        return self.role("proxy")

    @property
    def manager(self):
        return self.role("manager")
