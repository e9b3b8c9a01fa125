package directory_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-id/assay/mockidp/directory"
)

// TestRedirects says which URIs a library that compares exactly is given for
// the one that was asked for.
func TestRedirects(t *testing.T) {
	t.Parallel()
	const (
		exact, wildcard = "https://app.example.com/callback", "https://*.preview.example.com/callback"
		loopback        = "http://127.0.0.1/callback"
	)
	tests := []struct {
		name, asked string
		client      directory.Client
		want        []string
	}{
		{"exact", exact, directory.Client{}, []string{exact, loopback}},
		{"covered", "https://pr-1.preview.example.com/callback", directory.Client{}, []string{exact, "https://pr-1.preview.example.com/callback", loopback}},
		{"the wildcard itself", wildcard, directory.Client{}, []string{exact, loopback}},
		{"no label", "https://preview.example.com/callback", directory.Client{}, []string{exact, loopback}},
		{"two labels", "https://a.b.preview.example.com/callback", directory.Client{}, []string{exact, loopback}},
		{"another path", "https://pr-1.preview.example.com/other", directory.Client{}, []string{exact, loopback}},
		{"another scheme", "http://pr-1.preview.example.com/callback", directory.Client{}, []string{exact, loopback}},
		{"another port", "https://pr-1.preview.example.com:444/callback", directory.Client{}, []string{exact, loopback}},
		{"user information", "https://u:p@pr-1.preview.example.com/callback", directory.Client{}, []string{exact, loopback}},
		{"not a URL", "https://%zz", directory.Client{}, []string{exact, loopback}},
		{"another port, exact ports", "http://127.0.0.1:3000/callback", directory.Client{ExactPorts: true}, nil},
		{"the port, exact ports", loopback, directory.Client{ExactPorts: true}, []string{loopback}},
		{"covered, exact ports", "https://pr-1.preview.example.com/callback", directory.Client{ExactPorts: true}, []string{"https://pr-1.preview.example.com/callback"}},
		{"localhost", "http://localhost:3000/cb?x=1", directory.Client{AnyLocal: true}, []string{exact, loopback, "http://localhost:3000/cb?x=1"}},
		{"localhost, not allowed", "http://localhost:3000/cb", directory.Client{}, []string{exact, loopback}},
		{"::1", "http://[::1]:3000/cb", directory.Client{AnyLocal: true}, []string{exact, loopback, "http://[::1]:3000/cb"}},
		{"https of localhost", "https://localhost:3000/cb", directory.Client{AnyLocal: true}, []string{exact, loopback}},
		{"a name that begins alike", "http://localhost.evil.example/cb", directory.Client{AnyLocal: true}, []string{exact, loopback}},
		{"user information and localhost", "http://evil.example@localhost/cb", directory.Client{AnyLocal: true}, []string{exact, loopback}},
		{"a fragment", "http://localhost/cb#x", directory.Client{AnyLocal: true}, []string{exact, loopback}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.client.RedirectURIs = []string{exact, wildcard, loopback}
			got := tt.client.Redirects(tt.asked)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("Redirects(%q) (-want +got):\n%s", tt.asked, diff)
			}
		})
	}
}

func TestMayRead(t *testing.T) {
	t.Parallel()
	c := directory.Client{RedirectURIs: []string{"https://app.example.com/callback", "http://127.0.0.1/callback"}}
	local, exact := c, c
	local.AnyLocal, exact.ExactPorts = true, true
	tests := []struct {
		client directory.Client
		origin string
		want   bool
	}{
		{c, "https://app.example.com", true},
		{c, "https://app.example.com:444", false},
		{c, "https://evil.example", false},
		{c, "http://127.0.0.1:3000", true},
		{exact, "http://127.0.0.1:3000", false},
		{exact, "http://127.0.0.1", true},
		{c, "http://localhost:3000", false},
		{local, "http://localhost:3000", true},
		{local, "https://localhost:3000", false},
		{local, "null", false},
	}
	for _, tt := range tests {
		if got := tt.client.MayRead(tt.origin); got != tt.want {
			t.Errorf("MayRead(%q) of %+v = %v, want %v", tt.origin, tt.client, got, tt.want)
		}
	}
}

func TestConfigRefusesEmptyLists(t *testing.T) {
	t.Parallel()
	if err := (directory.Config{}).Validate(); err != nil {
		t.Errorf("Validate() of the zero value = %v", err)
	}
	if err := (directory.Config{Users: []directory.User{}}).Validate(); err == nil {
		t.Errorf("Validate() = nil for a directory without users")
	}
}

// A browser would execute some schemes, and read the machine with others.
func TestSchemesOfRedirectURIs(t *testing.T) {
	t.Parallel()
	for uri, want := range map[string]bool{
		"http://localhost:3000/cb": true, "https://app.example.com/cb": true, "com.example.app:/cb": true,
		"javascript:alert(1)": false, "data:text/html,x": false, "file:///etc/passwd": false, "vbscript:x": false, "myapp://cb": false,
	} {
		err := directory.Config{Clients: []directory.Client{{ID: "skc_1", RedirectURIs: []string{uri}}}}.Validate()
		if (err == nil) != want {
			t.Errorf("registering %s: %v", uri, err)
		}
	}
}
