package mockidp_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/assay-id/assay/mockidp"
	"github.com/assay-id/assay/mockidp/keyring"
)

// addListener opens one more port.
func addListener(t testing.TB, s *mockidp.Server, cfg mockidp.ListenerConfig) *mockidp.Listener {
	t.Helper()
	l, err := s.Listen(t.Context(), cfg)
	if err != nil {
		t.Fatalf("Listen(%+v) = %v", cfg, err)
	}
	return l
}

// trusting returns a client that trusts the authority of the server and
// nobody else.
func trusting(t testing.TB, s *mockidp.Server) *http.Client {
	t.Helper()
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(s.CA()) {
		t.Fatalf("CA() = %q, which is no certificate", s.CA())
	}
	c := browser(t)
	transport := c.Transport.(*http.Transport)
	transport.TLSClientConfig = &tls.Config{RootCAs: pool}
	transport.ForceAttemptHTTP2 = true
	return c
}

// TestTLSProfiles fetches a JWK Set through each profile. A client that
// trusts the authority accepts one of them.
func TestTLSProfiles(t *testing.T) {
	t.Parallel()
	s := startServer(t, mockidp.Config{})
	tests := []struct {
		profile mockidp.TLSProfile
		host    string
		refused func(error) bool // nil: answered
	}{
		{mockidp.TLSNone, "127.0.0.1", nil},
		{mockidp.TLSTrusted, "127.0.0.1", nil},
		{mockidp.TLSTrusted, "localhost", nil},
		{mockidp.TLSTrusted, "idp.test", nil},
		{mockidp.TLSSelfSigned, "localhost", as[x509.UnknownAuthorityError]},
		{mockidp.TLSUnknownCA, "localhost", as[x509.UnknownAuthorityError]},
		{mockidp.TLSIncompleteChain, "localhost", as[x509.UnknownAuthorityError]},
		{mockidp.TLSWrongHost, "localhost", as[x509.HostnameError]},
		{mockidp.TLSCNOnly, "localhost", as[x509.HostnameError]},
		{mockidp.TLSExpired, "localhost", invalidFor(x509.Expired, "expired")},
		{mockidp.TLSNotYetValid, "localhost", invalidFor(x509.Expired, "not yet valid")},
		{mockidp.TLSClientEKU, "localhost", invalidFor(x509.IncompatibleUsage, "")},
		{mockidp.TLSVersion11, "localhost", func(err error) bool { return err != nil && strings.Contains(err.Error(), "protocol version") }},
		{mockidp.TLSPlainHTTP, "localhost", func(err error) bool { return errors.Is(err, http.ErrSchemeMismatch) }},
		{mockidp.TLSStalled, "localhost", func(err error) bool { return errors.Is(err, context.DeadlineExceeded) }},
	}
	seen := make(map[mockidp.TLSProfile]bool)
	for _, tt := range tests {
		seen[tt.profile] = true
		t.Run(string(tt.profile)+" for "+tt.host, func(t *testing.T) {
			t.Parallel()
			l := addListener(t, s, mockidp.ListenerConfig{Host: tt.host, TLS: tt.profile})
			e := newEnvironment(t, s, "tls-"+string(tt.profile)+"-"+tt.host, mockidp.EnvironmentConfig{Origin: l.URL()})
			if want := l.URL() + "/t/"; !strings.HasPrefix(e.Issuer(), want) || l.Profile() != tt.profile {
				t.Errorf("Issuer() = %q with the profile %q, want %s…",
					e.Issuer(), l.Profile(), want)
			}
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			if tt.profile == mockidp.TLSStalled {
				ctx, cancel = context.WithTimeout(t.Context(), 100*time.Millisecond)
			}
			defer cancel()
			c := trusting(t, s)
			dialer := new(net.Dialer)
			c.Transport.(*http.Transport).DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
				_, port, _ := net.SplitHostPort(address)
				return dialer.DialContext(ctx, network, net.JoinHostPort("127.0.0.1", port)) // idp.test is nowhere
			}
			r, err := try(ctx, c, e.Issuer()+"/keys")
			switch {
			case tt.refused == nil && (err != nil || r.StatusCode != http.StatusOK || string(r.body) != string(e.JWKSet())):
				t.Errorf("GET %s/keys = %v, %v", e.Issuer(), r.Response, err)
			case tt.refused != nil && !tt.refused(err):
				t.Errorf("GET %s/keys = %v, %v (%T)", e.Issuer(), r.Response, err, err)
			}
			waitFor(t, func() bool { return l.Traffic().Connections == 1 })
			if got := l.Traffic(); (got.Requests > 0) != (tt.refused == nil) {
				t.Errorf("Traffic() = %+v", got)
			}
		})
	}
	for _, profile := range mockidp.TLSProfiles() {
		if !seen[profile] {
			t.Errorf("profile %q is not tested", profile)
		}
	}
}

