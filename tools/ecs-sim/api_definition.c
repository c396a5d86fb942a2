/* SPDX-License-Identifier: Apache-2.0 */
/* Task definitions. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api.h"
#include "base/text.h"
#include "render.h"

enum { LIST_PAGE = 100 };

/* cpu and memory are texts: "256", "1 vCPU", "512", "1 GB". */
static unsigned amount(const char *text, unsigned absent) {
        char *end;
        double value = text ? strtod(text, &end) : absent;

        if (!text || end == text || !(value > 0 && value <= 1e7))
                return absent;
        return (unsigned) (strpbrk(end, "vVgG") ? value * 1024 : value);
}

static const char *text_member(const json_t *object, const char *name) {
        return json_string_value(json_object_get(object, name));
}

static uint16_t host_port(const json_t *container) {
        const json_t *mapping = json_array_get(json_object_get(container, "portMappings"), 0);
        json_int_t port = json_integer_value(json_object_get(mapping, "hostPort"));

        return port > 0 && port <= UINT16_MAX ? (uint16_t) port : 0;
}

static int read_containers(struct Call *call, struct SimTaskDefinition *spec) {
        const json_t *containers = call_value(call, "containerDefinitions"), *container;
        bool bridge = text_equal(call_text(call, "networkMode"), "bridge") ||
                      text_equal(call_text(call, "networkMode"), "host");
        size_t i;

        if (json_array_size(containers) == 0)
                return call_fail(call, "ClientException", "Container list cannot be empty.");
        if (json_array_size(containers) > SIM_CONTAINERS_MAX)
                return call_fail(call, "ClientException", "Too many containers.");
        json_array_foreach(containers, i, container) {
                const char *name = text_member(container, "name");
                const char *image = text_member(container, "image");
                const json_t *essential = json_object_get(container, "essential");

                if (text_is_empty(name) || text_is_empty(image))
                        return call_fail(call, "ClientException",
                                         "Container.name and Container.image should not be null or "
                                         "empty.");
                spec->containers[spec->n_containers++] = (struct SimContainerDefinition) {
                        /* Copied by the core, which has no const in what it owns. */
                        .name = (char *) (uintptr_t) name,
                        .image = (char *) (uintptr_t) image,
                        .essential = !json_is_false(essential),
                        .health_check = json_is_object(json_object_get(container, "healthCheck")),
                        .host_port = bridge ? host_port(container) : 0,
                };
        }
        return 0;
}

int register_task_definition(struct Call *call) {
        _cleanup_free_ char *document = NULL;
        char family[SIM_NAME_MAX];
        struct SimTaskDefinition spec = {
                .cpu = amount(call_text(call, "cpu"), 256),
                .memory = amount(call_text(call, "memory"), 512),
                .family = family,
        };
        struct SimTaskDefinition *definition;
        int r;

        if (strlen(call_text(call, "family")) >= sizeof(family))
                return SIM_REFUSED_NAME;
        snprintf(family, sizeof(family), "%s", call_text(call, "family"));
        r = read_containers(call, &spec);
        if (r != 0)
                return r;
        sim_behaviour_default(&spec.behaviour);
        document = json_dumps(call->request, JSON_COMPACT);
        if (!document)
                return -ENOMEM;
        spec.document = document;
        r = sim_register_definition(call->sim, &spec, &definition);
        if (r != 0)
                return r;
        call->response = json_pack("{s:o, s:[]}", "taskDefinition",
                                   render_definition(call->world, definition), "tags");
        return 0;
}

int deregister_task_definition(struct Call *call) {
        struct SimTaskDefinition *definition;
        int r;

        r = call_definition(call, call_text(call, "taskDefinition"), &definition);
        if (r != 0)
                return call_fail(call, "ClientException",
                                 "The specified task definition does not exist.");
        sim_deregister_definition(call->sim, definition);
        call->response =
                json_pack("{s:o}", "taskDefinition", render_definition(call->world, definition));
        return 0;
}

int describe_task_definition(struct Call *call) {
        struct SimTaskDefinition *definition;
        int r;

        r = call_definition(call, call_text(call, "taskDefinition"), &definition);
        if (r != 0)
                return call_fail(call, "ClientException", "Unable to describe task definition.");
        call->response = json_pack("{s:o, s:[]}", "taskDefinition",
                                   render_definition(call->world, definition), "tags");
        return 0;
}

static bool is_listed(const struct Call *call, const struct SimTaskDefinition *definition) {
        const char *family = call_text(call, "familyPrefix"), *status = call_text(call, "status");

        if (family && !text_equal(family, definition->family))
                return false;
        return definition->active == !text_equal(status, "INACTIVE");
}

int list_task_definitions(struct Call *call) {
        _cleanup_(items_done) struct Items items = {};
        bool descending = text_equal(call_text(call, "sort"), "DESC");
        size_t count;
        struct SimTaskDefinition *const *definitions = sim_definitions(call->sim, &count);
        char arn[ARN_MAX];
        int r = 0;

        for (size_t i = 0; i < count && r == 0; i++) {
                usec_t place = definitions[i]->revision;

                if (is_listed(call, definitions[i]))
                        r = items_add(&items, descending ? UINT32_MAX - place : place,
                                      definitions[i]->family,
                                      json_string(
                                              definition_arn(call->world, definitions[i], arn)));
        }
        return r < 0 ? r : call_page(call, &items, "taskDefinitionArns", LIST_PAGE);
}
