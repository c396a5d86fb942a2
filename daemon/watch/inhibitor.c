/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/watch/inhibitor.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/text.h"

enum { SCOPES_MAX = 10000, SERVICES_MAX = 100000 };

struct InhibitScope *inhibitor_scope(struct Inhibitor *inhibitor, const char *name) {
        struct InhibitScope *scope;

        for (size_t i = 0; i < inhibitor->n_scopes; i++)
                if (text_equal(inhibitor->scopes[i].name, name))
                        return inhibitor->scopes + i;
        if (array_reserve(&inhibitor->scopes, &inhibitor->allocated, inhibitor->n_scopes + 1,
                          sizeof(struct InhibitScope), SCOPES_MAX) < 0)
                return NULL;
        scope = inhibitor->scopes + inhibitor->n_scopes;
        *scope = (struct InhibitScope) {.name = strdup(name)};
        if (!scope->name)
                return NULL;
        inhibitor->n_scopes++;
        return scope;
}

struct ServiceTrouble *inhibitor_service(struct InhibitScope *scope, const char *arn) {
        struct TroubledService *service;

        for (size_t i = 0; i < scope->n_services; i++)
                if (text_equal(scope->services[i].arn, arn))
                        return &scope->services[i].trouble;
        if (array_reserve(&scope->services, &scope->allocated, scope->n_services + 1,
                          sizeof(struct TroubledService), SERVICES_MAX) < 0)
                return NULL;
        service = scope->services + scope->n_services;
        *service = (struct TroubledService) {.arn = strdup(arn)};
        if (!service->arn)
                return NULL;
        scope->n_services++;
        return &service->trouble;
}

void inhibitor_forget(struct InhibitScope *scope, usec_t before) {
        size_t kept = 0;

        for (size_t i = 0; i < scope->n_services; i++)
                if (scope->services[i].trouble.any_at > before)
                        scope->services[kept++] = scope->services[i];
                else
                        free(scope->services[i].arn);
        scope->n_services = kept;
}

void inhibitor_done(struct Inhibitor *inhibitor) {
        for (size_t i = 0; i < inhibitor->n_scopes; i++) {
                struct InhibitScope *scope = inhibitor->scopes + i;

                for (size_t k = 0; k < scope->n_services; k++)
                        free(scope->services[k].arn);
                free(scope->services);
                free(scope->name);
        }
        free(inhibitor->scopes);
}