// The authority may certify the host of the server, and clients that trust it
// are in no danger of anything else on the network.
func TestAuthorityOfHost(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		cfg   mockidp.ListenerConfig
		other mockidp.ListenerConfig // of a second listener, which the authority may not certify
	}{
		{"host", mockidp.ListenerConfig{Host: "idp.internal"}, mockidp.ListenerConfig{Host: "other.internal"}},
		{"external URL", mockidp.ListenerConfig{ExternalURL: "https://auth.acme.net:8443/tenant"}, mockidp.ListenerConfig{Host: "acme.net"}},
		{"address", mockidp.ListenerConfig{Host: "192.0.2.1"}, mockidp.ListenerConfig{Host: "192.0.2.2"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.cfg.TLS, tt.other.TLS = mockidp.TLSTrusted, mockidp.TLSTrusted
			cfg := mockidp.Config{ListenerConfig: tt.cfg, Seed: 7}
			s := startServer(t, cfg)
			if got := mockidp.CA(cfg); !bytes.Equal(got, s.CA()) {
				t.Errorf("CA() of the configuration is not that of the server")
			}
			if bytes.Equal(s.CA(), mockidp.CA(mockidp.Config{Seed: 7})) {
				t.Errorf("CA() is the one without the host")
			}
			newEnvironment(t, s, "", mockidp.EnvironmentConfig{})
			for _, l := range []*mockidp.Listener{s.Listeners()[0], addListener(t, s, tt.other)} {
				c := trusting(t, s)
				c.Transport.(*http.Transport).DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
					return new(net.Dialer).DialContext(ctx, network, l.Addr().String())
				}
				_, err := try(t.Context(), c, l.URL()+"/keys")
				first := l == s.Listeners()[0]
				if first && err != nil || !first && !invalidFor(x509.CANotAuthorizedForThisName, "")(err) {
					t.Errorf("GET %s/keys = %v, want success only for the host of the server", l.URL(), err)
				}
			}
		})
	}
}

// as reports whether the error has one of type E inside.
func as[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}

// invalidFor returns a check for a certificate that x509 refuses.
func invalidFor(reason x509.InvalidReason, detail string) func(error) bool {
	return func(err error) bool {
		invalid, ok := errors.AsType[x509.CertificateInvalidError](err)
		return ok && invalid.Reason == reason && strings.Contains(invalid.Detail+err.Error(), detail)
	}
}

// TestTLSVersion11 has a client that still speaks it.
func TestTLSVersion11(t *testing.T) {
	t.Parallel()
	s := startServer(t, mockidp.Config{ListenerConfig: mockidp.ListenerConfig{TLS: mockidp.TLSVersion11}})
	newEnvironment(t, s, "", mockidp.EnvironmentConfig{})
	c := trusting(t, s)
	c.Transport.(*http.Transport).TLSClientConfig.MinVersion = tls.VersionTLS10
	if r := get(t, c, s.URL()+"/keys"); r.TLS == nil || r.TLS.Version != tls.VersionTLS11 {
		t.Errorf("the connection is %+v, want one of TLS 1.1", r.TLS)
	}
}

