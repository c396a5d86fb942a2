/* SPDX-License-Identifier: Apache-2.0 */
/* What there is to run, and what to run it on. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/time.h"
#include "sim/behaviour.h"
#include "sim/words.h"

enum {
        SIM_NAME_MAX = 256,      /* ECS: 255 letters, digits, - and _ */
        SIM_ID_MAX = 48,         /* "ecs-svc/" and 19 digits, a task's 32 hex digits, a UUID */
        SIM_EVENTS_KEPT = 100,   /* DescribeServices shows no more */
        SIM_CONTAINERS_MAX = 10, /* ECS: containers in a task definition */
        SIM_SOURCES_MAX = 8,     /* service revisions that one service deployment replaces */
        SIM_PORTS_MAX = 100,     /* ECS: reserved host ports of a container instance */
};

struct SimContainerDefinition {
        char *name;
        char *image;
        bool essential;
        bool health_check;
        uint16_t host_port; /* 0: none, or chosen at random */
};

/* Never freed before its Sim: tasks and deployments point to it. */
struct SimTaskDefinition {
        char *family;
        unsigned revision;
        char *name; /* "family:revision" */
        bool active;
        usec_t registered_at;
        usec_t deregistered_at; /* USEC_UNKNOWN while active */
        unsigned cpu;           /* units */
        unsigned memory;        /* MiB */
        unsigned disk;          /* MiB that a task's containers take on a container instance */
        struct SimContainerDefinition containers[SIM_CONTAINERS_MAX];
        size_t n_containers;
        struct SimBehaviour behaviour;
        char *document; /* what the API was given, opaque to the core; NULL */
};

/* A container instance. Kept after its end: tasks point to it. */
struct SimInstance {
        char *name;
        char id[SIM_ID_MAX];
        char ec2_id[SIM_ID_MAX];
        char *availability_zone;
        enum SimInstanceStatus status;
        bool agent_connected;
        usec_t registered_at;
        unsigned cpu, memory;           /* registered */
        unsigned cpu_left, memory_left; /* remaining */
        unsigned disk, disk_left;       /* MiB; 0: as much as is asked for */
        uint16_t ports[SIM_PORTS_MAX];  /* in use */
        size_t n_ports;
        unsigned n_tasks; /* that hold resources here */
        struct SimCluster *cluster;
};

/* An Auto Scaling group: container instances of one kind. */
struct SimGroup {
        char *name;
        struct SimCluster *cluster;
        unsigned cpu, memory, disk; /* of an instance */
        unsigned minimum, maximum, desired;
        usec_t launch_takes;
        struct SimInstance **instances; /* oldest first; INACTIVE ones too */
        size_t n_instances, instances_allocated;
        unsigned launching; /* on their way */
        unsigned launched;  /* ever: the number in the next one's name */
};

struct SimCluster {
        char *name;
        struct SimInstance **instances;
        size_t n_instances, instances_allocated;
        struct SimService **services; /* INACTIVE ones too */
        size_t n_services, services_allocated;
};
