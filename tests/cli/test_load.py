from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import AA


def test_a_manifest_is_loaded_and_loading_it_again_changes_nothing(cli, loaded) -> None:
    [manifest] = loaded.rglob("manifests/**/*.json")
    Path("data/aviastack.duckdb").unlink()
    path = str(manifest.relative_to(loaded))
    first, second = cli("load", path, "--json"), cli("load", str(manifest.absolute()), "--json")
    assert (first.code, second.code) == (0, 0)
    assert first.slice["inserted"] == first.slice["rows"] > 0
    assert (second.slice["inserted"], second.slice["updated"]) == (0, 0)


def test_a_manifest_that_is_not_there_ends_with_6(cli, loaded) -> None:
    answer = cli("load", "manifests/flights/none.json", "--json")
    assert (answer.code, answer.object["error"]["type"]) == (6, "StagingUnavailable")


def test_a_path_outside_the_staging_root_ends_with_2(cli, loaded) -> None:
    answer = cli("load", "../../etc/passwd", "--json")
    assert (answer.code, answer.object["error"]["type"]) == (2, "BadRequest")


def test_what_was_extracted_is_loaded(cli, api) -> None:
    extracted = cli("extract", *AA, "--json")
    assert cli("load", extracted.slice["manifest"]).code == 0
