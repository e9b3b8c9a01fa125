package forge_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-id/assay/mockidp/forge"
	"github.com/assay-id/assay/mockidp/keyring"
)

// everything is a JSON form with each member of it.
const everything = `{"header":{"drop":["typ"],"set":{"alg":"HS256","crit":["exp"]},"append":{"kid":"2"}},` +
	`"claims":{"set":{"exp":1.50},"shift":{"iat":"-1h0m0s"},"affix":{"iss":{"prefix":"x","suffix":"/"}}},` +
	`"signing":{"key":"attacker","key_alg":"RS256","alg":"HS256","secret":{"base64":"/w=="}},` +
	`"encoding":{"header":"padded","payload":"newline","signature":"twice"},` +
	`"signature":["flip","pad 2","r=0,s=n-1"],` +
	`"tamper_header":{"set":{"a":1}},"tamper_claims":{"drop":["b"]},"compact":"{h}.{p}"}`

func TestChangeJSON(t *testing.T) {
	t.Parallel()
	texts := []string{
		everything,
		`{}`,
		`{"header_text":"","payload_text":{"base64":"/w=="},"tamper_payload":"{}"}`,
		`{"signing":{"alg":"none"}}`,
		`{"signing":{"alg":"HS256","secret_from":"pem"}}`,
		`{"signing":{"alg":"HS256","secret":""}}`,
		`{"signing":{"alg":"PS256","pss":"no-salt"}}`,
		`{"signing":{"input":"a.b"}}`,
		`{"signing":{"encoded":{"base64":"/w=="}}}`,
	}
	for _, text := range texts {
		var c forge.Change
		if err := json.Unmarshal([]byte(text), &c); err != nil {
			t.Errorf("Unmarshal(%s) = %v", text, err)
			continue
		}
		again, err := json.Marshal(c)
		if err != nil || string(again) != text {
			t.Errorf("%s became %s, %v", text, again, err)
		}
		if c.Empty() != (text == `{}`) {
			t.Errorf("Empty() = %v for %s", c.Empty(), text)
		}
	}
}

// TestChangeJSONHasEverything fails when a field is added to a Change that
// the JSON form does not have.
func TestChangeJSONHasEverything(t *testing.T) {
	t.Parallel()
	for _, v := range []any{forge.Change{}, forge.Signing{}, forge.Patch{}, forge.Encodings{}} {
		if got, want := reflect.TypeOf(v).NumField(), map[string]int{
			"Change": 11, "Signing": 9, "Patch": 5, "Encodings": 3,
		}[reflect.TypeOf(v).Name()]; got != want {
			t.Errorf("%T has %d fields, the JSON form is known to have %d of them", v, got, want)
		}
	}
}

func TestChangeJSONRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct{ text, want string }{
		{`{"heade":{}}`, "/heade: there is no such member, want one of header, claims"},
		{`{"header":{"Set":{}}}`, "/header/Set: there is no such member, want one of drop, set, shift, affix, append"},
		{`{"claims":{"shift":{"exp":"soon"}}}`, `/claims/shift/exp: got "soon", want a duration`},
		{`{"claims":{"shift":{"exp":-1}}}`, "/claims/shift/exp: "},
		{`{"claims":{"set":[]}}`, "/claims/set: want a JSON object"},
		{`{"encoding":{"header":"rot13"}}`, `/encoding/header: encoding is "rot13", want one of padded, `},
		{`{"signature":["flip","melt"]}`, `/signature/1: signature edit is "melt"`},
		{`{"signature":["pad x"]}`, `/signature/0: signature edit is "pad x", want a number of bytes`},
		{`{"signature":["append 1"]}`, `want no argument`},
		{`{"signature":["r=2"]}`, `want r or s and one of 0, 1, n and n-1`},
		{`{"signing":{"alg":"RS128"}}`, `/signing/alg: alg is "RS128"`},
		{`{"signing":{"key":"a","key_alg":"HS256"}}`, `/signing/key_alg: alg is "HS256"`},
		{`{"signing":{"key_alg":"RS256"}}`, `/signing/key_alg: there is no key`},
		{`{"signing":{"secret":"a"}}`, `/signing: a secret has no effect unless alg is one of HS256, `},
		{`{"signing":{"alg":"HS256","secret":"a","secret_from":"pem"}}`, `/signing/secret: secret_from replaces it`},
		{`{"signing":{"alg":"HS256","secret_from":"gif"}}`, `/signing/secret_from: form of the public key is "gif"`},
		{`{"signing":{"encoded":"x","input":"y"}}`, `/signing/encoded: it is signed as it is`},
		{`{"signature":["flip 1st"]}`, `/signature/0: signature edit is "flip 1st", want the number of a byte`},
		{`{"signing":{"pss":"sweet"}}`, `/signing/pss: PSS form is "sweet"`},
		{`{"header_text":"x","header":{"drop":["typ"]}}`, `/header: header_text replaces it`},
		{`{"payload_text":"x","claims":{"drop":["typ"]}}`, `/claims: payload_text replaces it`},
		{`{"tamper_payload":"x","tamper_claims":{"drop":["typ"]}}`, `/tamper_claims: tamper_payload replaces it`},
		{`{"compact":"{x}"}`, `/compact: compact is "{x}"`},
	}
	for _, tt := range tests {
		var c forge.Change
		if err := c.UnmarshalJSON([]byte(tt.text)); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("UnmarshalJSON(%s) = %v, want an error with %q", tt.text, err, tt.want)
		}
		if diff := cmp.Diff(forge.Change{}, c, cmp.AllowUnexported(keyring.Key{})); diff != "" {
			t.Errorf("UnmarshalJSON(%s) has changed its receiver:\n%s", tt.text, diff)
		}
	}
	key := keyring.NewSource(1).Key("k", "ES256")
	if text, err := json.Marshal(forge.Change{Signing: forge.Signing{Key: key}}); err == nil {
		t.Errorf("Marshal = %s for a key without a name", text)
	}
}

