package plain

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// The bounds on what a provider says about the age of its keys: a withdrawn key
// remains trusted for an hour at most, and a provider that forbids storing them
// is asked once a minute.
const (
	leastFresh   = 10 * time.Second
	mostFresh    = time.Hour
	freshIfNever = time.Minute
)

// freshFor returns how long the answer with this header is fresh. RFC 9111,
// 4.2.
func freshFor(h http.Header, otherwise time.Duration) time.Duration {
	directives := cacheControl(h)
	if directives["no-store"] != nil || directives["no-cache"] != nil {
		return freshIfNever
	}
	lifetime, said := lifetimeOf(h, directives)
	if !said {
		return otherwise
	}
	ages := strings.Split(h.Get("Age"), ",") // of several, the first counts
	if age, err := strconv.ParseUint(strings.TrimSpace(ages[0]), 10, 31); err == nil {
		lifetime -= time.Duration(age) * time.Second
	}
	return min(max(lifetime, leastFresh), mostFresh)
}

// cacheControl returns the directives with their arguments in the order of the
// header. RFC 9111, 5.2.
func cacheControl(h http.Header) map[string][]string {
	directives := make(map[string][]string)
	parts := strings.Split(strings.Join(h.Values("Cache-Control"), ","), `"`)
	for i := 1; i < len(parts); i += 2 { // what is in quotation marks
		parts[i] = strings.ReplaceAll(parts[i], ",", " ")
	}
	for _, d := range strings.Split(strings.Join(parts, `"`), ",") {
		name, argument, _ := strings.Cut(strings.TrimSpace(d), "=")
		name = strings.ToLower(name)
		directives[name] = append(directives[name], strings.Trim(argument, `"`))
	}
	return directives
}

// lifetimeOf returns the lifetime in max-age or, without it, in Expires.
func lifetimeOf(h http.Header, directives map[string][]string) (time.Duration, bool) {
	for _, argument := range directives["max-age"] {
		if seconds, err := strconv.ParseUint(argument, 10, 31); err == nil {
			return time.Duration(seconds) * time.Second, true
		}
	}
	sent, err := http.ParseTime(h.Get("Date"))
	if err != nil || h.Get("Expires") == "" {
		return 0, false
	}
	expires, err := http.ParseTime(h.Get("Expires"))
	if err != nil {
		return 0, true // it means the past: RFC 9111, 5.3
	}
	return expires.Sub(sent), true
}
