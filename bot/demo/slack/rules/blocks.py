"""Blocks, one by one and together."""

from collections.abc import Callable
from typing import Any

from bot.demo.slack.rules.elements import Elements
from bot.demo.slack.rules.findings import Json

# Newer blocks that bots rarely send are accepted without a look inside.
UNCHECKED = {
    *(
        "alert",
        "card",
        "carousel",
        "container",
        "data_table",
        "task_card",
        "plan",
        "auth_provider",
        "file",
        "call",
    ),
}
ONLY_MESSAGE = {"markdown", "table", "task_card", "plan", "context_actions"}
MARKDOWN_TOTAL = 12_000


class Blocks(Elements):
    """Block Kit's limits, read from the comments of @slack/types and from docs.slack.dev; none is guessed."""

    def blocks(self, blocks: Any, pointer: str, top: int) -> None:
        """All blocks of a message or view."""
        if not isinstance(blocks, list):
            self.error(pointer, "wrong_type", "blocks must be an array")
            return
        self.count(blocks, pointer, top, "blocks", "too_many_blocks")
        for i, block in enumerate(blocks):
            self._block(block, f"{pointer}/{i}")
        self._together([b for b in blocks if isinstance(b, dict)], pointer)

    def _together(self, blocks: list[Json], pointer: str) -> None:
        ids = [b["block_id"] for b in blocks if b.get("block_id")]
        for twice in sorted({i for i in ids if ids.count(i) > 1}):
            self.error(pointer, "duplicate_block_id", f"block_id {twice!r} is used twice")
        marked = sum(len(str(b.get("text", ""))) for b in blocks if b.get("type") == "markdown")
        if marked > MARKDOWN_TOTAL:
            self.error(pointer, "too_long", f"markdown blocks hold {marked} characters, at most {MARKDOWN_TOTAL}")
        if sum(1 for b in blocks if b.get("type") == "table") > 1:
            self.error(pointer, "only_one_table", "a message has at most one table")

    def _block(self, given: Any, pointer: str) -> None:
        if not isinstance(given, dict):
            self.error(pointer, "wrong_type", "a block must be an object")
            return
        kind = str(given.get("type"))
        check = self._kinds().get(kind)
        if check is None and kind not in UNCHECKED | {"divider"}:
            self.error(pointer + "/type", "unknown_block", f"no block type {kind!r}")
            return
        if self.surface != "message" and kind in ONLY_MESSAGE:
            self.error(pointer + "/type", "wrong_surface", f"{kind} is for messages only")
        if "block_id" in given:
            self.length(given["block_id"], pointer + "/block_id", 255, low=1, what="block_id")
        if check is not None:
            check(given, pointer)

    def _kinds(self) -> dict[str, Callable[[Json, str], None]]:
        return {
            "section": self._section,
            "header": lambda b, p: self.text(b.get("text"), p + "/text", 150, plain=True),
            "context": lambda b, p: self._many(b, p, 10, self._context_item),
            "actions": lambda b, p: self._actions(b, p, 25),
            "context_actions": lambda b, p: self._actions(b, p, 5),
            "image": self._image,
            "input": self._input,
            "markdown": lambda b, p: self.length(b.get("text"), p + "/text", MARKDOWN_TOTAL, low=1),
            "table": self._table,
            "video": lambda b, p: self.need(b, ("alt_text", "title", "thumbnail_url", "video_url"), p),
            "rich_text": self._rich_text,
        }

    def _section(self, given: Json, pointer: str) -> None:
        fields = given.get("fields") or []
        if "text" not in given and not fields:
            self.error(pointer, "missing_field", "section needs text or fields")
        if "text" in given:
            self.text(given["text"], pointer + "/text", 3000)
        self.count(fields, pointer + "/fields", 10, "fields")
        for f, field in enumerate(fields):
            self.text(field, f"{pointer}/fields/{f}", 2000)
        if "accessory" in given:
            self.element(given["accessory"], pointer + "/accessory", set())

    def _context_item(self, item: Json, pointer: str) -> None:
        if item.get("type") == "image":
            self.image(item, pointer)
        else:
            self.text(item, pointer, 3000)

    def _actions(self, given: Json, pointer: str, top: int) -> None:
        seen: set[str] = set()
        self._many(given, pointer, top, lambda item, p: self.element(item, p, seen))

    def _many(self, given: Json, pointer: str, top: int, each: Callable[[Json, str], None]) -> None:
        items = given.get("elements")
        if not isinstance(items, list) or not items:
            self.error(pointer + "/elements", "empty", f"{given['type']} needs at least one element")
            return
        self.count(items, pointer + "/elements", top, "elements")
        for e, item in enumerate(items):
            if isinstance(item, dict):
                each(item, f"{pointer}/elements/{e}")
            else:
                self.error(f"{pointer}/elements/{e}", "wrong_type", "an element must be an object")

    def _image(self, given: Json, pointer: str) -> None:
        self.image(given, pointer)
        if "title" in given:
            self.text(given["title"], pointer + "/title", 2000, plain=True)

    def _input(self, given: Json, pointer: str) -> None:
        self.text(given.get("label"), pointer + "/label", 2000, plain=True)
        if "hint" in given:
            self.text(given["hint"], pointer + "/hint", 2000, plain=True)
        element = given.get("element")
        self.element(element, pointer + "/element", set())
        if isinstance(element, dict) and element.get("type") in ("button", "image", "overflow"):
            self.error(pointer + "/element/type", "wrong_element", f"{element['type']} cannot be an input")

    def _table(self, given: Json, pointer: str) -> None:
        rows = given.get("rows")
        if not isinstance(rows, list) or not rows:
            self.error(pointer + "/rows", "missing_field", "table needs rows")
            return
        self.count(rows, pointer + "/rows", 100, "rows")
        if any(len(r) > 20 for r in rows):
            self.error(pointer + "/rows", "too_many", "a row has at most 20 cells")

    def _rich_text(self, given: Json, pointer: str) -> None:
        if not isinstance(given.get("elements"), list):
            self.error(pointer + "/elements", "missing_field", "rich_text needs elements")
