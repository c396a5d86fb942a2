// SPDX-License-Identifier: Apache-2.0
// The same calls by the AWS SDK for JavaScript, which reads all of every answer.
// usage: node peer.mjs FOLDER URL COUNT INTERVAL_MS NAME...; FOLDER has node_modules (tools/fetch-sdk), NODE_EXTRA_CA_CERTS the authority
import { createRequire } from "node:module";
import { join, resolve } from "node:path";

const [folder, endpoint, count, interval, ...services] = process.argv.slice(2);
const { ECSClient, DescribeServicesCommand } = createRequire(join(resolve(folder), "package.json"))("@aws-sdk/client-ecs");
const client = new ECSClient({ endpoint, region: "us-east-1", credentials: { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "example" } });
for (let i = 0; i < Number(count); i++) {
  if (Number(interval) > 0) await new Promise((done) => setTimeout(done, Number(interval)));
  const answer = await client.send(new DescribeServicesCommand({ cluster: "prod", services }));
  if (answer.services.length !== services.length) throw new Error("a service is missing");
}
