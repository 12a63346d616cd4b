#!/usr/bin/env python3
"""Tries every client whose toolchain is on the machine against a server of its own.

    python3 examples/clients/test.py target/release/fenliu --require python,go

Prints one line a language; exit code 1 if any client failed or a required toolchain is missing.
"""

import argparse
import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path

CLIENTS = Path(__file__).resolve().parent
PROTO = CLIENTS.parent.parent / "proto"
MESSAGE = "我用了你们的面霜脸上起红疹了，怎么办"
# The model that answers alike however busy the machine is.
ENGINE = ["--model", "fast"]
START_SECONDS, INSTALL_SECONDS, CALL_SECONDS = 120, 1800, 60


class Failed(Exception):
    """What went wrong, for a person."""


@dataclass
class Client:
    """How a language is installed in its folder, and called."""

    language: str
    tools: list[str]
    install: list[list[str]]
    call: list[str]


PROTOC = "-m grpc_tools.protoc -I ../../../proto --python_out=. --grpc_python_out=. fenliu/v1/router.proto"
ALL = [
    Client(
        "python",
        ["python3"],
        [
            ["python3", "-m", "venv", ".venv"],
            [".venv/bin/pip", "install", "--quiet", "-r", "requirements.txt"],
            [".venv/bin/python", *PROTOC.split()],
        ],
        [".venv/bin/python", "route.py"],
    ),
    Client("go", ["go"], [["go", "generate"], ["go", "build"]], ["./route"]),
    Client(
        "java",
        ["java", "mvn"],
        [["mvn", "-q", "-B", "compile"]],
        ["java", "-cp", os.pathsep.join(["target/classes", "target/dependency/*"]), "Route"],
    ),
    Client("node", ["node", "npm"], [["npm", "ci", "--no-audit", "--no-fund"]], ["node", "route.js"]),
]


def environment():
    """Ours, without settings of fenliu, and with arguments read as UTF-8."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FENLIU_")}
    return {**kept, "LC_ALL": "C.UTF-8"}


def run(command, seconds, folder=None):
    """Its result; what it has started ends with it."""
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        errors="replace",
        start_new_session=True,
    )
    try:
        out, err = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        raise Failed(f"`{' '.join(command)}` took longer than {seconds} s") from None
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    return subprocess.CompletedProcess(command, process.returncode, out, err)


@contextlib.contextmanager
def server(fenliu):
    """The address of a server, which is stopped at the end."""
    command = [fenliu, "serve", *ENGINE, "--listen", "127.0.0.1:0"]
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(command, env=environment(), stdout=subprocess.PIPE, stderr=log, encoding="utf-8")
        late = threading.Timer(START_SECONDS, process.kill)
        late.start()
        try:
            found = next(filter(None, (re.search(r"serving on (\S+)", line) for line in process.stdout)), None)
            late.cancel()
            if found is None:
                process.wait()
                log.seek(0)
                raise Failed(f"the server did not start: {log.read().decode(errors='replace').strip()}")
            yield found[1]
        finally:
            late.cancel()
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def expected(fenliu):
    """The line that every client must print."""
    done = run([fenliu, "route", *ENGINE, "--json", MESSAGE], START_SECONDS)
    if done.returncode != 0:
        raise Failed(f"`fenliu route` failed: {done.stderr.strip()}")
    outcome = json.loads(done.stdout)
    return f"{outcome['tier']} {outcome['group']} {outcome['intents'][0]['id']} {outcome['match']}"


def check(client, address, line):
    """Installs a client in a copy of its folder and calls the server with a good message and an empty one."""
    with tempfile.TemporaryDirectory() as root:
        folder = Path(root, "examples", "clients", client.language)
        ignored = (CLIENTS / client.language / ".gitignore").read_text().replace("/", "").split()
        shutil.copytree(CLIENTS / client.language, folder, ignore=shutil.ignore_patterns(*ignored))
        shutil.copytree(PROTO, Path(root, "proto"))
        for command in client.install:
            done = run(command, INSTALL_SECONDS, folder)
            if done.returncode != 0:
                said = (done.stdout + done.stderr).strip()[-2000:]
                raise Failed(f"`{' '.join(command)}` failed; can its package registry be reached?\n{said}")
        good = run([*client.call, address, MESSAGE], CALL_SECONDS, folder)
        if (good.returncode, good.stdout) != (0, line + "\n"):
            raise Failed(f"expected `{line}`, found exit code {good.returncode}: {good.stdout}{good.stderr}".strip())
        empty = run([*client.call, address, ""], CALL_SECONDS, folder)
        if empty.returncode != 1 or not empty.stderr.startswith("INVALID_ARGUMENT: inquiry.text: "):
            raise Failed(
                "an empty text: expected exit code 1 and `INVALID_ARGUMENT: inquiry.text: …`, "
                f"found exit code {empty.returncode}: {empty.stdout}{empty.stderr}".strip()
            )


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("fenliu", help="the program, such as target/release/fenliu")
    arguments.add_argument("--require", default="", metavar="LANGUAGES", help="must not be left out, such as python,go")
    options = arguments.parse_args()
    required = set(filter(None, options.require.split(",")))
    if unknown := required - {client.language for client in ALL}:
        arguments.error(f"--require: unknown {', '.join(sorted(unknown))}")
    fenliu = str(Path(options.fenliu).resolve())
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))

    failed = False
    try:
        line = expected(fenliu)
        with server(fenliu) as address:
            for client in ALL:
                missing = [tool for tool in client.tools if shutil.which(tool) is None]
                try:
                    if not missing:
                        check(client, address, line)
                        said = "ok"
                    elif client.language in required:
                        raise Failed(f"no {', no '.join(missing)}, and it is required")
                    else:
                        said = f"left out, no {', no '.join(missing)}"
                except Failed as error:
                    failed, said = True, f"FAILED, {error}"
                print(f"{client.language}: {said}", flush=True)
    except (Failed, OSError) as error:
        sys.exit(f"test.py: {error}")
    sys.exit(failed)


main()
