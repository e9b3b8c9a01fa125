package verifier

import (
	"io"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

const benchPayload = `{"amr":["conn_123"],"at_hash":"ec_jU2ZKpFelCKLTRWiRsg","aud":["skc_58327482062864390"],"azp":"skc_58327482062864390","c_hash":"6wMreK9kWQQY6O5R0CiiYg","client_id":"skc_58327482062864390","email":"john.doe@example.com","email_verified":true,"exp":1772366700,"family_name":"Doe","given_name":"John","iat":1772366400,"iss":"https://acme.scalekit.com","locale":"en","name":"John Doe","oid":"org_59615193906282635","picture":"https://cdn.example.com/p/123456.png","sid":"ses_65274187031249433","sub":"usr_63261014140912135"}`

func BenchmarkScanClaims(b *testing.B) {
	b.ReportAllocs()
	b.SetBytes(int64(len(benchPayload)))
	for b.Loop() {
		var t Token
		if err := scanClaims(benchPayload, &t); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkJSONText is the scan's counterpart: the same text through the
// library that it is fuzzed against, once token by token without keeping
// anything, and once into the fields that Verify judges.
func BenchmarkJSONText(b *testing.B) {
	b.Run("tokens", func(b *testing.B) {
		b.ReportAllocs()
		b.SetBytes(int64(len(benchPayload)))
		dec := jsontext.NewDecoder(strings.NewReader(""))
		for b.Loop() {
			dec.Reset(strings.NewReader(benchPayload))
			for {
				if _, err := dec.ReadToken(); err == io.EOF {
					break
				} else if err != nil {
					b.Fatal(err)
				}
			}
		}
	})
	b.Run("struct", func(b *testing.B) {
		b.ReportAllocs()
		b.SetBytes(int64(len(benchPayload)))
		text := []byte(benchPayload)
		for b.Loop() {
			var claims struct {
				Issuer   string   `json:"iss"`
				Subject  string   `json:"sub"`
				Audience []string `json:"aud"`
				Party    string   `json:"azp"`
				Expiry   int64    `json:"exp"`
				IssuedAt int64    `json:"iat"`
			}
			if err := json.Unmarshal(text, &claims); err != nil {
				b.Fatal(err)
			}
		}
	})
}
