#define _GNU_SOURCE // asprintf
#include "protocol.h"

#include <curl/curl.h>
#include <math.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

struct session {
    json_t *setup;
    double now; // NAN means the time of the system
    char *uri;
    json_t *keys;
    double fetched, renewed;
    pthread_mutex_t fetching, holding; // holding protects keys, fetched and renewed
};

static _Thread_local double now_of_thread = NAN;

// This takes the place of the function of the C library, through which other
// libraries read the clock, too.
int clock_gettime(clockid_t clock, struct timespec *t)
{
    if (clock != CLOCK_REALTIME || isnan(now_of_thread))
        return (int)syscall(SYS_clock_gettime, clock, t);
    t->tv_sec = (time_t)floor(now_of_thread);
    t->tv_nsec = (long)((now_of_thread - floor(now_of_thread)) * 1e9);
    return 0;
}

double instant(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

void *refuse(refusal *why, const char *reason, const char *format, ...)
{
    why->reason = reason;
    va_list values;
    va_start(values, format);
    vsnprintf(why->message, sizeof why->message, format, values);
    va_end(values);
    return NULL;
}

json_t *setup(const session *s) { return s->setup; }

static const char *text(const json_t *object, const char *member)
{
    const char *found = json_string_value(json_object_get(object, member));
    return found ? found : "";
}

static bool strict(const session *s) { return !strcmp(text(s->setup, "policy"), "strict"); }

bool allows(const session *s, const char *alg)
{
    static const char *const char_algorithms[] = {"RS256", "RS384", "RS512", "ES256", "ES384", "ES512"};
    json_t *list = json_object_get(s->setup, "algorithms"), *item;
    size_t i;
    json_array_foreach(list, i, item)
        if (!strcmp(json_string_value(item), alg))
            return true;
    if (list)
        return false;
    for (i = 0; i < (strict(s) ? 1 : 6); i++)
        if (!strcmp(char_algorithms[i], alg))
            return true;
    return false;
}

static double number(const json_t *object, const char *member, double otherwise)
{
    json_t *found = json_object_get(object, member);
    return found ? json_number_value(found) : otherwise;
}

double leeway(const session *s) { return number(s->setup, "leeway_seconds", strict(s) ? 0 : 60); }

typedef struct {
    char *bytes;
    size_t length;
} body;

static size_t collect(void *from, size_t size, size_t count, void *to)
{
    body *b = to;
    if (b->length + size * count > 16 << 20)
        return 0;
    b->bytes = realloc(b->bytes, b->length + size * count);
    memcpy(b->bytes + b->length, from, size * count);
    b->length += size * count;
    return size * count;
}

// fetch returns the JSON object at url. It follows no redirects.
static json_t *fetch(session *s, const char *url, const char *failed, const char *invalid, refusal *why)
{
    body b = {0};
    long status = 0;
    CURL *curl = curl_easy_init();
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)(1000 * number(s->setup, "fetch_timeout_seconds", 5)));
    curl_easy_setopt(curl, CURLOPT_ACCEPT_ENCODING, "");
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, collect);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &b);
    CURLcode code = curl_easy_perform(curl);
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_cleanup(curl);
    json_error_t e = {0};
    json_t *document = NULL;
    if (code != CURLE_OK || status != 200)
        refuse(why, failed, "%s: %s, status %ld", url, curl_easy_strerror(code), status);
    else if (!json_is_object(document = json_loadb(b.bytes, b.length, 0, &e))) {
        refuse(why, invalid, "%s: not a JSON object: %s", url, e.text);
        json_decref(document);
        document = NULL;
    }
    free(b.bytes);
    return document;
}

