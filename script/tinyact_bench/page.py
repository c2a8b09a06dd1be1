"""Put what was measured into a page, between marks that name the measurement."""

from pathlib import Path


def fill(page: Path, name: str, text: str) -> None:
    """Replace what stands between `<!-- name -->` and `<!-- /name -->` by `text`.

    Exits when the page has no such marks.
    """
    begin, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    before, found_begin, rest = page.read_text().partition(begin)
    _, found_end, after = rest.partition(end)
    if not (found_begin and found_end):
        raise SystemExit(f"bench: {page} has no {begin} and {end} to write between.")
    part = page.with_suffix(".part")
    part.write_text(f"{before}{begin}\n{text}\n{end}{after}")
    part.replace(page)
