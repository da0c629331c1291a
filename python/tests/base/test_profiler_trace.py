"""Sums that are reset, and the trace that is not."""

import json

import mxnet as mx
import pytest

from mxnet import profiler


def test_reset_keeps_the_trace(tmp_path):
    path = tmp_path / "trace.json"
    profiler.set_config(profile_all=True, aggregate_stats=True, filename=str(path))
    profiler.set_state("run")
    domain = profiler.Domain("trace")
    for name in ("before", "after"):
        task = domain.new_task(name)
        task.start()
        task.stop()
        if name == "before":
            assert "before" in profiler.dumps(reset=True) and "before" not in profiler.dumps()
    assert "after" in profiler.dumps() and "before" not in profiler.dumps(format="json")
    profiler.dump()
    names = {event["name"] for event in json.loads(path.read_text(encoding="utf-8"))["traceEvents"]}
    assert {"before", "after"} <= names


def test_reset_makes_room_in_a_long_run(monkeypatch):
    monkeypatch.setattr(profiler, "_most_forgotten", 2)
    profiler.set_config(profile_all=True, aggregate_stats=True)
    profiler.set_state("run")
    for _ in range(2):
        for _ in range(3):
            task = profiler.Domain("trace").new_task("again")
            task.start()
            task.stop()
        assert "again" in profiler.dumps(reset=True)
        assert profiler._native.events() == []
    profiler.set_state("stop")


def test_scopes_of_markers():
    marker = profiler.Domain("trace").new_marker("here")
    for scope in ("global", "process", "thread", "task", "marker"):
        marker.mark(scope)
    with pytest.raises(mx.MXNetError, match="scope: expected global, .*got 'nowhere'"):
        marker.mark("nowhere")


def test_sizes_of_bulks():
    with pytest.raises(TypeError):
        mx.engine.set_bulk_size("ten")
