package verifier

import "testing"

func TestIssuerHint(t *testing.T) {
	t.Parallel()
	const (
		want  = "https://acme.scalekit.com"
		other = "it is the issuer of another environment or of a custom domain"
	)
	for _, test := range []struct{ name, want, got, hint string }{
		{"nothing", want, "", ""},
		{"nothing is expected", "", "", ""},
		{"white space", want, " " + want + "\n", "it differs by white space only"},
		{"a slash", want, want + "/", "it differs by a trailing slash only; the configured issuer has none"},
		{"a configured slash", want + "/", want, "it differs by a trailing slash only; remove the slash from the configured issuer"},
		{"case", want, "https://ACME.scalekit.com", "it differs in case only"},
		{"no scheme", want, "acme.scalekit.com", "it has no scheme"},
		{"no scheme, with a path", "https://auth.example/tenant", "auth.example/tenant", "it has no scheme"},
		{"another host", want, "https://other.scalekit.com", other},
		{"another host with a port", "http://127.0.0.1:8080", "http://localhost:8080", other},
		{"the scheme", want, "http://acme.scalekit.com", "it differs in the scheme only"},
		{"the scheme and the path", "https://acme.test/a", "http://acme.test/b", "it differs in the path only"},
		{"the port", "http://127.0.0.1:8080", "http://127.0.0.1:9090", "it differs in the port only"},
		{"a port more", want, want + ":8443", "it differs in the port only"},
		{"the port and the path", "http://127.0.0.1:8080/a", "http://127.0.0.1:9090/b", other},
		{"the path", "https://acme.test/a", "https://acme.test/b", "it differs in the path only"},
		{"the path alone of another host", "https://acme.test/a", "https://b.test/acme.test/a", other},
		{"the host in the path", want, "https://evil.test/acme.scalekit.com", other},
		{"a subdomain", want, "https://acme.scalekit.com.evil.test", other},
		{"no URL", want, "https://acme.scalekit.com/%zz", ""},
		{"none is configured", "https://acme.test/%zz", "https://acme.test/a", ""},
	} {
		if got := issuerHint(test.want, test.got); got != test.hint {
			t.Errorf("%s: %q, want %q", test.name, got, test.hint)
		}
	}
}

func TestAudienceHint(t *testing.T) {
	t.Parallel()
	const access = "it is the audience of an access token; send the ID Token"
	const environment = "it is the client ID of another environment: production client IDs begin with prd_"
	for _, test := range []struct{ name, want, got, hint string }{
		{"another", "skc_1", "skc_2", ""},
		{"the same", "skc_1", "skc_1", ""},
		{"case", "skc_1", "SKC_1", "it differs in case only"},
		{"white space", "skc_1", " skc_1", "it differs by white space only"},
		{"production", "skc_1", "prd_skc_1", environment},
		{"no production", "prd_skc_1", "skc_1", environment},
		{"production of another", "skc_1", "prd_skc_2", ""},
		{"an API", "skc_1", "https://api.example.com", access},
		{"an API without TLS", "skc_1", "http://api.example.com", access},
		{"a resource", "skc_1", "res_1", access},
		{"the middle of a resource", "skc_1", "x_res_1", ""},
	} {
		v := &Verifier{cfg: Config{Audience: []string{test.want}}}
		if got := v.audienceHint(&Token{Audience: []string{test.got}}); got != test.hint {
			t.Errorf("%s: %q, want %q", test.name, got, test.hint)
		}
	}
}
