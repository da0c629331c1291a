"""What the wheel says of whose libraries it carries."""
import importlib.metadata
import json

import pytest


def test_every_library_has_its_notice():
    files = importlib.metadata.files("gluino")
    materials = [file for file in files if file.name == "auditwheel.cdx.json"]
    if not materials:
        pytest.skip("installed from the sources: the libraries are the system's")
    notices = {file.name: file.read_text() for file in files if file.parent.name == "others"}
    packages = {component["name"] for component in json.loads(materials[0].read_text())["components"]
                if component["purl"].startswith("pkg:deb/")}
    assert len(packages) > 10
    for name in sorted(packages | {"libkissfft-dev", "nanobind"}):
        assert "opyright" in notices[name], name
