#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A connection that is made again takes up the TLS session of the last one: the server hangs up after each answer.
usage: resumed.py ECSWATCHD ECS-SIM"""
import os
import re
import socket
import ssl
import sys
import threading

import harness
import single as stories

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "bench"))
import answers  # noqa: E402

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


def story(single):
    certificate, key = answers.certificate(single.folder)
    proxy = HangsUp(single.simulator.port, certificate, key)
    single.watch_at(f"https://localhost:{proxy.port}")
    single.daemon.environment["AWS_CA_BUNDLE"] = certificate
    single.daemon.start()
    harness.wait("the calls", lambda: len(proxy.resumed) >= CALLS and len(single.simulator.calls()) >= CALLS, 120)
    if proxy.resumed[0] or not all(proxy.resumed[1:]):
        raise harness.Failure(f"which connections took up a session: {proxy.resumed}")
    proxy.close()


sys.exit(stories.main(story, __doc__, sys.argv[1:]))
