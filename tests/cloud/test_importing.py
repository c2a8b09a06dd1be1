"""What a site exported is taken in again: by another site, once, whole or not at all."""

import asyncio
from dataclasses import replace
from datetime import datetime
import json
from pathlib import Path
from typing import Any

import pytest

from tinyact_cloud.service import importing
from tinyact_cloud.service.auth import create_token
from tinyact_cloud.service.database import Database
from tinyact_cloud.service.examples import EXAMPLES
from tinyact_cloud.service.importing import ImportFileError, import_site

from .conftest import both_databases
from .synthetic import draw_latents
from .teaching import Client, classify, example, teach, teaching, variants
from .test_classifier_command import run

FALL = draw_latents(40, seed=2).latents[1]


async def exported(client: Client, path: Path, **headers: str) -> list[dict[str, Any]]:
    """Export the site into a file; return the examples and marks in it."""
    response = await client.get("/v1/site/export", headers=headers)
    content = await response.read()
    await asyncio.to_thread(path.write_bytes, content)
    lines = [json.loads(line) for line in content.splitlines()]
    taught = [line for line in lines if line.keys() & {"example", "mark"}]
    for (row,) in map(dict.values, taught):
        row["created_at"] = datetime.fromisoformat(row["created_at"])
        for latent in (row, *row.get("variants", ())):
            latent["scale"] = pytest.approx(latent["scale"], rel=1e-12)
    return taught


@both_databases
async def test_another_site_is_taught_what_was_exported(
    client: Client, database: Database, tmp_path: Path
) -> None:
    await teach(client, 7)
    more: dict[str, Any] = {"not": "fall", "variants": variants(FALL / 2, FALL)}
    wrong = example(FALL, label=None, person=3, group="morning", **more)
    await client.post("/v1/examples", json=teaching(wrong))
    mark = example(FALL, label="fall")
    assert (await client.post("/v1/marks", json=teaching(mark))).status == 200
    before = await exported(client, tmp_path / "home.ndjson")
    assert len(before) == 9
    assert [len(line["example"]["variants"]) for line in before[:8]] == [0] * 7 + [2]
    new = {"examples": 8, "marks": 1}
    assert await import_site(database, "next-door", tmp_path / "home.ndjson") == new
    again = {"examples": 0, "marks": 0}
    assert await import_site(database, "next-door", tmp_path / "home.ndjson") == again
    token = {"Authorization": f"Bearer {await create_token(database, 'other', 'next-door')}"}
    assert await exported(client, tmp_path / "there.ndjson", **token) == before
    # Marks count at once.
    assert (await classify(client, FALL))["probabilities"]["fall"] == 0
    client.session.headers.update(token)
    assert (await classify(client, FALL))["probabilities"]["fall"] == 0


LINES = [
    '{"site": {"name": "home"}}',
    '{"example": EXAMPLE}',
    '{"end": {"examples": 1, "marks": 0}}',
]
GOOD = example(FALL) | {"encoder": "a" * 64, "created_at": "2026-11-23T10:00:00+00:00"}
WRONG: list[tuple[str, list[str], dict[str, Any]]] = [
    ("cut off", LINES[:2], {}),
    ("cut off", [*LINES[:2], LINES[2][:-3]], {}),
    ("cut off", [LINES[0], LINES[2]], {}),
    ("line 1 is not part", LINES[1:], {}),
    ("line 3 is not part", [*LINES[:2], LINES[0]], {}),
    ("line 2 is not part", [LINES[0], "[1]"], {}),
    ("line 2 is not part", [LINES[0], "\0"], {}),
    ("must be a map", [LINES[0], '{"example": 7}'], {}),
    ("cut off", [], {}),
    ("line 2: encoder", LINES, {"encoder": "x"}),
    ("line 2.created_at", LINES, {"created_at": "yesterday"}),
    ("line 2.latent", LINES, {"latent": "AAAA"}),
    ("line 2.id", LINES, {"id": "1"}),
]


@pytest.mark.parametrize(("says", "lines", "changes"), WRONG)
async def test_a_file_that_is_no_export_changes_nothing(
    database: Database, tmp_path: Path, says: str, lines: list[str], changes: dict[str, Any]
) -> None:
    path = tmp_path / "file"
    path.write_text("\n".join(lines).replace("EXAMPLE", json.dumps(GOOD | changes)))
    with pytest.raises(ImportFileError, match=says):
        await import_site(database, "home", path)
    path.write_text("\n".join(LINES).replace("EXAMPLE", json.dumps(GOOD)))
    assert await import_site(database, "home", path) == {"examples": 1, "marks": 0}


async def test_what_is_too_much_is_not_taken_in(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file"
    path.write_text("\n".join(LINES).replace("EXAMPLE", json.dumps(GOOD)))
    monkeypatch.setattr(importing, "_MAX_LINE", 100)
    with pytest.raises(ImportFileError, match="larger than what a site may have"):
        await import_site(database, "home", path)
    monkeypatch.undo()
    monkeypatch.setitem(importing._TAUGHT, "example", replace(EXAMPLES, most=0))
    with pytest.raises(ImportFileError, match="may have 0: delete some first"):
        await import_site(database, "home", path)


async def test_the_command_says_what_is_new(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("\n".join(LINES).replace("EXAMPLE", json.dumps(GOOD)))
    where = ["--data", str(tmp_path / "data"), "--site", "home"]
    code, out, _ = await run("import", path, *where, home=tmp_path)
    assert (code, out) == (
        0,
        "New in home: examples 1, marks 0. POST /v1/fit makes a head of them.\n",
    )
    code, _, err = await run("import", path, *where[:-1], "My Home", home=tmp_path)
    assert code == 2
    assert err.startswith("tinyact-cloud: 'My Home' cannot be a site's name")
    code, _, err = await run("import", tmp_path / "nothing", *where, home=tmp_path)
    assert code == 2
    assert (
        err == f"tinyact-cloud: {tmp_path / 'nothing'} cannot be read: No such file or directory.\n"
    )
