"""Settings of the shop."""
import multiprocessing
import os

wsgi_app = "shop.app:create()"
bind = "127.0.0.1:" + os.environ.get("PORT", "8000")
workers = multiprocessing.cpu_count() * 2 + 1
worker_class = f"aiohttp.{'GunicornWebWorker'}"
keepalive = int(os.getenv("KEEPALIVE", 5))
graceful_timeout = 20
timeout = 30 if os.environ.get("DEBUG") else 60
chdir = os.path.dirname(__file__)
raw_env = [f"HOME={os.environ['HOME']}"]
accesslog = "-"
access_log_format = (
    '%(h)s %(l)s %(u)s %(t)s "%(r)s" '
    '%(s)s %(b)s'
)
