"""The gunicorn example of aiohttp's "Server Deployment" page: an application and an application factory."""

from aiohttp import web


async def index(request):
    return web.Response(text="Welcome home!")


my_web_app = web.Application()
my_web_app.router.add_get("/", index)


async def make_web_app():
    app = web.Application()
    app.router.add_get("/", index)
    return app
