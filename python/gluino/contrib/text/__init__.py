"""Words as numbers, and as vectors that are read from files: `mx.contrib.text`."""
from . import embedding, utils, vocab
