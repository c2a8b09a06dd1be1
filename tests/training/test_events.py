"""Events: matching, metrics, annotations, and the command on real files with a tiny model."""

import argparse
from collections.abc import Iterable
from functools import partial
from itertools import count
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.edge.support import stub_view, write_bundle, write_video
from tinyact_cloud.training import evaluate_events, watch
from tinyact_cloud.training.annotations import read_annotations
from tinyact_cloud.training.evaluate_folders import evaluate_folders
from tinyact_cloud.training.events import Event, Judged, match, measure_label, summarize
from tinyact_cloud.training.options import UserError, add_common
from tinyact_edge.bundle import load_bundle
from tinyact_edge.recognize import Recording, VideoRecognizer
from tinyact_edge.recognizer import Action


def _video(
    events: Iterable[tuple[float, float]] = (),
    actions: Iterable[tuple[float, float]] = (),
    *,
    label: str = "fall",
    score: float = 0.0,
    seconds: float = 60.0,
) -> Judged:
    ids = count(1)
    told = [Action(next(ids), "", 1, label, 0.9, start, at) for start, at in actions]
    shown = [Event("fall", start, end) for start, end in events]
    return Judged(seconds, tuple(shown), tuple(told), {"fall": score})


def test_an_action_tells_of_the_event_that_it_overlaps() -> None:
    matched = match(_video([(10, 11), (30, 31)], [(9, 11), (29, 32)]), "fall", 0)
    assert [(event.start, action.started_at) for event, action in matched.found] == [
        (10, 9),
        (30, 29),
    ]
    assert not matched.missed
    assert not matched.duplicates
    assert not matched.false_alarms


@pytest.mark.parametrize(
    ("action", "found"),
    [((5.9, 7.9), False), ((6, 8), True), ((13, 15), True), ((13.1, 15.1), False)],
)
def test_the_tolerance_makes_events_longer_at_both_ends(
    action: tuple[float, float], *, found: bool
) -> None:
    matched = match(_video([(10, 11)], [action]), "fall", 2)
    assert len(matched.found) == found
    assert len(matched.missed) == len(matched.false_alarms) == (not found)


def test_a_second_action_for_an_event_is_a_duplicate() -> None:
    matched = match(_video([(10, 11)], [(11, 12), (9, 10.5), (40, 41)]), "fall", 2)
    assert [action.started_at for _, action in matched.found] == [9]
    assert [action.started_at for action in matched.duplicates] == [11]
    assert [action.started_at for action in matched.false_alarms] == [40]


def test_one_action_finds_one_event_only() -> None:
    matched = match(_video([(10, 11), (11, 12)], [(10, 12)]), "fall", 2)
    assert [event.start for event, _ in matched.found] == [10]
    assert [event.start for event in matched.missed] == [11]


def test_two_people_who_fall_at_once_are_two_events() -> None:
    matched = match(_video([(10, 11), (10, 11.5)], [(9, 11), (9, 11)]), "fall", 2)
    assert len(matched.found) == 2


def test_another_label_tells_of_nothing() -> None:
    video = _video([(10, 11)], [(10, 11)], label="sit")
    assert match(video, "fall", 2).missed
    assert match(video, "sit", 2).false_alarms


def test_measures_of_a_label() -> None:
    videos = [
        _video([(10, 11)], [(10, 12.5)], score=0.9, seconds=1800),
        _video([(10, 11)], [(50, 51)], score=0.3, seconds=1800),
        _video([(10, 12), (20, 20)], [(9, 10.5), (11, 12), (20, 21)], score=0.8, seconds=1800),
        _video([], [(5, 6), (50, 51)], score=0.7, seconds=900),
        _video(score=0.3, seconds=900),
    ]
    measured = measure_label("fall", videos, 2)
    assert measured == {
        "events": 4,
        "found": 3,
        "recall": 0.75,
        "precision": 0.5,
        "false_alarms": 3,
        "duplicates": 1,
        "false_alarms_per_hour": pytest.approx(3 / 2),
        "false_alarms_per_hour_ordinary": pytest.approx(2 / 0.5),
        "recordings_with": 3,
        "recordings_without": 2,
        "recordings_without_alarm": 1,
        "delay_seconds": {"median": 1.0, "p90": pytest.approx(2.2), "all": [0.5, 1.0, 2.5]},
        "delay_after_end_seconds": measured["delay_after_end_seconds"],
        "clips": {
            "true_positives": 3,
            "false_positives": 1,
            "false_negatives": 0,
            "true_negatives": 1,
            "auc": pytest.approx((2 + 2 + 0.5) / 6),
        },
    }
    assert measured["delay_after_end_seconds"]["all"] == [-1.5, 1.0, 1.5]
    summary = summarize({"fall": measured, "sit": measure_label("sit", videos, 2)}, videos)
    assert (summary["videos"], summary["hours"]) == (5, 2.0)
    assert (summary["recall"], summary["false_alarms_per_hour"]) == (0.75, 1.5)


