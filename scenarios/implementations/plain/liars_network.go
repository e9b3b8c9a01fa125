package plain

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/assay-id/assay/verifier"
)

// never is how long "for ever" lasts in the pauses and ages of liars.
const never = 100 * 365 * 24 * time.Hour

// readsBody reads the bodies of answers in another way.
func readsBody(read func(res *http.Response, limit int64) ([]byte, error)) bend {
	return func(h *habits) { h.network.read = read }
}

// pauses waits for a fixed time after every failure.
func pauses(d time.Duration) bend {
	return func(h *habits) { h.cache.pause = &d }
}

// networkLiars cannot handle a provider that fails.
func networkLiars() []Liar {
	return []Liar{
		{"outage-ok", "It accepts tokens unverified while the keys are unavailable.",
			ids{
				"cache.304-unsolicited",
				"fetch.404", "fetch.500", "fetch.503", "fetch.200-empty", "fetch.200-html", "fetch.200-error-json",
				"fetch.redirect-loop", "fetch.truncated-length", "fetch.reset", "fetch.refused", "fetch.not-http",
				"fetch.401", "fetch.204", "fetch.dns-nxdomain", "disc.empty-answer", "disc.not-http", "disc.redirect-loop",
				"disc.404", "disc.410", "disc.503", "disc.html-200", "disc.jwks-uri-missing", "jwks.no-keys-member", "cache.stale-bounded",
			},
			forgiving("key", func(refusal *verifier.Error) bool { return refusal.Kind() == verifier.KindUnavailable })},
		{"no-timeout", "It waits for the keys as long as they take.",
			ids{"cfg.zero-timeouts", "fetch.blackhole", "fetch.slow-body", "fetch.slow-headers", "tls.stall"},
			func(h *habits) { h.network.extraTime = never }},
		{"slow-to-end", "It keeps fetching for a while when nobody is waiting any longer.", ids{"dos.concurrent-slow", "disc.silence"},
			func(h *habits) { h.network.extraTime = 2 * time.Second }},
		{"reads-all", "It reads an answer to its end, however long that is.",
			ids{"fetch.huge-body", "fetch.gzip-bomb", "disc.huge", "disc.gzip-bomb"}, readsBody(readToEnd)},
		{"takes-what-came", "It mistakes the part of a body that came before an error for the whole.",
			ids{"fetch.truncated-chunked", "fetch.gzip-corrupt"},
			readsBody(func(res *http.Response, limit int64) ([]byte, error) {
				text, _ := io.ReadAll(io.LimitReader(res.Body, limit))
				return text, nil
			})},
		{"cache-control-strict", "It refuses keys with a Cache-Control that it cannot read.", ids{"cache.malformed-cc"},
			readsBody(func(res *http.Response, limit int64) ([]byte, error) {
				if strings.Contains(res.Header.Get("Cache-Control"), "abc") {
					return nil, errors.New("nonsense in Cache-Control")
				}
				return readUpTo(res, limit)
			})},
		{"impatient", "It asks again after a second, whatever Retry-After says.",
			ids{"flood.endpoint-down", "fetch.429", "fetch.503-retry-after"}, pauses(time.Second)},
		{"gives-up", "It never asks again after a failure.",
			ids{"fetch.recovers", "fetch.dns-flap", "disc.500-then-ok", "rot.denied-refetch-keeps-old"}, pauses(never)},
		{"no-single-flight", "It lets every caller fetch the keys, even while another caller does.",
			ids{"flood.cold-start"}, func(h *habits) { h.cache.stampedes = true }},
		{"blames-provider", "It mistakes a caller who gives up for a failure of the provider, at the cost of the others.",
			ids{"fetch.caller-cancel"}, func(h *habits) { h.network.blamesProvider = true }},
	}
}

// readToEnd does not keep what is beyond the limit: this must not take down the
// process that runs the scenarios.
func readToEnd(res *http.Response, limit int64) ([]byte, error) {
	text, _ := readUpTo(res, limit)
	_, err := io.Copy(io.Discard, res.Body)
	return text, err
}