// TestLoginOverTLS has an issuer of its own for each listener, and the same
// environments on all of them.
func TestLoginOverTLS(t *testing.T) {
	t.Parallel()
	s := startServer(t, mockidp.Config{})
	secure := addListener(t, s, mockidp.ListenerConfig{TLS: mockidp.TLSTrusted, Host: "localhost"})
	e := newEnvironment(t, s, "secure", mockidp.EnvironmentConfig{
		Origin:  secure.URL(),
		Signing: []*keyring.Key{s.Keys().Key("k", "ES256")},
	})
	c := trusting(t, s)
	got := login(t, c, relyingParty(e, e.Client()))
	if _, claims := verify(t, c, e, got.idToken()); claims["iss"] != e.Issuer() || !strings.HasPrefix(e.Issuer(), "https://localhost:") {
		t.Errorf("iss is %v, want %s", claims["iss"], e.Issuer())
	}
	elsewhere := get(t, c, s.URL()+"/t/secure/.well-known/openid-configuration").object(t)
	if elsewhere["issuer"] != e.Issuer() || elsewhere["jwks_uri"] != e.Issuer()+"/keys" {
		t.Errorf("through the other listener the issuer is %v and jwks_uri %v, want those of %s",
			elsewhere["issuer"], elsewhere["jwks_uri"], e.Issuer())
	}
	if got := s.Listeners(); len(got) != 2 || got[0].URL() != s.URL() || got[1] != secure {
		t.Errorf("Listeners() = %v", got)
	}
	if err := secure.Close(t.Context()); err != nil {
		t.Errorf("Close() = %v", err)
	}
	if _, err := try(t.Context(), c, e.Issuer()+"/keys"); err == nil {
		t.Errorf("the closed listener answers")
	}
	if got := s.Listeners(); len(got) != 1 {
		t.Errorf("Listeners() = %v after one was closed", got)
	}
	if r := get(t, c, s.URL()+"/t/secure/keys"); r.StatusCode != http.StatusOK {
		t.Errorf("the other listener answers %d", r.StatusCode)
	}
}

func TestChangeCertificate(t *testing.T) {
	t.Parallel()
	s := startServer(t, mockidp.Config{ListenerConfig: mockidp.ListenerConfig{TLS: mockidp.TLSTrusted}})
	newEnvironment(t, s, "", mockidp.EnvironmentConfig{})
	l := s.Listeners()[0]
	c := trusting(t, s)
	get(t, c, s.URL()+"/keys")
	for _, p := range []mockidp.TLSProfile{mockidp.TLSExpired, mockidp.TLSWrongHost, mockidp.TLSUnknownCA, mockidp.TLSIncompleteChain} {
		if err := l.ChangeCertificate(p); err != nil || l.Profile() != p {
			t.Fatalf("ChangeCertificate(%s) = %v, and the profile is %s", p, err, l.Profile())
		}
		c.CloseIdleConnections()
		if _, err := try(t.Context(), c, s.URL()+"/keys"); err == nil {
			t.Errorf("a client accepts the certificate of the profile %s", p)
		}
		if err := l.RotateCertificate(); err != nil {
			t.Errorf("RotateCertificate() = %v", err)
		}
		if _, err := try(t.Context(), c, s.URL()+"/keys"); err == nil {
			t.Errorf("after a rotation, a client accepts the certificate of the profile %s", p)
		}
	}
	if err := l.ChangeCertificate(mockidp.TLSTrusted); err != nil {
		t.Fatal(err)
	}
	get(t, c, s.URL()+"/keys")
	for _, p := range []mockidp.TLSProfile{mockidp.TLSNone, mockidp.TLSVersion11, mockidp.TLSStalled, "odd"} {
		if err := l.ChangeCertificate(p); err == nil || !strings.Contains(err.Error(), "trusted, self-signed, unknown-ca") {
			t.Errorf("ChangeCertificate(%q) = %v, want the profiles that would work", p, err)
		}
	}
}

