/* SPDX-License-Identifier: Apache-2.0 */
/* What a name or a URL must look like. */
#include <arpa/inet.h>
#include <ctype.h>
#include <string.h>

#include "base/text.h"
#include "config/file.h"

enum { SERVICE_NAME_MAX = 255, HOST_BYTES_MAX = 256 };

bool service_name_is_valid(const char *name) {
        size_t n = strlen(name);

        for (size_t i = 0; i < n; i++)
                if (!isalnum((unsigned char) name[i]) && name[i] != '-' && name[i] != '_')
                        return false;
        return n > 0 && n <= SERVICE_NAME_MAX;
}

bool text_is_pattern(const char *text) {
        return strpbrk(text, "*?[") != NULL;
}

/* The host of "//host:port/…", without brackets. */
static bool host_copy(const char *p, char host[HOST_BYTES_MAX]) {
        bool bracket = p[0] == '[';
        size_t n = bracket ? strcspn(++p, "]") : strcspn(p, ":/?#");

        if (n == 0 || n >= HOST_BYTES_MAX || (bracket && p[n] != ']'))
                return false;
        memcpy(host, p, n);
        host[n] = '\0';
        return true;
}

/* Addresses in full form only: inet_pton() takes no "127.1". */
static bool host_is_local(const char *host, bool link_local_too) {
        unsigned char four[4], six[16];

        if (strcasecmp(host, "localhost") == 0)
                return true;
        if (inet_pton(AF_INET, host, four) == 1)
                return four[0] == 127 || (link_local_too && four[0] == 169 && four[1] == 254);
        if (inet_pton(AF_INET6, host, six) == 1)
                return memcmp(six, &in6addr_loopback, sizeof(six)) == 0 ||
                       (link_local_too && six[0] == 0xFE && (six[1] & 0xC0) == 0x80);
        return false;
}

const char *url_problem(const char *url, bool local_too, bool insecure) {
        bool https = strncasecmp(url, "https://", 8) == 0;
        char host[HOST_BYTES_MAX];

        if (!https && strncasecmp(url, "http://", 7) != 0)
                return "is no URL; write https://HOST/PATH";
        if (strpbrk(url, " \"<>\\^`{|}"))
                return "holds a character that no URL may hold";
        if (!host_copy(url + (https ? 8 : 7), host))
                return "names no host; write https://HOST/PATH";
        if (strcspn(url + (https ? 8 : 7), "@") < strcspn(url + (https ? 8 : 7), "/?#"))
                return "holds a user name or password; remove it";
        if (https || insecure || host_is_local(host, local_too))
                return NULL;
        return local_too ? "is plain http; write https (http is for loopback and link-local "
                           "addresses only)"
                         : "is plain http; write https (http is for loopback only, or with "
                           "insecure: true)";
}
