/* SPDX-License-Identifier: Apache-2.0 */
#include <pwd.h>
#include <stdio.h>
#include <sys/socket.h>

#include "base/text.h"
#include "daemon/api/internal.h"

const char *request_parameter(const struct Request *request, const char *name) {
        const char *value =
                MHD_lookup_connection_value(request->connection, MHD_GET_ARGUMENT_KIND, name);

        return text_is_empty(value) ? NULL : value;
}

int request_refuse(struct Request *request, unsigned status, const char *problem) {
        request->problem = problem;
        return (int) status;
}

/* Of the socket's other end, as the kernel says. */
static bool peer_uid(const struct Request *request, uid_t *ret) {
        const union MHD_ConnectionInfo *info =
                MHD_get_connection_info(request->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
        struct ucred peer;
        socklen_t size = sizeof(peer);

        if (!info || getsockopt(info->connect_fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0)
                return false;
        *ret = peer.uid;
        return true;
}

void request_author(const struct Request *request, char ret[HOLD_AUTHOR_MAX]) {
        struct passwd entry, *found = NULL;
        char texts[4096];
        uid_t uid;

        if (!peer_uid(request, &uid))
                snprintf(ret, HOLD_AUTHOR_MAX, "somebody");
        else if (getpwuid_r(uid, &entry, texts, sizeof(texts), &found) == 0 && found)
                snprintf(ret, HOLD_AUTHOR_MAX, "%s", found->pw_name);
        else
                snprintf(ret, HOLD_AUTHOR_MAX, "uid %u", (unsigned) uid);
}
