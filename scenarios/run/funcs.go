package run

import (
	"compress/flate"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"text/template"
	"time"
	"unicode/utf16"

	"github.com/assay-id/assay/mockidp/forge"
	"github.com/assay-id/assay/mockidp/keyring"
	"github.com/assay-id/assay/scenarios"
)

// scope is what a template is about: a token in the making or one that is
// finished. The zero value is neither.
type scope struct {
	draft    *forge.Draft
	finished *forge.Token
	n        int
}

// maxRepeat bounds repeat: above the largest token of the catalogue, and low
// enough not to exhaust memory by a typing error.
const maxRepeat = 128 << 20

// funcs returns the functions of scenarios.TemplateFuncs.
func (c *caseRun) funcs(in scope) template.FuncMap {
	f := template.FuncMap{
		"issuer":        func() string { return c.issuer },
		"client_id":     func() string { return c.client.ID },
		"client_secret": func() string { return c.client.Secret },
		"subject":       func() string { return c.env.User().ID },
		"other_issuer": func() (string, error) {
			env, err := c.otherEnvironment()
			if err != nil {
				return "", err
			}
			return env.Issuer(), nil
		},
		"trap":      c.trapURL,
		"now":       c.nowFunc,
		"n":         func() int { return in.n },
		"repeat":    repeat,
		"count":     count,
		"hex":       func(s string) (string, error) { b, err := hex.DecodeString(s); return string(b), err },
		"utf16":     utf16Text,
		"base64url": func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) },
		"deflate":   deflate,
		"ragged":    ragged,
		"upper":     strings.ToUpper,
		"replace":   strings.ReplaceAll,
		"decoys":    c.decoys,
	}
	c.keyFuncs(f)
	c.tokenFuncs(f, in)
	return f
}

// trapURL returns where the trap of the case is.
func (c *caseRun) trapURL() (string, error) {
	c.lazy.Lock()
	defer c.lazy.Unlock()
	if c.trap == nil {
		var err error
		if c.trap, err = newTrap(); err != nil {
			return "", err
		}
	}
	return c.trap.url(), nil
}

func (c *caseRun) nowFunc(add ...string) (string, error) {
	d, ok := scenarios.ParseTime("now" + strings.Join(add, ""))
	if !ok {
		return "", fmt.Errorf("now: cannot add %q, want a duration such as %q", add, "-1h")
	}
	return numericDate(c.clock.now().Add(d)), nil
}

func repeat(s string, n int) (string, error) {
	if n < 0 || n*len(s) > maxRepeat {
		return "", fmt.Errorf("repeat: %d times is out of range", n)
	}
	return strings.Repeat(s, n), nil
}

// count writes text once for each number below n, with the number in place of
// #, and commas between.
func count(text string, n int) (string, error) {
	if n < 0 || n*(len(text)+8) > maxRepeat {
		return "", fmt.Errorf("count: %d times is out of range", n)
	}
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(strings.ReplaceAll(text, "#", fmt.Sprint(i)))
	}
	return b.String(), nil
}

func utf16Text(s string) string {
	b := []byte{0xFF, 0xFE}
	for _, unit := range utf16.Encode([]rune(s)) {
		b = append(b, byte(unit), byte(unit>>8))
	}
	return string(b)
}

// deflate compresses a text. RFC 1951.
func deflate(text string) (string, error) {
	var b strings.Builder
	w, err := flate.NewWriter(&b, flate.BestCompression)
	if err != nil {
		return "", err
	}
	if _, err := w.Write([]byte(text)); err != nil {
		return "", err
	}
	err = w.Close()
	return b.String(), err
}

// ragged adds a blank to a JSON text whose length leaves base64url no bits that
// belong to no octet.
func ragged(text string) string {
	if len(text)%3 == 0 {
		text += " "
	}
	return text
}

// key returns a key of the case by name.
func (c *caseRun) key(name string) (*keyring.Key, error) {
	if name == "other" {
		if _, err := c.otherEnvironment(); err != nil {
			return nil, err
		}
	}
	if k, ok := c.keys[name]; ok {
		return k, nil
	}
	return nil, fmt.Errorf("the case has no key %q: add it under keys", name)
}

