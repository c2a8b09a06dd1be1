"""Latents of many videos, by workers of which some are killed."""

from collections.abc import Callable
import os
from pathlib import Path
import signal
from threading import Thread
import time

import numpy as np
from numpy.typing import NDArray
import pytest
import torch

from tinyact_cloud.training import __main__ as tools
from tinyact_cloud.training.kinetics import KineticsVideo, read_clip, read_kinetics
from tinyact_cloud.training.options import UserError
from tinyact_cloud.training.paper import Encoder3D, PaperRecipe, export_onnx
from tinyact_cloud.training.shards import ShardFolder
from tinyact_cloud.training.workers import Cluster, Encoder, encode_shards

from .kinetics_folder import write_kinetics

TINY = PaperRecipe(size=32, widths=(2, 3, 4, 4), batch_norm=False)
VIDEOS = tuple(
    KineticsVideo(f"v{n:02}", "jumping", "train", Path(f"/nowhere/v{n:02}.mp4")) for n in range(22)
)
Read = Callable[[Path], NDArray[np.uint8]]


def _fake(folder: Path, wait_at: str, die_at: str) -> tuple[Callable[[], Encoder], Read]:
    """Return an encoder that repeats a clip's first number, and a reader that gives the video's.

    The first worker to read `wait_at` says who it is in `folder` and waits; reading `die_at` ends
    any worker. All inside a function: so Ray sends it, and does not import this module.
    """

    class Fake:
        def encode(self, clips: NDArray[np.uint8]) -> NDArray[np.float32]:
            return np.repeat(clips.reshape(len(clips), -1)[:, :1], 1024, 1).astype(np.float32)

    def read(path: Path) -> NDArray[np.uint8]:
        if path.stem == die_at:
            os.kill(os.getpid(), signal.SIGKILL)
        if path.stem == wait_at and not list(folder.glob("*.pid")):
            (folder / f"{os.getpid()}.pid").touch()
            while True:
                time.sleep(0.05)
        if path.stem in {"v03", "v18"}:
            raise ValueError("no frame in it")
        return np.full((16, 2, 2, 3), int(path.stem[1:]), np.uint8)

    return Fake, read


def _times(folder: Path) -> dict[str, int]:
    return {
        path.name: path.stat().st_mtime_ns
        for path in folder.glob("train-*.npz")
        if ".part" not in path.name
    }


def _check(shards: ShardFolder, failed: dict[str, str]) -> None:
    """Assert that every video is there exactly once."""
    rows = shards.rows("train")
    assert sorted([*rows.video, *rows.failed]) == [video.id for video in VIDEOS]
    assert rows.failed == failed
    assert rows.values["latent"].dtype == np.float16
    numbers = [float(name[1:]) for name in rows.video]
    np.testing.assert_array_equal(rows.values["latent"][:, 0], numbers)
    np.testing.assert_array_equal(rows.values["latent"][:, -1], numbers)
    assert set(rows.label) == {"jumping"}


def test_killed_workers_cost_nothing_but_time(tmp_path: Path) -> None:
    """Shards of four: one is there from before; a worker is killed; a video kills its workers."""
    shards = ShardFolder(tmp_path / "latents", {})
    there = shards.todo(VIDEOS, 4)[0]
    latents = np.repeat(np.array([[0], [1], [2]], np.float16), 1024, 1)
    shards.write(there, {"latent": latents}, {3: "no frame in it"})
    finished: dict[str, int] = {}

    def kill() -> None:
        for _ in range(1200):
            victims = list(tmp_path.glob("*.pid"))
            finished.update(_times(tmp_path / "latents"))
            if victims and len(finished) > 1:
                os.kill(int(victims[0].stem), signal.SIGKILL)
                return
            time.sleep(0.05)

    killer = Thread(target=kill)
    killer.start()
    # The second of its shard: one is done, two wait.
    load, read = _fake(tmp_path, wait_at="v09", die_at="v13")
    encode_shards(shards, shards.todo(VIDEOS, 4), load, read, Cluster(workers=2))
    killer.join()
    (victim,) = tmp_path.glob("*.pid")
    assert int(victim.stem) != os.getpid()
    assert not Path(f"/proc/{victim.stem}").exists()
    _check(
        shards,
        {
            "v03": "no frame in it",
            "v13": "its worker ended each time it was tried",
            "v18": "no frame in it",
        },
    )
    after = _times(tmp_path / "latents")
    assert len(after) == 6
    assert {"train-00000.npz"} < finished.keys() < after.keys()
    assert "train-00002.npz" not in finished
    assert {name: after[name] for name in finished} == finished
    # Nothing is left to do, and nothing is done again.
    encode_shards(shards, shards.todo(VIDEOS, 4), load, read, Cluster(workers=2))
    assert _times(tmp_path / "latents") == after


