package scenarios_test

import (
	"testing"

	"github.com/assay-id/assay/scenarios"
)

// What only the key of the issuer can make is robustness, unless an honest
// issuer makes it too, or the key does not decide.
func TestRobustness(t *testing.T) {
	t.Parallel()
	const expired = "    expect: reject TOKEN_EXPIRED\n"
	tests := []struct {
		name, text string
		want       bool
	}{
		{"a claim of the wrong type", "    token: { claims: { sub: 17 } }\n    expect: reject MALFORMED_CLAIM\n", true},
		{"a missing claim", "    token: { without: [sub] }\n    expect: reject MISSING_CLAIM\n", true},
		{"a claim that appears twice", "    token: { append: { exp: =now-1h } }\n" + expired, true},
		{"a date without a number", "    token: { claims: { exp: tomorrow } }\n    expect: reject MALFORMED_CLAIM\n", true},
		{"a signed odd encoding", "    token: { encode: { payload: padded } }\n    expect: reject MALFORMED_TOKEN\n", true},
		{"a text that is not JSON", "    token: { payload_text: '{{claims}},' }\n    expect: reject MALFORMED_TOKEN\n", true},
		{"an empty list of audiences", "    token: { claims: { aud: [] } }\n    expect: reject INVALID_AUDIENCE\n", true},
		{"an unknown parameter of the header", "    token: { header: { crit: [x] } }\n    expect: reject UNSUPPORTED_CRITICAL\n", true},
		{"only odd variants", "    token: { claims: { sub: '={{.is}}' } }\n    variants: [{ is: 'null' }, { is: '17' }]\n    expect: reject MALFORMED_CLAIM\n", true},

		{"nothing odd", "    token: {}\n    expect: reject INVALID_AUDIENCE\n", false},
		{"an expired token", "    token: { claims: { exp: =now-1h } }\n" + expired, false},
		{"another audience", "    token: { claims: { aud: '{{client_id}}1' } }\n    expect: reject INVALID_AUDIENCE\n", false},
		{"a part of the audience", "    token: { claims: { aud: '{{slice client_id 0 9}}' } }\n    expect: reject INVALID_AUDIENCE\n", false},
		{"a JWT of another kind", "    token: { without: [sub], claims: { state: x } }\n    expect: reject MISSING_CLAIM\n", false},
		{"a token of another kind", "    token: { header: { typ: at+jwt } }\n    expect: reject UNSUPPORTED_TOKEN_TYPE\n", false},
		{"one variant that an issuer signs", "    token: { claims: { sub: '={{.is}}' } }\n    variants: [{ is: 'null' }, { is: '\"jane\"' }]\n    expect: reject MALFORMED_CLAIM\n", false},
		{"an unsigned token", "    token: { claims: { sub: 17 }, sign: { alg: none } }\n    expect: reject ALG_NOT_ALLOWED\n", false},
		{"another key", "    keys: { k2: {} }\n    token: { claims: { sub: 17 }, sign: { key: k2 } }\n    expect: reject INVALID_SIGNATURE\n", false},
		{"a change after signing", "    token: { tamper: { claims: { sub: 17 } } }\n    expect: reject INVALID_SIGNATURE\n", false},
		{"a changed signature", "    token: { claims: { sub: 17 }, signature: [flip] }\n    expect: reject INVALID_SIGNATURE\n", false},
		{"a header that chooses the key", "    token: { claims: { sub: 17 }, header: { kid: x } }\n    expect: reject KEY_NOT_FOUND\n", false},
		{"a key that is not published", "    jwks: '{\"keys\":[]}'\n    token: { claims: { sub: 17 } }\n    expect: reject KEY_NOT_FOUND\n", false},
		{"a bound on time", "    needs: [budget]\n    budget: 1s\n    token: { claims: { sub: 17 } }\n    expect: reject MALFORMED_CLAIM\n", false},
		{"a token that may be accepted", "    token: { claims: { sub: 17 } }\n    expect: accept or reject MALFORMED_CLAIM\n", false},
	}
	const head = "group: x\ntitle: X\ncases:\n  - id: x.x\n    title: X\n    level: must\n    spec: [RFC 7519 §4]\n"
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			g, err := scenarios.Parse("x.yaml", []byte(head+test.text))
			if err != nil {
				t.Fatal(err)
			}
			if got := g.Cases[0].Robustness(); got != test.want {
				t.Errorf("Robustness() = %v, want %v", got, test.want)
			}
		})
	}
}

// The label is for what the catalogue says of the claims, and for none of the
// attacks that its smoke set begins with.
func TestRobustnessOfTheCatalogue(t *testing.T) {
	t.Parallel()
	c, err := scenarios.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string]bool{
		"sub.missing": true, "exp.infinite": true, "json.trailing-comma": true, "hdr.crit-unknown": true,
		"alg.none": false, "aud.other-client": false, "sig.flip": false, "iss.other": false, "exp.past": false, "hdr.jku": false,
		"type.userinfo": false, "nonce.empty": false, "nonce.empty-expected": false, "base.minimal": false, "rot.emergency": false, "dos.redos": false,
	} {
		if got := c.Get(id).Robustness(); got != want {
			t.Errorf("Robustness() of %s = %v, want %v", id, got, want)
		}
	}
}
