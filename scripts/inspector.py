"""Makes traffic on an okta-mock and looks at it in its inspector. Standard library only; see scripts/inspector."""

import datetime
import http.server
import json
import os
import sys
import threading
import time
import urllib.error
import urllib.request

from browser import Browser

READY, CHROMIUM, WORK, PICTURE = sys.argv[1:]
TABS = ["requests", "org", "log", "deliveries", "limits", "faults", "clock", "conduct"]
HOSTILE = "<img src=x onerror=document.title='owned'>"

with open(READY, encoding="utf-8") as file:
    ready = json.load(file)
url = ready["url"]


class Receiver(http.server.BaseHTTPRequestHandler):
    """An Event Hook's receiver that proves itself and then refuses its first push."""

    pushes = 0

    def do_GET(self):
        self.answer(200, json.dumps({"verification": self.headers["x-okta-verification-challenge"]}))

    def do_POST(self):
        self.rfile.read(int(self.headers["content-length"]))
        Receiver.pushes += 1
        self.answer(500 if Receiver.pushes == 1 else 200, "")

    def answer(self, status, body):
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_):
        pass


def call(method, path, body=None, token=ready["api_token"]):
    data = json.dumps(body).encode() if body is not None else b"" if method == "POST" else None
    headers = {"content-type": "application/json", "user-agent": "inspector/1"}
    if token:
        headers["authorization"] = f"SSWS {token}"
    request = urllib.request.Request(url + path, data, headers, method=method)
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, json.loads(answer.read() or b"null")
    except urllib.error.HTTPError as error:
        return error.code, None


def traffic():
    receiver = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=receiver.serve_forever, daemon=True).start()
    channel = {"type": "HTTP", "version": "1.0.0", "config": {
        "uri": f"http://127.0.0.1:{receiver.server_port}/okta",
        "authScheme": {"type": "HEADER", "key": "Authorization", "value": "s3cret"}}}
    types = {"type": "EVENT_TYPE", "items": ["user.lifecycle.suspend", "user.lifecycle.unsuspend"]}
    _, hook = call("POST", "/api/v1/eventHooks", {"name": f"Inbox {HOSTILE}", "events": types, "channel": channel})
    assert call("POST", f"/api/v1/eventHooks/{hook['id']}/lifecycle/verify")[0] == 200
    call("POST", "/_mock/faults", [
        {"on": "GET /api/v1/groups", "nth": 2, "do": {"status": 500, "errorCode": "E0000009"}},
        {"id": "maintenance", "on": "GET /api/v1/apps", "times": 1, "do": {"maintenance_503": True}},
        {"on": "GET /api/v1/user", "do": {"drop_next": True}}])
    _, users = call("GET", "/api/v1/users?limit=50")
    statuses = [call("GET", "/api/v1/logs?limit=10")[0] for _ in range(12)]
    assert statuses.count(429) == 2, statuses
    for path in ["/api/v1/groups?limit=5", "/api/v1/groups?limit=5", "/api/v1/apps", "/api/v1/apps", "/api/v1/usrs",
                 "/api/v1/users?filter=status+eqq+%22ACTIVE%22"]:
        call("GET", path)
    call("GET", "/api/v1/users/me", token=None)
    _, ada = call("POST", "/api/v1/users?activate=false", {"profile": {
        "firstName": "Ada", "lastName": HOSTILE, "login": "ada@example.com", "email": "ada@example.com"}})
    call("POST", f"/api/v1/users/{users[4]['id']}/lifecycle/suspend")
    now = int(time.time() * 1000)
    call("POST", "/_mock/log", [
        {"eventType": "user.session.start", "published": now - 3_600_000},
        {"eventType": "user.account.lock", "published": now - 7_200_000, "visible_at": now + 3_600_000,
         "actor": {"id": "x", "type": "User", "alternateId": "x@example.com", "displayName": HOSTILE}}])
    while not any(one["attempt"] == 2 for one in call("GET", "/_mock/deliveries")[1]["deliveries"]):
        time.sleep(0.05)
    return users, ada, hook


