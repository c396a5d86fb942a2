#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A connection that is made again takes up the TLS session of the last one: the server hangs up after each answer.
usage: resumed.py ECSWATCHD ECS-SIM"""
import os
import re
import socket
import ssl
import sys
import tempfile
import threading
import time

import harness
from row import service

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "bench"))
import answers  # noqa: E402

SPEED = 60
CALLS = 10


class HangsUp:
    """In front of ecs-sim: speaks TLS, and closes each connection after its first answer."""

    def __init__(self, port, certificate, key):
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(certificate, key)
        self.behind, self.resumed = port, []
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return  # closed
            with self.context.wrap_socket(connection, server_side=True) as wrapped:
                self.resumed.append(wrapped.session_reused)
                self.answer(wrapped)

    def answer(self, wrapped):
        with socket.create_connection(("127.0.0.1", self.behind)) as behind:
            behind.sendall(message(wrapped))
            wrapped.sendall(message(behind))

    def close(self):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()


def message(connection):
    """One request or answer, whole."""
    with connection.makefile("rb") as file:
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += file.readline()
        return head + file.read(int(re.search(rb"(?i)content-length: *(\d+)", head).group(1)))


def check(daemon, simulator, proxy):
    daemon.start()
    harness.wait("the calls", lambda: len(proxy.resumed) >= CALLS and len(simulator.calls()) >= CALLS, 120)
    if proxy.resumed[0] or not all(proxy.resumed[1:]):
        raise harness.Failure(f"which connections took up a session: {proxy.resumed}")


def main(arguments):
    if len(arguments) != 2:
        print(__doc__, file=sys.stderr)
        return 64
    epoch = float(int(time.time()))
    scenario = {"version": 1, "seed": 7, "services": [service()], "task_definitions": {"web:1": {}}}
    with tempfile.TemporaryDirectory(prefix="ecswatch-e2e-") as folder:
        certificate, key = answers.certificate(folder)
        receiver = harness.Receiver()
        simulator = harness.Simulator(arguments[1], folder, scenario, SPEED, epoch)
        proxy = HangsUp(simulator.port, certificate, key)
        config = harness.configuration(proxy, receiver, ["web"], "enforce")
        config["clusters"][0]["endpoint_url"] = f"https://localhost:{proxy.port}"
        daemon = harness.Daemon(arguments[0], folder, config, SPEED, epoch, 0)
        daemon.environment["AWS_CA_BUNDLE"] = certificate
        try:
            check(daemon, simulator, proxy)
            return 0 if daemon.end() == 0 else 1
        except harness.Failure as failure:
            print(failure)
            print("\n".join(daemon.log()[-20:]))
            return 1
        finally:
            for program in (daemon.program, simulator.program):
                if program:
                    program.kill()
            proxy.close()
            receiver.close()


sys.exit(main(sys.argv[1:]))
