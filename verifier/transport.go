package verifier

import (
	"cmp"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"syscall"
	"time"
)

// NewTransport returns a transport as a [Remote] makes for itself, to be changed
// and set as the Transport of cfg. To trust the authority of a provider of your
// own, for instance, set its TLSClientConfig.RootCAs. The source that it is set
// for does not close its idle connections. Only FetchTimeout and PublicOnly of
// cfg matter.
func NewTransport(cfg RemoteConfig) *http.Transport {
	t := &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
		MaxIdleConns:           4,
		IdleConnTimeout:        90 * time.Second,
		TLSHandshakeTimeout:    cmp.Or(cfg.FetchTimeout, DefaultFetchTimeout),
		MaxResponseHeaderBytes: maxHeaderBytes,
		ForceAttemptHTTP2:      true,
	}
	if cfg.PublicOnly {
		dialer := &net.Dialer{Control: refusePrivate}
		t.DialContext, t.Proxy = dialer.DialContext, nil
	}
	return t
}

// refusePrivate stops a connection to an address that is not public. It runs
// after name resolution, with the address of the connection, so that no answer
// of a name server gets around it.
func refusePrivate(_, address string, _ syscall.RawConn) error {
	ap, err := netip.ParseAddrPort(address)
	if err != nil || !isPublic(ap.Addr()) {
		return fmt.Errorf("%s is not a public address", address)
	}
	return nil
}

// special lists address blocks that are not public and that netip has no
// method for. IANA special-purpose address registries.
var special = [...]netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"),       // this network
	netip.MustParsePrefix("100.64.0.0/10"),   // shared by carriers
	netip.MustParsePrefix("192.0.0.0/24"),    // protocol assignments
	netip.MustParsePrefix("192.0.2.0/24"),    // documentation
	netip.MustParsePrefix("198.18.0.0/15"),   // benchmarks
	netip.MustParsePrefix("198.51.100.0/24"), // documentation
	netip.MustParsePrefix("203.0.113.0/24"),  // documentation
	netip.MustParsePrefix("240.0.0.0/4"),     // reserved, and broadcast
	netip.MustParsePrefix("64:ff9b::/96"),    // translated IPv4 of any kind
	netip.MustParsePrefix("64:ff9b:1::/48"),  // the same, for local use
	netip.MustParsePrefix("100::/64"),        // discarded
	netip.MustParsePrefix("2001::/23"),       // protocol assignments, Teredo
	netip.MustParsePrefix("2001:db8::/32"),   // documentation
	netip.MustParsePrefix("2002::/16"),       // 6to4, IPv4 of any kind
}

// isPublic reports whether ip is an address of the public network.
func isPublic(ip netip.Addr) bool {
	ip = ip.Unmap().WithZone("")
	if !ip.IsGlobalUnicast() || ip.IsPrivate() {
		return false
	}
	for _, p := range special {
		if p.Contains(ip) {
			return false
		}
	}
	return true
}

// checkRedirect allows few redirects, and only within one origin: keys from
// elsewhere are not the issuer's.
func checkRedirect(next *http.Request, via []*http.Request) error {
	first := via[0].URL
	if next.URL.Scheme != first.Scheme || !strings.EqualFold(next.URL.Host, first.Host) {
		return fmt.Errorf("redirect to another origin, %q", clip(next.URL.Redacted()))
	}
	if len(via) > maxRedirects {
		return fmt.Errorf("more than %d redirects", maxRedirects)
	}
	next.Header.Del("Referer") // would reveal the first URL
	return nil
}