func TestRotateCertificate(t *testing.T) {
	t.Parallel()
	s := startServer(t, mockidp.Config{ListenerConfig: mockidp.ListenerConfig{TLS: mockidp.TLSTrusted}})
	newEnvironment(t, s, "", mockidp.EnvironmentConfig{})
	l := s.Listeners()[0]
	c := trusting(t, s)
	first := get(t, c, s.URL()+"/keys").TLS.PeerCertificates[0]
	if err := l.RotateCertificate(); err != nil {
		t.Fatalf("RotateCertificate() = %v", err)
	}
	if again := get(t, c, s.URL()+"/keys").TLS.PeerCertificates[0]; !again.Equal(first) {
		t.Errorf("the rotation closed a connection")
	}
	c.CloseIdleConnections()
	second := get(t, c, s.URL()+"/keys").TLS.PeerCertificates[0]
	if second.SerialNumber.Cmp(first.SerialNumber) == 0 || string(second.RawSubjectPublicKeyInfo) == string(first.RawSubjectPublicKeyInfo) {
		t.Errorf("the second certificate has the number %v and the key of the first one",
			second.SerialNumber)
	}
	plain := addListener(t, s, mockidp.ListenerConfig{})
	if err := plain.RotateCertificate(); err == nil || !strings.Contains(err.Error(), "no certificate") {
		t.Errorf("RotateCertificate() = %v for plain HTTP", err)
	}
}

// TestCAIsReproducible lets a client trust the authority of a seed once.
func TestCAIsReproducible(t *testing.T) {
	t.Parallel()
	first := startServer(t, mockidp.Config{Seed: 5}).CA()
	if again := startServer(t, mockidp.Config{Seed: 5}).CA(); string(again) != string(first) {
		t.Errorf("one seed has two authorities")
	}
	if other := startServer(t, mockidp.Config{Seed: 6}).CA(); string(other) == string(first) {
		t.Errorf("two seeds have one authority")
	}
}

func TestProtocols(t *testing.T) {
	t.Parallel()
	s := startServer(t, mockidp.Config{})
	newEnvironment(t, s, "", mockidp.EnvironmentConfig{})
	tests := []struct {
		name string
		cfg  mockidp.ListenerConfig
		h2c  bool // the client has prior knowledge
		want string
	}{
		{"http", mockidp.ListenerConfig{}, false, "HTTP/1.1"},
		{"h2c", mockidp.ListenerConfig{}, true, "HTTP/2.0"},
		{"https", mockidp.ListenerConfig{TLS: mockidp.TLSTrusted}, false, "HTTP/2.0"},
		{"https without h2", mockidp.ListenerConfig{TLS: mockidp.TLSTrusted, HTTP1Only: true}, false, "HTTP/1.1"},
		{"h2c where it is not spoken", mockidp.ListenerConfig{HTTP1Only: true}, true, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			l := addListener(t, s, tt.cfg)
			c := trusting(t, s)
			if tt.h2c {
				protocols := new(http.Protocols)
				protocols.SetUnencryptedHTTP2(true)
				c.Transport.(*http.Transport).Protocols = protocols
			}
			r, err := try(t.Context(), c, l.URL()+"/keys")
			if tt.want == "" && err == nil || tt.want != "" && (err != nil || r.Proto != tt.want) {
				t.Errorf("GET %s/keys = %v, %v, want %q", l.URL(), r.Response, err, tt.want)
			}
		})
	}
}

func TestListenRefuses(t *testing.T) {
	t.Parallel()
	s := startServer(t, mockidp.Config{})
	tests := []struct {
		name string
		cfg  mockidp.ListenerConfig
		want string
	}{
		{"public address", mockidp.ListenerConfig{Addr: "0.0.0.0:0"}, "UnsafeAllowNonLoopback"},
		{"unknown profile", mockidp.ListenerConfig{TLS: "bad"}, `TLS profile is "bad"`},
		{"host with a port", mockidp.ListenerConfig{Host: "localhost:80"}, `host is "localhost:80"`},
		{"host with a path", mockidp.ListenerConfig{Host: "a/b"}, `host is "a/b"`},
		{"host with a scheme", mockidp.ListenerConfig{Host: "https://id.test"}, "want a name or an IP address alone"},
		{"external URL and host", mockidp.ListenerConfig{Host: "a", ExternalURL: "https://b"}, "want one of them"},
		{"external URL without a scheme", mockidp.ListenerConfig{ExternalURL: "auth.example.com/tenant"}, "want http or https with a host"},
		{"external URL without a host", mockidp.ListenerConfig{ExternalURL: "https:///tenant"}, "want http or https with a host"},
		{"external URL with a slash at its end", mockidp.ListenerConfig{ExternalURL: "https://id.test/"}, `want "https://id.test"`},
		{"external URL with a query", mockidp.ListenerConfig{ExternalURL: "https://id.test/a?b"}, "nothing else"},
		{"external URL with a user", mockidp.ListenerConfig{ExternalURL: "https://me@id.test"}, "nothing else"},
		{"external URL with an escape", mockidp.ListenerConfig{ExternalURL: "https://id.test/%61"}, "nothing else"},
		{"external URL with dots", mockidp.ListenerConfig{ExternalURL: "https://id.test/a/../b"}, "nothing else"},
		{"external URL that is none", mockidp.ListenerConfig{ExternalURL: "https://[::1/"}, "is not a URL"},
		{"port in use", mockidp.ListenerConfig{Addr: strings.TrimPrefix(s.URL(), "http://")}, "listening on"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if _, err := s.Listen(t.Context(), tt.cfg); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Listen() = %v, want an error with %q", err, tt.want)
			}
		})
	}
}

