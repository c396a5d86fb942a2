#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The AWS CLI against ecs-sim: an independent client that signs, retries, pages and waits as AWS's own tools do.
# usage: awscli.sh ECS-SIM; prints TAP, skips all where there is no aws. The packaged one is preferred.
set -u

sim=$1
aws=/usr/bin/aws
[ -x "$aws" ] || aws=$(command -v aws) || {
        echo "1..0 # SKIP there is no AWS CLI"
        exit 0
}

dir=$(mktemp -d)
pid=
finish() {
        [ -z "$pid" ] || kill "$pid" 2>/dev/null
        rm -rf "$dir"
}
trap finish EXIT
trap 'exit 1' INT TERM

cat >"$dir/scenario.yaml" <<'END'
version: 1
clusters: [prod]
instances:
  - {instance: host-1}
services:
  - {service: web, task_definition: "web:1", desired: 2, tags: {team: payments}}
  - {service: batch, task_definition: "web:1", desired: 1, launch_type: EC2}
task_definitions:
  web:1: {}
  web:2: {}
  web:3: {behaviour: {exit: {after: 5s, code: 3}, log: [starting, "no database", bye]}}
  web:4: {status: INACTIVE}
END

# The CLI signs with the real clock: at ten times its speed a quarter of an hour of skew is 100 s away.
"$sim" --scenario "$dir/scenario.yaml" --speed 10 --port-file "$dir/port" >"$dir/out" 2>&1 &
pid=$!
for _ in 1 2 3 4 5 6 7 8 9 10; do
        [ -s "$dir/port" ] && break
        sleep 0.5
done
[ -s "$dir/port" ] || { echo "Bail out! ecs-sim does not answer: $(cat "$dir/out")"; exit 1; }
url=http://127.0.0.1:$(cat "$dir/port")

export AWS_ACCESS_KEY_ID=AKIDEXAMPLE AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY
export AWS_DEFAULT_REGION=us-east-1 AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null AWS_PAGER=
export AWS_EC2_METADATA_DISABLED=true
unset AWS_SESSION_TOKEN AWS_PROFILE

number=0
failed=0
# check NAME PATTERN COMMAND...: its output, both streams, must match the extended pattern.
check() {
        name=$1 pattern=$2
        shift 2
        number=$((number + 1))
        "$@" >"$dir/answer" 2>&1
        if grep -Eq -- "$pattern" "$dir/answer"; then
                echo "ok $number - $name"
        else
                failed=$((failed + 1))
                echo "not ok $number - $name"
                echo "# expected: $pattern"
                sed 's/^/# got: /' "$dir/answer"
        fi
}
ecs() {
        "$aws" --output text --endpoint-url "$url" ecs "$@"
}
step() {
        curl -sS --max-time 10 -d "$1" "$url/_sim/step"
}
# Polls in virtual time: a rollout of a minute takes six seconds.
until_says() {
        for _ in $(seq 60); do
                ecs describe-services --cluster prod --services web --query "$1" >"$dir/poll" 2>&1
                grep -Eq -- "$2" "$dir/poll" && break
                sleep 0.2
        done
        cat "$dir/poll"
}

states='services[0].deployments[].[status,rolloutState]'
check 'who am I' 'arn:aws:iam::123456789012:user/ecs-sim' "$aws" --endpoint-url "$url" sts get-caller-identity
check 'list clusters' ':cluster/prod' ecs list-clusters
check 'list services, page by page' '^2$' \
        ecs list-services --cluster prod --page-size 1 --query 'length(serviceArns)' --output json
check 'describe services' 'web	ACTIVE	2	2' \
        ecs describe-services --cluster prod --services web --query 'services[].[serviceName,status,desiredCount,runningCount]'
check 'tags' 'payments' ecs describe-services --cluster prod --services web --include TAGS --query 'services[].tags[].value'
check 'an unknown service is a failure, not an error' ':service/prod/nope	MISSING' \
        ecs describe-services --cluster prod --services web nope --query 'failures[].[arn,reason]'
check 'unknown cluster' 'ClusterNotFoundException.*Cluster not found' ecs list-tasks --cluster nope
check 'eleven services' 'InvalidParameterException' ecs describe-services --cluster prod --services a b c d e f g h i j k
check 'a malformed name' 'InvalidParameterException' ecs describe-services --cluster prod --services web 'no/such;name'
check 'startedBy beside another filter' 'InvalidParameterException' \
        ecs list-tasks --cluster prod --started-by ecs-svc/1 --desired-status STOPPED
check 'an inactive task definition' 'ClientException.*TaskDefinition is inactive' \
        ecs update-service --cluster prod --service web --task-definition web:4
check 'unknown service' 'ServiceNotFoundException' ecs update-service --cluster prod --service nope --desired-count 1
check 'a service of CodeDeploy' 'CODE_DEPLOY' ecs create-service --cluster prod --service-name blue \
        --task-definition web:1 --launch-type FARGATE --deployment-controller type=CODE_DEPLOY --query 'service.deploymentController.type'
check 'has a task set' 'PRIMARY	CODE_DEPLOY' ecs describe-task-sets --cluster prod --service blue \
        --query 'taskSets[].[status,startedBy]'
check 'that UpdateService does not replace' 'InvalidParameterException.*CODE_DEPLOY' \
        ecs update-service --cluster prod --service blue --task-definition web:2
check 'an unknown group' '^0$' "$aws" --output text --endpoint-url "$url" autoscaling describe-auto-scaling-groups \
        --auto-scaling-group-names nope --query 'length(AutoScalingGroups)'
