package verifier

import (
	"net/url"
	"strings"
)

// issuerHint says how the issuer found differs from the configured one, if the
// difference is easy to overlook.
func issuerHint(want, got string) string {
	const other = "it is the issuer of another environment or of a custom domain"
	switch {
	case got == "":
		return ""
	case strings.TrimSpace(got) == want:
		return "it differs by white space only"
	case strings.TrimSuffix(got, "/") == want:
		return "it differs by a trailing slash only; the configured issuer has none"
	case got == strings.TrimSuffix(want, "/"):
		return "it differs by a trailing slash only; remove the slash from the configured issuer"
	case strings.EqualFold(got, want):
		return "it differs in case only"
	}
	_, address, _ := strings.Cut(want, "://")
	host, _, _ := strings.Cut(address, "/")
	host, _, _ = strings.Cut(host, ":")
	switch {
	case got == address:
		return "it has no scheme"
	case !strings.Contains(got, host):
		return other // the usual case, and that of a flood
	}
	w, errWant := url.Parse(want)
	g, errGot := url.Parse(got)
	switch {
	case errWant != nil || errGot != nil:
		return ""
	case w.Host == g.Host && w.Path == g.Path && w.Scheme != g.Scheme:
		return "it differs in the scheme only"
	case w.Hostname() == g.Hostname() && w.Path == g.Path:
		return "it differs in the port only"
	case w.Host == g.Host:
		return "it differs in the path only"
	}
	return other
}

// audienceHint says what mistake the audience found suggests.
func (v *Verifier) audienceHint(t *Token) string {
	for _, got := range t.Audience {
		for _, want := range v.cfg.Audience {
			switch {
			case strings.EqualFold(got, want) && got != want:
				return "it differs in case only"
			case strings.TrimSpace(got) == want && got != want:
				return "it differs by white space only"
			case got == "prd_"+want || want == "prd_"+got:
				return "it is the client ID of another environment: production client IDs begin with prd_"
			}
		}
		if strings.HasPrefix(got, "https://") || strings.HasPrefix(got, "http://") ||
			strings.HasPrefix(got, "res_") {
			return "it is the audience of an access token; send the ID Token"
		}
	}
	return ""
}