def test_what_cannot_be_said_is_none() -> None:
    measured = measure_label("fall", [], 2)
    for name in ("recall", "precision", "false_alarms_per_hour", "false_alarms_per_hour_ordinary"):
        assert measured[name] is None
    assert measured["delay_seconds"] == {"median": None, "p90": None, "all": []}
    assert measured["clips"]["auc"] is None


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """Return a folder of files that look like videos by their names."""
    for name in ("a.mp4", "fall/b.mp4", "fall/b.avi", "fall/c d.mkv", "fall/e.1.mov", "notes.txt"):
        path = tmp_path / "data" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return tmp_path / "data"


def _read(files: Path, text: str | bytes) -> dict[str, list[tuple[str, float, float]]]:
    table = files.parent / "events.csv"
    table.write_bytes(text if isinstance(text, bytes) else text.encode())
    found = read_annotations(table, files, ("none", "fall", "sit"))
    return {
        path.relative_to(files).as_posix(): [(e.label, e.start, e.end) for e in events]
        for path, events in found.items()
    }


def test_rows_name_events_and_videos_without_rows_have_none(files: Path) -> None:
    found = _read(
        files,
        "file,label,start,end\n"
        "a,fall,12.5,13\n"
        "a.mp4,sit,3,4\n"
        "fall/b.avi,,,\n"
        "fall\\c d.mkv,None,,\n"
        "./fall/e.1,dancing,0,0\n",
    )
    assert found == {
        "a.mp4": [("sit", 3, 4), ("fall", 12.5, 13)],
        "fall/b.mp4": [],
        "fall/b.avi": [],
        "fall/c d.mkv": [],
        "fall/e.1.mov": [("dancing", 0, 0)],
    }


@pytest.mark.parametrize("suffix", ["MPG", "m4v", "wmv", "3gp", "mts"])
def test_no_kind_of_video_is_left_out_because_nothing_happens_in_it(
    files: Path, suffix: str
) -> None:
    (files / f"ordinary.{suffix}").touch()
    assert _read(files, "file,label,start,end\na,fall,1,2\n")[f"ordinary.{suffix}"] == []


def test_what_spreadsheets_write_is_read(files: Path) -> None:
    text = '\ufeffFile , Label, start ,END, note\r\n\r\n"a.mp4" , FALL , 1 , 2 , "well, yes"\r\n'
    assert _read(files, text)["a.mp4"] == [("fall", 1, 2)]
    assert _read(files, "end,start,label,file\n2,1,fall,a.mp4")["a.mp4"] == [("fall", 1, 2)]


def test_a_file_that_is_named_is_judged_whatever_its_extension(files: Path) -> None:
    assert _read(files, "file,label,start,end\nnotes.txt,,,\n")["notes.txt"] == []


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("a,fall,1", "line 2: 3 values for 4 columns"),
        ("a,fall,1,2,5", "line 2: 5 values"),
        ("a,fall,1,x", "line 2: end is 'x', but must be seconds"),
        ("a,fall,,2", "line 2: start is ''"),
        ("a,fall,nan,2", "line 2: start"),
        ("a,fall,-1,2", "line 2: start"),
        ("a,fall,0:12,0:13", "line 2: start"),
        ("a,fall,5,2", "line 2: the end, 2 s, is before the start, 5 s"),
        ("a,,,\nb.mp4,fall,1,2", "line 3: there is no 'b.mp4' .*; is it 'fall/b.mp4'"),
        ("falll/c d.mkv,fall,1,2", "is it 'fall/c d.mkv'"),
        ("fall/b,fall,1,2", "'fall/b' may be fall/b.avi or fall/b.mp4: add the extension"),
        ("../data/a.mp4,fall,1,2", "must be a path below"),
        ("/a.mp4,fall,1,2", "must be a path below"),
        (",fall,1,2", "line 2: file is"),
        ("a,fall,1,2\n\na.mp4,Fall,1.0,2", "line 4: an earlier line says the same"),
        ('a,fall,"1,2', "line 2: 3 values"),
    ],
)
def test_what_is_wrong_with_a_row_is_said(files: Path, rows: str, said: str) -> None:
    with pytest.raises(UserError, match=said) as raised:
        _read(files, "file,label,start,end\n" + rows)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty: its first line must be file,label,start,end"),
        ("a.mp4,fall,1,2\n", "line 1: the column 'file' is missing"),
        ("file,label,start\n", "the column 'end' is missing"),
        ("file;label;start;end\n", "the header must be file,label,start,end"),
        ("file,file,label,start,end\n", "'file' stands there twice"),
        ("file,label,start,end\n".encode("utf-16"), "UTF-8"),
    ],
)
def test_what_is_no_table_is_said(files: Path, text: str | bytes, said: str) -> None:
    with pytest.raises(UserError, match=said):
        _read(files, text)


