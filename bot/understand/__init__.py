"""Understanding: what a message asks for, read offline by two independent voices."""

from bot.understand.listener import Listener
from bot.understand.voice import Sound, Voice

__all__ = ["Listener", "Sound", "Voice"]
