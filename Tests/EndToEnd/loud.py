"""A worker that writes a megabyte of log lines whenever it is asked for /flood."""
import argparse
import sys

from aiohttp import web

LINES = 5000
LINE = "x" * 200


async def flood(request):
    sys.stdout.write(f"{LINE}\n" * LINES)
    sys.stdout.flush()
    return web.Response(text="written\n")


async def health(request):
    return web.Response(text="ok\n")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--path")
    app = web.Application()
    app.add_routes([web.get("/flood", flood), web.get("/health", health)])
    web.run_app(app, path=parser.parse_args().path, access_log=None, print=None)


if __name__ == "__main__":
    main()