def test_a_missing_table_and_a_folder_without_videos_are_said(files: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="There is no file"):
        read_annotations(tmp_path / "none.csv", files, ())
    empty = tmp_path / "empty"
    empty.mkdir()
    (tmp_path / "x.csv").write_text("file,label,start,end\n")
    with pytest.raises(UserError, match="no video under"):
        read_annotations(tmp_path / "x.csv", empty, ())


@pytest.fixture
def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with two recordings, a glance and a text, and a model beside it.

    Somebody is always in view, and by the model everybody falls, but a glance is no window.
    """
    folder = tmp_path / "data"
    for name in ("fall/one.mp4", "none/two.mp4"):
        (folder / name).parent.mkdir(parents=True)
        write_video(folder / name)
    write_video(folder / "none" / "glance.mp4", 0.5)
    (folder / "none" / "words.mp4").write_text("no video")
    write_bundle(tmp_path / "bundle")
    view = stub_view(load_bundle(tmp_path / "bundle").clip)
    stub = partial(VideoRecognizer, view=view)
    monkeypatch.setattr(watch, "VideoRecognizer", stub)
    return folder


def _evaluate(scene: Path, rows: str, *arguments: str | Path) -> None:
    table = scene.parent / "events.csv"
    table.write_text("file,label,start,end\n" + rows)
    parser = argparse.ArgumentParser()
    add_common(parser, defaults=True)
    evaluate_events.configure(parser)
    command = ["--data", scene, "--annotations", table, "--bundle", scene.parent / "bundle"]
    command += ["--work", scene.parent / "work"]
    evaluate_events.run(parser.parse_args([str(word) for word in (*command, *arguments)]))


def test_recordings_are_judged(scene: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stored = scene.parent / "results.json"
    _evaluate(scene, "fall/one,fall,1,2\nfall/one,dancing,1,2\n", "--json", "--output", stored)
    results = json.loads(capsys.readouterr().out)
    assert json.loads(stored.read_text()) == results
    assert not list(scene.parent.glob("*.part"))
    assert set(results["labels"]) == {"fall"}
    fall = results["labels"]["fall"]
    assert (fall["events"], fall["found"], fall["false_alarms"]) == (1, 1, 1)
    assert (fall["recordings_with"], fall["recordings_without"]) == (1, 2)
    assert fall["recordings_without_alarm"] == 1
    assert fall["false_alarms_per_hour"] == pytest.approx(3600 / 8.5, rel=0.01)
    assert fall["false_alarms_per_hour_ordinary"] == pytest.approx(3600 / 4.5, rel=0.01)
    assert fall["clips"]["auc"] == 0.75
    assert results["summary"]["videos"] == 3
    assert results["unknown_labels"] == ["dancing"]
    assert [video["file"] for video in results["unreadable"]] == ["none/words.mp4"]
    one, glance, two = results["videos"]
    assert one["file"] == "fall/one.mp4"
    assert one["seconds"] == 4.0
    assert [event["found"] for event in one["events"]] == [True, None]
    (action,) = one["actions"]
    assert action["verdict"] == "found"
    assert action["started_at"] == 0.0
    assert fall["delay_seconds"]["all"] == [pytest.approx(action["confirmed_at"] - 1)]
    assert glance["actions"] == []
    assert two["actions"][0]["verdict"] == "false_alarm"
    assert results["bundle"]["name"] == "tiny"
    assert results["settings"]["tolerance"] == 2
    assert results["code"]
    assert len(results["data"]) == 64


def test_people_get_a_table(scene: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _evaluate(scene, "none/glance,fall,1,2\n")
    head, columns, fall, *notes = capsys.readouterr().out.splitlines()
    assert head == "tiny 1 on 3 videos, 0.00 hours"
    assert columns.split()[:3] == ["label", "events", "found"]
    assert fall.split()[:5] == ["fall", "1", "0", "0.000", "0.000"]
    assert "missed: none/glance.mp4, fall from 1.0 to 2.0 s" in notes
    assert sum(note.startswith("false alarm: ") for note in notes) == 2
    assert any(note.startswith("unreadable: none/words.mp4: ") for note in notes)


def test_what_nobody_annotated_is_scored_only_if_asked_for(
    scene: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_bundle(scene.parent / "bundle", ("none", "sit", "fall"))

    def scored(rows: str, *arguments: str) -> dict[str, Any]:
        _evaluate(scene, rows, "--json", *arguments)
        labels: dict[str, Any] = json.loads(capsys.readouterr().out)["labels"]
        return {label: result["false_alarms"] for label, result in labels.items()}

    assert scored("fall/one,sit,1,2\n") == {"sit": 0}
    assert scored("fall/one,sit,1,2\n", "--label", "fall") == {"fall": 2}
    assert scored("fall/one,dancing,1,2\n") == {"sit": 0, "fall": 2}
    assert scored("") == {"sit": 0, "fall": 2}


def test_times_that_are_no_seconds_are_noticed(
    scene: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _evaluate(scene, "fall/one,fall,1200,1300\n")
    notes = capsys.readouterr().out.splitlines()
    assert any("are these seconds? fall/one.mp4, fall at 1200.0 s of 4.0" in note for note in notes)


def test_whatever_a_damaged_file_raises_costs_that_file_only(
    scene: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    recognize = VideoRecognizer.recognize

    def fail(self: VideoRecognizer, path: Path) -> Recording:
        if path.name == "two.mp4":
            raise AttributeError("no codec")
        return recognize(self, path)

    monkeypatch.setattr(VideoRecognizer, "recognize", fail)
    _evaluate(scene, "", "--json")
    results = json.loads(capsys.readouterr().out)
    assert results["summary"]["videos"] == 2
    assert results["unreadable"][0] == {
        "file": "none/two.mp4",
        "reason": "AttributeError: no codec",
    }


@pytest.fixture
def looked_at(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return a list that grows by the name of each video that is looked at."""
    names: list[str] = []
    recognize = VideoRecognizer.recognize

    def noting(self: VideoRecognizer, path: Path) -> Recording:
        names.append(path.name)
        return recognize(self, path)

    monkeypatch.setattr(VideoRecognizer, "recognize", noting)
    return names


