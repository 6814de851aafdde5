"""The Web API methods that the workspace knows, the scopes they need, and how often they may be called."""

ANY_READ = ("channels:read", "groups:read", "im:read", "mpim:read")
# Which history scope is enough depends on the conversation: see `Conversations.need_history`.
ANY_HISTORY = ("channels:history", "groups:history", "im:history", "mpim:history")

# method -> scopes of which one is enough (empty: none needed). A method that is not here does not exist.
SCOPES: dict[str, tuple[str, ...]] = {
    "api.test": (),
    "apps.connections.open": ("connections:write",),
    "assistant.threads.setStatus": ("assistant:write", "chat:write"),
    "assistant.threads.setSuggestedPrompts": ("assistant:write",),
    "assistant.threads.setTitle": ("assistant:write",),
    "auth.test": (),
    "blocks.validate": (),
    "bots.info": ("users:read",),
    "chat.delete": ("chat:write",),
    "chat.getPermalink": (),
    "chat.postEphemeral": ("chat:write",),
    "chat.postMessage": ("chat:write",),
    "chat.scheduleMessage": ("chat:write",),
    "chat.unfurl": ("links:write",),
    "chat.update": ("chat:write",),
    "conversations.history": ANY_HISTORY,
    "conversations.info": ANY_READ,
    "conversations.join": ("channels:join",),
    "conversations.list": ANY_READ,
    "conversations.members": ANY_READ,
    "conversations.open": ("im:write", "mpim:write"),
    "conversations.replies": ANY_HISTORY,
    "files.completeUploadExternal": ("files:write",),
    "files.delete": ("files:write",),
    "files.getUploadURLExternal": ("files:write",),
    "files.info": ("files:read",),
    "oauth.v2.access": (),
    "reactions.add": ("reactions:write",),
    "reactions.get": ("reactions:read",),
    "reactions.remove": ("reactions:write",),
    "team.info": ("team:read",),
    "usergroups.users.list": ("usergroups:read",),
    "users.info": ("users:read",),
    "users.list": ("users:read",),
    "users.lookupByEmail": ("users:read.email",),
    "views.open": (),
    "views.publish": (),
    "views.push": (),
    "views.update": (),
}

# Documented tiers, calls a minute; posting has its own rule of about one a second a channel.
PER_MINUTE = {
    "apps.connections.open": 1,
    "chat.update": 50,
    "conversations.history": 50,
    "conversations.info": 50,
    "conversations.list": 20,
    "conversations.replies": 50,
    "reactions.add": 50,
    "users.list": 20,
}
