package run

import (
	"bytes"
	"compress/flate"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"text/template"
	"time"

	"github.com/assay-id/assay/mockidp/forge"
	"github.com/assay-id/assay/mockidp/keyring"
	"github.com/assay-id/assay/scenarios"
)

// scope holds the subject of a template: a token in the making or one that is
// finished. The zero value is neither.
type scope struct {
	draft    *forge.Draft
	finished *forge.Token
	n        int
}

// funcs returns the functions of scenarios.TemplateFuncs, which read in when
// they are called.
func (mt *mint) funcs(in *scope) template.FuncMap {
	f := template.FuncMap{
		"issuer":        func() string { return mt.place.issuer },
		"origin":        mt.place.origin,
		"client_id":     func() string { return mt.place.client.ID },
		"client_secret": func() string { return mt.place.client.Secret },
		"subject":       func() string { return mt.place.env.User().ID },
		"other_issuer": func() (string, error) {
			env, _, err := mt.place.otherEnvironment()
			if err != nil {
				return "", err
			}
			return env.Issuer(), nil
		},
		"trap":     mt.place.trapURL,
		"now":      mt.place.clock.seconds,
		"mutate":   func(token string) (string, error) { return mt.mutate(token, in.n) },
		"httpdate": mt.place.clock.httpDate,
		"n":        func() int { return in.n },
		"deflate":  deflate,
		"bomb":     bomb,
		"render":   func(text string) (string, error) { return mt.renderMember(text, *in) },
		"decoys":   mt.decoys,
	}
	maps.Copy(f, scenarios.PureFuncs())
	mt.keyFuncs(f)
	mt.encryptionFuncs(f)
	mt.tokenFuncs(f, in)
	return f
}

// seconds is the function now of templates. It starts at a whole second on a
// real clock too: scenarios write digits or an exponent after it, which after
// a fraction would be another number, or none.
func (c *clock) seconds(add ...string) (string, error) {
	d, ok := scenarios.ParseTime("now" + strings.Join(add, ""))
	if !ok {
		return "", fmt.Errorf("now: cannot add %q, want a duration such as %q", add, "-1h")
	}
	return numericDate(c.now().Truncate(time.Second).Add(d)), nil
}

// claim returns the JSON text of a claim of a token.
func (mt *mint) claim(token, name string) (string, error) {
	segments := strings.Split(mt.tokens[token], ".")
	if len(segments) != 3 {
		return "", fmt.Errorf("claim: there is no token %q with three segments", token)
	}
	payload, err := base64.RawURLEncoding.DecodeString(segments[1])
	if err != nil {
		return "", fmt.Errorf("claim: the token %q: %w", token, err)
	}
	var claims map[string]json.RawMessage
	if err := json.Unmarshal(payload, &claims); err != nil {
		return "", fmt.Errorf("claim: the token %q: %w", token, err)
	}
	value, ok := claims[name]
	if !ok {
		return "", fmt.Errorf("claim: the token %q has no claim %q", token, name)
	}
	return string(value), nil
}

// httpDate is the function httpdate of templates.
func (c *clock) httpDate(add string) (string, error) {
	d, err := scenarios.ParseDuration(add)
	return c.now().Add(d.D()).UTC().Format(http.TimeFormat), err
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

// bomb makes a text in the format of RFC 1951 that unpacks to n mebibytes of
// spaces. What is flushed is complete in itself and may be repeated.
func bomb(n int) (string, error) {
	var b strings.Builder
	w, err := flate.NewWriter(&b, flate.BestCompression)
	if err != nil {
		return "", err
	}
	if _, err := w.Write(bytes.Repeat([]byte{' '}, 1<<20)); err != nil {
		return "", err
	}
	if err := w.Flush(); err != nil {
		return "", err
	}
	mebibyte := b.String()
	b.Reset()
	w.Reset(&b)
	err = w.Close()
	return strings.Repeat(mebibyte, n) + b.String(), err
}

// layers returns the good token inside of tokens, each of which is the payload
// of the next: n of them in all.
func layers(draft forge.Draft, n int) (string, error) {
	var token string
	for i := range n {
		var change forge.Change
		if i > 0 {
			change.PayloadText = []byte(token)
			change.Header.Set = keyring.Object{{Name: "cty", Value: "JWT"}}
		}
		t, err := draft.Forge(change)
		if err != nil {
			return "", err
		}
		token = t.String()
	}
	return token, nil
}

// tokenFuncs adds the functions that show the token in the making.
func (mt *mint) tokenFuncs(f template.FuncMap, in *scope) {
	texts := func(what string) func(without ...string) (string, error) {
		return func(without ...string) (string, error) {
			if in.draft == nil {
				return "", fmt.Errorf("%s: there is no token here", what)
			}
			o := in.draft.Claims
			if what == "header" || what == "parameters" {
				o = in.draft.Header
			}
			rest := append(keyring.Object(nil), o...)
			rest.Drop(without...)
			b, err := json.Marshal(rest)
			if (what == "members" || what == "parameters") && err == nil {
				b = b[1 : len(b)-1]
			}
			return string(b), err
		}
	}
	for _, what := range []string{"header", "parameters", "claims", "members"} {
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
	f["claim"] = mt.claim
	f["h"] = part("h", func(t *forge.Token) string { return t.Header })
	f["p"] = part("p", func(t *forge.Token) string { return t.Payload })
	f["s"] = part("s", func(t *forge.Token) string { return t.Signature })
	f["layers"] = func(n int) (string, error) {
		if in.draft == nil {
			return "", errors.New("layers: there is no token here")
		}
		return layers(*in.draft, n)
	}
	f["token"] = func(name ...string) (string, error) {
		if len(name) == 1 {
			if t, ok := mt.tokens[name[0]]; ok {
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