// keyFuncs adds the functions that show a key.
func (c *caseRun) keyFuncs(f template.FuncMap) {
	with := func(show func(*keyring.Key) (string, error)) func(string) (string, error) {
		return func(name string) (string, error) {
			k, err := c.key(name)
			if err != nil {
				return "", err
			}
			return show(k)
		}
	}
	f["kid"] = with(func(k *keyring.Key) (string, error) { return k.ID(), nil })
	f["jwk"] = c.jwk
	f["pem"] = with(func(k *keyring.Key) (string, error) {
		der, err := x509.MarshalPKIXPublicKey(k.Public())
		return pemText("PUBLIC KEY", der), err
	})
	f["pkcs1"] = with(func(k *keyring.Key) (string, error) {
		pub, ok := k.Public().(*rsa.PublicKey)
		if !ok {
			return "", errors.New("pkcs1: the key is not RSA")
		}
		return pemText("RSA PUBLIC KEY", x509.MarshalPKCS1PublicKey(pub)), nil
	})
	f["modulus"] = with(func(k *keyring.Key) (string, error) {
		pub, ok := k.Public().(*rsa.PublicKey)
		if !ok {
			return "", errors.New("modulus: the key is not RSA")
		}
		return string(pub.N.Bytes()), nil
	})
	f["cert"] = with(func(k *keyring.Key) (string, error) {
		der, err := certificate(k, c.clock.now())
		return pemText("CERTIFICATE", der), err
	})
	f["x5c"] = with(func(k *keyring.Key) (string, error) {
		der, err := certificate(k, c.clock.now())
		return base64.StdEncoding.EncodeToString(der), err
	})
}

func pemText(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

// certificate makes a self-signed certificate of a key.
func certificate(k *keyring.Key, now time.Time) ([]byte, error) {
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "assay mock key"},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(24 * time.Hour),
	}
	return x509.CreateCertificate(rand.Reader, template, template, k.Public(), k.Private())
}

// jwk returns the public JWK of a key, edited: "-name" drops a member,
// "name=text" sets a string, "name:=json" sets JSON text.
func (c *caseRun) jwk(name string, edits ...string) (string, error) {
	k, err := c.key(name)
	if err != nil {
		return "", err
	}
	jwk := k.JWK()
	for _, edit := range edits {
		if drop, ok := strings.CutPrefix(edit, "-"); ok {
			if _, exists := jwk.Get(drop); !exists {
				return "", fmt.Errorf("jwk: the key has no member %q to drop", drop)
			}
			jwk.Drop(drop)
		} else if member, raw, ok := strings.Cut(edit, ":="); ok {
			jwk.Set(member, json.RawMessage(raw))
		} else if member, text, ok := strings.Cut(edit, "="); ok {
			jwk.Set(member, text)
		} else {
			return "", fmt.Errorf("jwk: edit %q, want %q, %q or %q", edit, "-name", "name=text", "name:=json")
		}
	}
	b, err := json.Marshal(jwk)
	return string(b), err
}

// decoys returns the JWKs that the environment publishes beside its ring.
func (c *caseRun) decoys() (string, error) {
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(c.env.JWKSet(), &set); err != nil {
		return "", errors.New("decoys: the environment publishes no JWK Set now")
	}
	var texts []string
	for _, key := range set.Keys {
		var names struct {
			KID string `json:"kid"`
		}
		if err := json.Unmarshal(key, &names); err != nil {
			return "", err
		}
		if c.env.Ring().ByID(names.KID) == nil {
			texts = append(texts, string(key))
		}
	}
	return strings.Join(texts, ","), nil
}

// tokenFuncs adds the functions that show the token in the making.
func (c *caseRun) tokenFuncs(f template.FuncMap, in scope) {
	texts := func(what string) func(without ...string) (string, error) {
		return func(without ...string) (string, error) {
			if in.draft == nil {
				return "", fmt.Errorf("%s: there is no token here", what)
			}
			o := in.draft.Claims
			if what == "header" {
				o = in.draft.Header
			}
			rest := append(keyring.Object(nil), o...)
			rest.Drop(without...)
			b, err := json.Marshal(rest)
			if what == "members" && err == nil {
				b = b[1 : len(b)-1]
			}
			return string(b), err
		}
	}
	for _, what := range []string{"header", "claims", "members"} {
		f[what] = texts(what)
	}
	part := func(what string, of func(*forge.Token) string) func() (string, error) {
		return func() (string, error) {
			if in.finished == nil {
				return "", fmt.Errorf("%s: there is no finished token here", what)
			}
			return of(in.finished), nil
		}
	}
	f["h"] = part("h", func(t *forge.Token) string { return t.Header })
	f["p"] = part("p", func(t *forge.Token) string { return t.Payload })
	f["s"] = part("s", func(t *forge.Token) string { return t.Signature })
	f["token"] = func(name ...string) (string, error) {
		if len(name) == 1 {
			if t, ok := c.tokens[name[0]]; ok {
				return t, nil
			}
			return "", fmt.Errorf("token: no step made the token %q", name[0])
		}
		if in.finished == nil {
			return "", errors.New("token: there is no finished token here")
		}
		return in.finished.String(), nil
	}
}
