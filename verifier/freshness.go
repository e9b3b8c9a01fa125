package verifier

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// The limits within which a provider's cache headers are followed. An hour
// bounds how long a withdrawn key lives; ten seconds bound how often a provider
// that forbids caching is asked.
const (
	minFreshFor = 10 * time.Second
	maxFreshFor = time.Hour
	noStoreFor  = time.Minute
)

// freshFor returns how long the set of a may be used without asking again.
// RFC 9111, 4.2 and 5.2.2; fallback applies where the provider says nothing.
func (a *answer) freshFor(fallback time.Duration) time.Duration {
	fresh := fallback
	said := false
	for _, directive := range cacheDirectives(a.header) {
		name, value, _ := strings.Cut(strings.TrimSpace(directive), "=")
		switch strings.ToLower(name) {
		case "no-store", "no-cache":
			return noStoreFor
		case "max-age":
			seconds, err := strconv.ParseUint(strings.Trim(value, `"`), 10, 31)
			if err != nil || said {
				continue
			}
			fresh, said = time.Duration(seconds)*time.Second, true
		}
	}
	if !said {
		expires, errExpires := http.ParseTime(a.header.Get("Expires"))
		sent, errSent := http.ParseTime(a.header.Get("Date"))
		switch {
		case a.header.Get("Expires") == "":
			return fallback
		case errExpires != nil:
			fresh = 0 // an invalid date, often 0, means the past: RFC 9111, 5.3
		case errSent != nil:
			return fallback
		default:
			fresh = expires.Sub(sent)
		}
	}
	first, _, _ := strings.Cut(a.header.Get("Age"), ",") // RFC 9111, 5.1
	if age, err := strconv.ParseUint(strings.TrimSpace(first), 10, 31); err == nil {
		fresh -= time.Duration(age) * time.Second
	}
	return min(max(fresh, minFreshFor), maxFreshFor)
}

// cacheDirectives returns the directives of Cache-Control. A comma in a quoted
// argument separates nothing.
func cacheDirectives(h http.Header) []string {
	text := []byte(strings.Join(h.Values("Cache-Control"), ","))
	quoted := false
	for i, c := range text {
		switch {
		case c == '"':
			quoted = !quoted
		case c == ',' && quoted:
			text[i] = ' '
		}
	}
	return strings.Split(string(text), ",")
}

// retryAfter returns the wait that the Retry-After header asks for, given in
// seconds or as a date, which is relative to the Date of the answer. RFC 9110,
// 10.2.3.
func retryAfter(h http.Header) time.Duration {
	text := h.Get("Retry-After")
	if seconds, err := strconv.ParseUint(text, 10, 31); err == nil {
		return min(time.Duration(seconds)*time.Second, maxRetryAfter)
	}
	at, err := http.ParseTime(text)
	if err != nil {
		return 0
	}
	sent, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		return 0
	}
	return min(max(at.Sub(sent), 0), maxRetryAfter)
}