// TestLocalhost connects to both addresses that clients find under the name.
func TestLocalhost(t *testing.T) {
	t.Parallel()
	probe, err := net.Listen("tcp", "[::1]:0")
	if err != nil {
		t.Skipf("the machine has no ::1: %v", err)
	}
	probe.Close()
	tests := []struct {
		name string
		cfg  mockidp.ListenerConfig
		both bool
	}{
		{"as the address", mockidp.ListenerConfig{Addr: "localhost:0"}, true},
		{"as the host", mockidp.ListenerConfig{Host: "localhost"}, true},
		{"as the host of ::1", mockidp.ListenerConfig{Addr: "[::1]:0", Host: "localhost"}, true},
		{"over TLS", mockidp.ListenerConfig{Host: "localhost", TLS: mockidp.TLSTrusted}, true},
		{"not at all", mockidp.ListenerConfig{}, false},
		{"on another loopback address", mockidp.ListenerConfig{Addr: "127.0.0.2:0", Host: "localhost"}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := startServer(t, mockidp.Config{ListenerConfig: tt.cfg})
			newEnvironment(t, s, "", mockidp.EnvironmentConfig{})
			l := s.Listeners()[0]
			_, port, _ := net.SplitHostPort(l.Addr().String())
			scheme, _, _ := strings.Cut(l.URL(), "://")
			reached := 0
			for _, host := range []string{"127.0.0.1", "::1"} {
				r, err := try(t.Context(), trusting(t, s), scheme+"://"+net.JoinHostPort(host, port)+"/keys")
				if err == nil && r.StatusCode == http.StatusOK {
					reached++
				}
			}
			if (reached == 2) != tt.both {
				t.Errorf("%d of 127.0.0.1 and ::1 answer on port %s, want both: %v", reached, port, tt.both)
			}
			if got := l.Traffic().Requests; got != reached {
				t.Errorf("Traffic() counts %d requests, want %d", got, reached)
			}
		})
	}
}

func TestListenAfterClose(t *testing.T) {
	t.Parallel()
	s, err := mockidp.Start(t.Context(), mockidp.Config{})
	if err != nil {
		t.Fatal(err)
	}
	stalled := addListener(t, s, mockidp.ListenerConfig{TLS: mockidp.TLSStalled})
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", strings.TrimPrefix(stalled.URL(), "https://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	waitFor(t, func() bool { return stalled.Traffic().Connections == 1 })
	if err := s.Close(t.Context()); err != nil {
		t.Errorf("Close() = %v", err)
	}
	if _, err := conn.Read(make([]byte, 1)); err == nil {
		t.Errorf("a stalled connection is open after Close()")
	}
	if _, err := s.Listen(t.Context(), mockidp.ListenerConfig{}); err == nil || !strings.Contains(err.Error(), "closed") {
		t.Errorf("Listen() = %v after Close()", err)
	}
	if err := stalled.Close(t.Context()); err != nil {
		t.Errorf("Close() of a listener that is closed = %v", err)
	}
}
