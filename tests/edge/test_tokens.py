"""Tokens and their hashes, and how people take them away."""

import asyncio
from contextlib import closing
from pathlib import Path

from aiohttp import WSCloseCode, WSMsgType
import pytest

from tinyact_edge.__main__ import main
from tinyact_edge.database import Database
from tinyact_edge.supervisor import HOME_ASSISTANT, home_assistant_token
from tinyact_edge.tokens import Tokens, is_known, new_token, token_hash

from .home import Home, hear
from .support import WAIT


def test_a_token_is_known_by_its_hash_alone() -> None:
    tokens = [new_token() for _ in range(3)]
    hashes = [token_hash(token) for token in tokens]
    assert all(is_known(token, hashes) for token in tokens)
    assert not is_known(new_token(), hashes)
    assert not is_known(hashes[0], hashes)
    assert not is_known("", hashes)
    assert not is_known(tokens[0], [])


def test_tokens_are_long_and_all_different() -> None:
    tokens = {new_token() for _ in range(100)}
    assert len(tokens) == 100
    # 256 bits in base64.
    assert all(len(token) == 43 for token in tokens)


def test_tokens_are_listed_revoked_and_rotated_by_name_or_id(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def token(*arguments: str) -> str:
        assert main(["token", *arguments, "--data", str(tmp_path)]) == 0
        return capsys.readouterr().out

    # As it was said before there were verbs, with the folder in front of any.
    assert main(["token", "--data", str(tmp_path)]) == 0
    nameless = capsys.readouterr().out.strip()
    tablet = token("add", "tablet").strip()
    lines = token("list").splitlines()
    assert [line.split()[0] for line in lines] == [token_hash(t)[:8] for t in (nameless, tablet)]
    assert [line.split()[-1] for line in lines] == ["-", "tablet"]
    assert not any(secret in "".join(lines) for secret in (nameless, tablet))
    turned = token("rotate", "tablet").strip()
    assert token("revoke", token_hash(nameless)[:8]) == ""
    with closing(Database(tmp_path)) as database:
        assert Tokens(database).hashes() == [token_hash(turned)]
    assert token("list").split()[-1] == "tablet"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["add", "tablet"], "There is a token 'tablet' already"),
        (["revoke", "nobody"], "There is no token 'nobody'; 'token list' shows"),
        (["revoke", "-"], "There is no token '-'"),
        (["revoke", "twice"], "There are 2 tokens 'twice': say which by its id"),
    ],
)
def test_a_token_that_cannot_be_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    with closing(Database(tmp_path)) as database:
        Tokens(database).add("tablet")
        for _ in range(2):
            Tokens(database).accept(new_token(), "twice")
    assert main(["token", *arguments, "--data", str(tmp_path)]) == 1
    assert words in capsys.readouterr().err
    with closing(Database(tmp_path)) as database:
        assert len(Tokens(database).all()) == 3


async def test_whoever_has_a_revoked_token_is_out_at_once(home: Home, tmp_path: Path) -> None:
    # By another process, as people do it.
    staying = Tokens(home.journal).add("staying")
    (token,) = [each for each in Tokens(home.journal).all() if each.name != "staying"]
    revoked = await home.connect()
    other = await home.client.ws_connect("/api/ws", headers={"Authorization": f"Bearer {staying}"})
    assert (await hear(revoked, "hello"))["journal"]["state"] == "ok"
    await hear(other, "hello")
    await asyncio.to_thread(main, ["token", "revoke", token.id, "--data", str(tmp_path)])
    status, problem = await home.ask("GET", "/api/info")
    assert status == 401, problem
    async with asyncio.timeout(WAIT):
        closed = await revoked.receive()
    assert (closed.type, closed.data) == (WSMsgType.CLOSE, WSCloseCode.POLICY_VIOLATION)
    await other.send_json({"type": "subscribe", "since": None})
    await hear(other, "subscribed")


def test_home_assistants_own_token_is_made_anew_once_revoked(tmp_path: Path) -> None:
    with closing(Database(tmp_path)) as database:
        first = home_assistant_token(database, tmp_path)
        assert main(["token", "revoke", HOME_ASSISTANT, "--data", str(tmp_path)]) == 0
        assert home_assistant_token(database, tmp_path) != first
        assert not is_known(first, Tokens(database).hashes())
