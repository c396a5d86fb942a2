# SPDX-License-Identifier: Apache-2.0
"""How long the machine itself stood still meanwhile: what runs on a scaled clock is late by that times the speed."""
import threading
import time


class Pauses:
    """`longest`: seconds by which a thread that only sleeps woke too late, at the worst."""

    def __init__(self, every=0.05):
        self.every = every
        self.longest = 0.0
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self.watch, daemon=True)
        self.thread.start()

    def watch(self):
        before = time.monotonic()
        while not self.ended.wait(self.every):
            now = time.monotonic()
            self.longest = max(self.longest, now - before - self.every)
            before = now

    def taken(self):
        """The longest since the last time."""
        longest, self.longest = self.longest, 0.0
        return longest

    def end(self):
        self.ended.set()
        self.thread.join()
        return self.longest
