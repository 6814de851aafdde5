"""Buttons, menus, inputs and images inside a block."""

from collections.abc import Callable
from typing import Any

from bot.demo.slack.rules.findings import Json, Texts

OPTION_MENUS = {
    "static_select": 100,
    "multi_static_select": 100,
    "overflow": 5,
    "checkboxes": 10,
    "radio_buttons": 10,
}
ONE_SOURCE_MENUS = ("static_select", "multi_static_select")
ELEMENTS = set(OPTION_MENUS) | {
    *("button", "image", "plain_text_input", "rich_text_input", "number_input", "email_text_input"),
    *("url_text_input", "datepicker", "timepicker", "datetimepicker", "file_input", "workflow_button"),
    *("icon_button", "feedback_buttons", "external_select", "users_select", "conversations_select"),
    *("channels_select", "multi_external_select", "multi_users_select", "multi_conversations_select"),
    "multi_channels_select",
}


class Elements(Texts):
    """The interactive parts and their limits."""

    def element(self, given: Any, pointer: str, seen: set[str]) -> None:
        """One element; `seen` are the action_ids used before in the same block."""
        if not isinstance(given, dict):
            self.error(pointer, "wrong_type", "an element must be an object")
            return
        kind = str(given.get("type"))
        if kind not in ELEMENTS:
            self.error(pointer + "/type", "unknown_element", f"no element type {kind!r}")
            return
        self._action_id(given, pointer, seen)
        if "confirm" in given:
            self._confirm(given["confirm"], pointer + "/confirm")
        if "placeholder" in given:
            self.text(given["placeholder"], pointer + "/placeholder", 150, plain=True)
        if kind in OPTION_MENUS:
            self._menu(given, kind, pointer)
        elif kind in self._special():
            self._special()[kind](given, pointer)

    def _special(self) -> dict[str, Callable[[Json, str], None]]:
        return {
            "button": self._button,
            "image": self.image,
            "plain_text_input": self._text_input,
            "number_input": self._number_input,
        }

    def _action_id(self, given: Json, pointer: str, seen: set[str]) -> None:
        if "action_id" not in given:
            if given["type"] != "image" and not (given["type"] == "button" and "url" in given):
                self.advice(pointer, "no_action_id", "without action_id no listener can be bound reliably")
            return
        self.length(given["action_id"], pointer + "/action_id", 255, low=1, what="action_id")
        if given["action_id"] in seen:
            self.error(
                f"{pointer}/action_id",
                "duplicate_action_id",
                f"{given['action_id']!r} is used twice in one block",
            )
        seen.add(given["action_id"])

    def _confirm(self, given: Any, pointer: str) -> None:
        if not isinstance(given, dict):
            self.error(pointer, "wrong_type", "confirm must be an object")
            return
        self.text(given.get("title"), pointer + "/title", 100, plain=True)
        self.text(given.get("text"), pointer + "/text", 300)
        self.text(given.get("confirm"), pointer + "/confirm", 30, plain=True)
        self.text(given.get("deny"), pointer + "/deny", 30, plain=True)

    def _button(self, given: Json, pointer: str) -> None:
        self.text(given.get("text"), pointer + "/text", 75, plain=True)
        for name, top in (("value", 2000), ("url", 3000), ("accessibility_label", 75)):
            self.if_given(given, name, pointer, top)
        style = given.get("style", "primary")
        if style not in ("primary", "danger"):
            self.error(pointer + "/style", "wrong_style", "style is primary or danger, or left out")
        if style == "danger" and "confirm" not in given:
            self.advice(pointer, "danger_without_confirm", "a destructive button should ask for confirmation")

    def _text_input(self, given: Json, pointer: str) -> None:
        if given.get("max_length") is not None and not 1 <= given["max_length"] <= 3000:
            self.error(pointer + "/max_length", "out_of_range", "max_length is 1 to 3000")

    def _number_input(self, given: Json, pointer: str) -> None:
        self.need(given, ("is_decimal_allowed",), pointer)

    def image(self, given: Json, pointer: str) -> None:
        """An image, as element or as block."""
        if ("image_url" in given) == ("slack_file" in given):
            self.error(pointer, "one_source", "give exactly one of image_url and slack_file")
        self.if_given(given, "image_url", pointer, 3000)
        self.need(given, ("alt_text",), pointer)
        self.if_given(given, "alt_text", pointer, 2000)
        if not str(given.get("alt_text", "-")).strip():
            self.advice(pointer + "/alt_text", "empty_alt_text", "screen readers say nothing here")

    def _menu(self, given: Json, kind: str, pointer: str) -> None:
        plain = kind not in ("checkboxes", "radio_buttons")
        options, groups = given.get("options"), given.get("option_groups")
        if (options is None) == (groups is None) and kind in ONE_SOURCE_MENUS:
            self.error(pointer, "options_or_groups", "give exactly one of options and option_groups")
        if groups is not None:
            self._groups(groups, pointer, plain)
        elif options is not None or kind not in ONE_SOURCE_MENUS:
            self._options(options, pointer + "/options", OPTION_MENUS[kind], plain)
        self._initial(given, pointer)

    def _groups(self, groups: list[Json], pointer: str, plain: bool) -> None:
        self.count(groups, pointer + "/option_groups", 100, "groups")
        for g, group in enumerate(groups):
            here = f"{pointer}/option_groups/{g}"
            self.text(group.get("label"), here + "/label", 75, plain=True)
            self._options(group.get("options"), here + "/options", 100, plain)

    def _initial(self, given: Json, pointer: str) -> None:
        pool = given.get("options") or [o for g in given.get("option_groups") or [] for o in g.get("options", [])]
        for name in ("initial_option", "initial_options"):
            chosen = given.get(name, [])
            if any(o not in pool for o in (chosen if isinstance(chosen, list) else [chosen])):
                self.error(f"{pointer}/{name}", "not_an_option", "must equal one of the options exactly")

    def _options(self, options: Any, pointer: str, top: int, plain: bool) -> None:
        if not isinstance(options, list) or not options:
            self.error(pointer, "empty", "needs at least one option")
            return
        self.count(options, pointer, top, "options")
        for o, option in enumerate(options):
            self._option(option, f"{pointer}/{o}", plain)
        values = [o.get("value") for o in options if isinstance(o, dict)]
        if len(set(values)) < len(values):
            self.advice(pointer, "duplicate_value", "two options have one value: the choice cannot be told apart")

    def _option(self, given: Any, pointer: str, plain: bool) -> None:
        if not isinstance(given, dict):
            self.error(pointer, "wrong_type", "an option must be an object")
            return
        self.text(given.get("text"), pointer + "/text", 75, plain=plain)
        self.length(given.get("value"), pointer + "/value", 150, what="value")
        if "description" in given:
            self.text(given["description"], pointer + "/description", 75, plain=plain)
        self.if_given(given, "url", pointer, 3000)
