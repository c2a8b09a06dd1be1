"""Tokens and their hashes."""

from tinyact_edge.tokens import is_known, new_token, token_hash


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
