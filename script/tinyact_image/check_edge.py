"""Try the edge's image: what a person meets who installs it, and what goes wrong later."""

from collections.abc import Callable
from http import HTTPStatus
import os
from pathlib import Path
import shutil
import signal
import socket

from tests.supervisor import TOKEN, SupervisorDouble

from .running import CheckError, Running, ask, running, until
from .steps import USER, in_container, memory_of, restore, runs_as_user, write_options

APP = Path(__file__).parents[2] / "edge_addon"
NAME = "tinyact-edge"
PROGRAM = "/opt/tinyact/bin/tinyact-edge"
PORT = 8466
URL = f"http://127.0.0.1:{PORT}"


def check(root: Path, environment: dict[str, str], film: Path, say: Callable[[str], None]) -> None:
    """Run the image in `root`, with `film` for a camera, and say what holds. Raises CheckError."""
    (root / "config").mkdir(exist_ok=True)
    shutil.copy(film, root / "config/film.mp4")
    write_options(root, {"cameras": [{"name": "Kitchen", "url": "loop:/config/film.mp4"}]})
    with (root / "etc/hosts").open("a", encoding="ascii") as hosts:
        hosts.write("127.0.0.1 localhost supervisor\n")
    environment = environment | {"SUPERVISOR_TOKEN": TOKEN}
    supervisor = SupervisorDouble()
    with supervisor.serving(80):
        with running(NAME, root, environment) as edge:
            instance = _healthy(edge)
            say("it answers /health")
            runs_as_user(edge, PROGRAM)
            say(f"it runs as user {USER}, who cannot read the Supervisor's own file of options")
            supervisor.wait(1)
            [message] = supervisor.pushed
            _opens(message["token"])
            if message["host"] != socket.gethostname() or message["port"] != PORT:
                raise CheckError(f"the discovery message is wrong: {message}")
            say("Home Assistant is told host, port, instance and a token that opens the API")
            edge.logged("confirmed")
            say("it recognises what the person in the film does: " + _last(edge, "confirmed"))
            say(f"it has {memory_of(edge, PROGRAM)} MiB in memory, with one camera")
            os.kill(edge.process(PROGRAM), signal.SIGKILL)
            edge.logged("listens on", times=2)
            _healthy(edge)
            say("killed, it is started again by s6")
            in_container(root, environment, ["tinyact-backup", "make"])
            edge.stop()
            edge.logged("Stopping")
            say("it stops in order when the container is stopped")
        restore(root, APP, "journal.db")
        with running(NAME, root, environment) as edge:
            if _healthy(edge) != instance:
                raise CheckError("after a restore the edge is another one")
            _opens(message["token"])
            supervisor.wait(3)
            _opens(supervisor.pushed[-1]["token"])
            say("a restored backup is the same edge: the former token stays good beside a new one")
        write_options(root, {"cameras": [{"name": "Kitchen", "url": "ftp://192.0.2.7"}]})
        with running(NAME, root, environment) as edge:
            edge.logged("Option cameras[0].url")
            until((root / "run/halted").exists, "the container to end")
            status = (root / "run/s6-linux-init-container-results/exitcode").read_text().strip()
            if status != "1":
                raise CheckError(f"the container would end with status {status}")
            say("options that cannot be used end the container: " + _last(edge, "Option"))


def _healthy(edge: Running) -> str:
    """Wait for /health and return the edge's instance."""
    until(
        lambda: ask(f"{URL}/health")[0] == HTTPStatus.OK,
        "/health to answer",
        lambda: edge.log[-3000:],
    )
    return str(ask(f"{URL}/health")[1]["instance"])


def _opens(token: str) -> None:
    if (status := ask(f"{URL}/api/info", token)[0]) != HTTPStatus.OK:
        raise CheckError(f"a token is answered with {status}")
    if (status := ask(f"{URL}/api/info")[0]) != HTTPStatus.UNAUTHORIZED:
        raise CheckError(f"without a token the answer is {status}")


def _last(edge: Running, text: str) -> str:
    return next(line for line in reversed(edge.log.splitlines()) if text in line)
