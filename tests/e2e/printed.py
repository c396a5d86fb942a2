#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs every command that tools/quickstart --keep, README.md, the pages and the manual print, as it stands there. A block that is in
no table here fails.
usage: printed.py ROOT BUILD SHOWN    SHOWN: a row of BLOCKS, or quickstart
       printed.py --list
       printed.py --installation ROOT    README's installation, without what needs a running systemd"""
import glob
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import harness

SECONDS_MAX = 60
PROGRAMS = ("ecswatchctl", "ecswatchd", "ecs-sim", "tools/", "curl", "systemctl", "journalctl", "meson", "python3", "aws", "sqlite3",
            "promtool", "git", "ssh", "sudo", "printf")
PLACES = {"ecswatchd": "daemon", "ecs-sim": "tools/ecs-sim", "ecswatchctl": "tools/ecswatchctl"}


def blocks(root):
    """Every block of commands of the pages: (page, text)."""
    for path in [os.path.join(root, "README.md"), *sorted(glob.glob(os.path.join(root, "docs", "*.md")))]:
        with open(path, encoding="utf-8") as file:
            for kind, text in re.findall(r"^```(\w*)\n(.*?)^```$", file.read(), re.M | re.S):
                if kind == "sh" or (not kind and text.startswith(PROGRAMS)):
                    yield os.path.basename(path), text
    for path in sorted(glob.glob(os.path.join(root, "docs", "man", "*"))):
        with open(path, encoding="utf-8") as file:
            for text in re.findall(r"^\.nf\n(.*?)^\.fi$", file.read(), re.M | re.S):
                text = text.replace("\\-", "-")
                if text.startswith(PROGRAMS):
                    yield os.path.basename(path), text


class Failure(Exception):
    pass


