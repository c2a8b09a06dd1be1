"""Try the classifier's image."""

import base64
from collections.abc import Callable
from http import HTTPStatus
import json
import os
from pathlib import Path
import signal
import tempfile
import uuid

import numpy as np

from tests.mosquitto import mosquitto
from tests.supervisor import TOKEN, SupervisorDouble

from .running import CheckError, Running, ask, running, until
from .steps import in_container, memory_of, restore, runs_as_user, write_options

APP = Path(__file__).parents[2] / "cloud_classifier"
NAME = "tinyact-classifier"
WORKER = "tinyact-worker"
PROGRAM = "/opt/tinyact/bin/tinyact-cloud"
URL = "http://127.0.0.1:8467"
_TAUGHT = "juggle"
_ENDED = ("done", "failed")


def check(root: Path, environment: dict[str, str], _film: Path, say: Callable[[str], None]) -> None:
    """Run the image in `root` and say what holds. Raises CheckError."""
    (root / "config").mkdir(exist_ok=True)
    write_options(root, {"head": "rf", "keep_days": 400})
    with running(NAME, root, environment) as classifier:
        _ready(classifier)
        say("it answers /readyz")
        classifier.logged("what was taught is forgotten after 400 days")
        runs_as_user(classifier, PROGRAM)
        say("it runs as its own user")
        file = root / "config/edge-token.txt"
        token = file.read_text(encoding="ascii").strip()
        if file.stat().st_mode & 0o077 or token in classifier.log:
            raise CheckError("others can read the token")
        if ask(f"{URL}/v1/model", token)[1]["head"] != "rf":
            raise CheckError("it does not serve the head that the options choose")
        _classifies(token)
        say("the token in edge-token.txt, which nobody else may read, is answered with an action")
        _learns(token, classifier)
        say("it learns an action from eight examples")
        in_container(
            root, environment, ["python3", "-c", "import xgboost; xgboost.XGBClassifier()"]
        )
        say("it has XGBoost, too")
        say(f"it has {memory_of(classifier, PROGRAM)} MiB in memory")
        os.kill(classifier.process(PROGRAM), signal.SIGKILL)
        classifier.logged("listening on", times=2)
        _ready(classifier)
        say("killed, it is started again by s6")
        in_container(root, environment, ["tinyact-backup", "make"])
        classifier.stop()
        say("it stops when the container is stopped")
    restore(root, APP, "tinyact.sqlite3")
    write_options(root, {"head": "rf"})
    with running(NAME, root, environment) as classifier:
        _ready(classifier)
        _classifies(token)
        if file.read_text(encoding="ascii").strip() != token:
            raise CheckError("a restored database got a new token")
        if _TAUGHT not in ask(f"{URL}/v1/model", token)[1]["labels"]:
            raise CheckError("a restored database knows nothing of what was taught")
        say("a restored backup knows the edge's token, and what was taught")
        classifier.stop()
    for path in (root / "data/tinyact").iterdir():
        path.unlink()
    with running(NAME, root, environment) as classifier:
        _ready(classifier)
        if ask(f"{URL}/v1/model", token)[0] != HTTPStatus.UNAUTHORIZED:
            raise CheckError("a database that was lost knows an old token")
        _classifies(file.read_text(encoding="ascii").strip())
        say("with a lost database there is a new token")
        _answers_by_mqtt(root, environment)
        say("its worker answers by the broker that the Supervisor names")


def _answers_by_mqtt(root: Path, environment: dict[str, str]) -> None:
    """Run the worker beside the classifier: idle, then with a broker that asks for a password."""
    supervisor = SupervisorDouble()
    environment = environment | {"SUPERVISOR_TOKEN": TOKEN}
    with (root / "etc/hosts").open("a", encoding="ascii") as hosts:
        hosts.write("127.0.0.1 localhost supervisor\n")
    with running(WORKER, root, environment) as worker:
        worker.process("sleep")
    write_options(root, {"head": "rf", "mqtt_worker": True})
    with (
        supervisor.serving(80),
        tempfile.TemporaryDirectory() as folder,
        mosquitto(Path(folder) / "broker", users={"add ons": "p@ss word"}) as broker,
    ):
        supervisor.broker = {
            "host": "127.0.0.1",
            "port": broker.port,
            "ssl": False,
            "username": "add ons",
            "password": "p@ss word",
        }
        with running(WORKER, root, environment) as worker:
            worker.logged("answers what comes by")
            runs_as_user(worker, PROGRAM)
            if "p@ss word" in worker.log:
                raise CheckError("the broker's password is in the log")


def _ready(classifier: Running) -> None:
    until(
        lambda: ask(f"{URL}/readyz")[0] == HTTPStatus.OK,
        "/readyz to answer",
        lambda: classifier.log[-3000:],
    )


def _learns(token: str, classifier: Running) -> None:
    """Teach an action nobody knows, and wait until a head is fitted. Raises CheckError."""
    encoder = ask(f"{URL}/v1/model", token)[1]["encoder"]
    random = np.random.default_rng(0)
    examples = [
        {
            "id": str(uuid.uuid4()),
            "label": _TAUGHT,
            "camera": "kitchen",
            "at": f"2026-11-23T10:{minute:02}:00Z",
            "latent": base64.b64encode(random.integers(50, 99, 1024, np.int8).tobytes()).decode(),
            "scale": 0.05,
        }
        for minute in range(8)
    ]
    status, answer = ask(f"{URL}/v1/examples", token, {"encoder": encoder, "items": examples})
    if status != HTTPStatus.OK:
        raise CheckError(f"/v1/examples answers {status}: {answer}")
    job = ask(f"{URL}/v1/fit", token, {"kind": "svm"})[1]["id"]
    place = f"{URL}/v1/jobs/{job}"
    until(
        lambda: ask(place, token)[1]["state"] in _ENDED,
        "the fit to end",
        lambda: classifier.log[-3000:],
    )
    ended = ask(place, token)[1]
    if ended["state"] != "done" or _TAUGHT not in ask(f"{URL}/v1/model", token)[1]["labels"]:
        raise CheckError(f"the fit ended so: {ended}")


def _classifies(token: str) -> None:
    """Ask for the action of a latent of zeros. Raises CheckError."""
    status, model = ask(f"{URL}/v1/model", token)
    if status != HTTPStatus.OK:
        raise CheckError(f"/v1/model answers {status}: {json.dumps(model)[:200]}")
    body = {"encoder": model["encoder"], "items": [{"latent": [0.0] * model["latent_size"]}]}
    status, answer = ask(f"{URL}/v1/classify", token, body)
    if status != HTTPStatus.OK or answer["results"][0]["label"] not in model["labels"]:
        raise CheckError(f"/v1/classify answers {status}: {json.dumps(answer)[:200]}")
