package directory

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/assay-id/assay/mockidp/internal/loopback"
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
	case u.Scheme != "http" && u.Scheme != "https" && !strings.Contains(u.Scheme, "."):
		return fmt.Errorf("%q, want http, https or the scheme of an app, which has a dot, such as com.example.app (RFC 8252, 7.1)", raw)
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

// Redirects returns the redirect URIs as a protocol library is to compare them
// with the one that was asked for. The library compares exactly, but for the
// ports of loopback addresses.
func (c *Client) Redirects(asked string) []string { return c.shown(c.RedirectURIs, asked) }

// PostLogoutRedirects is like Redirects for the URIs after a logout.
func (c *Client) PostLogoutRedirects(asked string) []string {
	return c.shown(c.PostLogoutRedirectURIs, asked)
}

// shown replaces every URI with a wildcard by the one that was asked for, if it
// covers that one, and drops it otherwise.
func (c *Client) shown(registered []string, asked string) []string {
	var out []string
	for _, uri := range registered {
		switch {
		case strings.Contains(uri, "*"):
			if covers(uri, asked) {
				out = append(out, asked)
			}
		case !c.ExactPorts || uri == asked:
			out = append(out, uri)
		}
	}
	if c.AnyLocal && isLocal(asked) {
		out = append(out, asked)
	}
	return out
}

// isLocal reports whether a URI is http on this machine.
func isLocal(raw string) bool {
	u, err := url.Parse(raw)
	return err == nil && u.Scheme == "http" && u.User == nil && u.Fragment == "" && loopback.Host(u.Hostname())
}

// MayRead reports whether scripts of an origin may read what the environment
// answers: those of the origins of the redirect URIs, as at Scalekit. Loopback
// addresses may have any port, as in redirect URIs.
func (c *Client) MayRead(origin string) bool {
	o, err := url.Parse(origin)
	if err != nil || o.Host == "" {
		return false
	}
	if c.AnyLocal && isLocal(origin) {
		return true
	}
	return slices.ContainsFunc(c.RedirectURIs, func(raw string) bool {
		u, err := url.Parse(raw)
		if err != nil || u.Scheme != o.Scheme {
			return false
		}
		forgiven := !c.ExactPorts && net.ParseIP(u.Hostname()).IsLoopback()
		return u.Host == o.Host || forgiven && u.Hostname() == o.Hostname()
	})
}

// Registered describes the redirect URIs of the client for a person whose own
// was refused.
func (c *Client) Registered() string { return c.registered(c.RedirectURIs) }

// RegisteredPostLogout is like Registered for the URIs after a logout.
func (c *Client) RegisteredPostLogout() string { return c.registered(c.PostLogoutRedirectURIs) }

func (c *Client) registered(uris []string) string {
	all := slices.Clone(uris)
	if c.AnyLocal {
		all = append(all, "any http URL of localhost, 127.0.0.1 and [::1]")
	}
	if len(all) == 0 {
		return "none"
	}
	return strings.Join(all, ", ")
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
