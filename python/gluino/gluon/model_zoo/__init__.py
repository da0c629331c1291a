"""Networks that others designed, ready to be trained."""
from . import model_store, vision
from .vision import get_model
