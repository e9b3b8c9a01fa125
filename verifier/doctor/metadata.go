package doctor

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/assay-id/assay/verifier"
)

// checkDiscovery checks the answer to the request for the metadata, and
// reports whether there is a document to look at.
func (e *examination) checkDiscovery() bool {
	v := e.visits[0]
	last := v.last()
	switch {
	case e.failed(verifier.ReasonDiscoveryFailed):
		do := discoveryAdvice(last.status)
		if isTimeout(e.err) {
			do = "the server takes the connection and does not answer: ask the provider; a longer --timeout shows whether it is only slow"
		}
		e.add("discovery", Fail, do, "%s", e.err)
	case e.failed(verifier.ReasonDiscoveryInvalid) && e.err.Claim == "":
		e.add("discovery", Fail,
			"the URL leads to something else than an OpenID Provider: check the issuer", "%s",
			e.err.Detail)
	default:
		e.add("discovery", Pass, "", "status %d from %s, %d bytes",
			last.status, last.url, last.body.Len())
		return true
	}
	e.skip("metadata", "jwks", "keys")
	return false
}

// discoveryAdvice says what an answer other than the metadata suggests.
func discoveryAdvice(status int) string {
	switch {
	case status == http.StatusNotFound:
		return "the environment URL is wrong, or the environment was deleted: copy the URL from the dashboard of the provider"
	case status == http.StatusGone || status == http.StatusForbidden ||
		status == http.StatusUnauthorized:
		return "the environment is not active, or not public: look it up in the dashboard of the provider"
	case status >= 500 || status == http.StatusTooManyRequests:
		return "the provider has a problem: wait, and look at its status page"
	}
	return "open the URL in a browser from the same network; if it works there, a proxy or a firewall is in the way"
}

// The members that provider metadata must have. Char needs the first four;
// OpenID Connect Discovery 1.0, 3 requires the others too.
var (
	neededByChar   = []string{"issuer", "jwks_uri", "authorization_endpoint", "token_endpoint"}
	neededByOpenID = []string{
		"response_types_supported", "subject_types_supported",
		"id_token_signing_alg_values_supported",
	}
)

// checkMetadata checks the members of the metadata.
func (e *examination) checkMetadata() {
	last := e.visits[0].last()
	if kind := last.header.Get("Content-Type"); !strings.HasPrefix(kind, "application/json") {
		e.add("metadata.type", Warn, "serve it as application/json; some clients insist",
			"Content-Type is %q", kind)
	}
	var doc map[string]json.RawMessage
	if err := json.Unmarshal(last.body.Bytes(), &doc); err != nil {
		// The verifier has read it, so this is about what the verifier skips.
		e.add("metadata", Warn, "", "%v", err)
		return
	}
	e.report.Issuer, e.report.JWKSURI = text(doc["issuer"]), text(doc["jwks_uri"])
	complete := true
	for _, name := range slices.Concat(neededByChar, neededByOpenID) {
		complete = e.checkMember(name, doc[name]) && complete
	}
	if complete {
		e.add("metadata", Pass, "", "%s are there",
			strings.Join(slices.Concat(neededByChar, neededByOpenID), ", "))
	}
	e.checkOffered(doc["id_token_signing_alg_values_supported"])
}

// checkMember checks one member and reports whether it is as it should be.
func (e *examination) checkMember(name string, value json.RawMessage) bool {
	wrong := func(v Verdict, do, format string, args ...any) bool {
		e.add("metadata."+name, v, do, format, args...)
		return false
	}
	if e.failed(verifier.ReasonDiscoveryInvalid) && e.err.Claim == name {
		do := "the provider must correct its metadata"
		if name == "issuer" && e.err.Got != "" {
			do = "if that is your environment, configure the issuer exactly as the metadata has it: " +
				e.err.Got
		}
		return wrong(Fail, do, "%s", e.err)
	}
	if name == "jwks_uri" && text(value) == "" {
		return wrong(Fail, "the provider must correct its metadata",
			"want the URL of the JWK Set, got %s", got(value))
	}
	if strings.HasSuffix(name, "_endpoint") {
		if target, err := url.Parse(text(value)); err != nil || target.Host == "" ||
			target.Scheme != e.scheme() {
			return wrong(Fail, "Char requires it of a custom OIDC provider",
				"want a URL with %s, got %s", e.scheme(), got(value))
		}
	}
	if slices.Contains(neededByOpenID, name) && len(texts(value)) == 0 {
		return wrong(Warn, "OpenID Connect Discovery 1.0, section 3 requires it",
			"want a list of strings, got %s", got(value))
	}
	return true
}

// scheme returns the scheme of the issuer.
func (e *examination) scheme() string {
	scheme, _, _ := strings.Cut(e.opts.Issuer, "://")
	return scheme
}

// checkOffered compares the algorithms that the provider lists with those that
// Char accepts.
func (e *examination) checkOffered(value json.RawMessage) {
	offered := texts(value)
	if len(offered) == 0 {
		return // reported as missing
	}
	var accepted []string
	for _, alg := range verifier.DefaultAlgorithms() {
		if slices.Contains(offered, string(alg)) {
			accepted = append(accepted, string(alg))
		}
	}
	if len(accepted) == 0 {
		e.add("metadata.algorithms", Fail,
			"have ID Tokens signed with one that Char accepts, such as RS256",
			"it signs with %s, of which Char accepts none", strings.Join(offered, ", "))
		return
	}
	e.add("metadata.algorithms", Pass, "", "it signs with %s; Char accepts %s of these",
		strings.Join(offered, ", "), strings.Join(accepted, ", "))
}

// text returns a JSON string, and "" for anything else.
func text(value json.RawMessage) string {
	var s string
	if json.Unmarshal(value, &s) != nil {
		return ""
	}
	return s
}

// texts returns a JSON array of strings, and nil for anything else.
func texts(value json.RawMessage) []string {
	var list []string
	if json.Unmarshal(value, &list) != nil {
		return nil
	}
	return list
}

// got describes a member for a message.
func got(value json.RawMessage) string {
	const most = 80
	switch {
	case value == nil:
		return "nothing"
	case len(value) > most:
		return string(value[:most]) + "…"
	}
	return string(value)
}
