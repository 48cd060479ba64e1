bind = ["127.0.0.1:8000", "unix:/run/shop.sock"]
wsgi_app = 'shop:app'
workers, threads = 3, 2
daemon = True
max_requests = 1_000
if True:
    workers = 5
for number in range(3):
    print(number)

class Settings:
    bind = "0.0.0.0:1"

def post_fork(server, worker):
    server.log.info("worker %s", worker.pid)

def when_ready(server): open("/tmp/ready", "w").close()

keepalive = 1
keepalive += 1

NOTES = '''
bind = "9.9.9.9:9"
workers = 99
'''
timeout = 30 + \
    30