// discover sets the jwks_uri of the issuer. OpenID Connect Discovery 1.0, 4.
static bool discover(session *s, refusal *why)
{
    const char *issuer = text(s->setup, "issuer");
    size_t length = strlen(issuer);
    if (length && issuer[length - 1] == '/')
        length--;
    char *url = NULL;
    if (asprintf(&url, "%.*s/.well-known/openid-configuration", (int)length, issuer) < 0)
        abort();
    json_t *metadata = fetch(s, url, "DISCOVERY_FAILED", "DISCOVERY_INVALID", why);
    free(url);
    if (!metadata)
        return false;
    const char *uri = text(metadata, "jwks_uri");
    bool local = false;
    static const char *const hosts[] = {"http://127.0.0.1", "http://localhost", "http://[::1]"};
    for (size_t i = 0; i < 3; i++) {
        size_t n = strlen(hosts[i]);
        local = local || (!strncmp(uri, hosts[i], n) && strchr(":/", uri[n]) && uri[n]);
    }
    if (strcmp(text(metadata, "issuer"), text(s->setup, "issuer")))
        refuse(why, "DISCOVERY_INVALID", "the metadata are those of another issuer");
    else if (strncmp(uri, "https://", 8) && !(local && json_is_true(json_object_get(s->setup, "allow_loopback_http"))))
        refuse(why, "DISCOVERY_INVALID", "jwks_uri is not an https URL");
    else
        s->uri = strdup(uri);
    json_decref(metadata);
    return s->uri;
}

// find returns the key without a reference to it.
static json_t *find(json_t *keys, const char *kid)
{
    json_t *item;
    size_t i;
    if (!kid)
        return json_array_size(keys) == 1 ? json_array_get(keys, 0) : NULL;
    json_array_foreach(keys, i, item)
        if (json_is_string(json_object_get(item, "kid")) && !strcmp(text(item, "kid"), kid))
            return item;
    return NULL;
}

static bool stale(session *s, const char *kid)
{
    pthread_mutex_lock(&s->holding);
    bool known = !kid || find(s->keys, kid);
    bool old = !s->keys || instant() - s->fetched > 600 || (!known && instant() - s->renewed > 15);
    pthread_mutex_unlock(&s->holding);
    return old;
}

// keep makes the keys of set those of s.
static bool keep(session *s, json_t *set, refusal *why)
{
    json_t *keys = json_object_get(set, "keys");
    if (!json_is_array(keys)) {
        refuse(why, "JWKS_INVALID", "keys is not an array");
        return false;
    }
    pthread_mutex_lock(&s->holding);
    json_decref(s->keys);
    s->keys = json_incref(keys);
    s->fetched = instant();
    pthread_mutex_unlock(&s->holding);
    return true;
}

// renew fetches the JWK Set. Keys of the last hour serve until a fetch succeeds.
static bool renew(session *s, refusal *why)
{
    bool again = s->keys != NULL;
    json_t *set = NULL;
    if (s->uri || discover(s, why))
        set = fetch(s, s->uri, "JWKS_FETCH_FAILED", "JWKS_INVALID", why);
    bool done = set && keep(s, set, why);
    json_decref(set);
    if (again)
        s->renewed = instant();
    return done || (again && instant() - s->fetched < 3600);
}

// The set is fetched when a token needs it, after ten minutes, and at most every
// fifteen seconds for a kid that it lacks.
char *key(session *s, const char *kid, refusal *why)
{
    if (stale(s, kid)) {
        pthread_mutex_lock(&s->fetching);
        bool usable = !stale(s, kid) || renew(s, why); // another thread may have fetched it meanwhile
        pthread_mutex_unlock(&s->fetching);
        if (!usable)
            return NULL;
    }
    pthread_mutex_lock(&s->holding);
    json_t *found = find(s->keys, kid);
    char *jwk = found ? json_dumps(found, JSON_COMPACT) : NULL;
    pthread_mutex_unlock(&s->holding);
    return jwk ? jwk : refuse(why, "KEY_NOT_FOUND", "no key has the kid");
}

static json_t *(*verify_token)(session *, const char *, size_t, refusal *);

// reply writes an answer, which it frees, to request.
static void reply(json_t *request, json_t *answer)
{
    static pthread_mutex_t writing = PTHREAD_MUTEX_INITIALIZER;
    json_object_set(answer, "id", json_object_get(request, "id"));
    char *line = json_dumps(answer, JSON_COMPACT);
    pthread_mutex_lock(&writing);
    puts(line);
    fflush(stdout);
    pthread_mutex_unlock(&writing);
    free(line);
    json_decref(answer);
}

