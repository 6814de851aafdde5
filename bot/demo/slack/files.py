"""files.* and the upload address; the exchange of an OAuth code."""

import secrets

from aiohttp import web

from bot.demo.slack.conversations import Conversations
from bot.demo.slack.state import Call, Json, SlackError, need


class Files(Conversations):
    """Uploads in three steps: ask for an address, send the bytes, share."""

    def m_files_getUploadURLExternal(self, a: Json, _: Call) -> Json:
        need(a, "filename", "length")
        if int(a["length"]) <= 0:
            raise SlackError("invalid_arguments")
        fid = self.new_id("F")
        asked = {"id": fid, "name": a["filename"], "length": int(a["length"]), "alt_txt": a.get("alt_txt")}
        self.files[fid] = {**asked, "data": None, "shared": []}
        return {"upload_url": f"{self.url}/upload/{fid}", "file_id": fid}

    async def upload(self, request: web.Request) -> web.Response:
        """Take the bytes; they must be as many as were announced."""
        f = self.files.get(request.match_info["file"])
        if f is None:
            return web.Response(status=404, text="no such upload")
        sent = await _uploaded(request)
        if len(sent) != f["length"]:
            return web.Response(status=400, text=f"length mismatch: {len(sent)} for {f['length']}")
        f["data"] = sent
        return web.Response(text=f"OK - {len(sent)}")

    def m_files_completeUploadExternal(self, a: Json, _: Call) -> Json:
        need(a, "files")
        done = [self._complete(given) for given in a["files"]]
        wanted = a.get("channel_id") or a.get("channels") or ""
        for name in filter(None, str(wanted).split(",")):
            self._share(self.target({"channel": name}), done, a)
        return {"files": [self._seen_file(f) for f in done]}

    def _complete(self, given: Json) -> Json:
        f = self.files.get(given.get("id", ""))
        if f is None or f["data"] is None:
            raise SlackError("file_not_found")
        f["title"] = given.get("title") or f["name"]
        return f

    def _share(self, cid: str, done: list[Json], a: Json) -> None:
        for f in done:
            f["shared"].append(cid)
        shown = {"text": a.get("initial_comment", ""), "files": [self._seen_file(f) for f in done]}
        self.messages[cid].append(self.own_message(shown, a.get("thread_ts")))

    def _seen_file(self, f: Json) -> Json:
        link = f"{self.url}/files/{f['id']}"
        return {
            "id": f["id"],
            "name": f["name"],
            "title": f.get("title"),
            "size": f["length"],
            "url_private": link,
        }

    async def download(self, request: web.Request) -> web.Response:
        """The bytes of a shared file, for the demo page."""
        f = self.files.get(request.match_info["file"])
        if f is None or f["data"] is None:
            return web.Response(status=404)
        headers = {"Content-Disposition": "attachment", "X-Content-Type-Options": "nosniff"}
        return web.Response(body=f["data"], headers=headers, content_type="application/octet-stream")

    def m_files_info(self, a: Json, _: Call) -> Json:
        f = self.files.get(a.get("file", ""))
        if f is None:
            raise SlackError("file_not_found")
        return {"file": self._seen_file(f)}

    def m_files_delete(self, a: Json, _: Call) -> Json:
        if self.files.pop(a.get("file", ""), None) is None:
            raise SlackError("file_not_found")
        return {}

    async def authorize(self, request: web.Request) -> web.Response:
        """The consent page of OAuth, always willing."""
        code = secrets.token_hex(8)
        self.oauth_codes[code] = {"scope": request.query.get("scope", ""), "user": self.user("ada")}
        back, state = request.query.get("redirect_uri", ""), request.query.get("state")
        return web.json_response({"code": code, "state": state, "redirect_uri": back})

    def m_oauth_v2_access(self, a: Json, _: Call) -> Json:
        grant = self._grant(a)
        token = "xoxb-fake-" + secrets.token_hex(8)
        self.tokens[token] = set(filter(None, grant["scope"].split(",")))
        return {
            "app_id": self.app_id,
            "access_token": token,
            "token_type": "bot",
            "scope": grant["scope"],
            "bot_user_id": self.bot_user,
            "authed_user": {"id": grant["user"]},
            "team": {"id": self.team, "name": "Acme"},
            "enterprise": None,
            "is_enterprise_install": False,
        }

    def _grant(self, a: Json) -> Json:
        if a.get("grant_type") == "refresh_token":
            return {"scope": ",".join(sorted(self.tokens[self.bot_token])), "user": self.user("ada")}
        grant = self.oauth_codes.pop(a.get("code", ""), None)
        if grant is None:
            raise SlackError("invalid_code")
        return grant


async def _uploaded(request: web.Request) -> bytes:
    if not request.content_type.startswith("multipart/"):
        return await request.read()
    part = next(iter((await request.post()).values()))
    return part.file.read() if isinstance(part, web.FileField) else str(part).encode()
