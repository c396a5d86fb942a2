# SPDX-License-Identifier: Apache-2.0
"""What a row of the scenarios is made of."""
import dataclasses


@dataclasses.dataclass
class Told:
    """One event: its type without "ecswatch.", members of `data`, and what its texts must say."""

    type: str
    members: dict
    says: tuple
    state: str

    def compare(self, event):
        data = event["data"]
        if event["type"] != "ecswatch." + self.type:
            yield f"{event['type']} instead of {self.type}"
            return
        for name, value in self.members.items():
            if data.get(name) != value:
                yield f"{self.type}: {name} is {data.get(name)!r} instead of {value!r}"
        action = data.get("action", {})
        if self.state and action.get("state") != self.state:
            yield f"{self.type}: the action is {action.get('state')} instead of {self.state}"
        texts = f"{data.get('summary', '')} {action.get('reason', '')}"
        for text in self.says:
            if text not in texts:
                yield f"{self.type}: does not say {text!r}: {texts}"

    def __str__(self):
        return self.type


def told(type_, *says, state=None, **members):
    return Told(type_, members, says, state)


def service(name="web", definition="web:1", desired=4, **more):
    return {"service": name, "task_definition": definition, "desired": desired, **more}


def deploy(definition, name="web", **more):
    return {"update_service": {"service": name, "task_definition": definition, **more}}


@dataclasses.dataclass
class Row:
    name: str
    says: str  # what is shown, for people
    definitions: dict  # besides web:1, which runs for ever
    steps: list  # (virtual seconds after the daemon has looked twice, step)
    events: list
    writes: list = dataclasses.field(default_factory=list)  # (service, task definition) of each rollback by us
    ways: tuple = ("StopServiceDeployment",)  # by which calls, the last one for all further ones
    rollback: str = "auto"
    services: list = dataclasses.field(default_factory=lambda: [service()])
    top: dict = dataclasses.field(default_factory=dict)  # other keys of ecs-sim's scenario
    before: list = dataclasses.field(default_factory=list)  # steps before the daemon starts
    mode: str = "enforce"
    disk_full: tuple = ()  # (from, for): virtual seconds after the steps began in which no file of the daemon can grow
    role: bool = False  # the cluster is seen through an assumed role
    skew: int = 0  # how wrong the daemon's clock is, seconds
    patience: int = 900  # virtual seconds until all events must have come
    quiet: int = 120  # virtual seconds in which nothing more may come
    speed: int = 60
    restart_after: int = 0  # the restart comes after this event (from 0) ...
    restart_delay: int = 15  # ... and so many virtual seconds
    restarts: bool = True  # is there a variant with a restart?

    def world(self):
        return {"version": 1, "seed": 7, "services": self.services,
                "task_definitions": {"web:1": {}, **self.definitions}, **self.top}
