"""The Slack door: what people say and press comes in, messages and cards go out."""
