"""Be logged in to Home Assistant in a browser."""

import json

_FAR = 4102444800000  # ms since 1970: never fetch another token


def logged_in(home: str, token: str) -> str:
    """Return the script by which a page of the Home Assistant at `home` finds itself logged in."""
    tokens = {
        "access_token": token,
        "token_type": "Bearer",
        "expires_in": 1800,
        "expires": _FAR,
        "hassUrl": home,
        "clientId": f"{home}/",
        "refresh_token": "",
    }
    return f"localStorage.hassTokens = {json.dumps(json.dumps(tokens))}"