def test_latents_are_those_of_the_encoder(tmp_path: Path) -> None:
    folder = write_kinetics(tmp_path / "kinetics")
    broken = read_kinetics(folder).of("train")[0]
    broken.path.write_bytes(b"nothing")
    torch.manual_seed(0)
    encoder = Encoder3D(TINY).eval()
    with torch.no_grad():
        encoder.latent.weight *= 100  # so that an untrained latent tells videos apart
    path = tmp_path / "runs" / "mine" / "encoder.onnx"
    path.parent.mkdir(parents=True)
    export_onnx(encoder, TINY, path)
    work = ["--work", str(tmp_path / "runs")]
    extract = [*work, "extract", "--kinetics", str(folder), "--encoder", "mine", "--workers", "1"]
    assert tools.main(extract) == 0
    kinetics = read_kinetics(folder)
    with np.load(tmp_path / "runs" / "latents" / "mine" / "train-00000.npz") as shard:
        assert shard["failed"].tolist() == [broken.id]
        assert shard["video"].tolist() == [video.id for video in kinetics.of("train")[1:]]
        assert shard["label"].tolist() == [video.label for video in kinetics.of("train")[1:]]
        latents = shard["value_latent"]
    clips = np.stack(
        [read_clip(video.path, frames=16, size=32) for video in kinetics.of("train")[1:]]
    )
    with torch.inference_mode():
        expected = encoder(torch.from_numpy(clips)).numpy()
    np.testing.assert_allclose(latents, expected, rtol=2e-3, atol=2e-3)
    assert np.ptp(expected, axis=0).max() > 0.1
    # Other videos under the same name would be mixed up with these.
    assert tools.main([*extract, "--classes", "moving right"]) == 2


def test_what_is_no_rgb_encoder_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write_kinetics(tmp_path / "kinetics", videos=1)
    work = tmp_path / "runs"
    extract = ["--work", str(work), "extract", "--kinetics", str(folder), "--encoder"]
    assert tools.main([*extract, "nothing"]) == 2
    (work / "body").mkdir(parents=True)
    (work / "body" / "encoder.onnx").write_bytes(b"x")
    assert tools.main([*extract, "body"]) == 2
    (work / "body" / "run.json").write_text('{"windows": 5}')
    assert tools.main([*extract, "body"]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert [line.count("no encoder") for line in lines] == [1, 1, 0]
    assert "drawn bodies" in lines[2]


def test_a_cluster_that_is_not_there_is_said_to_be(tmp_path: Path) -> None:
    shards = ShardFolder(tmp_path, {})
    load, read = _fake(tmp_path, "", "")
    with pytest.raises(UserError, match="No Ray cluster answers"):
        encode_shards(shards, shards.todo(VIDEOS), load, read, Cluster("127.0.0.1:1"))


def test_a_folder_of_other_settings_is_refused(tmp_path: Path) -> None:
    ShardFolder(tmp_path / "x", {"data": "a"})
    ShardFolder(tmp_path / "x", {"data": "a"})
    with pytest.raises(UserError, match="other settings"):
        ShardFolder(tmp_path / "x", {"data": "b"})


def test_shards_without_any_row_can_be_joined(tmp_path: Path) -> None:
    shards = ShardFolder(tmp_path / "x", {})
    bad, good = shards.todo(VIDEOS[:4], 2)
    shards.write(bad, {"latent": np.empty((0, 1024), np.float16)}, {0: "a", 1: "b"})
    assert shards.rows("train").values["latent"].shape == (0, 1024)
    shards.write(good, {"latent": np.ones((2, 1024), np.float16)}, {})
    rows = shards.rows("train")
    assert rows.video.tolist() == ["v02", "v03"]
    assert rows.failed == {"v00": "a", "v01": "b"}
    with pytest.raises(UserError, match="val"):
        shards.rows("val")
