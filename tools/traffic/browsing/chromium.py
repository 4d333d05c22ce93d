"""A real Chromium, driven through its debugging pipe: opens pages as a person at it would."""
import json
import os
import select
import subprocess
import tempfile
import time

FLAGS = ["--headless=new", "--no-sandbox", "--remote-debugging-pipe", "--ignore-certificate-errors", "--no-first-run",
         "--enable-auto-reload", "--disable-background-networking", "--disable-component-update", "--disable-sync",
         "--disable-default-apps", "--disable-gpu", "--window-size=1200,900", "--disable-dev-shm-usage"]


class Chromium:
    def __init__(self, namespace):
        self.profile = tempfile.TemporaryDirectory(prefix="gatehouse-browser-")
        to_read, self.write_to = os.pipe()
        self.read_from, to_write = os.pipe()

        def pipes():  # by way of high numbers, since 3 and 4 may be in use
            os.dup2(to_read, 203)
            os.dup2(to_write, 204)
            os.dup2(203, 3)
            os.dup2(204, 4)

        self.process = subprocess.Popen(
            ["ip", "netns", "exec", namespace, "chromium", *FLAGS, f"--user-data-dir={self.profile.name}", "about:blank"],
            preexec_fn=pipes, close_fds=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env={**os.environ, "HOME": self.profile.name})
        os.close(to_read)
        os.close(to_write)
        self.buffer, self.number = b"", 0
        self.tab = None

    def send(self, method, wait=20, **params):
        self.number += 1
        message = {"id": self.number, "method": method, "params": params}
        if self.tab and not method.startswith(("Target.", "Browser.")):
            message["sessionId"] = self.tab["session"]
        os.write(self.write_to, json.dumps(message).encode() + b"\0")
        end = time.time() + wait
        while time.time() < end:
            if b"\0" not in self.buffer:
                if select.select([self.read_from], [], [], 0.2)[0]:
                    self.buffer += os.read(self.read_from, 1 << 20)
                continue
            line, self.buffer = self.buffer.split(b"\0", 1)
            answer = json.loads(line)
            if answer.get("id") == self.number:
                return answer.get("result", {})
        return {}

    def new_tab(self, url="about:blank"):
        target = self.send("Target.createTarget", url=url)["targetId"]
        session = self.send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self.tab = {"target": target, "session": session}

    def close_tab(self):
        self.send("Target.closeTarget", targetId=self.tab["target"])
        self.tab = None

    def open(self, url, how="typed"):
        self.send("Page.navigate", url=url, transitionType=how)

    def run(self, script):
        self.send("Runtime.evaluate", expression=script, userGesture=True)

    def close(self):
        self.process.terminate()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        for pipe in (self.write_to, self.read_from):
            os.close(pipe)
        try:
            self.profile.cleanup()
        except OSError:
            pass
