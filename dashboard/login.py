"""The door: the login page, the one-time link, leaving, and the guard that every other page stands behind."""

from typing import Any
from urllib.parse import quote, urlsplit

from flask import Blueprint, Flask, Response, g, jsonify, redirect, render_template_string, request, session
from flask.typing import ResponseReturnValue

from engine import access
from engine.access import Actor
from engine.board import Board
from engine.passwords import actor_of_password

# Addresses that need no session. The programs' ones guard themselves by their Authorization header.
OPEN = ("/login", "/livez", "/readyz", "/assets", "/api", "/projects", "/users", "/oauth")
ANY_PAGE = "/<path:path>"  # Dash's, which would answer every other address with a page
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})

USED = (
    "This link was used before, or is too old: each one works once. "
    "Print a new one with nightboard login-link, or paste a token."
)
WRONG = (
    "This token is not valid: it was mistyped, revoked, or its time is over. "
    "The administrator's stands in the file admin.token in Nightboard's home folder."
)
MISTAKEN = "There is no person of this name with this password. An administrator can set it anew."
FOREIGN = "This request came from another site and was not carried out."

PAGE = """<!DOCTYPE html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>Log in · Nightboard</title>
    <link rel="icon" type="image/svg+xml" href="/assets/img/mark.svg">
    <script src="/assets/js/theme.js"></script>
    {% for sheet in sheets %}<link rel="stylesheet" href="/assets/{{ sheet }}">{% endfor %}
  </head>
  <body class="login">
    <main>
      <span class="mark" aria-hidden="true"></span>
      <h1>Nightboard</h1>
      <p class="quiet">Open the one-time link that <code>nightboard up</code> printed, or paste a token.</p>
      {% if problem %}
      <p class="notice tone-bad" role="alert">
        <span class="icon icon-triangle-alert" aria-hidden="true"></span><span>{{ problem }}</span>
      </p>
      {% endif %}
      <form method="post" action="/login">
        <label for="name">Name <span class="quiet">if you have a password</span></label>
        <input class="field" id="name" name="name" autocomplete="username">
        <label for="token">Token or password</label>
        <input class="field mono" id="token" name="token" type="password" autocomplete="current-password"
          required autofocus {% if problem %}aria-invalid="true"{% endif %}>
        <input type="hidden" name="next" value="{{ next }}">
        <button class="button main" type="submit">Log in</button>
      </form>
    </main>
  </body>
</html>
"""
SHEETS = [
    "vendor/bootstrap/bootstrap.min.css",
    "vendor/lucide/icons.css",
    "css/01-tokens.css",
    "css/02-base.css",
    "css/04-components.css",
    "css/login.css",
]


def register(server: Flask, board: Board) -> None:
    """Add the login pages to the server, and the guard before everything that people see."""
    server.config.update(SESSION_COOKIE_NAME="nightboard", SESSION_COOKIE_HTTPONLY=True, SESSION_COOKIE_SAMESITE="Lax")
    server.config["SESSION_COOKIE_SECURE"] = bool(board.settings.public_url or "") and str(
        board.settings.public_url
    ).startswith("https://")
    server.secret_key = access.secret_key(board.settings.home)
    door = Blueprint("login", __name__)

    @door.get("/login")
    def ask() -> ResponseReturnValue:
        return page(request.args.get("next", "/"))

    @door.post("/login")
    def by_secret() -> ResponseReturnValue:
        name, secret = request.form.get("name", "").strip(), request.form.get("token", "")
        target = inside(request.form.get("next", "/"))
        if name:
            actor = actor_of_password(board.store, name, secret)
        else:
            actor = access.actor_of_token(board.store, secret.strip(), via="dashboard")
        return enter(actor, target) if actor else (page(target, MISTAKEN if name else WRONG), 401)

    @door.route("/login/<code>")
    def by_link(code: str) -> ResponseReturnValue:
        if request.method != "GET":
            return "", 200  # a look ahead must not use the link up
        actor = access.redeem(board.store, code)
        return enter(actor, "/") if actor else (page("/", USED), 401)

    @door.post("/logout")
    def leave() -> ResponseReturnValue:
        session.clear()
        return redirect("/login")

    server.register_blueprint(door)
    server.before_request(lambda: guard(board))


def guard(board: Board) -> ResponseReturnValue | None:
    """Let through who is logged in. Else a page becomes the login page, and anything a page calls a 401."""
    if is_open(request.path) and request.endpoint == ANY_PAGE:
        return jsonify(detail=f"There is nothing at {request.path}."), 404
    if is_api(request.path):
        return None
    if request.method not in SAFE and not same_site(board):
        return FOREIGN, 403
    if is_open(request.path):
        return None
    actor = actor_of_session(board)
    if actor is not None:
        g.actor = actor
        return None
    if request.path.startswith("/_dash") or request.method not in SAFE:
        return jsonify(detail="You are not logged in, or no longer. Open /login."), 401
    wanted = request.full_path.rstrip("?")
    return redirect("/login" if wanted == "/" else f"/login?next={quote(wanted)}")


def actor_of_session(board: Board) -> Actor | None:
    """The person of this session's cookie, with no more rights than the token that let them in."""
    return access.actor_of_session(board.store, session)


def enter(actor: Actor, target: str) -> Response:
    """Begin a new session; nothing of one before it stays."""
    session.clear()
    session.update(user_id=actor.user_id, role=actor.role.value, project_id=actor.project_id)
    return redirect(target)  # type: ignore[return-value]  # flask returns werkzeug's Response here, which is ours


def page(target: str, problem: str | None = None) -> str:
    return render_template_string(PAGE, next=inside(target), problem=problem, sheets=SHEETS)


def inside(target: str) -> str:
    """The address if it leads into this site, else the home page."""
    parts = urlsplit(target.replace("\\", "/"))
    return target if not parts.scheme and not parts.netloc and target.startswith("/") else "/"


def is_open(path: str) -> bool:
    return any(is_under(path, prefix) for prefix in OPEN)


def is_api(path: str) -> bool:
    return is_open(path) and not is_under(path, "/login")


def is_under(path: str, prefix: str) -> bool:
    return path == prefix or path.startswith(f"{prefix}/")


def same_site(board: Board) -> bool:
    """Whether a request that changes something was sent by one of our own pages: browsers name the origin."""
    origin = request.headers.get("Origin")
    if origin is None:
        return request.headers.get("Sec-Fetch-Site", "same-origin") in ("same-origin", "none")
    hosts: set[Any] = {request.host, urlsplit(board.settings.public_url or "").netloc}
    return urlsplit(origin).netloc in hosts - {""}
