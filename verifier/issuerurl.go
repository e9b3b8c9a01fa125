package verifier

import (
	"fmt"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// checkIssuerURL reports why issuer cannot be an Issuer Identifier. OIDC Core
// 1.0, 2: an https URL without query and fragment.
func checkIssuerURL(issuer string, loopbackHTTP bool) error {
	const field = "Issuer"
	if issuer == "" {
		return configError(field, "it is empty, want the environment URL")
	}
	if !strings.Contains(issuer, "://") {
		err := configError(field, "%q has no scheme", issuer)
		err.Hint = fmt.Sprintf("use the full environment URL, %q", "https://"+issuer)
		return err
	}
	u, err := url.Parse(issuer)
	switch {
	case err != nil:
		return configError(field, "%q is not a URL", issuer)
	case u.Hostname() == "":
		return configError(field, "%q has no host", issuer)
	case u.User != nil:
		return configError(field, "it has credentials")
	case strings.ContainsAny(issuer, "?#"):
		return configError(field, "%q has a query or a fragment", issuer)
	case !isPort(u.Port()):
		err := configError(field, "%s is not a port", u.Port())
		err.Hint = "use a port from 1 to 65535, or none for the default"
		return err
	}
	return checkScheme(field, u, loopbackHTTP)
}

// checkScheme reports a scheme that is neither https nor, where allowed, http
// to a loopback host.
func checkScheme(field string, u *url.URL, loopbackHTTP bool) error {
	if u.Scheme == "https" {
		return nil
	}
	if u.Scheme == "http" && isLoopback(u.Hostname()) {
		if loopbackHTTP {
			return nil
		}
		err := configError(field, "%q is not https", u.Redacted())
		err.Hint = "for a local mock set Allow.LoopbackHTTP"
		return err
	}
	return configError(field, "%q is not https", u.Redacted())
}

// isPort reports whether port, as a URL has it, is empty or a number that a
// server can listen at.
func isPort(port string) bool {
	if port == "" {
		return true
	}
	n, err := strconv.ParseUint(port, 10, 16)
	return err == nil && n > 0
}

// isLoopback reports whether host is localhost or a loopback address.
func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}

// isInternal reports whether host, as it is written, names this machine or a
// private network. Names are not resolved.
func isInternal(host string) bool {
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && !isPublic(ip)
}
