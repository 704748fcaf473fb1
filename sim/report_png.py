"""A picture of a page, taken by a Chromium that is installed: driven through a pipe, without any further package.

Chromium speaks its DevTools protocol over two pipes (``--remote-debugging-pipe``: JSON messages, each ended by a zero
byte, read from its file descriptor 3 and written to 4), so no port is opened.
"""

from __future__ import annotations

import base64
import fcntl
import glob
import json
import os
import select
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge")
VARIABLE: Final = "ACDCORE_CHROMIUM"
"""Names the browser, where it is not found by itself."""
ELSEWHERE: Final = (
    "~/.cache/ms-playwright/chromium-*/chrome-linux*/chrome",
    "~/Library/Caches/ms-playwright/chromium-*/chrome-mac*/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
LONGEST_WAIT_S: Final = 60.0
MOST_HEIGHT: Final = 16_000
"""Of a picture, in pixels: Chromium draws no larger one."""


class BrowserError(RuntimeError):
    """No picture can be taken; the message says what is missing."""


def find_browser() -> Path:
    """Return the Chromium to use, or raise :class:`BrowserError` that says where it was looked for."""
    named = os.environ.get(VARIABLE, "")
    if named:
        found = shutil.which(named)
        if found is None:
            raise BrowserError(f"{VARIABLE}: {named!r} is no program; allowed is the path of a Chromium or Chrome")
        return Path(found)
    for name in NAMES:
        found = shutil.which(name)
        if found is not None:
            return Path(found)
    for pattern in ELSEWHERE:
        for path in sorted(glob.glob(str(Path(pattern).expanduser())), reverse=True):  # noqa: PTH207 (not below one folder)
            return Path(path)
    raise BrowserError(
        f"no Chromium was found: looked for {', '.join(NAMES)} on the path, and for Playwright's. "
        f"Install one (Debian: apt-get install chromium), or name it in {VARIABLE}"
    )


def write_png(
    html_path: str | os.PathLike[str], png_path: str | os.PathLike[str], *, width: int = 1_280, dark: bool = False
) -> None:
    """Take a picture of a whole page.

    Args:
        html_path: the page, a file.
        png_path: the picture; it is replaced.
        width: of the window, in pixels.
        dark: whether the page is told that dark colors are preferred.

    Raises:
        BrowserError: no Chromium was found, or it failed; the message says how.
        OSError: a file cannot be read or written.
    """
    page = Path(html_path).resolve(strict=True)
    with browser() as chromium:
        chromium.open(page, width=width, dark=dark)
        picture = chromium.picture()
    Path(png_path).write_bytes(picture)


@dataclass
class Browser:
    """A Chromium with one page."""

    to_fd: int
    from_fd: int
    session: str = ""
    sent: int = 0
    events: list[dict[str, Any]] = field(default_factory=list)
    """All that it reported since a page was opened, in order: what was requested, logged and thrown."""
    unread: bytes = b""

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Send a command and return its result; reports that come before it are kept in ``events``."""
        self.sent += 1
        number = self.sent
        message: dict[str, Any] = {"id": number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        data = json.dumps(message).encode() + b"\0"
        try:
            while data:
                data = data[os.write(self.to_fd, data) :]
        except BrokenPipeError as error:
            raise BrowserError(f"{method}: the browser ended") from error
        end = time.monotonic() + LONGEST_WAIT_S
        while True:
            answer = self._read(end, method)
            if answer.get("id") == number:
                if "error" in answer:
                    raise BrowserError(f"{method}: {answer['error'].get('message', answer['error'])}")
                return dict(answer["result"])
            self.events.append(answer)

    def _read(self, end: float, method: str) -> dict[str, Any]:
        while b"\0" not in self.unread:
            left = end - time.monotonic()
            if left <= 0.0 or not select.select([self.from_fd], [], [], left)[0]:
                raise BrowserError(f"{method}: the browser did not answer within {LONGEST_WAIT_S:g} s")
            data = os.read(self.from_fd, 1 << 20)
            if not data:
                raise BrowserError(f"{method}: the browser ended")
            self.unread += data
        message, self.unread = self.unread.split(b"\0", maxsplit=1)
        return dict(json.loads(message))

    def open(self, page: Path, *, width: int = 1_280, height: int = 900, dark: bool = False) -> None:
        """Open a page and wait until it says that it has drawn everything (``data-drawn`` on its root)."""
        self.session = ""
        self.events.clear()
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")
        self.resize(width, height)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", features=[scheme])
        self.call("Page.navigate", url=page.as_uri())
        end = time.monotonic() + LONGEST_WAIT_S
        while self.evaluate("document.documentElement?.dataset.drawn ?? ''") != "yes":
            if self.complaints() or time.monotonic() > end:
                why = "; ".join(self.complaints()) or f"not within {LONGEST_WAIT_S:g} s"
                raise BrowserError(f"{page}: was not drawn: {why}")
            time.sleep(0.05)

    def complaints(self) -> list[str]:
        """Return what the page threw or logged as a warning or an error so far."""
        found = []
        for event in self.events:
            parameters = event.get("params", {})
            if event["method"] == "Runtime.exceptionThrown":
                details = parameters["exceptionDetails"]
                found.append(str(details.get("exception", {}).get("description", details["text"])))
            elif event["method"] == "Log.entryAdded" and parameters["entry"]["level"] in {"warning", "error"}:
                found.append(str(parameters["entry"]["text"]))
            elif event["method"] == "Runtime.consoleAPICalled" and parameters["type"] in {"warning", "error", "assert"}:
                found.append(" ".join(str(one.get("value", one.get("description"))) for one in parameters["args"]))
        return found

    def requests(self) -> list[str]:
        """Return the addresses that the page asked for so far, without data that stands in the address itself."""
        sent = [event["params"] for event in self.events if event["method"] == "Network.requestWillBeSent"]
        addresses = [str(parameters["request"]["url"]) for parameters in sent]
        return [address for address in addresses if not address.startswith(("data:", "blob:"))]

    def resize(self, width: int, height: int) -> None:
        """Set the size of the window, in pixels."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)

    def evaluate(self, expression: str) -> Any:
        """Return the value of a JavaScript expression on the page; a promise is waited for."""
        found = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in found:
            raise BrowserError(f"{expression}: {found['exceptionDetails'].get('text', 'failed')}")
        return found["result"].get("value")

    def picture(self) -> bytes:
        """Return a PNG of the whole page."""
        frames = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(1))))"
        self.evaluate(frames)
        size = self.call("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": min(size["height"], MOST_HEIGHT), "scale": 1}
        shot = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=True, clip=clip)
        return base64.b64decode(shot["data"])