def test_a_stopped_run_goes_on_where_it_was(
    scene: Path, looked_at: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    stored = scene.parent / "results.json"
    rows = "fall/one,fall,1,2\n"
    with pytest.MonkeyPatch.context() as patch:
        noting = VideoRecognizer.recognize

        def stop(self: VideoRecognizer, path: Path) -> Recording:
            if path.name == "two.mp4":
                raise KeyboardInterrupt
            return noting(self, path)

        patch.setattr(VideoRecognizer, "recognize", stop)
        with pytest.raises(KeyboardInterrupt):
            _evaluate(scene, rows, "--output", stored)
    assert not stored.exists()
    assert looked_at == ["one.mp4", "glance.mp4"]

    _evaluate(scene, rows, "--output", stored)
    # What cannot be read is tried again: it may be there by now.
    assert looked_at[2:] == ["two.mp4", "words.mp4"]
    assert not list(scene.parent.rglob("*.part"))
    _evaluate(scene, rows, "--output", scene.parent / "again.json")
    assert looked_at[4:] == ["words.mp4"]
    assert (scene.parent / "again.json").read_text() == stored.read_text()
    whole = ["--work", scene.parent / "elsewhere", "--output", scene.parent / "whole.json"]
    _evaluate(scene, rows, *whole)
    assert len(looked_at) == 9
    assert (scene.parent / "whole.json").read_text() == stored.read_text()
    assert "tiny 1 on 3 videos" in capsys.readouterr().out


def test_a_changed_video_bundle_or_threshold_is_looked_at_anew(
    scene: Path, looked_at: list[str]
) -> None:
    (scene / "none" / "words.mp4").unlink()
    _evaluate(scene, "")
    assert len(looked_at) == 3
    # Other annotations of the same videos.
    _evaluate(scene, "fall/one,fall,1,2\n")
    assert len(looked_at) == 3
    write_video(scene / "none" / "glance.mp4", 1.5)
    _evaluate(scene, "")
    assert looked_at[3:] == ["glance.mp4"]
    manifest = scene.parent / "bundle" / "tinyact-model.json"
    content = json.loads(manifest.read_text())
    manifest.write_text(json.dumps(content | {"thresholds": {"fall": 0.9}}))
    _evaluate(scene, "")
    assert len(looked_at) == 7
    write_bundle(scene.parent / "bundle", ("none", "sit", "fall"))
    _evaluate(scene, "")
    assert len(looked_at) == 10


def test_what_is_kept_but_damaged_is_found_out_again(scene: Path, looked_at: list[str]) -> None:
    _evaluate(scene, "")
    first, second, third = sorted((scene.parent / "work" / "told").rglob("*.json"))
    first.write_text("{")
    second.write_text("[]")
    third.write_text('{"seconds": 1.0, "actions": []}')
    looked_at.clear()
    _evaluate(scene, "")
    assert len(looked_at) == 4


def test_nothing_that_can_be_read_is_an_error(scene: Path) -> None:
    for video in scene.rglob("*.mp4"):
        video.write_text("no video")
    with pytest.raises(UserError, match=r"None of 4 videos can be read; fall/one.mp4: what comes"):
        _evaluate(scene, "")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--label", "dancing"), "knows no 'dancing'; it knows fall"),
        (("--label", "none"), "knows no 'none'"),
        (("--tolerance", "-1"), "--tolerance"),
        (("--tolerance", "nan"), "--tolerance"),
        (("--workers", "0"), "--workers"),
        (("--output", "nowhere/x.json"), "no folder nowhere"),
        (("--bundle", "nowhere"), "nowhere/tinyact-model.json cannot be read"),
        (("--data", "nowhere"), "Where is the data"),
    ],
)
def test_wrong_options_are_said(scene: Path, arguments: tuple[str, ...], said: str) -> None:
    with pytest.raises(UserError, match=said):
        _evaluate(scene, "", *arguments)