check 'is not scaled' 'ValidationError.*name not found' "$aws" --endpoint-url "$url" autoscaling set-desired-capacity \
        --auto-scaling-group-name nope --desired-capacity 2
check 'an unknown deployment' 'DeploymentDoesNotExistException' "$aws" --endpoint-url "$url" deploy stop-deployment \
        --deployment-id d-000000000
check 'container instances' 'ACTIVE	True	1' ecs describe-container-instances --cluster prod --container-instances \
        "$(ecs list-container-instances --cluster prod --query 'containerInstanceArns[0]')" \
        --query 'containerInstances[].[status,agentConnected,runningTasksCount]'

check 'deploy' 'PRIMARY	0	IN_PROGRESS' ecs update-service --cluster prod --service web --task-definition web:2 \
        --query 'service.deployments[].[status,desiredCount,rolloutState]'
check 'the rollout completes' 'PRIMARY	COMPLETED' until_says "[length(services[0].deployments), $states]" '^1$'
check 'the waiter agrees' '^0$' sh -c "'$aws' --endpoint-url $url ecs wait services-stable --cluster prod --services web; echo \$?"
check 'it was told' 'deployment completed\.' \
        ecs describe-services --cluster prod --services web --query 'services[].events[].message'

check 'deploy by a step' '"deployment":"ecs-svc/' step '{"update_service": {"service": "web", "task_definition": "web:3"}}'
stopped() {
        for _ in $(seq 60); do
                task=$(ecs list-tasks --cluster prod --family web --desired-status STOPPED --query 'taskArns[-1]')
                ecs describe-tasks --cluster prod --tasks "$task" --query \
                        'tasks[].[stopCode,stoppedReason,containers[0].exitCode,startedBy,lastStatus]' >"$dir/poll" 2>&1
                grep -q EssentialContainerExited "$dir/poll" && grep -q 'STOPPED$' "$dir/poll" && break
                sleep 0.2
        done
        cat "$dir/poll"
}
check 'its tasks stop' 'EssentialContainerExited	Essential container in task exited	3	ecs-svc/[0-9]{19}	STOPPED' stopped
check 'its containers log' 'awslogs	/ecs/web	us-east-1	ecs' ecs describe-task-definition --task-definition web:3 --query \
        'taskDefinition.containerDefinitions[0].logConfiguration.[logDriver,options."awslogs-group",options."awslogs-region",options."awslogs-stream-prefix"]'
log() {
        "$aws" --output text --endpoint-url "$url" logs get-log-events --log-group-name /ecs/web --log-stream-name "$@"
}
check 'and what they wrote last can be read' '^no database	bye$' log "ecs/app/${task##*/}" --limit 2 --query 'events[].message'
check 'of a task that never was nothing' 'ResourceNotFoundException.*log stream does not exist' log ecs/app/0

current=$(ecs describe-services --cluster prod --services web --query 'services[0].currentServiceDeployment')
# Two operations, two ages: a CLI may know the one and not the other. Without its argument it says which.
if ecs describe-service-deployments --service-deployment-arns "$current" >/dev/null 2>&1 &&
        ecs stop-service-deployment 2>&1 | grep -q 'required'; then
        check 'stop the service deployment' 'service-deployment/prod/web/' \
                ecs stop-service-deployment --service-deployment-arn "$current"
        check 'the old revision is back' 'PRIMARY	COMPLETED' until_says "[length(services[0].deployments), $states]" '^1$'
        check 'the service deployment says so' 'ROLLBACK_SUCCESSFUL' ecs describe-service-deployments \
                --service-deployment-arns "$current" --query 'serviceDeployments[].status'
else
        number=$((number + 1))
        echo "ok $number - stop the service deployment # SKIP this aws cannot stop service deployments"
        check 'back by update' 'web:2' ecs update-service --cluster prod --service web --task-definition web:2 \
                --query 'service.taskDefinition'
fi

# The CLI tells passing trouble from refusals by itself, and tries again.
calls() {
        curl -sS --max-time 10 "$url/_sim/calls?operation=$1" | tr '{' '\n' | grep -c "\"$2\""
}
check 'a throttled call' '"now"' step '{"fault": {"kind": "throttle", "operation": "ListClusters"}}'
check 'is tried again' ':cluster/prod' ecs list-clusters
check 'and is in the log' '^1$' calls ListClusters ThrottlingException
check 'a server that fails' '"now"' step '{"fault": {"kind": "error_5xx", "status": 503, "operation": "ListClusters"}}'
check 'is asked again' ':cluster/prod' ecs list-clusters
check 'a connection that breaks' '"now"' step '{"fault": {"kind": "reset", "operation": "ListClusters"}}'
check 'is opened again' ':cluster/prod' ecs list-clusters
check 'permission taken away' '"now"' step '{"deny": ["ListTasks"]}'
check 'is missed' 'AccessDeniedException.*ecs:ListTasks' ecs list-tasks --cluster prod
check 'an assumed role' 'ASIA' "$aws" --endpoint-url "$url" sts assume-role --role-arn arn:aws:iam::123456789012:role/ops \
        --role-session-name test
check 'a wrong secret' 'InvalidSignatureException' env AWS_SECRET_ACCESS_KEY=wrong "$aws" --endpoint-url "$url" ecs list-clusters
check 'an unknown key' 'UnrecognizedClientException' env AWS_ACCESS_KEY_ID=AKIDOTHER "$aws" --endpoint-url "$url" ecs list-clusters

kill "$pid"
wait "$pid"
check 'ends cleanly' '^0$' echo $?
pid=
echo "1..$number"
[ "$failed" -eq 0 ]