@contextmanager
def browser() -> Iterator[Browser]:
    """Start a Chromium of its own, with an empty profile that is removed afterwards; raises :class:`BrowserError`."""
    if sys.platform == "win32":
        raise BrowserError(f"platform: {sys.platform}; pictures are taken on Linux and macOS only")
    program = find_browser()
    with tempfile.TemporaryDirectory(prefix="acdcore-") as profile:
        options = [
            "--headless=new", "--remote-debugging-pipe", "--disable-gpu", "--hide-scrollbars", "--no-first-run",
            "--disable-extensions", "--disable-background-networking", "--disable-dev-shm-usage", "--mute-audio",
            "--force-color-profile=srgb", f"--user-data-dir={profile}",
        ]  # fmt: skip
        if os.geteuid() == 0:
            options.append("--no-sandbox")  # Chromium refuses to start with it as root; the page is one's own
        process, to_fd, from_fd = _start(program, options, Path(profile))
        try:
            yield Browser(to_fd, from_fd)
        finally:
            _stop(process, to_fd, from_fd)


def _start(program: Path, options: list[str], profile: Path) -> tuple[int, int, int]:
    """Start the browser; return its process, the descriptor to write to and the one to read from."""
    # above 9, so that none of them is what the browser finds its own under
    pipes = [os.pipe(), os.pipe()]
    high = [[fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10) for end in pipe] for pipe in pipes]
    for pipe in pipes:
        for end in pipe:
            os.close(end)
    (its_in, to_fd), (from_fd, its_out) = high
    try:
        process = os.posix_spawn(
            program,
            [str(program), *options],
            {name: value for name, value in os.environ.items() if name != "LD_PRELOAD"},  # meant for Python, if at all
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
                (os.POSIX_SPAWN_OPEN, 2, str(profile / "stderr.txt"), os.O_WRONLY | os.O_CREAT, 0o600),
                (os.POSIX_SPAWN_DUP2, its_in, 3),
                (os.POSIX_SPAWN_DUP2, its_out, 4),
            ],
            setpgroup=0,
        )
    except OSError as error:
        os.close(to_fd)
        os.close(from_fd)
        raise BrowserError(f"{program}: cannot be started: {error.strerror}") from error
    finally:
        os.close(its_in)
        os.close(its_out)
    return process, to_fd, from_fd


def _stop(process: int, to_fd: int, from_fd: int) -> None:
    """End the browser and its children, and wait for it, so that its profile can be removed."""
    os.close(to_fd)  # it ends by itself when nobody speaks to it any more
    os.close(from_fd)
    end = time.monotonic() + 5.0
    while os.waitpid(process, os.WNOHANG) == (0, 0):
        if time.monotonic() > end:
            with suppress(ProcessLookupError):
                os.killpg(process, signal.SIGKILL)
            os.waitpid(process, 0)
            return
        time.sleep(0.02)
