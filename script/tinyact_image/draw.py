"""Draw the apps' icons and logos out of the integration's icon: python -m tinyact_image.draw."""

import base64
from pathlib import Path
import sys

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).parents[2]
_BRAND = ROOT / "custom_components/tinyact/brand/icon@2x.png"
_TEAL, _AMBER = "#125e70", "#ffb84d"
# Of the classifier alone: what it makes of a latent, a label's likelihood each.
_BARS = f"""
<svg viewBox="0 0 512 512" style="position:absolute;inset:0">
  <rect x="292" y="292" width="196" height="196" rx="48" fill="white"/>
  <g fill="{_TEAL}"><rect x="326" y="384" width="32" height="70" rx="8"/>
  <rect x="422" y="408" width="32" height="46" rx="8"/></g>
  <rect x="374" y="326" width="32" height="128" rx="8" fill="{_AMBER}"/>
</svg>"""
_PAGE = """
<style>
  body {{ margin: 0; display: flex; align-items: center; background: transparent }}
  .icon {{ position: relative; width: {height}px; height: {height}px; flex: none }}
  .icon > * {{ width: 100%; height: 100% }}
  .name {{ font: 600 {size}px/1.1 "DejaVu Sans", sans-serif; color: {teal}; margin-left: 8px }}
</style>
<div class="icon"><img src="data:image/png;base64,{image}">{over}</div>{name}"""


def main() -> int:
    """Draw icon.png, 128 x 128, and logo.png, 250 x 100, of both apps."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium")
        page = browser.new_page()
        for app, over, name in (
            ("edge_addon", "", "TinyAct"),
            ("cloud_classifier", _BARS, "TinyAct<br>classifier"),
        ):
            _draw(page, ROOT / app / "icon.png", 128, 128, over)
            _draw(page, ROOT / app / "logo.png", 250, 100, over, name)
        browser.close()
    return 0


def _draw(page: Page, path: Path, width: int, height: int, over: str = "", name: str = "") -> None:
    page.set_viewport_size({"width": width, "height": height})
    page.set_content(
        _PAGE.format(
            height=height,
            size=31 if len(name) < 10 else 24,  # noqa: PLR2004 - a long name has two lines
            teal=_TEAL,
            image=base64.b64encode(_BRAND.read_bytes()).decode(),
            over=over,
            name=f'<div class="name">{name}</div>' if name else "",
        )
    )
    page.wait_for_function("document.images[0].complete")
    page.screenshot(path=path, omit_background=True)


if __name__ == "__main__":
    sys.exit(main())
