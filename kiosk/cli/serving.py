"""``serve`` of both roles: the web processes.

Gunicorn with a few processes of a few threads each: one slow upload holds a
thread, not the kiosk. The schema is brought up to date before the first request.
"""

import gc
import importlib
import threading
from collections.abc import Mapping
from typing import Any
from wsgiref.types import WSGIApplication

import click
from flask import Flask
from gunicorn.app.base import BaseApplication

from kiosk import schema
from kiosk import worker as rq_worker
from kiosk.api.language import LANGUAGES
from kiosk.app import create_app
from kiosk.cli.arbiter import ArbiterWithWorker
from kiosk.cli.even_worker import EvenWorker
from kiosk.cli.thrift import give_back, share_arenas
from kiosk.config import Config, Role, from_environment
from kiosk.db import db
from kiosk.pages.compiling import names
from kiosk.tls.files import TlsFiles
from kiosk.tls.serving import Secured

#: Pages that make what every process would make for itself: texts, the indexes of search, help.
WARMING: Mapping[Role, tuple[str, ...]] = {
    "terminal": ("/", "/search?q=sb", "/help", "/bundles", "/browse/department"),
    "hall": ("/",),
}


class Server(BaseApplication):
    """Gunicorn around one application, loaded before the fork so that its pages are shared."""

    def __init__(self, app: Flask, config: Config) -> None:
        """Serve ``app`` as ``config`` says."""
        self._app, self._config = app, config
        super().__init__()

    def load_config(self) -> None:
        """Hand our settings to gunicorn."""
        for name, value in {
            "bind": self._addresses(),
            "worker_class": EvenWorker,
            "workers": self._config.web_processes,
            "threads": self._config.web_threads,
            "preload_app": True,
            "proc_name": f"jishiban-{self._config.role}",
            "timeout": 60,
            "graceful_timeout": 5,
            "keepalive": 15,
            "backlog": 512,
            "loglevel": "warning",
            "control_socket_disable": True,
            "post_fork": _after_fork,
        }.items():
            if name in self.cfg.settings:
                self.cfg.set(name, value)

    @property
    def tls_port(self) -> int:
        """The port that has TLS; 0 for none. A hall has TLS from the server in front of it."""
        return self._config.tls_port if self._config.role == "terminal" else 0

    def secured(self, cfg: Any) -> Secured | None:
        """Return gunicorn's configuration as connections with TLS are to see it, if there are."""
        return Secured(cfg, TlsFiles.below(self._config.data_dir)) if self.tls_port else None

    def _addresses(self) -> list[str]:
        """Return where to listen; that with TLS is for the whole network of the station."""
        plain = [self._config.listen]
        return [*plain, f"0.0.0.0:{self.tls_port}"] if self.tls_port else plain

    def load(self) -> WSGIApplication:  # type: ignore[override]
        """Return the application."""
        return self._app

    def run(self) -> None:
        """Serve until a signal, with the RQ worker beside the web processes if so configured."""
        if self._config.own_worker:
            ArbiterWithWorker(self, self._work).run()
        else:
            super().run()

    def _work(self) -> None:
        _let_go(self._app)
        rq_worker.run(self._app)


def _after_fork(_server: Any, worker: Any) -> None:
    app = worker.app.load()
    _let_go(app)
    if app.extensions["kiosk"].config.role == "hall":
        # The terminals' processes need not load it.
        resolving = importlib.import_module("kiosk.hall.resolving")
        threading.Thread(target=resolving.retry_quietly, args=(app,), daemon=True).start()


def _let_go(app: Flask) -> None:
    """Drop connections that were opened before the fork: two processes must not share one."""
    with app.app_context():
        db.engine.dispose(close=False)


def _warm_up(app: Flask, role: Role) -> None:
    """Load before the fork what every process would load for itself: templates and texts."""
    for name in names(app.jinja_env, role):
        app.jinja_env.get_template(name)
    with app.test_client() as client:
        for language in LANGUAGES:
            for page in WARMING[role]:
                client.get(page, headers={"Accept-Language": language})
    with app.app_context():
        # A connection of SQLite's must not be carried over a fork.
        db.engine.dispose()


def serve(role: Role) -> None:
    """Serve a role until SIGTERM or SIGINT."""
    share_arenas()
    config = from_environment(role)
    schema.ensure(config)
    app = create_app(config)
    _warm_up(app, role)
    # What is loaded now is shared by the web processes as long as nobody touches it.
    gc.collect()
    give_back()
    gc.freeze()
    Server(app, config).run()


@click.command("serve")
def serve_terminal() -> None:
    """Serve the terminal until SIGTERM."""
    serve("terminal")


@click.command("serve")
def serve_hall() -> None:
    """Serve the hall until SIGTERM."""
    serve("hall")
