"""Run Home Assistant with a Marketplace that takes a server of the tests for GitHub.

    python marketplace_home.py URL [arguments of hass]

The only thing that is changed is where the Marketplace looks; its code is Home Assistant's own.
"""

import sys

from homeassistant.__main__ import main
from homeassistant.components.marketplace import profiles

_url = sys.argv.pop(1)
profiles.PROFILES[profiles.DEFAULT_PROFILE] = profiles.DownloadProfile(
    id=profiles.DEFAULT_PROFILE, operator="the tests", api=_url, github=_url, raw=_url, catalog=_url
)
sys.exit(main())
