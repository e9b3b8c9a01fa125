package e2e

import (
	"github.com/assay-id/assay/mockidp"
	"github.com/assay-id/assay/mockidp/keyring"
)

// trouble is one row of the table: what goes wrong while a client logs in.
type trouble struct {
	name string

	// fault is planted before the login, in the JSON form of the control
	// API. Empty: none.
	fault string

	// rotation happens between two logins of the same client. Empty: none,
	// and one login.
	rotation keyring.Mode

	// tls is how the environment speaks https. Empty: plain HTTP. All clients
	// trust the authority of the server.
	tls mockidp.TLSProfile

	// harmless says that nobody may refuse the login.
	harmless bool

	// nonce says that only a client which has sent a nonce can notice.
	nonce bool
}

// troubles are the rows. Each changes one thing.
func troubles() []trouble {
	return []trouble{
		{name: "nothing", harmless: true},
		{name: "every answer takes 200 ms longer", fault: `{"id":"f","kind":"delay","attributes":{"delay":"200ms"}}`, harmless: true},
		{name: "the keys are compressed unasked", fault: `{"id":"f","where":"keys","kind":"gzip"}`},
		{name: "a new key signs at once, between two logins", rotation: keyring.DropOld},

		{name: "ID Token: iss of another environment", fault: token(`"claims":{"set":{"iss":"https://other.example.com"}}`)},
		{name: "ID Token: aud is another client", fault: token(`"claims":{"set":{"aud":["skc_other"]}}`)},
		{name: "ID Token: exp an hour ago", fault: token(`"claims":{"shift":{"exp":"-90m","iat":"-90m"}}`)},
		{name: "ID Token: another nonce", fault: token(`"claims":{"set":{"nonce":"other"}}`), nonce: true},
		{name: "ID Token: sub replaced after signing", fault: token(`"tamper_claims":{"set":{"sub":"usr_attacker"}}`)},
		{name: "ID Token: the signature of another key", fault: token(`"signing":{"key":"attacker"}`)},
		{name: "ID Token: a kid that is not published", fault: token(`"header":{"set":{"kid":"snk_nowhere"}},"signing":{"key":"attacker"}`)},
		{name: "ID Token: alg none", fault: token(`"header":{"set":{"alg":"none"}},"signing":{"alg":"none"}`)},
		{name: "ID Token: HS256 with the public key", fault: token(`"header":{"set":{"alg":"HS256"}},"signing":{"alg":"HS256","secret_from":"pem"}`)},
		{name: "ID Token: without its signature", fault: token(`"compact":"{h}.{p}"`)},
		{name: "there is no ID Token", fault: `{"id":"f","where":"token","kind":"edit","attributes":{"edit":{"drop":["id_token"]}}}`},

		{name: "TLS: as it should be", tls: mockidp.TLSTrusted, harmless: true},
		{name: "TLS: the certificate has expired", tls: mockidp.TLSExpired},
		{name: "TLS: the certificate is for another host", tls: mockidp.TLSWrongHost},
		{name: "TLS: the certificate is of an unknown authority", tls: mockidp.TLSUnknownCA},
		{name: "TLS: version 1.1", tls: mockidp.TLSVersion11},

		{name: "metadata: issuer of another environment", fault: `{"id":"f","where":"discovery","kind":"edit","attributes":{"edit":{"set":{"issuer":"https://other.example.com"}}}}`},
		{name: "metadata: 404", fault: `{"id":"f","where":"discovery","kind":"status","attributes":{"status":404}}`},
		{name: "keys: 503", fault: `{"id":"f","where":"keys","kind":"status","attributes":{"status":503}}`},
		{name: "keys: an HTML page", fault: `{"id":"f","where":"keys","kind":"body","attributes":{"body":"<html>Just a moment</html>","content_type":"text/html"}}`},
		{name: "keys: half of the JWK Set", fault: `{"id":"f","where":"keys","kind":"truncated"}`},
		{name: "keys: an empty JWK Set", fault: `{"id":"f","where":"keys","kind":"body","attributes":{"body":"{\"keys\":[]}"}}`},
		{name: "token: 503", fault: `{"id":"f","where":"token","kind":"status","attributes":{"status":503}}`},
		{name: "token: the answer is lost", fault: `{"id":"f","where":"token","kind":"lost"}`},
		{name: "token: an HTML page", fault: `{"id":"f","where":"token","kind":"body","attributes":{"body":"<html>Just a moment</html>","content_type":"text/html"}}`},
	}
}

// token returns a fault that changes the ID Token.
func token(change string) string {
	return `{"id":"f","kind":"forge","attributes":{"token":"id_token","change":{` + change + `}}}`
}
