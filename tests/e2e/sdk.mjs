// SPDX-License-Identifier: Apache-2.0
// The AWS SDK for JavaScript against ecs-sim: a client that shares no code with ours, nor with the AWS CLI.
// usage: node sdk.mjs FOLDER ECS-SIM; FOLDER has node_modules (tools/fetch-sdk). Prints TAP, skips all where it has none.
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const [folder, program] = process.argv.slice(2);
const require = createRequire(join(resolve(folder), "package.json"));
if (!existsSync(join(folder, "node_modules/@aws-sdk/client-ecs"))) {
  console.log("1..0 # SKIP there is no AWS SDK for JavaScript");
  process.exit(0);
}
const ecs = require("@aws-sdk/client-ecs");
const scaling = require("@aws-sdk/client-auto-scaling");
const codedeploy = require("@aws-sdk/client-codedeploy");
const sts = require("@aws-sdk/client-sts");

const SPEED = 20; // it signs with the real clock: a quarter of an hour of skew is 45 s away
const scenario = {
  version: 1,
  clusters: ["prod"],
  auto_scaling_groups: [{ group: "asg", desired: 1, max: 2, launch_takes: "10s" }],
  services: [
    { service: "web", task_definition: "web:1", desired: 2, tags: { team: "payments" } },
    { service: "green", task_definition: "web:1", desired: 1, strategy: { kind: "CANARY", bake: "1m", step_bake: "1m" } },
    { service: "blue", task_definition: "web:1", desired: 1, controller: "CODE_DEPLOY" },
    { service: "own", task_definition: "web:1", desired: 2, controller: "EXTERNAL" },
  ],
  task_definitions: { "web:1": {}, "web:2": {}, "web:3": { behaviour: { exit: { after: "5s", code: 3 } } } },
};

const work = mkdtempSync(join(tmpdir(), "ecswatch-sdk-"));
writeFileSync(join(work, "scenario.yaml"), JSON.stringify(scenario));
const simulator = spawn(program, ["--scenario", join(work, "scenario.yaml"), "--speed", `${SPEED}`, "--port-file", join(work, "port")],
  { stdio: ["ignore", "ignore", "inherit"] });
const ended = new Promise((done) => simulator.on("exit", done));

const sleep = (seconds) => new Promise((done) => setTimeout(done, seconds * 1000));
async function until(what, seconds = 30) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const answer = await what();
    if (answer || Date.now() > end) return answer;
    await sleep(0.2);
  }
}