def test_processes_find_what_one_finds(scene: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without the stub, which other processes do not know: in a square nobody is found."""
    videos = sorted(scene.rglob("*.mp4"))
    bundle = load_bundle(scene.parent / "bundle")
    found = list(watch.watch(bundle, videos, workers=2))
    assert sorted(path for path, _ in found) == videos
    assert [path.name for path, result in found if isinstance(result, watch.Unreadable)] == [
        "words.mp4"
    ]
    assert "4/4" in capsys.readouterr().err


def test_folders_are_the_truth_of_the_clips_in_them(scene: Path) -> None:
    (scene / "other").mkdir()
    bundle = load_bundle(scene.parent / "bundle")
    results = evaluate_folders(bundle, scene)
    assert results["labels"] == ["none", "fall"]
    # Too short to see anybody is none, anybody is a fall.
    assert results["confusion"] == results["confirmed"]["confusion"] == [[1, 1], [0, 1]]
    assert results["clips"] == 3
    assert results["accuracy"] == pytest.approx(2 / 3)
    assert results["macro_recall"] == pytest.approx(0.75)
    assert results["clips_without_person"] == 1
    assert results["skipped_folders"] == ["other"]
    assert [clip["file"] for clip in results["unreadable"]] == ["none/words.mp4"]
    json.dumps(results, allow_nan=False)


def test_negative_folders_show_nothing_known(scene: Path) -> None:
    bundle = load_bundle(scene.parent / "bundle")
    (scene / "none").rename(scene / "cooking")
    assert evaluate_folders(bundle, scene)["clips"] == 1
    results = evaluate_folders(bundle, scene, negatives=["cooking"])
    assert np.sum(results["confusion"], axis=1).tolist() == [2, 1]
    with pytest.raises(UserError, match="no folder 'eating'"):
        evaluate_folders(bundle, scene, negatives=["eating"])
    with pytest.raises(UserError, match="holds no clip"):
        evaluate_folders(bundle, scene / "cooking")