def on_page(page, text):
    page.until(f"document.querySelector('main').innerText.includes({json.dumps(text)})")


def pressing(page, label, where="main"):
    """Clicks the button with this label."""
    button = (f"[...document.querySelectorAll({json.dumps(where + ' button')})]"
              f".find(one => one.offsetParent && one.textContent === {json.dumps(label)})")
    page.until(f"!!{button}")
    page.click(button)


def look(page, users, ada, hook):
    page.go(f"{url}/_mock")
    page.until("document.querySelector('#live').textContent === 'live'")
    assert page.run("[...document.querySelectorAll('[role=tab]')].length") == len(TABS)

    # Requests: what was asked, why it went wrong, and what comes while one looks.
    for text in ["/api/v1/logs", "bucket /api/v1/logs is used up", "did you mean /api/v1/users?", "planned: fault 2 (maintenance)",
                 "no credentials", "Unrecognized attribute operator 'eqq'"]:
        on_page(page, text)
    before = page.run("document.querySelectorAll('#p-requests tbody tr').length")
    call("GET", "/api/v1/users/live")
    on_page(page, "/api/v1/users/live")
    assert page.run("document.querySelectorAll('#p-requests tbody tr').length") == before + 1
    page.key("/")
    assert page.run("document.activeElement.type") == "search"
    page.call("Input.insertText", {"text": "429"})
    page.until("document.querySelectorAll('#p-requests tbody tr').length === 2")
    page.key("Escape")
    page.until(f"document.querySelectorAll('#p-requests tbody tr').length === {before + 1}")
    page.click("[...document.querySelectorAll('#p-requests tr')].find(one => one.innerText.includes('is used up')).querySelector('.row')")
    on_page(page, "user agent")
    assert page.run("[...document.querySelectorAll('#p-requests aside button')].map(one => one.textContent)") == [
        "×", "Copy as curl", "Copy as Rust test"]
    page.call("Browser.grantPermissions", {"permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]}, session=None)
    pressing(page, "Copy as Rust test", "aside")
    page.until("document.querySelector('#said').textContent === 'Copied'")
    copied = page.run("navigator.clipboard.readText()")
    assert "async fn get_api_v1_logs_answers_429()" in copied, copied

    # Org: a user is suspended with the mouse, and the org says so.
    page.key("2")
    on_page(page, users[0]["profile"]["login"])
    page.go(f"{url}/_mock#org/users/{users[6]['id']}")
    on_page(page, users[6]["id"])
    pressing(page, "suspend", "aside")
    on_page(page, "unsuspend")
    assert call("GET", f"/_mock/api/v1/users/{users[6]['id']}")[1]["status"] == "SUSPENDED"
    page.go(f"{url}/_mock#org/users/{ada['id']}")
    on_page(page, HOSTILE)
    page.go(f"{url}/_mock#org/groups")
    on_page(page, "Everyone")
    page.go(f"{url}/_mock#org/apps")
    on_page(page, "SAML_2_0")

    # System Log: the late and the hidden event, with markup shown as text.
    page.key("3")
    for text in ["user.account.lock", "hidden", "late", HOSTILE]:
        on_page(page, text)
    assert page.run("document.querySelectorAll('.lanes circle').length") >= 120
    assert page.run("document.querySelectorAll('.lanes circle.hid').length") == 1

    # Deliveries: the failed push, its retry, and one more on request.
    page.key("4")
    on_page(page, "500")
    on_page(page, f"Inbox {HOSTILE}")
    before = Receiver.pushes
    pressing(page, "Redeliver")
    page.until("document.querySelectorAll('#p-deliveries tbody tr').length >= 4")
    assert Receiver.pushes > before

    # Limits: a bucket is used up, and the next request is one too many.
    page.key("5")
    on_page(page, "/api/v1/logs")
    page.click("document.querySelector(\"#p-limits [data-k='GET /api/v1/users/{id}']\")")
    on_page(page, "100 of 100")
    assert call("GET", f"/api/v1/users/{users[0]['id']}")[0] == 429

    # Faults: their counters, a near miss, and a new one from the form.
    page.key("6")
    on_page(page, "1 of 2")
    on_page(page, "perhaps meant for GET /api/v1/users?")
    pressing(page, "Plan it")
    page.until("document.querySelectorAll('#p-faults tbody tr').length === 4")
    assert call("GET", "/api/v1/users")[0] == 429
    pressing(page, "Let loose")
    page.until("document.querySelectorAll('#p-faults tbody tr').length === 24")
    pressing(page, "Heal")
    page.until("document.querySelectorAll('#p-faults tbody tr').length === 4")

    # Clock: it stands, moves, and runs again.
    page.key("7")
    pressing(page, "Freeze")
    on_page(page, "stands still")
    frozen = call("GET", "/_mock/clock")[1]["now_ms"]
    pressing(page, "+1h")
    moved = datetime.datetime.fromtimestamp(frozen // 1000 + 3600, datetime.timezone.utc)
    on_page(page, f"{moved:%Y-%m-%d %H:%M:%S}")
    assert call("GET", "/_mock/clock")[1]["now_ms"] == frozen + 3_600_000
    pressing(page, "Run at real pace")
    on_page(page, "runs")

    # Conduct: what the client did wrong, with the requests that show it.
    page.key("8")
    on_page(page, "a bucket was asked again before its reset")
    page.click("document.querySelector('#p-conduct a')")
    page.until("location.hash.startsWith('#requests/') || location.hash.startsWith('#deliveries/')")


def without_stream(page):
    """Where events do not get through, the page says so and asks for what is new."""
    page.call("Network.setBlockedURLs", {"urls": ["*/requests/stream*"]})
    page.call("Page.reload")
    page.until("document.querySelector('#live')?.textContent === 'polling'")
    page.go(f"{url}/_mock#requests")
    call("GET", "/api/v1/users/polled")
    on_page(page, "/api/v1/users/polled")


def pictures(page, path):
    """Every tab on a telephone has nothing to scroll sideways; the first tab is what the README shows."""
    for scheme in ["dark", "light"]:
        page.scheme(scheme)
        page.size(390, 800)
        for tab in TABS:
            page.go(f"{url}/_mock#{tab}")
            page.until(f"document.querySelector('#p-{tab}').innerText.length > 20")
            wide = page.run("document.documentElement.scrollWidth")
            assert wide <= 390, f"{tab} is {wide} pixels wide on a telephone"
            unnamed = page.run("[...document.querySelectorAll('button, input, select, textarea')].filter(one => one.offsetParent"
                               " && !one.textContent && !one.ariaLabel && !one.labels?.length).map(one => one.outerHTML)")
            assert not unnamed, f"{tab}: without a name for a screen reader: {unnamed}"
    page.size(1280, 760)
    page.go(f"{url}/_mock#requests/{page.run('journal.find(row => row.status === 429).n')}")
    on_page(page, "user agent")
    page.run("scrollTo(0, 0)")
    page.until("!document.querySelector('#said').textContent")
    page.screenshot(path)
    size = os.path.getsize(path)
    assert 20_000 < size <= 200_000, f"a picture of {size} bytes"


def main():
    users, ada, hook = traffic()
    profile = os.path.join(WORK, "profile")
    os.mkdir(profile)
    page = Browser(CHROMIUM, profile)
    try:
        look(page, users, ada, hook)
        pictures(page, PICTURE)
        assert page.run("document.title").endswith("okta-mock"), "markup from the org was run"
        assert not page.said, f"the page complained: {page.said}"
        elsewhere = [asked for asked in page.asked if not asked.startswith(f"{url}/_mock")]
        assert not elsewhere, f"the page asked elsewhere: {elsewhere}"
        without_stream(page)
    finally:
        page.close()
    print(f"inspector: {len(TABS)} tabs, {len(page.asked)} requests, no complaint")


main()
