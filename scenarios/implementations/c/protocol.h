// The protocol of assay for adapters in C and C++, with discovery and a source
// of keys. To test your own verifier, keep protocol.c and replace the adapter.
#pragma once

#include <jansson.h>
#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct session session;

// A refusal says why a token or a configuration is refused.
typedef struct {
    const char *reason; // a name with static lifetime
    char message[400];
} refusal;

// refuse fills why and returns NULL.
void *refuse(refusal *why, const char *reason, const char *format, ...) __attribute__((format(printf, 3, 4)));

// setup returns the configuration, which lives as long as the session.
json_t *setup(const session *s);

// allows reports whether alg is in the allow-list.
bool allows(const session *s, const char *alg);

// leeway returns the clock skew to allow, in seconds.
double leeway(const session *s);

// instant is the time of the session that the thread serves, in seconds since
// 1970.
double instant(void);

// key returns the first JWK with the kid, in JSON, to be freed. A token without
// kid, which is NULL, gets the only key of the set. OIDC Core 10.1.
char *key(session *s, const char *kid, refusal *why);

// serve answers the requests on standard input until it ends. verify returns the
// claims of a token, to be freed, or NULL.
int serve(json_t *description, json_t *(*verify)(session *, const char *token, size_t length, refusal *why));

#ifdef __cplusplus
}
#endif
