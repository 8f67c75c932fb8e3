"""A headless Chromium, driven over its DevTools protocol through a pair of pipes: no WebSocket, no package.

Only what scripts/inspector.py needs. Every message is one JSON object that ends with a zero byte.
"""

import base64
import json
import os
import select
import subprocess
import time


class Failed(Exception):
    """What was expected did not come."""


class Browser:
    def __init__(self, chromium, profile, patience=30):
        self.patience = patience
        self.said, self.asked, self.buffer, self.last = [], [], b"", 0
        to_browser, self.out = os.pipe()
        self.inp, from_browser = os.pipe()

        def wire():
            # Chromium reads commands from 3 and writes to 4. The copies keep clear of both.
            reads, writes = os.dup(to_browser), os.dup(from_browser)
            os.dup2(reads, 3)
            os.dup2(writes, 4)

        with open(os.path.join(profile, "chromium.log"), "wb") as log:
            self.process = subprocess.Popen(
                [chromium, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                 "--no-first-run", "--disable-background-networking", "--disable-component-update",
                 "--disable-sync", "--hide-scrollbars", "--remote-debugging-pipe",
                 f"--user-data-dir={profile}", "about:blank"],
                preexec_fn=wire, close_fds=False, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        os.close(to_browser)
        os.close(from_browser)
        targets = self.call("Target.getTargets", session=None)["targetInfos"]
        page = next(target for target in targets if target["type"] == "page")
        attached = self.call("Target.attachToTarget", {"targetId": page["targetId"], "flatten": True}, session=None)
        self.session = attached["sessionId"]
        for domain in ["Page", "Runtime", "Network", "Log"]:
            self.call(f"{domain}.enable")

    def close(self):
        try:
            self.call("Browser.close", session=None)
            self.process.wait(10)
        except (Failed, OSError, subprocess.TimeoutExpired):
            self.process.kill()
            self.process.wait()

    def call(self, method, params=None, session=""):
        self.last += 1
        message = {"id": self.last, "method": method, "params": params or {}}
        if session is not None:
            message["sessionId"] = self.session
        os.write(self.out, json.dumps(message).encode() + b"\0")
        deadline = time.monotonic() + self.patience
        while True:
            answer = self.receive(deadline, method)
            if answer.get("id") == message["id"]:
                if "error" in answer:
                    raise Failed(f"{method}: {answer['error']}")
                return answer["result"]
            self.note(answer)

    def receive(self, deadline, what):
        while b"\0" not in self.buffer:
            if not select.select([self.inp], [], [], max(0, deadline - time.monotonic()))[0]:
                raise Failed(f"{what}: no answer from Chromium")
            more = os.read(self.inp, 1 << 16)
            if not more:
                raise Failed(f"{what}: Chromium ended")
            self.buffer += more
        message, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(message)

    def note(self, event):
        """Keeps what the page complains about, and what it asks for."""
        method, params = event.get("method"), event.get("params", {})
        if method == "Runtime.exceptionThrown":
            detail = params["exceptionDetails"]
            self.said.append(detail.get("exception", {}).get("description", detail["text"]))
        elif method == "Runtime.consoleAPICalled" and params["type"] in ("error", "warning", "assert"):
            self.said.append(" ".join(str(one.get("value", one.get("description"))) for one in params["args"]))
        elif method == "Log.entryAdded" and params["entry"]["level"] in ("error", "warning"):
            self.said.append(f"{params['entry']['text']} {params['entry'].get('url', '')}")
        elif method == "Network.requestWillBeSent":
            self.asked.append(params["request"]["url"])

    def run(self, script):
        """The value of an expression in the page."""
        got = self.call("Runtime.evaluate", {"expression": script, "awaitPromise": True, "returnByValue": True})
        if "exceptionDetails" in got:
            raise Failed(f"{script}: {got['exceptionDetails'].get('exception', {}).get('description')}")
        return got["result"].get("value")

    def until(self, script):
        """Waits until an expression is true in the page."""
        deadline = time.monotonic() + self.patience
        while not self.run(script):
            if time.monotonic() > deadline:
                raise Failed(f"never came true: {script}\non the page: {self.run('document.body.innerText')}")
            time.sleep(0.05)

    def go(self, url):
        self.call("Page.navigate", {"url": url})
        self.until(f"location.href === {json.dumps(url)} && document.readyState === 'complete'")

    def key(self, key):
        code = {"code": key, "key": key}
        text = {"text": key} if len(key) == 1 else {}
        self.call("Input.dispatchKeyEvent", {"type": "keyDown", **code, **text})
        self.call("Input.dispatchKeyEvent", {"type": "keyUp", **code})

    def click(self, element):
        """A click of a mouse in the middle of an element, an expression, so that what covers it would be noticed."""
        x, y = self.run(f"(() => {{ const one = {element}; one.scrollIntoView({{block: 'center'}});"
                        " const b = one.getBoundingClientRect(); return [b.x + b.width / 2, b.y + b.height / 2]; })()")
        for kind in ["mousePressed", "mouseReleased"]:
            self.call("Input.dispatchMouseEvent", {"type": kind, "x": x, "y": y, "button": "left", "clickCount": 1})

    def size(self, width, height, scale=1):
        self.call("Emulation.setDeviceMetricsOverride",
                  {"width": width, "height": height, "deviceScaleFactor": scale, "mobile": width < 600})

    def scheme(self, scheme):
        self.call("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]})

    def screenshot(self, path):
        with open(path, "wb") as file:
            file.write(base64.b64decode(self.call("Page.captureScreenshot", {"format": "png"})["data"]))