await until(() => existsSync(join(work, "port")) && readFileSync(join(work, "port"), "utf8") !== "", 10);
const endpoint = `http://127.0.0.1:${readFileSync(join(work, "port"), "utf8").trim()}`;
const options = {
  endpoint,
  region: "us-east-1",
  credentials: { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" },
};
const client = new ecs.ECSClient(options);
const ask = (name, input) => client.send(new ecs[`${name}Command`]({ cluster: "prod", ...input }));
const describe = async (service) => (await ask("DescribeServices", { services: [service], include: ["TAGS"] })).services[0];
const step = async (body) => (await fetch(`${endpoint}/_sim/step`, { method: "POST", body: JSON.stringify(body) })).json();

const checks = [];
const check = (name, holds) => checks.push([name, holds]);
async function refused(promise) {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  return undefined;
}

check("who am I", async () =>
  (await new sts.STSClient(options).send(new sts.GetCallerIdentityCommand({}))).Arn === "arn:aws:iam::123456789012:user/ecs-sim");
check("a paginator lists every service", async () => {
  const found = [];
  for await (const page of ecs.paginateListServices({ client, pageSize: 1 }, { cluster: "prod" })) found.push(...page.serviceArns);
  return found.length === 4 && new Set(found).size === 4;
});
check("a service is read", async () => {
  const web = await describe("web");
  return web.status === "ACTIVE" && web.runningCount === 2 && web.createdAt instanceof Date && web.tags[0].value === "payments" &&
    web.deployments[0].rolloutState === "COMPLETED" && web.events[0].createdAt instanceof Date;
});
check("what is not there is an error of its own class", async () =>
  (await refused(ask("ListTasks", { cluster: "nope" }))) instanceof ecs.ClusterNotFoundException);
check("and so is a parameter that may not be", async () =>
  (await refused(ask("DescribeServices", { services: "abcdefghijk".split("") }))) instanceof ecs.InvalidParameterException);
check("a rollout, and the waiter that waits for it", async () => {
  const { service } = await ask("UpdateService", { service: "web", taskDefinition: "web:2" });
  if (service.deployments[0].rolloutState !== "IN_PROGRESS") return false;
  const { state } = await ecs.waitUntilServicesStable({ client, maxWaitTime: 60, minDelay: 1, maxDelay: 1 },
    { cluster: "prod", services: ["web"] });
  return state === "SUCCESS";
});
check("a bad one is stopped, and ECS goes back", async () => {
  await ask("UpdateService", { service: "web", taskDefinition: "web:3" });
  const current = await until(async () => {
    const { currentServiceDeployment } = await describe("web");
    const { serviceDeployments } = await ask("DescribeServiceDeployments", { serviceDeploymentArns: [currentServiceDeployment] });
    return serviceDeployments[0].status === "IN_PROGRESS" && serviceDeployments[0];
  });
  await sleep(2); // forty of its seconds: tasks of it exit
  const stopped = await ask("StopServiceDeployment", { serviceDeploymentArn: current.serviceDeploymentArn, stopType: "ROLLBACK" });
  const revisions = await ask("DescribeServiceRevisions", { serviceRevisionArns: [current.sourceServiceRevisions[0].arn] });
  const after = await until(async () => {
    const { serviceDeployments } = await ask("ListServiceDeployments", { service: "web" });
    return serviceDeployments[0].status === "ROLLBACK_SUCCESSFUL" && serviceDeployments[0];
  });
  return stopped.serviceDeploymentArn === current.serviceDeploymentArn && after.createdAt instanceof Date &&
    revisions.serviceRevisions[0].taskDefinition.endsWith("/web:2");
});
check("what has ended cannot be stopped", async () => {
  const { currentServiceDeployment } = await describe("web");
  return (await refused(ask("StopServiceDeployment", { serviceDeploymentArn: currentServiceDeployment }))) instanceof ecs.ConflictException;
});
check("its tasks tell why they stopped", async () => {
  const { taskArns } = await ask("ListTasks", { family: "web", desiredStatus: "STOPPED" });
  const { tasks } = await ask("DescribeTasks", { tasks: taskArns });
  return tasks.some((task) => task.stopCode === "EssentialContainerExited" && task.containers[0].exitCode === 3 &&
    task.stoppedAt instanceof Date);
});
check("a canary shifts, bakes and completes", async () => {
  await ask("UpdateService", { service: "green", taskDefinition: "web:2" });
  const stage = (name) => until(async () => {
    const { currentServiceDeployment } = await describe("green");
    const { serviceDeployments } = await ask("DescribeServiceDeployments", { serviceDeploymentArns: [currentServiceDeployment] });
    return serviceDeployments[0].lifecycleStage === name || serviceDeployments[0].status === name;
  }, 90);
  const { deploymentConfiguration } = await describe("green");
  return deploymentConfiguration.strategy === "CANARY" && deploymentConfiguration.canaryConfiguration.canaryPercent === 10 &&
    (await stage("PRODUCTION_TRAFFIC_SHIFT")) && (await stage("SUCCESSFUL"));
});
check("CodeDeploy is asked to stop, and goes back", async () => {
  await step({ update_service: { service: "blue", task_definition: "web:3" } });
  const sets = (await describe("blue")).taskSets;
  const mine = sets.find((set) => set.status === "ACTIVE");
  const deploy = new codedeploy.CodeDeployClient(options);
  const stop = () => deploy.send(new codedeploy.StopDeploymentCommand({ deploymentId: mine.externalId, autoRollbackEnabled: true }));
  const { status } = await stop();
  const again = await refused(stop());
  const left = await until(async () => (await describe("blue")).taskSets.length === 1);
  return mine.startedBy === "CODE_DEPLOY" && mine.scale.value === 100 && status === "Pending" && left &&
    again instanceof codedeploy.DeploymentAlreadyCompletedException;
});
check("UpdateService moves no task sets", async () =>
  (await refused(ask("UpdateService", { service: "blue", taskDefinition: "web:2" }))) instanceof ecs.InvalidParameterException);
check("task sets are made, scaled, promoted and deleted", async () => {
  const { taskSet } = await ask("CreateTaskSet", { service: "own", taskDefinition: "web:2", externalId: "x", scale: { value: 50, unit: "PERCENT" } });
  const steady = (id) => until(async () =>
    (await ask("DescribeTaskSets", { service: "own" })).taskSets.find((set) => set.id === id)?.stabilityStatus === "STEADY_STATE");
  const old = (await ask("DescribeTaskSets", { service: "own" })).taskSets.find((set) => set.status === "PRIMARY");
  if (taskSet.computedDesiredCount !== 1 || !(await steady(taskSet.id))) return false;
  const forbidden = await refused(ask("DeleteTaskSet", { service: "own", taskSet: old.id }));
  await ask("UpdateTaskSet", { service: "own", taskSet: taskSet.id, scale: { value: 100, unit: "PERCENT" } });
  await ask("UpdateServicePrimaryTaskSet", { service: "own", primaryTaskSet: taskSet.id });
  await ask("DeleteTaskSet", { service: "own", taskSet: old.id });
  const alone = await until(async () => (await ask("DescribeTaskSets", { service: "own" })).taskSets.length === 1);
  return forbidden instanceof ecs.InvalidParameterException && alone && (await steady(taskSet.id)) && (await describe("own")).runningCount === 2;
});
check("a task set that is not there", async () =>
  (await refused(ask("UpdateTaskSet", { service: "own", taskSet: "ecs-svc/1", scale: { value: 1, unit: "PERCENT" } }))) instanceof
    ecs.TaskSetNotFoundException);
check("a group is scaled out, and its host drained", async () => {
  const groups = new scaling.AutoScalingClient(options);
  const group = async () =>
    (await groups.send(new scaling.DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: ["asg"] }))).AutoScalingGroups[0];
  const before = await group();
  await groups.send(new scaling.SetDesiredCapacityCommand({ AutoScalingGroupName: "asg", DesiredCapacity: 2, HonorCooldown: false }));
  const during = await group();
  const after = await until(async () => (await group()).Instances.every((each) => each.LifecycleState === "InService") && (await group()));
  const { containerInstanceArns } = await ask("ListContainerInstances", { status: "ACTIVE" });
  const drained = await ask("UpdateContainerInstancesState", { containerInstances: [containerInstanceArns[0]], status: "DRAINING" });
  const left = await ask("ListContainerInstances", { status: "ACTIVE" });
  const tooMany = await refused(
    groups.send(new scaling.SetDesiredCapacityCommand({ AutoScalingGroupName: "asg", DesiredCapacity: 3 })));
  return before.DesiredCapacity === 1 && during.Instances.length === 2 && after.Instances.length === 2 && containerInstanceArns.length === 2 &&
    drained.containerInstances[0].status === "DRAINING" && left.containerInstanceArns.length === 1 && tooMany?.name === "ValidationError";
});
check("it repeats what was throttled, and what a server failed at", async () => {
  await step({ fault: { kind: "throttle", operation: "ListClusters" } });
  const first = await ask("ListClusters", {});
  await step({ fault: { kind: "error_5xx", status: 503, operation: "ListClusters" } });
  const second = await ask("ListClusters", {});
  return first.$metadata.attempts === 2 && second.$metadata.attempts === 2;
});
check("a permission that is missing", async () => {
  await step({ deny: ["ListTasks"] });
  return (await refused(ask("ListTasks", {})))?.name === "AccessDeniedException";
});
check("an assumed role signs as well", async () => {
  const { Credentials: given } = await new sts.STSClient(options).send(
    new sts.AssumeRoleCommand({ RoleArn: "arn:aws:iam::123456789012:role/ops", RoleSessionName: "test" }));
  const assumed = new ecs.ECSClient({ ...options, credentials: {
    accessKeyId: given.AccessKeyId, secretAccessKey: given.SecretAccessKey, sessionToken: given.SessionToken } });
  return (await assumed.send(new ecs.ListClustersCommand({}))).clusterArns.length === 1;
});
check("a wrong secret is noticed", async () => {
  const wrong = new ecs.ECSClient({ ...options, credentials: { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "wrong" } });
  return (await refused(wrong.send(new ecs.ListClustersCommand({}))))?.name === "InvalidSignatureException";
});

let failed = 0;
for (const [index, [name, holds]] of checks.entries()) {
  let problem = "";
  let good = false;
  try {
    good = Boolean(await holds());
  } catch (error) {
    problem = `${error}`;
  }
  failed += good ? 0 : 1;
  console.log(`${good ? "ok" : "not ok"} ${index + 1} - ${name}`);
  if (problem) console.log(`# ${problem.replaceAll("\n", "\n# ")}`);
}
console.log(`1..${checks.length}`);
simulator.kill();
await ended;
rmSync(work, { recursive: true });
process.exitCode = failed === 0 ? 0 : 1;