func TestResolve(t *testing.T) {
	t.Parallel()
	d := draft("ES256")
	other := keyring.NewSource(8).Key("other", "ES256")
	c := forge.Change{Signing: forge.Signing{KeyName: "other", KeyAlg: "ES256"}}
	if token, err := d.Forge(c); err == nil || !strings.Contains(err.Error(), "not resolved") {
		t.Errorf("Forge = %s, %v before the key is resolved", token, err)
	}
	resolved, err := c.Resolve(func(name, alg string) (*keyring.Key, error) {
		if name != "other" || alg != "ES256" {
			return nil, fmt.Errorf("asked for %q, %q", name, alg)
		}
		return other, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if token := mustForge(t, d, resolved); !verifies(other, token) || verifies(d.Key, token) {
		t.Errorf("%s is not signed by the resolved key", token)
	}
	if _, err := c.Resolve(func(string, string) (*keyring.Key, error) { return nil, fmt.Errorf("none") }); err == nil {
		t.Errorf("Resolve keeps the error to itself")
	}
}

func TestPatchMovesAndAdds(t *testing.T) {
	t.Parallel()
	o := keyring.Object{
		{Name: "exp", Value: 1700000000}, {Name: "iss", Value: "https://a"}, {Name: "aud", Value: []string{"x", "y"}},
		{Name: "iat", Value: json.RawMessage("1.5")},
	}
	tests := []struct {
		name  string
		patch forge.Patch
		want  string // empty: an error
	}{
		{"shift", forge.Patch{Shift: map[string]time.Duration{"exp": -time.Hour}}, `{"exp":1699996400,"iss":"https://a","aud":["x","y"],"iat":1.5}`},
		{"affix", forge.Patch{Affix: map[string]forge.Affix{"iss": {Suffix: "/"}, "aud": {Prefix: "z"}}}, `{"exp":1700000000,"iss":"https://a/","aud":["zx","zy"],"iat":1.5}`},
		{"shift a fraction", forge.Patch{Shift: map[string]time.Duration{"iat": time.Second}}, ""},
		{"shift by less than a second", forge.Patch{Shift: map[string]time.Duration{"exp": time.Millisecond}}, ""},
		{"shift by nothing", forge.Patch{Shift: map[string]time.Duration{"exp": 0}}, ""},
		{"shift what is missing", forge.Patch{Shift: map[string]time.Duration{"nbf": time.Second}}, ""},
		{"affix a number", forge.Patch{Affix: map[string]forge.Affix{"exp": {Suffix: "0"}}}, ""},
	}
	for _, tt := range tests {
		changed, err := tt.patch.Apply(o)
		text, _ := json.Marshal(changed)
		if tt.want == "" && err == nil || tt.want != "" && (err != nil || string(text) != tt.want) {
			t.Errorf("%s: Apply = %s, %v, want %q", tt.name, text, err, tt.want)
		}
	}
}

func TestForgeSignsWithAPublicKey(t *testing.T) {
	t.Parallel()
	d := draft("RS256")
	seen := make(map[string]bool)
	for _, form := range forge.PublicForms() {
		token := mustForge(t, d, forge.Change{Signing: forge.Signing{Alg: "HS256", SecretFrom: form}})
		if len(token.SignatureBytes) != 32 || seen[token.Signature] {
			t.Errorf("%s: the signature %s is no MAC of its own", form, token.Signature)
		}
		seen[token.Signature] = true
	}
	if token, err := draft("ES256").Forge(forge.Change{Signing: forge.Signing{Alg: "HS256", SecretFrom: forge.PublicPKCS1}}); err == nil {
		t.Errorf("Forge = %s for an EC key in PKCS #1", token)
	}
}

func TestForgeCompact(t *testing.T) {
	t.Parallel()
	d := draft("ES256")
	token := mustForge(t, d, forge.Change{Compact: `{"payload":"{p}","protected":"{h}","signature":"{s}"}`})
	var general struct{ Payload, Protected, Signature string }
	if err := json.Unmarshal([]byte(token.String()), &general); err != nil {
		t.Fatalf("%s: %v", token, err)
	}
	if general.Payload != token.Payload || general.Protected != token.Header || general.Signature != token.Signature {
		t.Errorf("%s does not have the segments", token)
	}
}

// FuzzChangeRoundTrip writes what it has read.
func FuzzChangeRoundTrip(f *testing.F) {
	f.Add([]byte(everything))
	f.Add([]byte(`{"header_text":"\ud800"}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		var first, second forge.Change
		if first.UnmarshalJSON(text) != nil {
			return
		}
		written, err := json.Marshal(first)
		if err != nil {
			t.Fatalf("Marshal(%q) = %v", text, err)
		}
		if err := second.UnmarshalJSON(written); err != nil {
			t.Fatalf("UnmarshalJSON(%q) = %v", written, err)
		}
		if again, err := json.Marshal(second); err != nil || string(again) != string(written) {
			t.Errorf("%q became %q, %v", written, again, err)
		}
	})
}
