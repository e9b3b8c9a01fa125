package mockidp

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// maxRedirectURI is the longest redirect URI that Scalekit takes.
const maxRedirectURI = 256

// validateRedirectURI reports what cannot be registered.
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
		return fmt.Errorf("%q has %d characters, want %d at the most", raw, len(raw), maxRedirectURI)
	case strings.Contains(raw, "*") && !isWildcard(u):
		return fmt.Errorf("%q, want * as the first label of the host and nowhere else, with two more labels after it", raw)
	}
	return nil
}

// isWildcard reports whether a registered URI is for more than one host.
func isWildcard(u *url.URL) bool {
	rest, ok := strings.CutPrefix(u.Host, "*.")
	return ok && !strings.Contains(rest, "*") && strings.Contains(u.Hostname()[2:], ".") &&
		!strings.Contains(u.Path+u.RawQuery, "*")
}

type askedKey struct{}

// asking returns a context for a request for a redirect URI. fosite compares
// redirect URIs exactly, with what the client shows it; a client with a
// wildcard shows the URI itself if the wildcard covers it.
func asking(ctx context.Context, redirectURI string) context.Context {
	return context.WithValue(ctx, askedKey{}, redirectURI)
}

// covered returns the registered URIs, and in the place of those with a
// wildcard the one that the request has asked for, if one of them covers it.
func covered(ctx context.Context, registered []string) []string {
	asked, _ := ctx.Value(askedKey{}).(string)
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
