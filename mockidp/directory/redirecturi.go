package directory

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
)

// maxRedirectURI is the longest redirect URI that Scalekit accepts.
const maxRedirectURI = 256

// validateRedirectURI reports a URI that cannot be registered.
func validateRedirectURI(raw string) error {
	u, err := url.Parse(raw)
	switch {
	case err != nil:
		return fmt.Errorf("%q is not a URL", raw)
	case u.Scheme == "":
		return fmt.Errorf("%q, want an absolute URL", raw)
	case u.Fragment != "" || strings.HasSuffix(raw, "#"):
		return fmt.Errorf("%q has a fragment", raw)
	case len(raw) > maxRedirectURI:
		return fmt.Errorf("%q has %d characters, want at most %d", raw, len(raw), maxRedirectURI)
	case strings.Contains(raw, "*") && !isWildcard(u):
		return fmt.Errorf("%q, want * as the first label of the host and nowhere else, with two more labels after it",
			raw)
	}
	return nil
}

// isWildcard reports whether a registered URI is for more than one host.
func isWildcard(u *url.URL) bool {
	rest, ok := strings.CutPrefix(u.Host, "*.")
	return ok && !strings.Contains(rest, "*") && strings.Contains(u.Hostname()[2:], ".") &&
		!strings.Contains(u.Path+u.RawQuery, "*")
}

// Covering returns the URIs of a list, in which every URI with a wildcard is
// replaced by the one that was asked for, if it covers it, and dropped
// otherwise. A protocol library that only compares exactly can
// be given the result.
func Covering(registered []string, asked string) []string {
	var out []string
	for _, uri := range registered {
		switch {
		case !strings.Contains(uri, "*"):
			out = append(out, uri)
		case covers(uri, asked):
			out = append(out, asked)
		}
	}
	return out
}

// covers reports whether a registered URI with a wildcard covers another. The
// wildcard is one label: letters, digits and hyphens.
func covers(registered, asked string) bool {
	r, err := url.Parse(registered)
	a, err2 := url.Parse(asked)
	if errors.Join(err, err2) != nil || a.User != nil {
		return false
	}
	label, rest, ok := strings.Cut(a.Host, ".")
	if !ok || label == "" || !hostName.MatchString(label) || "*."+rest != r.Host {
		return false
	}
	a.Host = r.Host
	return a.String() == registered
}

// hostName is a host name, or the empty string. RFC 1123, 2.1.
var hostName = regexp.MustCompile(`^([A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*)?$`)
