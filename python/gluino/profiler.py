"""How long operators took: `mx.profiler`.

    profiler.set_config(filename="profile.json")
    profiler.set_state("run")
    ...
    profiler.set_state("stop")
    print(profiler.dumps())     # a table
    profiler.dump()             # a trace that chrome://tracing shows

Times are of the library's operators, called one by one or in compiled graphs, and of what a program
marks by Task, Frame, Event, Marker and Counter.
"""
import json
import os
import warnings

from ._core import profiler as _native
# Found here, too, as in MXNet.
from .base import MXNetError, c_str, c_str_array, check_call, py_str  # noqa: F401

__all__ = ["set_config", "profiler_set_config", "set_state", "profiler_set_state", "dump",
           "dump_profile", "dumps", "pause", "resume", "Domain", "Task", "Frame", "Event", "Counter",
           "Marker", "scope"]

_config = {"filename": "profile.json", "aggregate_stats": True}
_OPTIONS = {"filename", "gpu_memory_profile_filename_prefix", "profile_all", "profile_symbolic",
            "profile_imperative", "profile_memory", "profile_api", "profile_process",
            "continuous_dump", "dump_period", "aggregate_stats", "gpu_memory_profile_filename"}


def set_config(**kwargs):
    """Sets options of the profiler; `filename` is where `dump` writes. With `profile_memory` or
    `profile_all` the memory that arrays take is noted after every operator. Operators are timed in
    all modes, so that the options that choose among them change nothing."""
    unknown = set(kwargs) - _OPTIONS
    if unknown:
        raise TypeError(f"profiler.set_config: unknown options {', '.join(sorted(unknown))}; there "
                        f"are {', '.join(sorted(_OPTIONS))}")
    _config.update(kwargs)
    _native.set_memory(bool(_config.get("profile_memory") or _config.get("profile_all")))


def profiler_set_config(mode="symbolic", filename="profile.json"):
    """The older form of set_config."""
    warnings.warn("profiler_set_config is deprecated: set_config does the same", stacklevel=2)
    set_config(filename=filename, profile_symbolic=mode in ("symbolic", "all"))


def set_state(state="stop", profile_process="worker"):
    """'run' collects events from now on, 'stop' ends it."""
    if state not in ("run", "stop"):
        raise KeyError(f"profiler.set_state: expected 'run' or 'stop', got {state!r}")
    _native.set_running(state == "run")


def profiler_set_state(state="stop"):
    """The older form of set_state."""
    warnings.warn("profiler_set_state is deprecated: set_state does the same", stacklevel=2)
    set_state(state)


def start(profile_process="worker"):
    """As set_state('run')."""
    set_state("run")


def stop(profile_process="worker"):
    """As set_state('stop')."""
    set_state("stop")


def pause(profile_process="worker"):
    """Collects nothing until resume."""
    _native.set_running(False)


def resume(profile_process="worker"):
    """Goes on after pause."""
    _native.set_running(True)


# What ends the name of the time that an operator written in Python takes, and the category.
CUSTOM, PYTHON = "Custom Operator", "::pure_python"


def _events():
    """What was collected. The operators that one written in Python calls bear its name, too, and
    stand in its category: they ended before it, in the same thread, and did not begin before it."""
    events = _native.events()
    if not any(event[1] == CUSTOM for event in events):
        return events
    callers = {}
    for i in range(len(events) - 1, -1, -1):
        kind, category, name, thread, begin, amount = events[i]
        around = callers.setdefault(thread, [])
        while around and begin < around[-1][0]:
            around.pop()
        if category == CUSTOM and name.endswith(PYTHON):
            around.append((begin, name[:-len(PYTHON)]))
        elif around and kind == "span" and category == "operator":
            events[i] = (kind, CUSTOM, f"{around[-1][1]}::{name}", thread, begin, amount)
    return events


def _trace():
    """The events in the form of Chrome's traces; times in microseconds."""
    threads = {}
    events = []
    for kind, category, name, thread, begin, amount in _events():
        event = {"name": name, "cat": category, "pid": os.getpid(),
                 "tid": threads.setdefault(thread, len(threads)), "ts": begin / 1e3}
        if kind == "span":
            event.update(ph="X", dur=amount / 1e3)
        elif kind == "instant":
            event.update(ph="i", s="p")
        else:
            event.update(ph="C", args={name: amount})
        events.append(event)
    return {"traceEvents": events, "displayTimeUnit": "ms"}


def dump(finished=True, profile_process="worker"):
    """Writes what was collected to the file of set_config, as a trace that Chrome shows. With
    `finished` the profiler stops."""
    if finished:
        _native.set_running(False)
    path = os.path.realpath(_config["filename"])
    is_other = os.path.exists(path) and not os.path.isfile(path)
    # What is put into the place of /dev/null is there for all programs of the machine.
    partial = path if is_other else f"{path}.{os.getpid()}.part"
    with open(partial, "w", encoding="utf-8") as file:
        json.dump(_trace(), file)
    if not is_other:
        os.replace(partial, path)


def dump_profile():
    """The older form of dump."""
    warnings.warn("dump_profile is deprecated: dump does the same",
                  stacklevel=2)
    dump(True)


_SORTS = {"total": lambda row: row[2], "avg": lambda row: row[2] / row[1], "min": lambda row: row[3],
          "max": lambda row: row[4], "count": lambda row: row[1]}


# How many of the events dumps has been told to forget; dump writes them all the same, until they are
# so many that there may be no room for those that come.
_forgotten = 0
_most_forgotten = 1_000_000


