"""``serve`` of both roles and ``worker``: the processes of a platform.

Gunicorn with a few processes of a few threads each: one slow upload holds a
thread, not the kiosk. The schema is brought up to date before the first request.
"""

import fcntl
from typing import Any

import click
from flask import Flask
from flask_migrate import upgrade
from gunicorn.app.base import BaseApplication

from kiosk import worker as rq_worker
from kiosk.app import create_app
from kiosk.config import Config, Role, from_environment
from kiosk.db import db


class Server(BaseApplication):  # type: ignore[misc]
    """Gunicorn around one application, loaded before the fork so that its pages are shared."""

    def __init__(self, app: Flask, config: Config) -> None:
        """Serve ``app`` as ``config`` says."""
        self._app, self._config = app, config
        super().__init__()

    def load_config(self) -> None:
        """Hand our settings to gunicorn."""
        for name, value in {
            "bind": self._config.listen,
            "worker_class": "gthread",
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

    def load(self) -> Flask:
        """Return the application."""
        return self._app


def _after_fork(_server: Any, worker: Any) -> None:
    """Drop connections that were opened before the fork: two processes must not share one."""
    app: Flask = worker.app.load()
    with app.app_context():
        db.engine.dispose(close=False)


def migrated(config: Config) -> Flask:
    """Return the application with its schema brought up to date; one process at a time."""
    app = create_app(config)
    with (config.data_dir / "migration.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with app.app_context():
            upgrade()
            db.engine.dispose()
    return app


def serve(role: Role) -> None:
    """Serve a role until SIGTERM or SIGINT."""
    config = from_environment(role)
    Server(migrated(config), config).run()


@click.command("worker")
@click.argument("role", type=click.Choice(["terminal", "hall"]))
def worker(role: Role) -> None:
    """Run the RQ worker of a role until SIGTERM."""
    rq_worker.run(migrated(from_environment(role)))
