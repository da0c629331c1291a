"""Loggers with MXNet's line format: `mx.log`."""
import logging
import sys
import warnings

__all__ = ["get_logger", "getLogger", "CRITICAL", "DEBUG", "ERROR", "FATAL", "INFO", "NOTSET",
           "WARNING"]

CRITICAL, ERROR, WARNING, INFO, DEBUG, NOTSET = (logging.CRITICAL, logging.ERROR, logging.WARNING,
                                                 logging.INFO, logging.DEBUG, logging.NOTSET)
FATAL = CRITICAL

_COLORS = {WARNING: "\x1b[33m", ERROR: "\x1b[31m", CRITICAL: "\x1b[35m"}


class _Formatter(logging.Formatter):
    """A letter for the level, the time, process, file and line, then the message."""

    def __init__(self, colored):
        super().__init__(datefmt="%m%d %H:%M:%S")
        self._colored = colored

    def format(self, record):
        color = _COLORS.get(record.levelno, "\x1b[32m") if self._colored else ""
        end = "\x1b[0m" if self._colored else ""
        letter = logging.getLevelName(record.levelno)[:1]
        place = f"{record.process} {record.filename}:{record.lineno}"
        return f"{color}[{letter} {self.formatTime(record, self.datefmt)} {place}]{end} " \
               f"{record.getMessage()}"


def get_logger(name=None, filename=None, filemode=None, level=WARNING):
    """A logger that writes to a file, or to standard error, in colour on a terminal."""
    logger = logging.getLogger(name)
    if name is not None and not getattr(logger, "_gluino_handler", False):
        logger._gluino_handler = True
        if filename:
            handler = logging.FileHandler(filename, filemode or "a")
            handler.setFormatter(_Formatter(False))
        else:
            handler = logging.StreamHandler()
            handler.setFormatter(_Formatter(sys.stderr is not None and sys.stderr.isatty()))
        logger.addHandler(handler)
        logger.setLevel(level)
    return logger


def getLogger(name=None, filename=None, filemode=None, level=WARNING):
    """The older name of get_logger."""
    warnings.warn("getLogger is deprecated: get_logger does the same", DeprecationWarning,
                  stacklevel=2)
    return get_logger(name, filename, filemode, level)