def _rows(sort_by, ascending, wanted="span"):
    """Per category the rows (name, count, total, min, max) of the spans, times in nanoseconds, or of
    the counters."""
    found = {}
    for kind, category, name, _, _, amount in _events()[_forgotten:]:
        if kind == wanted:
            row = found.setdefault(category, {}).setdefault(name, [name, 0, 0, amount, amount])
            row[1] += 1
            row[2] += amount
            row[3] = min(row[3], amount)
            row[4] = max(row[4], amount)
    return {category: sorted(rows.values(), key=_SORTS[sort_by], reverse=not ascending)
            for category, rows in found.items()}


def dumps(reset=False, format="table", sort_by="total", ascending=False):
    """What was collected, summed up by name: a table, or JSON, as text. Times in milliseconds, memory
    in units of 1000 bytes. With `reset` the next sums begin anew; dump's trace stays whole, up to a
    million events."""
    global _forgotten
    if format not in ("table", "json"):
        raise ValueError(f"profiler.dumps: expected the format 'table' or 'json', got {format!r}")
    if sort_by not in _SORTS:
        raise ValueError(f"profiler.dumps: expected sort_by to be one of {', '.join(_SORTS)}, got "
                         f"{sort_by!r}")
    rows = _rows(sort_by, ascending)
    memory = _rows(sort_by, ascending, "counter").get("Memory", [])
    if reset:
        _forgotten = len(_native.events())
        if _forgotten > _most_forgotten:
            _native.clear()
            _forgotten = 0
    if format == "json":
        names = ("Count", "Total", "Min", "Max", "Avg")
        return json.dumps({"Time": {category: {
            row[0]: dict(zip(names, (row[1], row[2] / 1e6, row[3] / 1e6, row[4] / 1e6,
                                     row[2] / row[1] / 1e6))) for row in part}
            for category, part in rows.items()}, "Memory": {"Memory": {
                row[0]: dict(zip(names[:1] + names[2:], (row[1], row[3] / 1e3, row[4] / 1e3,
                                                         row[2] / row[1] / 1e3))) for row in memory}
            } if memory else {}, "Unit": {"Time": "ms", "Memory": "kB"}})
    lines = ["", "Profile Statistics:"]
    for category, part in rows.items():
        lines += [category, "=" * len(category),
                  f"{'Name':<40}{'Total Count':>16}{'Time (ms)':>16}{'Min Time (ms)':>16}"
                  f"{'Max Time (ms)':>16}{'Avg Time (ms)':>16}",
                  f"{'----':<40}{'-----------':>16}{'---------':>16}{'-------------':>16}"
                  f"{'-------------':>16}{'-------------':>16}"]
        lines += [f"{name:<40}{count:>16}{total / 1e6:>16.4f}{least / 1e6:>16.4f}{most / 1e6:>16.4f}"
                  f"{total / count / 1e6:>16.4f}" for name, count, total, least, most in part]
        lines.append("")
    for name, count, total, least, most in memory:
        lines += [f"{name}: {count} times, kB: {least / 1e3:.4f} at least, {most / 1e3:.4f} at most, "
                  f"{total / count / 1e3:.4f} on average", ""]
    return "\n".join(lines)


class Domain:
    """A name under which a program's own events stand together."""

    def __init__(self, name):
        self.name = name

    def __str__(self):
        return self.name

    def new_task(self, name):
        """A Task of this domain."""
        return Task(self, name)

    def new_frame(self, name):
        """A Frame of this domain."""
        return Frame(self, name)

    def new_counter(self, name, value=None):
        """A Counter of this domain."""
        return Counter(self, name, value)

    def new_marker(self, name):
        """A Marker of this domain."""
        return Marker(self, name)


class Span:
    """What begins and ends."""

    def __init__(self, category, name):
        self._category = category
        self.name = name
        self._begin = None

    def start(self):
        """Begins."""
        self._begin = _native.now()

    def stop(self):
        """Ends; the time in between is an event if the profiler runs."""
        if self._begin is not None and _native.is_running():
            _native.add("span", self._category, self.name, self._begin, _native.now() - self._begin)
        self._begin = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *error):
        self.stop()

    def __str__(self):
        return self.name


class Task(Span):
    """A piece of work: what lies between start and stop."""

    def __init__(self, domain, name):
        super().__init__(domain.name, name)


class Frame(Span):
    """One of the pieces that a program does again and again."""

    def __init__(self, domain, name):
        super().__init__(domain.name, name)


class Event(Span):
    """A piece of work of no domain."""

    def __init__(self, name):
        super().__init__("event", name)


class Counter:
    """A number that changes."""

    def __init__(self, domain, name, value=None):
        self._domain = domain
        self.name = name
        self._value = 0
        if value is not None:
            self.set_value(value)

    def set_value(self, value):
        """Sets the number."""
        self._value = value
        if _native.is_running():
            _native.add("counter", self._domain.name, self.name, _native.now(), int(value))

    def increment(self, delta=1):
        """Adds to the number."""
        self.set_value(self._value + delta)

    def decrement(self, delta=1):
        """Takes from the number."""
        self.set_value(self._value - delta)

    def __iadd__(self, delta):
        self.increment(delta)
        return self

    def __isub__(self, delta):
        self.decrement(delta)
        return self

    def __str__(self):
        return self.name


class Marker:
    """A point in time."""

    def __init__(self, domain, name):
        self._domain = domain
        self.name = name

    def mark(self, scope="process"):
        """Marks this moment, if the profiler runs. `scope` is "global", "process", "thread", "task" or
        "marker"."""
        if scope not in ("global", "process", "thread", "task", "marker"):
            raise MXNetError("Marker.mark: scope: expected global, process, thread, task or marker, "
                             f"got {scope!r}")
        if _native.is_running():
            _native.add("instant", self._domain.name, self.name, _native.now(), 0)


def scope(name="<unk>:", append_mode=True):
    """A with-statement whose time is an event named `name`."""
    return Event(name)
