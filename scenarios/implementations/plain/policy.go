package plain

import (
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/assay-id/assay/verifier"
)

// policy is a configuration with its defaults filled in.
type policy struct {
	verifier.Config
	leeway     time.Duration
	maxBytes   int
	maxSubject int
	now        func() time.Time
	timeout    time.Duration // the timeout of one fetch
	freshFor   time.Duration // how long keys are fresh if the provider does not say
	staleFor   time.Duration // how much longer keys serve while the provider fails
}

// The limits that the configuration does not set: the 255 characters of OIDC
// Core 1.0, 2 if asked for, and otherwise what fits a database column.
const (
	shortSubject = 255
	longSubject  = 2048
)

// readPolicy fills in the defaults.
func readPolicy(cfg verifier.Config) policy {
	p := policy{
		Config: cfg, leeway: cfg.Leeway, maxBytes: cfg.MaxTokenBytes, maxSubject: longSubject, now: cfg.Now,
		timeout: cfg.Remote.FetchTimeout, freshFor: cfg.Remote.FreshFor, staleFor: cfg.Remote.StaleFor,
	}
	if len(p.Algorithms) == 0 {
		p.Algorithms = verifier.DefaultAlgorithms()
	}
	switch cfg.Leeway {
	case 0:
		p.leeway = verifier.DefaultLeeway
	case verifier.NoLeeway:
		p.leeway = 0
	}
	if p.maxBytes == 0 {
		p.maxBytes = verifier.DefaultMaxTokenBytes
	}
	if cfg.Require.ShortSubject {
		p.maxSubject = shortSubject
	}
	if p.now == nil {
		p.now = time.Now
	}
	if p.timeout == 0 {
		p.timeout = verifier.DefaultFetchTimeout
	}
	if p.freshFor == 0 {
		p.freshFor = verifier.DefaultFreshFor
	}
	if p.staleFor == 0 {
		p.staleFor = verifier.DefaultStaleFor
	}
	return p
}

// checkConfiguration refuses a configuration that would leave a check out.
func checkConfiguration(cfg *verifier.Config) *verifier.Error {
	if err := checkIssuerURL(cfg.Issuer, cfg.Allow.LoopbackHTTP); err != nil {
		return err
	}
	if len(cfg.Audience) == 0 {
		return misconfigured("Audience", "", "a client ID")
	}
	for _, a := range slices.Concat(cfg.Audience, cfg.TrustedAudiences, cfg.Require.Organizations,
		cfg.Require.Connections) {
		if a == "" || strings.TrimSpace(a) != a {
			return misconfigured("Audience, Organizations or Connections", fmt.Sprintf("%q", a),
				"a name without spaces around it")
		}
	}
	if err := checkAlgorithms(cfg); err != nil {
		return err
	}
	if cfg.Leeway > 10*time.Minute || cfg.Leeway < 0 && cfg.Leeway != verifier.NoLeeway {
		return misconfigured("Leeway", cfg.Leeway.String(), "0 to 10m0s")
	}
	if cfg.MaxLifetime < 0 || cfg.MaxTokenBytes < 0 {
		return misconfigured("MaxLifetime or MaxTokenBytes", "negative", "0 or more")
	}
	return checkRemoteConfiguration(cfg.Remote)
}

// checkAlgorithms requires known algorithms. Those with a shared secret need one
// as long as their hash, and do not mix with others. RFC 7518,
// 3.2; RFC 8725, 3.1.
func checkAlgorithms(cfg *verifier.Config) *verifier.Error {
	shared := 0
	for _, a := range cfg.Algorithms {
		hash := hmacHash(string(a))
		if _, known := algorithms()[string(a)]; !known && hash == 0 {
			return misconfigured("Algorithms", string(a), "a signature algorithm")
		}
		if hash != 0 {
			shared++
			if len(cfg.ClientSecret) < hash.Size() {
				return misconfigured("ClientSecret", strconv.Itoa(len(cfg.ClientSecret))+" bytes",
					strconv.Itoa(hash.Size())+" or more")
			}
		}
	}
	if shared > 0 && shared < len(cfg.Algorithms) {
		return misconfigured("Algorithms", "both kinds",
			"either those with a secret or those with a public key")
	}
	return nil
}

func checkRemoteConfiguration(cfg verifier.RemoteConfig) *verifier.Error {
	for _, d := range []struct {
		field       string
		value, most time.Duration
	}{
		{"Remote.FetchTimeout", cfg.FetchTimeout, time.Minute},
		{"Remote.FreshFor", cfg.FreshFor, time.Hour},
		{"Remote.StaleFor", cfg.StaleFor, 24 * time.Hour},
	} {
		if d.value < 0 || d.value > d.most {
			return misconfigured(d.field, d.value.String(), "0 to "+d.most.String())
		}
	}
	return nil
}

// checkIssuerURL requires the https URL without query and fragment of OIDC Core
// 1.0, 2, or http to a loopback host if that is allowed.
func checkIssuerURL(issuer string, loopbackHTTP bool) *verifier.Error {
	u, err := url.Parse(issuer)
	switch {
	case err != nil || u.Hostname() == "" || u.User != nil || strings.ContainsAny(issuer, "?#"):
	case u.Scheme == "https":
		return nil
	case u.Scheme == "http" && loopbackHTTP && isLoopback(u.Hostname()):
		return nil
	}
	return misconfigured("Issuer", cut(issuer),
		"an https URL without credentials, query and fragment")
}

func misconfigured(field, got, want string) *verifier.Error {
	return refuse(verifier.ReasonConfigInvalid, field, got, want)
}

// isLoopback reports whether host, as it is written, is this machine.
func isLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return strings.EqualFold(host, "localhost") || err == nil && ip.IsLoopback()
}

// isPrivate reports whether host, as it is written, is this machine or one
// that the public network cannot reach.
func isPrivate(host string) bool {
	ip, err := netip.ParseAddr(host)
	return isLoopback(host) || strings.HasSuffix(strings.ToLower(host), ".localhost") ||
		err == nil && (ip.IsPrivate() || ip.IsLinkLocalUnicast() || ip.IsUnspecified())
}
