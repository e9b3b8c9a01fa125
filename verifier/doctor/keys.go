package doctor

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/assay-id/assay/verifier"
)

// checkKeySet checks the answer of the jwks_uri, and reports whether there is
// a set.
func (e *examination) checkKeySet() bool {
	switch {
	case e.failed(verifier.ReasonDiscoveryFailed) ||
		e.failed(verifier.ReasonDiscoveryInvalid) && e.err.Claim == "":
		return false // has been skipped
	case e.failed(verifier.ReasonDiscoveryInvalid):
		e.skip("jwks", "keys")
		return false
	case e.failed(verifier.ReasonJWKSInvalid):
		e.add("jwks", Fail,
			"the jwks_uri leads to something else than a JWK Set: the provider must correct it",
			"%s", e.err)
	case e.err != nil:
		do := "the keys are elsewhere than the metadata says, or a proxy is in the way: ask the provider"
		if visits := e.visits; len(visits) > 1 {
			do = keysAdvice(visits[1].last().status)
		}
		e.add("jwks", Fail, do, "%s", e.err)
	default:
		last := e.visits[1].last()
		e.add("jwks", Pass, "", "status %d from %s, %d bytes",
			last.status, last.url, last.body.Len())
		return true
	}
	e.skip("keys")
	return false
}

// keysAdvice says what a failed request to the jwks_uri suggests.
func keysAdvice(status int) string {
	switch {
	case status == 0:
		return "the metadata could be fetched and the keys could not: ask the provider, and look at proxies and firewalls on the way to jwks_uri"
	case status == http.StatusNotFound:
		return "the jwks_uri of the metadata leads nowhere: the provider must correct it"
	}
	return discoveryAdvice(status)
}

// checkKeys checks each key of the set.
func (e *examination) checkKeys() {
	status := e.remote.Status()
	good := 0
	for _, k := range status.Keys {
		const name = "key"
		switch {
		case k.Compromised:
			e.add(name, Fail, "tell the provider at once: anybody can sign with it", "%q: %s",
				k.KeyID, k.Unusable)
		case k.Unusable != "":
			e.add(name, Note, "", "%q verifies nothing: %s", k.KeyID, k.Unusable)
		case k.Algorithm != "" && !slices.Contains(verifier.DefaultAlgorithms(), k.Algorithm):
			e.add(name, Note, "", "%q is for %s, which Char does not accept", k.KeyID, k.Algorithm)
		case k.KeyID == "":
			good++
			e.add(name, Warn,
				"publish it with a kid: without one, a second key makes tokens ambiguous",
				"one without a kid can be used")
		case k.Algorithm == "":
			good++
			e.add(name, Pass, "", "%q can be used for any algorithm of its type", k.KeyID)
		default:
			good++
			e.add(name, Pass, "", "%q can be used for %s", k.KeyID, k.Algorithm)
		}
	}
	if good == 0 {
		e.add("keys", Fail,
			"publish a key for an algorithm that Char accepts, such as RS256 with 2048 bits",
			"none of %d can verify a token that Char accepts", len(status.Keys))
		return
	}
	e.add("keys", Pass, "", "%d of %d can verify tokens that Char accepts", good, len(status.Keys))
}

// checkCaching says how long the keys are kept.
func (e *examination) checkCaching() {
	h := e.visits[1].last().header
	status := e.remote.Status()
	kept := status.FreshUntil.Sub(status.FetchedAt)
	control := strings.Join(h.Values("Cache-Control"), ", ")
	lower := strings.ToLower(control)
	switch {
	case control == "" && h.Get("Expires") == "":
		e.add("cache", Warn,
			"send Cache-Control with a max-age, such as ten minutes, so that all clients agree",
			"the provider does not say how long its keys may be kept; this verifier keeps them for %s",
			kept)
	case strings.Contains(lower, "no-store"), strings.Contains(lower, "no-cache"):
		e.add("cache", Warn,
			"allow keys to be kept for some minutes: each client now asks all the time",
			"Cache-Control is %q; this verifier keeps keys for %s all the same", control, kept)
	case kept < time.Minute:
		e.add("cache", Warn, "allow keys to be kept for some minutes",
			"keys may be kept for %s only (Cache-Control %q)", kept, control)
	default:
		e.add("cache", Pass, "", "keys are kept for %s (Cache-Control %q, ETag %s)",
			kept, control, cmp.Or(h.Get("ETag"), "missing"))
	}
}

// wellKnownPath is where Char's documentation of Scalekit has the keys.
const wellKnownPath = "/.well-known/jwks.json"

// checkDocumentedPath compares the documented path of the keys with the real
// one. Nothing but the metadata counts; a verifier with a fixed path depends on
// this one.
func (e *examination) checkDocumentedPath(ctx context.Context) {
	const name, do = "documented path", "do not configure this path anywhere: let clients find the jwks_uri by discovery"
	target := strings.TrimSuffix(e.opts.Issuer, "/") + wellKnownPath
	if target == e.report.JWKSURI {
		e.add(name, Pass, "", "the jwks_uri is the documented %s", wellKnownPath)
		return
	}
	keys, found := e.getKeySet(ctx, target)
	switch {
	case keys == nil:
		e.add(name, Note, "", "%s: %s; the keys are at %s, as the metadata says",
			wellKnownPath, found, e.report.JWKSURI)
	case !slices.Equal(thumbprints(keys.Info()), thumbprints(e.remote.Status().Keys)):
		e.add(name, Warn, do, "%s has other keys than %s", wellKnownPath, e.report.JWKSURI)
	default:
		e.add(name, Pass, "", "%s has the same keys as %s", wellKnownPath, e.report.JWKSURI)
	}
}

// getKeySet fetches a JWK Set that no metadata name. It returns nil and what
// was found if there is none.
func (e *examination) getKeySet(ctx context.Context, target string) (*verifier.KeySet, string) {
	const most = 512 << 10
	ctx, cancel := context.WithTimeout(ctx, e.opts.Timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, target, nil)
	if err != nil {
		return nil, err.Error()
	}
	res, err := e.log.next.RoundTrip(req)
	if err != nil {
		return nil, "no answer"
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, most))
	if err != nil || res.StatusCode != http.StatusOK {
		return nil, fmt.Sprintf("status %d", res.StatusCode)
	}
	keys, err := verifier.ParseKeySet(body)
	if err != nil {
		return nil, "no JWK Set"
	}
	return keys, ""
}

// thumbprints returns the usable keys of a set, sorted.
func thumbprints(keys []verifier.KeyInfo) []string {
	var list []string
	for _, k := range keys {
		if k.Unusable == "" {
			list = append(list, k.Thumbprint)
		}
	}
	slices.Sort(list)
	return list
}