static json_t *refused(const char *verdict, const refusal *why)
{
    json_t *message = json_string(why->message); // NULL if it is not UTF-8
    return json_pack("{ss ss so*}", "verdict", verdict, "reason", why->reason ? why->reason : "OTHER", "message", message);
}

// bytes decodes standard base64, in which a token that is not UTF-8 comes.
static char *bytes(const char *base64, size_t *length)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    char *decoded = calloc(strlen(base64) + 1, 1);
    unsigned held = 0, bits = 0;
    for (*length = 0; *base64 && *base64 != '='; base64++) {
        held = held << 6 | (unsigned)(strchr(alphabet, *base64) - alphabet);
        if ((bits += 6) >= 8)
            decoded[(*length)++] = (char)(held >> (bits -= 8));
    }
    return decoded;
}

typedef struct {
    session *session;
    json_t *request;
} task;

static void *run(void *of)
{
    task *t = of;
    refusal why = {0};
    now_of_thread = t->session->now;
    json_t *input = json_object_get(t->request, "input"), *token = json_object_get(input, "token");
    size_t length = json_string_length(token);
    char *decoded = token ? NULL : bytes(text(input, "token_base64"), &length);
    json_t *claims = verify_token(t->session, decoded ? decoded : json_string_value(token), length, &why);
    reply(t->request, claims ? json_pack("{ss so}", "verdict", "accept", "claims", claims) : refused("reject", &why));
    free(decoded);
    json_decref(t->request);
    free(t);
    return NULL;
}

// The sessions by name, as integers that hold pointers.
static session *session_of(json_t *sessions, json_t *request)
{
    const char *name = text(request, "session");
    json_t *held = json_object_get(sessions, name);
    if (held)
        return (session *)(intptr_t)json_integer_value(held);
    session *s = calloc(1, sizeof *s);
    s->now = NAN;
    pthread_mutex_init(&s->fetching, NULL);
    pthread_mutex_init(&s->holding, NULL);
    json_object_set_new(sessions, name, json_integer((intptr_t)s));
    return s;
}

static json_t *open_session(session *s, json_t *request)
{
    refusal why = {0};
    s->setup = json_incref(json_object_get(request, "setup"));
    if (!json_object_get(s->setup, "jwk_set"))
        return json_pack("{ss}", "verdict", "accept");
    json_t *set = json_loads(text(s->setup, "jwk_set"), 0, NULL);
    bool kept = keep(s, set, &why);
    s->fetched = s->renewed = INFINITY;
    json_decref(set);
    return kept ? json_pack("{ss}", "verdict", "accept") : refused("refuse", &why);
}

static void close_session(json_t *sessions, json_t *request)
{
    session *s = session_of(sessions, request);
    json_decref(s->setup);
    json_decref(s->keys);
    free(s->uri);
    free(s);
    json_object_del(sessions, text(request, "session"));
}

int serve(json_t *description, json_t *(*verify)(session *, const char *, size_t, refusal *))
{
    verify_token = verify;
    curl_global_init(CURL_GLOBAL_DEFAULT);
    json_object_seed(0);
    json_t *sessions = json_object();
    char *line = NULL;
    size_t room = 0;
    ssize_t length;
    while ((length = getline(&line, &room, stdin)) > 0) {
        json_t *request = json_loadb(line, (size_t)length, JSON_ALLOW_NUL, NULL);
        const char *op = text(request, "op");
        if (!strcmp(op, "verify")) { // requests may overlap
            task *t = malloc(sizeof *t);
            *t = (task){session_of(sessions, request), request};
            pthread_t thread;
            if (pthread_create(&thread, NULL, run, t))
                abort();
            pthread_detach(thread);
            continue;
        }
        json_t *answer = NULL;
        if (!strcmp(op, "hello"))
            answer = json_pack("{sO}", "description", description);
        else if (!strcmp(op, "open"))
            answer = open_session(session_of(sessions, request), request);
        else if (!strcmp(op, "clock"))
            session_of(sessions, request)->now = number(request, "now", NAN);
        else
            close_session(sessions, request);
        reply(request, answer ? answer : json_object());
        json_decref(request);
    }
    return 0;
}