def sh(script, folder, environment, cwd=None, codes=(0,)):
    done = subprocess.run(["sh", "-euc", script], cwd=cwd or folder, env=environment, text=True, timeout=SECONDS_MAX,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if done.returncode not in codes:
        raise Failure(f"ended with {done.returncode}: {script}\n{done.stdout}{done.stderr}")
    return done.stdout


class Kept:
    """tools/quickstart --keep, once its story is told."""

    def __init__(self, root, build, environment):
        self.process = subprocess.Popen([sys.executable, os.path.join(root, "tools", "quickstart.py"), build, "--keep"], cwd=root,
                                        env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.text = ""

    def __enter__(self):
        deadline = time.monotonic() + 2 * SECONDS_MAX
        for line in self.process.stdout:
            self.text += line
            if "--dry-run" in line:
                break
            if time.monotonic() > deadline:
                break
        if "Everything keeps running" not in self.text:
            raise Failure(f"quickstart told no end:\n{self.text}")
        self.folder = re.search(r"watches by (\S+)/ecswatch\.yaml", self.text).group(1)
        self.socket = os.path.join(self.folder, "ecswatch.sock")
        return self

    def __exit__(self, *arguments):
        self.process.send_signal(signal.SIGINT)
        self.process.communicate(timeout=SECONDS_MAX)

    def commands(self):
        """What stands below "Everything keeps running", a command a line."""
        text = self.text.split("Everything keeps running")[1].replace("\\\n", " ")
        return [line.strip() for line in text.splitlines() if line.startswith("    ")]


class Shown:
    def __init__(self, root, build, folder):
        self.root, self.build, self.folder = os.path.abspath(root), os.path.abspath(build), folder
        bin_folder = os.path.join(folder, "bin")
        os.mkdir(bin_folder)
        for program, place in PLACES.items():
            os.symlink(os.path.join(self.build, place, program), os.path.join(bin_folder, program))
        aws = "/usr/bin/aws" if os.access("/usr/bin/aws", os.X_OK) else shutil.which("aws")
        self.has_aws = aws is not None
        if self.has_aws:
            os.symlink(aws, os.path.join(bin_folder, "aws"))
        self.environment = {"PATH": f"{bin_folder}:{os.environ['PATH']}", "HOME": folder, "TMPDIR": os.environ.get("TMPDIR", "/tmp"),
                            "AWS_EC2_METADATA_DISABLED": "true", "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "")}

    def sh(self, script, **more):
        return sh(script, self.folder, self.environment, **more)

    # ---- one function for each block ----

    def clean_root(self, text):
        """tools/clean-root-test runs them: a fresh machine is what they are for."""
        with open(os.path.join(self.root, "tools", "clean-root-test"), encoding="utf-8") as file:
            script = file.read()
        for command in re.findall(r"tools/(?:quickstart|test)\b", text):
            if command not in script:
                raise Failure(f"tools/clean-root-test does not run {command}")

    def installation(self, text):
        """As above; here only that there is something to run, and that the sample is accepted."""
        with open(os.path.join(self.root, "tools", "clean-root-test"), encoding="utf-8") as file:
            if "printed.py --installation" not in file.read():
                raise Failure("tools/clean-root-test does not run README's installation")
        if not installation(text):
            raise Failure("README's installation has no commands")
        self.sh(f"ecswatchctl check-config {self.root}/config/ecswatch.example.yaml")

    def hacking(self, text):
        """The build at hand stands for theirs; its tests are listed, not run inside of a test."""
        for line in text.replace("build/", self.build + "/").replace("-C build", f"-C {self.build}").splitlines():
            if line.startswith("meson setup"):
                options = dict(re.findall(r"-D(\w+)=(\S+)", line))
                told = json.loads(self.sh(f"meson introspect --buildoptions {self.build}"))
                for option in told:
                    options.pop(option["name"], None)
                if options:
                    raise Failure(f"there is no option {options}")
            elif line.startswith("meson test"):
                if not self.sh(line.split("#")[0] + " --no-rebuild --list").strip():
                    raise Failure(f"no test is meant by: {line}")
            elif line.startswith("python3"):
                self.sh(line, cwd=self.root)
            elif not line.startswith("ninja -C"):
                raise Failure(f"what is this: {line}")

    def idle_day(self, text):
        """A quarter of an hour of a few services with the build at hand."""
        build, run = text.splitlines()
        if build != "tools/build-bench":
            raise Failure(f"what is this: {build}")
        told = self.sh(run.replace("build-bench", self.build) + " --services 20 --hours 0.25", cwd=self.root)
        if "| calls " not in told:
            raise Failure(f"it told:\n{told}")

    def simulator(self, text):
        port = harness.free_port()
        text = text.replace("4566", str(port)).replace("demo.yaml &", f"demo.yaml & trap 'kill $!' EXIT\n{UNTIL_IT_ANSWERS % port}")
        if not self.has_aws:
            text = "\n".join(line for line in text.splitlines() if not line.startswith("aws "))
        told = self.sh(text)
        if '"now":' not in told.splitlines()[-1] or "/web:2" not in told and self.has_aws:
            raise Failure(f"nothing was deployed: {told}")

    def event_id(self, text):
        with open(os.path.join(self.root, "docs", "events.md"), encoding="utf-8") as file:
            example = re.search(r'"id": "([0-9a-f]{64})"', file.read()).group(1)
        if self.sh(text).split()[0] != example:
            raise Failure(f"the example's id is {example}, not {self.sh(text)}")

    def api(self, text):
        with Kept(self.root, self.build, self.environment) as kept:
            told = json.loads(self.sh(text.replace("/run/ecswatch/ecswatch.sock", kept.socket)))
        if told["services"][0]["service"] != "web":
            raise Failure(f"no web in {told}")

    def ledger(self, text):
        with Kept(self.root, self.build, self.environment) as kept:
            ledger = os.path.join(kept.folder, "ledger.db")
            told = self.sh(text.replace("/var/lib/ecswatch/ledger.db", ledger))
            self.sh(f'cp {ledger}* . && sqlite3 ledger.db ".backup copy.db" && test -s copy.db')
        if "|failed|app_exit|" not in told:
            raise Failure(f"no failed deployment in:\n{told}")

    def journal(self, text):
        """No journal of a daemon is at hand: it says that there are no entries, and has nothing against the command."""
        for line in text.splitlines():
            told = self.sh(f"{line} --directory . 2>&1", codes=(0, 1))
            if "unrecognized" in told or "Failed" in told or "No " not in told:
                raise Failure(f"{line}: {told}")

    def recipe(self, text):
        with open(os.path.join(self.root, "tests", "e2e", "wait.py"), encoding="utf-8") as file:
            if '"recipe/good"' not in file.read() or not text.startswith("#!/bin/sh"):
                raise Failure("tests/e2e/wait.py does not run the script of recipes.md")

    def quickstart(self):
        with Kept(self.root, self.build, self.environment) as kept:
            commands = kept.commands()
            for command in commands:
                if " aws " in command and not self.has_aws:
                    continue
                if "YOUR.yaml" in command:
                    self.dry_run(command, kept)
                    continue
                told = self.sh(command, cwd=self.root)
                if not told.strip():
                    raise Failure(f"it printed nothing: {command}")
        if len(commands) != 5:
            raise Failure(f"quickstart printed {len(commands)} commands: {commands}")

    def dry_run(self, command, kept):
        """On the simulator instead of a real account."""
        with open(os.path.join(self.root, "config", "ecswatch.example.yaml"), encoding="utf-8") as file:
            text = file.read()
        for old, new in (("my-cluster", "demo"), ("my-app-service", "web"), ("$STATE_DIRECTORY", self.folder),
                         ("$RUNTIME_DIRECTORY", self.folder)):
            text = text.replace(old, new)
        for name, secret in (("YOUR.yaml", text), ("oncall-url", "https://127.0.0.1:1/"), ("webhook-secret", "whsec_c2VjcmV0c2VjcmV0c2VjcmV0")):
            with open(os.path.join(self.folder, name), "w", encoding="utf-8") as file:
                file.write(secret)
        port = re.search(r"--endpoint-url (http://127\.0\.0\.1:\d+)", kept.text).group(1)
        environment = {**self.environment, "AWS_ENDPOINT_URL": port, "AWS_ACCESS_KEY_ID": harness.ACCESS_KEY,
                       "AWS_SECRET_ACCESS_KEY": harness.SECRET_KEY}
        daemon = harness.Program("ecswatchd", ["sh", "-c", "exec " + command.replace("YOUR.yaml", f"{self.folder}/YOUR.yaml")
                                               .replace(command.split()[0], os.path.join(self.root, command.split()[0]))], environment)
        try:
            harness.wait("the daemon to watch", lambda: any("watches by" in line for line in daemon.lines), harness.START_SECONDS)
        finally:
            daemon.end(signal.SIGTERM)


UNTIL_IT_ANSWERS = "until curl -s -o /dev/null http://127.0.0.1:%d/_sim/state; do sleep 0.1; done"

BLOCKS = {
    "readme": ("README.md", "tools/quickstart", Shown.clean_root),
    "installation": ("README.md", "tools/install-deps", Shown.installation),
    "clone": ("HACKING.md", "git clone", Shown.clean_root),
    "hacking": ("HACKING.md", "meson setup", Shown.hacking),
    "simulator": ("ecs-sim.md", "ecs-sim --print-example", Shown.simulator),
    "event_id": ("events.md", "printf", Shown.event_id),
    "api": ("http-api.md", "curl", Shown.api),
    "ledger": ("ledger.md", "sqlite3", Shown.ledger),
    "idle_day": ("performance.md", "tools/build-bench", Shown.idle_day),
    "recipe": ("recipes.md", "#!/bin/sh", Shown.recipe),
    "journal": ("ecswatchd.8", "journalctl", Shown.journal),
}


def installation(text):
    """What can be run where no systemd runs, as root."""
    lines = [line.split("     #")[0].replace("sudo ", "") for line in text.splitlines()]
    return [line for line in lines if not line.startswith(("systemctl ", "journalctl -f", "tools/install-deps"))]


def find(root, name):
    page, beginning, function = BLOCKS[name]
    found = [text for shown, text in blocks(root) if shown == page and text.startswith(beginning)]
    if len(found) != 1:
        raise Failure(f"{page} has {len(found)} blocks that begin with {beginning}")
    return found[0], function


def check_table(root):
    for page, text in blocks(root):
        if not any(page == known and text.startswith(beginning) for known, beginning, _ in BLOCKS.values()):
            raise Failure(f"{page} prints a command that no test runs; add it to BLOCKS in tests/e2e/printed.py:\n{text}")


def main(arguments):
    if arguments == ["--list"]:
        print("\n".join(["quickstart", *BLOCKS]))
        return 0
    if len(arguments) == 2 and arguments[0] == "--installation":
        print("\n".join(installation(find(arguments[1], "installation")[0])))
        return 0
    if len(arguments) != 3 or arguments[2] not in [*BLOCKS, "quickstart"]:
        print(__doc__, file=sys.stderr)
        return 64
    root, build, name = arguments
    try:
        check_table(root)
        with tempfile.TemporaryDirectory(prefix="ecswatch-printed-") as folder:
            shown = Shown(root, build, folder)
            if name == "quickstart":
                shown.quickstart()
            else:
                text, function = find(root, name)
                function(shown, text)
    except (Failure, harness.Failure) as failure:
        print(failure)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
